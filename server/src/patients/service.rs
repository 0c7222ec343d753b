//! Use cases of patients; each is one transaction.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::adherence::{Adherence, Tally};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::reminders::planner::zone_of;
use crate::store::devices::{self, Device, PushState};
use crate::store::insoles::{self, LastSession};
use crate::store::patients::{self, Patient};
use crate::store::pauses::{self, Pause};
use crate::store::tallies;
use crate::store::types::{ClinicianId, DateText, PatientId, text_enum};
use crate::store::{Scope, Tx, audit, clinics};

/// Days the list's adherence looks back on, today included.
pub const LIST_DAYS: i32 = 7;

text_enum! {
    /// Why a patient is paused.
    PauseReason {
        /// An operation.
        Surgery = "surgery",
        /// An illness.
        Illness = "illness",
        /// An injury.
        Injury = "injury",
        /// Away from home.
        Holiday = "holiday",
        /// The clinic's decision.
        Clinic = "clinic",
        /// Another reason.
        Other = "other",
    }
}

/// A patient to be added.
#[derive(Debug, Clone)]
pub struct NewPatient {
    /// The name the clinic uses.
    pub name: String,
    /// The zone the patient lives in, checked.
    pub time_zone: String,
    /// Language of prompts.
    pub locale: String,
}

/// Adds a patient, looked after by the clinician who adds them.
pub async fn create(
    app: &App,
    scope: Scope,
    owner_id: ClinicianId,
    new: NewPatient,
) -> Result<Patient> {
    let patient = Patient {
        tenant_id: scope.tenant,
        id: PatientId::from(app.ids.uuid()),
        name: new.name,
        time_zone: new.time_zone,
        locale: new.locale,
        owner_id,
        planned_through: None,
        created_at: app.now().into(),
        day_starts_min: 0,
        status: patients::PatientStatus::Active,
        settings: None,
        reminders_stopped_at: None,
        watch_at: None,
    };
    let entry = app.audit("patient.create", "patient", Some(*patient.id.bytes()));
    app.store
        .write("create_patient", scope, move |tx| {
            // Held, so that an account that is being ended gets nobody new.
            if clinics::lock_clinician(tx, patient.owner_id)?.active != 1 {
                return Err(Error::new(Code::Unauthenticated));
            }
            patients::insert(tx, &patient)?;
            audit::append(tx, &[entry])?;
            Ok(patient.clone())
        })
        .await
}

/// Whether prompts can reach a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A device with a live push token.
    Reachable,
    /// Devices, but none with a push token.
    NoPush,
    /// The gateway says the tokens are gone.
    Unreachable,
    /// No device was ever enrolled.
    NotEnrolled,
}

/// Judges reachability from a patient's devices.
pub fn reach(devices: &[Device]) -> Reach {
    let any = |state| devices.iter().any(|device| device.push_state == state);
    if any(PushState::Live) {
        Reach::Reachable
    } else if any(PushState::Gone) {
        Reach::Unreachable
    } else if devices.is_empty() {
        Reach::NotEnrolled
    } else {
        Reach::NoPush
    }
}

/// A patient as the list shows them.
#[derive(Debug, Clone)]
pub struct PatientLine {
    /// The patient.
    pub patient: Patient,
    /// Session adherence of the last days.
    pub adherence: Adherence,
    /// The newest insole session.
    pub last_session: Option<LastSession>,
    /// The pause the patient is in today.
    pub pause: Option<Pause>,
    /// That pause is over by its date and waits for a clinician's word.
    pub waits: bool,
    /// Whether prompts arrive.
    pub reach: Reach,
}

/// One page of the clinic's list, by name.
pub async fn list(
    app: &App,
    scope: Scope,
    after: Option<(String, PatientId)>,
    limit: i64,
) -> Result<Vec<PatientLine>> {
    check_cursor(after.as_ref())?;
    let now = app.now();
    app.store
        .read("patient_list", scope, move |tx| {
            let page = patients::page(tx, after.clone(), limit)?;
            lines(tx, page, now)
        })
        .await
}

