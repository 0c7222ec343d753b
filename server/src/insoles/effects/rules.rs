//! The comparison of days before with days after: when it appears, and what it says.

use std::collections::{BTreeMap, BTreeSet};

use gait::change::effect::{
    ACCLIMATISATION_DAYS, Effect, MIN_STRIDES, Trial, TrialError, TrialSession, Verdict, effects,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::format::number;
use crate::patients::assessment::metric_words;

/// Version of these rules.
pub const RULE_VERSION: &str = "footwear-effect-1";
/// Valid days each side needs before a comparison appears (care scenario S17).
pub const MIN_DAYS: usize = 5;

/// What is said where a change is inside the minimal detectable one.
const INSIDE: &str = "change smaller than what this sensor can tell";

/// Where a comparison stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonState {
    /// Valid days are missing on one side or both.
    Collecting,
    /// There is an answer.
    Ready,
    /// The sessions were recorded with other insoles, another engine or other thresholds.
    DifferentSettings,
}

/// Valid days of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SideDays {
    /// Days with a session of enough strides per foot.
    pub valid: usize,
    /// Days that are still missing.
    pub missing: usize,
}

/// The mean of a value over the valid days of one side, a day counting once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct SideMean {
    /// Days with the value.
    pub days: usize,
    /// Mean of the days.
    pub mean: f64,
    /// Standard error of that mean, from the spread of the days; null with fewer than two.
    pub se: Option<f64>,
}

/// One value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// Metric id.
    pub metric: String,
    /// Its name in words.
    pub name: String,
    /// After minus before, in the metric's unit.
    pub estimate: f64,
    /// 95 % interval.
    #[schema(value_type = Vec<f64>)]
    pub interval: [f64; 2],
    /// Minimal detectable change.
    pub mdc95: f64,
    /// Pairs of days behind it.
    pub pairs: usize,
    /// How much cadence moved, steps per minute.
    pub cadence_delta: f64,
    /// Mean of the days before, as walked: no cadence is taken out; null where it was not measured.
    pub before: Option<SideMean>,
    /// Mean of the days after, those of getting used to it left out.
    pub after: Option<SideMean>,
    /// Whether it changed by more than measurement error: yes, no or unclear.
    #[schema(value_type = String)]
    pub verdict: Verdict,
    /// The same as a sentence.
    pub sentence: String,
}

/// Before and after one change of footwear.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it stands.
    pub state: ComparisonState,
    /// Days before.
    pub before: SideDays,
    /// Days after, those of getting used to it left out.
    pub after: SideDays,
    /// Value by value; empty unless ready.
    pub comparisons: Vec<Comparison>,
}

fn side(sessions: &[TrialSession], from: i64) -> SideDays {
    let valid = sessions
        .iter()
        .filter(|session| session.strides >= MIN_STRIDES && session.date >= from)
        .map(|session| session.date)
        .collect::<BTreeSet<i64>>()
        .len();
    SideDays {
        valid,
        missing: MIN_DAYS.saturating_sub(valid),
    }
}

/// Compares the sessions before a date with those from it on.
pub fn compare(before: &[TrialSession], after: &[TrialSession], since: i64) -> Found {
    let days_before = side(before, i64::MIN);
    let days_after = side(after, since.saturating_add(ACCLIMATISATION_DAYS));
    let trial = Trial {
        usual: before,
        new: after,
        new_since: since,
    };
    let (state, comparisons) = if days_before.missing + days_after.missing > 0 {
        (ComparisonState::Collecting, Vec::new())
    } else {
        match effects(&trial) {
            Ok(found) => (
                ComparisonState::Ready,
                found
                    .into_iter()
                    .map(|effect| {
                        let after_from = since.saturating_add(ACCLIMATISATION_DAYS);
                        let before = side_mean(before, i64::MIN, &effect.metric);
                        let after = side_mean(after, after_from, &effect.metric);
                        comparison(effect, before, after)
                    })
                    .collect(),
            ),
            Err(TrialError::DifferentSettings) => (ComparisonState::DifferentSettings, Vec::new()),
            Err(TrialError::TooFewDays { .. }) => (ComparisonState::Collecting, Vec::new()),
        }
    };
    Found {
        state,
        before: days_before,
        after: days_after,
        comparisons,
    }
}

