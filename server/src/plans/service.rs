//! Use cases of plans; each is one transaction.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::calendar_file::{self, Calendar};
use super::diff;
use super::preview::{self, Compared, Shown};
use super::rules::PlanContext;
use super::spec::{self, PlanItemSpec};
use super::suggest;
use crate::app::App;
use crate::consent;
use crate::error::{Error, FieldError, Result};
use crate::notices::{self, NewNotice};
use crate::planted::{self, Bug};
use crate::push::Locale;
use crate::reminders::changes::{apply, reason};
use crate::reminders::patient_day::{Place, day_start};
use crate::reminders::state::Event;
use crate::reminders::{planner, planning};
use crate::store::occurrences::{self, Occurrence};
use crate::store::patients::Patient;
use crate::store::plans::{self, PlanItemRow, PlanVersion};
use crate::store::types::{ClinicianId, DateText, DeliveryId, NoticeId, PatientId, PlanItemId};
use crate::store::{Scope, Tx, audit, deliveries, patients};

/// A version and its lines.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The version.
    pub version: PlanVersion,
    /// Its lines in order.
    pub items: Vec<(PlanItemId, PlanItemSpec)>,
}

/// What a clinician publishes.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The version the clinician looked at; 0 when there was none.
    pub base_version: i64,
    /// A note on it.
    pub note: String,
    /// The lines.
    pub items: Vec<PlanItemSpec>,
    /// Observations whose suggestions are accepted with it.
    pub accepts: Vec<String>,
}

/// The lines of a version as specifications.
pub fn plan_items(rows: &[PlanItemRow]) -> Result<Vec<(PlanItemId, PlanItemSpec)>> {
    rows.iter()
        .map(|row| {
            Ok((
                row.id,
                serde_json::from_str(&row.body).map_err(Error::internal)?,
            ))
        })
        .collect()
}

/// A patient's current plan, if there is one.
pub async fn current(app: &App, scope: Scope, patient: PatientId) -> Result<Option<Plan>> {
    app.store
        .read("plan", scope, move |tx| in_force(tx, patient))
        .await
}

/// The same inside a transaction.
pub fn in_force(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Plan>> {
    patients::find(tx, patient)?;
    let Some(version) = plans::latest(tx, patient)? else {
        return Ok(None);
    };
    let items = plan_items(&plans::items(tx, patient, version.version)?)?;
    Ok(Some(Plan { version, items }))
}

/// A patient's current plan as a calendar file.
///
/// # Errors
/// Not found before the first version is published.
pub async fn calendar_file(app: &App, scope: Scope, patient: PatientId) -> Result<String> {
    let now = app.now();
    let (row, plan, events) = app
        .store
        .read("plan_calendar", scope, move |tx| {
            let row = patients::find(tx, patient)?;
            let plan = in_force(tx, patient)?;
            let loaded = planning::load(tx, vec![row.clone()], now)?.pop();
            Ok((
                row,
                plan,
                loaded.map(|loaded| loaded.events).unwrap_or_default(),
            ))
        })
        .await?;
    let plan = plan.ok_or_else(Error::not_found)?;
    let zone = planner::zone_of(&row)?;
    let calendar = Calendar {
        zone_name: &row.time_zone,
        zone: &zone,
        locale: Locale::from_tag(&row.locale),
        context: &PlanContext {
            day_starts_at: day_start(&row),
            events,
            level: 0,
        },
        published_at: plan.version.published_at.timestamp(),
        now,
    };
    Ok(calendar_file::calendar_file(&calendar, &plan.items))
}

/// Publishes a new version: what the old one still had to come is cancelled, what the new one has to
/// come is frozen, prompts follow; all or nothing.
///
/// # Errors
/// Invalid items with every broken rule; conflict when someone published since `base_version`.
pub async fn publish(
    app: &App,
    scope: Scope,
    clinician: ClinicianId,
    patient: PatientId,
    new: NewVersion,
) -> Result<Plan> {
    let errors: Vec<FieldError> = spec::check_items(&new.items);
    if !errors.is_empty() {
        return Err(Error::fields(errors));
    }
    let now = app.now();
    let items: Vec<(PlanItemId, PlanItemSpec)> = new
        .items
        .into_iter()
        .map(|item| (PlanItemId::from(app.ids.uuid()), item))
        .collect();
    let entry = app.audit("plan.publish", "patient", Some(*patient.bytes()));
    let (note, base, accepts) = (new.note, new.base_version, new.accepts);
    let ids = NoticeIds::new(app);
    let plan = app
        .store
        .write("publish_plan", scope, move |tx| {
            let patient = patients::lock(tx, patient)?;
            consent::service::require_active(tx, patient.id)?;
            let version = next_version(tx, patient.id, base, clinician, &note, now)?;
            let cancelled = supersede(tx, patient.id, now)?;
            plans::insert(tx, &version, &item_rows(&version, &items)?)?;
            let planned = plan_again(tx, &patient, now)?;
            // A first plan speaks for itself, by its prompts.
            if version.version > 1 {
                ids.tell(tx, &patient, &cancelled, &planned, now)?;
            }
            let lines: Vec<PlanItemSpec> = items.iter().map(|(_, spec)| spec.clone()).collect();
            let signed = (version.version, lines.as_slice());
            suggest::service::published(tx, &patient, signed, &accepts, clinician, now)?;
            if !planted::is(Bug::LeavesNoTrail) {
                audit::append(tx, &[entry])?;
            }
            Ok(Plan {
                version,
                items: items.clone(),
            })
        })
        .await?;
    app.signals.wake();
    Ok(plan)
}

/// What publishing would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Whose plan.
    pub patient: Patient,
    /// The version in force; none before the first.
    pub in_force: Option<PlanVersion>,
    /// The coming days.
    pub shown: Shown,
    /// The lines in force.
    pub before: Vec<PlanItemSpec>,
    /// The lines typed.
    pub after: Vec<PlanItemSpec>,
}

