//! Sends what is due: claim, look again, push, write down. A crash anywhere in between sends the same
//! message again under the same id; it never loses one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::delivery::{self, Decision};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::plans::library::{self, CareKind};
use crate::push::{
    CollapseKey, DeviceToken, Locale, MessageId, Outcome, PromptKind, PushMessage, PushPayload,
    PushTarget,
};
use crate::store::devices::{self, Device, Platform};
use crate::store::patients;
use crate::store::prompts::{self, Attempt, Claimed, Settled};
use crate::store::types::{AttemptId, LeaseId, PatientId, TenantId};
use crate::store::{Scope, System};

/// Prompts one claim takes; all of them are under way at once, so that a claim lasts no longer than
/// the slowest send (30 s at most, see [`crate::push::fcm`]).
const BATCH: i64 = 128;
/// The same, as a count.
const IN_FLIGHT: usize = 128;
/// How long a claim keeps others away: twice the longest a batch can take, and short enough that the
/// prompts of a server that died are sent by another within the minute.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// The name the dispatcher acts under.
const JOB: &str = "dispatcher";

/// One pass: claims a batch and sends it.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let (now, lease) = (app.now(), LeaseId::from(app.ids.uuid()));
    let until = now.checked_add(LEASE).map_err(Error::internal)?;
    // A look first: claiming takes the write lock, and mostly there is nothing to claim.
    let next = app
        .store
        .read("next_prompt", System, prompts::next_attempt)
        .await?;
    match next {
        Some(at) if at <= now => {}
        Some(at) => return Ok(Next::At(at)),
        None => return Ok(Next::WhenSignalled),
    }
    let claimed = app
        .store
        .write("claim", System, move |tx| {
            prompts::claim(tx, lease, now, until, BATCH)
        })
        .await?;
    let mut by_tenant: BTreeMap<TenantId, Vec<Claimed>> = BTreeMap::new();
    for one in claimed {
        by_tenant.entry(one.prompt.tenant_id).or_default().push(one);
    }
    let clinics = by_tenant
        .into_iter()
        .map(|(tenant, claimed)| deliver(&app, tenant, claimed));
    // One clinic's trouble is not the others': all are delivered, then the first trouble is told.
    let delivered = join_all(clinics).await;
    delivered.into_iter().collect::<Result<()>>()?;
    Ok(Next::Now)
}

/// A prompt after its attempts.
struct Delivered {
    claimed: Claimed,
    settled: Settled,
    attempts: Vec<(Device, Outcome)>,
}

async fn deliver(app: &Arc<App>, tenant: TenantId, claimed: Vec<Claimed>) -> Result<()> {
    let ids: BTreeSet<PatientId> = claimed.iter().map(|one| one.prompt.patient_id).collect();
    let ids: Vec<PatientId> = ids.into_iter().collect();
    let (devices, locales) = app
        .store
        .read("devices", Scope::job(tenant, JOB), move |tx| {
            Ok((
                devices::of_patients(tx, &ids)?,
                patients::locales(tx, &ids)?,
            ))
        })
        .await?;
    let mut delivered = stream::iter(claimed)
        .map(|one| {
            let devices = devices
                .get(&one.prompt.patient_id)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let locale = locales
                .get(&one.prompt.patient_id)
                .map_or(Locale::En, |tag| Locale::from_tag(tag));
            attempt(app, one, devices, locale)
        })
        .buffer_unordered(IN_FLIGHT)
        .ready_chunks(IN_FLIGHT);
    // Written down as they come, so that one slow answer keeps no other from being known.
    while let Some(group) = delivered.next().await {
        record(app, tenant, group).await?;
    }
    Ok(())
}

async fn attempt(app: &App, claimed: Claimed, devices: &[Device], locale: Locale) -> Delivered {
    let now = app.now();
    let targets = match delivery::decide(&claimed, devices, now) {
        Decision::End(state) => {
            return Delivered {
                claimed,
                settled: Settled::Final(state),
                attempts: Vec::new(),
            };
        }
        Decision::Send(targets) => targets,
    };
    let message = message_for(&claimed, locale, now);
    let attempts = join_all(
        targets
            .into_iter()
            .map(|device| send(app, device, &message)),
    )
    .await;
    let outcomes: Vec<Outcome> = attempts
        .iter()
        .map(|(_, outcome)| outcome.clone())
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a number below 1000")]
    let jitter = app.doors.entropy.below(1000) as f64 / 1000.0;
    Delivered {
        settled: delivery::settle(&claimed.prompt, &outcomes, app.now(), jitter),
        claimed,
        attempts,
    }
}

