//! Planning again what has not come yet, under the same plan version: a pause begins or ends, an exercise is held
//! back, the patient moves to another zone, an event a schedule counts from gets a date. What is due already, and the
//! instants of a day that has begun, stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use super::changes::{self, apply, note, reason};
use super::planner::{self, horizon, utc_date};
use super::planning::{self, PatientPlan, Rows};
use super::state::{Event, State};
use crate::error::{Error, Result};
use crate::plans::rules::min_gap;
use crate::store::occurrences::{self, Occurrence};
use crate::store::patients::{Patient, PatientStatus};
use crate::store::types::{DateText, PatientId, PlanItemId};
use crate::store::{Tx, days, deliveries, patients};

/// Plans again what a patient has still to come, by what holds now.
pub fn replan(tx: &mut Tx<'_>, id: PatientId, now: Timestamp) -> Result<()> {
    let patient = patients::lock(tx, id)?;
    match loaded(tx, patient, now)? {
        Some(plan) => Replan::prepare(tx, &plan, now)?.run(tx, &plan),
        None => Ok(()),
    }
}

/// The same after a change of zone: what moved into the past, or too close to the one before, is excused. `kept` are
/// the dates that stay in the zone they were begun in; one that begins with the change is not among them.
pub fn replan_in_new_zone(
    tx: &mut Tx<'_>,
    patient: Patient,
    kept: BTreeSet<DateText>,
    now: Timestamp,
) -> Result<()> {
    match loaded(tx, patient, now)? {
        Some(plan) => {
            let mut replan = Replan::prepare(tx, &plan, now)?;
            replan.moved = true;
            replan.begun = kept;
            replan.run(tx, &plan)
        }
        None => Ok(()),
    }
}

fn loaded(tx: &mut Tx<'_>, patient: Patient, now: Timestamp) -> Result<Option<PatientPlan>> {
    // Nothing is planned for who is not in care.
    if patient.status != PatientStatus::Active {
        return Ok(None);
    }
    Ok(planning::load(tx, vec![patient], now)?.pop())
}

struct Replan {
    now: Timestamp,
    /// The first and last date looked at.
    dates: (Date, Date),
    /// Dates whose day has begun.
    begun: BTreeSet<DateText>,
    /// What the plan asks for now.
    wanted: Rows,
    /// What is there and has not come yet.
    there: Vec<Occurrence>,
    /// When each line was last due.
    last_due: BTreeMap<PlanItemId, Timestamp>,
    moved: bool,
}

impl Replan {
    fn prepare(tx: &mut Tx<'_>, plan: &PatientPlan, now: Timestamp) -> Result<Self> {
        let from = utc_date(now).yesterday().map_err(Error::internal)?;
        let through = horizon(now)?;
        let id = plan.patient.id;
        let begun = days::between(tx, id, from, through)?
            .into_iter()
            .filter(|day| day.starts_at.timestamp() <= now)
            .map(|day| day.local_date)
            .collect();
        let mut wanted = Rows::default();
        plan.rows(from, through, now, &mut wanted)?;
        // A line may last have been due some days ago.
        let look_back = from.checked_sub(2.days()).map_err(Error::internal)?;
        let all = occurrences::between(tx, id, look_back, through)?;
        let mut last_due = BTreeMap::new();
        for row in all
            .iter()
            .filter(|row| row.due_at.timestamp() <= now && row.state != State::Cancelled)
        {
            let last = last_due
                .entry(row.plan_item_id)
                .or_insert(row.due_at.timestamp());
            *last = (*last).max(row.due_at.timestamp());
        }
        let there = all
            .into_iter()
            .filter(|row| row.plan_version == plan.version && row.due_at.timestamp() > now)
            .filter(|row| matches!(row.state, State::Planned | State::Excused))
            .collect();
        Ok(Self {
            now,
            dates: (from, through),
            begun,
            wanted,
            there,
            last_due,
            moved: false,
        })
    }

    fn run(mut self, tx: &mut Tx<'_>, plan: &PatientPlan) -> Result<()> {
        if self.moved {
            self.excuse_what_comes_too_soon(plan);
        }
        let mut wanted: BTreeMap<_, Occurrence> = std::mem::take(&mut self.wanted.occurrences)
            .into_iter()
            .map(|row| (place(&row), row))
            .collect();
        let mut gone = Vec::new();
        for row in std::mem::take(&mut self.there) {
            match wanted.remove(&place(&row)) {
                // Whatever rule made its id, it keeps it.
                Some(new) => self.change(tx, &row, Occurrence { id: row.id, ..new })?,
                None => gone.push(row),
            }
        }
        self.end(tx, plan.patient.id, &gone)?;
        // What is new: a date that now lies in the horizon, or after an event.
        let rows = Rows {
            soon: soon(wanted.values(), self.now)?,
            occurrences: wanted.into_values().collect(),
            days: std::mem::take(&mut self.wanted.days),
        };
        planner::write(tx, &rows)?;
        let (_, through) = self.dates;
        patients::set_planned_through(tx, plan.patient.id, through)
    }

