//! Use cases of a patient's devices; each is one transaction.

use crate::app::App;
use crate::error::Result;
use crate::reminders::revive::revive;
use crate::store::devices::{self, Device};
use crate::store::types::{DeviceId, PatientId, UtcMicros};
use crate::store::{Scope, audit, credentials, patients};

/// Gives the caller's device a push token.
pub async fn set_push_token(
    app: &App,
    scope: Scope,
    patient: PatientId,
    device: DeviceId,
    token: String,
) -> Result<()> {
    let now = app.now();
    let entry = app.audit("device.push_token", "device", Some(*device.bytes()));
    app.store
        .write("set_push_token", scope, move |tx| {
            devices::set_push_token(tx, patient, device, &token)?;
            revive(tx, patient, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    Ok(())
}

/// A patient's devices, with when each ended.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn list(
    app: &App,
    scope: Scope,
    patient: PatientId,
) -> Result<Vec<(Device, Option<UtcMicros>)>> {
    app.store
        .read("devices", scope, move |tx| {
            patients::find(tx, patient)?;
            devices::all_of(tx, patient)
        })
        .await
}

/// Ends a device: its token opens nothing and its push token is forgotten, from this moment on. A repeat changes nothing.
///
/// # Errors
/// Not found when the patient has no such device.
pub async fn end(app: &App, scope: Scope, patient: PatientId, device: DeviceId) -> Result<()> {
    let now = app.now();
    let entry = app
        .audit("device.end", "device", Some(*device.bytes()))
        .about(patient);
    app.store
        .write("end_device", scope, move |tx| {
            if !devices::end(tx, patient, device, now)? {
                return Ok(());
            }
            credentials::revoke_device(tx, device, now)?;
            audit::append(tx, &[entry])
        })
        .await
}
