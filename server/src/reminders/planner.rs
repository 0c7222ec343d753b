//! Planning ahead and closing behind: idempotent passes over what is due for it, many patients at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::delivery::{LATE, reason};
use super::planning::{self, PatientPlan, Rows};
use super::state::{Span, State};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::jobs::apart::{Done, apart};
use crate::plans::rules::{self, DayStart};
use crate::store::deliveries::{self, Delivery, DeliveryState};
use crate::store::occurrences::{self, Occurrence};
use crate::store::patients::{self, Patient};
use crate::store::types::{OccurrenceId, PatientId, TenantId, UtcMicros};
use crate::store::{Scope, System, Tx, days, unwritten};

/// Occurrences exist this many days ahead, so that a phone can go without a connection for a week.
pub const HORIZON_DAYS: i32 = 8;
/// Patients one transaction plans for,
const BATCH: usize = 200;
/// transactions under way at once,
const AT_ONCE: usize = 2;
/// and patients one pass takes.
const PASS: i64 = 800;
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
            patients::planned_short_of(tx, target, PASS)
        })
        .await?;
    let more = i64::try_from(short.len()).unwrap_or(0) == PASS;
    let mut by_tenant: BTreeMap<TenantId, Vec<PatientId>> = BTreeMap::new();
    for (tenant, patient) in short {
        by_tenant.entry(tenant).or_default().push(patient);
    }
    let batches = by_tenant.into_iter().flat_map(|(tenant, patients)| {
        let scope = Scope::job(tenant, "planner");
        let batches: Vec<_> = patients.chunks(BATCH).map(<[_]>::to_vec).collect();
        batches.into_iter().map(move |batch| (scope, batch))
    });
    let written = stream::iter(batches).map(|(scope, batch)| {
        let plan = move |tx: &mut Tx<'_>, ids: &[PatientId]| extend(tx, ids, now);
        apart(
            &app,
            ("planner", "extend_plans"),
            scope,
            batch,
            PatientId::to_string,
            plan,
        )
    });
    let written = written.buffer_unordered(AT_ONCE);
    let done = written
        .try_fold(Done::default(), |mut all, one| async move {
            all.extend(one);
            Ok(all)
        })
        .await?;
    app.signals.wake_dispatcher();
    if more {
        return Ok(done.next(now, None));
    }
    let tomorrow = utc_date(now).tomorrow().map_err(Error::internal)?;
    let midnight = tomorrow.to_zoned(TimeZone::UTC).map_err(Error::internal)?;
    Ok(done.before(now, midnight.timestamp()))
}

/// The date by UTC.
pub fn utc_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// How far occurrences reach at an instant.
pub fn horizon(now: Timestamp) -> Result<Date> {
    utc_date(now)
        .checked_add(HORIZON_DAYS.days())
        .map_err(Error::internal)
}

/// Brings these patients' occurrences to the horizon, from where they end.
pub fn extend(tx: &mut Tx<'_>, ids: &[PatientId], now: Timestamp) -> Result<()> {
    let through = horizon(now)?;
    let patients: Vec<Patient> = patients::lock_many(tx, ids)?
        .into_iter()
        .filter(|patient| !reaches(patient, through))
        .collect();
    let mut rows = Rows::default();
    let ids: Vec<PatientId> = patients.iter().map(|patient| patient.id).collect();
    for plan in planning::load(tx, patients, now)? {
        plan.rows(begin(&plan.patient, now)?, through, now, &mut rows)?;
    }
    write(tx, &rows)?;
    patients::begin_watch(tx, &ids, now)?;
    patients::set_all_planned_through(tx, &ids, through)
}

fn reaches(patient: &Patient, through: Date) -> bool {
    patient
        .planned_through
        .as_ref()
        .and_then(|date| date.date().ok())
        .is_some_and(|date| date >= through)
}

/// The first date without rows.
fn begin(patient: &Patient, now: Timestamp) -> Result<Date> {
    match &patient.planned_through {
        Some(date) => date
            .date()
            .and_then(Date::tomorrow)
            .map_err(Error::internal),
        // The day before by UTC is still today somewhere.
        None => utc_date(now).yesterday().map_err(Error::internal),
    }
}

/// Writes what one patient's plan asks for from a date to the horizon.
pub fn plan_from(tx: &mut Tx<'_>, plan: &PatientPlan, from: Date, now: Timestamp) -> Result<()> {
    let through = horizon(now)?;
    let mut rows = Rows::default();
    plan.rows(from, through, now, &mut rows)?;
    write(tx, &rows)?;
    patients::set_planned_through(tx, plan.patient.id, through)
}

