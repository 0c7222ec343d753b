//! The engine against the authors' own stride tables of PhysioNet "Gait in Neurodegenerative Disease".
//!
//! A row of a table is plausible when its left stride lasts 0.46 to 3 s (longer rows are pauses). It is found when one of
//! our valid left strides begins within 0.1 s of the row's begin and ends within 0.1 s of the row's end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use std::path::Path;

use common::{Csv, load, mean, median, quantile, recordings, with_extension};
use gait::strides::Stride;
use gait::{Analysis, IssueCode, Options, Side, analyze};

const MATCH_S: f64 = 0.1;

/// The columns of a row that are compared, s.
struct Row {
    end: f64,
    stride: f64,
    swing_left: f64,
    swing_right: f64,
    double_support: f64,
}

fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter_map(|line| {
            let v: Vec<f64> = line
                .split_whitespace()
                .map(|w| w.parse().unwrap())
                .collect();
            (v.len() == 13).then(|| Row {
                end: v[0],
                stride: v[1],
                swing_left: v[3],
                swing_right: v[4],
                double_support: v[11],
            })
        })
        .collect()
}

#[derive(Default)]
struct Errors {
    plausible: usize,
    found: usize,
    stride_ms: Vec<f64>,
    swing_ms: Vec<f64>,
    swing_right_ms: Vec<f64>,
    double_support_ms: Vec<f64>,
}

fn compare(analysis: &Analysis, rows: &[Row], errors: &mut Errors) {
    let left: Vec<&Stride> = analysis
        .strides
        .iter()
        .filter(|s| s.foot == Side::Left && s.is_valid())
        .collect();
    let right: Vec<&Stride> = analysis
        .strides
        .iter()
        .filter(|s| s.foot == Side::Right && s.is_valid())
        .collect();
    for row in rows.iter().filter(|r| (0.46..=3.0).contains(&r.stride)) {
        errors.plausible += 1;
        let near = |s: &&&Stride| {
            (s.end_s - row.end).abs() < MATCH_S
                && (s.start_s - (row.end - row.stride)).abs() < MATCH_S
        };
        let Some(stride) = left.iter().find(near) else {
            continue;
        };
        errors.found += 1;
        let ms = |ours: f64, theirs: f64| 1000.0 * (ours - theirs).abs();
        errors
            .stride_ms
            .push(ms(stride.stride_time_s(), row.stride));
        errors
            .swing_ms
            .push(ms(stride.swing_time_s(), row.swing_left));
        if let Some(ds) = stride.double_support_s {
            errors.double_support_ms.push(ms(ds, row.double_support));
        }
        // The row's right swing lies inside its left stance.
        let inside = |s: &&&Stride| stride.start_s <= s.toe_off_s && s.end_s <= stride.toe_off_s;
        if let Some(swing) = right.iter().find(inside) {
            errors
                .swing_right_ms
                .push(ms(swing.swing_time_s(), row.swing_right));
        }
    }
}

#[test]
fn strides_of_the_authors_are_found_and_timed() {
    let Some(data) = recordings("strides_of_the_authors_are_found_and_timed") else {
        return;
    };
    let mut all = Errors::default();
    for header in with_extension(&data.join("gaitndd"), "hea") {
        let analysis = analyze(&load(&header), &Options::default());
        let mut own = Errors::default();
        compare(&analysis, &rows(&header.with_extension("ts")), &mut own);
        println!(
            "{:10} found {}/{} stride {:.1} ms swing L {:.1} R {:.1} ms double support {:.1} ms",
            analysis.recording,
            own.found,
            own.plausible,
            median(&own.stride_ms),
            median(&own.swing_ms),
            median(&own.swing_right_ms),
            median(&own.double_support_ms),
        );
        let long = analysis
            .strides
            .iter()
            .filter(|s| s.is_valid() && s.stride_time_s() > 3.0)
            .count();
        assert_eq!(long, 0, "{}: a pause is no stride", analysis.recording);
        all.plausible += own.plausible;
        all.found += own.found;
        all.stride_ms.extend(own.stride_ms);
        all.swing_ms.extend(own.swing_ms);
        all.swing_right_ms.extend(own.swing_right_ms);
        all.double_support_ms.extend(own.double_support_ms);
    }
    let share = 100.0 * all.found as f64 / all.plausible as f64;
    println!("rows found {share:.2} % of {}", all.plausible);
    for (name, errors) in [
        ("stride", &all.stride_ms),
        ("swing left", &all.swing_ms),
        ("swing right", &all.swing_right_ms),
        ("double support", &all.double_support_ms),
    ] {
        let q = |p| quantile(errors, p);
        println!(
            "|{name} error| median {:.2} p90 {:.1} p95 {:.1} ms (n = {})",
            q(0.5),
            q(0.9),
            q(0.95),
            errors.len()
        );
    }
    assert!(share >= 99.0, "{share:.2} % of the rows found");
    assert!(median(&all.stride_ms) <= 2.0 && quantile(&all.stride_ms, 0.95) <= 15.0);
    assert!(median(&all.swing_ms) <= 6.0 && median(&all.swing_right_ms) <= 6.0);
    assert!(median(&all.double_support_ms) <= 12.0);
}

