//! What a patient chose: language, when the day begins, quiet hours.

use jiff::Timestamp;

use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::plans::rules::DayStart;
use crate::reminders::settings::PatientSettings;
use crate::reminders::travel;
use crate::store::patients::{self, Patient};
use crate::store::types::PatientId;
use crate::store::{Scope, Tx, audit};

/// Choices to be written; what is absent goes back to the clinic's rule, but the language stays.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Language of prompts and texts.
    pub locale: Option<&'static str>,
    /// When the day begins, `HH:MM`.
    pub day_starts_at: Option<String>,
    /// Reminders.
    pub reminders: PatientSettings,
}

/// A patient and what they chose.
pub async fn read(app: &App, scope: Scope, id: PatientId) -> Result<(Patient, PatientSettings)> {
    app.store
        .read("settings", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let chosen = PatientSettings::stored(patient.settings.as_deref())?;
            Ok((patient, chosen))
        })
        .await
}

/// Writes choices. A day that begins at another time does so from the next day on.
///
/// # Errors
/// Invalid with every broken rule.
pub async fn write(app: &App, scope: Scope, id: PatientId, new: Choices) -> Result<()> {
    let mut errors: Vec<FieldError> = new
        .reminders
        .check()
        .into_iter()
        .map(|error| FieldError::new(format!("/reminders{}", error.pointer), error.rule))
        .collect();
    let starts = match new.day_starts_at.as_deref() {
        None => Some(DayStart::MIDNIGHT),
        Some(text) => DayStart::parse(text),
    };
    if starts.is_none() {
        errors.push(FieldError::new(
            "/day_starts_at",
            "must be a time from 00:00 to 06:00, HH:MM",
        ));
    }
    let Some(starts) = starts.filter(|_| errors.is_empty()) else {
        return Err(Error::fields(errors));
    };
    let now = app.now();
    let text = serde_json::to_string(&new.reminders).map_err(Error::internal)?;
    let entry = app.audit("patient.settings", "patient", Some(*id.bytes()));
    app.store
        .write("set_settings", scope, move |tx| {
            let patient = patients::lock(tx, id)?;
            let locale = new
                .locale
                .map_or_else(|| patient.locale.clone(), str::to_owned);
            patients::set_settings(tx, id, &locale, &text)?;
            begin_days_at(tx, patient, starts, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    Ok(())
}

fn begin_days_at(
    tx: &mut Tx<'_>,
    patient: Patient,
    starts: DayStart,
    now: Timestamp,
) -> Result<()> {
    let minutes = i64::from(starts.time().hour()) * 60 + i64::from(starts.time().minute());
    if minutes == patient.day_starts_min {
        return Ok(());
    }
    patients::set_day_start(tx, patient.id, minutes)?;
    travel::live_in(
        tx,
        Patient {
            day_starts_min: minutes,
            ..patient
        },
        now,
    )
}
