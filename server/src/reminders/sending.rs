//! Sending one delivery to a patient's devices, and writing down what came of many.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

use super::delivery;
use super::recipients::Outgoing;
use super::sweep::JOB;
use crate::app::App;
use crate::error::Result;
use crate::planted::{self, Bug};
use crate::push::{
    CollapseKey, DeviceToken, Locale, MessageId, Outcome, PushKind, PushMessage, PushPayload,
    PushTarget,
};
use crate::store::deliveries::{self, Attempt, Delivery, DeliveryKind};
use crate::store::devices::{self, Address, Platform};
use crate::store::leases::{self, Settled};
use crate::store::types::{AttemptId, DeliveryId, LeaseId, TenantId};
use crate::store::{Scope, Tx};

/// A delivery after its attempts.
pub(super) struct Delivered {
    delivery: Delivery,
    settled: Settled,
    attempts: Vec<Tried>,
}

/// One attempt and its end.
struct Tried {
    /// The device; none for whom else the clinic named.
    device: Option<Address>,
    channel: &'static str,
    outcome: Outcome,
}

/// Sends a delivery to every device it is for, and where none of them can be reached to whom else the clinic named.
pub(super) async fn attempt(
    app: &App,
    Outgoing {
        delivery,
        locale,
        about_messages,
    }: Outgoing,
    devices: &[Address],
) -> Delivered {
    let message = message_for(&delivery, locale, about_messages, app.house_now());
    let live = devices
        .iter()
        .filter(|device| Some(device.id) != delivery.except_device);
    let mut attempts = join_all(live.map(|device| send(app, device, &message))).await;
    if attempts.iter().all(|one| one.outcome == Outcome::TokenGone)
        && delivery.kind != DeliveryKind::Withdraw
    {
        attempts.extend(fall_back(app, &delivery, &message).await);
    }
    let outcomes: Vec<Outcome> = attempts.iter().map(|one| one.outcome.clone()).collect();
    #[expect(clippy::cast_precision_loss, reason = "a number below 1000")]
    let jitter = app.doors.entropy.below(1000) as f64 / 1000.0;
    Delivered {
        settled: delivery::settle(&delivery, &outcomes, app.house_now(), jitter),
        delivery,
        attempts,
    }
}

async fn send(app: &App, device: &Address, message: &PushMessage) -> Tried {
    let push = &app.doors.push;
    let (outcome, channel) = match target_of(device) {
        Some(target) => (push.send(&target, message).await, push.name_for(&target)),
        None => (Outcome::TokenGone, push.name()),
    };
    Tried {
        device: Some(device.clone()),
        channel,
        outcome,
    }
}

async fn fall_back(app: &App, delivery: &Delivery, message: &PushMessage) -> Option<Tried> {
    let push = &app.doors.push;
    let target = push.fallback_for(Uuid::from_bytes(*delivery.patient_id.bytes()))?;
    let outcome = push.send(&target, message).await;
    Some(Tried {
        device: None,
        channel: push.name_for(&target),
        outcome,
    })
}

fn target_of(device: &Address) -> Option<PushTarget> {
    let platform = match device.platform {
        Platform::Android => crate::push::Platform::Android,
        Platform::Ios => crate::push::Platform::Ios,
        Platform::Web => crate::push::Platform::Web,
    };
    let token = DeviceToken::new(device.push_token.clone()).ok()?;
    Some(PushTarget { token, platform })
}

