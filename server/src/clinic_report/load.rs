//! The report from what is stored: set-based, for all patients in care at once.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::rules::{
    self, CurveWeek, Distribution, FirstAction, Quality, Stay, alerted, curve, distribution,
    first_action, quality, stay,
};
use crate::adherence::Tally;
use crate::app::App;
use crate::error::{Error, Result};
use crate::reminders::planner::zone_of;
use crate::reminders::state::State;
use crate::store::clinic_report as stored;
use crate::store::deliveries::DeliveryState;
use crate::store::patients::{self, Patient, PatientStatus};
use crate::store::receipts::ReceiptKind;
use crate::store::tallies;
use crate::store::types::{ClinicianId, DeliveryId, PatientId};
use crate::store::{Scope, Tx, clinics};
use crate::worklist::load::MOST;
use crate::worklist::rules::Section;

/// Weeks the counts of alerts look back.
pub const WEEKS: i64 = 4;
/// Days adherence and safety alerts look back.
pub const DAYS: i32 = 28;
/// Days the funnel and data quality look back.
pub const RECENT_DAYS: i64 = 7;
/// Weeks the curve has.
pub const CURVE_WEEKS: i64 = 12;
/// Days since a patient was added who is in the curve.
const COHORT_DAYS: i64 = 182;
/// Sessions data quality looks at, the newest first.
pub const SESSIONS: i64 = 2_000;

/// What became of reminders: occurrences whose prompts got so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Funnel {
    /// A gateway took a prompt of theirs.
    pub sent: i64,
    /// A device said that it arrived.
    pub delivered: i64,
    /// It was shown.
    pub displayed: i64,
    /// It was opened.
    pub opened: i64,
    /// Of those sent, done at least in part.
    pub done: i64,
    /// Prompts that were not sent: how they ended and why, with how many.
    pub not_sent: Vec<(DeliveryState, String, i64)>,
}

/// The report.
#[derive(Debug, Clone)]
pub struct ClinicReport {
    /// As of when.
    pub now: Timestamp,
    /// Patients in care it is made of.
    pub patients: usize,
    /// Patients in care there was no room for.
    pub left_out: usize,
    /// Patients in care whose owner is not active any more: must be 0.
    pub unowned: i64,
    /// Ends of the last weeks, and the patients with an alert then by section; the last is now.
    pub weeks: Vec<(Timestamp, BTreeMap<Section, usize>)>,
    /// How long safety alerts waited.
    pub first_action: FirstAction,
    /// How adherence spreads.
    pub distribution: Distribution,
    /// Who drops out.
    pub curve: Vec<CurveWeek>,
    /// Patients in the curve.
    pub cohort: usize,
    /// What becomes of reminders.
    pub funnel: Funnel,
    /// Data by model and firmware.
    pub quality: BTreeMap<(String, String), Quality>,
}

/// The report as it is now.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn report(app: &App, scope: Scope) -> Result<ClinicReport> {
    let now = app.now();
    app.store
        .read("clinic_report", scope, move |tx| load(tx, now))
        .await
}

fn ago(now: Timestamp, days: i64) -> Result<Timestamp> {
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .map_err(Error::internal)
}

fn load(tx: &mut Tx<'_>, now: Timestamp) -> Result<ClinicReport> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let page = patients::page(tx, None, most)?;
    let in_care: Vec<Patient> = page
        .into_iter()
        .filter(|one| one.status == PatientStatus::Active)
        .collect();
    let ids: Vec<PatientId> = in_care.iter().map(|one| one.id).collect();
    let there: i64 = patients::by_status(tx)?
        .iter()
        .filter(|(status, _)| *status == PatientStatus::Active)
        .map(|(_, count)| count)
        .sum();
    let zone =
        jiff::tz::TimeZone::get(&clinics::current(tx)?.time_zone).map_err(Error::internal)?;
    let today = now.to_zoned(zone).date();
    let since = ago(now, 7 * WEEKS)?;
    let alerts = stored::alerts_since(tx, &ids, since)?;
    let mut weeks = Vec::new();
    for back in (0..=WEEKS).rev() {
        let at = ago(now, 7 * back)?;
        weeks.push((at, alerted(&alerts, at)));
    }
    let (curve, cohort) = dropping_out(tx, &in_care, now)?;
    let recent = ago(now, RECENT_DAYS)?;
    Ok(ClinicReport {
        now,
        left_out: usize::try_from(there)
            .unwrap_or(0)
            .saturating_sub(ids.len()),
        patients: ids.len(),
        unowned: patients::unowned_active(tx)?,
        weeks,
        first_action: first_action(&alerts, since),
        distribution: adherence(tx, &ids, today)?,
        curve,
        cohort,
        funnel: funnel(tx, recent, now)?,
        quality: quality(&stored::sessions_since(tx, &ids, recent, SESSIONS)?),
    })
}

