//! Parquet of other writers: required columns, whole-number steps, and tables that are no stream.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::sync::Arc;

use parquet::basic::{Repetition, Type as Physical};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::*;

struct Made {
    physical: Physical,
    repetition: Repetition,
    metadata: Vec<(&'static str, &'static str)>,
}

const NAMES: [&str; 4] = [
    "left_counter",
    "left_force_n",
    "right_counter",
    "right_force_n",
];

/// Fifty rows: counters from 7, forces 3, 4, 5, ... steps.
fn file(made: &Made) -> Vec<u8> {
    let fields = NAMES.map(|name| {
        let counter = name.ends_with("counter");
        let physical = if counter {
            Physical::INT32
        } else {
            made.physical
        };
        let field = Type::primitive_type_builder(name, physical).with_repetition(made.repetition);
        Arc::new(field.build().unwrap())
    });
    let root = Type::group_type_builder("any")
        .with_fields(fields.to_vec())
        .build()
        .unwrap();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(root), Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let levels = [1_i16; 50];
    let (levels, repeats) = match made.repetition {
        Repetition::REQUIRED => (None, None),
        Repetition::OPTIONAL => (Some(&levels[..]), None),
        Repetition::REPEATED => (Some(&levels[..]), Some(&[0_i16; 50][..])),
    };
    for name in NAMES {
        let from = if name.ends_with("counter") { 7 } else { 3 };
        let whole: Vec<i32> = (from..from + 50).collect();
        let mut column = group.next_column().unwrap().unwrap();
        if name.ends_with("counter") || made.physical == Physical::INT32 {
            column
                .typed::<Int32Type>()
                .write_batch(&whole, levels, repeats)
                .unwrap();
        } else {
            let values: Vec<f32> = whole.iter().map(|v| *v as f32).collect();
            column
                .typed::<FloatType>()
                .write_batch(&values, levels, repeats)
                .unwrap();
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    for (key, value) in &made.metadata {
        writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), (*value).to_owned()));
    }
    writer.close().unwrap();
    bytes
}

fn made(physical: Physical, repetition: Repetition) -> Made {
    let metadata = vec![
        ("footing_stream", "1"),
        ("sampling_hz", "100"),
        ("rows", "50"),
    ];
    Made {
        physical,
        repetition,
        metadata,
    }
}

#[test]
fn steps_are_scaled_and_required_columns_are_read() {
    for repetition in [Repetition::REQUIRED, Repetition::OPTIONAL] {
        let mut steps = made(Physical::INT32, repetition);
        steps.metadata.push(("scale.left_force_n", "0.25"));
        let r = read_bytes(file(&steps).into(), "a.parquet").unwrap();
        assert_eq!(
            (r.samples(), r.left.force[2], r.right.force[2]),
            (50, 1.25, 5.0)
        );
        assert!(r.issues.is_empty(), "{:?}", r.issues);
        let singles = read_bytes(file(&made(Physical::FLOAT, repetition)).into(), "a").unwrap();
        assert_eq!(singles.left.force[2], 5.0);
    }
}

#[test]
fn tables_that_are_no_stream_are_refused() {
    let refused = |made: Made, rule: &str| {
        let told = read_bytes(file(&made).into(), "a").unwrap_err();
        assert!(told.contains(rule), "{told} for {rule}");
    };
    refused(made(Physical::FLOAT, Repetition::REPEATED), "plain columns");
    let without = |key: &str| {
        let mut made = made(Physical::FLOAT, Repetition::REQUIRED);
        made.metadata.retain(|(k, _)| *k != key);
        made
    };
    refused(without("footing_stream"), "footing_stream");
    refused(without("sampling_hz"), "sampling_hz");
    let unmarked = read_bytes(file(&without("rows")).into(), "a").unwrap();
    assert_eq!(
        unmarked.issues.first().map(|i| i.code),
        Some(crate::IssueCode::Unfinished)
    );
}
