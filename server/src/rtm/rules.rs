//! What is eligible, why, and what is missing: pure, by a rule table.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::days::Window;
use super::table::{CodeRule, RuleTable};
use super::words;
use crate::store::rtm::Clock;
use crate::store::types::text_enum;

text_enum! {
    /// How a code stands.
    Status {
        /// Everything it needs is there.
        Eligible = "eligible",
        /// Something is missing, and its period runs.
        NotYet = "not_yet",
        /// Something is missing, and its period is over.
        NotMet = "not_met",
        /// Another code holds that it is not given with.
        Excluded = "excluded",
    }
}

/// A code in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The code.
    pub code: String,
    /// What it is for.
    pub what: String,
    /// How it stands.
    pub status: Status,
    /// How often: 0 where it is not eligible.
    pub units: i64,
    /// Why.
    pub reason: String,
    /// What is missing.
    pub missing: Option<String>,
}

/// What is kept of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Kept {
    /// The code.
    pub code: String,
    /// How it stood.
    pub status: Status,
    /// How often.
    pub units: i64,
}

impl From<&Found> for Kept {
    fn from(found: &Found) -> Self {
        Self {
            code: found.code.clone(),
            status: found.status,
            units: found.units,
        }
    }
}

/// A month's time and calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Its first day, in the clinic's zone.
    pub first: Date,
    /// Its last.
    pub last: Date,
    /// Seconds spent, each moment once.
    pub seconds: i64,
    /// Live calls.
    pub live_calls: usize,
    /// Timers that ended by themselves in it and do not count.
    pub forgotten: usize,
}

impl Month {
    /// Whole minutes: what is begun does not count.
    pub fn minutes(&self) -> i64 {
        self.seconds / 60
    }
}

/// An episode's set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episode {
    /// When set-up and education was recorded first.
    pub set_up_on: Option<Date>,
    /// The most monitored days in one of its windows.
    pub most_days: usize,
    /// Monitored days it needs, where the clinic set that.
    pub days_needed: Option<usize>,
    /// It is over: consent was taken back.
    pub is_over: bool,
}

/// What is missing of a code, in words; nothing where it has all.
type Missing = Option<String>;

/// Settles the codes of a clock in the order of the table: one is excluded where another that it is not given with holds.
fn settle<'a>(
    rules: impl Iterator<Item = &'a CodeRule>,
    is_over: bool,
    look: impl Fn(&CodeRule) -> (String, Missing, i64),
) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for rule in rules {
        let holds = |code: &String| {
            let own = found.iter().find(|other| other.code == *code);
            own.is_some_and(|other| other.status == Status::Eligible)
        };
        let (reason, missing, units) = look(rule);
        let excluder = rule.excluded_by.iter().find(|code| holds(code));
        let needed = rule.needs.as_ref().filter(|code| !holds(code));
        let (status, reason, missing) = match (excluder, needed, missing) {
            (Some(other), ..) => (Status::Excluded, words::excluded(other), None),
            (None, _, Some(missing)) => (open(is_over), reason, Some(missing)),
            (None, Some(other), None) => (open(is_over), reason, Some(words::needs(other))),
            (None, None, None) => (Status::Eligible, reason, None),
        };
        found.push(Found {
            code: rule.code.clone(),
            what: rule.what.clone(),
            units: if status == Status::Eligible { units } else { 0 },
            status,
            reason,
            missing,
        });
    }
    found
}

fn open(is_over: bool) -> Status {
    if is_over {
        Status::NotMet
    } else {
        Status::NotYet
    }
}

/// The device codes of a window as of a date.
pub fn device(table: &RuleTable, window: &Window, today: Date) -> Vec<Found> {
    let days = window.days.len();
    let is_over = window.through < today;
    settle(table.of(Clock::Device), is_over, |rule| {
        let missing = rule.days.saturating_sub(days);
        let missing = (missing > 0).then(|| words::days_missing(missing, window, today));
        (words::days_of(days, table.window_days), missing, 1)
    })
}

/// The management codes of a month as of a date of the clinic.
pub fn management(table: &RuleTable, month: &Month, today: Date) -> Vec<Found> {
    let is_over = month.last < today;
    let minutes = month.minutes();
    settle(table.of(Clock::Management), is_over, |rule| {
        let missing = words::management_missing(
            rule.minutes - minutes,
            rule.live_calls.saturating_sub(month.live_calls),
            month.forgotten,
        );
        let units = match rule.further {
            Some(further) if minutes >= rule.minutes => 1 + (minutes - rule.minutes) / further,
            _ => 1,
        };
        (words::time_of(month), missing, units)
    })
}

/// The codes of an episode.
pub fn episode(table: &RuleTable, episode: &Episode) -> Vec<Found> {
    settle(table.of(Clock::Episode), episode.is_over, |rule| {
        let needed = episode.days_needed.unwrap_or(rule.days);
        let missing = words::setup_missing(
            episode.set_up_on.is_none(),
            needed.saturating_sub(episode.most_days),
        );
        (words::setup_of(episode), missing, 1)
    })
}