fn adherence(tx: &mut Tx<'_>, ids: &[PatientId], today: Date) -> Result<Distribution> {
    let from = today
        .checked_sub((DAYS - 1).days())
        .map_err(Error::internal)?;
    let mut tally: BTreeMap<PatientId, Tally> =
        ids.iter().map(|id| (*id, Tally::default())).collect();
    for row in tallies::counts(tx, ids, from, today)? {
        let count = u64::try_from(row.count).unwrap_or(0);
        let own = tally.entry(row.patient_id).or_default();
        own.add(row.state, count, row.done_sum.unwrap_or(0.0));
    }
    Ok(distribution(tally.into_values().map(|tally| {
        let found = tally.adherence(from, today);
        (found.value_pct, found.denominator)
    })))
}

/// The curve of those added within the last half year, and how many they are.
fn dropping_out(
    tx: &mut Tx<'_>,
    in_care: &[Patient],
    now: Timestamp,
) -> Result<(Vec<CurveWeek>, usize)> {
    let first = ago(now, COHORT_DAYS)?;
    let cohort: Vec<&Patient> = in_care
        .iter()
        .filter(|one| one.created_at.timestamp() >= first)
        .collect();
    let ids: Vec<PatientId> = cohort.iter().map(|one| one.id).collect();
    let from = first
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .saturating_sub(1.day());
    let through = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .saturating_add(1.day());
    let mut answered: BTreeMap<PatientId, Date> = BTreeMap::new();
    let mut due: BTreeMap<PatientId, Date> = BTreeMap::new();
    for (patient, state, date) in stored::last_dates(tx, &ids, from, through)? {
        let Some(date) = date.and_then(|date| date.parse::<Date>().ok()) else {
            continue;
        };
        let later = |known: &mut BTreeMap<PatientId, Date>| {
            let own = known.entry(patient).or_insert(date);
            *own = (*own).max(date);
        };
        match state {
            State::Done | State::DoneLate | State::Partial | State::Declined => {
                later(&mut answered);
                later(&mut due);
            }
            State::Missed => later(&mut due),
            State::Planned | State::Excused | State::Cancelled => {}
        }
    }
    let mut stays: Vec<Stay> = Vec::new();
    for one in &cohort {
        let zone = zone_of(one)?;
        let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
        // Who was never asked for anything has not begun.
        let Some(last_due) = due.get(&one.id) else {
            continue;
        };
        let start = date(one.created_at.timestamp());
        let answered = answered.get(&one.id).copied();
        stays.extend(stay(start, date(now), answered, Some(*last_due)));
    }
    let count = stays.len();
    Ok((curve(&stays, CURVE_WEEKS), count))
}

/// The first id of a prompt for a minute: ids begin with it, as the patient's clock counts.
fn first_of(at: Timestamp) -> DeliveryId {
    let minute = u32::try_from(at.as_second().max(0) / 60).unwrap_or(u32::MAX);
    let mut id = [0; 16];
    for (byte, from) in id.iter_mut().zip(minute.to_be_bytes()) {
        *byte = from;
    }
    DeliveryId::from(id)
}

fn funnel(tx: &mut Tx<'_>, since: Timestamp, now: Timestamp) -> Result<Funnel> {
    // The patients' clocks are up to 14 hours ahead of UTC; what is for later is not sent yet.
    let ahead = now
        .checked_add(SignedDuration::from_hours(14))
        .map_err(Error::internal)?;
    let (from, until) = (first_of(since), first_of(ahead));
    let mut found = Funnel::default();
    for (state, reason, count) in stored::prompts(tx, from, until)? {
        match state {
            DeliveryState::Sent
            | DeliveryState::Folded
            | DeliveryState::Pending
            | DeliveryState::Leased => {}
            _ => found
                .not_sent
                .push((state, reason.unwrap_or_default(), count)),
        }
    }
    found.not_sent.sort_by_key(|(_, _, count)| -count);
    for (state, count) in stored::prompted(tx, from, until)? {
        found.sent += count;
        if matches!(state, State::Done | State::DoneLate | State::Partial) {
            found.done += count;
        }
    }
    for (kind, count) in stored::receipts(tx, from, until)? {
        match kind {
            ReceiptKind::Delivered => found.delivered = count,
            ReceiptKind::Displayed => found.displayed = count,
            ReceiptKind::Opened => found.opened = count,
            ReceiptKind::Acted => {}
        }
    }
    Ok(found)
}

/// Today's places of all patients on the worklist, shown and seen to.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn places(app: &App, scope: Scope, me: ClinicianId) -> Result<BTreeMap<Section, usize>> {
    let list = crate::worklist::service::worklist(app, scope, me, true).await?;
    Ok(list
        .parts
        .into_iter()
        .map(|part| (part.section, part.rows.len() + part.seen_to))
        .collect())
}

/// Bins as they are said: `80 to 89 %`.
pub fn bin_words(bin: usize) -> String {
    let low = bin * 10;
    let high = if bin + 1 == rules::BINS { 100 } else { low + 9 };
    format!("{low} to {high} %")
}
