//! JSON: a patient's care team, and the clinic in figures.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::figures::{self, Figures};
use super::team::{self, Team};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Json, Path};
use crate::http::guard::{Admin, Clinician};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{ClinicianId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/clinic/figures").get(Access::Admin, clinic_figures),
        at("/v1/clinicians/{clinician}/deputy").put(Access::Clinician, stand_in),
        at("/v1/patients/{patient}/team")
            .get(Access::Clinician, find_team)
            .put(Access::Clinician, set_team),
    ]
}

/// The clinic in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresBody {
    /// Patients in care whose owner is not active any more: must be 0.
    unowned_active_patients: i64,
    /// How many patients stand where.
    patients: BTreeMap<&'static str, i64>,
    /// How many clinicians are active.
    active_clinicians: usize,
    /// Live alerts by severity.
    live_alerts: BTreeMap<&'static str, i64>,
    /// Open alerts whose time to act has passed.
    overdue_alerts: i64,
    /// Requests to erase a patient's data that count down.
    erasures_pending: i64,
}

impl From<Figures> for FiguresBody {
    fn from(figures: Figures) -> Self {
        Self {
            unowned_active_patients: figures.unowned_active_patients,
            patients: figures
                .patients
                .into_iter()
                .map(|(status, count)| (status.as_str(), count))
                .collect(),
            active_clinicians: figures.active_clinicians,
            live_alerts: figures
                .live_alerts
                .into_iter()
                .map(|(severity, count)| (severity.as_str(), count))
                .collect(),
            overdue_alerts: figures.overdue_alerts,
            erasures_pending: figures.erasures_pending,
        }
    }
}

/// The clinic in figures.
#[utoipa::path(get, path = "/v1/clinic/figures", tag = "people", security(("token" = [])),
    responses((status = 200, body = FiguresBody), (status = "4XX", body = Problem)))]
pub async fn clinic_figures(app: web::Data<App>, admin: Admin) -> Result<HttpResponse> {
    let figures = figures::figures(&app, admin.scope).await?;
    Ok(HttpResponse::Ok().json(FiguresBody::from(figures)))
}

/// Who looks after a patient.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamBody {
    /// Looks after the patient.
    owner: ClinicianId,
    /// Gets what the owner does not look at in time.
    #[serde(default)]
    deputy: Option<ClinicianId>,
}

/// Who looks after a patient.
#[utoipa::path(get, path = "/v1/patients/{patient}/team", tag = "people", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = TeamBody), (status = "4XX", body = Problem)))]
pub async fn find_team(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let Team { owner, deputy } = team::find(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(TeamBody { owner, deputy }))
}

/// Sets who looks after a patient. A new owner gets the live alerts of the old one about the patient.
#[utoipa::path(put, path = "/v1/patients/{patient}/team", tag = "people", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = TeamBody,
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn set_team(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<TeamBody>,
) -> Result<HttpResponse> {
    let TeamBody { owner, deputy } = body.0;
    team::set(&app, clinician.scope, patient.0, Team { owner, deputy }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who stands in for a clinician.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    /// An active clinician; nobody when absent.
    #[serde(default)]
    deputy: Option<ClinicianId>,
    /// Also for patients who have another deputy.
    replace: bool,
}

/// For how many patients it is so now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandInBody {
    /// Patients whose deputy changed.
    patients: usize,
}

/// Makes a clinician the deputy of another's patients in care: for an absence. A repeat changes nothing.
#[utoipa::path(put, path = "/v1/clinicians/{clinician}/deputy", tag = "people", security(("token" = [])),
    params(("clinician" = ClinicianId, Path)), request_body = StandIn,
    responses((status = 200, body = StandInBody), (status = "4XX", body = Problem)))]
pub async fn stand_in(
    app: web::Data<App>,
    clinician: Clinician,
    owner: Path<ClinicianId>,
    body: Json<StandIn>,
) -> Result<HttpResponse> {
    let StandIn { deputy, replace } = body.0;
    let patients = team::stand_in(&app, clinician.scope, owner.0, deputy, replace).await?;
    Ok(HttpResponse::Ok().json(StandInBody { patients }))
}
