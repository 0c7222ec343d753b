//! One shipped number against the recomputed one, and why they differ.

use serde_json::{Value, json};

use crate::report::Table;

/// Differences up to this many standard errors are sampling error.
const SURE: f64 = 2.0;
/// Standard errors below this are rounding of the shipped numbers.
const SAME: f64 = 0.01;
/// Up to this many they are still expected of one row in twenty.
const EDGE: f64 = 3.0;

/// What norms.toml says.
pub(super) struct Shipped {
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) p5: Option<f64>,
    pub(super) p95: Option<f64>,
    pub(super) n: u64,
}

/// What the recordings say.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) p5: f64,
    pub(super) p95: f64,
    pub(super) n: usize,
}

/// One comparison.
pub(super) struct Row {
    pub(super) id: String,
    shipped: Shipped,
    pub(super) here: Option<Spread>,
    /// Standard error of d.
    se: f64,
}

impl Row {
    pub(super) fn new(id: &str, shipped: Shipped, values: Vec<f64>, subset: bool) -> Self {
        let n = values.len() as f64;
        let behind = 1.0 / (shipped.n.max(1) as f64);
        let variance = if subset {
            1.0 / n - behind
        } else {
            1.0 / n + behind
        };
        Self {
            id: id.to_owned(),
            se: variance.max(0.0).sqrt(),
            shipped,
            here: spread(values),
        }
    }

    /// Difference of the means in standard deviations of the reference group.
    fn d(&self) -> Option<f64> {
        Some((self.here?.mean - self.shipped.mean) / self.shipped.sd)
    }

    fn beyond_sampling(&self) -> bool {
        self.d().is_some_and(|d| d.abs() > SURE * self.se.max(SAME))
    }

    fn why(&self) -> &'static str {
        let errors = self.d().map(|d| d.abs() / self.se.max(SAME));
        match (errors, rule_that_differs(&self.id)) {
            (None, _) => "not measured here",
            (Some(errors), _) if errors <= SURE => "sampling error",
            (Some(_), Some(rule)) => rule,
            (Some(errors), None) if errors <= EDGE => {
                "edge of sampling: chance puts one row in twenty beyond 2 SE"
            }
            (Some(_), None) => "more than sampling error: no rule is known to differ",
        }
    }

    pub(super) fn json(&self) -> Value {
        let s = &self.shipped;
        json!({
            "shipped": {"mean": s.mean, "sd": s.sd, "p5": s.p5, "p95": s.p95, "n": s.n},
            "here": self.here.map(|h| json!({"mean": h.mean, "sd": h.sd, "p5": h.p5, "p95": h.p95, "n": h.n})),
            "d": self.d(),
            "se": self.here.map(|_| self.se),
            "beyond_sampling": self.beyond_sampling(),
            "why": self.why(),
        })
    }
}

/// Rules of this engine that differ from the ones the references were computed with.
fn rule_that_differs(id: &str) -> Option<&'static str> {
    match id {
        "stride_time_cv_pct" | "swing_time_cv_pct" | "pci_pct" => {
            Some("outlier rule, in part (table of rules); the rest is these people")
        }
        "step_time_residual_cv_pct" => Some(
            "the reference's rule for single steps is not stated; no outlier rule tried gives it (table of rules)",
        ),
        _ => None,
    }
}

fn spread(mut values: Vec<f64>) -> Option<Spread> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / n as f64;
    let ss: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some(Spread {
        mean,
        sd: (ss / (n - 1) as f64).sqrt(),
        p5: percentile(&values, 0.05),
        p95: percentile(&values, 0.95),
        n,
    })
}

/// Percentile of sorted values, straight line between the two nearest ranks.
fn percentile(sorted: &[f64], p: f64) -> f64 {
    let at = p * sorted.len().saturating_sub(1) as f64;
    let value = |i: usize| sorted.get(i).or(sorted.last()).copied().unwrap_or(0.0);
    let (low, share) = (at.floor() as usize, at.fract());
    value(low) + share * (value(low + 1) - value(low))
}

