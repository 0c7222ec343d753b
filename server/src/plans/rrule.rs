//! Recurrence as RFC 5545 says it, in and out, as far as the two have the same to say.
//!
//! The rule's DTSTART is the line's first day, a date; so `UNTIL` is a date as well. Unlike a calendar, a
//! line whose first day the rule does not fall on is not due on it.

mod read;
mod write;

use jiff::civil::Date;

use super::spec::Recurrence;

pub use read::read;
pub use write::{write, write_parts};

/// The longest rule that is read, bytes.
pub const MAX_RRULE: usize = 500;

/// What a rule says in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRule {
    /// On which days.
    pub recurrence: Recurrence,
    /// At which times, `HH:MM`, from BYHOUR and BYMINUTE; none where it says nothing of them.
    pub times: Vec<String>,
    /// The last day, from UNTIL or COUNT.
    pub ends_on: Option<Date>,
}

/// Why a rule has no equivalent here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// More than [`MAX_RRULE`] bytes.
    #[error("must have at most 500 bytes")]
    TooLong,
    /// It is not `NAME=VALUE;...` with the values RFC 5545 has for the name.
    #[error("must be an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TH")]
    Malformed,
    /// A part stands twice.
    #[error("must have each part once")]
    PartTwice,
    /// There is no FREQ.
    #[error("must have FREQ")]
    NoFrequency,
    /// A frequency other than daily and weekly.
    #[error("must have FREQ=DAILY or FREQ=WEEKLY: a line is due by days and weeks")]
    Frequency,
    /// A part that has no equivalent.
    #[error("cannot have BYSETPOS, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO or BYSECOND")]
    Part,
    /// An interval out of range.
    #[error("must have an INTERVAL of 1 to 90 days or 1 to 52 weeks")]
    Interval,
    /// Weeks that begin on another day than Monday, where that matters.
    #[error("must have weeks from Monday, WKST=MO, with an INTERVAL of weeks")]
    WeekStart,
    /// `BYDAY=1MO`.
    #[error("cannot number the weekdays of BYDAY")]
    NumberedWeekday,
    /// BYDAY beside an interval of days.
    #[error("cannot have BYDAY beside an INTERVAL of days")]
    WeekdaysOfDays,
    /// Minutes without hours, or more times than windows.
    #[error("must have BYHOUR with BYMINUTE, and at most 12 times on a day")]
    Times,
    /// UNTIL with a time.
    #[error("must have UNTIL as a date, YYYYMMDD, as starts_on is one")]
    UntilNotADate,
    /// UNTIL before the first day.
    #[error("must not have UNTIL before starts_on")]
    UntilBeforeStart,
    /// Both ends.
    #[error("cannot have UNTIL beside COUNT")]
    UntilAndCount,
    /// A count out of range.
    #[error("must have a COUNT of 1 to 10000 that ends before the year 9999")]
    Count,
    /// A count that ends in the middle of a day.
    #[error("must have a COUNT that is whole days of its times")]
    CountCutsADay,
}

#[cfg(test)]
mod tests;
