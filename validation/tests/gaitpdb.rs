//! The published protocol on PhysioNet "Gait in Parkinson's Disease", run by the engine: against the paper, and walk by
//! walk against an independent implementation of the same protocol.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::recordings;
use serde_json::Value;
use validation::gaitpdb::run;
use validation::stats::{median, quantile};

#[test]
fn group_values_of_study_si_agree_with_the_paper() {
    let Some(data) = recordings("group_values_of_study_si_agree_with_the_paper", "gaitpdb") else {
        return;
    };
    let report = run(&data).unwrap();
    println!("{}", report.to_text());
    assert!(report.is_met(), "{:?}", report.floors);
    let mean = |group: &str, metric: &str| {
        report.json["groups"][group][metric]["mean"]
            .as_f64()
            .unwrap()
    };
    let near = |group, metric, paper: f64, reach| (mean(group, metric) - paper).abs() <= reach;
    assert!(
        near("SiCo", "stride_time_s", 1.08, 0.01) && near("SiPt", "stride_time_s", 1.12, 0.012)
    );
    assert!(
        near("SiCo", "stride_time_cv_pct", 1.94, 0.05)
            && near("SiPt", "stride_time_cv_pct", 2.24, 0.05)
    );
    assert!(near("SiPt", "swing_pct", 34.45, 0.3) && near("SiCo", "swing_pct", 35.27, 1.1));
    let swing_cv = |group| mean(group, "swing_time_cv_pct");
    assert!(
        swing_cv("SiPt") > swing_cv("SiCo"),
        "direction of the paper"
    );
}

#[test]
fn controls_and_patients_differ_where_they_are_known_to() {
    let Some(data) = recordings(
        "controls_and_patients_differ_where_they_are_known_to",
        "gaitpdb",
    ) else {
        return;
    };
    let json = run(&data).unwrap().json;
    let auc = |metric: &str| json["auc"][metric].as_f64().unwrap();
    assert!((0.71..=0.9).contains(&auc("pci_pct")), "{}", auc("pci_pct"));
    assert!((0.7..=0.84).contains(&auc("swing_time_cv_pct")));
    assert!(auc("grsi") < 0.35 && auc("ga") > 0.75);
}

/// Mean of both feet per walk and column of the independent implementation.
fn reference(folder: &Path) -> BTreeMap<String, BTreeMap<&'static str, f64>> {
    let text = std::fs::read_to_string(folder.join("../reference/gaitpdb_records.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |row: &[&str], name: &str| -> f64 {
        let at = header.iter().position(|h| *h == name).unwrap();
        row[at].parse().unwrap()
    };
    let both = |row: &[&str], name: &str| {
        f64::midpoint(
            column(row, &format!("L_{name}")),
            column(row, &format!("R_{name}")),
        )
    };
    lines
        .map(|row| {
            let values = [
                ("stride_time_s", both(&row, "stride_s")),
                ("swing_pct", both(&row, "swing_pct")),
                ("stride_time_cv_pct", both(&row, "strideCV_pct")),
                ("swing_time_cv_pct", both(&row, "swingCV_pct")),
            ];
            (row[0].to_owned(), values.into())
        })
        .collect()
}

#[test]
fn walks_agree_with_an_independent_implementation() {
    let Some(data) = recordings("walks_agree_with_an_independent_implementation", "gaitpdb") else {
        return;
    };
    let reference = reference(&data);
    let json = run(&data).unwrap().json;
    let walks = json["records"].as_array().unwrap();
    assert_eq!(walks.len(), 38);
    for (metric, middle, ninth) in [
        ("stride_time_s", 0.0001, 0.001),
        ("swing_pct", 0.02, 0.15),
        ("stride_time_cv_pct", 0.001, 0.12),
        ("swing_time_cv_pct", 0.02, 0.5),
    ] {
        let error = |walk: &Value| {
            let ours = walk["protocol"][metric].as_f64().unwrap();
            (ours - reference[walk["record"].as_str().unwrap()][metric]).abs()
        };
        let errors: Vec<f64> = walks.iter().map(error).collect();
        println!(
            "{metric}: median {:.5}, p90 {:.5}",
            median(&errors).unwrap(),
            quantile(&errors, 0.9).unwrap()
        );
        assert!(median(&errors).unwrap() <= middle, "{metric}");
        assert!(quantile(&errors, 0.9).unwrap() <= ninth, "{metric}");
        if metric == "stride_time_s" {
            let worst = errors.iter().copied().fold(0.0, f64::max);
            assert!(worst <= 0.005, "no single walk is far off: {worst}");
        }
    }
}
