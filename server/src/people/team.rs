//! Who looks after a patient: the owner, and the deputy who gets what the owner does not look at in time.

use super::handover::owner_changed;
use super::service::hold_active;
use crate::app::App;
use crate::error::{Error, Result};
use crate::notices;
use crate::store::patients::PatientStatus;
use crate::store::types::{ClinicianId, HandoverId, PatientId};
use crate::store::{Scope, audit, care_team, clinics, handovers, patients};

/// A patient's care team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Team {
    /// Looks after the patient.
    pub owner: ClinicianId,
    /// Stands in.
    pub deputy: Option<ClinicianId>,
}

/// A patient's care team.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn find(app: &App, scope: Scope, patient: PatientId) -> Result<Team> {
    app.store
        .read("team", scope, move |tx| {
            Ok(Team {
                owner: patients::find(tx, patient)?.owner_id,
                deputy: care_team::deputy(tx, patient)?,
            })
        })
        .await
}

/// Sets a patient's care team. A new owner gets the live alerts the old one had about the patient, and the patient a
/// notice.
///
/// # Errors
/// Not found when there is no such patient; invalid when one of the team is not active or both are the same.
pub async fn set(app: &App, scope: Scope, patient: PatientId, team: Team) -> Result<()> {
    let now = app.now();
    let entry = app.audit("patient.team", "patient", Some(*patient.bytes()));
    // Names the change for the notice's id only.
    let change = HandoverId::from(app.ids.uuid());
    app.store
        .write("set_team", scope, move |tx| {
            patients::find(tx, patient)?;
            if team.deputy == Some(team.owner) {
                return Err(Error::field("/deputy", "must be another than the owner"));
            }
            // Accounts before patients, as a handover does.
            let owner = hold_active(tx, "/owner", team.owner)?;
            if let Some(deputy) = team.deputy {
                hold_active(tx, "/deputy", deputy)?;
            }
            let before = patients::lock(tx, patient)?;
            if before.owner_id != team.owner {
                patients::set_owner(tx, patient, team.owner)?;
                handovers::move_alerts_of(tx, patient, before.owner_id, team.owner)?;
                if before.status == PatientStatus::Active {
                    let notice = owner_changed(change, patient, &owner.name);
                    notices::tell(tx, patient, &notice, now)?;
                }
            }
            care_team::set_deputy(tx, patient, team.deputy, now)?;
            audit::append(tx, &[entry])
        })
        .await
}

/// Makes a clinician the deputy of another's patients in care, or takes their deputies away. Patients who have another
/// deputy keep them unless `replace`. Gives how many patients it is about.
///
/// # Errors
/// Not found when the clinic has no such clinician; invalid when the deputy is not active or the same.
pub async fn stand_in(
    app: &App,
    scope: Scope,
    owner: ClinicianId,
    deputy: Option<ClinicianId>,
    replace: bool,
) -> Result<usize> {
    let now = app.now();
    let entry = app.audit("clinician.stand_in", "clinician", Some(*owner.bytes()));
    app.store
        .write("stand_in", scope, move |tx| {
            clinics::clinician(tx, owner)?;
            if deputy == Some(owner) {
                return Err(Error::field("/deputy", "must be another than the owner"));
            }
            if let Some(deputy) = deputy {
                hold_active(tx, "/deputy", deputy)?;
            }
            let mut changed = 0;
            for (patient, status) in patients::owned(tx, owner)? {
                // Held, so that one who is given to the deputy meanwhile does not have them twice.
                if status != PatientStatus::Active || patients::lock(tx, patient)?.owner_id != owner
                {
                    continue;
                }
                let before = care_team::deputy(tx, patient)?;
                if before != deputy && (before.is_none() || replace) {
                    care_team::set_deputy(tx, patient, deputy, now)?;
                    changed += 1;
                }
            }
            if changed > 0 {
                audit::append(tx, &[entry])?;
            }
            Ok(changed)
        })
        .await
}
