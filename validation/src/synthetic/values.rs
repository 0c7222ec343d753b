//! Point 2: the numbers of a walk.

use gait::Side;
use gait::strides::Exclusion;
use serde_json::json;
use walker::plan::PlanError;
use walker::truth::{Expected, FootExpected};

use super::cohort::{Case, clean};
use super::{Options, Point};
use crate::errors::Errors;
use crate::report::{Goal, Mark, Plot, Series, Table};

/// Fewest strides of a foot whose spread is compared.
const LEAST_FOR_SPREAD: usize = 100;
/// Walks shown; all are in the JSON.
const SHOWN: usize = 5;

/// Errors of one walk; both feet together where there are two.
struct Row {
    name: String,
    strides: usize,
    /// Strides left out as outliers, which nobody here is.
    outliers: usize,
    stride_pct: f64,
    cadence_spm: f64,
    stance_points: f64,
    double_support_points: f64,
    /// On the strides the engine used; absent below a hundred.
    cv_points: Option<f64>,
    /// On all steady strides, so that what the outlier rule takes away counts.
    cv_all_points: f64,
    pci_points: f64,
    ga_points: f64,
    f1_bw: f64,
    /// Stride-time CV of the engine and of the truth, percent.
    cv: (f64, f64),
}

impl Row {
    fn of(case: &Case) -> Option<Self> {
        let expected = case.walk.truth.expected?;
        let worst =
            |id: &str, truth: fn(&FootExpected) -> f64| worst_foot(case, &expected, id, truth);
        let used = Side::BOTH.map(|side| case.used(side));
        let strides = used.iter().map(Vec::len).sum();
        let outliers = case.analysis.strides.iter();
        let outliers = outliers.filter(|s| s.reason == Some(Exclusion::Outlier));
        let cv_found = case.session("stride_time_cv_pct");
        let [left, right] = &used;
        let cv_used = f64::midpoint(cv_pct(left), cv_pct(right));
        let feet = &expected.feet;
        let cv_all = f64::midpoint(
            feet.left.stride_time_s.cv_pct()?,
            feet.right.stride_time_s.cv_pct()?,
        );
        Some(Self {
            name: case.walk.recording.name.clone(),
            strides,
            outliers: outliers.count(),
            stride_pct: worst("stride_time_s", |f| f.stride_time_s.mean)
                / feet.left.stride_time_s.mean
                * 100.0,
            cadence_spm: case.session("cadence_steps_per_min") - expected.cadence_steps_per_min,
            stance_points: worst("stance_pct", |f| f.stance_pct.mean),
            double_support_points: worst("double_support_pct", |f| f.double_support_pct.mean),
            cv_points: (left.len().min(right.len()) >= LEAST_FOR_SPREAD)
                .then_some(cv_found - cv_used),
            cv_all_points: cv_found - cv_all,
            pci_points: case.session("pci_pct") - expected.pci_pct.unwrap_or(f64::NAN),
            ga_points: case.session("ga") - expected.ga,
            f1_bw: worst("f1_bw", |f| f.f1_bw.mean),
            cv: (cv_found, cv_used),
        })
    }
}

/// Engine minus truth of the foot that is farther off.
fn worst_foot(case: &Case, expected: &Expected, id: &str, truth: fn(&FootExpected) -> f64) -> f64 {
    let errors = Side::BOTH.map(|side| {
        let found = case
            .analysis
            .metrics
            .get(id)
            .and_then(|feet| feet.foot(side));
        found.map_or(f64::NAN, |moments| moments.mean) - truth(expected.feet.get(side))
    });
    let [left, right] = errors;
    if left.abs() > right.abs() {
        left
    } else {
        right
    }
}

/// True CV of the stride time over the strides the engine used, percent.
fn cv_pct(used: &[(&walker::truth::StrideTruth, &gait::strides::Stride)]) -> f64 {
    let times: Vec<f64> = used.iter().map(|(t, _)| t.threshold.stride_s()).collect();
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    let squares: f64 = times.iter().map(|t| (t - mean).powi(2)).sum();
    100.0 * (squares / (n - 1.0)).sqrt() / mean
}

pub(super) fn point(options: &Options) -> Result<Point, PlanError> {
    let mut rows = Vec::new();
    for person in 0..options.persons {
        let case = Case::of(&clean(options.seed, person))?;
        rows.extend(Row::of(&case));
    }
    let mut point = Point {
        name: "2 values",
        protocol: "the same walks on perfect insoles. Each value of the engine against the truth of all steady strides, \
                   the worse foot counting. The CV of the stride time is compared on the very strides the engine used \
                   (from 100 a foot), and once more on all steady strides, where each one left out as an outlier costs \
                   true variability.",
        tables: vec![table(&farthest(&rows))],
        plots: vec![plot(&rows)],
        json: json!({ "walks": rows.iter().map(row_json).collect::<Vec<_>>() }),
        ..Point::default()
    };
    goals(&mut point, &rows);
    Ok(point)
}

