//! Erasing a patient's data: asked for, counted down, then done by a pass; a tombstone stays.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::jobs::apart::{Done, apart};
use crate::planted::{self, Bug};
use crate::store::audit::{self, Entry};
use crate::store::erasures::{self, Erasure};
use crate::store::types::{ClinicianId, ErasureId, PatientId, TenantId, UtcMicros};
use crate::store::{Scope, System, Tx, clinics, patients};

/// Days between the request and the erasing where the request names none.
pub const DEFAULT_DAYS: i64 = 7;
/// Requests one pass takes.
const BATCH: i64 = 20;
/// While somebody reads what was, the bytes of the erased are looked after again so much later.
const TRACES_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// Requests and tombstones that are listed.
const LISTED: i64 = 500;

/// Asks for a patient's data to be erased after some days.
///
/// # Errors
/// Conflict with the request that is there already.
pub async fn request(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    days: i64,
) -> Result<Erasure> {
    let now = app.now();
    let due_at = now
        .checked_add(SignedDuration::from_hours(24 * days))
        .map_err(Error::internal)?;
    let row = Erasure {
        tenant_id: scope.tenant,
        id: ErasureId::from(app.ids.uuid()),
        patient_id: patient,
        requested_at: now.into(),
        requested_by: Some(by),
        due_at: due_at.into(),
        cancelled_at: None,
        cancelled_by: None,
        erased_at: None,
        counts: None,
    };
    let entry = app.audit("erasure.request", "patient", Some(*patient.bytes()));
    let made = app
        .store
        .write("request_erasure", scope, move |tx| {
            patients::lock(tx, patient)?;
            if let Some(open) = erasures::open(tx, patient)? {
                return Err(Error::conflict(
                    "the erasing of this patient's data is asked for already",
                    serde_json::json!({ "due_at": open.due_at.timestamp() }),
                ));
            }
            erasures::insert(tx, &row)?;
            audit::append(tx, &[entry])?;
            Ok(row.clone())
        })
        .await?;
    app.signals.wake();
    Ok(made)
}

/// The request about a patient that is neither done nor called off.
///
/// # Errors
/// Not found when there is none.
pub async fn find(app: &App, scope: Scope, patient: PatientId) -> Result<Erasure> {
    app.store
        .read("erasure", scope, move |tx| {
            patients::find(tx, patient)?;
            erasures::open(tx, patient)?.ok_or_else(Error::not_found)
        })
        .await
}

/// Calls a request off. A repeat changes nothing.
///
/// # Errors
/// Not found when there is no such patient, or no longer.
pub async fn cancel(app: &App, scope: Scope, by: ClinicianId, patient: PatientId) -> Result<()> {
    let now = app.now();
    let entry = app.audit("erasure.cancel", "patient", Some(*patient.bytes()));
    app.store
        .write("cancel_erasure", scope, move |tx| {
            patients::lock(tx, patient)?;
            match erasures::open(tx, patient)? {
                Some(open) if erasures::cancel(tx, open.id, by, now)? => {
                    audit::append(tx, &[entry])
                }
                _ => Ok(()),
            }
        })
        .await
}

/// The clinic's requests and tombstones, newest first.
pub async fn list(app: &App, scope: Scope) -> Result<Vec<Erasure>> {
    app.store
        .read("erasures", scope, move |tx| erasures::newest(tx, LISTED))
        .await
}

