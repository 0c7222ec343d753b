//! Sends what is due: sweep or claim, look again, push, write down. A crash anywhere in between sends the same
//! message again under the same id; it never loses one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::claims;
use super::delivery;
use super::sending::{self, Delivered};
use super::sweep::{Claim, JOB, Swept, sweep};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::store::deliveries::{self, Delivery};
use crate::store::sweeps::{self, Outage};
use crate::store::types::{LeaseId, OutageId, PatientId, TenantId};
use crate::store::{Scope, System, devices, patients};

/// Occurrences one sweep takes, and deliveries one claim.
const BATCH: i64 = 256;
/// Batches one pass takes of each before everything is looked at anew; shutdown waits for no more.
const ROUNDS: usize = 16;
/// Messages under way at once: what a crash can make appear twice.
const IN_FLIGHT: usize = 256;
/// How long a claim keeps others away: the messages of a server that died are sent by another within the minute.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// The longest one attempt takes (see [`crate::push::fcm`]): nothing is begun that could outlast its lease.
const LONGEST_SEND: SignedDuration = SignedDuration::from_secs(30);
/// A clock that is not believed is looked at again after this long.
const AFTER_STEP: SignedDuration = SignedDuration::from_secs(60);

/// One pass: everything that is due is claimed and sent.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    if !clock_is_believed(&app).await? {
        return Ok(Next::At(app.now() + AFTER_STEP));
    }
    let now = app.now();
    // A look first: sweeping takes the write lock, and mostly there is nothing to sweep.
    let due = app.store.read("next_due", System, look).await?;
    let Due { shards, waiting } = match due {
        Some(due) => due,
        None => {
            app.store
                .write("begin_sweeps", System, move |tx| sweeps::begin(tx, now))
                .await?;
            return Ok(Next::Now);
        }
    };
    let ready: Vec<i64> = shards
        .iter()
        .filter(|(_, at)| at.is_some_and(|at| at <= now))
        .map(|(shard, _)| *shard)
        .collect();
    let retry = waiting.is_some_and(|at| at <= now);
    if ready.is_empty() && !retry {
        let next = shards.iter().filter_map(|(_, at)| *at).chain(waiting).min();
        return Ok(next.map_or(Next::WhenSignalled, Next::At));
    }
    let mut work: Vec<Work> = ready.into_iter().map(Work::Sweep).collect();
    work.extend(retry.then_some(Work::Claim));
    let done = join_all(work.into_iter().map(|work| run(&app, work))).await;
    done.into_iter().collect::<Result<()>>()?;
    Ok(Next::Now)
}

/// When each sweep and the waiting deliveries want to be looked at.
struct Due {
    shards: Vec<(i64, Option<Timestamp>)>,
    waiting: Option<Timestamp>,
}

fn look(tx: &mut crate::store::Tx<'_, System>) -> Result<Option<Due>> {
    let marks = sweeps::marks(tx)?;
    if i64::try_from(marks.len()).unwrap_or(0) < sweeps::SHARDS {
        return Ok(None);
    }
    let mut shards = Vec::with_capacity(marks.len());
    for mark in marks {
        shards.push((mark.shard, sweeps::next_due(tx, &mark)?));
    }
    Ok(Some(Due {
        shards,
        waiting: deliveries::next_attempt(tx)?,
    }))
}

async fn clock_is_believed(app: &App) -> Result<bool> {
    let clock = app.doors.clock.as_ref();
    if app.steps.believes(clock) {
        return Ok(true);
    }
    let since = app.steps.tripped_at().unwrap_or_else(|| app.now());
    let accepted = app
        .store
        .read("clock_accepted", System, move |tx| {
            sweeps::clock_accepted_since(tx, since)
        })
        .await?;
    if accepted {
        app.steps.accept(clock);
    }
    Ok(accepted)
}

#[derive(Clone, Copy)]
enum Work {
    Sweep(i64),
    Claim,
}

/// Each goes on by itself while there is a full batch more: none waits for the slowest of a round.
async fn run(app: &Arc<App>, work: Work) -> Result<()> {
    for _ in 0..ROUNDS {
        if !round(app, work).await? {
            break;
        }
    }
    Ok(())
}

/// One batch; gives whether there may be more.
async fn round(app: &Arc<App>, work: Work) -> Result<bool> {
    let now = app.now();
    let claim = Claim {
        lease: LeaseId::from(app.ids.uuid()),
        now,
        until: now.checked_add(LEASE).map_err(Error::internal)?,
        limit: BATCH,
    };
    let full = usize::try_from(BATCH).unwrap_or(usize::MAX);
    let (send, more) = match work {
        Work::Sweep(shard) => {
            let swept = app
                .store
                .write("sweep", System, move |tx| sweep(tx, shard, claim))
                .await?;
            note_outage(app, &swept, now).await?;
            (swept.send, swept.seen == full)
        }
        Work::Claim => {
            let send = app
                .store
                .write("claim", System, move |tx| claims::claim(tx, claim))
                .await?;
            let more = send.len() == full;
            (send, more)
        }
    };
    deliver(app, claim, send).await?;
    Ok(more)
}

/// What was found too late says that nobody looked for a while.
async fn note_outage(app: &App, swept: &Swept, now: Timestamp) -> Result<()> {
    let Some(since) = swept.late_since else {
        return Ok(());
    };
    let outage = Outage {
        id: OutageId::from(app.ids.uuid()),
        from_at: since.into(),
        until_at: now.into(),
        excused_at: None,
    };
    tracing::warn!(event = "outage", %since, until = %now, "reminders were found too late");
    app.store
        .write("outage", System, move |tx| {
            sweeps::note_outage(tx, &outage, delivery::LATE)
        })
        .await
}

async fn deliver(app: &Arc<App>, claim: Claim, send: Vec<Delivery>) -> Result<()> {
    let mut by_tenant: BTreeMap<TenantId, Vec<Delivery>> = BTreeMap::new();
    for one in send {
        by_tenant.entry(one.tenant_id).or_default().push(one);
    }
    let clinics = by_tenant
        .into_iter()
        .map(|(tenant, send)| deliver_clinic(app, tenant, claim, send));
    // One clinic's trouble is not the others': all are delivered, then the first trouble is told.
    join_all(clinics).await.into_iter().collect()
}

async fn deliver_clinic(
    app: &Arc<App>,
    tenant: TenantId,
    claim: Claim,
    send: Vec<Delivery>,
) -> Result<()> {
    let ids: BTreeSet<PatientId> = send.iter().map(|one| one.patient_id).collect();
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
    let begin_until = claim
        .until
        .checked_sub(LONGEST_SEND)
        .map_err(Error::internal)?;
    let mut delivered = stream::iter(send)
        .map(|one| {
            let devices = devices
                .get(&one.patient_id)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let locale = sending::locale(locales.get(&one.patient_id));
            async move {
                // What could outlast its lease is left to whoever claims it next.
                if app.now() > begin_until {
                    return None;
                }
                Some(sending::attempt(app, one, devices, locale).await)
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .ready_chunks(IN_FLIGHT);
    // Written down as they come, so that one slow answer keeps no other from being known.
    while let Some(group) = delivered.next().await {
        let group: Vec<Delivered> = group.into_iter().flatten().collect();
        if !group.is_empty() {
            sending::record(app, tenant, claim.lease, group).await?;
        }
    }
    Ok(())
}
