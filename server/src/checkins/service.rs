//! Taking check-ins: each is one transaction, with everything it causes.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::item::CheckinBody;
use super::red_flags;
use super::rules::{PainRules, Verdict, verdict};
use super::trend::{by_date, worst_by_date};
use super::{corrections, effects, rules};
use crate::app::App;
use crate::clinic_settings;
use crate::consent;
use crate::error::{Error, Result};
use crate::http::batch::DISCARDED;
use crate::http::guard::Patient as Caller;
use crate::planted::{self, Bug};
use crate::reminders::planner::zone_of;
use crate::store::audit::{self, Entry};
use crate::store::checkins::{self, CheckinRow};
use crate::store::consents::UploadKind;
use crate::store::days::{self, PatientDay};
use crate::store::patients::{self, Patient};
use crate::store::quarantine;
use crate::store::types::{CheckinId, DateText, Digest};
use crate::store::{Tx, occurrences};

/// A text the patient is to see at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advice {
    /// Key of the text.
    pub key: &'static str,
    /// Key of the exercise it is about.
    pub exercise: Option<String>,
}

/// What became of a check-in.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// `created`, `duplicate`, `conflict` or `discarded`.
    pub disposition: &'static str,
    /// What the patient is to see at once.
    pub advice: Vec<Advice>,
    /// Whether the red-flag questions should be asked now.
    pub ask_red_flags: bool,
    /// The patient's language.
    pub locale: String,
}

/// A check-in while it is taken.
pub(super) struct Intake<'a> {
    /// Whose.
    pub patient: &'a Patient,
    /// As it came.
    pub body: &'a CheckinBody,
    /// As it is stored.
    pub row: &'a CheckinRow,
    /// The clinic's thresholds.
    pub rules: &'a PainRules,
    /// Now.
    pub now: Timestamp,
}

/// 16 bytes made from a check-in and a purpose: a transaction that is run again makes the same ids.
pub(super) fn derived(source: &[u8; 16], purpose: &str) -> [u8; 16] {
    let digest = Digest::of(&[source.as_slice(), purpose.as_bytes()].concat());
    let mut id = [0; 16];
    id.copy_from_slice(digest.0.split_at(16).0);
    id
}

/// Takes a check-in.
///
/// # Errors
/// Invalid when it breaks a rule.
pub(super) async fn take(app: &App, caller: &Caller, body: CheckinBody) -> Result<Taken> {
    let now = app.now();
    body.check(now)?;
    let entry = app.audit("checkin.take", "checkin", Some(*body.id.bytes()));
    let caller = caller.clone();
    let taken = app
        .store
        .write("take_checkin", caller.scope, move |tx| {
            take_in(tx, &caller, &body, now, entry)
        })
        .await?;
    app.signals.wake();
    Ok(taken)
}

/// What a patient is to see of a check-in they sent.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The texts.
    pub advice: Vec<Advice>,
    /// Whether the red-flag questions should be asked now.
    pub ask_red_flags: bool,
}

/// The same as when a check-in was taken, told once more.
///
/// # Errors
/// Not found when the caller sent no such check-in.
pub(super) async fn told(app: &App, caller: &Caller, id: CheckinId) -> Result<Told> {
    let patient = caller.id;
    app.store
        .read("checkin_told", caller.scope, move |tx| {
            let row = checkins::find(tx, id)?
                .filter(|row| row.patient_id == patient && row.replaced_at.is_none())
                .ok_or_else(Error::not_found)?;
            let patient = patients::find(tx, patient)?;
            let rules = clinic_settings::current(tx)?.pain;
            let body: CheckinBody = serde_json::from_str(&row.body).map_err(Error::internal)?;
            Ok(Told {
                advice: advice(&body, &row, &rules),
                ask_red_flags: rises(tx, &patient, &row, &rules)?,
            })
        })
        .await
}

fn take_in(
    tx: &mut Tx<'_>,
    caller: &Caller,
    body: &CheckinBody,
    now: Timestamp,
    entry: Entry,
) -> Result<Taken> {
    let patient = patients::lock(tx, caller.id)?;
    if consent::guard(tx, caller.id, UploadKind::Checkin, body.taken_at, now)? {
        return Ok(Taken {
            disposition: DISCARDED,
            advice: Vec::new(),
            ask_red_flags: false,
            locale: patient.locale,
        });
    }
    let rules = clinic_settings::current(tx)?.pain;
    let text = serde_json::to_string(body).map_err(Error::internal)?;
    let known = checkins::find(tx, body.id)?;
    let disposition = match &known {
        Some(row) if row.patient_id == patient.id && row.body == text => "duplicate",
        Some(_) => "conflict",
        None => "created",
    };
    if disposition == "conflict" {
        keep_for_review(tx, caller, &text, now)?;
    }
    let row = match known {
        Some(row) => row,
        None => {
            let row = store(tx, caller, &patient, body, text, now)?;
            let intake = Intake {
                patient: &patient,
                body,
                row: &row,
                rules: &rules,
                now,
            };
            corrections::undo(tx, &intake)?;
            if row.replaced_at.is_none() {
                effects::run(tx, &intake)?;
            }
            audit::append(tx, &[entry])?;
            row
        }
    };
    // Told again with a repeated upload: its first answer may never have arrived.
    let told = disposition != "conflict" && row.replaced_at.is_none();
    Ok(Taken {
        disposition,
        advice: if told {
            advice(body, &row, &rules)
        } else {
            Vec::new()
        },
        ask_red_flags: told && rises(tx, &patient, &row, &rules)?,
        locale: patient.locale,
    })
}

