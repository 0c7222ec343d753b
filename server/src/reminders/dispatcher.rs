//! Sends what is due: sweep or claim, look again, push, write down. A crash anywhere in between sends the same
//! message again under the same id; it never loses one.
//!
//! All of it goes by the clock that servers share (docs/decisions/0033-one-clock-for-claims.md).

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::claims;
use super::delivery;
use super::fan_out;
use super::recipients::Read;
use super::sweep::{Claim, JOB, sweep};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::{Next, apart};
use crate::planted::{self, Bug};
use crate::store::System;
use crate::store::leases;
use crate::store::sweeps::{self, Outage};
use crate::store::types::{LeaseId, OutageId, PatientId};

/// A sweep or a claim takes at least so many.
const FEWEST: usize = 64;
/// Batches one pass takes of each before everything is looked at anew.
const ROUNDS: usize = 16;
/// How long a claim keeps others away: the messages of a server that died are sent by another within the minute.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// One pass: everything that is due is claimed and sent.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.house_now();
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
        .filter(|(_, at)| at.is_some_and(|at| at <= sweeps_until(&app)))
        .map(|(shard, _)| *shard)
        .collect();
    let retry = waiting.is_some_and(|at| at <= now);
    if ready.is_empty() && !retry {
        let next = shards.iter().filter_map(|(_, at)| *at).chain(waiting).min();
        return Ok(next.map_or(Next::WhenSignalled, |at| Next::At(by_own_clock(&app, at))));
    }
    let mut work: Vec<Work> = ready.into_iter().map(Work::Sweep).collect();
    work.extend(retry.then_some(Work::Claim));
    let done = join_all(work.into_iter().map(|work| run(&app, work))).await;
    done.into_iter().collect::<Result<()>>()?;
    Ok(Next::Now)
}

/// When this machine's clock says what the shared one says at an instant: jobs sleep by their own.
fn by_own_clock(app: &App, at: Timestamp) -> Timestamp {
    let ahead = app.house.ahead(app.doors.clock.as_ref());
    at.saturating_add(ahead).unwrap_or(at)
}

/// What is due until then is swept.
fn sweeps_until(app: &App) -> Timestamp {
    if planted::is(Bug::SendsEarly) {
        return app.house_now() + SignedDuration::from_mins(20);
    }
    app.house_now()
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
        waiting: leases::next_attempt(tx)?,
    }))
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
    let now = match work {
        Work::Sweep(_) => sweeps_until(app),
        Work::Claim => app.house_now(),
    };
    let full = share(app.sends.available_permits());
    let claim = Claim {
        lease: LeaseId::from(app.ids.uuid()),
        now,
        until: now.checked_add(LEASE).map_err(Error::internal)?,
        limit: i64::try_from(full).map_err(Error::internal)?,
    };
    let (send, more) = match work {
        Work::Sweep(shard) => {
            let swept = app
                .store
                .write("sweep", System, move |tx| sweep(tx, shard, claim))
                .await?;
            if let Some(since) = swept.late_since {
                note_outage(app, since, now).await?;
            }
            tell(app, swept.read);
            (swept.send, swept.seen == full)
        }
        Work::Claim => {
            let gateway_down = !app.doors.push.health().is_healthy();
            let claimed = app
                .store
                .write("claim", System, move |tx| {
                    claims::claim(tx, claim, gateway_down)
                })
                .await?;
            tell(app, claimed.read);
            (claimed.send, claimed.seen == full)
        }
    };
    fan_out::deliver(app, claim, send).await?;
    Ok(more && !app.is_stopping())
}

/// Tells the operator who cannot be read.
fn tell(app: &App, read: Read) {
    let failing = &app.signals.failing;
    for (id, error) in read.unreadable {
        apart::failed(app, JOB, id.to_string(), &Error::internal(error));
    }
    failing.worked(JOB, read.known.iter().map(PatientId::to_string));
}

/// What a sweep takes, and the claim of what waited, when so many messages may still be put on their way: a share of them, or
/// the fewest. What is claimed and does not leave waits for the end of the lease where the process dies.
fn share(free: usize) -> usize {
    let sweeps = usize::try_from(sweeps::SHARDS).unwrap_or(1);
    (free / sweeps).max(FEWEST)
}

/// What was found too late says that nobody looked for a while.
pub(super) async fn note_outage(app: &App, since: Timestamp, now: Timestamp) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_its_share_of_what_may_leave_and_never_next_to_nothing() {
        assert_eq!([1000, 900].map(share), [250, 225]);
        assert_eq!([128, 1, 0].map(share), [FEWEST; 3]);
    }
}
