//! All measures of one set of occurrences over one period, with the basis they share.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::{Event, Planned, Stands, stand};
use super::habit::{self, Line, Strength};
use super::measures::{self, DoseFigures, Share, Streak};
use super::rules::{Adherence, Tally};
use crate::plans::library::CareKind;
use crate::store::types::{PlanItemId, text_enum};

/// Dates counted, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First.
    pub from: Date,
    /// Last.
    pub through: Date,
}

impl Period {
    /// Whether a date is counted.
    pub fn has(&self, date: Date) -> bool {
        self.from <= date && date <= self.through
    }
}

/// Adherence by every measure. Open, excused, late, undeliverable, dates, zones, plan versions and rule version hold for each of them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Session adherence.
    #[serde(flatten)]
    pub session: Adherence,
    /// Of the missed, those no reminder of which could be delivered.
    pub undeliverable: u64,
    /// The zones the counted dates are in.
    pub zones: Vec<String>,
    /// The plan versions counted.
    pub plan_versions: Vec<i64>,
    /// Of what was done, the share done in its window.
    pub on_time: Share,
    /// Amounts done of the amounts prescribed.
    pub dose: DoseFigures,
    /// Days with at least 80 % of their prescription done, of the days with one.
    pub days_covered: Share,
    /// Habit strength at the end of the period; not for single days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<Strength>,
    /// Days in a row at the end of the period; not for single days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streak: Option<Streak>,
}

text_enum! {
    /// What figures can be split by.
    By {
        /// Lines of the plan.
        Item = "item",
        /// Dates.
        Day = "day",
        /// Kinds of care.
        Kind = "kind",
    }
}

/// What a group has in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A date.
    Day(Date),
    /// A line of a plan version.
    Item {
        /// The line.
        item: PlanItemId,
        /// Its exercise.
        exercise: String,
    },
    /// A kind of care; none for what the library does not know any more.
    Kind(Option<CareKind>),
}

/// Everything figures are made of. Occurrences and events may reach further back than the period: strength and streak do.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// What was planned.
    pub planned: &'a [Planned],
    /// What happened to it.
    pub events: &'a [Event],
    /// How often the plan asks.
    pub lines: &'a [Line],
}

/// The figures of a period as of an instant: equal for equal sets of occurrences and events, in whatever order they are given.
pub fn figures(basis: Basis<'_>, period: Period, at: Timestamp) -> Figures {
    let all = stand(basis.planned, basis.events, at);
    of_set(&all, period, |stands| {
        habit::expected(basis.lines, stands, |_| true)
    })
}

/// The same for each group: days and kinds in order, lines by when they were first due.
pub fn groups(basis: Basis<'_>, period: Period, by: By, at: Timestamp) -> Vec<(Key, Figures)> {
    let all = stand(basis.planned, basis.events, at);
    let inside: Vec<&Planned> = all
        .iter()
        .map(|stands| stands.planned)
        .filter(|planned| period.has(planned.date))
        .collect();
    match by {
        By::Day => {
            let dates: BTreeSet<Date> = inside.iter().map(|planned| planned.date).collect();
            let of = |date| (Key::Day(date), day(&all, date));
            dates.into_iter().map(of).collect()
        }
        By::Item => by_item(&all, &inside, basis.lines, period),
        By::Kind => {
            let kinds: BTreeSet<Option<CareKind>> =
                inside.iter().map(|planned| planned.kind).collect();
            let of = |kind| (Key::Kind(kind), of_kind(&all, kind, basis.lines, period));
            kinds.into_iter().map(of).collect()
        }
    }
}

/// What a date adds to a course: its own session adherence, and the strength at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct DayCourse {
    /// The date.
    pub date: Date,
    /// Session adherence of the date.
    pub session: Adherence,
    /// Of the missed, those no reminder of which could be delivered.
    pub undeliverable: u64,
    /// Habit strength at its end; none where nothing closed on it.
    pub strength: Option<Strength>,
}

