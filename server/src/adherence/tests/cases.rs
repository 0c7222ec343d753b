//! Sets of occurrences and events, made at random.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::super::events::{Change, Event, Planned};
use super::super::figures::{Basis, Figures, Period, figures};
use super::super::habit::Line;
use crate::plans::DoseUnit;
use crate::plans::library::CareKind;
use crate::reminders::state::State;
use crate::store::types::{OccurrenceId, PlanItemId};

pub(super) const FIRST: Date = date(2026, 3, 1);

pub(super) fn instant(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(hours)
}

pub(super) fn day_no(number: i64) -> Date {
    FIRST + number.days()
}

/// A set of occurrences and events, and what is asked of it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) planned: Vec<Planned>,
    pub(super) events: Vec<Event>,
    pub(super) lines: Vec<Line>,
    pub(super) period: Period,
    pub(super) at: Timestamp,
}

impl Case {
    pub(super) fn basis(&self) -> Basis<'_> {
        Basis {
            planned: &self.planned,
            events: &self.events,
            lines: &self.lines,
        }
    }

    pub(super) fn figures(&self) -> Figures {
        figures(self.basis(), self.period, self.at)
    }
}

pub(super) const UNITS: [DoseUnit; 3] = [
    DoseUnit::Minutes,
    DoseUnit::HoldSeconds,
    DoseUnit::Repetitions,
];
const KINDS: [CareKind; 3] = [
    CareKind::Walking,
    CareKind::Stretching,
    CareKind::Strengthening,
];

pub(super) fn planned(
    number: u8,
    day: i64,
    hour: i64,
    item: u8,
    version: i64,
    flexible: bool,
) -> Planned {
    let due = 24 * day + hour;
    let lasts = if number.is_multiple_of(5) { 26 } else { 4 };
    Planned {
        id: OccurrenceId::from([number; 16]),
        item: PlanItemId::from([item + 10 * u8::try_from(version).unwrap(); 16]),
        exercise: format!("exercise-{item}"),
        kind: Some(KINDS[usize::from(item)]),
        version,
        date: day_no(day),
        zone: ["Europe/Berlin", "Asia/Tokyo"][usize::from(day > 9)].to_owned(),
        due_at: instant(due),
        closes_at: instant(due + lasts),
        flexible,
        prescribed: [10.0, 180.0, 24.0][usize::from(item)],
        unit: UNITS[usize::from(item)],
    }
}

fn occurrences(items: u8) -> impl Strategy<Value = Vec<Planned>> {
    let one = (0_i64..14, 0_usize..3, 0..items, 1_i64..3, 0_u8..6);
    proptest::collection::vec(one, 0..24).prop_map(|all| {
        let made = all.into_iter().enumerate();
        made.map(|(number, (day, hour, item, version, flexible))| {
            let number = u8::try_from(number).unwrap();
            planned(number, day, [7, 12, 20][hour], item, version, flexible == 0)
        })
        .collect()
    })
}

pub(super) fn change(kind: u8, part: f64, prescribed: f64) -> Change {
    let answered = |state, share, amount| Change::Answered {
        state,
        share,
        amount,
    };
    match kind {
        0 => Change::Cancelled,
        1 => Change::Excused,
        2 => Change::Undone,
        3 => Change::Undeliverable,
        4 => answered(State::Declined, 0.0, 0.0),
        5 => answered(State::Partial, 0.79 * part, 0.79 * part * prescribed),
        6 => answered(State::DoneLate, 1.0, prescribed * (0.8 + part)),
        _ => answered(State::Done, 1.0, prescribed * (0.8 + part)),
    }
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    (1_u8..4)
        .prop_flat_map(occurrences)
        .prop_flat_map(|planned| {
            let count = planned.len().max(1);
            let one = (0..count, -6_i64..60, 0_u8..12, 0.0_f64..1.0);
            let events = proptest::collection::vec(one, 0..40);
            (Just(planned), events, 0_i64..14, 0_i64..14, 0_i64..500)
        })
        .prop_map(|(planned, raw, from, days, at)| {
            let made = raw.into_iter().enumerate();
            let events = made.filter_map(|(number, (which, hours, kind, part))| {
                let of = planned.get(which)?;
                Some(Event {
                    occurrence: of.id,
                    at: of.due_at + SignedDuration::from_hours(hours),
                    id: [u8::try_from(number).unwrap(); 16],
                    change: change(kind, part, of.prescribed),
                })
            });
            Case {
                events: events.collect(),
                lines: lines(),
                period: Period {
                    from: day_no(from),
                    through: day_no(from + days),
                },
                at: instant(at),
                planned,
            }
        })
}

/// Three lines in each of two versions; one ends early, so that it is not asked any more.
pub(super) fn lines() -> Vec<Line> {
    let line = |version: u8, item: u8| Line {
        version: i64::from(version),
        item: PlanItemId::from([item + 10 * version; 16]),
        kind: Some(KINDS[usize::from(item)]),
        per_day: [2.0, 3.0 / 7.0, 0.5][usize::from(item)],
        from: FIRST,
        through: (item == 1).then(|| day_no(8)),
    };
    (1..3)
        .flat_map(|version| (0..3).map(move |item| line(version, item)))
        .collect()
}
