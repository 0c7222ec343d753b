//! The words of a prescription: dose, recurrence, windows; and what makes them valid.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library;
use crate::error::FieldError;

/// Items one plan may have.
pub const MAX_ITEMS: usize = 40;
/// Windows one item may have on a day.
pub const MAX_WINDOWS: usize = 12;
/// How long before its due time a window may open: a day would reach into the day before.
const MAX_LEAD_MIN: u32 = 12 * 60;
/// How long after its due time a window may close.
const MAX_GRACE_MIN: u32 = 24 * 60;

/// How much of an exercise: `sets` times `reps` times `hold_s`, or minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dose {
    /// Rounds, 1 to 20.
    pub sets: u32,
    /// Repetitions in a set, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reps: Option<u32>,
    /// Seconds each repetition is held, 1 to 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_s: Option<u32>,
    /// Minutes of a continuous activity, 1 to 1440; then `sets` is how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// On each side: the dose is meant once left and once right.
    #[serde(default)]
    pub each_side: bool,
}

/// What a dose is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoseUnit {
    /// Minutes of an activity.
    Minutes,
    /// Seconds held.
    HoldSeconds,
    /// Repetitions.
    Repetitions,
    /// Times done.
    Times,
}

impl DoseUnit {
    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::HoldSeconds => "seconds held",
            Self::Repetitions => "repetitions",
            Self::Times => "times",
        }
    }
}

impl Dose {
    /// What the dose is counted in.
    pub fn unit(&self) -> DoseUnit {
        match (self.minutes, self.hold_s, self.reps) {
            (Some(_), _, _) => DoseUnit::Minutes,
            (None, Some(_), _) => DoseUnit::HoldSeconds,
            (None, None, Some(_)) => DoseUnit::Repetitions,
            (None, None, None) => DoseUnit::Times,
        }
    }

    /// The prescribed amount in [`Dose::unit`], both sides together.
    pub fn amount(&self) -> f64 {
        let sides = if self.each_side { 2.0 } else { 1.0 };
        let sets = f64::from(self.sets);
        let reps = f64::from(self.reps.unwrap_or(1));
        let each = match self.unit() {
            DoseUnit::Minutes => f64::from(self.minutes.unwrap_or(1)),
            DoseUnit::HoldSeconds => reps * f64::from(self.hold_s.unwrap_or(1)),
            DoseUnit::Repetitions => reps,
            DoseUnit::Times => 1.0,
        };
        sides * sets * each
    }

    /// As a person reads it, such as `3 × 30 s each side`.
    pub fn words(&self) -> String {
        let body = match (self.minutes, self.reps, self.hold_s) {
            (Some(minutes), _, _) if self.sets == 1 => format!("{minutes} min"),
            (Some(minutes), _, _) => format!("{} × {minutes} min", self.sets),
            (None, Some(reps), Some(hold)) => format!("{} × {reps} × {hold} s", self.sets),
            (None, Some(reps), None) => format!("{} × {reps}", self.sets),
            (None, None, Some(hold)) => format!("{} × {hold} s", self.sets),
            (None, None, None) if self.sets == 1 => "once".to_owned(),
            (None, None, None) => format!("{} times", self.sets),
        };
        if self.each_side {
            format!("{body} each side")
        } else {
            body
        }
    }

    fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        let mut ranged = |field: &str, value: Option<u32>, max: u32| {
            if value.is_some_and(|value| value == 0 || value > max) {
                errors.push(FieldError::new(
                    format!("{at}/{field}"),
                    format!("must be between 1 and {max}"),
                ));
            }
        };
        ranged("sets", Some(self.sets), 20);
        ranged("reps", self.reps, 100);
        ranged("hold_s", self.hold_s, 600);
        ranged("minutes", self.minutes, 1440);
        if self.minutes.is_some() && (self.reps.is_some() || self.hold_s.is_some()) {
            errors.push(FieldError::new(
                format!("{at}/minutes"),
                "cannot stand beside reps or hold_s",
            ));
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    /// The weekday of a date.
    pub fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Mon,
            jiff::civil::Weekday::Tuesday => Self::Tue,
            jiff::civil::Weekday::Wednesday => Self::Wed,
            jiff::civil::Weekday::Thursday => Self::Thu,
            jiff::civil::Weekday::Friday => Self::Fri,
            jiff::civil::Weekday::Saturday => Self::Sat,
            jiff::civil::Weekday::Sunday => Self::Sun,
        }
    }

    /// Three letters.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mon => "Mon",
            Self::Tue => "Tue",
            Self::Wed => "Wed",
            Self::Thu => "Thu",
            Self::Fri => "Fri",
            Self::Sat => "Sat",
            Self::Sun => "Sun",
        }
    }
}

/// On which days an item is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// The kind of rule.
    pub kind: RecurrenceKind,
    /// For `weekdays`: which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// For `every_n_days`: n, 2 to 90, counted from the item's first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_days: Option<u32>,
}

/// The kinds of recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecurrenceKind {
    /// Every day.
    Daily,
    /// On the days in `weekdays`.
    Weekdays,
    /// Every `n_days` days from the first day.
    EveryNDays,
}

