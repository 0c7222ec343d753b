//! JSON: why a score is what it is.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{Explanation, explain};
use super::words::{PlainExplanation, plain};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Path, Path2};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::insoles::service;
use crate::store::types::{PatientId, SessionId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/insole-sessions/{session}/explain")
            .get(Access::Clinician, explanation),
        at("/v1/me/insole-sessions/{session}/explain").get(Access::Patient, my_explanation),
    ]
}

/// An explanation of a session's score.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationBody {
    /// The session.
    #[schema(value_type = String, format = "uuid")]
    session_id: uuid::Uuid,
    /// The explanation.
    #[serde(flatten)]
    explanation: Explanation,
}

/// The same in plain words.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlainExplanationBody {
    /// The session.
    #[schema(value_type = String, format = "uuid")]
    session_id: uuid::Uuid,
    /// The explanation.
    #[serde(flatten)]
    explanation: PlainExplanation,
}

/// Why a session's score is what it is, and the same number once more from what is stored.
#[utoipa::path(get, path = "/v1/patients/{patient}/insole-sessions/{session}/explain", tag = "clinician",
    params(("patient" = PatientId, Path), ("session" = String, Path, format = "uuid")), security(("token" = [])),
    responses((status = 200, body = ExplanationBody), (status = "4XX", body = Problem)))]
pub async fn explanation(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, uuid::Uuid>,
) -> Result<HttpResponse> {
    let row = service::find(&app, clinician.scope, path.0, SessionId::from(path.1)).await?;
    Ok(HttpResponse::Ok().json(ExplanationBody {
        session_id: path.1,
        explanation: explain(&row)?,
    }))
}

/// Why one's own score is what it is, in plain words.
#[utoipa::path(get, path = "/v1/me/insole-sessions/{session}/explain", tag = "patient",
    params(("session" = String, Path, format = "uuid")), security(("token" = [])),
    responses((status = 200, body = PlainExplanationBody), (status = "4XX", body = Problem)))]
pub async fn my_explanation(
    app: web::Data<App>,
    me: Patient,
    path: Path<uuid::Uuid>,
) -> Result<HttpResponse> {
    let row = service::find(&app, me.scope, me.id, SessionId::from(path.0)).await?;
    Ok(HttpResponse::Ok().json(PlainExplanationBody {
        session_id: path.0,
        explanation: plain(&explain(&row)?),
    }))
}
