//! Sending what was claimed: many at once, so many at most in the whole process, written down as they come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::sync::OwnedSemaphorePermit;

use super::recipients::Outgoing;
use super::sending::{self, Delivered};
use super::sweep::{Claim, JOB};
use crate::app::App;
use crate::error::Result;
use crate::planted::{self, Bug};
use crate::store::deliveries::DeliveryState;
use crate::store::leases::{self, Settled};
use crate::store::types::{DeliveryId, PatientId, TenantId};
use crate::store::{Scope, Tx, devices};

/// Messages of one claim under way at once; those of the whole process are bounded by [`App::sends`], each counted until
/// it is written down.
const IN_FLIGHT: usize = 1000;
/// The longest one attempt takes (see [`crate::push::fcm`]): nothing is begun that could outlast its lease.
const LONGEST_SEND: SignedDuration = SignedDuration::from_secs(30);

/// Sends what a claim took.
pub(super) async fn deliver(app: &Arc<App>, claim: Claim, send: Vec<Outgoing>) -> Result<()> {
    let mut by_tenant: BTreeMap<TenantId, Vec<Outgoing>> = BTreeMap::new();
    for one in send {
        by_tenant
            .entry(one.delivery.tenant_id)
            .or_default()
            .push(one);
    }
    let clinics = by_tenant
        .into_iter()
        .map(|(tenant, send)| deliver_clinic(app, tenant, claim, send));
    // One clinic's trouble is not the others': all are delivered, then the first trouble is told.
    join_all(clinics).await.into_iter().collect()
}

/// What came of one delivery.
enum Ended {
    /// It was tried; it counts as under way until it is written down.
    Tried(Box<Delivered>, OwnedSemaphorePermit),
    /// It was not begun.
    Left(DeliveryId),
}

async fn deliver_clinic(
    app: &Arc<App>,
    tenant: TenantId,
    claim: Claim,
    send: Vec<Outgoing>,
) -> Result<()> {
    if planted::is(Bug::RecordsBeforeSending) {
        let ids: Vec<DeliveryId> = send.iter().map(|one| one.delivery.id).collect();
        let (sent, now) = (Settled::Final(DeliveryState::Sent, None), app.now());
        let settle = move |tx: &mut Tx<'_>| leases::settle(tx, claim.lease, &ids, &sent, now);
        app.store
            .write("planted", Scope::job(tenant, JOB), settle)
            .await?;
    }
    let ids: BTreeSet<PatientId> = send.iter().map(|one| one.delivery.patient_id).collect();
    let ids: Vec<PatientId> = ids.into_iter().collect();
    let devices = app
        .store
        .read("devices", Scope::job(tenant, JOB), move |tx| {
            devices::of_patients(tx, &ids)
        })
        .await?;
    let mut ended = stream::iter(send)
        .map(|one| {
            let devices = if planted::is(Bug::SendsToSomebodyElse) {
                devices.values().next()
            } else {
                devices.get(&one.delivery.patient_id)
            };
            let devices = devices.map_or(&[][..], Vec::as_slice);
            async move {
                match permit(app, claim).await {
                    Some(permit) => {
                        let delivered = sending::attempt(app, one, devices).await;
                        Ended::Tried(Box::new(delivered), permit)
                    }
                    None => Ended::Left(one.delivery.id),
                }
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .ready_chunks(IN_FLIGHT);
    let mut left = Vec::new();
    // Written down as they come, so that one slow answer keeps no other from being known.
    while let Some(group) = ended.next().await {
        let (mut tried, mut permits) = (Vec::new(), Vec::new());
        for one in group {
            match one {
                Ended::Tried(delivered, permit) => {
                    tried.push(*delivered);
                    permits.push(permit);
                }
                Ended::Left(id) => left.push(id),
            }
        }
        if !tried.is_empty() {
            sending::record(app, tenant, claim.lease, tried).await?;
        }
        drop(permits);
    }
    give_back(app, tenant, claim, left).await
}

/// The right to send one message; none once the process is to stop, or when sending could outlast the lease.
async fn permit(app: &App, claim: Claim) -> Option<OwnedSemaphorePermit> {
    let permit = app.sends.clone().acquire_owned().await.ok()?;
    let begin_until = claim.until.checked_sub(LONGEST_SEND).ok()?;
    (!app.is_stopping() && app.now() <= begin_until).then_some(permit)
}

/// What was claimed and not begun is anybody's again, at once.
async fn give_back(
    app: &Arc<App>,
    tenant: TenantId,
    claim: Claim,
    left: Vec<DeliveryId>,
) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let again = Settled::RetryAt(app.now(), None);
    let now = app.now();
    app.store
        .write("give_back", Scope::job(tenant, JOB), move |tx| {
            leases::settle(tx, claim.lease, &left, &again, now).map(drop)
        })
        .await
}
