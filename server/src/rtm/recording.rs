//! Use cases that change the ledger: timers, entries, calls, corrections; each is one transaction that evaluates it anew.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::ledger::{EntryState, state_of};
use super::service::evaluate;
use crate::app::App;
use crate::clinic_settings;
use crate::error::{Code, Error, FieldError, Result};
use crate::store::audit::Entry as Trail;
use crate::store::rtm::{self, Activity, Call, Entry, EntryHow, EvaluationCause};
use crate::store::types::{CareCallId, ClinicianId, PatientId, RtmEntryId};
use crate::store::{Scope, Tx, audit, clinics, patients};

/// The longest entry or call.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(4);
/// How far back time and calls can be recorded.
pub const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 400);

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From.
    pub started_at: Timestamp,
    /// Until.
    pub ended_at: Timestamp,
}

impl Times {
    /// Checks that these times can have been.
    ///
    /// # Errors
    /// Invalid with every broken rule.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        let mut errors = Vec::new();
        if self.ended_at < self.started_at {
            errors.push(FieldError::new("/ended_at", "must not be before the start"));
        } else if self.started_at.duration_until(self.ended_at) > LONGEST {
            let hours = LONGEST.as_hours();
            errors.push(FieldError::new(
                "/ended_at",
                format!("must be within {hours} hours of the start"),
            ));
        }
        if self.ended_at > now {
            errors.push(FieldError::new("/ended_at", "must not be in the future"));
        }
        if self.started_at.duration_until(now) > OLDEST {
            let days = OLDEST.as_hours() / 24;
            errors.push(FieldError::new(
                "/started_at",
                format!("must be within the last {days} days"),
            ));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(errors))
        }
    }
}

/// Runs a change of a patient's ledger: the patient is held, the ledger evaluated with it, and the trail gets a line.
async fn change<T: Send + 'static>(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    (name, cause, trail): (&'static str, EvaluationCause, Trail),
    work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let now = app.now();
    app.store
        .write(name, scope, move |tx| {
            // Accounts before patients, as a handover does.
            clinics::lock_clinician(tx, by)?;
            patients::lock(tx, patient)?;
            let done = work(tx)?;
            evaluate(tx, by, patient, cause, now)?;
            audit::append(tx, &[trail])?;
            Ok(done)
        })
        .await
}

/// Has the clinician's timer run for a patient. One that runs for it already stays, so that a repeat changes nothing.
///
/// # Errors
/// Not found when there is no such patient; conflict while the clinician's timer runs for another patient or activity.
pub async fn start(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    activity: Activity,
) -> Result<Entry> {
    let now = app.now();
    let id = RtmEntryId::from(app.ids.uuid());
    let trail = app.audit("rtm.start", "patient", Some(*patient.bytes()));
    let what = ("rtm_start", EvaluationCause::Entry, trail);
    change(app, scope, by, patient, what, move |tx| {
        if let Some(other) = rtm::running(tx, by, now)?.pop() {
            if other.patient_id == patient && other.activity == activity {
                return Ok(other);
            }
            return Err(Error::conflict(
                "a timer of yours runs already, for another patient or activity: stop it first",
                json!({ "running": other.id, "patient": other.patient_id, "activity": other.activity,
                    "started_at": other.started_at.timestamp() }),
            ));
        }
        let row = timer(tx, id, (by, patient, activity), now)?;
        rtm::insert_entry(tx, &row)?;
        Ok(row)
    })
    .await
}

fn timer(
    tx: &mut Tx<'_>,
    id: RtmEntryId,
    (by, patient, activity): (ClinicianId, PatientId, Activity),
    now: Timestamp,
) -> Result<Entry> {
    let limit = clinic_settings::current(tx)?.rtm.timer_min;
    let ends_by = now
        .checked_add(SignedDuration::from_mins(i64::from(limit)))
        .map_err(Error::internal)?;
    Ok(Entry {
        tenant_id: tx.tenant(),
        id,
        patient_id: patient,
        clinician_id: by,
        activity,
        started_at: now.into(),
        ended_at: None,
        ends_by_at: ends_by.into(),
        how: EntryHow::Timer,
        note: None,
        recorded_by: by,
        recorded_at: now.into(),
        replaces: None,
    })
}

/// Stops the clinician's timer that runs for a patient. Gives it; nothing when none runs, as after a repeat.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn stop(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
) -> Result<Option<Entry>> {
    let now = app.now();
    let trail = app.audit("rtm.stop", "patient", Some(*patient.bytes()));
    let what = ("rtm_stop", EvaluationCause::Entry, trail);
    change(app, scope, by, patient, what, move |tx| {
        let running = rtm::running(tx, by, now)?;
        let own = running.into_iter().find(|one| one.patient_id == patient);
        let Some(row) = own else {
            return Ok(None);
        };
        rtm::stop(tx, row.id, now)?;
        Ok(Some(Entry {
            ended_at: Some(now.into()),
            ..row
        }))
    })
    .await
}

