//! Group commit of uploads: those that arrive while a group is being written form the next one, so
//! that many share a transaction and its fsync, on both engines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};

use super::calendar::Calendar;
use super::footwear::Footwear;
use super::quality::{self, Around};
use super::wear::{self, WornSession};
use crate::app::App;
use crate::consent;
use crate::error::{Code, Error, Result};
use crate::planted::{self, Bug};
use crate::rt::spawn::Spawner;
use crate::store::audit::{self, Entry};
use crate::store::backend::Engine;
use crate::store::consents::UploadKind;
use crate::store::insoles::{self, InsoleSession, Judged};
use crate::store::quarantine;
use crate::store::types::{PatientId, SessionId, TenantId, UtcMicros};
use crate::store::{self, Scope, Tx, care_events, clinics};

/// Uploads waiting beyond this are refused as unavailable.
const QUEUE: usize = 8192;
/// What began so long before the clinic was opened was dated by a clock that was wrong, such as one that begins in 1970;
/// less may be recordings of before.
const BEFORE_CLINIC: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Uploads one transaction takes.
const GROUP: usize = 256;

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// New, and durable.
    Created,
    /// Here already, the same.
    Duplicate,
    /// Its id is here with other content; the first is kept.
    Conflict,
    /// Kept for review and not counted: nobody walked for a clinic years before it was there.
    Quarantined,
    /// Thrown away: there is no consent to keep it.
    Discarded,
}

impl Disposition {
    /// As the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::Quarantined => "quarantined",
            Self::Discarded => crate::http::batch::DISCARDED,
        }
    }
}

/// An upload, checked and scored.
#[derive(Clone)]
pub struct Upload {
    /// What is stored.
    pub row: InsoleSession,
    /// What it adds to the wear of its dates.
    pub wear: WornSession,
    /// Its line in the audit trail.
    pub entry: Entry,
}

struct Pending {
    upload: Arc<Upload>,
    answer: oneshot::Sender<Result<Disposition>>,
}

/// Where uploads gather.
#[derive(Default)]
pub struct Ingest {
    queue: OnceLock<mpsc::Sender<Pending>>,
}

impl Ingest {
    /// Hands an upload over; the receiver hears of it once it is durable.
    ///
    /// # Errors
    /// Unavailable when too many are waiting.
    pub fn submit(&self, upload: Upload) -> Result<oneshot::Receiver<Result<Disposition>>> {
        let (answer, result) = oneshot::channel();
        let queue = self
            .queue
            .get()
            .ok_or_else(|| Error::unavailable("ingest has not started"))?;
        queue
            .try_send(Pending {
                upload: Arc::new(upload),
                answer,
            })
            .map_err(|_| Error::unavailable("the ingest queue is full"))?;
        Ok(result)
    }
}

/// Starts the writers: one beside SQLite's single writer, two where two transactions can overlap.
pub fn start(app: &Arc<App>, spawner: &Spawner) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    // Set once: `start` is called once for each `App`.
    let _ = app.ingest.queue.set(sender);
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    let writers = match app.store.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => 2,
    };
    for _ in 0..writers {
        let (app, receiver, stop) = (app.clone(), receiver.clone(), spawner.clone());
        spawner.spawn("ingest", async move { run(&app, &receiver, &stop).await });
    }
}

async fn run(
    app: &Arc<App>,
    receiver: &tokio::sync::Mutex<mpsc::Receiver<Pending>>,
    stop: &Spawner,
) {
    loop {
        let mut group = Vec::new();
        {
            let mut receiver = receiver.lock().await;
            tokio::select! {
                biased;
                () = stop.stopping() => return,
                count = receiver.recv_many(&mut group, GROUP) => if count == 0 { return },
            }
        }
        let mut by_tenant: BTreeMap<TenantId, Vec<Pending>> = BTreeMap::new();
        for pending in group {
            by_tenant
                .entry(pending.upload.row.tenant_id)
                .or_default()
                .push(pending);
        }
        for (tenant, pending) in by_tenant {
            write_group(app, tenant, pending).await;
        }
    }
}

async fn write_group(app: &App, tenant: TenantId, group: Vec<Pending>) {
    if planted::is(Bug::AcknowledgesBeforeKeeping) {
        let mut uploads = Vec::new();
        for pending in group {
            uploads.push(pending.upload.clone());
            let _ = pending.answer.send(Ok(Disposition::Created));
        }
        tokio::task::yield_now().await;
        let _ = write(app, tenant, uploads).await;
        return;
    }
    let uploads: Vec<Arc<Upload>> = group.iter().map(|pending| pending.upload.clone()).collect();
    match write(app, tenant, uploads).await {
        Ok(dispositions) => {
            for (pending, disposition) in group.into_iter().zip(dispositions) {
                // A phone that hung up asks again and hears `duplicate`.
                let _ = pending.answer.send(Ok(disposition));
            }
        }
        // One upload the database refuses must not take the others along. One that is away refuses them all, each after
        // waiting for it.
        Err(error) if group.len() > 1 && error.code != Code::Unavailable => {
            tracing::warn!(%error, uploads = group.len(), "a group of uploads failed; writing them one by one");
            for pending in group {
                let single = write(app, tenant, vec![pending.upload.clone()]).await;
                let _ = pending
                    .answer
                    .send(single.map(|all| all.first().copied().unwrap_or(Disposition::Conflict)));
            }
        }
        Err(error) => {
            let uploads = group.len();
            for pending in group {
                let _ = pending.answer.send(Err(Error {
                    cause: None,
                    ..Error::new(error.code)
                }));
            }
            tracing::error!(%error, uploads, "uploads failed");
        }
    }
}