fn goals(point: &mut Point, rows: &[Row]) {
    let errors = |value: fn(&Row) -> f64| rows.iter().map(value).collect::<Errors>();
    let all: [(&str, f64, Errors); 8] = [
        ("stride time, %", 0.2, errors(|r| r.stride_pct)),
        ("cadence, steps/min", 0.2, errors(|r| r.cadence_spm)),
        ("stance, points", 0.2, errors(|r| r.stance_points)),
        (
            "double support, points",
            0.4,
            errors(|r| r.double_support_points),
        ),
        (
            "stride-time CV, strides used, points",
            0.05,
            rows.iter().filter_map(|r| r.cv_points).collect(),
        ),
        ("PCI, points", 0.25, errors(|r| r.pci_points)),
        ("GA", 0.35, errors(|r| r.ga_points)),
        ("first force peak, BW", 0.005, errors(|r| r.f1_bw)),
    ];
    for (name, most, errors) in all {
        point.goal(name, Goal::AtMost(most), errors.worst(), errors.n());
    }
    let all_strides = errors(|r| r.cv_all_points);
    point.goal(
        "stride-time CV, all steady strides, 95th percentile, points",
        Goal::AtMost(0.15),
        all_strides.size_at(0.95),
        all_strides.n(),
    );
}

/// The walks with the largest errors, each error measured by the spread of its kind.
fn farthest(rows: &[Row]) -> Vec<&Row> {
    let kinds: [fn(&Row) -> f64; 6] = [
        |r| r.stride_pct,
        |r| r.stance_points,
        |r| r.double_support_points,
        |r| r.cv_all_points,
        |r| r.pci_points,
        |r| r.ga_points,
    ];
    let spreads = kinds.map(|kind| rows.iter().map(kind).collect::<Errors>().mean_size());
    let size = |row: &Row| {
        let parts = kinds.iter().zip(spreads);
        parts
            .map(|(kind, spread)| (kind(row) / spread).abs())
            .fold(0.0, f64::max)
    };
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by(|a, b| size(b).total_cmp(&size(a)));
    sorted.truncate(SHOWN);
    sorted
}

fn table(rows: &[&Row]) -> Table {
    let row = |r: &&Row| {
        vec![
            r.name.clone(),
            r.strides.to_string(),
            r.outliers.to_string(),
            format!("{:+.3}", r.stride_pct),
            format!("{:+.2}", r.cadence_spm),
            format!("{:+.2}", r.stance_points),
            format!("{:+.2}", r.double_support_points),
            r.cv_points
                .map_or_else(|| "-".to_owned(), |v| format!("{v:+.3}")),
            format!("{:+.3}", r.cv_all_points),
            format!("{:+.2}", r.pci_points),
            format!("{:+.2}", r.ga_points),
        ]
    };
    Table {
        title: "The five walks farthest off".to_owned(),
        columns: [
            "walk",
            "strides used",
            "outliers",
            "stride %",
            "cadence spm",
            "stance points",
            "double s. points",
            "CV points",
            "CV all points",
            "PCI points",
            "GA",
        ]
        .map(str::to_owned)
        .into(),
        rows: rows.iter().map(row).collect(),
        note: Some("Engine minus truth; each error weighed by how large it usually is. -: fewer than 100 strides a foot.".to_owned()),
    }
}

fn plot(rows: &[Row]) -> Plot {
    let points: Vec<(f64, f64)> = rows.iter().map(|r| (r.cv.1, r.cv.0)).collect();
    let most = points.iter().map(|(truth, _)| *truth).fold(0.0, f64::max);
    Plot {
        title: "Stride-time CV of each walk".to_owned(),
        x_label: "truth, %".to_owned(),
        y_label: "engine, %".to_owned(),
        series: vec![
            Series {
                name: "walks".to_owned(),
                mark: Mark::Dots,
                points,
            },
            Series {
                name: "equal".to_owned(),
                mark: Mark::Line,
                points: vec![(0.0, 0.0), (most, most)],
            },
        ],
    }
}

fn row_json(r: &Row) -> serde_json::Value {
    json!({
        "walk": r.name, "strides_used": r.strides, "outliers": r.outliers, "stride_time_pct": r.stride_pct, "cadence_spm": r.cadence_spm,
        "stance_points": r.stance_points, "double_support_points": r.double_support_points,
        "stride_cv_points": r.cv_points, "stride_cv_all_points": r.cv_all_points,
        "pci_points": r.pci_points, "ga": r.ga_points, "f1_bw": r.f1_bw,
    })
}
