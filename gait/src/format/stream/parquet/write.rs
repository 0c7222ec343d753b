//! Writing the Parquet spelling.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Repetition, Type as Physical};
use parquet::data_type::{DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::super::schema::{Column, Quantity};
use super::super::write::{Table, Value};
use super::super::{KEY, VERSION, WriteError};
use crate::recording::Recording;

/// Rows of a row group: five minutes at 100 Hz.
const GROUP: usize = 30_000;

fn failed(error: ParquetError) -> WriteError {
    WriteError::Io(std::io::Error::other(error.to_string()))
}

pub(in super::super) fn write(
    recording: &Recording,
    out: &mut (impl Write + Send),
) -> Result<(), WriteError> {
    let mut table = Table::new(recording)?;
    let columns: Vec<Column> = table.schema.columns.iter().copied().flatten().collect();
    let mut writer =
        SerializedFileWriter::new(out, tree(&columns)?, Arc::default()).map_err(failed)?;
    let mut rows = 0;
    loop {
        let mut cells: Vec<Vec<Option<Value>>> = vec![Vec::new(); columns.len()];
        let mut held = 0;
        while held < GROUP && table.advance() {
            for (cells, column) in cells.iter_mut().zip(&columns) {
                cells.push(table.value(*column));
            }
            held += 1;
        }
        if held == 0 {
            break;
        }
        rows += held;
        let mut group = writer.next_row_group().map_err(failed)?;
        for (cells, column) in cells.iter().zip(&columns) {
            write_column(&mut group, *column, cells).map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    let mut entries = vec![
        (KEY, VERSION.to_string()),
        ("sampling_hz", table.schema.sampling_hz.to_string()),
        ("rows", rows.to_string()),
    ];
    entries.extend(table.schema.layout_id.clone().map(|id| ("layout", id)));
    for (key, value) in entries {
        writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }
    writer.close().map_err(failed)?;
    Ok(())
}

const fn physical(quantity: Quantity) -> Physical {
    match quantity {
        Quantity::Counter => Physical::INT32,
        Quantity::Host | Quantity::Force(_) => Physical::DOUBLE,
        _ => Physical::FLOAT,
    }
}

fn tree(columns: &[Column]) -> Result<Arc<Type>, WriteError> {
    let fields: Result<Vec<_>, ParquetError> = columns
        .iter()
        .map(|column| {
            let name = column.name();
            let field = Type::primitive_type_builder(&name, physical(column.quantity));
            field
                .with_repetition(Repetition::OPTIONAL)
                .build()
                .map(Arc::new)
        })
        .collect();
    let root = Type::group_type_builder("footing_stream").with_fields(fields.map_err(failed)?);
    Ok(Arc::new(root.build().map_err(failed)?))
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: Column,
    cells: &[Option<Value>],
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let present = cells.iter().flatten();
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General("a column too many".to_owned()));
    };
    match physical(column.quantity) {
        Physical::INT32 => {
            let values: Vec<i32> = present.map(|v| as_double(*v) as i32).collect();
            writer
                .typed::<Int32Type>()
                .write_batch(&values, Some(&levels), None)?;
        }
        Physical::DOUBLE => {
            let values: Vec<f64> = present.map(|v| as_double(*v)).collect();
            writer
                .typed::<DoubleType>()
                .write_batch(&values, Some(&levels), None)?;
        }
        _ => {
            let values: Vec<f32> = present.map(|v| as_double(*v) as f32).collect();
            writer
                .typed::<FloatType>()
                .write_batch(&values, Some(&levels), None)?;
        }
    }
    writer.close()
}

const fn as_double(value: Value) -> f64 {
    match value {
        Value::Counter(value) => value as f64,
        Value::Double(value) => value,
        Value::Single(value) => value as f64,
    }
}
