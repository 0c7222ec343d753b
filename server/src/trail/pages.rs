//! HTML: the trail of a patient, and of the clinic for its admins.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::api::TrailQuery;
use super::service::{self, Named};
use super::words;
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Query};
use crate::http::format;
use crate::http::guard::{Admin, Clinician};
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::PatientId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/audit").get(Access::Clinician, of_patient),
        at("/audit").get(Access::Admin, of_clinic),
    ]
}

struct LineView {
    time: String,
    who: String,
    what: String,
    /// Whom it is about, where they are a patient still: id and name.
    about: Option<(String, String)>,
}

struct DayView {
    date: String,
    lines: Vec<LineView>,
}

/// A choice of a filter: value, words, whether it is chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    identity: Identity,
    /// The patient's id and name; none for the clinic's.
    patient: Option<(PatientId, String)>,
    path: String,
    zone: String,
    days: Vec<DayView>,
    kinds: Vec<Choice>,
    people: Vec<Choice>,
    is_newest: bool,
    is_filtered: bool,
    /// The address of what is earlier, and how far back this page looked.
    earlier: Option<(String, String)>,
}

async fn of_patient(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<TrailQuery>,
) -> Result<HttpResponse> {
    page(&app, &clinician, Some(patient.0), query.0).await
}

async fn of_clinic(
    app: web::Data<App>,
    _admin: Admin,
    clinician: Clinician,
    query: Query<TrailQuery>,
) -> Result<HttpResponse> {
    page(&app, &clinician, None, query.0).await
}

async fn page(
    app: &App,
    clinician: &Clinician,
    patient: Option<PatientId>,
    query: TrailQuery,
) -> Result<HttpResponse> {
    let trail = service::read(app, clinician.scope, query.wanted(patient)?).await?;
    let identity = identity(app, clinician).await?;
    let zone = TimeZone::get(&identity.time_zone).map_err(Error::internal)?;
    let path = match patient {
        Some(id) => format!("/patients/{id}/audit"),
        None => "/audit".to_owned(),
    };
    let kind = query.kind.clone().unwrap_or_default();
    let by = query.by.clone().unwrap_or_default();
    let earlier = trail.next.map(|next| {
        let href = format!("{path}?kind={kind}&by={by}&before={next}");
        let back = trail
            .looked_back_to
            .map_or(String::new(), |at| format::date_time(at, &zone));
        (href, back)
    });
    let choice = |value: &str, words: &str, chosen: &str| {
        (value.to_owned(), words.to_owned(), value == chosen)
    };
    let mut people = vec![
        choice("", "Anyone", &by),
        choice("patient", "Patients", &by),
        choice("footing", "Footing and its operator", &by),
    ];
    people.extend(
        trail
            .clinicians
            .iter()
            .map(|(id, name)| choice(&id.to_string(), name, &by)),
    );
    let mut kinds = vec![choice("", "Everything", &kind)];
    kinds.extend(
        words::KINDS
            .iter()
            .map(|(key, words)| choice(key, words, &kind)),
    );
    html(&AuditPage {
        zone: format::zone(&identity.time_zone, app.now(), &zone),
        patient: patient.zip(trail.patient_name),
        days: days(&trail.lines, &zone),
        is_newest: query.before.is_none(),
        is_filtered: !kind.is_empty() || !by.is_empty(),
        kinds,
        people,
        earlier,
        path,
        identity,
    })
}

/// The lines by the dates of the clinic's zone.
fn days(lines: &[Named], zone: &TimeZone) -> Vec<DayView> {
    let mut days: Vec<DayView> = Vec::new();
    let mut last = None;
    for line in lines {
        let date = line.at.to_zoned(zone.clone()).date();
        if last != Some(date) {
            last = Some(date);
            days.push(DayView {
                date: format::long_date(date),
                lines: Vec::new(),
            });
        }
        if let Some(day) = days.last_mut() {
            day.lines.push(LineView {
                time: format::time(line.at, zone),
                who: who(line),
                what: words::of(&line.action).to_owned(),
                about: line
                    .patient
                    .map(|id| id.to_string())
                    .zip(line.patient_name.clone()),
            });
        }
    }
    days
}

fn who(line: &Named) -> String {
    match (line.by.as_str(), &line.name) {
        ("clinician" | "patient", Some(name)) => name.clone(),
        ("clinician", None) => "A clinician".to_owned(),
        ("patient", None) => "A patient".to_owned(),
        ("operator", _) => "The operator".to_owned(),
        ("unknown", _) => "Somebody with a code".to_owned(),
        (job, _) => format!("Footing ({job})"),
    }
}
