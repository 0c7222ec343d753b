//! The rules themselves: pure, over what is known of a patient's days.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::reminders::settings::SilenceRules;

/// Version of these rules, kept with every alert they make.
pub const VERSION: &str = "watch-1";
/// Two due days in a row with nothing done, though reminders arrived.
pub const MISSED: &str = "missed_days";
/// Nothing was heard for a long time.
pub const SILENT: &str = "silent";
/// Reminders reach no device.
pub const UNREACHABLE: &str = "unreachable";
/// A pause is over by its date and waits for a clinician's word.
pub const RESUME: &str = "resume_question";

/// Due days in a row without anything done before the clinic is told.
const MISSED_DAYS: usize = 2;

/// Whether an alert is about what a patient did not do: a pause settles it.
pub fn about_missing(rule: &str) -> bool {
    matches!(rule, MISSED | SILENT)
}

/// One of a patient's days that is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayFacts {
    /// Occurrences that count: neither excused nor cancelled.
    pub due: i64,
    /// Of these, answered in any way.
    pub answered: i64,
    /// Of these, done at least in part.
    pub done: i64,
    /// Prompts a gateway took.
    pub sent: i64,
    /// Prompts that reached no device.
    pub undeliverable: i64,
    /// When the first of these was to be sent.
    pub first_lost_at: Option<Timestamp>,
}

/// What is known of a patient.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Days that are over, by date.
    pub days: BTreeMap<Date, DayFacts>,
    /// When the app was last heard of.
    pub last_app_at: Option<Timestamp>,
    /// When a device last said a push arrived or was shown.
    pub last_push_at: Option<Timestamp>,
    /// When the last insole session began.
    pub last_insole_at: Option<Timestamp>,
    /// Whether a device with a live token exists.
    pub reachable: bool,
    /// Whether anything was ever answered.
    pub ever_answered: bool,
}

/// Due days in a row, the newest last, up to the newest, in which something holds.
fn trailing(facts: &Facts, holds: impl Fn(&DayFacts) -> bool) -> Vec<Date> {
    let mut run: Vec<Date> = facts
        .days
        .iter()
        .rev()
        .filter(|(_, day)| day.due > 0)
        .take_while(|(_, day)| holds(day))
        .map(|(date, _)| *date)
        .collect();
    run.reverse();
    run
}

/// The due days in a row that were fully missed although a reminder arrived; none below two.
pub fn missed(facts: &Facts) -> Option<Vec<Date>> {
    let run = trailing(facts, |day| day.answered == 0 && day.sent > 0);
    (run.len() >= MISSED_DAYS).then_some(run)
}

/// The due days in a row without any word.
pub fn silent(facts: &Facts) -> Vec<Date> {
    trailing(facts, |day| day.answered == 0)
}

/// Since when reminders reach no device: none on the due days since then did, and there is no other way now. With the
/// first of these days.
pub fn unreachable(facts: &Facts) -> Option<(Date, Timestamp)> {
    if facts.reachable {
        return None;
    }
    let lost = trailing(facts, |day| day.undeliverable > 0 && day.sent == 0);
    let date = *lost.first()?;
    Some((date, facts.days.get(&date)?.first_lost_at?))
}

/// What a silence of some days asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// Nothing yet.
    None,
    /// A gentle text.
    Gentle,
    /// A second one.
    Second,
    /// The clinic is told.
    Told,
    /// The clinic is told, louder.
    Louder,
    /// Reminders stop: a clinician decides.
    Stop,
}

/// The rung of the ladder a silence has come to.
pub fn rung(days: usize, rules: &SilenceRules) -> Rung {
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    [
        (rules.stop_days, Rung::Stop),
        (rules.high_days, Rung::Louder),
        (rules.silent_days, Rung::Told),
        (rules.second_days, Rung::Second),
        (rules.gentle_days, Rung::Gentle),
    ]
    .into_iter()
    .find(|(from, _)| days >= *from)
    .map_or(Rung::None, |(_, rung)| rung)
}

