//! Use cases of enrolling a patient's device; each is one transaction.

use jiff::{SignedDuration, Timestamp};

use super::service::{code_row, dead_code};
use super::token::{OneTimeCode, Token};
use crate::app::App;
use crate::consent::service as consent;
use crate::error::{Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::credentials::{self, AccessToken, CodePurpose};
use crate::store::devices::{self, Device, Platform, PushState};
use crate::store::types::{DeviceId, PatientId};
use crate::store::{Principal, Scope, patients};

/// How long a patient's enrolment code is good: a clinic visit and the evening after it.
const ENROLMENT: SignedDuration = SignedDuration::from_hours(24);

/// Makes a code with which one device of a patient is bound to the patient.
pub async fn enrolment_code(
    app: &App,
    scope: Scope,
    patient: PatientId,
) -> Result<(OneTimeCode, Timestamp)> {
    let now = app.doors.clock.now();
    let code = OneTimeCode::new(scope.tenant, app.doors.entropy.as_ref());
    let row = code_row(
        &code,
        CodePurpose::Enrol,
        None,
        Some(patient),
        now,
        ENROLMENT,
    );
    let expires_at = row.expires_at.timestamp();
    let entry = app.audit("patient.enrolment_code", "patient", Some(*patient.bytes()));
    app.store
        .write("enrolment_code", scope, move |tx| {
            patients::find(tx, patient)?;
            credentials::insert_code(tx, &row)?;
            audit::append(tx, &[entry])
        })
        .await?;
    Ok((code, expires_at))
}

/// A device just bound.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// Opens the patient's doors.
    pub token: Token,
    /// Whose device it is.
    pub patient: PatientId,
    /// The device.
    pub device: DeviceId,
}

/// Binds a device to the patient an enrolment code names.
pub async fn enrol(
    app: &App,
    code: &OneTimeCode,
    platform: Platform,
    push_token: Option<String>,
    consent_text: Option<String>,
) -> Result<Enrolled> {
    app.throttle.code(code.tenant())?;
    let now = app.doors.clock.now();
    let (tenant, hash) = (code.tenant(), code.digest());
    let device = DeviceId::from(app.ids.uuid());
    let token = Token::new(tenant, app.doors.entropy.as_ref());
    let (token_hash, entry) = (
        token.digest(),
        app.audit("device.enrol", "device", Some(*device.bytes())),
    );
    let consent_entry = app.audit("consent.give", "patient", None);
    let consent_text = consent_text.unwrap_or_else(|| consent::TEXT_VERSION.to_owned());
    let patient = app
        .store
        .write("enrol", Scope::unknown(tenant), move |tx| {
            let used = credentials::use_code(tx, hash, &[CodePurpose::Enrol], now)?;
            let patient_id = used.patient_id.ok_or_else(Error::not_found)?;
            let push_state = if push_token.is_some() {
                PushState::Live
            } else {
                PushState::None
            };
            let push_token = push_token.clone();
            let created_at = now.into();
            let row = Device {
                tenant_id: tenant,
                id: device,
                patient_id,
                platform,
                push_token,
                push_state,
                created_at,
            };
            devices::insert(tx, &row)?;
            let token = AccessToken {
                tenant_id: tenant,
                token_hash,
                clinician_id: None,
                patient_id: Some(patient_id),
                device_id: Some(device),
                created_at,
                expires_at: None,
                revoked_at: None,
            };
            credentials::insert_token(tx, &token)?;
            let consent_entry = Entry {
                entity_id: Some(*patient_id.bytes()),
                principal: Some(Principal::Patient(patient_id, device)),
                ..consent_entry
            };
            consent::on_enrolment(tx, patient_id, &consent_text, now, consent_entry)?;
            audit::append(tx, &[entry.about(patient_id)])?;
            Ok(patient_id)
        })
        .await
        .map_err(dead_code)?;
    Ok(Enrolled {
        token,
        patient,
        device,
    })
}
