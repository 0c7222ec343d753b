//! What the watch looks for in a patient's sessions: days in a row without usable data, and lasting change.

use std::collections::BTreeMap;

use gait::change::{Change, Day, REGISTERED, SpeedChange, changes};
use gait::norms::norms;
use jiff::civil::Date;

use crate::insoles::quality::Reason;

/// Version of these rules.
pub const RULE_VERSION: &str = "gait-watch-2";
/// Days in a row without usable data after which the patient is asked to look at the insoles (S16).
pub const BAD_DAYS: usize = 3;
/// A run that ended longer ago than this many days came late: nothing is asked about the past.
const RECENT_DAYS: i32 = 3;
/// Valid days of a change before a clinician hears of it (care, section 6.2).
pub const LASTING_DAYS: usize = 3;
/// Days that make the baseline of the index: as many as that of the other values.
const BASELINE_DAYS: usize = gait::change::baseline::BASELINE_DAYS;
/// 1.96 sqrt(2): from a standard error of measurement to the minimal detectable change, 95 % (Weir 2005).
const MDC95_PER_SEM: f64 = 2.771_858_582_251_266_4;

/// Days in a row, uploads on each, none of them usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRun {
    /// The first of them.
    pub first: Date,
    /// The last of them: the last day with any upload.
    pub last: Date,
    /// How many.
    pub days: usize,
}

/// Whether a date with sessions was without usable data in a way the patient can look into. `sessions` are the reasons
/// of each.
pub fn is_bad(sessions: &[Vec<Reason>]) -> bool {
    let checkable = |reasons: &Vec<Reason>| reasons.iter().any(|one| one.patient_can_check());
    sessions.iter().all(|reasons| !reasons.is_empty()) && sessions.iter().any(checkable)
}

/// The run of bad days, one calendar day after the other, that ends with the last day with any upload.
pub fn bad_run(days: &BTreeMap<Date, bool>) -> Option<BadRun> {
    let mut run: Option<BadRun> = None;
    for (date, bad) in days.iter().rev() {
        let adjoins = run.is_none_or(|run| run.first.yesterday().is_ok_and(|day| day == *date));
        if !bad || !adjoins {
            break;
        }
        run = Some(BadRun {
            first: *date,
            last: run.map_or(*date, |run| run.last),
            days: run.map_or(1, |run| run.days + 1),
        });
    }
    run
}

/// Whether the patient is to be asked to look at the insoles: once for each run.
pub fn should_ask(run: BadRun, told_through: Option<Date>, today: Date) -> bool {
    let told = told_through.is_some_and(|told| told >= run.first);
    run.days >= BAD_DAYS && !told && (today - run.last).get_days() <= RECENT_DAYS
}

/// The index away from the patient's own first days.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreMove {
    /// Mean of the first days.
    pub baseline: f64,
    /// The last days.
    pub last: Vec<(Date, f64)>,
    /// What must be passed to be more than error.
    pub mdc95: f64,
}

/// What changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// Values that moved from the own baseline.
    pub values: Vec<Change>,
    /// The index below its own baseline.
    pub score: Option<ScoreMove>,
    /// The index above its own baseline: nearer to the reference group.
    pub better: Option<ScoreMove>,
    /// Values that moved with walking speed and no further: told, never an alert.
    pub speed: Option<SpeedChange>,
}

impl Changed {
    /// Whether a clinician is to look.
    pub fn is_lasting(&self) -> bool {
        !self.values.is_empty() || self.score.is_some()
    }
}

/// What changed against the own baseline, on the last of these days, by more than the minimal detectable change and
/// for at least three valid days. The days are those since the baseline began: with fewer than fourteen valid ones
/// nothing is said, so that a new orthotic or shoe is never a sudden change in its first two weeks (S17).
pub fn changed(days: &[Day], scores: &BTreeMap<Date, f64>) -> Changed {
    let found = changes(days, &REGISTERED);
    let beyond = |change: &Change| {
        let least = change.mdc95_single.unwrap_or(change.mdc95);
        change.days >= LASTING_DAYS && change.delta.abs() > least
    };
    Changed {
        values: found.changes.into_iter().filter(beyond).collect(),
        score: score_move(scores, -1.0),
        better: score_move(scores, 1.0),
        speed: found.speed,
    }
}

