//! The shipped norms against the control recordings at hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::path::{Path, PathBuf};

use gait::norms::norms;

/// The folder of recordings, or `None` after saying that `test` is skipped. With `FOOTING_REQUIRE_ALL=1` it must exist.
fn recordings(test: &str) -> Option<PathBuf> {
    let fallback = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("FOOTING_TEST_DATA").map_or_else(fallback, PathBuf::from);
    if folder.join("reference").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("FOOTING_REQUIRE_ALL").is_none_or(|v| v != "1"),
        "{test}: recordings not found"
    );
    eprintln!("SKIPPED {test}: recordings not found");
    None
}

#[test]
fn the_shipped_norms_are_recomputed() {
    let Some(data) = recordings("the_shipped_norms_are_recomputed") else {
        return;
    };
    let report = validation::norms::run(&data.join("gaitpdb")).unwrap();
    for table in &report.tables {
        println!("\n{}\n{}", table.title, table.columns.join(" | "));
        for row in &table.rows {
            println!("{}", row.join(" | "));
        }
    }
    assert_eq!(report.json["recordings"], 16);
    let of = |id: &str, field: &str| report.json["metrics"][id][field].clone();
    // The same definitions on some of the same people: group means lie where sampling puts them, the values of contact
    // times and phases closest (2.5 standard errors for the largest of seven).
    for id in [
        "stride_time_s",
        "cadence_steps_per_min",
        "stance_pct",
        "double_support_pct",
        "f1_bw",
        "fv_bw",
        "f2_bw",
    ] {
        let (d, se) = (
            of(id, "d").as_f64().unwrap(),
            of(id, "se").as_f64().unwrap(),
        );
        assert!(d.abs() <= 2.5 * se, "{id}: d = {d:.2}, SE {se:.2}");
    }
    let scale = &report.json["grsi_ln_distance"]["here"];
    assert!((scale["mean"].as_f64().unwrap() - norms().grsi.ln_distance.mean).abs() < 0.01);
    for (id, row) in report.json["metrics"].as_object().unwrap() {
        assert!(!row["why"].as_str().unwrap().is_empty(), "{id}");
    }
}
