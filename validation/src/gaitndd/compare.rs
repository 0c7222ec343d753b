//! One record: our strides against the authors' rows.

use gait::strides::Stride;
use gait::{Analysis, Side};

use super::table::Row;
use crate::stats;

/// A stride is the row's when both its ends lie this near to the row's, s.
pub(crate) const MATCH_S: f64 = 0.1;
/// The authors' own cleaning, in SDs from the median, repeated.
const CLEANING_SDS: f64 = 3.0;

/// What became of the rows that no stride matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missed {
    /// No valid stride of ours touches the row.
    pub(crate) unseen: usize,
    /// Two or more of ours lie in it: a contact more than the authors have.
    pub(crate) split: usize,
    /// One of ours spans this row and another: a contact fewer.
    pub(crate) merged: usize,
    /// One of ours, with an end further away than the tolerance.
    pub(crate) shifted: usize,
}

/// Mean and CV of a foot's strides after the same cleaning on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Agreement {
    pub(crate) ours_n: usize,
    pub(crate) theirs_n: usize,
    pub(crate) ours_mean_s: f64,
    pub(crate) theirs_mean_s: f64,
    pub(crate) ours_cv_pct: f64,
    pub(crate) theirs_cv_pct: f64,
}

impl Agreement {
    pub(crate) fn mean_error_ms(&self) -> f64 {
        1000.0 * (self.ours_mean_s - self.theirs_mean_s).abs()
    }

    pub(crate) fn cv_error_points(&self) -> f64 {
        (self.ours_cv_pct - self.theirs_cv_pct).abs()
    }
}

/// Errors of the strides that were found, ms, without sign.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Errors {
    pub(crate) stride_ms: Vec<f64>,
    pub(crate) swing_left_ms: Vec<f64>,
    pub(crate) swing_right_ms: Vec<f64>,
    pub(crate) double_support_ms: Vec<f64>,
}

impl Errors {
    pub(crate) fn append(&mut self, other: &Self) {
        self.stride_ms.extend(&other.stride_ms);
        self.swing_left_ms.extend(&other.swing_left_ms);
        self.swing_right_ms.extend(&other.swing_right_ms);
        self.double_support_ms.extend(&other.double_support_ms);
    }
}

/// The comparison of one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) record: String,
    /// Credible rows.
    pub(crate) rows: usize,
    pub(crate) found: usize,
    pub(crate) missed: Missed,
    /// Valid left strides wholly within the span of the rows ...
    pub(crate) strides: usize,
    /// ... and those of them that match no row.
    pub(crate) false_strides: usize,
    /// Start of the false strides, s.
    pub(crate) false_at_s: Vec<f64>,
    /// End of the rows that no stride matches, s.
    pub(crate) missed_at_s: Vec<f64>,
    pub(crate) errors: Errors,
    pub(crate) left: Option<Agreement>,
    pub(crate) right: Option<Agreement>,
    pub(crate) bouts: usize,
    /// Longest stride called valid, s.
    pub(crate) longest_valid_s: f64,
    /// Longest row of the table: above 3 s a pause, s.
    pub(crate) longest_row_s: f64,
    /// Issue codes of the analysis.
    pub(crate) issues: Vec<&'static str>,
}

pub(crate) fn compare(analysis: &Analysis, rows: &[Row]) -> Comparison {
    let valid = |side| -> Vec<&Stride> {
        let of_side = |s: &&Stride| s.foot == side && s.is_valid();
        analysis.strides.iter().filter(of_side).collect()
    };
    let (left, right) = (valid(Side::Left), valid(Side::Right));
    let mut result = bare(analysis, rows);
    for row in rows.iter().filter(|r| r.is_credible()) {
        result.rows += 1;
        match left.iter().find(|s| matches(s, row)) {
            Some(stride) => {
                result.found += 1;
                measure(&mut result.errors, stride, row, &right);
            }
            None => {
                result.missed_at_s.push(row.end_s);
                miss(&mut result.missed, row, &left);
            }
        }
    }
    let (from, to) = span(rows);
    for stride in left.iter().filter(|s| s.start_s >= from && s.end_s <= to) {
        result.strides += 1;
        if !rows.iter().any(|row| matches(stride, row)) {
            result.false_strides += 1;
            result.false_at_s.push(stride.start_s);
        }
    }
    result.left = agreement(&left, rows, |row| row.stride_left_s);
    result.right = agreement(&right, rows, |row| row.stride_right_s);
    result.longest_valid_s = longest(left.iter().chain(&right).map(|s| s.stride_time_s()));
    result
}