async fn write(app: &App, tenant: TenantId, uploads: Vec<Arc<Upload>>) -> Result<Vec<Disposition>> {
    app.store
        .write("ingest", Scope::job(tenant, "ingest"), move |tx| {
            keep(tx, &uploads)
        })
        .await
}

/// Whose an upload is, when it was recorded and when it arrived.
fn recorded(upload: &Arc<Upload>) -> (PatientId, Timestamp, Timestamp) {
    let row = &upload.row;
    (
        row.patient_id,
        row.started_at.timestamp(),
        row.received_at.timestamp(),
    )
}

fn keep(tx: &mut Tx<'_>, uploads: &[Arc<Upload>]) -> Result<Vec<Disposition>> {
    let withheld = consent::guard_all(tx, UploadKind::InsoleSession, uploads.iter().map(recorded))?;
    let believed_from = believed_from(tx, uploads)?;
    let unbelieved = |row: &InsoleSession| believed_from.is_some_and(|from| row.started_at < from);
    let rows: Vec<InsoleSession> = uploads
        .iter()
        .zip(&withheld)
        .filter(|(upload, withheld)| !**withheld && !unbelieved(&upload.row))
        .map(|(upload, _)| upload.row.clone())
        .collect();
    let mut created: BTreeSet<SessionId> = insoles::insert_new(tx, &rows)?.into_iter().collect();
    let known: Vec<SessionId> = if created.len() == rows.len() {
        Vec::new()
    } else {
        rows.iter().map(|row| row.session_id).collect()
    };
    let stored = insoles::stored(tx, &known)?;
    let mut dispositions = Vec::with_capacity(rows.len());
    let mut entries = Vec::with_capacity(rows.len());
    let mut new: Vec<&Upload> = Vec::with_capacity(rows.len());
    for (upload, withheld) in uploads.iter().zip(withheld) {
        let row = &upload.row;
        // Of equal ids in one group the first is the one that was inserted.
        let disposition = if withheld {
            Disposition::Discarded
        } else if unbelieved(row) {
            for_review(tx, row, "clock")?;
            Disposition::Quarantined
        } else if created.remove(&row.session_id) {
            entries.push(upload.entry);
            new.push(upload);
            Disposition::Created
        } else if planted::is(Bug::TakesImpostors)
            || stored.get(&row.session_id) == Some(&(row.content_hash, row.patient_id))
        {
            Disposition::Duplicate
        } else {
            for_review(tx, row, "conflict")?;
            Disposition::Conflict
        };
        dispositions.push(disposition);
    }
    if !entries.is_empty() {
        audit::append(tx, &entries)?;
        count(tx, &new)?;
    }
    Ok(dispositions)
}

fn for_review(tx: &mut Tx<'_>, row: &InsoleSession, why: &str) -> Result<()> {
    let whose = (row.patient_id, row.device_id);
    let kept = (insoles::KIND, why);
    quarantine::keep(tx, whose, kept, &row.summary, row.received_at.timestamp())
}

/// Since when a session of the clinic can have begun; looked up only where one is old enough to ask.
fn believed_from(tx: &mut Tx<'_>, uploads: &[Arc<Upload>]) -> Result<Option<UtcMicros>> {
    let is_old = |upload: &Arc<Upload>| {
        let row = &upload.row;
        row.received_at
            .timestamp()
            .duration_since(row.started_at.timestamp())
            > BEFORE_CLINIC
    };
    if !uploads.iter().any(is_old) {
        return Ok(None);
    }
    let opened = clinics::current(tx)?.created_at.timestamp();
    Ok(opened.checked_sub(BEFORE_CLINIC).ok().map(UtcMicros::from))
}

/// Counts the wear of new sessions on their dates, and takes the score from those walked in other footwear than was
/// handed over. Once for each session: one that is here already is not new.
fn count(tx: &mut Tx<'_>, new: &[&Upload]) -> Result<()> {
    let mut patients: Vec<PatientId> = new.iter().map(|upload| upload.wear.patient).collect();
    patients.sort_unstable();
    patients.dedup();
    let begun = new.iter().map(|upload| upload.wear.started_at);
    let ended = new.iter().map(|upload| upload.wear.ended_at());
    let (Some(from), Some(until)) = (begun.min(), ended.max()) else {
        return Ok(());
    };
    let calendars = Calendar::load(tx, &patients, from, until)?;
    let sessions = new.iter().map(|upload| &upload.wear);
    let rows = wear::rows(tx.tenant(), sessions, &calendars);
    store::wear::add(tx, &rows)?;
    judge(tx, new, &patients, &calendars)?;
    store::wear::mark_pending(tx, &patients)
}

fn judge(
    tx: &mut Tx<'_>,
    new: &[&Upload],
    patients: &[PatientId],
    calendars: &BTreeMap<PatientId, Calendar>,
) -> Result<()> {
    let events = care_events::standing(tx, patients)?;
    for upload in new {
        let own = events
            .iter()
            .filter(|event| event.patient_id == upload.wear.patient);
        let footwear = Footwear::of(own)?;
        let Some(calendar) = calendars.get(&upload.wear.patient) else {
            continue;
        };
        let date = calendar.date_of(upload.wear.started_at);
        let worn = (upload.wear.orthotic.as_deref(), upload.wear.shoe.as_deref());
        if footwear.differs(date, worn.0, worn.1) {
            let own = quality::from_text(upload.row.reasons.as_deref());
            let around = Around {
                other_footwear: true,
                turned_round: false,
            };
            let reasons = quality::to_text(&quality::with_around(&own, around))?;
            let judged = Judged {
                reasons,
                score: None,
                score_se: None,
            };
            insoles::judge(tx, upload.row.session_id, &judged)?;
        }
    }
    Ok(())
}
