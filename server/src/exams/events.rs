//! Dated events of an episode: surgery, orthotics and shoes handed over, visits, falls. Taken back, they stay in the
//! record and count nowhere.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde_json::json;

use super::service::FIRST_YEAR;
use crate::app::App;
use crate::attention::{Finding, raise, settle_where};
use crate::error::{Error, FieldError, Result};
use crate::http::guard::{Clinician, Patient};
use crate::insoles::calendar::Calendar;
use crate::insoles::footwear::EventDetail;
use crate::reminders::replan::replan;
use crate::store::alerts::{Alert, AlertState, Severity};
use crate::store::audit::Entry;
use crate::store::care_events::{self, CareEvent, CareEventKind};
use crate::store::types::{CareEventId, ClinicianId, PatientId};
use crate::store::{Scope, Tx, audit, patients, wear};

/// The rule of the alert that a fall raises.
const FALL: &str = "fall";
/// Version of that rule.
const FALL_VERSION: &str = "fall-1";
/// A safety matter is put off for four hours at most (care, section 6.2); then it goes to somebody else.
const FALL_ACT_WITHIN: SignedDuration = SignedDuration::from_hours(4);
/// An operation or a visit may be planned this far ahead.
const AHEAD_DAYS: i32 = 366;
/// A patient tells of what happened in the last so many days.
const PATIENT_BACK_DAYS: i32 = 31;

/// An event to be recorded.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What.
    pub kind: CareEventKind,
    /// On which of the patient's dates.
    pub date: Date,
    /// More of it.
    pub detail: EventDetail,
}

impl NewEvent {
    fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        let mut belongs = |field: &str, given: bool, kind: CareEventKind| {
            if given && self.kind != kind {
                errors.push(FieldError::new(
                    format!("/{field}"),
                    format!("belongs to {kind} only"),
                ));
            }
        };
        let detail = &self.detail;
        belongs(
            "orthotic_id",
            detail.orthotic_id.is_some(),
            CareEventKind::OrthoticIssued,
        );
        belongs(
            "shoe_id",
            detail.shoe_id.is_some(),
            CareEventKind::ShoeIssued,
        );
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(errors))
        }
    }

    /// The dates it may have.
    fn check_date(&self, today: Date, by_patient: bool) -> Result<()> {
        let ahead = match self.kind {
            CareEventKind::Surgery | CareEventKind::Visit => AHEAD_DAYS,
            CareEventKind::OrthoticIssued | CareEventKind::ShoeIssued | CareEventKind::Fall => 0,
        };
        let latest = today.saturating_add(ahead.days());
        let earliest = if by_patient {
            today.saturating_sub(PATIENT_BACK_DAYS.days())
        } else {
            Date::constant(FIRST_YEAR, 1, 1)
        };
        if (earliest..=latest).contains(&self.date) {
            return Ok(());
        }
        Err(Error::field(
            "/date",
            if by_patient {
                "must be one of the last 31 days, today included"
            } else {
                "must not lie in the future; surgery and visits at most a year ahead"
            },
        ))
    }
}

/// Ids and time for recording, taken before the transaction.
#[derive(Debug, Clone)]
struct Fresh {
    event: CareEventId,
    fall: Finding,
    entry: Entry,
    now: Timestamp,
}

impl Fresh {
    fn of(app: &App, date: Date) -> Self {
        let event = CareEventId::from(app.ids.uuid());
        let now = app.now();
        let evidence =
            json!({ "event_id": event, "date": date.to_string(), "reported_by": "patient" });
        let mut fall = Finding::new(app, FALL, FALL_VERSION, Severity::Critical, evidence);
        fall.due_at = now.checked_add(FALL_ACT_WITHIN).ok();
        let entry = app.audit("care_event.record", "care_event", Some(*event.bytes()));
        Self {
            event,
            fall,
            entry,
            now,
        }
    }
}

