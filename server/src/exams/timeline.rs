//! A patient's examinations, findings and events in one order, as their page shows them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::words;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::format;
use crate::insoles::effects::rules::{ComparisonState, MIN_DAYS};
use crate::insoles::effects::service::{FootwearEffect, effects};
use crate::insoles::footwear::EventDetail;
use crate::reminders::planner::zone_of;
use crate::store::care_events::{self, CareEvent};
use crate::store::exams::{self, Exam, ExamKind};
use crate::store::patients::{self, Patient};
use crate::store::types::{CareEventId, ClinicianId, PatientId};
use crate::store::{Scope, clinics};

/// One entry.
pub(super) struct Entry {
    /// Its date, for the order.
    date: Date,
    recorded_at: Timestamp,
    pub(super) when: String,
    pub(super) title: &'static str,
    pub(super) lines: Vec<String>,
    pub(super) by: String,
    /// What follows from it.
    pub(super) follows: Option<String>,
    /// Why it counts no longer.
    pub(super) over: Option<String>,
    /// It is still to come.
    pub(super) ahead: bool,
    pub(super) turn: Turn,
}

/// What can be done with an entry.
pub(super) enum Turn {
    /// It counts no longer.
    Nothing,
    /// Entered again as it should have been: where.
    Correct(String),
    /// Taken back: which.
    TakeBack(String),
}

/// A patient's record with the words around it.
pub(super) struct Timeline {
    pub(super) name: String,
    pub(super) zone: String,
    pub(super) today: Date,
    pub(super) entries: Vec<Entry>,
}

struct Names(BTreeMap<ClinicianId, String>);

impl Names {
    fn of(&self, id: Option<ClinicianId>) -> &str {
        let known = id.map(|id| self.0.get(&id).map_or("a clinician", String::as_str));
        known.unwrap_or("the patient")
    }
}

struct Loaded {
    patient: Patient,
    exams: Vec<Exam>,
    events: Vec<CareEvent>,
    names: Names,
}

/// Everything a patient's record page shows.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub(super) async fn timeline(app: &App, scope: Scope, id: PatientId) -> Result<Timeline> {
    let now = app.now();
    let loaded = app
        .store
        .read("record_page", scope, move |tx| {
            Ok(Loaded {
                patient: patients::find(tx, id)?,
                exams: exams::of_patient(tx, id)?,
                events: care_events::of_patient(tx, id)?,
                names: Names(
                    clinics::clinicians(tx)?
                        .into_iter()
                        .map(|one| (one.id, one.name))
                        .collect(),
                ),
            })
        })
        .await?;
    let compared = effects(app, scope, id).await?;
    let zone = zone_of(&loaded.patient)?;
    let today = now.to_zoned(zone.clone()).date();
    let mut entries = Vec::new();
    for exam in &loaded.exams {
        entries.push(of_exam(exam, &loaded, &zone)?);
    }
    for event in &loaded.events {
        entries.push(of_event(event, &loaded, &compared, today, &zone)?);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.date, entry.recorded_at)));
    Ok(Timeline {
        zone: format::zone(&loaded.patient.time_zone, now, &zone),
        name: loaded.patient.name,
        today,
        entries,
    })
}

fn recorded(by: &str, at: Timestamp, zone: &TimeZone) -> String {
    format!("Recorded by {by}, {}", format::date_time(at, zone))
}

fn of_exam(row: &Exam, loaded: &Loaded, zone: &TimeZone) -> Result<Entry> {
    let date = row.exam_date.date().map_err(Error::internal)?;
    let at = row.recorded_at.timestamp();
    let (title, lines, form) = match row.kind {
        ExamKind::Physical => {
            let exam = serde_json::from_str(&row.body).map_err(Error::internal)?;
            ("Examination", words::physical(&exam), "exam")
        }
        ExamKind::Imaging => {
            let finding = serde_json::from_str(&row.body).map_err(Error::internal)?;
            ("Finding on an image", words::imaging(&finding), "imaging")
        }
    };
    let later = loaded
        .exams
        .iter()
        .find(|exam| exam.replaces == Some(row.id));
    let over = later.map(|later| {
        let at = format::date_time(later.recorded_at.timestamp(), zone);
        let by = loaded.names.of(Some(later.recorded_by));
        format!("Corrected by {by}, {at}: this record counts no longer.")
    });
    let mut by = recorded(loaded.names.of(Some(row.recorded_by)), at, zone);
    if row.replaces.is_some() {
        by.push_str(", as a correction");
    }
    Ok(Entry {
        date,
        recorded_at: at,
        when: format::day(date),
        title,
        lines,
        by,
        follows: None,
        turn: match over {
            Some(_) => Turn::Nothing,
            None => Turn::Correct(format!(
                "/patients/{}/record/{form}?replaces={}",
                row.patient_id, row.id
            )),
        },
        over,
        ahead: false,
    })
}

fn of_event(
    row: &CareEvent,
    loaded: &Loaded,
    compared: &[FootwearEffect],
    today: Date,
    zone: &TimeZone,
) -> Result<Entry> {
    let date = row.event_date.date().map_err(Error::internal)?;
    let at = row.recorded_at.timestamp();
    let over = row.retracted_at.map(|at| {
        let at = format::date_time(at.timestamp(), zone);
        format!("Taken back {at}: it counts nowhere.")
    });
    let ahead = date > today;
    let stands = over.is_none() && !ahead;
    let follows = stands.then(|| follows(row, compared)).flatten();
    Ok(Entry {
        date,
        recorded_at: at,
        when: format::day(date),
        title: words::event(row.kind),
        lines: words::detail(&EventDetail::parse(&row.detail)),
        by: recorded(loaded.names.of(row.recorded_by), at, zone),
        follows,
        turn: match over {
            Some(_) => Turn::Nothing,
            None => Turn::TakeBack(row.id.to_string()),
        },
        over,
        ahead,
    })
}

/// What an event means for the patient's own baselines, and where the comparison stands.
fn follows(row: &CareEvent, compared: &[FootwearEffect]) -> Option<String> {
    if !words::begins_anew(row.kind) {
        return None;
    }
    let anew = "The patient's own baselines begin anew on this day.";
    let Some(effect) = compared.iter().find(|effect| effect.event.id == row.id) else {
        return Some(anew.to_owned());
    };
    Some(format!("{anew} {}", comparison(effect)))
}

/// Where the comparison of before and after stands.
fn comparison(effect: &FootwearEffect) -> String {
    let found = &effect.found;
    match found.state {
        ComparisonState::Collecting => format!(
            "A comparison of before and after is open: {} of {MIN_DAYS} valid days before, {} of {MIN_DAYS} after. It \
             appears when both sides have them.",
            found.before.valid.min(MIN_DAYS),
            found.after.valid.min(MIN_DAYS)
        ),
        ComparisonState::Ready => format!(
            "The comparison of before and after is there, from {} and {} valid days.",
            found.before.valid, found.after.valid
        ),
        ComparisonState::DifferentSettings => {
            "Before and after were recorded with different settings and cannot be compared."
                .to_owned()
        }
    }
}

/// What was just recorded, with what follows from it: the page says so once.
pub(super) fn just_recorded(timeline: &Timeline, id: CareEventId) -> Option<String> {
    let own =
        |entry: &&Entry| matches!(&entry.turn, Turn::TakeBack(known) if *known == id.to_string());
    let entry = timeline.entries.iter().find(own)?;
    Some(match &entry.follows {
        Some(follows) => format!("{}, {}: recorded. {follows}", entry.title, entry.when),
        None => format!("{}, {}: recorded.", entry.title, entry.when),
    })
}
