//! HTML: the course of a patient.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::load::{self, Read};
use super::marks::MarkDay;
use super::panels::{Panel, panels, provenance};
pub use super::rules::FEWEST_VALUES;
use super::series::Series;
use super::span::Span;
use super::table::{Row, rows};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Query};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::reminders::planner::zone_of;
use crate::store::types::PatientId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/patients/{patient}/course").get(Access::Clinician, show)]
}

/// How far back.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CourseQuery {
    #[serde(default)]
    days: Option<String>,
}

#[derive(Template)]
#[template(path = "course.html")]
struct CoursePage {
    identity: Identity,
    id: PatientId,
    name: String,
    path: String,
    zone: String,
    span: Span,
    /// Days shown: fewer than the span where nothing is known of the first ones.
    shown: usize,
    since: String,
    band_days: i32,
    panels: Vec<Panel>,
    marks: Vec<MarkDay>,
    rows: Vec<Row>,
    /// The numbers, for the script that zooms.
    series: String,
    reference: Option<String>,
    versions: Vec<String>,
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<CourseQuery>,
) -> Result<HttpResponse> {
    let span = Span::of(query.0.days.as_deref(), Span::Days84)?;
    let read = load::read(&app, clinician.scope, patient.0, span).await?;
    html(&page(identity(&app, &clinician).await?, span, read)?)
}

fn page(identity: Identity, span: Span, read: Read) -> Result<CoursePage> {
    let Read {
        patient,
        now,
        course,
    } = read;
    let zone = zone_of(&patient)?;
    Ok(CoursePage {
        identity,
        id: patient.id,
        path: format!("/patients/{}/course", patient.id),
        zone: format::zone(&patient.time_zone, now, &zone),
        name: patient.name,
        span,
        shown: course.days.len(),
        since: format::short_date(course.from),
        band_days: course.band_days,
        panels: panels(&course),
        rows: rows(&course, &zone),
        series: serde_json::to_string(&Series::of(&course)).map_err(Error::internal)?,
        reference: provenance(),
        versions: course.versions(),
        marks: course.marks,
    })
}
