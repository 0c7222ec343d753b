//! A patient's zone changes: days that have begun stay, the rest is lived where the patient is now.

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::changes::{apply, reason};
use super::patient_day::{Moved, Place, day_start, rezone};
use super::planner::{horizon, utc_date};
use super::replan::replan_in_new_zone;
use super::state::{Event, State};
use super::zone::{self, CONFIRMED_AFTER};
use crate::app::App;
use crate::error::{Error, Result};
use crate::notices::{self, NewNotice};
use crate::store::audit;
use crate::store::days::{self, ZoneOutcome, ZoneReport};
use crate::store::occurrences::{self, Occurrence};
use crate::store::patients::{self, Patient};
use crate::store::types::{DateText, DeviceId, PatientId, ZoneReportId};
use crate::store::{Scope, Tx};

/// Reports older than this confirm nothing.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// Who says in which zone a patient is.
#[derive(Debug, Clone, Copy)]
pub enum Says {
    /// A phone, by what its system reports: believed when it says so twice.
    Phone(DeviceId),
    /// The patient, asked: believed at once.
    Patient(DeviceId),
    /// A clinician: believed at once.
    Clinician,
}

/// Takes a report of a zone. Gives what came of it.
pub async fn report(
    app: &App,
    scope: Scope,
    patient: PatientId,
    says: Says,
    zone: String,
) -> Result<ZoneOutcome> {
    let now = app.now();
    let id = ZoneReportId::from(app.ids.uuid());
    let entry = app.audit("patient.zone", "patient", Some(*patient.bytes()));
    let notice = NewNotice::new(app, "zone_changed", serde_json::json!({ "zone": zone }));
    let outcome = app
        .store
        .write("report_zone", scope, move |tx| {
            let known = patients::lock(tx, patient)?;
            let (device_id, outcome) = match says {
                Says::Phone(device) => (Some(device), judge(tx, &known, &zone, now)?),
                Says::Patient(device) => (Some(device), told(&known, &zone)),
                Says::Clinician => (None, told(&known, &zone)),
            };
            let adopted = outcome == ZoneOutcome::Adopted;
            let row = ZoneReport {
                tenant_id: tx.tenant(),
                id,
                patient_id: patient,
                device_id,
                time_zone: zone.clone(),
                reported_at: now.into(),
                outcome,
                from_zone: adopted.then(|| known.time_zone.clone()),
            };
            days::insert_report(tx, &row)?;
            if adopted {
                adopt(tx, known, &zone, now)?;
                notices::tell(tx, patient, &notice, now)?;
                audit::append(tx, &[entry])?;
            }
            Ok(outcome)
        })
        .await?;
    app.signals.wake();
    Ok(outcome)
}

fn told(known: &Patient, zone: &str) -> ZoneOutcome {
    if known.time_zone == zone {
        ZoneOutcome::Same
    } else {
        ZoneOutcome::Adopted
    }
}

fn judge(tx: &mut Tx<'_>, known: &Patient, zone: &str, now: Timestamp) -> Result<ZoneOutcome> {
    let since = now
        .checked_sub(REMEMBERED.max(CONFIRMED_AFTER))
        .map_err(Error::internal)?;
    let mut earlier = days::reports_since(tx, known.id, since)?;
    // What was said before the last change of zone is about another stay.
    if let Some(last) = earlier
        .iter()
        .rposition(|report| report.outcome == ZoneOutcome::Adopted)
    {
        earlier.drain(..=last);
    }
    Ok(zone::outcome(&known.time_zone, zone, &earlier, now))
}

fn adopt(tx: &mut Tx<'_>, known: Patient, zone: &str, now: Timestamp) -> Result<()> {
    patients::set_zone(tx, known.id, zone)?;
    live_in(
        tx,
        Patient {
            time_zone: zone.to_owned(),
            ..known
        },
        now,
    )
}

/// Lives a patient's days, from the next one on, where and when the patient now begins them.
pub fn live_in(tx: &mut Tx<'_>, known: Patient, now: Timestamp) -> Result<()> {
    let place = Place::named(&known.time_zone, day_start(&known))?;
    let from = utc_date(now)
        .checked_sub(3.days())
        .map_err(Error::internal)?;
    let lived = days::between(tx, known.id, from, horizon(now)?)?;
    let moved = rezone(&lived, &place, now)?;
    for (before, after) in lived.iter().zip(&moved) {
        if before != after.day() {
            days::set_bounds(tx, after.day())?;
        }
    }
    pass_over(tx, &known, &place, &moved, now)?;
    let kept = moved
        .iter()
        .filter(|one| matches!(one, Moved::Kept(_)))
        .map(|one| one.day().local_date.clone())
        .collect();
    replan_in_new_zone(tx, known, kept, now)
}

/// What was still to come on dates that are over where the patient is now never comes.
fn pass_over(
    tx: &mut Tx<'_>,
    known: &Patient,
    place: &Place,
    moved: &[Moved],
    now: Timestamp,
) -> Result<()> {
    let there = DateText::from(place.date_at(now));
    let Some(first) = moved.first() else {
        return Ok(());
    };
    let first = first.day().local_date.date().map_err(Error::internal)?;
    let yesterday_there = place.date_at(now).yesterday().map_err(Error::internal)?;
    if first > yesterday_there {
        return Ok(());
    }
    let over: Vec<Occurrence> = occurrences::between(tx, known.id, first, yesterday_there)?
        .into_iter()
        .filter(|row| {
            row.state == State::Planned && row.due_at.timestamp() > now && row.local_date < there
        })
        .filter(|row| row.flexible == 0)
        .collect();
    apply(
        tx,
        known.id,
        &over,
        Event::Cancelled,
        reason::DATE_SKIPPED,
        now,
    )
    .map(drop)
}
