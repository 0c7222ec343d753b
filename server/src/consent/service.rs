//! Use cases of consent; each is one transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::rules::{Episode, may_keep};
use crate::app::App;
use crate::error::{Error, Result};
use crate::planted::{self, Bug};
use crate::reminders::changes::{apply, reason};
use crate::reminders::state::Event;
use crate::store::audit::{self, Entry};
use crate::store::consents::{self, Consent, Discarded, UploadKind};
use crate::store::patients::PatientStatus;
use crate::store::types::{ClinicianId, OccurrenceId, PatientId, UtcMicros};
use crate::store::{Principal, Scope, Tx, credentials, leases, occurrences, patients};

/// The text a device agrees to where it does not say which.
pub const TEXT_VERSION: &str = "1";
/// The text of a consent that was given before consent was recorded.
const UNRECORDED: &str = "unrecorded";
/// Days of discarded uploads that are listed.
const LISTED: i64 = 400;

/// Whether an upload is to be thrown away because there is no consent to keep it; it is counted then, and the caller
/// keeps nothing of it. The first thing a transaction does that takes something from a patient's device.
pub fn guard(
    tx: &mut Tx<'_>,
    patient: PatientId,
    kind: UploadKind,
    recorded_at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let withheld = guard_all(tx, kind, std::iter::once((patient, recorded_at, now)))?;
    Ok(withheld.first().copied().unwrap_or(false))
}

/// The same for many, each by whose it is, when it was recorded and when it arrived.
pub fn guard_all(
    tx: &mut Tx<'_>,
    kind: UploadKind,
    uploads: impl Iterator<Item = (PatientId, Timestamp, Timestamp)>,
) -> Result<Vec<bool>> {
    let uploads: Vec<_> = uploads.collect();
    let mut ids: Vec<PatientId> = uploads.iter().map(|(patient, ..)| *patient).collect();
    ids.sort_unstable();
    ids.dedup();
    let withdrawn: BTreeMap<PatientId, Vec<Episode>> = consents::of_withdrawn(tx, &ids)?
        .into_iter()
        .map(|(id, rows)| (id, rows.iter().map(episode).collect()))
        .collect();
    let mut withheld = Vec::with_capacity(uploads.len());
    let mut counts = BTreeMap::new();
    for (patient, recorded_at, now) in uploads {
        let keep = withdrawn
            .get(&patient)
            .is_none_or(|episodes| may_keep(episodes, recorded_at));
        if !keep {
            let date = now.to_zoned(TimeZone::UTC).date();
            *counts.entry((patient, date)).or_insert(0) += 1;
        }
        withheld.push(!keep);
    }
    for ((patient, date), count) in counts {
        consents::count_discarded(tx, patient, kind, date, count)?;
    }
    Ok(withheld)
}

fn episode(row: &Consent) -> Episode {
    Episode {
        given_at: row.given_at.map(UtcMicros::timestamp),
        withdrawn_at: row.withdrawn_at.map(UtcMicros::timestamp),
    }
}

/// A withdrawal, as it stands.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// The episode that ended.
    pub episode: Consent,
    /// How many planned occurrences were cancelled by this.
    pub cancelled: usize,
}

/// Takes a patient's consent back: what is still planned is cancelled, prompts are withdrawn, enrolment codes end, and
/// nothing that arrives from now on is kept. A repeat changes nothing.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn withdraw(app: &App, scope: Scope, patient: PatientId) -> Result<Withdrawal> {
    let now = app.now();
    let entry = app.audit("consent.withdraw", "patient", Some(*patient.bytes()));
    let withdrawal = app
        .store
        .write("withdraw_consent", scope, move |tx| {
            withdraw_in(tx, patient, now, entry)
        })
        .await?;
    app.signals.wake();
    Ok(withdrawal)
}

fn withdraw_in(
    tx: &mut Tx<'_>,
    patient: PatientId,
    now: Timestamp,
    entry: Entry,
) -> Result<Withdrawal> {
    let row = patients::lock(tx, patient)?;
    let last = consents::episodes(tx, patient)?.pop();
    if let (PatientStatus::Withdrawn, Some(episode)) = (row.status, &last) {
        return Ok(Withdrawal {
            episode: episode.clone(),
            cancelled: 0,
        });
    }
    let open = match last {
        Some(open) if open.withdrawn_at.is_none() => open,
        // The patient was in care without a record of it.
        earlier => {
            let number = earlier.map_or(1, |earlier| earlier.episode + 1);
            let unrecorded = new_episode(tx, patient, number, UNRECORDED, None);
            consents::insert(tx, &unrecorded)?;
            unrecorded
        }
    };
    if planted::is(Bug::ForgetsWithdrawal) {
        let (episode, cancelled) = (open, 0);
        return Ok(Withdrawal { episode, cancelled });
    }
    consents::withdraw(tx, patient, open.episode, recorder(tx), now)?;
    patients::set_status(tx, patient, PatientStatus::Withdrawn)?;
    patients::stop_planning(tx, patient)?;
    credentials::end_codes_of_patient(tx, patient, now)?;
    let cancelled = cancel_planned(tx, patient, now)?;
    audit::append(tx, &[entry])?;
    Ok(Withdrawal {
        episode: Consent {
            withdrawn_at: Some(now.into()),
            withdrawn_by: recorder(tx),
            ..open
        },
        cancelled: cancelled.len(),
    })
}

