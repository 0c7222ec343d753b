//! JSON: suggested templates.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Evidence;
use super::service::{self, Suggestion};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Path2, Text};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::plans::templates::{Template, built_in_version};
use crate::store::suggestions::{DecisionKind, DecisionRow};
use crate::store::types::{ClinicianId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/suggestions").get(Access::Clinician, suggestions),
        at("/v1/patients/{patient}/suggestions/{observation}/reject")
            .post(Access::Clinician, reject),
    ]
}

/// A suggestion that waits for a clinician.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenSuggestion {
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// What it rests on.
    evidence: Evidence,
    /// What is suggested.
    template: Template,
}

/// What a clinician decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decided {
    /// By which observation it was suggested.
    observation: String,
    /// The key of the template.
    template: String,
    /// How it was decided.
    decision: DecisionKind,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The version published with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_version: Option<i64>,
    /// How its lines differ from the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::plans::diff::PlanDiff>)]
    edits: Option<Value>,
    /// Who decided.
    decided_by: ClinicianId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    decided_at: Timestamp,
    /// What was seen then.
    #[schema(value_type = Evidence)]
    evidence: Value,
}

/// Suggestions of a patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionsBody {
    /// The version of the templates and of what suggests them.
    rule_version: &'static str,
    /// Waiting for a clinician: accepted by publishing a plan that names them in `accepts`.
    open: Vec<OpenSuggestion>,
    /// What was decided, newest first.
    decided: Vec<Decided>,
}

impl From<Suggestion> for OpenSuggestion {
    fn from(one: Suggestion) -> Self {
        Self {
            since: one.since,
            evidence: one.evidence,
            template: one.template,
        }
    }
}

impl TryFrom<DecisionRow> for Decided {
    type Error = Error;

    fn try_from(row: DecisionRow) -> Result<Self> {
        let value = |text: &str| serde_json::from_str(text).map_err(Error::internal);
        Ok(Self {
            edits: row.edits.as_deref().map(value).transpose()?,
            evidence: value(&row.evidence)?,
            observation: row.observation,
            template: row.template,
            decision: row.decision,
            reason: row.reason,
            plan_version: row.plan_version,
            decided_by: row.decided_by,
            decided_at: row.decided_at.timestamp(),
        })
    }
}

/// Templates the newest usable session suggests, with their evidence, and what was decided.
#[utoipa::path(get, path = "/v1/patients/{patient}/suggestions", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), responses((status = 200, body = SuggestionsBody), (status = "4XX", body = Problem)))]
pub async fn suggestions(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let all = service::of_patient(&app, clinician.scope, patient.0).await?;
    let decided: Result<Vec<Decided>> = all.decided.into_iter().map(Decided::try_from).collect();
    Ok(HttpResponse::Ok().json(SuggestionsBody {
        rule_version: built_in_version(),
        open: all.open.into_iter().map(OpenSuggestion::from).collect(),
        decided: decided?,
    }))
}

/// Why a suggestion is not wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectBody {
    /// In a few words.
    reason: Text<200>,
}

/// Rejects a suggestion. It returns only when a later session is surer of it, or shows it by more than the uncertainty.
#[utoipa::path(post, path = "/v1/patients/{patient}/suggestions/{observation}/reject", tag = "clinician",
    security(("token" = [])), params(("patient" = PatientId, Path), ("observation" = String, Path)),
    request_body = RejectBody, responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn reject(
    app: web::Data<App>,
    clinician: Clinician,
    Path2(patient, observation): Path2<PatientId, String>,
    body: Json<RejectBody>,
) -> Result<HttpResponse> {
    let reason = body.0.reason.into_string();
    let (scope, by) = (clinician.scope, clinician.id);
    service::reject(&app, scope, by, patient, observation, reason).await?;
    Ok(HttpResponse::NoContent().finish())
}
