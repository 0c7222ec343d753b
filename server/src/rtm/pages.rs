//! HTML: the tab of monitoring.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::evidence::CalendarMonth;
use super::recording::{self, NewCall, Times};
use super::service;
use super::view::{LedgerView, Shown};
use super::{table, words};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Path, Query, Text};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::patients::service::line;
use crate::store::clinics;
use crate::store::rtm::{Activity, EvaluationCause};
use crate::store::types::{ClinicianId, PatientId, RtmEntryId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/monitoring").get(Access::Clinician, show),
        at("/patients/{patient}/monitoring/timer").post(Access::Clinician, timer),
        at("/patients/{patient}/monitoring/time").post(Access::Clinician, record),
        at("/patients/{patient}/monitoring/calls").post(Access::Clinician, call),
        at("/patients/{patient}/monitoring/corrections").post(Access::Clinician, correct),
    ]
}

/// What was just done, so that the page says so once.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ShowQuery {
    done: Option<Done>,
}

/// Something done on the page.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Done {
    Started,
    Stopped,
    None,
    Recorded,
    Called,
    Corrected,
}

impl Done {
    fn words(self) -> &'static str {
        match self {
            Self::Started => "Your timer runs. Its time counts once it is stopped.",
            Self::Stopped => "Your timer is stopped, and its time counts.",
            Self::None => "No timer of yours ran: it was stopped before, or ended by itself.",
            Self::Recorded => "The time is recorded.",
            Self::Called => "The call is noted.",
            Self::Corrected => "Corrected. What stood before is kept.",
        }
    }
}

/// A form about some time, as typed: recording, a call or a correction.
#[derive(Default)]
struct TimeForm {
    began: String,
    minutes: String,
    note: String,
    choice: String,
    entry: String,
    began_error: Option<String>,
    minutes_error: Option<String>,
    note_error: Option<String>,
    choice_error: Option<String>,
}

/// The longest time a form takes, minutes.
const LONGEST_MIN: i64 = 240;

impl TimeForm {
    fn of(form: &Form, choice: &str) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            began: text("began"),
            minutes: text("minutes"),
            note: text("note"),
            choice: text(choice),
            entry: text("entry"),
            ..Self::default()
        }
    }

    fn is_wrong(&self) -> bool {
        [
            &self.began_error,
            &self.minutes_error,
            &self.note_error,
            &self.choice_error,
        ]
        .iter()
        .any(|error| error.is_some())
    }

    /// The times the form describes; it remembers what is wrong with them.
    fn times(&mut self, zone: &TimeZone) -> Option<Times> {
        let began: Option<DateTime> = self.began.parse().ok();
        let began = began.and_then(|local| local.to_zoned(zone.clone()).ok());
        let minutes: Option<i64> = self.minutes.parse().ok();
        let minutes = minutes.filter(|minutes| (0..=LONGEST_MIN).contains(minutes));
        if began.is_none() {
            self.began_error = Some("Give the date and time it began.".to_owned());
        }
        if minutes.is_none() {
            self.minutes_error = Some(format!("Give whole minutes, 0 to {LONGEST_MIN}."));
        }
        let started_at = began?.timestamp();
        let length = SignedDuration::from_mins(minutes?);
        Some(Times {
            started_at,
            ended_at: started_at.checked_add(length).ok()?,
        })
    }

    /// The note; it must be there where it says why.
    fn note(&mut self, is_needed: bool) -> Option<Option<String>> {
        if self.note.is_empty() && !is_needed {
            return Some(None);
        }
        match Text::<200>::new(&self.note) {
            Ok(text) => Some(Some(text.into_string())),
            Err(rule) => {
                let what = if is_needed { "The reason" } else { "The note" };
                self.note_error = Some(format!("{what} {rule}."));
                None
            }
        }
    }

    fn blame(&mut self, error: &Error) {
        for broken in &error.errors {
            match broken.pointer.as_str() {
                "/ended_at" => self.minutes_error = Some(format!("The end {}.", broken.rule)),
                _ => self.began_error = Some(format!("The start {}.", broken.rule)),
            }
        }
    }
}

/// The forms of the page as typed.
#[derive(Default)]
struct Forms {
    record: TimeForm,
    call: TimeForm,
    correct: TimeForm,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "monitoring.html")]
struct MonitoringPage {
    identity: Identity,
    id: PatientId,
    name: String,
    view: LedgerView,
    /// This clinician's own timer runs for this patient.
    mine: bool,
    forms: Forms,
    done: Option<&'static str>,
    activities: Vec<(&'static str, &'static str)>,
    zone: String,
    patient_zone: String,
    basis: &'static str,
    month: String,
    standing: &'static str,
    sources: Vec<&'static str>,
    timer_min: u16,
    now: String,
}

