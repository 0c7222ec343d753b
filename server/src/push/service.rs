//! A browser's subscription, and turning push off.

use super::Subscription;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::reminders::revive::revive;
use crate::store::devices::{self, Platform};
use crate::store::types::{DeviceId, PatientId};
use crate::store::{Scope, audit};

/// Gives the caller's browser a subscription; one that another device of the clinic had moves to it.
pub(super) async fn subscribe(
    app: &App,
    scope: Scope,
    patient: PatientId,
    device: DeviceId,
    subscription: &Subscription,
) -> Result<()> {
    let now = app.now();
    let entry = app.audit("device.push_subscription", "device", Some(*device.bytes()));
    let address = subscription.to_json();
    app.store
        .write("push_subscription", scope, move |tx| {
            if devices::platform(tx, patient, device)? != Platform::Web {
                return Err(Error::detailed(
                    Code::Conflict,
                    "only a device enrolled as web takes a subscription",
                ));
            }
            devices::set_push_token(tx, patient, device, &address)?;
            revive(tx, patient, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    Ok(())
}

/// Takes the caller's address away: nothing is sent to this device any more.
pub(super) async fn turn_off(
    app: &App,
    scope: Scope,
    patient: PatientId,
    device: DeviceId,
) -> Result<()> {
    let entry = app.audit("device.push_off", "device", Some(*device.bytes()));
    app.store
        .write("push_off", scope, move |tx| {
            devices::clear_push_token(tx, patient, device)?;
            audit::append(tx, &[entry])
        })
        .await
}
