//! The engine against Frenkel-Toledo 2005 (JNER 2:23, table 2) and an independent implementation, on walks of PhysioNet
//! "Gait in Parkinson's Disease". Protocol: first 20 s and last 5 s not used, mean of both feet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use std::path::Path;

use common::{Csv, load, mean, median, quantile, recordings, sd, with_extension};
use gait::norms::norms;
use gait::{Analysis, Options, analyze};

const PROTOCOL: fn() -> Options = || Options {
    trim_start_s: 20.0,
    trim_end_s: 5.0,
    ..Options::default()
};

fn walks(data: &Path) -> Vec<gait::Recording> {
    let files = with_extension(&data.join("gaitpdb"), "txt");
    files
        .iter()
        .filter(|p| p.file_stem().unwrap().to_string_lossy().ends_with("_01"))
        .map(|p| load(p))
        .collect()
}

/// Means over both feet: stride time s, its CV %, swing %, swing-time CV %.
fn both_feet(a: &Analysis) -> [f64; 4] {
    let feet = |id: &str| a.metrics[id].both().map(|(l, r)| [*l, *r]).unwrap();
    let average = |of: [f64; 2]| mean(&of);
    [
        average(feet("stride_time_s").map(|m| m.mean)),
        average(feet("stride_time_s").map(|m| m.cv_pct().unwrap())),
        average(feet("swing_pct").map(|m| m.mean)),
        average(feet("swing_time_s").map(|m| m.cv_pct().unwrap())),
    ]
}

#[test]
fn group_values_of_study_si_agree_with_the_paper() {
    let Some(data) = recordings("group_values_of_study_si_agree_with_the_paper") else {
        return;
    };
    let analyses: Vec<Analysis> = walks(&data)
        .iter()
        .map(|w| analyze(w, &PROTOCOL()))
        .collect();
    let group = |prefix: &str| {
        let rows: Vec<[f64; 4]> = analyses
            .iter()
            .filter(|a| a.recording.starts_with(prefix))
            .map(both_feet)
            .collect();
        let column = |k: usize| rows.iter().map(|r| r[k]).collect::<Vec<f64>>();
        let stats = [0, 1, 2, 3].map(|k| (mean(&column(k)), sd(&column(k))));
        let [stride, cv, swing, swing_cv] = stats;
        println!(
            "{prefix} n {}: stride time {:.3}+/-{:.3} s, CV {:.2}+/-{:.2} %, swing {:.2}+/-{:.2} %, swing-time CV {:.2}+/-{:.2} %",
            rows.len(),
            stride.0,
            stride.1,
            cv.0,
            cv.1,
            swing.0,
            swing.1,
            swing_cv.0,
            swing_cv.1
        );
        stats.map(|(mean, _)| mean)
    };
    let [stride, cv, _, control_swing_cv] = group("SiCo");
    assert!((stride - 1.08).abs() <= 0.03 && (cv - 1.94).abs() <= 0.2);
    let [stride, cv, _, patient_swing_cv] = group("SiPt");
    assert!((stride - 1.12).abs() <= 0.03 && (cv - 2.24).abs() <= 0.2);
    assert!(
        patient_swing_cv > control_swing_cv,
        "direction of the paper"
    );
}

#[test]
fn record_means_agree_with_an_independent_implementation() {
    let Some(data) = recordings("record_means_agree_with_an_independent_implementation") else {
        return;
    };
    let reference = Csv::read(&data.join("reference/gaitpdb_records.csv"));
    let (mut mean_ms, mut cv_pp) = (Vec::new(), Vec::new());
    for walk in walks(&data) {
        let [stride, cv, ..] = both_feet(&analyze(&walk, &PROTOCOL()));
        let theirs = |column: &str| {
            mean(&["L", "R"].map(|side| reference.number(&walk.name, &format!("{side}_{column}"))))
        };
        mean_ms.push(1000.0 * (stride - theirs("stride_s")).abs());
        cv_pp.push((cv - theirs("strideCV_pct")).abs());
    }
    let worst = quantile(&mean_ms, 1.0);
    println!(
        "stride mean error median {:.2} ms, worst {worst:.1} ms; CV error median {:.2}, p90 {:.2} points (n = {})",
        median(&mean_ms),
        median(&cv_pp),
        quantile(&cv_pp, 0.9),
        mean_ms.len()
    );
    assert_eq!(mean_ms.len(), 38);
    assert!(worst <= 10.0 && median(&mean_ms) <= 1.0);
}

/// `norms.toml` states the mean and SD of ln D over the control walks at hand; this recomputes them.
#[test]
fn grsi_scale() {
    let Some(data) = recordings("grsi_scale") else {
        return;
    };
    let scale = &norms().grsi.ln_distance;
    let ln_d = |a: &Analysis| {
        let z: Vec<f64> = a.score.components.iter().map(|c| c.z * c.z).collect();
        assert_eq!(z.len(), 9, "{}", a.recording);
        mean(&z).sqrt().ln()
    };
    let analyses: Vec<Analysis> = walks(&data)
        .iter()
        .map(|w| analyze(w, &Options::default()))
        .collect();
    let of = |group: &str| {
        analyses
            .iter()
            .filter(|a| a.recording.contains(group))
            .collect::<Vec<_>>()
    };
    let controls: Vec<f64> = of("Co").into_iter().map(ln_d).collect();
    println!(
        "ln D of {} control walks: mean {:.4}, SD {:.4}",
        controls.len(),
        mean(&controls),
        sd(&controls)
    );
    assert_eq!(controls.len() as u64, scale.n);
    assert!(
        (mean(&controls) - scale.mean).abs() <= 0.005 && (sd(&controls) - scale.sd).abs() <= 0.005
    );
    let points = |group: &str| {
        of(group)
            .iter()
            .map(|a| a.score.value.unwrap().points)
            .collect::<Vec<f64>>()
    };
    let (control, patient) = (points("Co"), points("Pt"));
    println!(
        "score: controls {:.1}+/-{:.1}, patients {:.1}+/-{:.1}",
        mean(&control),
        sd(&control),
        mean(&patient),
        sd(&patient)
    );
    assert!((mean(&control) - 100.0).abs() <= 0.5 && (sd(&control) - 10.0).abs() <= 0.5);
    assert!(mean(&patient) < 92.0, "the contrast group lies lower");
}

#[test]
fn reading_and_analysing_raises_no_false_issue() {
    let Some(data) = recordings("reading_and_analysing_raises_no_false_issue") else {
        return;
    };
    for walk in walks(&data) {
        let analysis = analyze(&walk, &Options::default());
        assert_eq!(analysis.issues, [], "{}", walk.name);
        assert_eq!(analysis.bouts.len(), 1, "{}: one walk", walk.name);
    }
}
