//! The same walks under other outlier rules: how much of a difference in variability the rule makes.

use gait::strides::{Exclusion, Stride};
use gait::{Analysis, Side};

use crate::report::Table;

type OfStride = fn(&Stride) -> Option<f64>;

const MEASURES: [(&str, OfStride); 3] = [
    ("stride time CV, %", |s| Some(s.stride_time_s())),
    ("swing time CV, %", |s| Some(s.swing_time_s())),
    ("step time CV, %", Stride::step_time_s),
];

/// Scale that makes the median absolute deviation a standard deviation for normal values.
const MAD_TO_SD: f64 = 1.4826;

/// How strides far from the others are left out.
#[derive(Clone, Copy)]
enum Rule {
    /// As the engine did.
    Engine,
    /// One pass: within 3 scaled median absolute deviations of the median of the walk.
    OnePassMad,
    /// Within 3 SD of the median of the walk, repeated until nothing changes.
    RepeatedSd,
    /// None is left out.
    Keep,
}

const RULES: [(&str, Rule); 4] = [
    (
        "this engine: 31 strides around, 3.5 MAD, repeated",
        Rule::Engine,
    ),
    ("one pass of 3 MAD over the walk", Rule::OnePassMad),
    ("repeated 3 SD over the walk", Rule::RepeatedSd),
    ("no rule", Rule::Keep),
];

/// Mean and SD over people of the variability metrics under each rule.
pub(super) fn table(analyses: &[Analysis]) -> Table {
    let rows = RULES.iter().map(|(name, rule)| {
        let cells = MEASURES.iter().map(|(_, of)| {
            let cvs: Vec<f64> = analyses
                .iter()
                .filter_map(|a| walk_cv(a, *of, *rule))
                .collect();
            mean_sd(&cvs).map_or_else(|| "-".to_owned(), |(m, sd)| format!("{m:.2} +/- {sd:.2}"))
        });
        std::iter::once((*name).to_owned()).chain(cells).collect()
    });
    let columns = std::iter::once("rule").chain(MEASURES.map(|(name, _)| name));
    Table {
        title: "Variability of the same walks by outlier rule".to_owned(),
        columns: columns.map(str::to_owned).collect(),
        rows: rows.collect(),
        note: Some("Strides inside bouts, first and last of each bout left out.".to_owned()),
    }
}

/// Mean of both feet of 100 SD / mean.
fn walk_cv(analysis: &Analysis, of: OfStride, rule: Rule) -> Option<f64> {
    let cv = |side: Side| {
        let used = analysis.strides.iter().filter(|s| {
            let kept = match rule {
                Rule::Engine => s.reason.is_none(),
                _ => s.reason.is_none_or(|r| r == Exclusion::Outlier),
            };
            s.foot == side && kept
        });
        let values = kept(used.filter_map(of).collect(), rule)?;
        mean_sd(&values).map(|(mean, sd)| 100.0 * sd / mean)
    };
    Some(f64::midpoint(cv(Side::Left)?, cv(Side::Right)?))
}

fn kept(mut values: Vec<f64>, rule: Rule) -> Option<Vec<f64>> {
    match rule {
        Rule::Engine | Rule::Keep => {}
        Rule::OnePassMad => {
            let centre = median(values.clone())?;
            let mad = median(values.iter().map(|v| (v - centre).abs()).collect())?;
            values.retain(|v| (v - centre).abs() <= 3.0 * MAD_TO_SD * mad);
        }
        Rule::RepeatedSd => loop {
            let (before, centre) = (values.len(), median(values.clone())?);
            let (_, sd) = mean_sd(&values)?;
            values.retain(|v| (v - centre).abs() <= 3.0 * sd);
            if values.len() == before {
                break;
            }
        },
    }
    Some(values)
}

fn median(values: Vec<f64>) -> Option<f64> {
    let mut values = values;
    gait::change::ranks::median(&mut values)
}

fn mean_sd(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let ss: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (n >= 2).then(|| (mean, (ss / (n - 1) as f64).sqrt()))
}