fn bare(analysis: &Analysis, rows: &[Row]) -> Comparison {
    let mut issues: Vec<_> = analysis.issues.iter().map(|i| i.code.as_str()).collect();
    issues.sort_unstable();
    issues.dedup();
    Comparison {
        record: analysis.recording.clone(),
        rows: 0,
        found: 0,
        missed: Missed::default(),
        strides: 0,
        false_strides: 0,
        false_at_s: Vec::new(),
        missed_at_s: Vec::new(),
        errors: Errors::default(),
        left: None,
        right: None,
        bouts: analysis.bouts.len(),
        longest_valid_s: 0.0,
        longest_row_s: longest(rows.iter().map(|r| r.stride_left_s)),
        issues,
    }
}

fn longest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

/// From the start of the first row to the end of the last, widened by the tolerance.
fn span(rows: &[Row]) -> (f64, f64) {
    let from = rows.first().map_or(f64::INFINITY, Row::start_s);
    let to = rows.last().map_or(f64::NEG_INFINITY, |r| r.end_s);
    (from - MATCH_S, to + MATCH_S)
}

fn matches(stride: &Stride, row: &Row) -> bool {
    (stride.end_s - row.end_s).abs() < MATCH_S && (stride.start_s - row.start_s()).abs() < MATCH_S
}

fn measure(errors: &mut Errors, stride: &Stride, row: &Row, right: &[&Stride]) {
    let ms = |ours: f64, theirs: f64| 1000.0 * (ours - theirs).abs();
    let push = |errors: &mut Vec<f64>, ours, theirs| errors.push(ms(ours, theirs));
    push(
        &mut errors.stride_ms,
        stride.stride_time_s(),
        row.stride_left_s,
    );
    push(
        &mut errors.swing_left_ms,
        stride.swing_time_s(),
        row.swing_left_s,
    );
    if let Some(ours) = stride.double_support_s {
        push(&mut errors.double_support_ms, ours, row.double_support_s);
    }
    // The row's right swing lies inside its left stance.
    let inside = |s: &&&Stride| stride.start_s <= s.toe_off_s && s.end_s <= stride.toe_off_s;
    if let Some(swing) = right.iter().find(inside) {
        push(
            &mut errors.swing_right_ms,
            swing.swing_time_s(),
            row.swing_right_s,
        );
    }
}

fn miss(missed: &mut Missed, row: &Row, left: &[&Stride]) {
    let (start, end) = (row.start_s(), row.end_s);
    let overlap = |s: &Stride| s.end_s.min(end) - s.start_s.max(start);
    let touching: Vec<&&Stride> = left.iter().filter(|s| overlap(s) > MATCH_S).collect();
    let spans = |s: &Stride| s.start_s < start + MATCH_S && s.end_s > end - MATCH_S;
    match touching.as_slice() {
        [] => missed.unseen += 1,
        [one] if spans(one) => missed.merged += 1,
        [_] => missed.shifted += 1,
        _ => missed.split += 1,
    }
}

/// Our valid strides and the authors' rows over the time of the table, both cleaned alike.
fn agreement(valid: &[&Stride], rows: &[Row], theirs: fn(&Row) -> f64) -> Option<Agreement> {
    let (from, to) = span(rows);
    let clean = |values: Vec<f64>| stats::within_sds(&values, CLEANING_SDS);
    let within = |s: &&&Stride| s.start_s >= from && s.end_s <= to;
    let credible = |t: &f64| super::table::CREDIBLE_STRIDE_S.contains(t);
    let ours = valid.iter().filter(within).map(|s| s.stride_time_s());
    let ours = clean(ours.filter(credible).collect());
    let theirs = clean(rows.iter().map(theirs).filter(credible).collect());
    Some(Agreement {
        ours_n: ours.len(),
        theirs_n: theirs.len(),
        ours_mean_s: stats::mean(&ours)?,
        theirs_mean_s: stats::mean(&theirs)?,
        ours_cv_pct: stats::cv_pct(&ours)?,
        theirs_cv_pct: stats::cv_pct(&theirs)?,
    })
}