async fn send(app: &App, device: Device, message: &PushMessage) -> (Device, Outcome) {
    let outcome = match target_of(&device) {
        Some(target) => app.doors.push.send(&target, message).await,
        None => Outcome::TokenGone,
    };
    (device, outcome)
}

fn target_of(device: &Device) -> Option<PushTarget> {
    let platform = match device.platform {
        Platform::Android => crate::push::Platform::Android,
        Platform::Ios => crate::push::Platform::Ios,
        Platform::Web => crate::push::Platform::Web,
    };
    let token = DeviceToken::new(device.push_token.clone()?).ok()?;
    Some(PushTarget { token, platform })
}

/// The message of a prompt. Its ids come from the occurrence, so that a repeated one replaces the first.
fn message_for(claimed: &Claimed, locale: Locale, now: Timestamp) -> PushMessage {
    let occurrence = Uuid::from_bytes(*claimed.prompt.occurrence_id.bytes());
    let left = claimed.prompt.expires_at.timestamp().duration_since(now);
    PushMessage {
        payload: PushPayload::new(kind_of(&claimed.exercise_key), MessageId::from(occurrence)),
        collapse_key: CollapseKey::from(occurrence),
        ttl: std::time::Duration::try_from(left).unwrap_or_default(),
        locale,
    }
}

fn kind_of(exercise_key: &str) -> PromptKind {
    match library::find(exercise_key).map(|exercise| exercise.kind) {
        Some(CareKind::Stretching) | None => PromptKind::Stretching,
        Some(CareKind::Strengthening) => PromptKind::Strengthening,
        Some(CareKind::Posture) => PromptKind::Posture,
        Some(CareKind::Footwear) => PromptKind::Footwear,
        Some(CareKind::Orthotic) => PromptKind::Orthotic,
        Some(CareKind::Walking) => PromptKind::Walking,
    }
}

async fn record(app: &Arc<App>, tenant: TenantId, delivered: Vec<Delivered>) -> Result<()> {
    let now = app.now();
    let attempts: Vec<Attempt> = delivered
        .iter()
        .flat_map(|one| attempt_rows(app, tenant, one, now))
        .collect();
    let gone: Vec<_> = delivered
        .iter()
        .flat_map(|one| &one.attempts)
        .filter(|(_, outcome)| *outcome == Outcome::TokenGone)
        .filter_map(|(device, _)| Some((device.id, device.push_token.clone()?)))
        .collect();
    let settled: Vec<_> = delivered
        .into_iter()
        .map(|one| (one.claimed.prompt, one.settled))
        .collect();
    app.store
        .write("record_delivery", Scope::job(tenant, JOB), move |tx| {
            for (prompt, settled) in &settled {
                if !prompts::settle(tx, prompt, *settled, now)? {
                    tracing::warn!(occurrence = %prompt.occurrence_id, "possible_duplicate: the lease was lost before the answer");
                }
            }
            for (device, token) in &gone {
                devices::token_gone(tx, *device, token)?;
            }
            prompts::insert_attempts(tx, &attempts)
        })
        .await
}

fn attempt_rows(app: &App, tenant_id: TenantId, one: &Delivered, now: Timestamp) -> Vec<Attempt> {
    let row = |(device, outcome): &(Device, Outcome)| Attempt {
        tenant_id,
        id: AttemptId::from(app.ids.uuid()),
        occurrence_id: one.claimed.prompt.occurrence_id,
        step: one.claimed.prompt.step,
        device_id: Some(device.id),
        channel: app.doors.push.name().to_owned(),
        outcome: outcome.name().to_owned(),
        code: outcome.code().map(str::to_owned),
        provider_message_id: match outcome {
            Outcome::Accepted {
                provider_message_id,
            } => Some(provider_message_id.clone()),
            _ => None,
        },
        attempted_at: now.into(),
    };
    one.attempts.iter().map(row).collect()
}