/// The message of a delivery. A prompt's ids come from the occurrence, so that a repeated one and each further rung
/// replaces the first.
fn message_for(
    delivery: &Delivery,
    locale: Locale,
    about_messages: bool,
    now: Timestamp,
) -> PushMessage {
    let id = match delivery.occurrence_id {
        Some(occurrence) => *occurrence.bytes(),
        None => *delivery.id.bytes(),
    };
    let id = Uuid::from_bytes(id);
    let kind = match delivery.kind {
        _ if about_messages => PushKind::Message,
        DeliveryKind::Prompt => PushKind::Prompt,
        DeliveryKind::Withdraw => PushKind::Withdraw,
        DeliveryKind::Digest => PushKind::Digest,
        DeliveryKind::Nudge => PushKind::Nudge,
        DeliveryKind::Notice => PushKind::Notice,
    };
    let key = if planted::is(Bug::RepeatsUnderAnotherKey) {
        Uuid::from_u64_pair(id.as_u64_pair().0, delivery.attempts.cast_unsigned())
    } else {
        id
    };
    let left = delivery.expires_at.timestamp().duration_since(now);
    PushMessage {
        payload: PushPayload::of(kind, MessageId::from(id)),
        collapse_key: CollapseKey::from(key),
        ttl: std::time::Duration::try_from(left).unwrap_or_default(),
        locale,
    }
}

/// Writes down what came of messages of one claim; with the last of them the claim is over.
pub(super) async fn record(
    app: &Arc<App>,
    tenant: TenantId,
    lease: LeaseId,
    delivered: Vec<Delivered>,
    last: bool,
) -> Result<()> {
    let now = app.house_now();
    let attempts: Vec<Attempt> = delivered
        .iter()
        .flat_map(|one| attempt_rows(app, tenant, one, now))
        .collect();
    let gone: Vec<_> = delivered
        .iter()
        .flat_map(|one| &one.attempts)
        .filter(|tried| tried.outcome == Outcome::TokenGone)
        .filter_map(|tried| {
            let device = tried.device.as_ref()?;
            Some((device.id, device.push_token.clone()))
        })
        .collect();
    let all = delivered.len();
    let groups = grouped(delivered);
    app.store
        .write("record_delivery", Scope::job(tenant, JOB), move |tx| {
            let held = leases::end(tx, lease, &groups, last, now)?;
            if held < all {
                tracing::warn!(
                    lost = all - held,
                    "possible_duplicate: a lease was lost before the answer"
                );
            }
            for (device, token) in &gone {
                devices::token_gone(tx, *device, token)?;
            }
            if held < all {
                let left = of_what_stands(tx, &attempts)?;
                return deliveries::insert_attempts(tx, &left);
            }
            deliveries::insert_attempts(tx, &attempts)
        })
        .await
}

/// The attempts at deliveries that are still there: their patient may have been erased meanwhile.
fn of_what_stands(tx: &mut Tx<'_>, attempts: &[Attempt]) -> Result<Vec<Attempt>> {
    let ids: Vec<DeliveryId> = attempts.iter().map(|one| one.delivery_id).collect();
    let standing = deliveries::standing(tx, &ids)?;
    let mut left = attempts.to_vec();
    left.retain(|one| standing.contains(&one.delivery_id));
    Ok(left)
}

/// What ended alike is written by one statement.
fn grouped(delivered: Vec<Delivered>) -> Vec<(Settled, Vec<Delivery>)> {
    let mut groups: Vec<(Settled, Vec<Delivery>)> = Vec::new();
    for one in delivered {
        match groups
            .iter_mut()
            .find(|(settled, _)| *settled == one.settled)
        {
            Some((_, all)) => all.push(one.delivery),
            None => groups.push((one.settled, vec![one.delivery])),
        }
    }
    groups
}

fn attempt_rows(app: &App, tenant_id: TenantId, one: &Delivered, now: Timestamp) -> Vec<Attempt> {
    let row = |tried: &Tried| Attempt {
        tenant_id,
        delivery_id: one.delivery.id,
        id: AttemptId::from(app.ids.uuid()),
        device_id: tried.device.as_ref().map(|device| device.id),
        channel: tried.channel.to_owned(),
        outcome: tried.outcome.name().to_owned(),
        code: tried.outcome.code().map(str::to_owned),
        provider_message_id: match &tried.outcome {
            Outcome::Accepted {
                provider_message_id,
            } => Some(provider_message_id.clone()),
            _ => None,
        },
        attempted_at: now.into(),
    };
    one.attempts.iter().map(row).collect()
}