impl Recurrence {
    /// As a person reads it.
    pub fn words(&self) -> String {
        match self.kind {
            RecurrenceKind::Daily => "every day".to_owned(),
            RecurrenceKind::Weekdays => self
                .weekdays
                .iter()
                .map(|day| day.words())
                .collect::<Vec<_>>()
                .join(", "),
            RecurrenceKind::EveryNDays => format!("every {} days", self.n_days.unwrap_or(1)),
        }
    }

    fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        let weekdays = self.kind == RecurrenceKind::Weekdays;
        let n_days = self.kind == RecurrenceKind::EveryNDays;
        let mut sorted = self.weekdays.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if weekdays && (self.weekdays.is_empty() || sorted.len() != self.weekdays.len()) {
            errors.push(FieldError::new(
                format!("{at}/weekdays"),
                "must name at least one weekday, each once",
            ));
        }
        if !weekdays && !self.weekdays.is_empty() {
            errors.push(FieldError::new(
                format!("{at}/weekdays"),
                "belongs to kind weekdays only",
            ));
        }
        if n_days && !self.n_days.is_some_and(|n| (2..=90).contains(&n)) {
            errors.push(FieldError::new(
                format!("{at}/n_days"),
                "must be between 2 and 90",
            ));
        }
        if !n_days && self.n_days.is_some() {
            errors.push(FieldError::new(
                format!("{at}/n_days"),
                "belongs to kind every_n_days only",
            ));
        }
    }
}

/// A time of day at which an item is due, and how long around it an answer counts as on time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Local time, `HH:MM`.
    #[schema(example = "08:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub at: String,
    /// Minutes before that at which it opens, 0 to 720.
    #[serde(default = "default_lead_min")]
    pub opens_before_min: u32,
    /// Minutes after that at which it closes, 15 to 1440.
    #[serde(default = "default_grace_min")]
    pub closes_after_min: u32,
}

/// On time is from two hours before until four hours after (docs/ARCHITECTURE.md, adherence).
fn default_lead_min() -> u32 {
    120
}

fn default_grace_min() -> u32 {
    240
}

impl Window {
    /// A window with the usual lead and grace.
    pub fn at(time: &str) -> Self {
        Self {
            at: time.to_owned(),
            opens_before_min: default_lead_min(),
            closes_after_min: default_grace_min(),
        }
    }

    /// The local time, if the text is `HH:MM`.
    pub fn time(&self) -> Option<Time> {
        let (hour, minute) = self.at.split_once(':')?;
        let two_digits =
            |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !two_digits(hour) || !two_digits(minute) {
            return None;
        }
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    }

    fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        if self.time().is_none() {
            errors.push(FieldError::new(
                format!("{at}/at"),
                "must be a time of day, HH:MM",
            ));
        }
        if self.opens_before_min > MAX_LEAD_MIN {
            errors.push(FieldError::new(
                format!("{at}/opens_before_min"),
                format!("must be between 0 and {MAX_LEAD_MIN}"),
            ));
        }
        if !(15..=MAX_GRACE_MIN).contains(&self.closes_after_min) {
            errors.push(FieldError::new(
                format!("{at}/closes_after_min"),
                format!("must be between 15 and {MAX_GRACE_MIN}"),
            ));
        }
    }
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemSpec {
    /// Which exercise or habit of the library.
    #[schema(example = "calf-wall-stretch")]
    pub exercise: String,
    /// How much.
    pub dose: Dose,
    /// On which days.
    pub recurrence: Recurrence,
    /// At which times, 1 to 12 of them.
    #[schema(min_items = 1, max_items = 12)]
    pub windows: Vec<Window>,
    /// First day, in the patient's zone.
    #[schema(value_type = String, format = Date)]
    pub starts_on: Date,
    /// Last day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Date>,
}

/// Checks the lines of a plan, naming every broken rule.
pub fn check_items(items: &[PlanItemSpec]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if items.len() > MAX_ITEMS {
        errors.push(FieldError::new(
            "/items",
            format!("must have at most {MAX_ITEMS} items"),
        ));
    }
    for (index, item) in items.iter().enumerate() {
        let at = format!("/items/{index}");
        if library::find(&item.exercise).is_none() {
            errors.push(FieldError::new(
                format!("{at}/exercise"),
                "must be the key of an exercise of the library",
            ));
        }
        item.dose.check(&format!("{at}/dose"), &mut errors);
        item.recurrence
            .check(&format!("{at}/recurrence"), &mut errors);
        check_windows(&item.windows, &at, &mut errors);
        if item.ends_on.is_some_and(|end| end < item.starts_on) {
            errors.push(FieldError::new(
                format!("{at}/ends_on"),
                "must not be before starts_on",
            ));
        }
    }
    errors
}

fn check_windows(windows: &[Window], at: &str, errors: &mut Vec<FieldError>) {
    if windows.is_empty() || windows.len() > MAX_WINDOWS {
        errors.push(FieldError::new(
            format!("{at}/windows"),
            format!("must have 1 to {MAX_WINDOWS} windows"),
        ));
    }
    for (index, window) in windows.iter().enumerate() {
        window.check(&format!("{at}/windows/{index}"), errors);
    }
    let mut times: Vec<_> = windows.iter().map(|window| &window.at).collect();
    times.sort_unstable();
    times.dedup();
    if times.len() != windows.len() {
        errors.push(FieldError::new(
            format!("{at}/windows"),
            "must have each time once",
        ));
    }
}