/// Nudges a patient may get, over all plans: at most so many in so many hours.
pub const NUDGE_BUDGET: [(usize, i64); 3] = [(1, 24), (2, 96), (4, 240)];

/// Whether another nudge fits the budget.
pub fn may_nudge(earlier: &[Timestamp], now: Timestamp) -> bool {
    NUDGE_BUDGET.iter().all(|(most, hours)| {
        let since = now
            .checked_sub(jiff::SignedDuration::from_hours(*hours))
            .unwrap_or(Timestamp::MIN);
        earlier.iter().filter(|at| **at > since).count() < *most
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn facts(days: &[DayFacts]) -> Facts {
        let first = date(2026, 3, 2);
        let days = days
            .iter()
            .zip(0..)
            .map(|(day, n)| (first.checked_add(jiff::Span::new().days(n)).unwrap(), *day));
        Facts {
            days: days.collect(),
            ..Facts::default()
        }
    }

    const DONE: DayFacts = DayFacts {
        due: 2,
        answered: 1,
        done: 1,
        sent: 2,
        undeliverable: 0,
        first_lost_at: None,
    };
    const MISS: DayFacts = DayFacts {
        due: 2,
        answered: 0,
        done: 0,
        sent: 2,
        undeliverable: 0,
        first_lost_at: None,
    };
    const UNSENT: DayFacts = DayFacts {
        due: 2,
        answered: 0,
        done: 0,
        sent: 0,
        undeliverable: 2,
        first_lost_at: Some(Timestamp::UNIX_EPOCH),
    };
    const FREE: DayFacts = DayFacts {
        due: 0,
        answered: 0,
        done: 0,
        sent: 0,
        undeliverable: 0,
        first_lost_at: None,
    };

    #[test]
    fn two_due_days_in_a_row_count_and_free_days_between_do_not_break_them() {
        assert_eq!(missed(&facts(&[DONE, MISS])), None);
        assert_eq!(missed(&facts(&[DONE, MISS, FREE, MISS])).unwrap().len(), 2);
        assert_eq!(missed(&facts(&[MISS, DONE, MISS])), None);
    }

    #[test]
    fn what_never_arrived_is_no_missing_but_unreachable() {
        assert_eq!(missed(&facts(&[UNSENT, UNSENT])), None);
        let since = Some((date(2026, 3, 2), Timestamp::UNIX_EPOCH));
        assert_eq!(unreachable(&facts(&[UNSENT])), since);
        assert_eq!(unreachable(&facts(&[UNSENT, UNSENT])), since);
        let reachable = Facts {
            reachable: true,
            ..facts(&[UNSENT])
        };
        assert_eq!(unreachable(&reachable), None);
        assert_eq!(unreachable(&facts(&[UNSENT, DONE])), None);
    }

    #[test]
    fn a_silence_climbs_the_ladder_at_its_days() {
        let rules = SilenceRules::default();
        let rungs: Vec<Rung> = [1, 2, 3, 4, 6, 7, 13, 14, 20, 21, 99]
            .iter()
            .map(|days| rung(*days, &rules))
            .collect();
        use Rung::{Gentle, Louder, None, Second, Stop, Told};
        assert_eq!(
            rungs,
            [
                None, Gentle, Gentle, Second, Second, Told, Told, Louder, Louder, Stop, Stop
            ]
        );
    }

    proptest! {
        /// Whatever is asked for: never more than one in 24 hours, two in 96, four in 240.
        #[test]
        fn the_budget_holds(wishes in proptest::collection::vec(1_i64..4000, 1..80)) {
            let (mut now, mut sent) = (Timestamp::UNIX_EPOCH, Vec::new());
            for minutes in wishes {
                now += SignedDuration::from_mins(minutes);
                if may_nudge(&sent, now) {
                    sent.push(now);
                }
            }
            for (most, hours) in NUDGE_BUDGET {
                for first in &sent {
                    let until = *first + SignedDuration::from_hours(hours);
                    let within = sent.iter().filter(|at| *first <= **at && **at < until).count();
                    prop_assert!(within <= most);
                }
            }
        }
    }
}