    /// What the plan no longer has: it moved into the past with the zone, or its event has another date now.
    fn end(&self, tx: &mut Tx<'_>, patient: PatientId, gone: &[Occurrence]) -> Result<()> {
        let (event, why) = if self.moved {
            (Event::Excused, reason::TRAVEL)
        } else {
            (Event::Cancelled, reason::REPLANNED)
        };
        let to_come: Vec<Occurrence> = gone
            .iter()
            .filter(|row| !self.begun.contains(&row.local_date) || !self.moved)
            .cloned()
            .collect();
        apply(tx, patient, &to_come, event, why, self.now).map(drop)
    }

    fn change(&self, tx: &mut Tx<'_>, old: &Occurrence, mut new: Occurrence) -> Result<()> {
        let begun = self.begun.contains(&old.local_date);
        if begun {
            keep_instants(old, &mut new);
        }
        // Excused for a reason of its own: no plan says otherwise.
        if old.state == State::Excused && is_its_own(old.reason.as_deref()) {
            return Ok(());
        }
        if same(old, &new) {
            return Ok(());
        }
        let why = new.reason.clone().unwrap_or_else(|| "planned".to_owned());
        let detail = json!({
            "before": { "state": old.state, "due_at": old.due_at.timestamp(), "time_zone": old.time_zone },
            "why": why,
        });
        note(tx, old, "replanned", &detail, self.now)?;
        changes::take_back(tx, old.patient_id, &[old.id], None, self.now)?;
        if new.state == State::Planned {
            self.prompt_again(tx, &mut new)?;
        }
        occurrences::replan(tx, &new)
    }

    /// A sweep makes the prompts again, unless some went out already: then further ones wait by themselves.
    fn prompt_again(&self, tx: &mut Tx<'_>, row: &mut Occurrence) -> Result<()> {
        deliveries::forget_untried(tx, row.id)?;
        if deliveries::any(tx, row.id)? {
            let again: Vec<_> = planning::prompts(row)?
                .iter()
                .filter_map(|one| {
                    let step = u8::try_from(one.step).ok()? + deliveries::LADDER_STEPS;
                    Some(planning::prompt(row, step, one.due_at))
                })
                .collect();
            (row.remind_at, row.ladder) = (None, None);
            return deliveries::arm(tx, &again);
        }
        deliveries::insert(tx, &planning::soon(row, self.now)?).map(drop)
    }

    /// The first of each line after the change keeps its distance from the last one before it.
    fn excuse_what_comes_too_soon(&mut self, plan: &PatientPlan) {
        let gaps: BTreeMap<PlanItemId, SignedDuration> = plan
            .items
            .iter()
            .map(|(id, spec)| (*id, min_gap(spec)))
            .collect();
        for row in &mut self.wanted.occurrences {
            let last = self.last_due.get(&row.plan_item_id);
            let gap = gaps.get(&row.plan_item_id).copied().unwrap_or_default();
            if last.is_some_and(|last| row.due_at.timestamp().duration_since(*last) < gap) {
                row.state = State::Excused;
                row.reason = Some(reason::TRAVEL.to_owned());
                row.remind_at = None;
                row.ladder = None;
            }
        }
    }
}

fn soon<'a>(
    rows: impl Iterator<Item = &'a Occurrence>,
    now: Timestamp,
) -> Result<Vec<deliveries::Delivery>> {
    let mut all = Vec::new();
    for row in rows {
        all.extend(planning::soon(row, now)?);
    }
    Ok(all)
}

/// What there is one of, whatever its id.
fn place(row: &Occurrence) -> (PlanItemId, DateText, i64) {
    (row.plan_item_id, row.local_date.clone(), row.window_no)
}

fn keep_instants(old: &Occurrence, new: &mut Occurrence) {
    new.time_zone.clone_from(&old.time_zone);
    new.local_time.clone_from(&old.local_time);
    new.clock_rule = old.clock_rule;
    (new.opens_at, new.due_at, new.closes_at) = (old.opens_at, old.due_at, old.closes_at);
    if new.state == old.state {
        new.dose.clone_from(&old.dose);
        new.remind_at = old.remind_at;
        new.ladder.clone_from(&old.ladder);
    }
}

fn is_its_own(why: Option<&str>) -> bool {
    matches!(
        why,
        Some(reason::TRAVEL | reason::OUTAGE | super::delivery::reason::CIRCUIT_OPEN)
    )
}

fn same(old: &Occurrence, new: &Occurrence) -> bool {
    old.state == new.state
        && old.reason == new.reason
        && old.dose == new.dose
        && old.time_zone == new.time_zone
        && old.due_at == new.due_at
        && old.closes_at == new.closes_at
}
