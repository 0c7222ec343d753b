//! From a patient's plan to frozen rows: what is loaded for it, and the rows themselves, pure.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::patient_day::{self, Place};
use super::state::State;
use super::sweep::blank;
use crate::error::{Error, Result};
use crate::plans::PlanItemSpec;
use crate::plans::rules::{self, EventDates, PlanContext, PlannedOccurrence};
use crate::plans::service::plan_items;
use crate::plans::spec::{Dose, EventKind};
use crate::planted::{self, Bug};
use crate::store::care_events::{self, CareEventKind};
use crate::store::days::PatientDay;
use crate::store::deliveries::{Delivery, DeliveryKind, prompt_id};
use crate::store::occurrences::Occurrence;
use crate::store::patients::{Patient, PatientStatus};
use crate::store::pauses::{self, Pause};
use crate::store::suspensions::{self, Suspension};
use crate::store::sweeps::shard_of;
use crate::store::types::{DateText, PatientId, PlanItemId, UtcMicros};
use crate::store::{Tx, plans};

/// What is due this soon is made a delivery by whoever plans it: the sweep may have passed its instant before the
/// plan is committed. No transaction lasts as long.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// Why an occurrence of a suspended exercise is excused.
pub const SUSPENDED: &str = "suspended";

/// Everything one patient's rows depend on.
#[derive(Debug, Clone)]
pub struct PatientPlan {
    /// The patient.
    pub patient: Patient,
    /// Where the patient is.
    pub place: Place,
    /// The version in force.
    pub version: i64,
    /// Its lines.
    pub items: Vec<(PlanItemId, PlanItemSpec)>,
    /// Times in which nothing is asked.
    pub pauses: Vec<Pause>,
    /// Exercises held back.
    pub suspensions: Vec<Suspension>,
    /// Dates relative schedules count from.
    pub events: EventDates,
    /// Levels of graded exercises, by key.
    pub levels: BTreeMap<String, usize>,
}

/// Loads what the rows of these patients depend on; a patient without a plan is left out.
pub fn load(tx: &mut Tx<'_>, patients: Vec<Patient>, now: Timestamp) -> Result<Vec<PatientPlan>> {
    let ids: Vec<PatientId> = patients.iter().map(|patient| patient.id).collect();
    let versions = plans::latest_of(tx, &ids)?;
    let mut items = plans::items_of(tx, &versions)?;
    let mut around = Around::load(tx, &ids, now)?;
    let mut all = Vec::with_capacity(patients.len());
    for patient in patients {
        let Some(version) = versions.get(&patient.id).copied() else {
            continue;
        };
        let lines = plan_items(&items.remove(&patient.id).unwrap_or_default())?;
        all.push(around.plan(patient, version, lines)?);
    }
    Ok(all)
}

/// A patient's plan as it would be with these lines, which nobody signed yet.
pub fn as_if(
    tx: &mut Tx<'_>,
    patient: Patient,
    version: i64,
    items: Vec<(PlanItemId, PlanItemSpec)>,
    now: Timestamp,
) -> Result<PatientPlan> {
    Around::load(tx, &[patient.id], now)?.plan(patient, version, items)
}

/// What rows depend on besides the plan, by patient.
#[derive(Default)]
struct Around {
    pauses: BTreeMap<PatientId, Vec<Pause>>,
    held: BTreeMap<PatientId, Vec<Suspension>>,
    events: BTreeMap<PatientId, EventDates>,
    levels: BTreeMap<PatientId, BTreeMap<String, usize>>,
}

impl Around {
    fn load(tx: &mut Tx<'_>, ids: &[PatientId], now: Timestamp) -> Result<Self> {
        let mut around = Self {
            pauses: pauses::of_patients(tx, ids)?,
            ..Self::default()
        };
        for one in suspensions::live(tx, ids, now)? {
            around.held.entry(one.patient_id).or_default().push(one);
        }
        for event in care_events::standing(tx, ids)? {
            // In order of date: of two of a kind the later counts.
            if let Some(kind) = counted_from(event.kind) {
                let date = event.event_date.date().map_err(Error::internal)?;
                let own = around.events.entry(event.patient_id).or_default();
                own.set(kind, date);
            }
        }
        for level in care_events::levels(tx, ids)? {
            let at = usize::try_from(level.level).unwrap_or(0);
            let own = around.levels.entry(level.patient_id).or_default();
            own.insert(level.exercise_key, at);
        }
        Ok(around)
    }