/// What publishing these lines would do, day by day. Nothing is stored; what would refuse the version refuses this.
///
/// # Errors
/// Those of [`publish`].
pub async fn preview(
    app: &App,
    scope: Scope,
    clinician: ClinicianId,
    patient: PatientId,
    new: NewVersion,
) -> Result<Preview> {
    let errors: Vec<FieldError> = spec::check_items(&new.items);
    if !errors.is_empty() {
        return Err(Error::fields(errors));
    }
    let now = app.now();
    app.store
        .read("preview_plan", scope, move |tx| {
            let patient = patients::find(tx, patient)?;
            consent::service::require_active(tx, patient.id)?;
            let (base, note) = (new.base_version, &new.note);
            let version = next_version(tx, patient.id, base, clinician, note, now)?;
            let in_force = planning::load(tx, vec![patient.clone()], now)?.pop();
            let typed = planning::as_if(
                tx,
                patient.clone(),
                version.version,
                numbered(&new.items),
                now,
            )?;
            let today = typed.place.date_at(now);
            let through = today
                .checked_add(preview::DAYS.days())
                .map_err(Error::internal)?;
            let compared = Compared {
                there: &occurrences::between(tx, patient.id, today, through)?,
                in_force: in_force.as_ref(),
                typed: &typed,
                now,
            };
            let before = in_force.iter().flat_map(|plan| &plan.items);
            Ok(Preview {
                in_force: plans::latest(tx, patient.id)?,
                shown: compared.show()?,
                before: before.map(|(_, spec)| spec.clone()).collect(),
                after: new.items.clone(),
                patient,
            })
        })
        .await
}

/// Lines with ids that only tell them apart: nobody stores them.
fn numbered(items: &[PlanItemSpec]) -> Vec<(PlanItemId, PlanItemSpec)> {
    items
        .iter()
        .zip(1_u128..)
        .map(|(item, number)| (PlanItemId::from(number.to_be_bytes()), item.clone()))
        .collect()
}

