//! Sending what was claimed: many at once, so many at most in the whole process, written down as they come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::sync::OwnedSemaphorePermit;

use super::recipients::Outgoing;
use super::sending::{self, Delivered};
use super::sweep::{Claim, JOB};
use crate::app::App;
use crate::error::{Error, Result};
use crate::planted::{self, Bug};
use crate::store::deliveries::{Delivery, DeliveryState};
use crate::store::devices::{self, Address};
use crate::store::leases::{self, Settled};
use crate::store::types::{DeliveryId, PatientId, TenantId};
use crate::store::{Scope, Tx};

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
    Left(Delivery),
    /// It was taken back since it was claimed.
    Lost,
    /// Nobody could look at it before it was to leave.
    Failed(Error),
}

async fn deliver_clinic(
    app: &Arc<App>,
    tenant: TenantId,
    claim: Claim,
    send: Vec<Outgoing>,
) -> Result<()> {
    if planted::is(Bug::RecordsBeforeSending) {
        let all = send.iter().map(|one| one.delivery.clone()).collect();
        let (sent, now) = (Settled::Final(DeliveryState::Sent, None), app.house_now());
        let sent = [(sent, all)];
        let settle = move |tx: &mut Tx<'_>| leases::end(tx, claim.lease, &sent, false, now);
        app.store
            .write("planted", Scope::job(tenant, JOB), settle)
            .await?;
    }
    let mut held = send.len();
    let mut ended = sent(app.clone(), tenant, claim, send);
    let (mut left, mut released, mut trouble) = (Vec::new(), false, Ok(()));
    // Written down as they come, so that one slow answer keeps no other from being known.
    while let Some(group) = ended.next().await {
        let (mut tried, mut permits) = (Vec::new(), Vec::new());
        for one in group {
            match one {
                Ended::Tried(delivered, permit) => {
                    tried.push(*delivered);
                    permits.push(permit);
                }
                Ended::Left(one) => left.push(one),
                Ended::Lost => held -= 1,
                Ended::Failed(error) => trouble = Err(error),
            }
        }
        if !tried.is_empty() {
            held -= tried.len();
            sending::record(app, tenant, claim.lease, tried, held == 0).await?;
            released = held == 0;
        }
        drop(permits);
    }
    // What nobody could look at waits for the end of the lease.
    if trouble.is_ok() && !released {
        give_back(app, tenant, claim, left).await?;
    }
    trouble
}

/// What came of each, in groups as they come.
fn sent(
    app: Arc<App>,
    tenant: TenantId,
    claim: Claim,
    send: Vec<Outgoing>,
) -> BoxStream<'static, Vec<Ended>> {
    let batches = stream::unfold((app.clone(), send), move |(app, waiting)| {
        next_batch(app, tenant, claim, waiting)
    });
    let begin = move |turn| begin(app.clone(), turn);
    batches
        .flat_map(stream::iter)
        .map(begin)
        .buffer_unordered(IN_FLIGHT)
        .ready_chunks(IN_FLIGHT)
        .boxed()
}

fn begin(app: Arc<App>, turn: Turn) -> BoxFuture<'static, Ended> {
    Box::pin(async move {
        match turn {
            Turn::Send(one, devices, permit) => {
                let delivered = sending::attempt(&app, *one, &devices).await;
                Ended::Tried(Box::new(delivered), permit)
            }
            Turn::Leave(one) => Ended::Left(*one),
            Turn::Drop => Ended::Lost,
            Turn::Fail(error) => Ended::Failed(error),
        }
    })
}

/// What becomes of one that waits.
enum Turn {
    /// It goes out now.
    Send(Box<Outgoing>, Vec<Address>, OwnedSemaphorePermit),
    /// It is not begun.
    Leave(Box<Delivery>),
    /// It is not this claim's any more.
    Drop,
    /// Nobody could look at it: it waits for the end of its lease.
    Fail(Error),
}

/// Those that still wait.
type Remaining = (Arc<App>, Vec<Outgoing>);

