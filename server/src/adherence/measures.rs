//! The measures of a set of occurrences: shares, doses, days. Pure sums over how each one stands.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::Stands;
use super::rules::wilson_if_few;
use crate::plans::DoseUnit;
use crate::reminders::state::{State, WHOLE_DOSE};

/// The share of a day's prescription from which the day counts as covered (gait.md 17; a convention borrowed from pharmacy,
/// Christiansen 2020).
const COVERED_DAY: f64 = 0.8;

/// A share with what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Share {
    /// Percent, 0 to 100; null when the denominator is empty.
    pub value_pct: Option<f64>,
    /// Why there is no value: `nothing_due`, `nothing_done`, `mixed_units`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// Above the line.
    pub numerator: f64,
    /// Below the line.
    pub denominator: f64,
    /// Wilson's 95 % interval of a share of fewer than ten.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<f64>>)]
    pub interval_pct: Option<[f64; 2]>,
}

impl Share {
    fn of_counts(numerator: u32, denominator: u32, reason: &'static str) -> Self {
        let (numerator, denominator) = (f64::from(numerator), f64::from(denominator));
        let value = (denominator > 0.0).then(|| numerator / denominator);
        Self {
            value_pct: value.map(|share| 100.0 * share),
            reason: value.is_none().then_some(reason),
            numerator,
            denominator,
            interval_pct: value.and_then(|share| wilson_if_few(share, denominator)),
        }
    }
}

/// Of what was done, the share done in its window: done / (done + done late).
pub fn on_time(all: &[Stands<'_>]) -> Share {
    let (mut done, mut late) = (0, 0);
    for stands in all {
        match stands.state {
            State::Done => done += 1,
            State::DoneLate => late += 1,
            _ => {}
        }
    }
    let reason = if all.iter().any(Stands::is_closed) {
        "nothing_done"
    } else {
        "nothing_due"
    };
    Share::of_counts(done, done + late, reason)
}

/// The dose of what is counted in one unit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnitDose {
    /// The unit.
    pub unit: DoseUnit,
    /// Percent of the prescribed amount that was done; more than prescribed counts as prescribed.
    pub value_pct: f64,
    /// Amount beyond the prescribed, in percent of the prescribed.
    pub over_pct: f64,
    /// Amount done that counts.
    pub done: f64,
    /// Amount done beyond the prescribed.
    pub over: f64,
    /// Amount prescribed.
    pub prescribed: f64,
}

/// Dose adherence: amounts instead of occurrences.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DoseFigures {
    /// The share, where all amounts are counted in one unit. Minutes and repetitions have no sum.
    #[serde(flatten)]
    pub share: Share,
    /// Amount beyond the prescribed in percent of the prescribed, where all are counted in one unit.
    pub over_pct: Option<f64>,
    /// For each unit.
    pub by_unit: Vec<UnitDose>,
}

/// Dose adherence and over-dose over the closed occurrences.
pub fn dose(all: &[Stands<'_>]) -> DoseFigures {
    let mut units: BTreeMap<&'static str, UnitDose> = BTreeMap::new();
    for stands in all.iter().filter(|stands| stands.is_closed()) {
        let planned = stands.planned;
        let sum = units.entry(planned.unit.words()).or_insert(UnitDose {
            unit: planned.unit,
            value_pct: 0.0,
            over_pct: 0.0,
            done: 0.0,
            over: 0.0,
            prescribed: 0.0,
        });
        sum.done += stands.amount.min(planned.prescribed);
        sum.over += (stands.amount - planned.prescribed).max(0.0);
        sum.prescribed += planned.prescribed;
    }
    let mut by_unit: Vec<UnitDose> = units.into_values().collect();
    for unit in &mut by_unit {
        unit.value_pct = 100.0 * unit.done / unit.prescribed;
        unit.over_pct = 100.0 * unit.over / unit.prescribed;
    }
    let (value_pct, reason, numerator, denominator, over_pct) = match by_unit.as_slice() {
        [] => (None, Some("nothing_due"), 0.0, 0.0, None),
        [one] => (
            Some(one.value_pct),
            None,
            one.done,
            one.prescribed,
            Some(one.over_pct),
        ),
        _ => (None, Some("mixed_units"), 0.0, 0.0, None),
    };
    DoseFigures {
        share: Share {
            value_pct,
            reason,
            numerator,
            denominator,
            interval_pct: None,
        },
        over_pct,
        by_unit,
    }
}

/// A day by what was due on it; what may be done on any day of its week belongs to none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Day {
    closed: u32,
    open: u32,
    whole: u32,
    share: f64,
}

impl Day {
    /// Whether all that was due was done: nothing where nothing was due or something is still open.
    pub fn is_fulfilled(&self) -> Option<bool> {
        match (self.closed, self.open) {
            (closed, _) if self.whole < closed => Some(false),
            (0, _) => None,
            (_, 0) => Some(true),
            _ => None,
        }
    }

    fn is_covered(&self) -> Option<bool> {
        let over = self.closed > 0 && self.open == 0;
        // A whisker of rounding must not cost a day that is covered exactly.
        over.then(|| self.share / f64::from(self.closed) >= COVERED_DAY - 1e-9)
    }
}

/// The days of a set.
pub fn days(all: &[Stands<'_>]) -> BTreeMap<Date, Day> {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    for stands in all.iter().filter(|stands| !stands.planned.flexible) {
        let day = days.entry(stands.planned.date).or_default();
        if stands.is_closed() {
            day.closed += 1;
            day.share += stands.share;
            day.whole += u32::from(stands.share >= WHOLE_DOSE);
        }
        day.open += u32::from(stands.state == State::Planned);
    }
    days
}

/// Proportion of days covered: days with at least 80 % of their prescription done, of the days with one.
pub fn days_covered(all: &[Stands<'_>]) -> Share {
    let (mut covered, mut days_due) = (0, 0);
    for covered_day in days(all).values().filter_map(Day::is_covered) {
        days_due += 1;
        covered += u32::from(covered_day);
    }
    Share::of_counts(covered, days_due, "nothing_due")
}

/// Days in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Streak {
    /// How many days.
    pub days: u32,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// The newest run of days on which all that was due was done. A day with nothing due, or all of it excused, neither adds nor
/// breaks; nor does a day with something still open.
pub fn streak(all: &[Stands<'_>]) -> Streak {
    let mut streak = Streak {
        days: 0,
        since: None,
    };
    for (date, day) in days(all).iter().rev() {
        match day.is_fulfilled() {
            Some(true) => {
                streak.days += 1;
                streak.since = Some(date.to_string());
            }
            Some(false) => break,
            None => {}
        }
    }
    streak
}