/// Writes rows; those that exist stay as they are.
pub fn write(tx: &mut Tx<'_>, rows: &Rows) -> Result<()> {
    days::insert_new(tx, &rows.days)?;
    let added = occurrences::insert_new(tx, &rows.occurrences)?;
    if rows.soon.is_empty() {
        return Ok(());
    }
    let added: std::collections::BTreeSet<OccurrenceId> = added.into_iter().collect();
    let soon: Vec<_> = rows
        .soon
        .iter()
        .filter(|one| one.occurrence_id.is_some_and(|id| added.contains(&id)))
        .cloned()
        .collect();
    deliveries::insert(tx, &soon).map(drop)
}

/// The zone a patient lives in.
pub fn zone_of(patient: &Patient) -> Result<TimeZone> {
    zone_named(&patient.time_zone)
}

/// The zone of a stored name.
pub fn zone_named(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(Error::internal)
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
    let mut by_tenant: BTreeMap<TenantId, Vec<OccurrenceId>> = BTreeMap::new();
    for (tenant, id) in due {
        by_tenant.entry(tenant).or_default().push(id);
    }
    let mut done = Done::default();
    for (tenant, ids) in by_tenant {
        let scope = Scope::job(tenant, "closer");
        let end = move |tx: &mut Tx<'_>, ids: &[OccurrenceId]| close(tx, ids, now);
        let named = OccurrenceId::to_string;
        done.extend(apart(&app, ("closer", "close"), scope, ids, named, end).await?);
    }
    if let Some(since) = done.given.iter().flatten().min() {
        super::dispatcher::note_outage(&app, *since, now).await?;
    }
    Ok(done.next(now, None))
}

/// What could not be asked because the gateway refused us is not held against anyone. Gives since when nobody asked at
/// all, where that was so.
fn close(tx: &mut Tx<'_>, ids: &[OccurrenceId], now: Timestamp) -> Result<Option<Timestamp>> {
    for (held_up, why) in [
        (reason::CIRCUIT_OPEN, reason::CIRCUIT_OPEN),
        (reason::UNREADABLE, reason::OUTAGE),
    ] {
        let ours = deliveries::held_up(tx, ids, held_up)?;
        occurrences::excuse_planned(tx, &ours, why)?;
    }
    unwritten::write(tx, ids)?;
    let since = give_up(tx, ids, now)?;
    occurrences::close(tx, ids)?;
    Ok(since)
}

/// The prompts of windows that ended before anybody looked end with them: the sweep no longer finds these. Gives the
/// earliest instant that was found too late.
fn give_up(tx: &mut Tx<'_>, ids: &[OccurrenceId], now: Timestamp) -> Result<Option<Timestamp>> {
    let mut since: Option<Timestamp> = None;
    let mut ended = Vec::new();
    for row in occurrences::never_asked(tx, ids)? {
        let Some(remind_at) = row.remind_at else {
            continue;
        };
        let late = now.duration_since(remind_at.timestamp()) > LATE;
        if late {
            since = since.into_iter().chain([remind_at.timestamp()]).min();
        }
        ended.push(Delivery {
            state: DeliveryState::Expired,
            reason: late.then(|| reason::OUTAGE.to_owned()),
            next_attempt_at: None,
            ..planning::prompt(&row, 0, remind_at)
        });
    }
    deliveries::insert(tx, &ended)?;
    Ok(since)
}

/// When an occurrence's instants are needed as a [`Span`]. Its day's bounds come from the day as it was lived; without
/// one, from the zone.
pub fn span_in(row: &Occurrence, day: Option<&days::PatientDay>) -> Result<Span> {
    let span = span_of(row)?;
    Ok(match day {
        Some(day) => Span {
            day_begins_at: day.starts_at.timestamp(),
            day_ends_at: day.ends_at.timestamp(),
            ..span
        },
        None => span,
    })
}

/// The same from the zone alone.
pub fn span_of(row: &Occurrence) -> Result<Span> {
    let zone = TimeZone::get(&row.time_zone).map_err(Error::internal)?;
    let date = row.local_date.date().map_err(Error::internal)?;
    let ends = rules::day_end(&zone, date, DayStart::MIDNIGHT);
    let begins = rules::day_begin(&zone, date, DayStart::MIDNIGHT);
    Ok(Span {
        day_begins_at: begins.unwrap_or_else(|| row.opens_at.timestamp()),
        opens_at: row.opens_at.timestamp(),
        closes_at: row.closes_at.timestamp(),
        day_ends_at: ends.unwrap_or_else(|| UtcMicros::timestamp(row.closes_at)),
    })
}

/// Whether a state is one an answer put it in.
pub fn is_answered(state: State) -> bool {
    matches!(
        state,
        State::Done | State::DoneLate | State::Partial | State::Declined
    )
}
