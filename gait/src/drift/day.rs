//! Drift from the first to the last hours of wear, over several days.

use crate::change::day::CADENCE;
use crate::change::ranks::{hodges_lehmann, median, signed_rank_p};
use crate::change::{Day, comparable, evidence, owned, words};
use crate::norms::norms;
use crate::observation::{Confidence, Observation};

use super::{WITHIN_DAY, candidates};

/// Dates looked back (A).
const DATES: i64 = 28;
/// Days with both parts. The exact two-sided test cannot fall below 5 % with five pairs, so six decide.
const MIN_DAYS: usize = 5;
/// Two-sided error probability.
const ALPHA: f64 = 0.05;

/// What is higher or lower in the last three hours of wear than in the first three, by signed ranks over the days and by
/// more than measurement error, at like cadence.
#[must_use]
pub fn within_day(days: &[Day]) -> Vec<Observation> {
    let days = comparable(days);
    let Some(last) = days.last() else {
        return Vec::new();
    };
    let recent: Vec<&Day> = days
        .iter()
        .copied()
        .filter(|d| d.date > last.date - DATES)
        .collect();
    let same_pace = median(&mut differences(&recent, CADENCE))
        .zip(norms().mdc95(CADENCE, ""))
        .is_some_and(|(moved, mdc)| moved.abs() <= mdc);
    if !same_pace {
        return Vec::new();
    }
    candidates()
        .filter_map(|id| drifted(id, &recent, &last.layout_id))
        .collect()
}

/// Evening minus morning of each day that has both.
fn differences(days: &[&Day], metric: &str) -> Vec<f64> {
    days.iter()
        .filter_map(|d| {
            let parts = d.parts.as_ref()?;
            Some(parts.evening.get(metric)? - parts.morning.get(metric)?)
        })
        .filter(|d| d.is_finite())
        .collect()
}

fn drifted(metric: &str, days: &[&Day], layout_id: &str) -> Option<Observation> {
    let differences = differences(days, metric);
    let mdc = norms().mdc95(metric, layout_id)?;
    if differences.len() < MIN_DAYS {
        return None;
    }
    let p = signed_rank_p(&differences);
    let centre = hodges_lehmann(&differences)?;
    let [low, high] = centre.interval?;
    (p < ALPHA && centre.estimate.abs() > mdc).then(|| {
        observe(
            metric,
            centre.estimate,
            (high - low) / 3.92,
            differences.len(),
            mdc,
            p,
        )
    })
}

fn observe(metric: &str, change: f64, se: f64, days: usize, mdc: f64, p: f64) -> Observation {
    let way = if change > 0.0 { "higher" } else { "lower" };
    Observation {
        id: WITHIN_DAY.to_owned(),
        sentence: format!(
            "On {days} days, {} was {way} in the last three hours of wear than in the first three, by {} {}, more than measurement error.",
            words::name(metric),
            words::amount(change),
            words::unit(metric),
        ),
        evidence: vec![evidence(
            metric,
            change,
            se,
            days,
            Some(mdc),
            format!("minimal detectable change; exact signed-rank p = {p:.4}; n counts days"),
        )],
        could_also_be: owned(&[
            "different walks in the morning and in the evening",
            "shoes that loosen, or insoles that settle or warm up",
            "growing tired over the day: only the person can say",
        ]),
        would_raise_confidence: owned(&[
            "the same route in the morning and in the evening",
            "asking how the person felt",
        ]),
        confidence: if days >= 10 {
            Confidence::Medium
        } else {
            Confidence::Low
        },
    }
}
