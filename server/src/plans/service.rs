//! Use cases of plans; each is one transaction.

use jiff::{Timestamp, ToSpan};

use super::spec::{self, PlanItemSpec};
use crate::app::App;
use crate::error::{Code, Error, FieldError, Result};
use crate::reminders::planner;
use crate::reminders::state::{Event, transition};
use crate::store::audit;
use crate::store::occurrences::{self, Standing};
use crate::store::plans::{self, PlanItemRow, PlanVersion};
use crate::store::types::{ClinicianId, PatientId, PlanItemId};
use crate::store::{Scope, Tx, patients, prompts};

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
    let (note, base) = (new.note, new.base_version);
    let plan = app
        .store
        .write("publish_plan", scope, move |tx| {
            let patient = patients::lock(tx, patient)?;
            let version = next_version(tx, patient.id, base, clinician, &note, now)?;
            supersede(tx, patient.id, now)?;
            plans::insert(tx, &version, &item_rows(&version, &items)?)?;
            // The day before by UTC is still today somewhere.
            let from = now
                .to_zoned(jiff::tz::TimeZone::UTC)
                .date()
                .checked_sub(1.day())
                .map_err(Error::internal)?;
            planner::add_occurrences(tx, &patient, version.version, &items, from, now)?;
            audit::append(tx, &[entry])?;
            Ok(Plan {
                version,
                items: items.clone(),
            })
        })
        .await?;
    app.signals.wake();
    Ok(plan)
}

fn next_version(
    tx: &mut Tx<'_>,
    patient_id: PatientId,
    base: i64,
    published_by: ClinicianId,
    note: &str,
    now: Timestamp,
) -> Result<PlanVersion> {
    let current = plans::latest(tx, patient_id)?.map_or(0, |plan| plan.version);
    if current != base {
        let detail = format!(
            "the plan is at version {current} by now, not {base}: look at it and publish again"
        );
        return Err(Error::detailed(Code::Conflict, detail));
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

/// Cancels what is still to come; what is due already stays with the version it came from.
fn supersede(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<()> {
    let mut cancelled = Vec::new();
    for row in occurrences::planned(tx, patient)?
        .iter()
        .filter(|row| row.due_at.timestamp() > now)
    {
        let Ok((state, _)) = transition(row.state, &planner::span_of(row)?, Event::Superseded)
        else {
            continue;
        };
        let standing = Standing {
            state,
            reason: Some("superseded".to_owned()),
            done_fraction: None,
            answered_at: None,
            done_amount: None,
        };
        occurrences::set_standing(tx, row.id, &standing)?;
        cancelled.push(row.id);
    }
    prompts::withdraw(tx, &cancelled)
}
