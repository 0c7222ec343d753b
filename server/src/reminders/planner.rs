//! Planning ahead and closing behind: idempotent passes over what is due for it.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::state::State;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::plans::rules::{self, DayStart, PlannedOccurrence};
use crate::plans::service::plan_items;
use crate::plans::spec::PlanItemSpec;
use crate::store::occurrences::{self, Occurrence};
use crate::store::patients::{self, Patient};
use crate::store::pauses::{self, Pause};
use crate::store::prompts::{self, Prompt, PromptState};
use crate::store::types::{DateText, PatientId, PlanItemId, TenantId, UtcMicros};
use crate::store::{Scope, System, Tx, plans};

/// Occurrences exist this many days ahead, so that a phone can go without a connection for a week.
const HORIZON_DAYS: i32 = 8;
/// Patients one transaction plans for.
const BATCH: i64 = 200;
/// How often the planner looks without being told to.
const EVERY: Duration = Duration::from_secs(3600);
/// Occurrences one transaction closes.
const CLOSE_BATCH: i64 = 1000;

/// One pass of the planner: every patient's occurrences reach the horizon.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    // A day of slack covers every zone: the date line is never more than 14 hours away.
    let target = utc_date(now)
        .checked_add((HORIZON_DAYS - 1).days())
        .map_err(Error::internal)?;
    let short = app
        .store
        .read("planned_short_of", System, move |tx| {
            patients::planned_short_of(tx, target, BATCH)
        })
        .await?;
    let more = i64::try_from(short.len()).unwrap_or(0) == BATCH;
    for (tenant, patient) in short {
        let scope = Scope::job(tenant, "planner");
        app.store
            .write("extend_plan", scope, move |tx| extend(tx, patient, now))
            .await?;
    }
    app.signals.wake_dispatcher();
    Ok(if more {
        Next::Now
    } else {
        Next::At(now + EVERY)
    })
}

