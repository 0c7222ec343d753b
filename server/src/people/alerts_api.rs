//! JSON: a patient's alerts, and what a clinician does with them.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::alerts::{self, Action, Line};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Path2, Text};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::alerts::{AlertState, Severity};
use crate::store::types::{AlertId, ClinicianId, PatientId, UtcMicros};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/alerts").get(Access::Clinician, list),
        at("/v1/patients/{patient}/alerts/{alert}/ack").post(Access::Clinician, ack),
        at("/v1/patients/{patient}/alerts/{alert}/snooze").post(Access::Clinician, snooze),
        at("/v1/patients/{patient}/alerts/{alert}/resolve").post(Access::Clinician, resolve),
    ]
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertBody {
    /// The alert.
    id: AlertId,
    /// The rule that found it, with what it is about where one rule can find several.
    rule: String,
    /// The rule's version.
    rule_version: String,
    /// How much it matters.
    severity: Severity,
    /// Where it stands.
    state: AlertState,
    /// Why it stands there.
    state_reason: Option<String>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    state_at: Timestamp,
    /// The clinician who put it there; null when a rule did.
    state_by: Option<ClinicianId>,
    /// What it rests on.
    #[schema(value_type = Object)]
    evidence: Box<RawValue>,
    /// When it was first found.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Timestamp,
    /// When it was last found.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// How often it was found.
    count: i64,
    /// Who is to act.
    owner: ClinicianId,
    /// Until when, before it is handed on.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// When it was handed on because nobody had looked in time.
    #[schema(value_type = Option<String>, format = DateTime)]
    escalated_at: Option<Timestamp>,
    /// Until when it is put off, or was the last time.
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Timestamp>,
    /// What was noted with that.
    snooze_note: Option<String>,
}

impl TryFrom<Line> for AlertBody {
    type Error = Error;

    fn try_from((alert, beside, snooze_note): Line) -> Result<Self> {
        Ok(Self {
            id: alert.id,
            rule: alert.rule,
            rule_version: alert.rule_version,
            severity: alert.severity,
            state: alert.state,
            state_reason: alert.state_reason,
            state_at: alert.state_at.timestamp(),
            state_by: alert.state_by,
            evidence: RawValue::from_string(alert.evidence).map_err(Error::internal)?,
            first_seen_at: alert.first_seen_at.timestamp(),
            last_seen_at: alert.last_seen_at.timestamp(),
            count: alert.count,
            owner: alert.owner_id,
            due_at: alert.due_at.map(UtcMicros::timestamp),
            escalated_at: beside.escalated_at.map(UtcMicros::timestamp),
            snoozed_until: beside.snoozed_until_at.map(UtcMicros::timestamp),
            snooze_note,
        })
    }
}

/// A patient's alerts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// The newest 200, those seen last first.
    alerts: Vec<AlertBody>,
}

/// A patient's alerts, those seen last first.
#[utoipa::path(get, path = "/v1/patients/{patient}/alerts", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = AlertList), (status = "4XX", body = Problem)))]
pub async fn list(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let lines = alerts::list(&app, clinician.scope, patient.0).await?;
    let bodies: Result<Vec<AlertBody>> = lines.into_iter().map(TryFrom::try_from).collect();
    Ok(HttpResponse::Ok().json(AlertList { alerts: bodies? }))
}

/// Why a clinician does what they do with an alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertReason {
    /// In a few words.
    reason: Text<200>,
}

/// An alert put off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertSnooze {
    /// In a few words.
    reason: Text<200>,
    /// Until when: at most 4 hours for a critical alert, 90 days for any other.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// What to remember; needed for a critical alert.
    #[serde(default)]
    note: Option<Text<500>>,
}

/// Where an alert stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertStanding {
    /// The state.
    state: AlertState,
}

async fn act(
    app: &App,
    clinician: &Clinician,
    path: Path2<PatientId, AlertId>,
    action: Action,
    reason: Text<200>,
) -> Result<HttpResponse> {
    let which = (path.0, path.1);
    let reason = reason.into_string();
    let state = alerts::act(app, clinician.scope, clinician.id, which, action, reason).await?;
    Ok(HttpResponse::Ok().json(AlertStanding { state }))
}

/// Takes an alert on: it is not handed to the deputy any more.
#[utoipa::path(post, path = "/v1/patients/{patient}/alerts/{alert}/ack", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("alert" = AlertId, Path)), request_body = AlertReason,
    responses((status = 200, body = AlertStanding), (status = "4XX", body = Problem)))]
pub async fn ack(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, AlertId>,
    body: Json<AlertReason>,
) -> Result<HttpResponse> {
    act(&app, &clinician, path, Action::Ack, body.0.reason).await
}

/// Puts an alert off; it opens again by itself.
#[utoipa::path(post, path = "/v1/patients/{patient}/alerts/{alert}/snooze", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("alert" = AlertId, Path)), request_body = AlertSnooze,
    responses((status = 200, body = AlertStanding), (status = "4XX", body = Problem)))]
pub async fn snooze(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, AlertId>,
    body: Json<AlertSnooze>,
) -> Result<HttpResponse> {
    let action = Action::Snooze {
        until: body.0.until,
        note: body.0.note.map(Text::into_string),
    };
    act(&app, &clinician, path, action, body.0.reason).await
}

/// Is done with an alert; found again it is a new one.
#[utoipa::path(post, path = "/v1/patients/{patient}/alerts/{alert}/resolve", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("alert" = AlertId, Path)), request_body = AlertReason,
    responses((status = 200, body = AlertStanding), (status = "4XX", body = Problem)))]
pub async fn resolve(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, AlertId>,
    body: Json<AlertReason>,
) -> Result<HttpResponse> {
    act(&app, &clinician, path, Action::Resolve, body.0.reason).await
}