/// Each date of a period on which anything was planned, in order.
pub fn course(basis: Basis<'_>, period: Period, at: Timestamp) -> Vec<DayCourse> {
    let mut all = stand(basis.planned, basis.events, at);
    // By date first: what is due late in the night belongs to the evening's date.
    all.sort_by_key(|stands| {
        (
            stands.planned.date,
            stands.planned.due_at,
            stands.planned.id,
        )
    });
    let mut strengths = habit::strength_by_date(&all, |stands| {
        habit::expected(basis.lines, stands, |_| true)
    });
    let of_date = |same: &[Stands<'_>]| {
        let date = same.first()?.planned.date;
        let mut tally = Tally::default();
        for stands in same {
            tally.add(stands.state, 1, stands.share);
        }
        let undeliverable = same.iter().filter(|stands| stands.undeliverable).count();
        period.has(date).then(|| DayCourse {
            date,
            session: tally.adherence(date, date),
            undeliverable: undeliverable as u64,
            strength: strengths.remove(&date),
        })
    };
    all.chunk_by(|one, next| one.planned.date == next.planned.date)
        .filter_map(of_date)
        .collect()
}

fn by_item(
    all: &[Stands<'_>],
    inside: &[&Planned],
    lines: &[Line],
    period: Period,
) -> Vec<(Key, Figures)> {
    let mut seen = BTreeSet::new();
    let first = inside.iter().filter(|planned| seen.insert(planned.item));
    first
        .map(|first| {
            let set = subset(all, |planned| planned.item == first.item);
            let expected = |stands: &Stands<'_>| {
                habit::expected(lines, stands, |line| line.item == first.item)
            };
            let key = Key::Item {
                item: first.item,
                exercise: first.exercise.clone(),
            };
            (key, of_set(&set, period, expected))
        })
        .collect()
}

fn of_kind(all: &[Stands<'_>], kind: Option<CareKind>, lines: &[Line], period: Period) -> Figures {
    let set = subset(all, |planned| planned.kind == kind);
    of_set(&set, period, |stands| {
        habit::expected(lines, stands, |line| line.kind == kind)
    })
}

/// The figures of one date, as they are kept for each day.
pub fn day(all: &[Stands<'_>], date: Date) -> Figures {
    let period = Period {
        from: date,
        through: date,
    };
    Figures {
        strength: None,
        streak: None,
        ..of_set(all, period, |_| 1.0)
    }
}

fn subset<'a>(all: &[Stands<'a>], belongs: impl Fn(&Planned) -> bool) -> Vec<Stands<'a>> {
    let belonging = all.iter().filter(|stands| belongs(stands.planned));
    belonging.copied().collect()
}

fn of_set(all: &[Stands<'_>], period: Period, expected: impl Fn(&Stands<'_>) -> f64) -> Figures {
    let before: Vec<Stands<'_>> = all
        .iter()
        .filter(|stands| stands.planned.date <= period.through)
        .copied()
        .collect();
    let inside: Vec<Stands<'_>> = before
        .iter()
        .filter(|stands| period.has(stands.planned.date))
        .copied()
        .collect();
    let mut tally = Tally::default();
    let (mut zones, mut versions) = (BTreeSet::new(), BTreeSet::new());
    let mut undeliverable = 0;
    for stands in &inside {
        tally.add(stands.state, 1, stands.share);
        undeliverable += u64::from(stands.undeliverable);
        zones.insert(stands.planned.zone.clone());
        versions.insert(stands.planned.version);
    }
    Figures {
        session: tally.adherence(period.from, period.through),
        undeliverable,
        zones: zones.into_iter().collect(),
        plan_versions: versions.into_iter().collect(),
        on_time: measures::on_time(&inside),
        dose: measures::dose(&inside),
        days_covered: measures::days_covered(&inside),
        strength: Some(habit::strength(&before, expected)),
        streak: Some(measures::streak(&before)),
    }
}