/// As many as may leave now, looked at once more: what was taken back since it was claimed, as with a consent, does
/// not leave, and devices are those of this moment.
fn next_batch(
    app: Arc<App>,
    tenant: TenantId,
    claim: Claim,
    mut waiting: Vec<Outgoing>,
) -> BoxFuture<'static, Option<(Vec<Turn>, Remaining)>> {
    Box::pin(async move {
        if waiting.is_empty() {
            return None;
        }
        let permits = permits(&app, claim, waiting.len()).await;
        let later = waiting.split_off(permits.len());
        if permits.is_empty() {
            return Some((leave(later), (app, Vec::new())));
        }
        let (held, mut devices) = match look(&app, tenant, claim, &waiting).await {
            Ok(seen) => seen,
            Err(error) => return Some((vec![Turn::Fail(error)], (app, Vec::new()))),
        };
        if !may_begin(&app, claim) {
            return Some((leave(waiting), (app, later)));
        }
        if planted::is(Bug::SendsToSomebodyElse) {
            let first = devices.values().next().cloned().unwrap_or_default();
            devices.values_mut().for_each(|all| *all = first.clone());
        }
        let turns = waiting
            .into_iter()
            .zip(permits)
            .map(|(one, permit)| {
                let anyhow =
                    planted::is(Bug::RecordsBeforeSending) || planted::is(Bug::SendsAfterItsLease);
                if !held.contains(&one.delivery.id) && !anyhow {
                    return Turn::Drop;
                }
                let devices = devices.get(&one.delivery.patient_id);
                let devices = devices.cloned().unwrap_or_default();
                Turn::Send(Box::new(one), devices, permit)
            })
            .collect();
        Some((turns, (app, later)))
    })
}

fn leave(waiting: Vec<Outgoing>) -> Vec<Turn> {
    let all = waiting.into_iter().map(|one| Box::new(one.delivery));
    all.map(Turn::Leave).collect()
}

/// Which of these the claim still holds, and where they go.
async fn look(
    app: &Arc<App>,
    tenant: TenantId,
    claim: Claim,
    waiting: &[Outgoing],
) -> Result<(BTreeSet<DeliveryId>, BTreeMap<PatientId, Vec<Address>>)> {
    let ids: Vec<DeliveryId> = waiting.iter().map(|one| one.delivery.id).collect();
    let patients: BTreeSet<PatientId> = waiting.iter().map(|one| one.delivery.patient_id).collect();
    let patients: Vec<PatientId> = patients.into_iter().collect();
    app.store
        .read("before_sending", Scope::job(tenant, JOB), move |tx| {
            let held = leases::still_held(tx, claim.lease, &ids)?;
            let devices = devices::addresses(tx, &patients)?;
            Ok((held, devices))
        })
        .await
}

/// The right to send at least one message and as many of those wanted as may leave at once; none when nothing may be begun.
async fn permits(app: &App, claim: Claim, wanted: usize) -> Vec<OwnedSemaphorePermit> {
    let mut permits = Vec::new();
    if let Ok(first) = app.sends.clone().acquire_owned().await
        && may_begin(app, claim)
    {
        permits.push(first);
        while permits.len() < wanted
            && let Ok(more) = app.sends.clone().try_acquire_owned()
        {
            permits.push(more);
        }
    }
    permits
}

/// Whether a message may be begun: not once the process is to stop, nor when sending could outlast the lease.
fn may_begin(app: &App, claim: Claim) -> bool {
    let begin_until = claim.until.checked_sub(LONGEST_SEND);
    if planted::is(Bug::SendsAfterItsLease) {
        return !app.is_stopping();
    }
    !app.is_stopping() && begin_until.is_ok_and(|until| app.house_now() <= until)
}

/// What was claimed and not begun is anybody's again, at once; the claim is over.
async fn give_back(
    app: &Arc<App>,
    tenant: TenantId,
    claim: Claim,
    left: Vec<Delivery>,
) -> Result<()> {
    let now = app.house_now();
    let again = [(Settled::RetryAt(now, None), left)];
    app.store
        .write("give_back", Scope::job(tenant, JOB), move |tx| {
            leases::end(tx, claim.lease, &again, true, now).map(drop)
        })
        .await
}