fn utc_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Brings one patient's occurrences to the horizon, from where they end.
pub fn extend(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<()> {
    let patient = patients::lock(tx, patient)?;
    let Some(version) = plans::latest(tx, patient.id)? else {
        return Ok(());
    };
    let items = plan_items(&plans::items(tx, patient.id, version.version)?)?;
    let from = match &patient.planned_through {
        Some(date) => date
            .date()
            .map_err(Error::internal)?
            .tomorrow()
            .map_err(Error::internal)?,
        None => utc_date(now).yesterday().map_err(Error::internal)?,
    };
    add_occurrences(tx, &patient, version.version, &items, from, now)
}

/// Writes the frozen rows of a version from a date to the horizon, with their prompts.
pub fn add_occurrences(
    tx: &mut Tx<'_>,
    patient: &Patient,
    version: i64,
    items: &[(PlanItemId, PlanItemSpec)],
    from: Date,
    now: Timestamp,
) -> Result<()> {
    let zone = zone_of(patient)?;
    let through = utc_date(now)
        .checked_add(HORIZON_DAYS.days())
        .map_err(Error::internal)?;
    let paused = pauses::of_patients(tx, &[patient.id])?
        .remove(&patient.id)
        .unwrap_or_default();
    let mut rows = Vec::new();
    for (item, spec) in items {
        // What was due before the version existed is not asked for afterwards.
        for planned in rules::occurrences(spec, &zone, from, through)
            .into_iter()
            .filter(|o| o.due_at > now)
        {
            rows.push(row(
                tx.tenant(),
                patient,
                version,
                (*item, spec),
                planned,
                &paused,
                now,
            )?);
        }
    }
    let added = occurrences::insert_new(tx, &rows)?;
    let prompts: Vec<Prompt> = rows
        .iter()
        .filter(|row| row.state == State::Planned && added.contains(&row.id))
        .map(prompt_for)
        .collect();
    prompts::insert(tx, &prompts)?;
    patients::set_planned_through(tx, patient.id, through)
}

/// The zone a patient lives in.
pub fn zone_of(patient: &Patient) -> Result<TimeZone> {
    TimeZone::get(&patient.time_zone).map_err(Error::internal)
}

fn row(
    tenant_id: TenantId,
    patient: &Patient,
    plan_version: i64,
    (plan_item_id, spec): (PlanItemId, &PlanItemSpec),
    planned: PlannedOccurrence,
    paused: &[Pause],
    now: Timestamp,
) -> Result<Occurrence> {
    let local_date = DateText::from(planned.local_date);
    let pause = paused
        .iter()
        .find(|pause| pause.from_date <= local_date && local_date <= pause.through_date);
    Ok(Occurrence {
        tenant_id,
        id: rules::occurrence_id(plan_item_id, planned.local_date, planned.window_no),
        patient_id: patient.id,
        plan_version,
        plan_item_id,
        window_no: i64::try_from(planned.window_no).map_err(Error::internal)?,
        exercise_key: spec.exercise.clone(),
        dose: serde_json::to_string(&planned.dose).map_err(Error::internal)?,
        local_date,
        local_time: planned.local_time.strftime("%H:%M").to_string(),
        time_zone: patient.time_zone.clone(),
        clock_rule: planned.clock_rule,
        opens_at: planned.opens_at.into(),
        due_at: planned.due_at.into(),
        closes_at: planned.closes_at.into(),
        state: if pause.is_some() {
            State::Excused
        } else {
            State::Planned
        },
        reason: pause.map(|pause| pause.reason.clone()),
        done_fraction: None,
        answered_at: None,
        planned_at: now.into(),
        remind_at: None,
        ladder: None,
        shard: 0,
        flexible: 0,
        done_amount: None,
    })
}

fn prompt_for(row: &Occurrence) -> Prompt {
    Prompt {
        tenant_id: row.tenant_id,
        occurrence_id: row.id,
        step: 0,
        patient_id: row.patient_id,
        state: PromptState::Pending,
        due_at: row.due_at,
        expires_at: row.closes_at,
        next_attempt_at: row.due_at,
        attempts: 0,
        lease: None,
        sent_at: None,
    }
}

/// One pass of the closer: windows that ended unanswered become missed.
pub async fn close_pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    let due = app
        .store
        .read("to_close", System, move |tx| {
            occurrences::to_close(tx, now, CLOSE_BATCH)
        })
        .await?;
    if due.is_empty() {
        let next = app
            .store
            .read("next_close", System, occurrences::next_close)
            .await?;
        return Ok(next.map_or(Next::WhenSignalled, Next::At));
    }
    let mut tenants: Vec<TenantId> = due.iter().map(|(tenant, _)| *tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    for tenant in tenants {
        let ids: Vec<_> = due
            .iter()
            .filter(|(of, _)| *of == tenant)
            .map(|(_, id)| *id)
            .collect();
        app.store
            .write("close", Scope::job(tenant, "closer"), move |tx| {
                occurrences::close(tx, &ids)
            })
            .await?;
    }
    Ok(Next::Now)
}

/// When an occurrence's instants are needed as a [`super::state::Span`].
pub fn span_of(row: &Occurrence) -> Result<super::state::Span> {
    let zone = TimeZone::get(&row.time_zone).map_err(Error::internal)?;
    let date = row.local_date.date().map_err(Error::internal)?;
    let day_ends_at = rules::day_end(&zone, date, DayStart::MIDNIGHT)
        .unwrap_or_else(|| UtcMicros::timestamp(row.closes_at));
    Ok(super::state::Span {
        day_begins_at: rules::day_begin(&zone, date, DayStart::MIDNIGHT)
            .unwrap_or_else(|| row.opens_at.timestamp()),
        opens_at: row.opens_at.timestamp(),
        closes_at: row.closes_at.timestamp(),
        day_ends_at,
    })
}
