//! The score's scale and the silence of the issues on walks of PhysioNet "Gait in Parkinson's Disease". The comparison with
//! the paper is `validation::gaitpdb`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use std::path::Path;

use common::{load, mean, recordings, sd, with_extension};
use gait::norms::norms;
use gait::{Analysis, Options, analyze};

fn walks(data: &Path) -> Vec<gait::Recording> {
    let files = with_extension(&data.join("gaitpdb"), "txt");
    files
        .iter()
        .filter(|p| p.file_stem().unwrap().to_string_lossy().ends_with("_01"))
        .map(|p| load(p))
        .collect()
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
