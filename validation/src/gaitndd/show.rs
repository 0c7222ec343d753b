//! From comparisons to the report.

use serde_json::{Value, json};

use super::Unreadable;
use super::compare::{Agreement, Comparison, Errors};
use crate::report::{Mark, Plot, Report, Series, Table};
use crate::stats::{mean, quantile, share_within_pct};

/// Goals of the issue: largest mean error of a record's stride time, ms, and of its CV, points.
const MEAN_GOAL_MS: f64 = 2.0;
const CV_GOAL_POINTS: f64 = 0.4;
/// Largest share of false strides and of rows not found in a record before it ranks among the worst, percent.
const SHARE_GOAL_PCT: f64 = 0.5;
/// Records listed as worst.
const WORST: usize = 5;

const PROTOCOL: [&str; 4] = [
    "Every record is analysed with the engine's defaults and compared with the authors' table of strides (.ts). A row of \
     the table is a left stride; it counts when it lasts 0.46 to 3 s, because longer rows are pauses. It is found when one \
     valid left stride of ours begins within 0.1 s of its begin and ends within 0.1 s of its end. Valid means physically one \
     stride of walking, whether or not the metrics use it.",
    "False strides are our valid left strides that lie wholly between the start of the first row and the end of the last (with \
     the same 0.1 s) and match no row at all, pauses included; their share is of all our valid left strides there.",
    "Mean and CV per record and foot: the same stretch of time, strides of 0.46 to 3 s, and the same cleaning on both sides \
     (|x - median| <= 3 SD, repeated until nothing is left out), applied to the authors' rows and to our valid strides. The authors \
     did not filter their tables.",
    "Errors are distances without sign. The converter samples at 300 Hz: one sample is 3.3 ms, and the authors' times lie on samples.",
];

/// What all records give together.
struct Overall {
    records: usize,
    rows: usize,
    found: usize,
    strides: usize,
    false_strides: usize,
    errors: Errors,
    mean_ms: [Vec<f64>; 2],
    cv_points: [Vec<f64>; 2],
    longest_valid_s: f64,
    paused: usize,
    paused_split: usize,
}