/// The clinician who acts; a patient's device is told by the patient.
fn recorder(tx: &Tx<'_>) -> Option<ClinicianId> {
    match tx.scope().principal {
        Principal::Clinician(id) => Some(id),
        _ => None,
    }
}

/// Cancels whatever is unanswered, tells phones to take it off their screens, and withdraws everything else that
/// waits to be sent.
fn cancel_planned(
    tx: &mut Tx<'_>,
    patient: PatientId,
    now: Timestamp,
) -> Result<Vec<OccurrenceId>> {
    leases::withdraw_all(tx, patient, reason::CONSENT)?;
    let rows = occurrences::unanswered(tx, patient)?;
    apply(tx, patient, &rows, Event::Cancelled, reason::CONSENT, now)
}

/// Records that a patient agreed, and begins a new episode; a withdrawn or closed patient is in care again. The plan of
/// before does not go on by itself: the clinic publishes one.
///
/// # Errors
/// Conflict when consent is given already.
pub async fn give(
    app: &App,
    scope: Scope,
    patient: PatientId,
    text_version: String,
) -> Result<Consent> {
    let now = app.now();
    let entry = app.audit("consent.give", "patient", Some(*patient.bytes()));
    app.store
        .write("give_consent", scope, move |tx| {
            let row = patients::lock(tx, patient)?;
            match begin(tx, patient, row.status, &text_version, now, entry)? {
                (consent, true) => Ok(consent),
                (open, false) => Err(Error::conflict(
                    "consent is given already",
                    serde_json::json!({
                        "episode": open.episode,
                        "text_version": open.text_version,
                        "given_at": open.given_at.map(UtcMicros::timestamp),
                    }),
                )),
            }
        })
        .await
}

/// Enrolling a device is consent to the text it was shown: the first time, and again after a withdrawal. The codes from
/// before a withdrawal have ended with it, so that it takes the clinic's word too.
pub fn on_enrolment(
    tx: &mut Tx<'_>,
    patient: PatientId,
    text_version: &str,
    now: Timestamp,
    entry: Entry,
) -> Result<()> {
    let row = patients::lock(tx, patient)?;
    begin(tx, patient, row.status, text_version, now, entry).map(drop)
}

/// The episode that is open, and whether it was begun by this.
fn begin(
    tx: &mut Tx<'_>,
    patient: PatientId,
    status: PatientStatus,
    text_version: &str,
    now: Timestamp,
    entry: Entry,
) -> Result<(Consent, bool)> {
    let last = consents::episodes(tx, patient)?.pop();
    let number = match last {
        Some(open) if open.withdrawn_at.is_none() => return Ok((open, false)),
        Some(earlier) => earlier.episode + 1,
        None => 1,
    };
    let consent = new_episode(tx, patient, number, text_version, Some(now));
    consents::insert(tx, &consent)?;
    if status != PatientStatus::Active {
        patients::set_status(tx, patient, PatientStatus::Active)?;
    }
    audit::append(tx, &[entry])?;
    Ok((consent, true))
}

fn new_episode(
    tx: &Tx<'_>,
    patient_id: PatientId,
    episode: i64,
    text_version: &str,
    given_at: Option<Timestamp>,
) -> Consent {
    Consent {
        tenant_id: tx.tenant(),
        patient_id,
        episode,
        text_version: text_version.to_owned(),
        given_at: given_at.map(UtcMicros::from),
        given_by: given_at.and_then(|_| recorder(tx)),
        withdrawn_at: None,
        withdrawn_by: None,
    }
}

/// A patient's episodes, and what was thrown away without consent.
#[derive(Debug, Clone)]
pub struct History {
    /// The first first.
    pub episodes: Vec<Consent>,
    /// The newest day first.
    pub discarded: Vec<Discarded>,
}

/// What there is to know about a patient's consent.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn history(app: &App, scope: Scope, patient: PatientId) -> Result<History> {
    app.store
        .read("consents", scope, move |tx| {
            patients::find(tx, patient)?;
            Ok(History {
                episodes: consents::episodes(tx, patient)?,
                discarded: consents::discarded(tx, patient, LISTED)?,
            })
        })
        .await
}

/// Refuses what needs a patient in care: a plan, a message.
///
/// # Errors
/// Conflict naming where the patient stands.
pub fn require_active(tx: &mut Tx<'_>, patient: PatientId) -> Result<()> {
    match patients::find(tx, patient)?.status {
        PatientStatus::Active => Ok(()),
        status => Err(Error::conflict(
            "the patient is not in care: consent comes first",
            serde_json::json!({ "status": status }),
        )),
    }
}