    fn plan(
        &mut self,
        patient: Patient,
        version: i64,
        items: Vec<(PlanItemId, PlanItemSpec)>,
    ) -> Result<PatientPlan> {
        Ok(PatientPlan {
            place: Place::of(&patient)?,
            version,
            items,
            pauses: self.pauses.remove(&patient.id).unwrap_or_default(),
            suspensions: self.held.remove(&patient.id).unwrap_or_default(),
            events: self.events.remove(&patient.id).unwrap_or_default(),
            levels: self.levels.remove(&patient.id).unwrap_or_default(),
            patient,
        })
    }
}

fn counted_from(kind: CareEventKind) -> Option<EventKind> {
    match kind {
        CareEventKind::Surgery => Some(EventKind::Surgery),
        CareEventKind::OrthoticIssued => Some(EventKind::OrthoticIssued),
        CareEventKind::ShoeIssued => Some(EventKind::ShoeIssued),
        CareEventKind::Visit => Some(EventKind::Visit),
        CareEventKind::Fall => None,
    }
}

/// Rows ready to be written.
#[derive(Debug, Default)]
pub struct Rows {
    /// Days.
    pub days: Vec<PatientDay>,
    /// Occurrences.
    pub occurrences: Vec<Occurrence>,
    /// Prompts that are due so soon that no sweep may be waited for.
    pub soon: Vec<Delivery>,
}

impl PatientPlan {
    /// Adds the rows of the dates from `from` through `through` that are not due yet.
    pub fn rows(&self, from: Date, through: Date, now: Timestamp, into: &mut Rows) -> Result<()> {
        let (tenant, id) = (self.patient.tenant_id, self.patient.id);
        into.days
            .extend(patient_day::days(tenant, id, &self.place, from, through)?);
        if self.patient.status != PatientStatus::Active {
            return Ok(());
        }
        let utc = jiff::tz::TimeZone::UTC;
        let zone = if planted::is(Bug::UtcForZone) {
            &utc
        } else {
            &self.place.zone
        };
        let table = rules::table_for(zone, from, through);
        for (item, spec) in &self.items {
            let context = self.context(spec);
            let planned = rules::occurrences_in(spec, &table, &context, from, through);
            // What was due before the version existed is not asked for afterwards.
            for planned in planned.into_iter().filter(|one| one.due_at > now) {
                let gap = planned.clock_rule == rules::ClockRule::GapShiftForward;
                if gap && planted::is(Bug::SkipsGaps) {
                    continue;
                }
                let row = self.row(*item, spec, &planned, now)?;
                into.soon.extend(soon(&row, now)?);
                into.occurrences.push(row);
            }
        }
        Ok(())
    }

    /// What an item is due by besides itself.
    pub fn context(&self, spec: &PlanItemSpec) -> PlanContext {
        PlanContext {
            day_starts_at: self.place.starts,
            events: self.events.clone(),
            level: self.levels.get(&spec.exercise).copied().unwrap_or(0),
        }
    }

    fn row(
        &self,
        item: PlanItemId,
        spec: &PlanItemSpec,
        planned: &PlannedOccurrence,
        now: Timestamp,
    ) -> Result<Occurrence> {
        let excuse = self.excuse(spec, planned.local_date, planned.due_at);
        let reminders = match excuse {
            Some(_) => Vec::new(),
            None => self.reminders(spec, planned, now),
        };
        let dose = self.dose(&planned.dose, planned.local_date);
        Ok(Occurrence {
            tenant_id: self.patient.tenant_id,
            id: rules::occurrence_id(
                self.patient.id,
                item,
                planned.local_date,
                planned.local_time,
                planned.window_no,
            ),
            patient_id: self.patient.id,
            plan_version: self.version,
            plan_item_id: item,
            window_no: i64::try_from(planned.window_no).map_err(Error::internal)?,
            exercise_key: spec.exercise.clone(),
            dose: serde_json::to_string(&dose).map_err(Error::internal)?,
            local_date: planned.local_date.into(),
            local_time: planned.local_time.strftime("%H:%M").to_string(),
            time_zone: self.place.name.clone(),
            clock_rule: planned.clock_rule,
            opens_at: planned.opens_at.into(),
            due_at: planned.due_at.into(),
            closes_at: planned.closes_at.into(),
            state: if excuse.is_some() {
                State::Excused
            } else {
                State::Planned
            },
            reason: excuse.map(str::to_owned),
            done_fraction: None,
            answered_at: None,
            planned_at: now.into(),
            remind_at: reminders.first().map(|(_, at)| UtcMicros::from(*at)),
            ladder: ladder_text(&reminders)?,
            shard: shard_of(self.patient.id),
            flexible: i64::from(planned.flexible),
            done_amount: None,
        })
    }

