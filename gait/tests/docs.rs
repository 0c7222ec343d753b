//! docs/GAIT.md names everything the engine can say.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::path::Path;

use gait::activity::ActivityClass;
use gait::issue::IssueCode;
use gait::metrics::METRICS;
use gait::metrics::derive::Absent;
use gait::metrics::flags::Flag;
use gait::motion::EstimateAbsent;
use gait::norms::norms;
use gait::observation;
use gait::standing::StandingAbsent;
use gait::strides::Exclusion;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/GAIT.md")).unwrap()
}

/// A table row whose first cell is the code, so that a passing mention does not count.
fn has_row(page: &str, code: &str) -> bool {
    page.lines()
        .any(|line| line.starts_with(&format!("| `{code}` |")))
}

#[test]
fn every_metric_observation_issue_and_reason_has_a_row() {
    let page = page();
    let mut codes: Vec<&str> = METRICS.iter().map(|m| m.id).collect();
    codes.extend(observation::ids());
    codes.extend(IssueCode::ALL.iter().map(|c| c.as_str()));
    codes.extend(Exclusion::ALL.iter().map(|c| c.as_str()));
    codes.extend(ActivityClass::ALL.iter().map(|c| c.as_str()));
    codes.extend(EstimateAbsent::ALL.iter().map(|r| r.as_str()));
    codes.extend(StandingAbsent::ALL.iter().map(|r| r.as_str()));
    codes.extend(Absent::ALL.iter().map(|reason| reason.as_str()));
    codes.extend(Flag::ALL.iter().map(|flag| flag.as_str()));
    codes.extend(["too_few_components", "not_comparable"]);
    let missing: Vec<&str> = codes
        .into_iter()
        .filter(|code| !has_row(&page, code))
        .collect();
    assert!(missing.is_empty(), "no row in docs/GAIT.md for {missing:?}");
}

/// The norm tables of the page are the numbers of norms.toml.
#[test]
fn the_norm_table_is_the_one_in_use() {
    let page = page();
    let show = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
    for r in &norms().reference {
        let row = format!(
            "| `{}` | {} | {} | {} | {} | {} |",
            r.metric,
            r.mean,
            r.sd,
            show(r.p5),
            show(r.p95),
            show(r.mdc95)
        );
        assert!(page.contains(&row), "missing: {row}");
    }
    for c in &norms().grsi.component {
        let transform = format!("{:?}", c.transform).to_lowercase();
        let row = format!("| `{}` | {transform} | {} | {} |", c.id, c.mean, c.sd);
        assert!(page.contains(&row), "missing: {row}");
    }
    let scale = &norms().grsi.ln_distance;
    assert!(page.contains(&format!(
        "m = {}, s = {} (n = {}",
        scale.mean, scale.sd, scale.n
    )));
}
