//! What the worklist is made of, read for a whole clinic in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::rules::Known;
use crate::error::{Error, Result};
use crate::patients::service::{LIST_DAYS, adherence_of_last};
use crate::plans::service::plan_items;
use crate::reminders::planner::zone_of;
use crate::store::alerts::{self, Alert};
use crate::store::insoles;
use crate::store::messages::{self, Waiting};
use crate::store::patients::{self, Patient, PatientStatus};
use crate::store::pauses;
use crate::store::plans;
use crate::store::types::{ClinicianId, DateText, PatientId};
use crate::store::worklist::{self, Turn};
use crate::store::{Tx, care_team};

/// Patients one list takes; of more it says how many had no room, and those an alert is about come first.
pub const MOST: usize = 10_000;

/// How a patient stands today.
#[derive(Debug, Clone)]
pub enum Today {
    /// Something may be asked of them; what is known besides alerts.
    Asked(Box<Known>),
    /// Paused, for this reason.
    Paused(String),
    /// Out of care.
    Out(PatientStatus),
}

impl Today {
    /// What is known of one of whom something may be asked.
    pub fn known(&self) -> Option<&Known> {
        match self {
            Self::Asked(known) => Some(known),
            Self::Paused(_) | Self::Out(_) => None,
        }
    }
}

/// A patient and all that is known.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The patient.
    pub patient: Patient,
    /// How they stand today.
    pub today: Today,
    /// Live alerts.
    pub alerts: Vec<Alert>,
    /// What was done with their rows.
    pub turns: Vec<Turn>,
    /// What they wrote and nobody has seen to.
    pub waiting: Option<Waiting>,
}

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The patients a clinician looks after or stands in for, and those an alert of theirs is about.
    Of(ClinicianId),
    /// The whole clinic's.
    Everyones,
}

/// Everyone on a list, by name, and how many had no room on it.
pub fn candidates(
    tx: &mut Tx<'_>,
    whose: Whose,
    good_days: u8,
    now: Timestamp,
) -> Result<(Vec<Candidate>, i64)> {
    let mut live: BTreeMap<PatientId, Vec<Alert>> = BTreeMap::new();
    for alert in worklist::live_alerts(tx)? {
        live.entry(alert.patient_id).or_default().push(alert);
    }
    let mut waiting = messages::waiting(tx)?;
    let pressing: BTreeSet<PatientId> = live.keys().chain(waiting.keys()).copied().collect();
    let (page, left_out) = match whose {
        Whose::Of(me) => of(tx, me, &live, &pressing)?,
        Whose::Everyones => everyones(tx, &pressing)?,
    };
    let mut turns: BTreeMap<PatientId, Vec<Turn>> = BTreeMap::new();
    let ids: Vec<PatientId> = page.iter().map(|one| one.id).collect();
    for turn in worklist::turns(tx, &ids)? {
        turns.entry(turn.patient_id).or_default().push(turn);
    }
    let mut todays = todays(tx, &page, good_days, now)?;
    let all: Result<Vec<Candidate>> = page
        .into_iter()
        .map(|patient| {
            Ok(Candidate {
                today: todays.remove(&patient.id).ok_or_else(Error::not_found)?,
                alerts: live.remove(&patient.id).unwrap_or_default(),
                turns: turns.remove(&patient.id).unwrap_or_default(),
                waiting: waiting.remove(&patient.id),
                patient,
            })
        })
        .collect();
    Ok((all?, left_out))
}

/// A clinician's patients.
fn of(
    tx: &mut Tx<'_>,
    me: ClinicianId,
    live: &BTreeMap<PatientId, Vec<Alert>>,
    pressing: &BTreeSet<PatientId>,
) -> Result<(Vec<Patient>, i64)> {
    let given = live
        .iter()
        .filter(|(_, all)| all.iter().any(|alert| alert.owner_id == me));
    let owned = patients::owned(tx, me)?.into_iter().map(|(id, _)| id);
    let mut ids: BTreeSet<PatientId> = owned.chain(given.map(|(id, _)| *id)).collect();
    ids.extend(care_team::deputy_of(tx, me)?);
    listed(tx, ids, pressing)
}

