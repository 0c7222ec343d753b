//! Looking at the ledger. Whoever looks leaves an evaluation where something is found that was not found before.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::days::{Heard, What};
use super::ledger::{EpisodeSpan, Facts, Ledger, ledger, span_of, span_of_call};
use super::recording;
use crate::app::App;
use crate::clinic_settings;
use crate::error::{Error, Result};
use crate::insoles::calendar::Calendar;
use crate::reminders::planner::zone_of;
use crate::store::rtm::{self, Call, Entry, Evaluation, EvaluationCause};
use crate::store::types::{ClinicianId, PatientId, UtcMicros};
use crate::store::{Scope, Tx, clinics, consents, patients};

/// A patient's ledger as it is now; what is new in it is kept as evaluated by `by`.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub async fn look(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    cause: EvaluationCause,
) -> Result<Ledger> {
    let now = app.now();
    let found = app
        .store
        .read("rtm_ledger", scope, move |tx| load(tx, patient, now))
        .await?;
    if !has_news(&found)? {
        return Ok(found);
    }
    app.store
        .write("rtm_evaluate", scope, move |tx| {
            patients::lock(tx, patient)?;
            evaluate(tx, by, patient, cause, now)
        })
        .await
}

/// The clinic's date.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn clinic_today(app: &App, scope: Scope) -> Result<jiff::civil::Date> {
    let now = app.now();
    app.store
        .read("clinic_today", scope, move |tx| {
            let zone = clinics::current(tx)?.time_zone;
            let zone = jiff::tz::TimeZone::get(&zone).map_err(Error::internal)?;
            Ok(now.to_zoned(zone).date())
        })
        .await
}

/// A patient's ledger, without leaving anything.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub fn load(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<Ledger> {
    let row = patients::find(tx, patient)?;
    let zone = zone_of(&row)?;
    let settings = clinic_settings::current(tx)?.rtm;
    let clinic = clinics::current(tx)?;
    let calendar = Calendar::of(tx, patient, Timestamp::MIN, now)?;
    let entries = rtm::entries_of(tx, patient)?;
    let calls = rtm::calls_of(tx, patient)?;
    let episodes = consents::episodes(tx, patient)?
        .into_iter()
        .map(|one| EpisodeSpan {
            number: one.episode,
            from: one.given_at.map(UtcMicros::timestamp),
            until: one.withdrawn_at.map(UtcMicros::timestamp),
        });
    let mut episodes: Vec<EpisodeSpan> = episodes.collect();
    if episodes.is_empty() {
        episodes.push(EpisodeSpan {
            number: 1,
            from: None,
            until: None,
        });
    }
    ledger(Facts {
        patient,
        now,
        today: calendar.date_of(now),
        heard: heard(tx, patient, &calendar, settings.app_counts)?,
        elsewhere: elsewhere(tx, patient, &entries, &calls)?,
        clinic_zone: jiff::tz::TimeZone::get(&clinic.time_zone).map_err(Error::internal)?,
        evaluations: rtm::evaluations(tx, patient)?,
        zone,
        settings,
        entries,
        calls,
        episodes,
    })
}

fn heard(
    tx: &mut Tx<'_>,
    patient: PatientId,
    calendar: &Calendar,
    app_counts: bool,
) -> Result<Vec<Heard>> {
    let mut rows = vec![(What::Insoles, rtm::sessions_heard(tx, patient)?)];
    if app_counts {
        rows.push((What::Answer, rtm::answers_heard(tx, patient)?));
        rows.push((What::Checkin, rtm::checkins_heard(tx, patient)?));
    }
    Ok(rows
        .into_iter()
        .flat_map(|(what, all)| {
            all.into_iter().map(move |(at, received_at)| Heard {
                activity_date: calendar.date_of(at.timestamp()),
                received_date: calendar.date_of(received_at.timestamp()),
                received_at: received_at.timestamp(),
                what,
            })
        })
        .collect())
}

/// What the clinicians of these entries and calls did for other patients at the time.
fn elsewhere(
    tx: &mut Tx<'_>,
    patient: PatientId,
    entries: &[Entry],
    calls: &[Call],
) -> Result<Vec<super::time::Span>> {
    let clinicians: BTreeSet<ClinicianId> = entries
        .iter()
        .map(|one| one.clinician_id)
        .chain(calls.iter().map(|one| one.clinician_id))
        .collect();
    let starts = entries
        .iter()
        .map(|one| one.started_at)
        .chain(calls.iter().map(|one| one.started_at));
    let (Some(first), Some(last)) = (starts.clone().min(), starts.max()) else {
        return Ok(Vec::new());
    };
    let from = first
        .timestamp()
        .saturating_sub(recording::LONGEST)
        .map_err(Error::internal)?;
    let until = last
        .timestamp()
        .saturating_add(recording::LONGEST)
        .map_err(Error::internal)?;
    let clinicians: Vec<ClinicianId> = clinicians.into_iter().collect();
    let others = rtm::entries_by(tx, &clinicians, from, until)?;
    let calls = rtm::calls_by(tx, &clinicians, from, until)?;
    let spans = others
        .iter()
        .filter_map(span_of)
        .chain(calls.iter().filter_map(span_of_call));
    Ok(spans.filter(|span| span.patient != patient).collect())
}

fn has_news(ledger: &Ledger) -> Result<bool> {
    let basis = ledger.facts.settings.basis();
    for period in &ledger.periods {
        if period.is_news(basis)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps what is new in a patient's ledger. To be called in the transaction that changed something, with the patient held.
///
/// # Errors
/// The store's.
pub fn evaluate(
    tx: &mut Tx<'_>,
    by: ClinicianId,
    patient: PatientId,
    cause: EvaluationCause,
    now: Timestamp,
) -> Result<Ledger> {
    let found = load(tx, patient, now)?;
    let basis = found.facts.settings.basis();
    let mut kept = Vec::new();
    for period in &found.periods {
        if !period.is_news(basis)? {
            continue;
        }
        let row = Evaluation {
            tenant_id: tx.tenant(),
            patient_id: patient,
            clock: period.clock,
            period: period.key.clone(),
            revision: period.history.last().map_or(0, |last| last.revision) + 1,
            rule_version: period.rule_version.to_owned(),
            basis: basis.to_owned(),
            is_over: i64::from(period.is_over),
            outcome: serde_json::to_string(&period.outcome).map_err(Error::internal)?,
            cause,
            evaluated_by: by,
            evaluated_at: now.into(),
        };
        rtm::insert_evaluation(tx, &row)?;
        kept.push(row);
    }
    let mut found = found;
    for row in kept {
        let own =
            |one: &&mut super::ledger::Period| one.clock == row.clock && one.key == row.period;
        if let Some(period) = found.periods.iter_mut().find(own) {
            period.history.push(row.clone());
        }
        found.facts.evaluations.push(row);
    }
    Ok(found)
}
