//! From comparisons to the report.

use super::compare::{Agreement, Comparison};
use super::json::to_json;
use super::overall::{CV_GOAL_POINTS, MEAN_GOAL_MS, Overall, distance, reason, worst_five};
use crate::report::{Floor, Goal, Mark, Plot, Report, Series, Table, Unreadable};
use crate::stats::{quantile, share_within_pct};

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

pub(super) fn report(compared: &[Comparison], unreadable: Vec<Unreadable>) -> Report {
    let overall = Overall::of(compared);
    Report {
        name: "gaitndd",
        protocol: PROTOCOL.map(str::to_owned).to_vec(),
        floors: floors(&overall),
        tables: vec![summary(&overall), worst(compared), records(compared)],
        plots: vec![errors_plot(&overall), cv_plot(compared)],
        unreadable,
        json: to_json(&overall, compared),
        ..Report::default()
    }
}

fn floors(all: &Overall) -> Vec<Floor> {
    let error = |name: &str, errors: &[f64], p, most| {
        let reached = quantile(errors, p).unwrap_or(f64::NAN);
        Floor::new(
            format!("{name}, ms"),
            Goal::AtMost(most),
            reached,
            errors.len(),
        )
    };
    let (stride, swing) = (&all.errors.stride_ms, &all.errors.swing_left_ms);
    let [means, _] = &all.mean_ms;
    let [cvs, _] = &all.cv_points;
    let within = |errors: &[f64], limit| share_within_pct(errors, limit).unwrap_or(f64::NAN);
    let mut floors = vec![
        Floor::new(
            "rows found, %",
            Goal::AtLeast(99.5),
            all.found_pct(),
            all.rows,
        ),
        Floor::new(
            "false strides, %",
            Goal::AtMost(0.4),
            all.false_pct(),
            all.strides,
        ),
        error("left stride time, median error", stride, 0.5, 2.0),
        error(
            "left stride time, 90th percentile of the error",
            stride,
            0.9,
            9.0,
        ),
        error(
            "left stride time, 95th percentile of the error",
            stride,
            0.95,
            25.0,
        ),
        error("left swing time, median error", swing, 0.5, 12.0),
        error(
            "left swing time, 90th percentile of the error",
            swing,
            0.9,
            35.0,
        ),
        Floor::new(
            "longest valid stride, s",
            Goal::AtMost(3.0),
            all.longest_valid_s,
            all.strides,
        ),
        Floor::new(
            format!("records whose mean left stride is within {MEAN_GOAL_MS} ms, %"),
            Goal::AtLeast(95.0),
            within(means, MEAN_GOAL_MS),
            means.len(),
        ),
        Floor::new(
            format!("records whose left stride CV is within {CV_GOAL_POINTS} points, %"),
            Goal::AtLeast(90.0),
            within(cvs, CV_GOAL_POINTS),
            cvs.len(),
        ),
    ];
    if all.paused > 0 {
        let (split, paused) = (all.paused_split as f64, all.paused as f64);
        let name = "records with a pause that give several bouts";
        floors.push(Floor::new(name, Goal::Exactly(paused), split, all.paused));
    }
    floors
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"))
}

fn summary(all: &Overall) -> Table {
    let quantiles = |name: &str, errors: &[f64]| {
        let mut row = vec![name.to_owned(), errors.len().to_string()];
        row.extend([0.5, 0.9, 0.95].map(|p| cell(quantile(errors, p), 1)));
        row
    };
    let [mean_left, mean_right] = &all.mean_ms;
    let [cv_left, cv_right] = &all.cv_points;
    let scaled = |errors: &[f64]| errors.iter().map(|e| 100.0 * e).collect::<Vec<f64>>();
    Table {
        title: "Errors over all records".to_owned(),
        columns: ["", "n", "median", "p90", "p95"]
            .map(str::to_owned)
            .to_vec(),
        rows: vec![
            quantiles("left stride time, ms", &all.errors.stride_ms),
            quantiles("left swing time, ms", &all.errors.swing_left_ms),
            quantiles("right swing time, ms", &all.errors.swing_right_ms),
            quantiles("double support, ms", &all.errors.double_support_ms),
            quantiles("mean left stride of a record, ms", mean_left),
            quantiles("mean right stride of a record, ms", mean_right),
            quantiles(
                "left stride CV of a record, hundredths of a point",
                &scaled(cv_left),
            ),
            quantiles(
                "right stride CV of a record, hundredths of a point",
                &scaled(cv_right),
            ),
        ],
        note: Some(format!(
            "{} records; swing and double support are read off the strides that were found",
            all.records
        )),
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
