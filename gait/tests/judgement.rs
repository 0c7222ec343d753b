//! What a session is told about pressure, standing and drift: the same for an analysis and for its upload.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/full.rs"]
mod full;
#[path = "common/insole.rs"]
mod insole;
#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use full::header;
use gait::layout::Layout;
use gait::{Analysis, Observation, Options, analyze, assess};
use synthetic::Walk;

/// Load over the eight regions of the gaitpdb insole: heel first, midfoot, then forefoot. `mid` is the weight of the
/// midfoot, `medial` the share of the medial sensor of each pair.
fn rolled(phase: f64, mid: f64, medial: f64) -> Vec<f64> {
    let near = |at: f64, width: f64| (-((phase - at) / width).powi(2)).exp();
    let (heel, rear) = (near(0.05, 0.25), 0.8 * near(0.2, 0.3));
    let (middle, fore, toes) = (
        mid * near(0.5, 0.3),
        near(0.75, 0.25),
        0.4 * near(0.95, 0.15),
    );
    let of = |load: f64| [load * (1.0 - medial), load * medial];
    let mut loads = vec![heel];
    for pair in [rear, middle, fore] {
        loads.extend(of(pair));
    }
    loads.push(toes);
    let whole: f64 = loads.iter().sum();
    loads.into_iter().map(|l| l / whole).collect()
}

fn even(_: &Layout, phase: f64) -> Vec<f64> {
    rolled(phase, 0.45, 0.45)
}

fn low_and_medial(_: &Layout, phase: f64) -> Vec<f64> {
    rolled(phase, 1.0, 0.75)
}

fn high(_: &Layout, phase: f64) -> Vec<f64> {
    rolled(phase, 0.1, 0.1)
}

fn walk(strides: usize, shares: insole::Shares) -> Analysis {
    let walk = Walk {
        strides,
        ..Walk::default()
    };
    analyze(
        &insole::recording(&walk, "gaitpdb-8", shares),
        &Options::default(),
    )
}

fn uploaded(analysis: &Analysis) -> gait::Assessment {
    let mut header = header(1);
    header.device.layout_id = "gaitpdb-8".into();
    assess(&analysis.summary(header))
}

fn ids(observations: &[Observation]) -> Vec<&str> {
    observations.iter().map(|o| o.id.as_str()).collect()
}

fn count(analysis: &Analysis, id: &str) -> usize {
    analysis.observations.iter().filter(|o| o.id == id).count()
}

#[test]
fn a_loading_pattern_is_told_per_foot_with_both_measures_and_never_for_an_even_foot() {
    let low = walk(60, low_and_medial);
    assert_eq!(count(&low, "low_arch_loading_pattern"), 2);
    let told = low
        .observations
        .iter()
        .find(|o| o.id == "low_arch_loading_pattern")
        .unwrap();
    let evidence: Vec<&str> = told.evidence.iter().map(|e| e.metric.as_str()).collect();
    assert_eq!(evidence, ["malr", "mid_load"]);
    assert!(
        told.evidence
            .iter()
            .all(|e| e.value > e.limit.unwrap() && e.n >= 30)
    );
    assert_eq!(count(&walk(60, high), "high_arch_loading_pattern"), 2);
    let usual = walk(60, even);
    for id in ["low_arch_loading_pattern", "high_arch_loading_pattern"] {
        assert_eq!(count(&usual, id), 0, "{id}");
    }
}

#[test]
fn few_strides_or_a_layout_without_reference_tell_no_pattern() {
    assert_eq!(
        count(&walk(24, low_and_medial), "low_arch_loading_pattern"),
        0
    );
    let other = analyze(
        &insole::recording(&Walk::default(), "moticon-16", insole::rolling),
        &Options::default(),
    );
    let of_pressure = |id: &&str| id.contains("loading_pattern") || id.contains("regional");
    assert_eq!(ids(&other.observations).into_iter().find(of_pressure), None);
    assert!(
        other
            .load_balance
            .iter()
            .all(|r| r.reference_mean_pct.is_none())
    );
}

#[test]
fn the_load_of_each_foot_adds_up_beside_its_reference() {
    let usual = walk(60, even);
    assert_eq!(usual.load_balance.len(), 16);
    for foot in usual.load_balance.chunks(8) {
        let whole: f64 = foot.iter().map(|r| r.share_pct).sum();
        assert_abs_diff_eq!(whole, 100.0, epsilon = 0.4);
        assert!(
            foot.iter()
                .all(|r| r.n >= 50 && r.reference_sd_pct.is_some())
        );
    }
    let medial = walk(60, low_and_medial);
    let much = count(&medial, "regional_load_high");
    assert!(much >= 2, "{:?}", medial.load_balance);
}

#[test]
fn an_upload_is_judged_as_the_analysis_was() {
    for analysis in [walk(60, low_and_medial), walk(60, even), walk(60, high)] {
        let upload = uploaded(&analysis);
        assert_eq!(upload.observations, analysis.observations);
        assert_eq!(upload.load_balance, analysis.load_balance);
        assert_eq!(upload.score, analysis.score);
    }
}

#[test]
fn standing_for_long_and_drift_are_told_from_the_upload() {
    let mut summary = full::full();
    assert!(!ids(&assess(&summary).observations).contains(&"long_standing"));
    summary.exposure.as_mut().unwrap().longest_standing_s = 50 * 60;
    let told = assess(&summary).observations;
    let standing = told.iter().find(|o| o.id == "long_standing").unwrap();
    assert!(
        standing.sentence.contains("50 minutes"),
        "{}",
        standing.sentence
    );
    assert!(ids(&told).contains(&"drift_within_session"));
    summary.drift.clear();
    assert!(!ids(&assess(&summary).observations).contains(&"drift_within_session"));
}
