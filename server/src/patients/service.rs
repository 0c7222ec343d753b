//! Use cases of patients; each is one transaction.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::adherence::{Adherence, Tally};
use crate::app::App;
use crate::error::{Error, Result};
use crate::reminders::planner::{span_of, zone_of};
use crate::reminders::state::{Event, transition};
use crate::store::devices::{self, Device, PushState};
use crate::store::insoles::{self, LastSession};
use crate::store::occurrences::{self, Standing};
use crate::store::patients::{self, Patient};
use crate::store::pauses::{self, Pause};
use crate::store::types::{ClinicianId, DateText, PatientId, PauseId, text_enum};
use crate::store::{Scope, Tx, audit, prompts};

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
    };
    let entry = app.audit("patient.create", "patient", Some(*patient.id.bytes()));
    app.store
        .write("create_patient", scope, move |tx| {
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
    if after.as_ref().is_some_and(|(name, _)| name.contains('\0')) {
        return Err(Error::field(
            "?after",
            "must be the next of an earlier page",
        ));
    }
    let now = app.now();
    app.store
        .read("patient_list", scope, move |tx| {
            let page = patients::page(tx, after.clone(), limit)?;
            lines(tx, page, now)
        })
        .await
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
    // Patients of one local date are counted together: a clinic has few zones.
    let mut by_date: BTreeMap<Date, Vec<PatientId>> = BTreeMap::new();
    let mut dates = BTreeMap::new();
    for patient in &page {
        let today = now.to_zoned(zone_of(patient)?).date();
        by_date.entry(today).or_default().push(patient.id);
        dates.insert(patient.id, today);
    }
    let mut adherence = BTreeMap::new();
    for (today, ids) in by_date {
        let from = today
            .checked_sub((LIST_DAYS - 1).days())
            .map_err(Error::internal)?;
        adherence.extend(adherence_of(tx, &ids, from, today)?);
    }
    page.into_iter()
        .map(|patient| {
            let today = DateText::from(*dates.get(&patient.id).ok_or_else(Error::not_found)?);
            let pause = paused.get(&patient.id).and_then(|all| {
                all.iter()
                    .find(|pause| pause.from_date <= today && today <= pause.through_date)
                    .cloned()
            });
            Ok(PatientLine {
                adherence: adherence.remove(&patient.id).ok_or_else(Error::not_found)?,
                last_session: last.get(&patient.id).copied(),
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

/// Session adherence of these patients over the dates from `from` through `through`.
pub fn adherence_of(
    tx: &mut Tx<'_>,
    ids: &[PatientId],
    from: Date,
    through: Date,
) -> Result<BTreeMap<PatientId, Adherence>> {
    let mut tallies: BTreeMap<PatientId, Tally> =
        ids.iter().map(|id| (*id, Tally::default())).collect();
    for row in occurrences::counts(tx, ids, from, through)? {
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

/// A pause to be entered.
#[derive(Debug, Clone, Copy)]
pub struct NewPause {
    /// First paused date, in the patient's zone.
    pub from: Date,
    /// Last paused date.
    pub through: Date,
    /// Why.
    pub reason: PauseReason,
}

/// Enters a pause, also one that began in the past: what was missed or is still to come in it is
/// excused, its prompts are withdrawn, and nothing is planned into it.
///
/// # Errors
/// Invalid when the dates are the wrong way round or more than a year apart.
pub async fn pause(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    id: PatientId,
    new: NewPause,
) -> Result<PauseId> {
    if new.from > new.through {
        return Err(Error::field("/through", "must not be before from"));
    }
    if (new.through - new.from).get_days() > 366 {
        return Err(Error::field(
            "/through",
            "must be at most a year after from",
        ));
    }
    let row = Pause {
        tenant_id: scope.tenant,
        id: PauseId::from(app.ids.uuid()),
        patient_id: id,
        from_date: new.from.into(),
        through_date: new.through.into(),
        reason: new.reason.as_str().to_owned(),
        created_by: by,
        created_at: app.now().into(),
        resume_rule: pauses::ResumeRule::Automatic,
        resumed_date: None,
        resumed_at: None,
        ramp_pct: None,
    };
    let entry = app.audit("patient.pause", "patient", Some(*id.bytes()));
    let pause_id = row.id;
    app.store
        .write("pause", scope, move |tx| {
            patients::lock(tx, id)?;
            pauses::insert(tx, &row)?;
            excuse(tx, id, new)?;
            audit::append(tx, &[entry])
        })
        .await?;
    Ok(pause_id)
}

fn excuse(tx: &mut Tx<'_>, id: PatientId, pause: NewPause) -> Result<()> {
    let mut excused = Vec::new();
    for row in occurrences::excusable(tx, id, pause.from, pause.through)? {
        let Ok((state, _)) = transition(row.state, &span_of(&row)?, Event::Excused) else {
            continue;
        };
        let reason = Some(pause.reason.as_str().to_owned());
        occurrences::set_standing(
            tx,
            row.id,
            &Standing {
                state,
                reason,
                done_fraction: None,
                answered_at: None,
                done_amount: None,
            },
        )?;
        excused.push(row.id);
    }
    prompts::withdraw(tx, &excused)
}
