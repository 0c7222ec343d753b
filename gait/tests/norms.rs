//! docs/GAIT.md shows the pressure norms, impulse shares and lines over speed that are in use.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::path::Path;

use gait::norms::norms;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/GAIT.md")).unwrap()
}

fn show(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| v.to_string())
}

#[test]
fn the_pressure_norms_of_the_page_are_the_ones_in_use() {
    let page = page();
    for r in &norms().plantar {
        let steps = [r.p5, r.p20, r.p50, r.p80, r.p95].map(show).join(" | ");
        let row = format!(
            "| `{}` | {} | {} | {steps} | {} |",
            r.metric, r.mean, r.sd, r.mdc95
        );
        assert!(page.contains(&row), "missing: {row}");
    }
    for shares in &norms().impulse_share {
        let pairs = shares.mean.iter().zip(&shares.sd);
        let text: Vec<String> = pairs.map(|(mean, sd)| format!("{mean} +/- {sd}")).collect();
        assert!(page.contains(&text.join(", ")), "{}", text.join(", "));
    }
    for line in &norms().speed_line {
        let row = format!(
            "| {} | {} | {} | {} |",
            line.metric,
            line.intercept,
            line.per_m_per_s,
            show(line.residual_sd)
        );
        assert!(page.contains(&row), "missing: {row}");
    }
    for metric in ["si_f1_pct", "si_impulse_pct"] {
        let p80 = norms().of(metric).unwrap().0.p80.unwrap();
        assert!(
            page.contains(&format!("`{metric}` {p80}")),
            "{metric} {p80}"
        );
    }
}
