//! Handing over: everything a clinician looks after goes to another, in one transaction.

use serde_json::json;

use super::service::hold_active;
use crate::app::App;
use crate::error::{Error, Result};
use crate::notices::{self, NewNotice};
use crate::store::alerts::Severity;
use crate::store::clinics;
use crate::store::handovers::{self, Handed, Handover};
use crate::store::patients::PatientStatus;
use crate::store::types::{ClinicianId, Digest, HandoverId, NoticeId, PatientId};
use crate::store::{Scope, Tx, audit, care_team, patients, rtm};

/// Handovers a digest goes back.
const LISTED: i64 = 20;

/// Moves the patients a clinician owns, their live alerts, and their places as deputy to another clinician. What they did
/// stays theirs, the time they spent too; a timer of theirs that runs is stopped. The receiver gets one digest, each patient in care one notice; where nothing is left to move nobody hears
/// of it.
///
/// # Errors
/// Not found when there is no such clinician; invalid when the receiver is not active or the same.
pub async fn hand_over(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    from: ClinicianId,
    to: ClinicianId,
) -> Result<Handover> {
    let now = app.now();
    let id = HandoverId::from(app.ids.uuid());
    let entry = app.audit("clinician.handover", "clinician", Some(*from.bytes()));
    app.store
        .write("hand_over", scope, move |tx| {
            clinics::clinician(tx, from)?;
            if from == to {
                return Err(Error::field("/to", "must be another clinician"));
            }
            hold_both(tx, from, to)?;
            let moved = Moved::take(tx, from, to, now)?;
            let handover = moved.record(tx, id, (from, to, by), now);
            if moved.is_nothing() {
                return Ok(handover);
            }
            handovers::insert(tx, &handover, &moved.ids())?;
            let receiver = clinics::clinician(tx, to)?.name;
            for patient in moved.in_care() {
                notices::tell(tx, patient, &owner_changed(id, patient, &receiver), now)?;
            }
            audit::append(tx, &[entry])?;
            Ok(handover)
        })
        .await
}

/// Both accounts in the order of their ids, so that two handovers in opposite directions do not wait for each other.
fn hold_both(tx: &mut Tx<'_>, from: ClinicianId, to: ClinicianId) -> Result<()> {
    if from < to {
        clinics::lock_clinician(tx, from)?;
        hold_active(tx, "/to", to)?;
    } else {
        hold_active(tx, "/to", to)?;
        clinics::lock_clinician(tx, from)?;
    }
    Ok(())
}

/// What a handover moved.
struct Moved {
    patients: Vec<(PatientId, PatientStatus)>,
    alerts: i64,
    critical_alerts: i64,
    deputy_of: i64,
    timers_stopped: i64,
}

impl Moved {
    fn take(
        tx: &mut Tx<'_>,
        from: ClinicianId,
        to: ClinicianId,
        now: jiff::Timestamp,
    ) -> Result<Self> {
        let owned = patients::owned(tx, from)?;
        let alerts = handovers::alerts_by_severity(tx, from)?;
        let count = |wanted: &dyn Fn(Severity) -> bool| {
            alerts
                .iter()
                .filter(|(severity, _)| wanted(*severity))
                .map(|(_, count)| count)
                .sum()
        };
        patients::move_owned(tx, from, to)?;
        handovers::move_alerts(tx, from, to)?;
        let mut deputy_of = 0;
        for patient in care_team::deputy_of(tx, from)? {
            // Nobody is deputy to themselves.
            let deputy = (patients::find(tx, patient)?.owner_id != to).then_some(to);
            care_team::set_deputy(tx, patient, deputy, now)?;
            deputy_of += i64::from(deputy.is_some());
        }
        for (patient, _) in &owned {
            if care_team::deputy(tx, *patient)? == Some(to) {
                care_team::set_deputy(tx, *patient, None, now)?;
            }
        }
        let mut timers_stopped = 0;
        for timer in rtm::running(tx, from, now)? {
            timers_stopped += i64::from(rtm::stop(tx, timer.id, now)?);
        }
        Ok(Self {
            patients: owned,
            alerts: count(&|_| true),
            critical_alerts: count(&|severity| severity == Severity::Critical),
            deputy_of,
            timers_stopped,
        })
    }

    fn is_nothing(&self) -> bool {
        self.patients.is_empty()
            && self.alerts == 0
            && self.deputy_of == 0
            && self.timers_stopped == 0
    }

    fn ids(&self) -> Vec<PatientId> {
        self.patients.iter().map(|(id, _)| *id).collect()
    }

    fn in_care(&self) -> impl Iterator<Item = PatientId> {
        let active = |status| status == PatientStatus::Active;
        self.patients
            .iter()
            .filter(move |(_, status)| active(*status))
            .map(|(id, _)| *id)
    }

    fn record(
        &self,
        tx: &Tx<'_>,
        id: HandoverId,
        (from_id, to_id, handed_by): (ClinicianId, ClinicianId, ClinicianId),
        now: jiff::Timestamp,
    ) -> Handover {
        Handover {
            tenant_id: tx.tenant(),
            id,
            from_id,
            to_id,
            handed_by,
            handed_at: now.into(),
            patients: i64::try_from(self.patients.len()).unwrap_or(i64::MAX),
            alerts: self.alerts,
            critical_alerts: self.critical_alerts,
            deputy_of: self.deputy_of,
            timers_stopped: self.timers_stopped,
        }
    }
}

/// The notice of one patient. How many there are is known inside the transaction only, so the id follows from what it is
/// about, and the transaction can be run again.
pub fn owner_changed(handover: HandoverId, patient: PatientId, name: &str) -> NewNotice {
    let digest = Digest::of(&[&handover.bytes()[..], &patient.bytes()[..]].concat());
    let mut id = [0; 16];
    for (byte, from) in id.iter_mut().zip(digest.0) {
        *byte = from;
    }
    NewNotice {
        id: NoticeId::from(id),
        key: "owner_changed",
        values: json!({ "name": name }),
    }
}

/// A handover as its receiver reads it.
#[derive(Debug, Clone)]
pub struct Received {
    /// The handover.
    pub handover: Handover,
    /// The giver's name.
    pub from_name: String,
    /// The patients by name.
    pub patients: Vec<Handed>,
}

/// What was handed to a clinician, newest first.
pub async fn digest(app: &App, scope: Scope, to: ClinicianId) -> Result<Vec<Received>> {
    app.store
        .read("digest", scope, move |tx| {
            handovers::received(tx, to, LISTED)?
                .into_iter()
                .map(|(handover, from_name)| {
                    Ok(Received {
                        patients: handovers::patients_of(tx, handover.id)?,
                        from_name,
                        handover,
                    })
                })
                .collect()
        })
        .await
}
