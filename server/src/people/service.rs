//! Use cases of a clinic's clinicians; each is one transaction.

use jiff::Timestamp;
use serde_json::json;

use crate::access::service::{link_code, new_hash, verify_password};
use crate::access::token::{OneTimeCode, Token};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::store::alerts::Severity;
use crate::store::clinics::{self, Clinician, Role};
use crate::store::patients::PatientStatus;
use crate::store::types::ClinicianId;
use crate::store::{Scope, Tx, audit, care_team, credentials, handovers, patients, rtm};

/// A clinician to be added.
#[derive(Debug, Clone)]
pub struct NewClinician {
    /// The name others see.
    pub name: String,
    /// Address to sign in with, checked.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// The clinic's clinicians by name.
pub async fn list(app: &App, scope: Scope) -> Result<Vec<Clinician>> {
    app.store
        .read("clinicians", scope, clinics::clinicians)
        .await
}

/// Adds a clinician. Gives the account and the code that sets its first password.
///
/// # Errors
/// Conflict when the address is taken.
pub async fn add(app: &App, scope: Scope, new: NewClinician) -> Result<(Clinician, OneTimeCode)> {
    let account = Clinician {
        tenant_id: scope.tenant,
        id: ClinicianId::from(app.ids.uuid()),
        email: new.email.to_lowercase(),
        name: new.name,
        password_phc: None,
        active: 1,
        created_at: app.now().into(),
        role: new.role,
    };
    let (code, row) = link_code(app, scope.tenant, account.id);
    let entry = app.audit("clinician.add", "clinician", Some(*account.id.bytes()));
    let account = app
        .store
        .write("add_clinician", scope, move |tx| {
            if clinics::clinician_by_email(tx, &account.email)?.is_some() {
                return Err(Error::detailed(
                    Code::Conflict,
                    "a clinician with this address exists already",
                ));
            }
            clinics::insert_clinician(tx, &account)?;
            credentials::insert_code(tx, &row)?;
            audit::append(tx, &[entry])?;
            Ok(account.clone())
        })
        .await?;
    Ok((account, code))
}

/// A new link for a clinician who has not set a password yet; earlier ones end.
///
/// # Errors
/// Conflict when there is a password, or the account is not active.
pub async fn new_link(app: &App, scope: Scope, id: ClinicianId) -> Result<OneTimeCode> {
    let now = app.now();
    let (code, row) = link_code(app, scope.tenant, id);
    let entry = app.audit("clinician.link", "clinician", Some(*id.bytes()));
    app.store
        .write("clinician_link", scope, move |tx| {
            let account = clinics::lock_clinician(tx, id)?;
            if account.active != 1 || account.password_phc.is_some() {
                return Err(Error::detailed(
                    Code::Conflict,
                    "a link is for an active clinician who has set no password yet",
                ));
            }
            credentials::end_codes_of_clinician(tx, id, now)?;
            credentials::insert_code(tx, &row)?;
            audit::append(tx, &[entry])
        })
        .await?;
    Ok(code)
}

/// Ends the use of an account, and its sessions and links with it. A repeat changes nothing.
///
/// # Errors
/// Conflict with what is still the clinician's to look after, or when it is the last admin.
pub async fn deactivate(app: &App, scope: Scope, id: ClinicianId) -> Result<()> {
    let now = app.now();
    let entry = app.audit("clinician.deactivate", "clinician", Some(*id.bytes()));
    app.store
        .write("deactivate_clinician", scope, move |tx| {
            // Two admins who end each other's accounts take turns: one of them stays.
            let admins = clinics::lock_admins(tx)?;
            let account = clinics::lock_clinician(tx, id)?;
            if account.active != 1 {
                return Ok(());
            }
            if admins == [id] {
                return Err(Error::conflict(
                    "this is the clinic's last admin",
                    json!({ "last_admin": true }),
                ));
            }
            check_nothing_left(tx, id, now)?;
            clinics::deactivate(tx, id)?;
            credentials::revoke_clinician(tx, id, None, now)?;
            credentials::end_codes_of_clinician(tx, id, now)?;
            audit::append(tx, &[entry])
        })
        .await
}

fn check_nothing_left(tx: &mut Tx<'_>, id: ClinicianId, now: Timestamp) -> Result<()> {
    let owned = patients::owned(tx, id)?;
    let active = owned
        .iter()
        .filter(|(_, status)| *status == PatientStatus::Active)
        .count();
    let alerts = handovers::alerts_by_severity(tx, id)?;
    let live: i64 = alerts.iter().map(|(_, count)| count).sum();
    let critical: i64 = alerts
        .iter()
        .filter(|(severity, _)| *severity == Severity::Critical)
        .map(|(_, count)| count)
        .sum();
    let deputy_of = care_team::deputy_of(tx, id)?.len();
    let timers = rtm::running(tx, id, now)?.len();
    if owned.is_empty() && live == 0 && deputy_of == 0 && timers == 0 {
        return Ok(());
    }
    Err(Error::conflict(
        "this clinician still looks after patients: hand over first",
        json!({
            "active_patients": active,
            "other_patients": owned.len() - active,
            "open_critical_alerts": critical,
            "open_alerts": live,
            "deputy_of": deputy_of,
            "running_timers": timers,
        }),
    ))
}

/// Holds a clinician's account and makes sure that it is active: who gets a patient must not be on the way out.
///
/// # Errors
/// Invalid at `pointer` when the clinic has no such active clinician.
pub fn hold_active(tx: &mut Tx<'_>, pointer: &str, id: ClinicianId) -> Result<Clinician> {
    match clinics::lock_clinician(tx, id) {
        Ok(account) if account.active == 1 => Ok(account),
        Err(error) if error.code != Code::NotFound => Err(error),
        _ => Err(Error::field(
            pointer,
            "must be an active clinician of this clinic",
        )),
    }
}

/// Replaces the caller's password; every other session of theirs ends.
///
/// # Errors
/// Invalid when the old password is not right or the new one breaks a rule; too many requests after too many tries.
pub async fn change_password(
    app: &App,
    scope: Scope,
    id: ClinicianId,
    kept: &Token,
    old: String,
    new: &str,
) -> Result<()> {
    let account = app
        .store
        .read("account", scope, move |tx| clinics::clinician(tx, id))
        .await?;
    app.throttle.password("", &id.to_string())?;
    let wrong = || Error::field("/old_password", "is not the password");
    if !verify_password(app, old, account.password_phc.clone()).await? {
        return Err(wrong());
    }
    let phc = new_hash(app, "/new_password", new).await?;
    let (now, kept) = (app.now(), kept.digest());
    let entry = app.audit("clinician.password", "clinician", Some(*id.bytes()));
    app.store
        .write("change_password", scope, move |tx| {
            // Of two changes at once the second finds that the old password is no longer that.
            if clinics::lock_clinician(tx, id)?.password_phc != account.password_phc {
                return Err(wrong());
            }
            clinics::set_password(tx, id, &phc)?;
            credentials::revoke_clinician(tx, id, Some(kept), now)?;
            audit::append(tx, &[entry])
        })
        .await
}
