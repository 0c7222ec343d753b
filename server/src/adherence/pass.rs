//! The job that keeps the figures of each day: a revision when the day is over, another when they change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::events::stand;
use super::figures::day;
use super::load::load;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::jobs::apart::{Done, apart};
use crate::reminders::state::State;
use crate::store::adherence::{self, Cause, DayFigures, DayKey, DueDay};
use crate::store::occurrences::Occurrence;
use crate::store::types::{DateText, PatientId, TenantId, UtcMicros};
use crate::store::{Scope, System, Tx};

/// Days one pass takes.
const BATCH: i64 = 500;

/// One pass: every day that is over and that something happened to.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    let due = app
        .store
        .read("adherence_due", System, move |tx| {
            adherence::due(tx, now, BATCH)
        })
        .await?;
    if due.is_empty() {
        let next = app
            .store
            .read("adherence_next_due", System, adherence::next_due)
            .await?;
        return Ok(next.map_or(Next::WhenSignalled, Next::At));
    }
    let mut tenants: BTreeMap<TenantId, Vec<DayKey>> = BTreeMap::new();
    for (tenant, patient, date) in due {
        tenants.entry(tenant).or_default().push((patient, date));
    }
    let mut done = Done::default();
    for (tenant, keys) in tenants {
        let (scope, of) = (
            Scope::job(tenant, "adherence"),
            ("adherence", "adherence_days"),
        );
        let work = move |tx: &mut Tx<'_>, keys: &[DayKey]| keep(tx, keys, now);
        let named = |(patient, date): &DayKey| format!("{patient} {}", date);
        done.extend(apart(&app, of, scope, keys, named, work).await?);
    }
    Ok(done.next(now, None))
}

/// Computes the figures of these days, and of others of the same patients and dates that are due too; a handful of statements
/// however many there are.
fn keep(tx: &mut Tx<'_>, keys: &[DayKey], now: Timestamp) -> Result<()> {
    let (patients, dates) = sides(keys);
    // Off the list first: whatever happens to a day from here on puts it there again.
    let taken = adherence::take_due(tx, &patients, &dates, now)?;
    let rows = adherence::occurrences_of(tx, &patients, &dates)?;
    let days = adherence::days_of(tx, &patients, &dates)?;
    let current = adherence::current(tx, &patients, &dates)?;
    let mut of: BTreeMap<DayKey, Vec<Occurrence>> = BTreeMap::new();
    for row in rows {
        of.entry((row.patient_id, row.local_date.clone()))
            .or_default()
            .push(row);
    }
    let (mut over, mut later) = (Vec::new(), Vec::new());
    for mut due in taken {
        let key = (due.patient_id, due.local_date.clone());
        let rows = of.remove(&key).unwrap_or_default();
        let ends_at = days.get(&key).map(|day| day.ends_at);
        match open_until(&rows, ends_at, now) {
            Some(at) => {
                due.due_at = at;
                later.push(due);
            }
            None => over.push((due, rows)),
        }
    }
    adherence::put_due(tx, &later)?;
    let (superseded, new) = revisions(tx, over, &current, now)?;
    adherence::put_revisions(tx, &superseded)?;
    adherence::put_revisions(tx, &new)
}

fn sides(keys: &[DayKey]) -> (Vec<PatientId>, Vec<DateText>) {
    let patients: BTreeSet<PatientId> = keys.iter().map(|(patient, _)| *patient).collect();
    let dates: BTreeSet<&DateText> = keys.iter().map(|(_, date)| date).collect();
    (
        patients.into_iter().collect(),
        dates.into_iter().cloned().collect(),
    )
}

/// When a day that is not over will be: at its end, and not before its last window has ended.
fn open_until(
    rows: &[Occurrence],
    ends_at: Option<UtcMicros>,
    now: Timestamp,
) -> Option<UtcMicros> {
    let open = rows.iter().filter(|row| row.state == State::Planned);
    let last = open.map(|row| row.closes_at).chain(ends_at).max();
    last.filter(|at| *at > UtcMicros::from(now))
}

/// The revisions that end and those that begin: only of days whose figures are not what they were.
fn revisions(
    tx: &mut Tx<'_>,
    over: Vec<(DueDay, Vec<Occurrence>)>,
    current: &BTreeMap<DayKey, DayFigures>,
    now: Timestamp,
) -> Result<(Vec<DayFigures>, Vec<DayFigures>)> {
    let all: Vec<Occurrence> = over.iter().flat_map(|(_, rows)| rows).cloned().collect();
    let loaded = load(tx, &all, now)?;
    let stands = stand(&loaded.planned, &loaded.events, now);
    let mut by_id = BTreeMap::new();
    for one in &stands {
        by_id.insert(one.planned.id, *one);
    }
    let (mut superseded, mut new) = (Vec::new(), Vec::new());
    for (due, rows) in over {
        let mut set: Vec<_> = rows
            .iter()
            .filter_map(|row| by_id.get(&row.id).copied())
            .collect();
        set.sort_by_key(|one| (one.planned.due_at, one.planned.id));
        let date = due.local_date.date().map_err(Error::internal)?;
        let figures = serde_json::to_string(&day(&set, date)).map_err(Error::internal)?;
        let before = current.get(&(due.patient_id, due.local_date.clone()));
        if before.is_some_and(|before| before.figures == figures) {
            continue;
        }
        superseded.extend(before.map(|before| DayFigures {
            superseded_at: Some(now.into()),
            ..before.clone()
        }));
        new.push(DayFigures {
            tenant_id: due.tenant_id,
            patient_id: due.patient_id,
            local_date: due.local_date,
            revision: before.map_or(1, |before| before.revision + 1),
            figures,
            computed_at: now.into(),
            cause: before.map_or(Cause::DayEnded, |_| due.cause),
            superseded_at: None,
        });
    }
    Ok((superseded, new))
}