/// Means and their difference.
pub(super) fn table(title: &str, rows: &[Row]) -> Table {
    let columns = [
        "value", "shipped", "here", "n", "d", "SE of d", "SD ratio", "why",
    ];
    Table {
        title: title.to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.iter().map(cells).collect(),
        note: Some(
            "d: difference of means in reference SD. SD ratio: here over shipped, with its own standard error.".to_owned(),
        ),
    }
}

fn cells(row: &Row) -> Vec<String> {
    let s = &row.shipped;
    let shipped = format!("{} +/- {}", number(s.mean), number(s.sd));
    let why = row.why().to_owned();
    let (Some(h), Some(d)) = (row.here, row.d()) else {
        let none = || "-".to_owned();
        return vec![
            row.id.clone(),
            shipped,
            none(),
            "0".to_owned(),
            none(),
            none(),
            none(),
            why,
        ];
    };
    let ratio_se = h.sd / s.sd / (2.0 * (h.n as f64 - 1.0)).sqrt();
    vec![
        row.id.clone(),
        shipped,
        format!("{} +/- {}", number(h.mean), number(h.sd)),
        h.n.to_string(),
        format!("{d:+.2}"),
        format!("{:.2}", row.se),
        format!("{:.2} +/- {ratio_se:.2}", h.sd / s.sd),
        why,
    ]
}

/// P5 and P95 of the rows that ship them.
pub(super) fn percentiles(rows: &[Row]) -> Table {
    let shown = rows.iter().filter_map(|row| {
        let (p5, p95) = row.shipped.p5.zip(row.shipped.p95)?;
        let here = row.here.map_or_else(
            || "-".to_owned(),
            |h| format!("{} to {}", number(h.p5), number(h.p95)),
        );
        Some(vec![
            row.id.clone(),
            format!("{} to {}", number(p5), number(p95)),
            here,
        ])
    });
    Table {
        title: "5th to 95th percentile".to_owned(),
        columns: ["value", "shipped", "here"].map(str::to_owned).to_vec(),
        rows: shown.collect(),
        note: Some(
            "The outer percentiles of few people are hardly more than their extremes.".to_owned(),
        ),
    }
}

/// Three decimals below ten, two below a hundred, one above.
fn number(value: f64) -> String {
    match value.abs() {
        v if v < 10.0 => format!("{value:.3}"),
        v if v < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use approx::assert_abs_diff_eq;

    use super::*;

    fn row(values: &[f64], subset: bool) -> Row {
        let shipped = Shipped {
            mean: 10.0,
            sd: 2.0,
            p5: Some(7.0),
            p95: Some(13.0),
            n: 70,
        };
        Row::new("stance_pct", shipped, values.to_vec(), subset)
    }

    #[test]
    fn difference_and_its_error_by_hand() {
        let r = row(&[11.0, 12.0, 13.0, 12.0], false);
        assert_abs_diff_eq!(r.d().unwrap(), 1.0);
        assert_abs_diff_eq!(r.se, (0.25 + 1.0 / 70.0_f64).sqrt());
        assert_eq!(r.why(), "sampling error");
        assert_abs_diff_eq!(row(&[11.0; 4], true).se, (0.25 - 1.0 / 70.0_f64).sqrt());
    }

    #[test]
    fn what_sampling_does_not_explain_is_not_called_sampling() {
        let r = row(&[15.0; 9], false);
        assert!(r.beyond_sampling() && r.why().contains("no rule is known"));
        // d = 0.8 with a standard error of 0.35 lies between two and three.
        assert!(row(&[11.6; 9], false).why().contains("edge of sampling"));
        let none = row(&[], false);
        assert!(none.json()["here"].is_null() && none.json()["se"].is_null());
    }

    #[test]
    fn percentiles_lie_between_ranks() {
        assert_abs_diff_eq!(percentile(&[0.0, 10.0, 20.0], 0.05), 1.0);
        assert_abs_diff_eq!(percentile(&[4.0], 0.95), 4.0);
    }
}
