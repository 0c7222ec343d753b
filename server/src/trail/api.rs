//! JSON: the trail.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::service::{self, By, Named, PAGE, Trail, Wanted};
use super::words;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Query};
use crate::http::guard::{Admin, Clinician};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{AuditId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/audit").get(Access::Clinician, of_patient),
        at("/v1/clinic/audit").get(Access::Admin, of_clinic),
    ]
}

/// Which lines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct TrailQuery {
    /// Of this kind: the beginning of the action, such as `plan`; every kind when absent.
    pub(super) kind: Option<String>,
    /// Done by: `patient`, `footing`, or a clinician's id; by anyone when absent.
    pub(super) by: Option<String>,
    /// Before this line: the `next` of the page before; the newest when absent.
    pub(super) before: Option<AuditId>,
    /// At most so many, 1 to 200; 50 when absent.
    pub(super) limit: Option<i64>,
}

impl TrailQuery {
    /// The lines it describes; an empty field of a form is one left out.
    pub(super) fn wanted(&self, patient: Option<PatientId>) -> Result<Wanted> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let kind = given(&self.kind);
        if let Some(kind) = &kind
            && !words::KINDS.iter().any(|(known, _)| known == kind)
        {
            let known: Vec<&str> = words::KINDS.iter().map(|(known, _)| *known).collect();
            let rule = format!("must be one of {}", known.join(", "));
            return Err(Error::field("?kind", rule));
        }
        let by = match given(&self.by).as_deref() {
            None => None,
            Some("patient") => Some(By::Patient),
            Some("footing") => Some(By::Footing),
            Some(id) => Some(By::Clinician(id.parse().map_err(|_| {
                Error::field("?by", "must be patient, footing, or a clinician's id")
            })?)),
        };
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=200).contains(&limit) {
            return Err(Error::field("?limit", "must be 1 to 200"));
        }
        Ok(Wanted {
            patient,
            kind,
            by,
            before: self.before,
            limit,
        })
    }
}

/// A line: who did what, when.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// The line.
    id: AuditId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `clinician`, `patient`, `operator`, `unknown`, or the name of a job of the server.
    by: String,
    /// The name of who did it.
    name: Option<String>,
    /// What was done.
    action: String,
    /// The same in words.
    words: String,
    /// Whom it is about.
    patient: Option<PatientId>,
}

impl From<Named> for LineBody {
    fn from(line: Named) -> Self {
        Self {
            id: line.id,
            at: line.at,
            by: line.by,
            name: line.name,
            words: words::of(&line.action).to_owned(),
            action: line.action,
            patient: line.patient,
        }
    }
}

/// A part of the trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrailBody {
    /// Newest first. A look goes through 5,000 lines at most, so that a rare kind may give few of them and a `next`.
    lines: Vec<LineBody>,
    /// Where there may be earlier ones: what to pass as `before`.
    next: Option<AuditId>,
}

impl From<Trail> for TrailBody {
    fn from(trail: Trail) -> Self {
        Self {
            next: trail.next,
            lines: trail.lines.into_iter().map(Into::into).collect(),
        }
    }
}

/// Who did what about a patient, newest first. Changes leave lines, and reading of messages; other reading does not.
#[utoipa::path(get, path = "/v1/patients/{patient}/audit", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), TrailQuery),
    responses((status = 200, body = TrailBody), (status = "4XX", body = Problem)))]
pub async fn of_patient(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<TrailQuery>,
) -> Result<HttpResponse> {
    let wanted = query.0.wanted(Some(patient.0))?;
    let trail = service::read(&app, clinician.scope, wanted).await?;
    Ok(HttpResponse::Ok().json(TrailBody::from(trail)))
}

/// Who did what in the clinic, newest first.
#[utoipa::path(get, path = "/v1/clinic/audit", tag = "clinician", security(("token" = [])), params(TrailQuery),
    responses((status = 200, body = TrailBody), (status = "4XX", body = Problem)))]
pub async fn of_clinic(
    app: web::Data<App>,
    admin: Admin,
    query: Query<TrailQuery>,
) -> Result<HttpResponse> {
    let trail = service::read(&app, admin.scope, query.0.wanted(None)?).await?;
    Ok(HttpResponse::Ok().json(TrailBody::from(trail)))
}
