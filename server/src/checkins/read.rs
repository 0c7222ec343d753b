//! Reading check-ins: what is asked today, the list, the trend.

use jiff::ToSpan;
use jiff::civil::Date;

use super::rules;
use super::service::day_of;
use super::trend::{Trend, by_date, trend, worst_by_date};
use crate::app::App;
use crate::clinic_settings;
use crate::error::{Error, Result};
use crate::reminders::service::{Dates, resolve};
use crate::store::checkins::{self, CheckinRow};
use crate::store::patients::Patient;
use crate::store::types::{DateText, PatientId};
use crate::store::{Scope, Tx, patients, scale_results};

/// Days a list or a trend shows where no dates are named, today included.
const DAYS: i32 = 28;

/// What is asked today.
#[derive(Debug, Clone)]
pub(super) struct Today {
    /// The patient's date.
    pub date: DateText,
    /// The patient's language.
    pub locale: String,
    /// Whether there is a check-in of this date.
    pub done: bool,
    /// Why the red-flag questions come first: `first` or `pain_rise`.
    pub ask_red_flags: Option<&'static str>,
    /// Questionnaires whose time has come.
    pub scales_due: Vec<&'static str>,
}

/// What a patient is asked today.
pub(super) async fn today(app: &App, scope: Scope, id: PatientId) -> Result<Today> {
    let now = app.now();
    app.store
        .read("checkin_today", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let settings = clinic_settings::current(tx)?;
            let (date, _) = day_of(tx, &patient, now)?;
            let today = date.date().map_err(Error::internal)?;
            let back = |days: i32| today.checked_sub(days.days()).map_err(Error::internal);
            let rows = checkins::standing(tx, id, back(settings.pain.median_days)?, today)?;
            let worst = worst_by_date(&by_date(&rows)?);
            let usual = rules::usual(&worst, today, &settings.pain);
            let rises = worst
                .get(&today)
                .is_some_and(|now| rules::asks_red_flags(usual, *now, &settings.pain));
            let ask_red_flags = if !checkins::any(tx, id)? {
                Some("first")
            } else {
                rises.then_some("pain_rise")
            };
            let mut scales_due = Vec::new();
            for (scale, days) in settings.scales.each() {
                let last = scale_results::of_patient(tx, id, Some(scale), 1)?;
                let due_before = DateText::from(back(days)?);
                if last
                    .first()
                    .is_none_or(|last| last.local_date <= due_before)
                {
                    scales_due.push(scale);
                }
            }
            Ok(Today {
                done: rows.iter().any(|row| row.local_date == date),
                locale: patient.locale.clone(),
                date,
                ask_red_flags,
                scales_due,
            })
        })
        .await
}

/// The dates asked for, in the patient's days; the last ones where none are named.
fn dates(
    tx: &mut Tx<'_>,
    patient: &Patient,
    asked: Dates,
    now: jiff::Timestamp,
) -> Result<(Date, Date)> {
    let (today, _) = day_of(tx, patient, now)?;
    let today = today.date().map_err(Error::internal)?;
    let asked = match (asked.from, asked.through) {
        (None, None) => Dates {
            from: Some(
                today
                    .checked_sub((DAYS - 1).days())
                    .map_err(Error::internal)?,
            ),
            through: Some(today),
        },
        _ => asked,
    };
    resolve(asked, today)
}

/// Check-ins of some dates, those that were corrected included, with the patient's language.
pub(super) async fn list(
    app: &App,
    scope: Scope,
    id: PatientId,
    asked: Dates,
) -> Result<Vec<CheckinRow>> {
    let now = app.now();
    app.store
        .read("checkins", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let (from, through) = dates(tx, &patient, asked, now)?;
            checkins::between(tx, id, from, through)
        })
        .await
}

/// Pain over some dates.
pub(super) async fn pain(app: &App, scope: Scope, id: PatientId, asked: Dates) -> Result<Trend> {
    let now = app.now();
    app.store
        .read("pain_trend", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let rules = clinic_settings::current(tx)?.pain;
            let (from, through) = dates(tx, &patient, asked, now)?;
            // The first dates have a usual, a slope and a value before them too.
            let back = from.checked_sub(28.days()).map_err(Error::internal)?;
            let rows = checkins::standing(tx, id, back, through)?;
            trend(&rows, from, through, &rules)
        })
        .await
}