/// A known id with other content: the first is kept, the other is kept for review, once.
fn keep_for_review(tx: &mut Tx<'_>, caller: &Caller, text: &str, now: Timestamp) -> Result<()> {
    quarantine::keep(
        tx,
        (caller.id, caller.device),
        ("checkin", "conflict"),
        text,
        now,
    )
}

fn store(
    tx: &mut Tx<'_>,
    caller: &Caller,
    patient: &Patient,
    body: &CheckinBody,
    text: String,
    now: Timestamp,
) -> Result<CheckinRow> {
    let occurrence = match body.after {
        Some(after) => occurrences::find(tx, patient.id, after.occurrence_id)?,
        None => None,
    };
    // A red flag is not lost to an occurrence that is not known here.
    if body.after.is_some() && occurrence.is_none() && body.raised_flags().is_empty() {
        let rule = "must be one of your occurrences";
        return Err(Error::field("/after/occurrence_id", rule));
    }
    let after = body.after.filter(|_| occurrence.is_some());
    let taken_at = if body.is_ahead(now) {
        now
    } else {
        body.taken_at
    };
    if let Some(replaced) = body.replaces
        && checkins::correction_of(tx, patient.id, replaced)?.is_some()
    {
        let rule = "was corrected already: name the correction";
        return Err(Error::field("/replaces", rule));
    }
    // A correction may come before what it corrects.
    let corrected = checkins::correction_of(tx, patient.id, body.id)?.is_some();
    let (local_date, time_zone) = day_of(tx, patient, taken_at)?;
    let row = CheckinRow {
        tenant_id: tx.tenant(),
        id: body.id,
        patient_id: patient.id,
        device_id: caller.device,
        local_date,
        time_zone,
        taken_at: taken_at.into(),
        received_at: now.into(),
        back_pain: body.back_pain.map(Into::into),
        leg_pain: body.leg_pain.map(Into::into),
        foot_pain: body.foot_pain.map(Into::into),
        tired_feet: body.tired_feet.map(Into::into),
        occurrence_id: after.map(|after| after.occurrence_id),
        exercise_key: occurrence.map(|occurrence| occurrence.exercise_key),
        pain_before: after.and_then(|after| after.pain_before).map(Into::into),
        pain_after: after.map(|after| after.pain.into()),
        replaces: body.replaces,
        replaced_at: corrected.then(|| now.into()),
        body: text,
    };
    if !planted::is(Bug::LosesCheckIns) {
        checkins::insert(tx, &row)?;
    }
    Ok(row)
}

/// The patient's date an instant belongs to, and its zone: of the patient's day where there is one, else by the zone the
/// patient is in now and when their day begins.
pub(super) fn day_of(
    tx: &mut Tx<'_>,
    patient: &Patient,
    at: Timestamp,
) -> Result<(DateText, String)> {
    let utc = at.to_zoned(TimeZone::UTC).date();
    let around = |days: i32| utc.checked_add(days.days()).map_err(Error::internal);
    let nearby = days::between(tx, patient.id, around(-2)?, around(2)?)?;
    let holds = |day: &&PatientDay| day.starts_at.timestamp() <= at && at < day.ends_at.timestamp();
    if let Some(day) = nearby.iter().find(holds) {
        return Ok((day.local_date.clone(), day.time_zone.clone()));
    }
    let begun = at
        .checked_sub(patient.day_starts_min.minutes())
        .map_err(Error::internal)?;
    let date = begun.to_zoned(zone_of(patient)?).date();
    Ok((date.into(), patient.time_zone.clone()))
}

/// Whether a check-in arrived too late to change anything in the plan.
pub(super) fn is_late(row: &CheckinRow, rules: &PainRules) -> bool {
    let age = row
        .received_at
        .timestamp()
        .duration_since(row.taken_at.timestamp());
    age.as_hours() >= rules.acts_within_h
}

/// What the patient is to see at once, from the answers alone.
fn advice(body: &CheckinBody, row: &CheckinRow, rules: &PainRules) -> Vec<Advice> {
    let mut all = Vec::new();
    if let Some(list) = red_flags::most_pressing(body.raised_flags()) {
        all.push(Advice {
            key: list.advice_key(),
            exercise: None,
        });
    }
    let after = body.after.filter(|_| row.exercise_key.is_some());
    let key = match after.map(|after| verdict(after.pain, rules)) {
        Some(Verdict::Spike) if !is_late(row, rules) => Some("exercise_paused"),
        Some(Verdict::Stop) => Some("exercise_eased"),
        Some(Verdict::Spike | Verdict::GoOn) | None => None,
    };
    if let Some(key) = key {
        all.push(Advice {
            key,
            exercise: row.exercise_key.clone(),
        });
    }
    if body.standing_walking_changed == Some(true) {
        all.push(Advice {
            key: "see_your_clinic",
            exercise: None,
        });
    }
    all
}

/// Whether the pain of a check-in is so far above its usual that the red-flag questions are asked.
fn rises(tx: &mut Tx<'_>, patient: &Patient, row: &CheckinRow, rules: &PainRules) -> Result<bool> {
    let Some(worst) = row.worst_pain().and_then(|worst| u8::try_from(worst).ok()) else {
        return Ok(false);
    };
    let today = row.local_date.date().map_err(Error::internal)?;
    let from = today
        .checked_sub(rules.median_days.days())
        .map_err(Error::internal)?;
    let rows = checkins::standing(tx, patient.id, from, today)?;
    let usual = rules::usual(&worst_by_date(&by_date(&rows)?), today, rules);
    Ok(rules::asks_red_flags(usual, worst, rules))
}