/// Patients by name, without more.
///
/// # Errors
/// Invalid when there is no such page.
pub async fn page(
    app: &App,
    scope: Scope,
    after: Option<(String, PatientId)>,
    limit: i64,
) -> Result<Vec<Patient>> {
    check_cursor(after.as_ref())?;
    app.store
        .read("patient_page", scope, move |tx| {
            patients::page(tx, after, limit)
        })
        .await
}

fn check_cursor(after: Option<&(String, PatientId)>) -> Result<()> {
    if after.is_some_and(|(name, _)| name.contains('\0')) {
        return Err(Error::field(
            "?after",
            "must be the next of an earlier page",
        ));
    }
    Ok(())
}

/// One patient as the list shows them.
pub async fn line(app: &App, scope: Scope, id: PatientId) -> Result<PatientLine> {
    let now = app.now();
    app.store
        .read("patient", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            lines(tx, vec![patient], now)?
                .pop()
                .ok_or_else(Error::not_found)
        })
        .await
}

/// These patients as the list shows them, inside a transaction.
pub fn lines(tx: &mut Tx<'_>, page: Vec<Patient>, now: Timestamp) -> Result<Vec<PatientLine>> {
    let ids: Vec<PatientId> = page.iter().map(|patient| patient.id).collect();
    let last = insoles::last_of(tx, &ids)?;
    let devices = devices::of_patients(tx, &ids)?;
    let paused = pauses::of_patients(tx, &ids)?;
    let mut dates = BTreeMap::new();
    for patient in &page {
        dates.insert(patient.id, now.to_zoned(zone_of(patient)?).date());
    }
    let mut adherence = adherence_of_last(tx, &dates, LIST_DAYS)?;
    page.into_iter()
        .map(|patient| {
            let today = DateText::from(*dates.get(&patient.id).ok_or_else(Error::not_found)?);
            let pause = paused
                .get(&patient.id)
                .and_then(|all| all.iter().find(|pause| pause.holds(&today)).cloned());
            Ok(PatientLine {
                adherence: adherence.remove(&patient.id).ok_or_else(Error::not_found)?,
                last_session: last.get(&patient.id).copied(),
                waits: pause
                    .as_ref()
                    .is_some_and(|pause| pause.waits_for_a_word(&today)),
                pause,
                reach: reach(
                    devices
                        .get(&patient.id)
                        .map(Vec::as_slice)
                        .unwrap_or_default(),
                ),
                patient,
            })
        })
        .collect()
}

/// Session adherence of patients over their last days, each by their own date of today, which is included.
pub fn adherence_of_last(
    tx: &mut Tx<'_>,
    today_of: &BTreeMap<PatientId, Date>,
    days: i32,
) -> Result<BTreeMap<PatientId, Adherence>> {
    // Patients of one local date are counted together: a clinic has few zones.
    let mut by_date: BTreeMap<Date, Vec<PatientId>> = BTreeMap::new();
    for (id, today) in today_of {
        by_date.entry(*today).or_default().push(*id);
    }
    let mut adherence = BTreeMap::new();
    for (today, ids) in by_date {
        let from = today
            .checked_sub((days - 1).days())
            .map_err(Error::internal)?;
        adherence.extend(adherence_of(tx, &ids, from, today)?);
    }
    Ok(adherence)
}

/// Session adherence of these patients over the dates from `from` through `through`.
pub fn adherence_of(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
    from: Date,
    through: Date,
) -> Result<BTreeMap<PatientId, Adherence>> {
    let mut tallies: BTreeMap<PatientId, Tally> =
        ids.iter().map(|id| (*id, Tally::default())).collect();
    for row in tallies::counts(tx, ids, from, through)? {
        let count = u64::try_from(row.count).unwrap_or(0);
        tallies.entry(row.patient_id).or_default().add(
            row.state,
            count,
            row.done_sum.unwrap_or(0.0),
        );
    }
    Ok(tallies
        .into_iter()
        .map(|(id, tally)| (id, tally.adherence(from, through)))
        .collect())
}
