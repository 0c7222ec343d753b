//! Session adherence: pure arithmetic over frozen occurrences.
//!
//! `A = (done + done late + sum of partial shares) / closed`, where closed are the occurrences whose
//! window ended or that were answered: done, done late, partial, missed, declined. Excused and
//! cancelled ones never enter, open ones not yet. With nothing closed there is no number at all.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::planted::{self, Bug};
use crate::reminders::state::State;

/// Version of this arithmetic, returned with every number it makes.
pub const RULE_VERSION: &str = "adherence-2";

/// Below this many closed occurrences the interval is shown, and the band is not.
const FEW: u64 = 10;

/// Two-sided 95 % quantile of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// Occurrences by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    done: u64,
    done_late: u64,
    partial: u64,
    partial_sum: f64,
    missed: u64,
    declined: u64,
    excused: u64,
    open: u64,
}

impl Tally {
    /// Adds `count` occurrences in one state whose shares done add up to `done_sum`.
    pub fn add(&mut self, state: State, count: u64, done_sum: f64) {
        match state {
            State::Done => self.done += count,
            State::DoneLate => self.done_late += count,
            State::Partial => {
                self.partial += count;
                self.partial_sum += done_sum;
            }
            State::Missed => self.missed += count,
            State::Declined => self.declined += count,
            State::Excused if planted::is(Bug::CountsExcused) => self.missed += count,
            State::Excused => self.excused += count,
            State::Planned => self.open += count,
            State::Cancelled => {}
        }
    }

    fn closed(&self) -> u64 {
        self.done + self.done_late + self.partial + self.missed + self.declined
    }

    /// The measure over the dates from `from` through `through`.
    pub fn adherence(&self, from: Date, through: Date) -> Adherence {
        let closed = self.closed();
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let (done, denominator) = ((self.done + self.done_late) as f64, closed as f64);
        let numerator = done + self.partial_sum;
        let value = (closed > 0).then(|| numerator / denominator);
        Adherence {
            value_pct: value.map(|share| 100.0 * share),
            reason: value.is_none().then_some("nothing_due"),
            numerator,
            denominator: closed,
            open: self.open,
            excused: self.excused,
            late: self.done_late,
            missed: self.missed,
            declined: self.declined,
            partial: self.partial,
            interval_pct: value
                .filter(|_| closed < FEW)
                .map(|share| wilson(share, denominator)),
            band: value.filter(|_| closed >= FEW).map(band),
            from: from.to_string(),
            through: through.to_string(),
            rule_version: RULE_VERSION,
        }
    }
}

/// Wilson's interval of a share of few; nothing for one of ten or more.
pub fn wilson_if_few(share: f64, n: f64) -> Option<[f64; 2]> {
    #[expect(clippy::cast_precision_loss, reason = "ten")]
    let few = FEW as f64;
    (n < few).then(|| wilson(share, n))
}

/// Wilson's 95 % interval of a share, in percent (Wilson 1927).
pub fn wilson(share: f64, n: f64) -> [f64; 2] {
    let z2 = Z95 * Z95;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    [
        100.0 * (centre - half).max(0.0),
        100.0 * (centre + half).min(1.0),
    ]
}

/// At least 80 % is good, at least 50 % watch: the share physiotherapy trials call satisfactory.
fn band(share: f64) -> Band {
    if share >= 0.8 {
        Band::Good
    } else if share >= 0.5 {
        Band::Watch
    } else {
        Band::Low
    }
}

/// Where an adherence lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// 80 % or more.
    Good,
    /// 50 % to below 80 %.
    Watch,
    /// Below 50 %.
    Low,
}

/// Session adherence with everything needed to read it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Adherence {
    /// Percent, 0 to 100; null when nothing was due.
    pub value_pct: Option<f64>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// Done, done late, and the shares of partial ones.
    pub numerator: f64,
    /// Closed occurrences.
    pub denominator: u64,
    /// Not closed yet; not in the value.
    pub open: u64,
    /// Excused; not in the value.
    pub excused: u64,
    /// Of the numerator, done after the window.
    pub late: u64,
    /// Of the denominator, unanswered.
    pub missed: u64,
    /// Of the denominator, decided against.
    pub declined: u64,
    /// Of the denominator, done in part.
    pub partial: u64,
    /// Wilson's 95 % interval while fewer than ten are closed: too early to judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<f64>>)]
    pub interval_pct: Option<[f64; 2]>,
    /// The band, once ten are closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    /// First date counted, in the patient's zone.
    pub from: String,
    /// Last date counted.
    pub through: String,
    /// Version of the arithmetic.
    #[schema(value_type = String)]
    pub rule_version: &'static str,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn tally(rows: &[(State, u64, f64)]) -> Adherence {
        let mut tally = Tally::default();
        for (state, count, sum) in rows {
            tally.add(*state, *count, *sum);
        }
        tally.adherence(date(2026, 3, 1), date(2026, 3, 7))
    }

    #[test]
    fn nothing_due_is_no_number() {
        let none = tally(&[
            (State::Excused, 3, 0.0),
            (State::Planned, 2, 0.0),
            (State::Cancelled, 1, 0.0),
        ]);
        assert_eq!((none.value_pct, none.reason), (None, Some("nothing_due")));
        assert_eq!((none.open, none.excused, none.denominator), (2, 3, 0));
    }

    #[test]
    fn late_counts_partial_counts_by_share_open_and_excused_do_not() {
        let some = tally(&[
            (State::Done, 5, 5.0),
            (State::DoneLate, 1, 1.0),
            (State::Partial, 2, 1.0),
            (State::Missed, 1, 0.0),
            (State::Declined, 1, 0.0),
            (State::Planned, 4, 0.0),
            (State::Excused, 4, 0.0),
        ]);
        assert_eq!((some.numerator, some.denominator), (7.0, 10));
        assert_eq!((some.value_pct, some.band), (Some(70.0), Some(Band::Watch)));
        assert_eq!(some.interval_pct, None);
    }

    #[test]
    fn few_closed_ones_come_with_wilsons_interval_and_no_band() {
        let few = tally(&[(State::Done, 4, 4.0), (State::Missed, 1, 0.0)]);
        let [low, high] = few.interval_pct.unwrap();
        // Wilson 95 % of 4 of 5: 37.6 to 96.4 %.
        assert!(
            (low - 37.55).abs() < 0.05 && (high - 96.38).abs() < 0.05,
            "{low} {high}"
        );
        assert_eq!(few.band, None);
    }

    proptest! {
        #[test]
        fn a_share_stays_between_0_and_100_and_grows_with_what_is_done(
            done in 0_u64..50, late in 0_u64..50, parts in proptest::collection::vec(0.0_f64..1.0, 0..20),
            missed in 0_u64..50,
        ) {
            let sum = parts.iter().sum::<f64>();
            let rows = [(State::Done, done, 0.0), (State::DoneLate, late, 0.0),
                (State::Partial, parts.len() as u64, sum), (State::Missed, missed, 0.0)];
            let before = tally(&rows);
            if let Some(value) = before.value_pct {
                prop_assert!((0.0..=100.0).contains(&value));
                let mut tally = Tally::default();
                for (state, count, sum) in rows { tally.add(state, count, sum); }
                tally.add(State::Done, 1, 1.0);
                let after = tally.adherence(date(2026, 3, 1), date(2026, 3, 7)).value_pct.unwrap();
                prop_assert!(after >= value - 1e-9);
            }
        }
    }
}