/// The whole clinic's: by name as many as there is room for, and everyone an alert is about or who wrote.
fn everyones(tx: &mut Tx<'_>, pressing: &BTreeSet<PatientId>) -> Result<(Vec<Patient>, i64)> {
    let page = patients::page(tx, None, count(MOST))?;
    if page.len() < MOST {
        return Ok((page, 0));
    }
    let there: i64 = patients::by_status(tx)?
        .iter()
        .map(|(_, count)| count)
        .sum();
    let ids = page
        .iter()
        .map(|one| one.id)
        .chain(pressing.iter().copied());
    let (listed, _) = listed(tx, ids.collect(), pressing)?;
    let left_out = there - count(listed.len());
    Ok((listed, left_out))
}

/// These, by name: where there are too many, those an alert is about or who wrote first.
fn listed(
    tx: &mut Tx<'_>,
    ids: BTreeSet<PatientId>,
    pressing: &BTreeSet<PatientId>,
) -> Result<(Vec<Patient>, i64)> {
    let wanted = ids.len();
    let (alerted, calm): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| pressing.contains(id));
    let ids: Vec<PatientId> = alerted.into_iter().chain(calm).take(MOST).collect();
    let mut page = patients::many(tx, &ids)?;
    page.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    Ok((page, count(wanted.saturating_sub(ids.len()))))
}

fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// One patient, whoever looks after them.
pub fn candidate(
    tx: &mut Tx<'_>,
    patient: Patient,
    good_days: u8,
    now: Timestamp,
) -> Result<Candidate> {
    let today = todays(tx, std::slice::from_ref(&patient), good_days, now)?.remove(&patient.id);
    Ok(Candidate {
        today: today.ok_or_else(Error::not_found)?,
        alerts: alerts::live_of(tx, patient.id)?,
        turns: worklist::turns(tx, &[patient.id])?,
        waiting: messages::waiting_of(tx, patient.id)?,
        patient,
    })
}

/// How each of them stands.
fn todays(
    tx: &mut Tx<'_>,
    page: &[Patient],
    good_days: u8,
    now: Timestamp,
) -> Result<BTreeMap<PatientId, Today>> {
    let ids: Vec<PatientId> = page.iter().map(|one| one.id).collect();
    let paused = pauses::of_patients(tx, &ids)?;
    let mut today_of: BTreeMap<PatientId, Date> = BTreeMap::new();
    let mut todays: BTreeMap<PatientId, Today> = BTreeMap::new();
    for patient in page {
        if patient.status != PatientStatus::Active {
            todays.insert(patient.id, Today::Out(patient.status));
            continue;
        }
        let today = now.to_zoned(zone_of(patient)?).date();
        let date = DateText::from(today);
        let own = paused.get(&patient.id);
        if let Some(pause) = own.and_then(|all| all.iter().find(|pause| pause.holds(&date))) {
            todays.insert(patient.id, Today::Paused(pause.reason.clone()));
        } else {
            today_of.insert(patient.id, today);
        }
    }
    let mut week = adherence_of_last(tx, &today_of, LIST_DAYS)?;
    let mut longer = adherence_of_last(tx, &today_of, i32::from(good_days))?;
    let asked: Vec<PatientId> = today_of.keys().copied().collect();
    let sessions = insoles::last_of(tx, &asked)?;
    let ends = plan_ends(tx, &asked)?;
    for (id, today) in today_of {
        let end = ends.get(&id);
        let known = Known {
            today,
            week: week.remove(&id).ok_or_else(Error::not_found)?,
            longer: longer.remove(&id).ok_or_else(Error::not_found)?,
            last_session_at: sessions.get(&id).map(|one| one.started_at.timestamp()),
            has_plan: end.is_some(),
            plan_ends_on: end.copied().flatten(),
        };
        todays.insert(id, Today::Asked(Box::new(known)));
    }
    Ok(todays)
}

/// The last day of each plan that has lines; none of one with a line that has no end.
fn plan_ends(tx: &mut Tx<'_>, ids: &[PatientId]) -> Result<BTreeMap<PatientId, Option<Date>>> {
    let versions = plans::latest_of(tx, ids)?;
    let mut ends = BTreeMap::new();
    for (patient, items) in plans::items_of(tx, &versions)? {
        let lines = plan_items(&items)?;
        let mut each = lines.iter().map(|(_, line)| line.ends_on);
        let first = each.next().flatten();
        let last = each.fold(first, |last, end| {
            last.zip(end).map(|(one, other)| one.max(other))
        });
        ends.insert(patient, last);
    }
    Ok(ends)
}