/// Mean and standard error over days; several sessions of a day are one.
fn side_mean(sessions: &[TrialSession], from: i64, metric: &str) -> Option<SideMean> {
    let mut days: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for session in sessions {
        let value = session.values.get(metric).filter(|value| value.is_finite());
        if let Some(value) =
            value.filter(|_| session.strides >= MIN_STRIDES && session.date >= from)
        {
            days.entry(session.date).or_default().push(*value);
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let daily: Vec<f64> = days.values().map(|values| mean(values)).collect();
    let n = daily.len();
    (n > 0).then_some(())?;
    let centre = mean(&daily);
    let squares: f64 = daily.iter().map(|value| (value - centre).powi(2)).sum();
    Some(SideMean {
        days: n,
        mean: centre,
        se: (n > 1).then(|| (squares / (n as f64 - 1.0) / n as f64).sqrt()),
    })
}

fn comparison(effect: Effect, before: Option<SideMean>, after: Option<SideMean>) -> Comparison {
    let name = metric_words(&effect.metric);
    Comparison {
        sentence: sentence(&name, &effect),
        name,
        metric: effect.metric,
        estimate: effect.estimate,
        interval: effect.interval,
        mdc95: effect.mdc95,
        pairs: effect.pairs,
        cadence_delta: effect.cadence_delta,
        before,
        after,
        verdict: effect.verdict,
    }
}

fn sentence(name: &str, effect: &Effect) -> String {
    let by = number(effect.estimate.abs(), 3);
    let way = if effect.estimate < 0.0 {
        "lower"
    } else {
        "higher"
    };
    match effect.verdict {
        _ if effect.estimate.abs() <= effect.mdc95 => format!("{name}: {INSIDE}"),
        Verdict::Yes => {
            format!("{name}: {way} by {by} with the new footwear, more than measurement error")
        }
        Verdict::No | Verdict::Unclear => format!(
            "{name}: {way} by {by} with the new footwear; it is unclear whether that is more than measurement error"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Days of midfoot load around a level, one session a day.
    fn days(from: i64, count: i64, level: f64) -> Vec<TrialSession> {
        (0..count)
            .map(|n| TrialSession {
                date: from + n,
                setting: "one pair".to_owned(),
                layout_id: "gaitpdb-8".to_owned(),
                strides: 60,
                values: BTreeMap::from([
                    ("mid_load".to_owned(), level + 0.001 * (n % 3) as f64),
                    ("cadence_steps_per_min".to_owned(), 110.0),
                ]),
            })
            .collect()
    }

    #[test]
    fn a_comparison_appears_with_five_valid_days_on_each_side() {
        // The first day of wear is one of getting used to it.
        let found = compare(&days(0, 4, 0.2), &days(100, 5, 0.2), 100);
        assert_eq!(found.state, ComparisonState::Collecting);
        assert_eq!((found.before.missing, found.after.missing), (1, 1));
        assert!(found.comparisons.is_empty());
        let found = compare(&days(0, 5, 0.2), &days(100, 6, 0.2), 100);
        assert_eq!(found.state, ComparisonState::Ready);
        assert_eq!((found.before.valid, found.after.valid), (5, 5));
    }

    #[test]
    fn inside_the_detectable_change_the_sensor_cannot_tell() {
        // Midfoot load: minimal detectable change 0.016.
        let verdict = |level: f64| {
            let found = compare(&days(0, 6, 0.2), &days(100, 7, level), 100);
            let one = found.comparisons.into_iter().next().unwrap();
            (one.verdict, one.sentence)
        };
        let (small, sentence) = verdict(0.21);
        assert_eq!(small, Verdict::No);
        assert!(sentence.ends_with(INSIDE), "{sentence}");
        let (large, sentence) = verdict(0.24);
        assert_eq!(large, Verdict::Yes);
        assert!(
            sentence.contains("higher by 0.039") && !sentence.contains(INSIDE),
            "{sentence}"
        );
    }

    #[test]
    fn a_side_has_the_mean_of_its_days_and_a_day_counts_once() {
        let mut before = days(0, 2, 0.2);
        before.push(before[0].clone());
        before[2].values.insert("mid_load".to_owned(), 0.4);
        let side = side_mean(&before, i64::MIN, "mid_load").unwrap();
        // Day 0: mean of 0.2 and 0.4; day 1: 0.201.
        assert_eq!(side.days, 2);
        assert!((side.mean - 0.2505).abs() < 1e-9, "{side:?}");
        assert!((side.se.unwrap() - 0.0495).abs() < 1e-9, "{side:?}");
        assert_eq!(side_mean(&before, 1, "mid_load").unwrap().se, None);
        before[1].strides = MIN_STRIDES - 1;
        assert_eq!(side_mean(&before, 1, "mid_load"), None);
        assert_eq!(side_mean(&before, i64::MIN, "malr"), None);
    }

    #[test]
    fn other_insoles_do_not_compare() {
        let mut after = days(100, 6, 0.2);
        after[3].setting = "another pair".to_owned();
        let found = compare(&days(0, 5, 0.2), &after, 100);
        assert_eq!(found.state, ComparisonState::DifferentSettings);
    }
}