/// Records what a clinician says happened. The same said twice is one event.
///
/// # Errors
/// Invalid when a date or a field does not fit the kind.
pub async fn record(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    new: NewEvent,
) -> Result<CareEventId> {
    new.check()?;
    let (fresh, by) = (Fresh::of(app, new.date), clinician.id);
    let id = app
        .store
        .write("record_event", clinician.scope, move |tx| {
            record_event(tx, patient, &new, Some(by), &fresh)
        })
        .await?;
    app.signals.wake();
    Ok(id)
}

/// Records what a patient says happened: a fall, which a clinician hears of at once, or new shoes.
///
/// # Errors
/// Invalid for any other kind, or when a date or a field does not fit.
pub async fn report(app: &App, me: &Patient, new: NewEvent) -> Result<CareEventId> {
    if !matches!(new.kind, CareEventKind::Fall | CareEventKind::ShoeIssued) {
        return Err(Error::field("/kind", "must be fall or shoe_issued"));
    }
    new.check()?;
    let (fresh, patient) = (Fresh::of(app, new.date), me.id);
    let id = app
        .store
        .write("report_event", me.scope, move |tx| {
            record_event(tx, patient, &new, None, &fresh)
        })
        .await?;
    app.signals.wake();
    Ok(id)
}

fn record_event(
    tx: &mut Tx<'_>,
    patient: PatientId,
    new: &NewEvent,
    by: Option<ClinicianId>,
    fresh: &Fresh,
) -> Result<CareEventId> {
    patients::lock(tx, patient)?;
    let today = Calendar::of(tx, patient, fresh.now, fresh.now)?.date_of(fresh.now);
    new.check_date(today, by.is_none())?;
    let row = CareEvent {
        tenant_id: tx.tenant(),
        id: fresh.event,
        patient_id: patient,
        kind: new.kind,
        event_date: new.date.into(),
        detail: serde_json::to_string(&new.detail).map_err(Error::internal)?,
        recorded_by: by,
        recorded_at: fresh.now.into(),
        retracted_at: None,
    };
    let same = |one: &CareEvent| {
        (
            one.kind,
            &one.event_date,
            &one.detail,
            one.recorded_by.is_some(),
        ) == (
            row.kind,
            &row.event_date,
            &row.detail,
            row.recorded_by.is_some(),
        )
    };
    let standing = care_events::standing(tx, &[patient])?;
    if let Some(known) = standing.iter().find(|one| same(one)) {
        return Ok(known.id);
    }
    care_events::insert(tx, &row)?;
    audit::append(tx, &[fresh.entry.about(patient)])?;
    if row.kind == CareEventKind::Fall && by.is_none() {
        raise(tx, patient, &fresh.fall, fresh.now)?;
    }
    changed(tx, patient, fresh.now)?;
    Ok(row.id)
}

/// Takes an event back. Once more changes nothing.
///
/// # Errors
/// Not found when the patient has no such event.
pub async fn retract(app: &App, scope: Scope, patient: PatientId, id: CareEventId) -> Result<()> {
    let now = app.now();
    let entry = app
        .audit("care_event.retract", "care_event", Some(*id.bytes()))
        .about(patient);
    app.store
        .write("retract_event", scope, move |tx| {
            patients::lock(tx, patient)?;
            if care_events::retract(tx, patient, id, now)? {
                audit::append(tx, &[entry])?;
                let about =
                    |alert: &Alert| alert.rule == FALL && alert.evidence.contains(&id.to_string());
                let reason = "the report was taken back";
                settle_where(tx, patient, about, AlertState::Retracted, reason, now)?;
                return changed(tx, patient, now);
            }
            match care_events::find(tx, id)? {
                Some(event) if event.patient_id == patient => Ok(()),
                _ => Err(Error::not_found()),
            }
        })
        .await?;
    app.signals.wake();
    Ok(())
}

/// What follows when the events of a patient changed: the one place for it, inside the transaction that changed them.
fn changed(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<()> {
    // Schedules may count from it.
    replan(tx, patient, now)?;
    wear::mark_pending(tx, &[patient])
}

/// Every event of a patient, taken back or not, the newest first.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub async fn list(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<CareEvent>> {
    app.store
        .read("care_events", scope, move |tx| {
            patients::find(tx, patient)?;
            care_events::of_patient(tx, patient)
        })
        .await
}