#[test]
fn record_means_and_variability_agree_with_the_authors() {
    let Some(data) = recordings("record_means_and_variability_agree_with_the_authors") else {
        return;
    };
    let reference = Csv::read(&data.join("reference/gaitndd_records.csv"));
    let (mut means_ms, mut cvs_pp) = (Vec::new(), Vec::new());
    for header in with_extension(&data.join("gaitndd"), "hea") {
        let analysis = analyze(
            &load(&header),
            &Options {
                trim_start_s: 20.0,
                ..Options::default()
            },
        );
        let name = analysis.recording.as_str();
        for (side, suffix) in [(Side::Left, "L"), (Side::Right, "R")] {
            let Some(stride) = analysis
                .metrics
                .get("stride_time_s")
                .and_then(|f| f.foot(side))
            else {
                continue;
            };
            let mean_ms = 1000.0
                * (stride.mean - reference.number(name, &format!("ref_stride{suffix}"))).abs();
            let cv_pp = (stride.cv_pct().unwrap()
                - reference.number(name, &format!("ref_strideCV_{suffix}")))
            .abs();
            println!(
                "{name:10} {side:5} n {} mean error {mean_ms:.1} ms, CV error {cv_pp:.2} points",
                stride.n
            );
            means_ms.push(mean_ms);
            cvs_pp.push(cv_pp);
        }
    }
    println!(
        "mean error median {:.2} p90 {:.1} ms; CV error median {:.2} p90 {:.2} points (n = {})",
        median(&means_ms),
        quantile(&means_ms, 0.9),
        median(&cvs_pp),
        quantile(&cvs_pp, 0.9),
        means_ms.len()
    );
    assert!(mean(&means_ms).is_finite());
    assert!(median(&means_ms) <= 1.5 && median(&cvs_pp) <= 0.3);
}

/// Uniform noise of +/-3.5 % of the amplitude and 50 Hz hum of 3 % on both channels.
#[test]
fn converter_noise_and_hum_cost_little() {
    let Some(data) = recordings("converter_noise_and_hum_cost_little") else {
        return;
    };
    let mut all = Errors::default();
    for header in with_extension(&data.join("gaitndd"), "hea") {
        let mut recording = load(&header);
        let mut state = 1_u64;
        for force in [&mut recording.left.force, &mut recording.right.force] {
            let amplitude = quantile(force, 0.9) - quantile(force, 0.1);
            for (i, value) in force.iter_mut().enumerate() {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let uniform = (state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0;
                let hum = (2.0 * std::f64::consts::PI * 50.0 * i as f64 / 300.0).sin();
                *value += amplitude * (0.035 * uniform + 0.03 * hum);
            }
        }
        let analysis = analyze(&recording, &Options::default());
        compare(&analysis, &rows(&header.with_extension("ts")), &mut all);
    }
    let share = 100.0 * all.found as f64 / all.plausible as f64;
    println!(
        "with noise and hum: rows found {share:.2} %, stride error median {:.2} ms",
        median(&all.stride_ms)
    );
    assert!(share >= 98.5 && median(&all.stride_ms) <= 4.0);
}

#[test]
fn an_inverted_and_drifting_channel_gives_the_same_strides() {
    let Some(data) = recordings("an_inverted_and_drifting_channel_gives_the_same_strides") else {
        return;
    };
    let upright = load(&data.join("gaitndd/control1.hea"));
    let mut turned = upright.clone();
    for (i, force) in turned.right.force.iter_mut().enumerate() {
        *force = 300.0 - 0.7 * *force + 0.005 * i as f64;
    }
    let (a, b) = (
        analyze(&upright, &Options::default()),
        analyze(&turned, &Options::default()),
    );
    assert!(
        b.issues
            .iter()
            .any(|i| i.code == IssueCode::InvertedSignal && i.side == Some(Side::Right))
    );
    assert!(
        b.issues
            .iter()
            .any(|i| i.code == IssueCode::DriftingZero && i.side == Some(Side::Right))
    );
    let mean = |a: &Analysis| a.metrics["stride_time_s"].right.unwrap().mean;
    assert!((mean(&a) - mean(&b)).abs() < 1e-3);
    assert!(a.steps.right.abs_diff(b.steps.right) <= 2);
}