async fn page(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    forms: Forms,
) -> Result<MonitoringPage> {
    let (scope, by) = (clinician.scope, clinician.id);
    let name = line(app, scope, patient).await?.patient.name;
    let ledger = service::look(app, scope, by, patient, EvaluationCause::Looked).await?;
    let names: BTreeMap<ClinicianId, String> = app
        .store
        .read("clinicians", scope, clinics::clinicians)
        .await?
        .into_iter()
        .map(|one| (one.id, one.name))
        .collect();
    let facts = &ledger.facts;
    let zone = &facts.clinic_zone;
    let zone_name =
        |zone: &TimeZone| format::zone(zone.iana_name().unwrap_or("UTC"), facts.now, zone);
    let here = facts.now.to_zoned(zone.clone());
    let mine = ledger.running().any(|row| row.clinician_id == by);
    let view = LedgerView::of(
        &ledger,
        &Shown {
            names: &names,
            zone,
        },
    );
    let tables = table::tables();
    Ok(MonitoringPage {
        identity: identity(app, clinician).await?,
        id: patient,
        name,
        view,
        mine,
        forms,
        done: None,
        activities: Activity::ALL
            .iter()
            .map(|one| (one.as_str(), words::activity(*one)))
            .collect(),
        zone: zone_name(zone),
        patient_zone: zone_name(&facts.zone),
        basis: facts.settings.basis(),
        month: CalendarMonth::of(here.date()).key(),
        standing: &tables.standing,
        sources: sources(facts.now, zone),
        timer_min: facts.settings.timer_min,
        now: here.strftime("%Y-%m-%dT%H:%M").to_string(),
    })
}

fn sources(now: Timestamp, zone: &TimeZone) -> Vec<&'static str> {
    let table = table::on(now.to_zoned(zone.clone()).date());
    table.map_or_else(Vec::new, |table| {
        table.sources.iter().map(String::as_str).collect()
    })
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse> {
    let page = page(&app, &clinician, patient.0, Forms::default()).await?;
    html(&MonitoringPage {
        done: query.0.done.map(Done::words),
        ..page
    })
}

fn back(patient: PatientId, done: &str) -> HttpResponse {
    see_other(&format!("/patients/{patient}/monitoring?done={done}"))
}

async fn again(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    forms: Forms,
    code: Code,
) -> Result<HttpResponse> {
    let status = Error::new(code).status_code();
    html_as(status, &page(app, clinician, patient, forms).await?)
}

/// A conflict is said on the page; anything else goes its way.
fn conflict(error: Error) -> Result<Forms> {
    if error.code != Code::Conflict {
        return Err(error);
    }
    let wrong = error.detail.clone().unwrap_or_default();
    let mut letters = wrong.chars();
    let first: String = letters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    Ok(Forms {
        wrong: Some(format!("{first}{}.", letters.as_str())),
        ..Forms::default()
    })
}

async fn timer(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let (scope, by, patient) = (clinician.scope, clinician.id, patient.0);
    if form.text("do") == "stop" {
        let stopped = recording::stop(&app, scope, by, patient).await?;
        let done = if stopped.is_some() { "stopped" } else { "none" };
        return Ok(back(patient, done));
    }
    let activity = Activity::from_name(form.text("activity")).unwrap_or(Activity::Review);
    match recording::start(&app, scope, by, patient, activity).await {
        Ok(_) => Ok(back(patient, "started")),
        Err(error) => {
            let forms = conflict(error)?;
            again(&app, &clinician, patient, forms, Code::Conflict).await
        }
    }
}

/// The clinic's zone, in which times are typed.
async fn zone_of(app: &App, clinician: &Clinician) -> Result<TimeZone> {
    let name = identity(app, clinician).await?.time_zone;
    TimeZone::get(&name).map_err(Error::internal)
}

async fn record(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = TimeForm::of(&form, "activity");
    let times = typed.times(&zone_of(&app, &clinician).await?);
    let note = typed.note(false);
    let activity = Activity::from_name(&typed.choice);
    if activity.is_none() {
        typed.choice_error = Some("Choose what the time was spent on.".to_owned());
    }
    if let (Some(times), Some(note), Some(activity)) = (times, note, activity) {
        let what = (activity, times, note);
        let (scope, by) = (clinician.scope, clinician.id);
        match recording::record(&app, scope, by, patient.0, what).await {
            Ok(_) => return Ok(back(patient.0, "recorded")),
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => typed.blame(&error),
        }
    }
    let forms = Forms {
        record: typed,
        ..Forms::default()
    };
    again(&app, &clinician, patient.0, forms, Code::Invalid).await
}

async fn call(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = TimeForm::of(&form, "live");
    let times = typed.times(&zone_of(&app, &clinician).await?);
    let note = typed.note(false);
    let live = match typed.choice.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    if live.is_none() {
        typed.choice_error = Some("Say whether you spoke with each other.".to_owned());
    }
    if let (Some(times), Some(note), Some(live)) = (times, note, live) {
        let new = NewCall { times, live, note };
        let (scope, by) = (clinician.scope, clinician.id);
        match recording::call(&app, scope, by, patient.0, new).await {
            Ok(_) => return Ok(back(patient.0, "called")),
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => typed.blame(&error),
        }
    }
    let forms = Forms {
        call: typed,
        ..Forms::default()
    };
    again(&app, &clinician, patient.0, forms, Code::Invalid).await
}

async fn correct(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = TimeForm::of(&form, "");
    let entry: RtmEntryId = typed.entry.parse().map_err(|_| Error::not_found())?;
    let times = typed.times(&zone_of(&app, &clinician).await?);
    let reason = typed.note(true).flatten();
    if let (Some(times), Some(reason)) = (times, reason) {
        let (scope, by) = (clinician.scope, clinician.id);
        let ids = (patient.0, entry);
        match recording::correct(&app, scope, by, ids, (times, reason)).await {
            Ok(_) => return Ok(back(patient.0, "corrected")),
            Err(error) if error.code == Code::Conflict => {
                let forms = conflict(error)?;
                return again(&app, &clinician, patient.0, forms, Code::Conflict).await;
            }
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => typed.blame(&error),
        }
    }
    let forms = Forms {
        correct: typed,
        ..Forms::default()
    };
    again(&app, &clinician, patient.0, forms, Code::Invalid).await
}