/// Every version of a patient's plan, newest first.
pub async fn versions(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<PlanVersion>> {
    app.store
        .read("plan_versions", scope, move |tx| {
            patients::find(tx, patient)?;
            plans::versions(tx, patient)
        })
        .await
}

/// One version with its lines.
///
/// # Errors
/// Not found when there is none.
pub async fn version(app: &App, scope: Scope, patient: PatientId, version: i64) -> Result<Plan> {
    app.store
        .read("plan_version", scope, move |tx| {
            patients::find(tx, patient)?;
            let version = plans::version(tx, patient, version)?.ok_or_else(Error::not_found)?;
            let items = plan_items(&plans::items(tx, patient, version.version)?)?;
            Ok(Plan { version, items })
        })
        .await
}

/// What tells a patient that the plan changed.
#[derive(Clone, Copy)]
struct NoticeIds {
    notice: NoticeId,
    delivery: DeliveryId,
}

impl NoticeIds {
    fn new(app: &App) -> Self {
        Self {
            notice: NoticeId::from(app.ids.uuid()),
            delivery: DeliveryId::from(app.ids.uuid()),
        }
    }

    /// Tells what is different today; nothing where today stays as it was.
    fn tell(
        self,
        tx: &mut Tx<'_>,
        patient: &Patient,
        cancelled: &[Occurrence],
        planned: &[Occurrence],
        now: Timestamp,
    ) -> Result<()> {
        let today = DateText::from(Place::of(patient)?.date_at(now));
        let times = |rows: &[Occurrence]| -> BTreeSet<(String, String)> {
            rows.iter()
                .filter(|row| row.local_date == today)
                .map(|row| (row.local_time.clone(), row.exercise_key.clone()))
                .collect()
        };
        let (before, after) = (times(cancelled), times(planned));
        let only =
            |a: &BTreeSet<(String, String)>, b: &BTreeSet<(String, String)>| -> Vec<String> {
                a.difference(b).map(|(time, _)| time.clone()).collect()
            };
        let (removed, added) = (only(&before, &after), only(&after, &before));
        let key = match (removed.is_empty(), added.is_empty()) {
            (true, true) => return Ok(()),
            (false, false) => "plan_changed",
            (true, false) => "plan_added",
            (false, true) => "plan_removed",
        };
        let notice = NewNotice {
            id: self.notice,
            key,
            values: json!({ "removed": removed, "added": added }),
        };
        notices::tell(tx, patient.id, &notice, now)?;
        let row = notices::delivery(tx.tenant(), patient.id, self.delivery, now);
        deliveries::insert(tx, &[row]).map(drop)
    }
}

/// Freezes what the version has to come, but not what an earlier version asked for at the same time of the same day
/// and the patient answered already.
fn plan_again(tx: &mut Tx<'_>, patient: &Patient, now: Timestamp) -> Result<Vec<Occurrence>> {
    let Some(plan) = planning::load(tx, vec![patient.clone()], now)?.pop() else {
        return Ok(Vec::new());
    };
    // The day before by UTC is still today somewhere.
    let from = planner::utc_date(now)
        .checked_sub(1.day())
        .map_err(Error::internal)?;
    let through = planner::horizon(now)?;
    let there = occurrences::between(tx, patient.id, from, through)?;
    let rows = preview::to_freeze(&plan, &there, (from, through), now)?;
    planner::write(tx, &rows)?;
    patients::begin_watch(tx, &[patient.id], now)?;
    patients::set_planned_through(tx, patient.id, through)?;
    Ok(rows.occurrences)
}

fn next_version(
    tx: &mut Tx<'_>,
    patient_id: PatientId,
    base: i64,
    published_by: ClinicianId,
    note: &str,
    now: Timestamp,
) -> Result<PlanVersion> {
    let latest = plans::latest(tx, patient_id)?;
    let current = latest.as_ref().map_or(0, |plan| plan.version);
    if current != base {
        let detail = format!(
            "the plan is at version {current} by now, not {base}: look at it and publish again"
        );
        let what = difference(tx, patient_id, base, latest.as_ref())?;
        return Err(Error::conflict(detail, what));
    }
    Ok(PlanVersion {
        tenant_id: tx.tenant(),
        patient_id,
        version: current + 1,
        note: note.to_owned(),
        published_by,
        published_at: now.into(),
    })
}

/// What somebody else published since the version the caller looked at.
fn difference(
    tx: &mut Tx<'_>,
    patient: PatientId,
    base: i64,
    latest: Option<&PlanVersion>,
) -> Result<serde_json::Value> {
    let mut specs = |version: i64| -> Result<Vec<PlanItemSpec>> {
        let items = plan_items(&plans::items(tx, patient, version)?)?;
        Ok(items.into_iter().map(|(_, spec)| spec).collect())
    };
    let (before, after) = (specs(base)?, specs(latest.map_or(0, |plan| plan.version))?);
    Ok(json!({
        "base_version": base,
        "current_version": latest.map_or(0, |plan| plan.version),
        "published_by": latest.map(|plan| plan.published_by),
        "published_at": latest.map(|plan| plan.published_at.timestamp()),
        "diff": diff::diff(&before, &after),
    }))
}

fn item_rows(
    version: &PlanVersion,
    items: &[(PlanItemId, PlanItemSpec)],
) -> Result<Vec<PlanItemRow>> {
    items
        .iter()
        .zip(0..)
        .map(|((id, item), position)| {
            Ok(PlanItemRow {
                tenant_id: version.tenant_id,
                id: *id,
                patient_id: version.patient_id,
                plan_version: version.version,
                position,
                exercise_key: item.exercise.clone(),
                body: serde_json::to_string(item).map_err(Error::internal)?,
            })
        })
        .collect()
}

/// Cancels what is still to come; what is due already stays with the version it came from. Gives what was cancelled.
fn supersede(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<Vec<Occurrence>> {
    let to_come = occurrences::to_come(tx, patient, now)?;
    if planted::is(Bug::KeepsOldPlan) {
        return Ok(Vec::new());
    }
    apply(
        tx,
        patient,
        &to_come,
        Event::Cancelled,
        reason::SUPERSEDED,
        now,
    )?;
    Ok(to_come)
}
