//! JSON: the library and plans.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::diff::{PlanDiff, diff};
use super::library::{self, Library};
use super::new_item::{NewPlanItem, normalised};
use super::preview::Shown;
use super::rrule;
use super::service::{self, NewVersion, Plan};
use super::spec::PlanItemSpec;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Text};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{ClinicianId, PatientId, PlanItemId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/exercises").get(Access::Clinician, exercises),
        at("/v1/patients/{patient}/plan")
            .get(Access::Clinician, plan)
            .put(Access::Clinician, publish),
        at("/v1/patients/{patient}/plan/preview").post(Access::Clinician, preview),
        at("/v1/patients/{patient}/plan.ics").get(Access::Clinician, plan_calendar),
        at("/v1/me/plan").get(Access::Patient, my_plan),
        at("/v1/me/plan.ics").get(Access::Patient, my_plan_calendar),
    ]
}

/// The exercise and habit library.
#[utoipa::path(get, path = "/v1/exercises", tag = "clinician", security(("token" = [])),
    responses((status = 200, body = Library), (status = "4XX", body = Problem)))]
pub async fn exercises(_clinician: Clinician) -> HttpResponse {
    HttpResponse::Ok().json(library::library())
}

/// A plan version.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanBody {
    /// 1, 2, 3, ...
    version: i64,
    /// The clinician's note.
    note: String,
    /// Who signed it.
    published_by: ClinicianId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// Its lines.
    items: Vec<PlanItemBody>,
}

/// A line of a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanItemBody {
    /// The line.
    id: PlanItemId,
    /// What it asks for.
    #[serde(flatten)]
    item: PlanItemSpec,
    /// Its days as an RRULE of RFC 5545 from `starts_on`, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rrule: Option<String>,
}

impl From<Plan> for PlanBody {
    fn from(plan: Plan) -> Self {
        Self {
            version: plan.version.version,
            note: plan.version.note,
            published_by: plan.version.published_by,
            published_at: plan.version.published_at.timestamp(),
            items: plan
                .items
                .into_iter()
                .map(|(id, item)| PlanItemBody {
                    id,
                    rrule: rrule::write(&item),
                    item,
                })
                .collect(),
        }
    }
}

async fn current(
    app: &App,
    scope: crate::store::Scope,
    patient: PatientId,
) -> Result<HttpResponse> {
    let plan = service::current(app, scope, patient)
        .await?
        .ok_or_else(Error::not_found)?;
    Ok(HttpResponse::Ok().json(PlanBody::from(plan)))
}

/// A patient's plan in force; 404 before the first is published.
#[utoipa::path(get, path = "/v1/patients/{patient}/plan", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), responses((status = 200, body = PlanBody), (status = "4XX", body = Problem)))]
pub async fn plan(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    current(&app, clinician.scope, patient.0).await
}

/// The caller's own plan.
#[utoipa::path(get, path = "/v1/me/plan", tag = "patient", security(("token" = [])),
    responses((status = 200, body = PlanBody), (status = "4XX", body = Problem)))]
pub async fn my_plan(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    current(&app, me.scope, me.id).await
}

fn calendar(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .body(text)
}

/// A patient's plan in force as a calendar file: when, without what; 404 before the first is published.
#[utoipa::path(get, path = "/v1/patients/{patient}/plan.ics", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = String, content_type = "text/calendar"), (status = "4XX", body = Problem)))]
pub async fn plan_calendar(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let file = service::calendar_file(&app, clinician.scope, patient.0).await?;
    Ok(calendar(file))
}

/// The caller's own plan as a calendar file: when, without what.
#[utoipa::path(get, path = "/v1/me/plan.ics", tag = "patient", security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/calendar"), (status = "4XX", body = Problem)))]
pub async fn my_plan_calendar(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    Ok(calendar(
        service::calendar_file(&app, me.scope, me.id).await?,
    ))
}

/// A version to be published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlanBody {
    /// The version it replaces; 0 for the first.
    #[schema(minimum = 0)]
    base_version: i64,
    /// A note on it.
    #[serde(default)]
    note: Option<Text<500>>,
    /// Its lines, at most 40; none ends every prompt.
    #[schema(max_items = 40)]
    items: Vec<NewPlanItem>,
    /// Observations whose open suggestions are accepted with it, at most 20: how its lines differ from the template's is
    /// kept.
    #[serde(default)]
    #[schema(max_items = 20)]
    accepts: Vec<Text<64>>,
}

/// Suggestions one version may accept.
const MAX_ACCEPTS: usize = 20;

/// Publishes a version: what was still to come is cancelled, what comes now is frozen.
#[utoipa::path(put, path = "/v1/patients/{patient}/plan", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewPlanBody,
    responses((status = 200, body = PlanBody), (status = 409, body = Problem), (status = "4XX", body = Problem)))]
pub async fn publish(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<NewPlanBody>,
) -> Result<HttpResponse> {
    let new = new_version(body.0)?;
    let plan = service::publish(&app, clinician.scope, clinician.id, patient.0, new).await?;
    Ok(HttpResponse::Ok().json(PlanBody::from(plan)))
}

fn new_version(body: NewPlanBody) -> Result<NewVersion> {
    if body.accepts.len() > MAX_ACCEPTS {
        let rule = format!("must name at most {MAX_ACCEPTS} suggestions");
        return Err(Error::field("/accepts", rule));
    }
    Ok(NewVersion {
        accepts: body.accepts.into_iter().map(Text::into_string).collect(),
        base_version: body.base_version,
        note: body.note.map(Text::into_string).unwrap_or_default(),
        items: normalised(body.items)?,
    })
}

/// What publishing a version would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewBody {
    /// The version in force; 0 before the first.
    in_force: i64,
    /// The zone dates and local times are in.
    time_zone: String,
    /// Fourteen days, the patient's today first, and what stays silent in them.
    #[serde(flatten)]
    shown: Shown,
    /// What is different from the version in force.
    diff: PlanDiff,
}

/// What publishing this version would ask of the patient, day by day over 14 days. Nothing is stored, and what would
/// refuse the version refuses the preview.
#[utoipa::path(post, path = "/v1/patients/{patient}/plan/preview", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewPlanBody,
    responses((status = 200, body = PreviewBody), (status = 409, body = Problem), (status = "4XX", body = Problem)))]
pub async fn preview(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<NewPlanBody>,
) -> Result<HttpResponse> {
    let new = new_version(body.0)?;
    let seen = service::preview(&app, clinician.scope, clinician.id, patient.0, new).await?;
    Ok(HttpResponse::Ok().json(PreviewBody {
        in_force: seen.in_force.map_or(0, |version| version.version),
        time_zone: seen.patient.time_zone,
        diff: diff(&seen.before, &seen.after),
        shown: seen.shown,
    }))
}
