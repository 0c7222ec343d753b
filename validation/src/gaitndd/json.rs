//! The comparison for machines.

use serde_json::{Value, json};

use super::compare::{Agreement, Comparison};
use super::overall::{
    CV_GOAL_POINTS, MEAN_GOAL_MS, Overall, distance, percent, reason, worst_five,
};
use crate::stats::{mean, quantile, share_within_pct};

fn distribution(errors: &[f64]) -> Value {
    json!({
        "n": errors.len(),
        "median": quantile(errors, 0.5),
        "p90": quantile(errors, 0.9),
        "p95": quantile(errors, 0.95),
        "mean": mean(errors),
    })
}

fn foot_json(agreement: Option<&Agreement>) -> Value {
    agreement.map_or(Value::Null, |a| {
        json!({
            "strides": a.ours_n, "rows": a.theirs_n,
            "mean_s": a.ours_mean_s, "authors_mean_s": a.theirs_mean_s, "mean_error_ms": a.mean_error_ms(),
            "cv_pct": a.ours_cv_pct, "authors_cv_pct": a.theirs_cv_pct, "cv_error_points": a.cv_error_points(),
        })
    })
}

fn record_json(c: &Comparison) -> Value {
    json!({
        "record": c.record, "rows": c.rows, "found": c.found, "found_pct": percent(c.found, c.rows),
        "missed": {
            "unseen": c.missed.unseen, "split": c.missed.split,
            "merged": c.missed.merged, "shifted": c.missed.shifted, "at_s": c.missed_at_s,
        },
        "strides": c.strides, "false_strides": c.false_strides, "false_at_s": c.false_at_s,
        "stride_error_ms": distribution(&c.errors.stride_ms),
        "swing_left_error_ms": distribution(&c.errors.swing_left_ms),
        "swing_right_error_ms": distribution(&c.errors.swing_right_ms),
        "double_support_error_ms": distribution(&c.errors.double_support_ms),
        "left": foot_json(c.left.as_ref()), "right": foot_json(c.right.as_ref()),
        "bouts": c.bouts, "longest_valid_stride_s": c.longest_valid_s, "longest_row_s": c.longest_row_s,
        "issues": c.issues, "reason": reason(c), "distance_from_goals": distance(c),
    })
}

pub(super) fn to_json(all: &Overall, compared: &[Comparison]) -> Value {
    let [mean_left, mean_right] = &all.mean_ms;
    let [cv_left, cv_right] = &all.cv_points;
    json!({
        "overall": {
            "records": all.records, "rows": all.rows, "found": all.found, "found_pct": all.found_pct(),
            "strides": all.strides, "false_strides": all.false_strides, "false_pct": all.false_pct(),
            "longest_valid_stride_s": all.longest_valid_s,
            "records_with_pause": all.paused, "records_with_pause_in_several_bouts": all.paused_split,
            "stride_error_ms": distribution(&all.errors.stride_ms),
            "swing_left_error_ms": distribution(&all.errors.swing_left_ms),
            "swing_right_error_ms": distribution(&all.errors.swing_right_ms),
            "double_support_error_ms": distribution(&all.errors.double_support_ms),
            "mean_within_2_ms_pct": {
                "left": share_within_pct(mean_left, MEAN_GOAL_MS),
                "right": share_within_pct(mean_right, MEAN_GOAL_MS),
            },
            "cv_within_0_4_points_pct": {
                "left": share_within_pct(cv_left, CV_GOAL_POINTS),
                "right": share_within_pct(cv_right, CV_GOAL_POINTS),
            },
        },
        "worst": worst_five(compared).into_iter().map(|c| c.record.as_str()).collect::<Vec<_>>(),
        "records": compared.iter().map(record_json).collect::<Vec<_>>(),
    })
}