/// Whether the last days are all beyond the measurement error of the first, above them (`sign` 1) or below (-1).
fn score_move(scores: &BTreeMap<Date, f64>, sign: f64) -> Option<ScoreMove> {
    let all: Vec<(Date, f64)> = scores.iter().map(|(date, score)| (*date, *score)).collect();
    let (first, later) = all.split_at_checked(BASELINE_DAYS)?;
    let last = later.get(later.len().checked_sub(LASTING_DAYS)?..)?;
    let baseline = first.iter().map(|(_, score)| score).sum::<f64>() / BASELINE_DAYS as f64;
    let mdc95 = MDC95_PER_SEM * norms().grsi.sem;
    let beyond = last
        .iter()
        .all(|(_, score)| sign * (score - baseline) > mdc95);
    beyond.then(|| ScoreMove {
        baseline,
        last: last.to_vec(),
        mdc95,
    })
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn days(from: Date, bad: &[Option<bool>]) -> BTreeMap<Date, bool> {
        (0..)
            .zip(bad)
            .filter_map(|(n, bad)| Some((from.saturating_add(n.days()), (*bad)?)))
            .collect()
    }

    #[test]
    fn three_bad_days_in_a_row_and_no_gap() {
        let from = date(2026, 3, 2);
        let run = |bad: &[Option<bool>]| bad_run(&days(from, bad)).map(|run| run.days);
        let (bad, good) = (Some(true), Some(false));
        assert_eq!(run(&[bad, bad, bad]), Some(3));
        assert_eq!(run(&[bad, good, bad, bad]), Some(2));
        assert_eq!(run(&[bad, bad, None, bad]), Some(1));
        assert_eq!(run(&[bad, bad, good]), None);
    }

    #[test]
    fn a_run_is_asked_about_once_and_not_when_it_is_long_past() {
        let run = BadRun {
            first: date(2026, 3, 2),
            last: date(2026, 3, 4),
            days: 3,
        };
        assert!(should_ask(run, None, date(2026, 3, 4)));
        assert!(should_ask(run, Some(date(2026, 3, 1)), date(2026, 3, 4)));
        assert!(!should_ask(run, Some(date(2026, 3, 4)), date(2026, 3, 5)));
        assert!(!should_ask(run, None, date(2026, 3, 8)), "came late");
        assert!(!should_ask(
            BadRun { days: 2, ..run },
            None,
            date(2026, 3, 4)
        ));
    }

    #[test]
    fn a_day_is_bad_when_no_session_of_it_is_usable() {
        let (dead, short) = (vec![Reason::OneSide], vec![Reason::TooFewSteps]);
        assert!(is_bad(&[dead.clone(), short]));
        assert!(!is_bad(&[dead, Vec::new()]));
        assert!(
            !is_bad(&[vec![Reason::NotComparable]]),
            "not theirs to mend"
        );
    }

    fn scores(values: &[f64]) -> BTreeMap<Date, f64> {
        (0..)
            .zip(values)
            .map(|(n, value)| (date(2026, 3, 2).saturating_add(n.days()), *value))
            .collect()
    }

    #[test]
    fn an_index_that_fell_by_more_than_error_for_three_days() {
        let mut values = vec![100.0; 14];
        values.extend([83.0, 83.5, 80.0]);
        let fall = score_move(&scores(&values), -1.0).unwrap();
        assert!((fall.mdc95 - 16.08).abs() < 0.01 && fall.baseline == 100.0);
        assert_eq!(score_move(&scores(&values[..16]), -1.0), None, "two days");
        values[15] = 85.0;
        assert_eq!(
            score_move(&scores(&values), -1.0),
            None,
            "one day within error"
        );
        let mut short = vec![100.0; 13];
        short.extend([60.0; 3]);
        assert_eq!(score_move(&scores(&short), -1.0), None, "no baseline yet");
    }

    proptest! {
        #[test]
        fn an_index_that_rose_is_one_that_fell_turned_round(values in proptest::collection::vec(0.0_f64..120.0, 17..22)) {
            let turned: Vec<f64> = values.iter().map(|value| -value).collect();
            let rose = score_move(&scores(&values), 1.0).is_some();
            prop_assert_eq!(rose, score_move(&scores(&turned), -1.0).is_some());
            prop_assert!(!(rose && score_move(&scores(&values), -1.0).is_some()));
        }

        #[test]
        fn within_the_first_two_weeks_of_a_baseline_nothing_fell(values in proptest::collection::vec(0.0_f64..120.0, 0..17)) {
            prop_assert_eq!(score_move(&scores(&values), -1.0), None);
        }
    }
}
