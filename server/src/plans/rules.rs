//! When a plan's lines are due: pure, from the first day, safe across every change of the clock.

pub(crate) mod calendar;
mod clock;
pub(crate) mod due_days;
mod ladder;
mod schedule;
mod zone_table;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::spec::{Dose, EventKind, PlanItemSpec};
use crate::store::types::{Digest, OccurrenceId, PatientId, PlanItemId};

pub use clock::{ClockRule, DayStart, day_begin, day_end, instant_of, patient_date};
pub use due_days::{falls_on, nth_due_date};
pub use ladder::{ladder_instants, min_gap};
pub use schedule::Schedule;
pub use zone_table::ZoneTable;

/// What a plan's lines are due by besides themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanContext {
    /// When the patient's day begins.
    pub day_starts_at: DayStart,
    /// The dates of the patient's events.
    pub events: EventDates,
    /// At which level of its progression the item stands.
    pub level: usize,
}

/// The dates of events prescriptions count from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventDates(BTreeMap<EventKind, Date>);

impl EventDates {
    /// When an event was or will be.
    pub fn date(&self, event: EventKind) -> Option<Date> {
        self.0.get(&event).copied()
    }

    /// Sets the date of an event; the one before is forgotten.
    pub fn set(&mut self, event: EventKind, date: Date) {
        self.0.insert(event, date);
    }
}

/// An occurrence before it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedOccurrence {
    /// Which of the item's windows.
    pub window_no: usize,
    /// The patient's date, which begins at [`DayStart`]. Of a flexible one the suggested.
    pub local_date: Date,
    /// The planned local time. Before [`DayStart`] it is on the calendar date after `local_date`.
    pub local_time: Time,
    /// How it met the clock.
    pub clock_rule: ClockRule,
    /// Whether it may be done on any day of its week, from Monday.
    pub flexible: bool,
    /// From when an answer is on time.
    pub opens_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// Until when an answer is on time.
    pub closes_at: Timestamp,
    /// How much, on this date.
    pub dose: Dose,
}

/// Every occurrence of an item on the patient's dates from `from` through `through`, for a patient whose
/// day begins at midnight and whose events have no date.
pub fn occurrences(
    item: &PlanItemSpec,
    zone: &TimeZone,
    from: Date,
    through: Date,
) -> Vec<PlannedOccurrence> {
    let table = table_for(zone, from, through);
    occurrences_in(item, &table, &PlanContext::default(), from, through)
}

/// A table that answers for every occurrence on these dates: the week of a flexible one reaches beyond.
pub fn table_for(zone: &TimeZone, from: Date, through: Date) -> ZoneTable {
    let week = jiff::Span::new().days(8);
    ZoneTable::new(
        zone,
        from.saturating_sub(week),
        through.saturating_add(week),
    )
}

/// The same with everything it depends on, from a table that may serve many items.
pub fn occurrences_in(
    item: &PlanItemSpec,
    zone: &ZoneTable,
    context: &PlanContext,
    from: Date,
    through: Date,
) -> Vec<PlannedOccurrence> {
    let mut all = Vec::new();
    if let Some(schedule) = Schedule::of(item, context) {
        schedule.plan_into(zone, from, through, &mut all);
    }
    all
}

/// The id of an occurrence: four bytes of when its patient's clock shows it, five of its patient's id, then the first seven of
/// SHA-256 over plan item id, date and window number, so that a phone without a connection computes the same. The four are
/// minutes since 1970-01-01T00:00 of that clock, of its date and prescribed time; the five are the second to the sixth of
/// the patient's: what is due together lies together in every index, and in the order in which patients do
/// (docs/decisions/0022-ordered-ids.md). Flexible ones differ by their suggested dates, which are distinct within a week.
pub fn occurrence_id(
    patient: PatientId,
    item: PlanItemId,
    date: Date,
    time: Time,
    window_no: usize,
) -> OccurrenceId {
    let minutes = date
        .to_datetime(time)
        .duration_since(Date::constant(1970, 1, 1).to_datetime(Time::midnight()))
        .as_mins();
    let place = u32::try_from(minutes).unwrap_or(0).to_be_bytes();
    let [_, whose @ .., _, _, _, _, _, _, _, _, _, _] = *patient.bytes();
    let Digest(digest) = Digest::of(format!("{item}/{date}/{window_no}").as_bytes());
    let mut id = [0; 16];
    let parts = place.iter().chain(&whose).chain(&digest);
    for (byte, part) in id.iter_mut().zip(parts) {
        *byte = *part;
    }
    OccurrenceId::from(id)
}

#[cfg(test)]
mod tests;
