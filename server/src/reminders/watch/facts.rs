//! What the rules need to know of many patients, read at once.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::rules::{DayFacts, Facts};
use crate::error::{Error, Result};
use crate::reminders::patient_day::Place;
use crate::reminders::state::State;
use crate::store::deliveries::DeliveryState;
use crate::store::devices::PushState;
use crate::store::patients::Patient;
use crate::store::receipts;
use crate::store::tallies;
use crate::store::types::{DateText, PatientId, UtcMicros};
use crate::store::{Tx, devices, insoles};

/// The facts of these patients over their days that are over, `look_back` of them at most.
pub(super) fn of(
    tx: &mut Tx<'_>,
    patients: &[Patient],
    now: Timestamp,
    look_back: i32,
) -> Result<BTreeMap<PatientId, Facts>> {
    let ids: Vec<PatientId> = patients.iter().map(|patient| patient.id).collect();
    let mut today: BTreeMap<PatientId, Date> = BTreeMap::new();
    for patient in patients {
        today.insert(patient.id, Place::of(patient)?.date_at(now));
    }
    let (Some(first), Some(last)) = (today.values().min().copied(), today.values().max().copied())
    else {
        return Ok(BTreeMap::new());
    };
    let from = first
        .checked_sub(look_back.days())
        .map_err(Error::internal)?;
    let mut facts: BTreeMap<PatientId, Facts> =
        ids.iter().map(|id| (*id, Facts::default())).collect();
    let is_over = |id: &PatientId, date: Date| today.get(id).is_some_and(|today| date < *today);
    for row in tallies::day_counts(tx, &ids, from, last)? {
        let date = parsed(&row.local_date)?;
        let Some(known) = facts.get_mut(&row.patient_id) else {
            continue;
        };
        known.ever_answered |= answered(row.state);
        if is_over(&row.patient_id, date) {
            count(known.days.entry(date).or_default(), row.state, row.count);
        }
    }
    let sent = [DeliveryState::Sent, DeliveryState::Folded];
    for row in tallies::prompt_counts(tx, &ids, from, last, &sent)? {
        if let Some(day) = day_of(&mut facts, &row.patient_id, &row.local_date)? {
            day.sent += row.count;
        }
    }
    let lost = [DeliveryState::Undeliverable];
    for row in tallies::prompt_counts(tx, &ids, from, last, &lost)? {
        if let Some(day) = day_of(&mut facts, &row.patient_id, &row.local_date)? {
            day.undeliverable += row.count;
            day.first_lost_at = row.first_due_at.map(UtcMicros::timestamp);
        }
    }
    reach(tx, &ids, from, &mut facts)?;
    Ok(facts)
}

fn day_of<'a>(
    facts: &'a mut BTreeMap<PatientId, Facts>,
    id: &PatientId,
    date: &DateText,
) -> Result<Option<&'a mut DayFacts>> {
    let date = parsed(date)?;
    Ok(facts
        .get_mut(id)
        .and_then(|known| known.days.get_mut(&date)))
}

fn parsed(date: &DateText) -> Result<Date> {
    date.date().map_err(Error::internal)
}

fn answered(state: State) -> bool {
    matches!(
        state,
        State::Done | State::DoneLate | State::Partial | State::Declined
    )
}

fn count(day: &mut DayFacts, state: State, number: i64) {
    if matches!(state, State::Excused | State::Cancelled | State::Planned) {
        return;
    }
    day.due += number;
    if answered(state) {
        day.answered += number;
    }
    if matches!(state, State::Done | State::DoneLate | State::Partial) {
        day.done += number;
    }
}

/// Which link to the patient holds: app, push, insoles.
fn reach(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
    since: Date,
    facts: &mut BTreeMap<PatientId, Facts>,
) -> Result<()> {
    for (id, devices) in devices::of_patients(tx, ids)? {
        if let Some(known) = facts.get_mut(&id) {
            known.reachable = devices
                .iter()
                .any(|device| device.push_state == PushState::Live);
        }
    }
    for (id, at) in tallies::last_heard(tx, ids, since)? {
        if let Some(known) = facts.get_mut(&id) {
            known.last_app_at = Some(at);
        }
    }
    for (id, at) in receipts::last_receipts(tx, ids)? {
        if let Some(known) = facts.get_mut(&id) {
            known.last_push_at = Some(at);
            known.last_app_at = known.last_app_at.max(Some(at));
        }
    }
    for (id, last) in insoles::last_of(tx, ids)? {
        if let Some(known) = facts.get_mut(&id) {
            known.last_insole_at = Some(last.started_at.timestamp());
        }
    }
    Ok(())
}
