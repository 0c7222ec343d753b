//! On which days an item is due.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::weekday::Weekday;
use crate::error::FieldError;
use crate::store::types::text_enum;

/// On which days an item is due. Every kind counts from a fixed day, never from the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// The kind of rule.
    pub kind: RecurrenceKind,
    /// For `weekdays` and `every_n_weeks`: which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// For `every_n_days`: n, 2 to 90, counted from the item's first day. For `after_event`: every
    /// how many of its `for_days`, each when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_days: Option<u32>,
    /// For `every_n_weeks`: n, 2 to 52, counted from the Monday of the week of the first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_weeks: Option<u32>,
    /// For `times_per_week`: how often in a week from Monday, on days of the patient's choice, 1 to 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// For `after_event`: which event. Nothing is due while it has no date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventKind>,
    /// For `after_event`: days from the event to the first day, 0 to 366.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_days: Option<u32>,
    /// For `after_event`: over how many days, 1 to 366; only the first when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_days: Option<u32>,
}

/// The kinds of recurrence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecurrenceKind {
    /// Every day.
    #[default]
    Daily,
    /// On the days in `weekdays`.
    Weekdays,
    /// Every `n_days` days from the first day.
    EveryNDays,
    /// On the days in `weekdays` of every `n_weeks`-th week from the week of the first day.
    EveryNWeeks,
    /// `times` times in a week, whenever in the week it suits.
    TimesPerWeek,
    /// From `offset_days` after `event`.
    AfterEvent,
}

impl RecurrenceKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Daily,
        Self::Weekdays,
        Self::EveryNDays,
        Self::EveryNWeeks,
        Self::TimesPerWeek,
        Self::AfterEvent,
    ];

    /// Whether the patient chooses the day.
    pub fn is_flexible(self) -> bool {
        self == Self::TimesPerWeek
    }
}

text_enum! {
    /// A dated event a prescription can count from.
    EventKind {
        /// An operation.
        Surgery = "surgery",
        /// Orthotics were handed over.
        OrthoticIssued = "orthotic_issued",
        /// Shoes were handed over.
        ShoeIssued = "shoe_issued",
        /// A visit to the clinic.
        Visit = "visit",
    }
}

impl EventKind {
    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Surgery => "surgery",
            Self::OrthoticIssued => "the orthotics were issued",
            Self::ShoeIssued => "the shoes were issued",
            Self::Visit => "the visit",
        }
    }
}

impl Recurrence {
    /// Every day.
    pub fn daily() -> Self {
        Self::default()
    }

    /// On these weekdays.
    pub fn on(weekdays: &[Weekday]) -> Self {
        Self {
            kind: RecurrenceKind::Weekdays,
            weekdays: weekdays.to_vec(),
            ..Self::default()
        }
    }

    /// Every `n` days.
    pub fn every_n_days(n: u32) -> Self {
        Self {
            kind: RecurrenceKind::EveryNDays,
            n_days: Some(n),
            ..Self::default()
        }
    }

    /// On these weekdays of every `n`-th week.
    pub fn every_n_weeks(n: u32, weekdays: &[Weekday]) -> Self {
        Self {
            kind: RecurrenceKind::EveryNWeeks,
            n_weeks: Some(n),
            weekdays: weekdays.to_vec(),
            ..Self::default()
        }
    }

    /// So many times in a week.
    pub fn times_per_week(times: u32) -> Self {
        Self {
            kind: RecurrenceKind::TimesPerWeek,
            times: Some(times),
            ..Self::default()
        }
    }

    /// As a person reads it.
    pub fn words(&self) -> String {
        match self.kind {
            RecurrenceKind::Daily => "every day".to_owned(),
            RecurrenceKind::Weekdays => self.weekday_words(),
            RecurrenceKind::EveryNDays => format!("every {} days", self.n_days.unwrap_or(1)),
            RecurrenceKind::EveryNWeeks => format!(
                "every {} weeks on {}",
                self.n_weeks.unwrap_or(1),
                self.weekday_words()
            ),
            RecurrenceKind::TimesPerWeek => match self.times.unwrap_or(1) {
                1 => "once a week".to_owned(),
                times => format!("{times} times a week"),
            },
            RecurrenceKind::AfterEvent => self.after_event_words(),
        }
    }