/// One pass: what is due is erased, each patient in a transaction of its own.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    let due = app
        .store
        .read("erasures_due", System, move |tx| {
            erasures::due(tx, now, BATCH)
        })
        .await?;
    let mut done = Done::default();
    for (tenant, id, patient) in due {
        let entry = app.audit("patient.erase", "patient", Some(*patient.bytes()));
        let scope = Scope::job(tenant, "erasure");
        app.has_traces.store(true, Ordering::SeqCst);
        let work = move |tx: &mut Tx<'_>, _: &[ErasureId]| erase(tx, id, patient, now, entry);
        let of = ("erasure", "erase");
        done.extend(apart(&app, of, scope, vec![id], ErasureId::to_string, work).await?);
    }
    if !done.given.is_empty() {
        return Ok(Next::Now);
    }
    // Also where somebody is left whose data cannot be erased now.
    if !are_traces_gone(&app).await? {
        return Ok(Next::At(now + TRACES_AGAIN));
    }
    if !done.failed.is_empty() {
        return Ok(done.next(now, None));
    }
    let next = app
        .store
        .read("next_erasure", System, erasures::next_due)
        .await?;
    Ok(next.map_or(Next::WhenSignalled, Next::At))
}

/// Whether nothing of the erased stands in the database's files any more, as far as the engine lets anybody see to it.
async fn are_traces_gone(app: &App) -> Result<bool> {
    if !app.has_traces.load(Ordering::SeqCst) {
        return Ok(true);
    }
    let gone = app.store.forget_deleted().await?;
    app.has_traces.store(!gone, Ordering::SeqCst);
    Ok(gone)
}

/// Empties every table of a patient and leaves the tombstone, unless the request was called off meanwhile.
fn erase(
    tx: &mut Tx<'_>,
    id: ErasureId,
    patient: PatientId,
    now: Timestamp,
    entry: Entry,
) -> Result<()> {
    // Whoever acts on the patient goes first or finds nobody; a patient who is gone already leaves an empty tombstone.
    let there = patients::lock(tx, patient).is_ok();
    let still_asked = erasures::open(tx, patient)?.is_some_and(|open| open.id == id);
    if !still_asked {
        return Ok(());
    }
    let counts = if there && !planted::is(Bug::ErasesNothing) {
        erasures::erase(tx, patient)?
    } else {
        std::collections::BTreeMap::new()
    };
    let counts = serde_json::to_string(&counts).map_err(Error::internal)?;
    erasures::entomb(tx, id, now, &counts)?;
    audit::append(tx, &[entry])
}

/// Erases a patient's data at once, for the operator: after a backup was restored in which the patient is still there.
/// Gives the rows erased by table, as JSON.
///
/// # Errors
/// Not found when the clinic or the patient is not there.
pub async fn erase_now(app: &App, slug: &str, patient: PatientId) -> Result<String> {
    let (now, slug) = (app.now(), slug.to_owned());
    let tenant: TenantId = app
        .store
        .read("clinic", System, move |tx| clinics::by_slug(tx, &slug))
        .await?
        .tenant_id;
    let fresh = ErasureId::from(app.ids.uuid());
    let entry = app.audit("patient.erase", "patient", Some(*patient.bytes()));
    let counts = app
        .store
        .write("erase_now", Scope::operator(tenant), move |tx| {
            patients::lock(tx, patient)?;
            let id = match erasures::open(tx, patient)? {
                Some(open) => open.id,
                None => {
                    erasures::insert(tx, &by_operator(tenant, fresh, patient, now))?;
                    fresh
                }
            };
            let counts = erasures::erase(tx, patient)?;
            let counts = serde_json::to_string(&counts).map_err(Error::internal)?;
            erasures::entomb(tx, id, now, &counts)?;
            audit::append(tx, &[entry])?;
            Ok(counts)
        })
        .await?;
    if !app.store.forget_deleted().await? {
        tracing::warn!(
            "somebody still reads the database: bytes of the erased go with the next restart of the server"
        );
    }
    Ok(counts)
}

fn by_operator(tenant_id: TenantId, id: ErasureId, patient: PatientId, now: Timestamp) -> Erasure {
    Erasure {
        tenant_id,
        id,
        patient_id: patient,
        requested_at: now.into(),
        requested_by: None,
        due_at: UtcMicros::from(now),
        cancelled_at: None,
        cancelled_by: None,
        erased_at: None,
        counts: None,
    }
}