/// Records time that was spent.
///
/// # Errors
/// Not found when there is no such patient; invalid with every broken rule.
pub async fn record(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    (activity, times, note): (Activity, Times, Option<String>),
) -> Result<Entry> {
    let now = app.now();
    times.check(now)?;
    let id = RtmEntryId::from(app.ids.uuid());
    let trail = app.audit("rtm.record", "patient", Some(*patient.bytes()));
    let what = ("rtm_record", EvaluationCause::Entry, trail);
    change(app, scope, by, patient, what, move |tx| {
        let row = Entry {
            tenant_id: tx.tenant(),
            id,
            patient_id: patient,
            clinician_id: by,
            activity,
            started_at: times.started_at.into(),
            ended_at: Some(times.ended_at.into()),
            ends_by_at: times.ended_at.into(),
            how: EntryHow::Typed,
            note: note.clone(),
            recorded_by: by,
            recorded_at: now.into(),
            replaces: None,
        };
        rtm::insert_entry(tx, &row)?;
        Ok(row)
    })
    .await
}

/// A row is corrected once: what took its place is corrected next.
fn not_corrected<Id: PartialEq + Serialize>(
    mut all: impl Iterator<Item = (Id, Option<Id>)>,
    wanted: Id,
) -> Result<()> {
    let wanted = Some(wanted);
    match all.find(|(_, replaces)| *replaces == wanted) {
        None => Ok(()),
        Some((later, _)) => Err(Error::conflict(
            "it was corrected already: correct what took its place",
            json!({ "replaced_by": later }),
        )),
    }
}

/// Corrects an entry: a row takes its place, the old one stays. Equal times strike it. The time stays that of who spent it.
///
/// # Errors
/// Not found when the patient has no such entry; conflict when it runs or was corrected already; invalid with every broken rule.
pub async fn correct(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    (patient, entry): (PatientId, RtmEntryId),
    (times, reason): (Times, String),
) -> Result<Entry> {
    let now = app.now();
    times.check(now)?;
    let id = RtmEntryId::from(app.ids.uuid());
    let trail = app.audit("rtm.correct", "patient", Some(*patient.bytes()));
    let what = ("rtm_correct", EvaluationCause::Correction, trail);
    change(app, scope, by, patient, what, move |tx| {
        let all = rtm::entries_of(tx, patient)?;
        let old = all.iter().find(|one| one.id == entry);
        let old = old.ok_or_else(Error::not_found)?;
        not_corrected(all.iter().map(|one| (one.id, one.replaces)), entry)?;
        if state_of(old, now) == EntryState::Running {
            return Err(Error::detailed(Code::Conflict, "it runs: stop it first"));
        }
        let row = Entry {
            id,
            started_at: times.started_at.into(),
            ended_at: Some(times.ended_at.into()),
            ends_by_at: times.ended_at.into(),
            how: EntryHow::Correction,
            note: Some(reason.clone()),
            recorded_by: by,
            recorded_at: now.into(),
            replaces: Some(entry),
            ..old.clone()
        };
        rtm::insert_entry(tx, &row)?;
        Ok(row)
    })
    .await
}

/// What is said of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    /// From when until when.
    pub times: Times,
    /// Both spoke with each other.
    pub live: bool,
    /// What it was about.
    pub note: Option<String>,
}

/// Notes a call.
///
/// # Errors
/// Not found when there is no such patient; invalid with every broken rule.
pub async fn call(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    new: NewCall,
) -> Result<Call> {
    let now = app.now();
    new.times.check(now)?;
    let id = CareCallId::from(app.ids.uuid());
    let trail = app.audit("rtm.call", "patient", Some(*patient.bytes()));
    let what = ("rtm_call", EvaluationCause::Call, trail);
    change(app, scope, by, patient, what, move |tx| {
        let row = Call {
            tenant_id: tx.tenant(),
            id,
            patient_id: patient,
            clinician_id: by,
            started_at: new.times.started_at.into(),
            ended_at: new.times.ended_at.into(),
            live: i64::from(new.live),
            note: new.note.clone(),
            recorded_by: by,
            recorded_at: now.into(),
            replaces: None,
        };
        rtm::insert_call(tx, &row)?;
        Ok(row)
    })
    .await
}

/// Corrects a call: a row takes its place, the old one stays.
///
/// # Errors
/// Not found when the patient has no such call; conflict when it was corrected already; invalid with every broken rule.
pub async fn correct_call(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    (patient, call): (PatientId, CareCallId),
    new: NewCall,
) -> Result<Call> {
    let now = app.now();
    new.times.check(now)?;
    let id = CareCallId::from(app.ids.uuid());
    let trail = app.audit("rtm.correct", "patient", Some(*patient.bytes()));
    let what = ("rtm_correct_call", EvaluationCause::Correction, trail);
    change(app, scope, by, patient, what, move |tx| {
        let all = rtm::calls_of(tx, patient)?;
        let old = all.iter().find(|one| one.id == call);
        let old = old.ok_or_else(Error::not_found)?;
        not_corrected(all.iter().map(|one| (one.id, one.replaces)), call)?;
        let row = Call {
            id,
            started_at: new.times.started_at.into(),
            ended_at: new.times.ended_at.into(),
            live: i64::from(new.live),
            note: new.note.clone(),
            recorded_by: by,
            recorded_at: now.into(),
            replaces: Some(call),
            ..old.clone()
        };
        rtm::insert_call(tx, &row)?;
        Ok(row)
    })
    .await
}
