//! From stored rows to what the rules take.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::events::{Change, Event, Planned};
use super::figures::Basis;
use super::habit::Line;
use crate::error::{Error, Result};
use crate::plans::{Dose, library};
use crate::reminders::state::State;
use crate::store::Tx;
use crate::store::adherence;
use crate::store::occurrences::Occurrence;
use crate::store::plans::PlanItemRow;
use crate::store::types::{OccurrenceId, PlanItemId};

/// Occurrences with what their rows say happened to them.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// What was planned.
    pub(super) planned: Vec<Planned>,
    /// What happened.
    pub(super) events: Vec<Event>,
    /// How often the plan asks.
    pub(super) lines: Vec<Line>,
}

impl Loaded {
    /// As the rules take it.
    pub(super) fn basis(&self) -> Basis<'_> {
        Basis {
            planned: &self.planned,
            events: &self.events,
            lines: &self.lines,
        }
    }
}

/// Occurrences as of an instant, without lines.
///
/// # Errors
/// Internal when a row was damaged from outside.
pub(super) fn load(tx: &mut Tx<'_>, rows: &[Occurrence], now: Timestamp) -> Result<Loaded> {
    let missed: Vec<OccurrenceId> = rows
        .iter()
        .filter(|row| matches!(row.state, State::Missed | State::Planned))
        .filter(|row| row.closes_at.timestamp() <= now)
        .map(|row| row.id)
        .collect();
    let undeliverable = adherence::undeliverable(tx, &missed)?;
    loaded(rows, &undeliverable, now)
}

fn loaded(
    rows: &[Occurrence],
    undeliverable: &BTreeSet<OccurrenceId>,
    now: Timestamp,
) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    // Few doses are prescribed over and over: each is read once.
    let mut doses: BTreeMap<&str, Dose> = BTreeMap::new();
    for row in rows {
        if !doses.contains_key(row.dose.as_str()) {
            let dose = serde_json::from_str(&row.dose).map_err(Error::internal)?;
            doses.insert(&row.dose, dose);
        }
        let dose = doses.get(row.dose.as_str()).ok_or_else(Error::not_found)?;
        let planned = planned(row, dose)?;
        let event = |at: Timestamp, change| Event {
            occurrence: row.id,
            at,
            id: *row.id.bytes(),
            change,
        };
        // A device's clock may be a little ahead: what is stored has happened.
        let at = standing_at(row).min(now);
        loaded
            .events
            .extend(change(row, &planned).map(|change| event(at, change)));
        if undeliverable.contains(&row.id) {
            loaded.events.push(event(at, Change::Undeliverable));
        }
        loaded.planned.push(planned);
    }
    Ok(loaded)
}

fn planned(row: &Occurrence, dose: &Dose) -> Result<Planned> {
    Ok(Planned {
        id: row.id,
        item: row.plan_item_id,
        exercise: row.exercise_key.clone(),
        kind: library::find(&row.exercise_key).map(|exercise| exercise.kind),
        version: row.plan_version,
        date: row.local_date.date().map_err(Error::internal)?,
        zone: row.time_zone.clone(),
        due_at: row.due_at.timestamp(),
        closes_at: row.closes_at.timestamp(),
        flexible: row.flexible == 1,
        prescribed: dose.amount(),
        unit: dose.unit(),
    })
}

/// When what stands in a row came about: of an answer the row says it, the rest counts from the beginning.
fn standing_at(row: &Occurrence) -> Timestamp {
    row.answered_at.unwrap_or(row.planned_at).timestamp()
}

/// What a row says became of it; nothing where only the clock decides.
fn change(row: &Occurrence, planned: &Planned) -> Option<Change> {
    let whole = match row.state {
        State::Planned | State::Missed => return None,
        State::Cancelled => return Some(Change::Cancelled),
        State::Excused => return Some(Change::Excused),
        State::Done | State::DoneLate => 1.0,
        State::Partial | State::Declined => 0.0,
    };
    let share = row.done_fraction.unwrap_or(whole);
    Some(Change::Answered {
        state: row.state,
        share,
        // Rows from before amounts were kept say the share only.
        amount: row.done_amount.unwrap_or(share * planned.prescribed),
    })
}

/// How often the stored lines of a plan ask.
///
/// # Errors
/// Internal when a row was damaged from outside.
pub(super) fn lines(rows: &[PlanItemRow]) -> Result<Vec<Line>> {
    rows.iter()
        .map(|row| {
            let item: PlanItemId = row.id;
            let spec = serde_json::from_str(&row.body).map_err(Error::internal)?;
            let kind = library::find(&row.exercise_key).map(|exercise| exercise.kind);
            Ok(Line::of(row.plan_version, item, kind, &spec))
        })
        .collect()
}