    fn weekday_words(&self) -> String {
        let names: Vec<_> = self.weekdays.iter().map(|day| day.words()).collect();
        names.join(", ")
    }

    fn after_event_words(&self) -> String {
        let event = self.event.map_or("the event", EventKind::words);
        let from = match self.offset_days.unwrap_or(0) {
            0 => format!("on the day of {event}"),
            1 => format!("1 day after {event}"),
            days => format!("{days} days after {event}"),
        };
        match (self.for_days, self.n_days) {
            (None | Some(1), _) => from,
            (Some(days), None) => format!("every day for {days} days, from {from}"),
            (Some(days), Some(n)) => format!("every {n} days for {days} days, from {from}"),
        }
    }

    pub(super) fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        use RecurrenceKind::{AfterEvent, EveryNDays, EveryNWeeks, TimesPerWeek, Weekdays};
        let kind = self.kind;
        self.check_weekdays(at, matches!(kind, Weekdays | EveryNWeeks), errors);
        let mut number = |field: &str, value: Option<u32>, place: Place, range: (u32, u32)| {
            let belongs = match (place, value) {
                (Place::Wanted, None) => false,
                (Place::Wanted | Place::Allowed, Some(value)) => {
                    (range.0..=range.1).contains(&value)
                }
                (Place::Elsewhere(kinds), Some(_)) => {
                    let rule = format!("belongs to kind {kinds} only");
                    errors.push(FieldError::new(format!("{at}/{field}"), rule));
                    true
                }
                (Place::Allowed | Place::Elsewhere(_), None) => true,
            };
            if !belongs {
                let rule = format!("must be between {} and {}", range.0, range.1);
                errors.push(FieldError::new(format!("{at}/{field}"), rule));
            }
        };
        let n_days = match kind {
            EveryNDays => Place::Wanted,
            AfterEvent => Place::Allowed,
            _ => Place::Elsewhere("every_n_days or after_event"),
        };
        let wanted = |here: bool, kinds| {
            if here {
                Place::Wanted
            } else {
                Place::Elsewhere(kinds)
            }
        };
        let for_days = if kind == AfterEvent {
            Place::Allowed
        } else {
            Place::Elsewhere("after_event")
        };
        number("n_days", self.n_days, n_days, (2, 90));
        number(
            "n_weeks",
            self.n_weeks,
            wanted(kind == EveryNWeeks, "every_n_weeks"),
            (2, 52),
        );
        number(
            "times",
            self.times,
            wanted(kind == TimesPerWeek, "times_per_week"),
            (1, 6),
        );
        number(
            "offset_days",
            self.offset_days,
            wanted(kind == AfterEvent, "after_event"),
            (0, 366),
        );
        number("for_days", self.for_days, for_days, (1, 366));
        self.check_event(at, errors);
    }

    fn check_weekdays(&self, at: &str, wanted: bool, errors: &mut Vec<FieldError>) {
        let mut sorted = self.weekdays.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let rule = if wanted && (sorted.is_empty() || sorted.len() != self.weekdays.len()) {
            "must name at least one weekday, each once"
        } else if !wanted && !sorted.is_empty() {
            "belongs to kind weekdays or every_n_weeks only"
        } else {
            return;
        };
        errors.push(FieldError::new(format!("{at}/weekdays"), rule));
    }

    fn check_event(&self, at: &str, errors: &mut Vec<FieldError>) {
        let after_event = self.kind == RecurrenceKind::AfterEvent;
        let mut broken = |field: &str, rule: &str| {
            errors.push(FieldError::new(format!("{at}/{field}"), rule));
        };
        match self.event {
            None if after_event => broken("event", "must name the event to count from"),
            Some(_) if !after_event => broken("event", "belongs to kind after_event only"),
            _ => {}
        }
        if after_event && self.n_days.is_some() && self.for_days.is_none() {
            broken("n_days", "needs for_days");
        }
    }
}

/// Whether a kind has a use for a field.
#[derive(Clone, Copy)]
enum Place {
    Wanted,
    Allowed,
    /// The kinds that have.
    Elsewhere(&'static str),
}