    /// Why nothing is asked at that time, if so.
    pub fn excuse(&self, spec: &PlanItemSpec, date: Date, due_at: Timestamp) -> Option<&str> {
        let date = DateText::from(date);
        let paused = self
            .pauses
            .iter()
            .find(|pause| pause.holds(&date))
            .map(|pause| pause.reason.as_str());
        paused.or_else(|| {
            let held = self
                .suspensions
                .iter()
                .find(|one| one.holds(&spec.exercise, due_at));
            held.map(|_| SUSPENDED)
        })
    }

    /// When reminders are still to come. What insoles can tell is asked about at the time it should be worn by.
    pub fn reminders(
        &self,
        spec: &PlanItemSpec,
        planned: &PlannedOccurrence,
        now: Timestamp,
    ) -> Vec<(u8, Timestamp)> {
        let worn_by = spec.sensor.as_ref().and_then(|sensor| sensor.remind_at());
        let all = match worn_by {
            Some(time) => rules::instant_of(&self.place.zone, planned.local_date, time)
                .map(|(at, _)| at)
                .filter(|at| planned.opens_at <= *at && *at < planned.closes_at)
                .map(|at| vec![(0, at)])
                .unwrap_or_default(),
            None => planned.reminders(spec),
        };
        let to_come = all.into_iter().map(|(_, at)| at).filter(|at| *at > now);
        (0..).zip(to_come).collect()
    }

    /// After a pause a dose comes back by steps.
    fn dose(&self, dose: &Dose, date: Date) -> Dose {
        let percent = self
            .pauses
            .iter()
            .filter_map(|pause| pause.ramp_on(date))
            .min();
        percent.map_or_else(|| dose.clone(), |percent| dose.scaled(percent))
    }
}

/// The prompts of an occurrence, where no sweep may be waited for.
pub fn soon(row: &Occurrence, now: Timestamp) -> Result<Vec<Delivery>> {
    let soon = now.checked_add(SOON).map_err(Error::internal)?;
    match row.remind_at {
        Some(at) if row.state == State::Planned && at.timestamp() <= soon => prompts(row),
        _ => Ok(Vec::new()),
    }
}

/// Every prompt an occurrence is still to have, waiting for its time.
pub fn prompts(row: &Occurrence) -> Result<Vec<Delivery>> {
    let further: Vec<(u8, i64)> = match &row.ladder {
        Some(text) => serde_json::from_str(text).map_err(Error::internal)?,
        None => Vec::new(),
    };
    let first = row.remind_at.map(|at| (0, at.0));
    Ok(first
        .into_iter()
        .chain(further)
        .map(|(step, at)| prompt(row, step, UtcMicros(at)))
        .collect())
}

/// One prompt of an occurrence, waiting for its time.
pub fn prompt(row: &Occurrence, step: u8, at: UtcMicros) -> Delivery {
    Delivery {
        id: prompt_id(row.id, step),
        kind: DeliveryKind::Prompt,
        occurrence_id: Some(row.id),
        step: i64::from(step),
        due_at: at,
        expires_at: row.closes_at,
        next_attempt_at: Some(at),
        ..blank(row.tenant_id, row.patient_id)
    }
}

/// The rungs after the first, as they are stored.
pub fn ladder_text(reminders: &[(u8, Timestamp)]) -> Result<Option<String>> {
    let further: Vec<(u8, i64)> = reminders
        .iter()
        .skip(1)
        .map(|(step, at)| (*step, at.as_microsecond()))
        .collect();
    if further.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(&further)
        .map(Some)
        .map_err(Error::internal)
}
