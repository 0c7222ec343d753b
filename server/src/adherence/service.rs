//! Use cases of adherence; each is one transaction.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::figures::{By, DayCourse, Figures, Key, Period, course, figures, groups};
use super::load::{Loaded, lines, load};
use super::rules::Adherence;
use crate::app::App;
use crate::error::{Error, Result};
use crate::reminders::planner::zone_of;
use crate::store::adherence as stored;
use crate::store::adherence::DayFigures;
use crate::store::patients::Patient;
use crate::store::types::{DateText, PatientId};
use crate::store::{Scope, Tx, occurrences, patients};

/// Days a period may have, and days strength and streak look back from its end: of what is older, less than a billionth of the
/// weight of a daily habit is left.
pub const MAX_DAYS: i32 = 400;
/// Days counted where no dates are named, today included.
const USUAL_DAYS: i32 = 28;

/// Dates and split a caller asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// First date; 28 days with the last one when absent.
    pub from: Option<Date>,
    /// Last date; today when absent.
    pub through: Option<Date>,
    /// Split by what.
    pub by: Option<By>,
}

/// Figures of a part.
#[derive(Debug, Clone)]
pub struct Group {
    /// What its occurrences have in common.
    pub key: Key,
    /// Its figures.
    pub figures: Figures,
    /// For a day: the revision kept of it.
    pub kept: Option<DayFigures>,
}

/// A patient's adherence.
#[derive(Debug, Clone)]
pub struct Answer {
    /// All of it.
    pub figures: Figures,
    /// Its parts, where they were asked for.
    pub groups: Vec<Group>,
}

/// A patient's adherence by every measure.
///
/// # Errors
/// Not found when the clinic has no such patient; invalid when the dates are the wrong way round or too many.
pub async fn adherence(app: &App, scope: Scope, id: PatientId, wanted: Wanted) -> Result<Answer> {
    let now = app.now();
    app.store
        .read("adherence", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let period = period(&patient, wanted, now)?;
            let loaded = history(tx, id, period, now)?;
            let groups = match wanted.by {
                Some(by) => split(tx, id, &loaded, period, by, now)?,
                None => Vec::new(),
            };
            Ok(Answer {
                figures: figures(loaded.basis(), period, now),
                groups,
            })
        })
        .await
}

fn period(patient: &Patient, wanted: Wanted, now: Timestamp) -> Result<Period> {
    let through = match wanted.through {
        Some(through) => through,
        None => now.to_zoned(zone_of(patient)?).date(),
    };
    let from = match wanted.from {
        Some(from) => from,
        None => days_before(through, USUAL_DAYS - 1)?,
    };
    if from > through {
        return Err(Error::field("?from", "must not be after through"));
    }
    if (through - from).get_days() >= MAX_DAYS {
        return Err(Error::field(
            "?from",
            format!("must be less than {MAX_DAYS} days before through"),
        ));
    }
    Ok(Period { from, through })
}

fn days_before(date: Date, days: i32) -> Result<Date> {
    // Before the first date there is, nothing was planned.
    Ok(date.checked_sub(days.days()).unwrap_or(Date::MIN))
}

/// Everything the figures of a period need, inside a transaction.
fn history(tx: &mut Tx<'_>, id: PatientId, period: Period, now: Timestamp) -> Result<Loaded> {
    let from = days_before(period.through, MAX_DAYS - 1)?;
    let rows = occurrences::between(tx, id, from, period.through)?;
    let mut loaded = load(tx, &rows, now)?;
    loaded.lines = lines(&stored::lines_of(tx, id)?)?;
    Ok(loaded)
}

/// The figures of one patient over a period, inside a transaction.
pub fn figures_of(
    tx: &mut Tx<'_>,
    id: PatientId,
    period: Period,
    now: Timestamp,
) -> Result<Figures> {
    let loaded = history(tx, id, period, now)?;
    Ok(figures(loaded.basis(), period, now))
}

/// Each date of a period on which anything was planned, with the strength at its end, inside a transaction.
///
/// # Errors
/// Internal when a row was damaged from outside.
pub fn course_of(
    tx: &mut Tx<'_>,
    id: PatientId,
    period: Period,
    now: Timestamp,
) -> Result<Vec<DayCourse>> {
    let loaded = history(tx, id, period, now)?;
    Ok(course(loaded.basis(), period, now))
}

fn split(
    tx: &mut Tx<'_>,
    id: PatientId,
    loaded: &Loaded,
    period: Period,
    by: By,
    now: Timestamp,
) -> Result<Vec<Group>> {
    let mut kept = match by {
        By::Day => stored::current_between(tx, id, period.from, period.through)?,
        By::Item | By::Kind => BTreeMap::new(),
    };
    let groups = groups(loaded.basis(), period, by, now);
    Ok(groups
        .into_iter()
        .map(|(key, figures)| {
            let kept = match &key {
                Key::Day(date) => kept.remove(&(id, DateText::from(*date))),
                Key::Item { .. } | Key::Kind(_) => None,
            };
            Group { key, figures, kept }
        })
        .collect())
}

/// How an exercise went since its level began: what graded progression decides by.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelFacts {
    /// Session adherence of the exercise since then; no value where nothing was due.
    pub adherence: Adherence,
    /// Days since then: 0 on the first.
    pub days_at_level: i32,
}

/// How one exercise of a patient went from `since` through today.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub fn facts(
    tx: &mut Tx<'_>,
    id: PatientId,
    exercise_key: &str,
    since: Date,
    now: Timestamp,
) -> Result<LevelFacts> {
    let patient = patients::find(tx, id)?;
    let today = now.to_zoned(zone_of(&patient)?).date();
    let rows = stored::occurrences_of_exercise(tx, id, exercise_key, since, today)?;
    let loaded = load(tx, &rows, now)?;
    let period = Period {
        from: since,
        through: today,
    };
    Ok(LevelFacts {
        adherence: figures(loaded.basis(), period, now).session,
        days_at_level: (today - since).get_days().max(0),
    })
}
