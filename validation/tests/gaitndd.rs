//! The engine against the authors' stride tables of PhysioNet "Gait in Neurodegenerative Disease". The comparison is
//! `validation::gaitndd`; the floors here lie just below what it gives on the 20 records of the test data.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use common::recordings;
use gait::Recording;
use serde_json::Value;
use validation::gaitndd::{run, run_on};

fn number(value: &Value, path: &str) -> f64 {
    value
        .pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("no number at {path}"))
}

#[test]
fn strides_of_the_authors_are_found_and_timed() {
    let Some(data) = recordings("strides_of_the_authors_are_found_and_timed", "gaitndd") else {
        return;
    };
    let report = run(&data).unwrap();
    println!("{}", report.to_text());
    let all = |path: &str| number(&report.json, &format!("/overall/{path}"));
    assert!(report.unreadable.is_empty());
    assert!(all("rows") >= 4000.0);
    assert!(all("found_pct") >= 99.6 && all("false_pct") <= 0.3);
    assert!(all("stride_error_ms/median") <= 1.5 && all("stride_error_ms/p90") <= 4.5);
    assert!(all("stride_error_ms/p95") <= 11.0);
    assert!(all("swing_left_error_ms/median") <= 3.5 && all("swing_left_error_ms/p90") <= 16.0);
    assert!(all("swing_right_error_ms/median") <= 5.0);
    assert!(all("double_support_error_ms/median") <= 7.0);
    assert!(all("longest_valid_stride_s") <= 3.0, "a pause is no stride");
    let paused = all("records_with_pause");
    assert!(paused >= 3.0 && all("records_with_pause_in_several_bouts") == paused);
}

#[test]
fn record_means_and_variability_agree_with_the_authors() {
    let Some(data) = recordings(
        "record_means_and_variability_agree_with_the_authors",
        "gaitndd",
    ) else {
        return;
    };
    let json = run(&data).unwrap().json;
    assert!(number(&json, "/overall/mean_within_2_ms_pct/left") >= 85.0);
    assert!(number(&json, "/overall/mean_within_2_ms_pct/right") >= 80.0);
    assert!(number(&json, "/overall/cv_within_0_4_points_pct/left") >= 90.0);
    assert!(number(&json, "/overall/cv_within_0_4_points_pct/right") >= 85.0);
    assert_eq!(json["worst"].as_array().unwrap().len(), 5);
    for record in json["records"].as_array().unwrap() {
        assert!(number(record, "/left/mean_error_ms") <= 17.0, "{record}");
    }
}

/// Uniform noise of +/-3.5 % of the amplitude and 50 Hz hum of 3 % on both channels.
fn noise_and_hum(recording: &mut Recording) {
    let mut state = 1_u64;
    let hz = recording.sampling_hz;
    for force in [&mut recording.left.force, &mut recording.right.force] {
        let quantile = |p| validation::stats::quantile(force, p).unwrap();
        let amplitude = quantile(0.9) - quantile(0.1);
        for (i, value) in force.iter_mut().enumerate() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let uniform = (state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0;
            let hum = (2.0 * std::f64::consts::PI * 50.0 * i as f64 / hz).sin();
            *value += amplitude * (0.035 * uniform + 0.03 * hum);
        }
    }
}

#[test]
fn converter_noise_and_hum_cost_little() {
    let Some(data) = recordings("converter_noise_and_hum_cost_little", "gaitndd") else {
        return;
    };
    let json = run_on(&data, noise_and_hum).unwrap().json;
    assert!(number(&json, "/overall/found_pct") >= 99.3);
    assert!(number(&json, "/overall/stride_error_ms/median") <= 3.0);
}

/// Another gain, another zero, and load lowers the reading.
fn turn_over(force: &mut [f64]) {
    force.iter_mut().for_each(|v| *v = 300.0 - 0.7 * *v);
}

#[test]
fn inverted_channels_give_the_same_strides() {
    let Some(data) = recordings("inverted_channels_give_the_same_strides", "gaitndd") else {
        return;
    };
    let upright = run(&data).unwrap().json;
    let changes: [fn(&mut Recording); 3] = [
        |r| turn_over(&mut r.left.force),
        |r| turn_over(&mut r.right.force),
        |r| {
            turn_over(&mut r.left.force);
            turn_over(&mut r.right.force);
        },
    ];
    for change in changes {
        let turned = run_on(&data, change).unwrap().json;
        let records = turned["records"].as_array().unwrap();
        assert!(
            records
                .iter()
                .all(|r| r["issues"].to_string().contains("inverted_signal"))
        );
        for path in ["/overall/found_pct", "/overall/false_pct"] {
            assert!(
                (number(&turned, path) - number(&upright, path)).abs() < 0.05,
                "{path}"
            );
        }
    }
}

#[test]
fn a_slow_drift_of_the_zero_changes_little() {
    let Some(data) = recordings("a_slow_drift_of_the_zero_changes_little", "gaitndd") else {
        return;
    };
    let drift = |recording: &mut Recording| {
        for (i, v) in recording.right.force.iter_mut().enumerate() {
            *v += 0.005 * i as f64;
        }
    };
    let (level, drifting) = (run(&data).unwrap().json, run_on(&data, drift).unwrap().json);
    let found = |json: &Value| number(json, "/overall/found_pct");
    assert!((found(&level) - found(&drifting)).abs() < 0.1);
    let told = |record: &Value| record["issues"].to_string().contains("drifting_zero");
    assert!(drifting["records"].as_array().unwrap().iter().all(told));
}