impl Overall {
    fn of(compared: &[Comparison]) -> Self {
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

    fn found_pct(&self) -> f64 {
        percent(self.found, self.rows)
    }

    fn false_pct(&self) -> f64 {
        percent(self.false_strides, self.strides)
    }
}

/// A row of the table that is a pause by the bout rule, s: a stride of at most 3 s and a break of at most 3 s.
const PAUSE_S: f64 = 6.0;

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

pub(super) fn report(compared: &[Comparison], unreadable: &[Unreadable]) -> Report {
    let overall = Overall::of(compared);
    let mut tables = vec![summary(&overall), records(compared), worst(compared)];
    tables.extend(unread(unreadable));
    Report {
        name: "gaitndd",
        protocol: PROTOCOL.map(str::to_owned).to_vec(),
        tables,
        plots: vec![errors_plot(&overall), cv_plot(compared)],
        json: to_json(&overall, compared, unreadable),
        ..Report::default()
    }
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"))
}

fn summary(all: &Overall) -> Table {
    let row = |name: &str, n: usize, goal: &str, reached: String| {
        vec![name.to_owned(), n.to_string(), goal.to_owned(), reached]
    };
    let quantiles = |errors: &[f64]| {
        let q = |p| cell(quantile(errors, p), 1);
        format!("{} / {} / {}", q(0.5), q(0.9), q(0.95))
    };
    let mut rows = vec![
        row(
            "rows found, %",
            all.rows,
            ">= 99.5",
            format!("{:.2}", all.found_pct()),
        ),
        row(
            "false strides, %",
            all.strides,
            "<= 0.4",
            format!("{:.2}", all.false_pct()),
        ),
        row(
            "longest valid stride, s",
            all.strides,
            "<= 3",
            format!("{:.2}", all.longest_valid_s),
        ),
        row(
            "records with a pause that give several bouts",
            all.paused,
            "all",
            all.paused_split.to_string(),
        ),
    ];
    for (name, errors, goal) in [
        ("left stride", &all.errors.stride_ms, "2 / 9 / 25"),
        ("left swing", &all.errors.swing_left_ms, "12 / 35 / -"),
        ("right swing", &all.errors.swing_right_ms, "-"),
        ("double support", &all.errors.double_support_ms, "-"),
    ] {
        let name = format!("{name}, error median / p90 / p95, ms");
        rows.push(row(&name, errors.len(), goal, quantiles(errors)));
    }
    for (k, foot) in ["left", "right"].into_iter().enumerate() {
        let share =
            |of: &[Vec<f64>; 2], limit| cell(of.get(k).and_then(|v| share_within_pct(v, limit)), 0);
        rows.push(row(
            &format!("records with {foot} mean stride within {MEAN_GOAL_MS} ms, %"),
            all.records,
            ">= 95",
            share(&all.mean_ms, MEAN_GOAL_MS),
        ));
        rows.push(row(
            &format!("records with {foot} stride CV within {CV_GOAL_POINTS} points, %"),
            all.records,
            ">= 90",
            share(&all.cv_points, CV_GOAL_POINTS),
        ));
    }
    Table {
        title: "All records".to_owned(),
        columns: ["", "n", "goal", "reached"].map(str::to_owned).to_vec(),
        rows,
        note: None,
    }
}

fn records(compared: &[Comparison]) -> Table {
    let columns = [
        "record",
        "rows",
        "found",
        "false",
        "stride ms",
        "swing L/R ms",
        "mean L/R ms",
        "CV L/R pts",
        "bouts",
    ];
    let rows = compared.iter().map(|c| {
        let middle = |errors: &[f64]| cell(quantile(errors, 0.5), 1);
        let pair = |of: fn(&Agreement) -> f64, digits| {
            format!(
                "{}/{}",
                cell(c.left.as_ref().map(of), digits),
                cell(c.right.as_ref().map(of), digits)
            )
        };
        vec![
            c.record.clone(),
            c.rows.to_string(),
            c.found.to_string(),
            c.false_strides.to_string(),
            middle(&c.errors.stride_ms),
            format!(
                "{}/{}",
                middle(&c.errors.swing_left_ms),
                middle(&c.errors.swing_right_ms)
            ),
            pair(Agreement::mean_error_ms, 1),
            pair(Agreement::cv_error_points, 2),
            c.bouts.to_string(),
        ]
    });
    Table {
        title: "Every record".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        note: Some(
            "stride and swing: median error; mean and CV: error of the record's own".to_owned(),
        ),
    }
}

/// How far a record is from the goals: its largest error in units of its goal.
fn distance(c: &Comparison) -> f64 {
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

fn worst_five(compared: &[Comparison]) -> Vec<&Comparison> {
    let mut order: Vec<&Comparison> = compared.iter().collect();
    order.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    order.truncate(WORST);
    order
}

/// What the comparison itself says about a record's errors.
fn reason(c: &Comparison) -> String {
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

fn worst(compared: &[Comparison]) -> Table {
    let rows = worst_five(compared).into_iter().map(|c| {
        let times: Vec<String> = c
            .missed_at_s
            .iter()
            .take(4)
            .map(|t| format!("{t:.1}"))
            .collect();
        vec![
            c.record.clone(),
            format!("{:.1}", distance(c)),
            reason(c),
            times.join(" "),
        ]
    });
    Table {
        title: "Furthest from the goals".to_owned(),
        columns: ["record", "x goal", "why", "first rows not found, s"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
        note: Some("x goal: the largest of its errors in units of the goal for it".to_owned()),
    }
}

fn unread(unreadable: &[Unreadable]) -> Option<Table> {
    (!unreadable.is_empty()).then(|| Table {
        title: "Not compared".to_owned(),
        columns: ["record", "why"].map(str::to_owned).to_vec(),
        rows: unreadable
            .iter()
            .map(|u| vec![u.record.clone(), u.reason.clone()])
            .collect(),
        note: None,
    })
}

/// Share of strides by their error.
fn errors_plot(all: &Overall) -> Plot {
    let series = |name: &str, errors: &[f64]| {
        let points = (0..=60).filter_map(|ms| {
            let ms = f64::from(ms);
            share_within_pct(errors, ms).map(|share| (ms, share))
        });
        Series {
            name: name.to_owned(),
            mark: Mark::Line,
            points: points.collect(),
        }
    };
    Plot {
        title: "Share of the found strides within an error".to_owned(),
        x_label: "error, ms".to_owned(),
        y_label: "share, %".to_owned(),
        series: vec![
            series("left stride time", &all.errors.stride_ms),
            series("left swing time", &all.errors.swing_left_ms),
            series("right swing time", &all.errors.swing_right_ms),
            series("double support", &all.errors.double_support_ms),
        ],
    }
}

fn cv_plot(compared: &[Comparison]) -> Plot {
    let points = |of: fn(&Comparison) -> &Option<Agreement>| {
        let both = compared.iter().filter_map(|c| of(c).as_ref());
        both.map(|a| (a.theirs_cv_pct, a.ours_cv_pct)).collect()
    };
    let series = |name: &str, points| Series {
        name: name.to_owned(),
        mark: Mark::Dots,
        points,
    };
    Plot {
        title: "Stride-time CV of each record".to_owned(),
        x_label: "authors' table, %".to_owned(),
        y_label: "this engine, %".to_owned(),
        series: vec![
            series("left", points(|c| &c.left)),
            series("right", points(|c| &c.right)),
        ],
    }
}

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

fn to_json(all: &Overall, compared: &[Comparison], unreadable: &[Unreadable]) -> Value {
    let [mean_left, mean_right] = &all.mean_ms;
    let [cv_left, cv_right] = &all.cv_points;
    let unreadable: Vec<Value> = unreadable
        .iter()
        .map(|u| json!({"record": u.record, "reason": u.reason}))
        .collect();
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
        "unreadable": unreadable,
    })
}
