//! All records together, and which of them lie furthest from the goals.

use super::compare::{Agreement, Comparison, Errors};

/// Largest error of a record's own mean stride time, ms, and of its CV, points, that the goals allow.
pub(super) const MEAN_GOAL_MS: f64 = 2.0;
pub(super) const CV_GOAL_POINTS: f64 = 0.4;
/// Largest share of false strides and of rows not found in a record before it ranks among the worst, percent.
pub(super) const SHARE_GOAL_PCT: f64 = 0.5;
/// Records listed as worst.
pub(super) const WORST: usize = 5;

/// A row of the table that is a pause by the bout rule, s: a stride of at most 3 s and a break of at most 3 s.
const PAUSE_S: f64 = 6.0;

/// What all records give together.
pub(super) struct Overall {
    pub(super) records: usize,
    pub(super) rows: usize,
    pub(super) found: usize,
    pub(super) strides: usize,
    pub(super) false_strides: usize,
    pub(super) errors: Errors,
    pub(super) mean_ms: [Vec<f64>; 2],
    pub(super) cv_points: [Vec<f64>; 2],
    pub(super) longest_valid_s: f64,
    pub(super) paused: usize,
    pub(super) paused_split: usize,
}

impl Overall {
    pub(super) fn of(compared: &[Comparison]) -> Self {
        let mut errors = Errors::default();
        compared.iter().for_each(|c| errors.append(&c.errors));
        let feet = |of: fn(&Agreement) -> f64| {
            let left = compared.iter().filter_map(|c| c.left.as_ref()).map(of);
            let right = compared.iter().filter_map(|c| c.right.as_ref()).map(of);
            [left.collect(), right.collect()]
        };
        let paused = |c: &&Comparison| c.longest_row_s > PAUSE_S;
        Self {
            records: compared.len(),
            rows: compared.iter().map(|c| c.rows).sum(),
            found: compared.iter().map(|c| c.found).sum(),
            strides: compared.iter().map(|c| c.strides).sum(),
            false_strides: compared.iter().map(|c| c.false_strides).sum(),
            errors,
            mean_ms: feet(Agreement::mean_error_ms),
            cv_points: feet(Agreement::cv_error_points),
            longest_valid_s: compared.iter().fold(0.0, |m, c| m.max(c.longest_valid_s)),
            paused: compared.iter().filter(paused).count(),
            paused_split: compared
                .iter()
                .filter(paused)
                .filter(|c| c.bouts > 1)
                .count(),
        }
    }

    pub(super) fn found_pct(&self) -> f64 {
        percent(self.found, self.rows)
    }

    pub(super) fn false_pct(&self) -> f64 {
        percent(self.false_strides, self.strides)
    }
}

pub(super) fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// How far a record is from the goals: its largest error in units of its goal.
pub(super) fn distance(c: &Comparison) -> f64 {
    let feet = [&c.left, &c.right];
    let largest = |of: fn(&Agreement) -> f64| {
        feet.iter()
            .filter_map(|f| f.as_ref())
            .map(of)
            .fold(0.0, f64::max)
    };
    [
        percent(c.rows - c.found, c.rows) / SHARE_GOAL_PCT,
        percent(c.false_strides, c.strides) / SHARE_GOAL_PCT,
        largest(Agreement::mean_error_ms) / MEAN_GOAL_MS,
        largest(Agreement::cv_error_points) / CV_GOAL_POINTS,
    ]
    .into_iter()
    .fold(0.0, f64::max)
}

pub(super) fn worst_five(compared: &[Comparison]) -> Vec<&Comparison> {
    let mut order: Vec<&Comparison> = compared.iter().collect();
    order.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    order.truncate(WORST);
    order
}

/// What the comparison itself says about a record's errors.
pub(super) fn reason(c: &Comparison) -> String {
    let count = |n: usize, what: &str| (n > 0).then(|| format!("{n} {what}"));
    let m = &c.missed;
    let mut parts: Vec<String> = [
        count(m.unseen, "rows without a valid stride of ours"),
        count(m.split, "rows with a contact more than the authors'"),
        count(m.merged, "rows with a contact fewer"),
        count(m.shifted, "rows with an end further off than 0.1 s"),
        count(c.false_strides, "strides that match no row"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let (Some(l), Some(r)) = (&c.left, &c.right) {
        let gap = |a: &Agreement| a.ours_n as i64 - a.theirs_n as i64;
        parts.push(format!(
            "strides kept against rows kept: {:+} left, {:+} right",
            gap(l),
            gap(r)
        ));
    }
    let told = ["saturated", "drifting_zero", "pause", "inverted_signal"];
    let flags: Vec<&str> = c
        .issues
        .iter()
        .copied()
        .filter(|i| told.contains(i))
        .collect();
    if !flags.is_empty() {
        parts.push(format!("the signal is flagged {}", flags.join(", ")));
    }
    parts.join("; ")
}
