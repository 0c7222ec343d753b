//! Watching: at the end of each of a patient's days, and at once after late news, rules look at the last weeks and
//! say what somebody should do: a gentle word, an alert, a stop. Input-less and idempotent.

mod facts;
pub mod progress;
pub mod rules;
mod say;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::patient_day::Place;
use super::planning::{self, PatientPlan};
use super::recipients;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::jobs::apart::apart;
use crate::store::types::{PatientId, TenantId};
use crate::store::{Scope, System, Tx, care_events, days, patients};

/// Patients one transaction looks at.
const BATCH: i64 = 200;
/// Days the rules look back on.
const LOOK_BACK_DAYS: i32 = 60;
/// A patient without a day to end is looked at again after this long.
const OTHERWISE: SignedDuration = SignedDuration::from_hours(24);

/// A patient at whom a look failed is looked at again after this long.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// One pass: every patient whose time has come is looked at.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    let due = app
        .store
        .read("to_watch", System, move |tx| {
            patients::to_watch(tx, now, BATCH)
        })
        .await?;
    if due.is_empty() {
        let next = app
            .store
            .read("next_watch", System, patients::next_watch)
            .await?;
        return Ok(next.map_or(Next::WhenSignalled, Next::At));
    }
    let mut by_tenant: BTreeMap<TenantId, Vec<PatientId>> = BTreeMap::new();
    for (tenant, patient) in due {
        by_tenant.entry(tenant).or_default().push(patient);
    }
    for (tenant, ids) in by_tenant {
        look_at(&app, Scope::job(tenant, "watcher"), ids, now).await?;
    }
    app.signals.wake_dispatcher();
    Ok(Next::Now)
}

/// Looks at many at once; one nobody can look at holds up no other, and is looked at again in a while.
async fn look_at(app: &Arc<App>, scope: Scope, ids: Vec<PatientId>, now: Timestamp) -> Result<()> {
    let work = move |tx: &mut Tx<'_>, ids: &[PatientId]| look(tx, ids, now);
    let named = PatientId::to_string;
    let done = apart(app, ("watcher", "watch"), scope, ids, named, work).await?;
    let later = now + AFTER_FAILURE;
    for id in done.failed {
        app.store
            .write("watch_later", scope, move |tx| {
                patients::watch(tx, id, later)
            })
            .await?;
    }
    Ok(())
}

fn look(tx: &mut Tx<'_>, ids: &[PatientId], now: Timestamp) -> Result<()> {
    let patients = patients::lock_many(tx, ids)?;
    let settings = recipients::rules(tx)?;
    let mut facts = facts::of(tx, &patients, now, LOOK_BACK_DAYS)?;
    let plans: BTreeMap<PatientId, PatientPlan> = planning::load(tx, patients.clone(), now)?
        .into_iter()
        .map(|plan| (plan.patient.id, plan))
        .collect();
    let levels = care_events::levels(tx, ids)?;
    for patient in patients {
        let place = Place::of(&patient)?;
        let today = place.date_at(now);
        let found = facts.remove(&patient.id).unwrap_or_default();
        say::about(tx, &patient, &found, &settings, today, now)?;
        if let Some(plan) = plans.get(&patient.id) {
            progress::look(tx, plan, &levels, today, now)?;
        }
        let tomorrow = today.checked_add(1.day()).map_err(Error::internal)?;
        let next = days::between(tx, patient.id, today, tomorrow)?
            .into_iter()
            .map(|day| day.ends_at.timestamp())
            .find(|ends_at| *ends_at > now);
        let told_at = rules::unreachable(&found)
            .map(|(_, since)| say::told_at(since, &settings))
            .filter(|at| *at > now);
        let next = next.into_iter().chain(told_at).min();
        patients::watch(tx, patient.id, next.unwrap_or(now + OTHERWISE))?;
    }
    Ok(())
}
