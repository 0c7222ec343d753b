//! The watch over insole sessions: a pass that looks at every patient about whom something new came in.

mod look;
pub mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gait::SessionSummary;

use super::calendar::Calendar;
use super::wear::{self, WornSession};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::{Next, apart};
use crate::store::types::{AlertId, NoticeId, PatientId, SessionId};
use crate::store::{self, Scope, System, Tx, insoles};

/// Patients, or sessions, one pass takes.
const BATCH: i64 = 100;
/// After a patient whose look failed, the rest is not kept waiting.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// Ids for what one look may find, made before its transaction.
#[derive(Debug, Clone, Copy)]
struct Fresh {
    alert: AlertId,
    good_news: AlertId,
    notice: NoticeId,
}

/// One pass: sessions of before wear was counted are counted, and every patient with something new is looked at once.
///
/// # Errors
/// When the store cannot be read.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    let uncounted = app
        .store
        .read("uncounted", System, move |tx| insoles::uncounted(tx, BATCH))
        .await?;
    let pending = app
        .store
        .read("watch_pending", System, move |tx| {
            store::wear::pending(tx, BATCH)
        })
        .await?;
    let more = [uncounted.len(), pending.len()]
        .into_iter()
        .any(|count| i64::try_from(count).is_ok_and(|count| count == BATCH));
    let mut failed = false;
    for (tenant, patient, session) in uncounted {
        let outcome = app
            .store
            .write("count_wear", Scope::job(tenant, "watch"), move |tx| {
                count(tx, patient, session)
            })
            .await;
        failed |= noted(&app, session.to_string(), outcome)?.is_none();
    }
    for (tenant, patient) in pending {
        let fresh = Fresh {
            alert: app.ids.uuid().into(),
            good_news: app.ids.uuid().into(),
            notice: app.ids.uuid().into(),
        };
        let outcome = look_at(&app, Scope::job(tenant, "watch"), patient, fresh).await;
        failed |= noted(&app, patient.to_string(), outcome)?.is_none();
    }
    Ok(match (failed, more) {
        (true, _) => Next::At(now + AFTER_FAILURE),
        (false, true) => Next::Now,
        (false, false) => Next::WhenSignalled,
    })
}

/// Reading and judging is long and is done beside the writers; writing is short, and done only if nothing came in
/// meanwhile. What came in is looked at by the next pass.
async fn look_at(app: &App, scope: Scope, patient: PatientId, fresh: Fresh) -> Result<()> {
    let now = app.now();
    let seen = app
        .store
        .read("watch_look", scope, move |tx| look::look(tx, patient, now))
        .await?;
    let Some(seen) = seen else {
        return Ok(());
    };
    app.store
        .write("watch_tell", scope, move |tx| {
            look::apply(tx, patient, &seen, now, fresh)
        })
        .await
}

fn noted(app: &App, what: String, outcome: Result<()>) -> Result<Option<()>> {
    apart::noted(app, "insole-watch", what, outcome)
}

/// Counts the wear of a session that was stored before wear was counted; once, whoever comes first.
fn count(tx: &mut Tx<'_>, patient: PatientId, session: SessionId) -> Result<()> {
    let row = insoles::find(tx, patient, session)?;
    // A summary of another schema version has no wear that could be read; it is not tried again.
    let Ok(summary) = serde_json::from_str::<SessionSummary>(&row.summary) else {
        insoles::take_uncounted(tx, session, 0)?;
        return Ok(());
    };
    let worn = WornSession::of(patient, row.started_at.timestamp(), &summary);
    if insoles::take_uncounted(tx, session, worn.worn.seconds)? {
        let calendar = Calendar::of(tx, patient, worn.started_at, worn.ended_at())?;
        let calendars = BTreeMap::from([(patient, calendar)]);
        let rows = wear::rows(tx.tenant(), [&worn], &calendars);
        store::wear::add(tx, &rows)?;
        store::wear::mark_pending(tx, &[patient])?;
    }
    Ok(())
}

/// The instant so many days before another.
fn days_before(at: jiff::Timestamp, days: i64) -> Result<jiff::Timestamp> {
    at.checked_sub(jiff::SignedDuration::from_hours(24 * days))
        .map_err(Error::internal)
}
