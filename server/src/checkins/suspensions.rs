//! Suspensions as a clinician sees and ends them.

pub(crate) use super::effects::title;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::guard::Clinician;
use crate::notices::{self, NewNotice};
use crate::reminders::replan;
use crate::store::suspensions::{self, Suspension, SuspensionEnd};
use crate::store::types::{PatientId, SuspensionId};
use crate::store::{Scope, audit, patients};

/// Suspensions one answer shows.
const SHOWN: i64 = 200;

/// A patient's suspensions, newest first, with who ended them.
pub(super) async fn list(
    app: &App,
    scope: Scope,
    patient: PatientId,
) -> Result<Vec<(Suspension, Option<SuspensionEnd>)>> {
    app.store
        .read("suspensions", scope, move |tx| {
            patients::find(tx, patient)?;
            suspensions::of_patient(tx, patient, SHOWN)
        })
        .await
}

/// What of a patient's plan is held back now.
pub(crate) async fn live(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<Suspension>> {
    let now = app.now();
    app.store
        .read("live_suspensions", scope, move |tx| {
            suspensions::live(tx, &[patient], now)
        })
        .await
}

/// Ends a suspension, with a note of why. What is still to come is planned again.
///
/// # Errors
/// Conflict when it has ended already.
pub(crate) async fn end(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    id: SuspensionId,
    note: String,
) -> Result<(Suspension, Option<SuspensionEnd>)> {
    let now = app.now();
    let entry = app
        .audit("suspension.end", "suspension", Some(*id.bytes()))
        .about(patient);
    let notice = NewNotice::new(app, "plan_continues", serde_json::json!({}));
    let by = clinician.id;
    let ended = app
        .store
        .write("end_suspension", clinician.scope, move |tx| {
            patients::lock(tx, patient)?;
            let row = suspensions::find(tx, patient, id)?;
            if row.until_at.is_some_and(|until| until.timestamp() <= now) {
                let detail = "the suspension has ended already";
                return Err(Error::detailed(Code::Conflict, detail));
            }
            suspensions::end(tx, id, now)?;
            let end = SuspensionEnd {
                tenant_id: tx.tenant(),
                suspension_id: id,
                ended_by: by,
                note: note.clone(),
                ended_at: now.into(),
            };
            suspensions::insert_end(tx, &end)?;
            replan::replan(tx, patient, now)?;
            notices::tell(tx, patient, &notice, now)?;
            audit::append(tx, &[entry])?;
            let row = suspensions::find(tx, patient, id)?;
            Ok((row, Some(end)))
        })
        .await?;
    app.signals.wake();
    Ok(ended)
}
