//! JSON: patients and their pauses.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::service::{self, NewPatient, NewPause, PatientLine, PauseReason, Reach};
use crate::adherence::Adherence;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Query, Text, time_zone};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{PatientId, PauseId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients")
            .get(Access::Clinician, list)
            .post(Access::Clinician, create),
        at("/v1/patients/{patient}").get(Access::Clinician, find),
        at("/v1/patients/{patient}/pauses").post(Access::Clinician, pause),
        at("/v1/me").get(Access::Patient, me),
    ]
}

/// A patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct PatientBody {
    /// The patient.
    id: PatientId,
    /// The name the clinic uses.
    name: String,
    /// The IANA zone the patient lives in.
    time_zone: String,
    /// Language of prompts.
    locale: String,
    /// When the patient was added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Whether prompts arrive.
    reach: Reach,
    /// The reason of the pause the patient is in today.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_for: Option<String>,
    /// Session adherence of the last 7 days.
    adherence_7d: Adherence,
    /// When the newest insole session began.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_session_at: Option<Timestamp>,
    /// Its gait regularity and symmetry index.
    last_score: Option<f64>,
    /// The index's standard error.
    last_score_se: Option<f64>,
}

impl From<PatientLine> for PatientBody {
    fn from(line: PatientLine) -> Self {
        Self {
            id: line.patient.id,
            name: line.patient.name,
            time_zone: line.patient.time_zone,
            locale: line.patient.locale,
            created_at: line.patient.created_at.timestamp(),
            reach: line.reach,
            paused_for: line.pause.map(|pause| pause.reason),
            adherence_7d: line.adherence,
            last_session_at: line.last_session.map(|last| last.started_at.timestamp()),
            last_score: line.last_session.and_then(|last| last.score),
            last_score_se: line.last_session.and_then(|last| last.score_se),
        }
    }
}

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PatientPage {
    /// By name.
    patients: Vec<PatientBody>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A cursor names the last row of a page; the clinic it belongs to comes from the caller's token, so
/// that one carried to another clinic shows that clinic's own rows.
pub(super) fn cursor(line: &PatientLine) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{}", line.patient.id, line.patient.name))
}

/// The row a cursor names.
///
/// # Errors
/// Invalid when it is no cursor.
pub(super) fn parse_cursor(text: &str) -> Result<(String, PatientId)> {
    let parsed = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            text.split_once('\n')
                .map(|(id, name)| (id.parse(), name.to_owned()))
        });
    match parsed {
        Some((Ok(id), name)) => Ok((name, id)),
        _ => Err(Error::field(
            "?after",
            "must be the next of an earlier page",
        )),
    }
}

/// The clinic's patients.
#[utoipa::path(get, path = "/v1/patients", tag = "clinician", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = PatientPage), (status = "4XX", body = Problem)))]
pub async fn list(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<PageQuery>,
) -> Result<HttpResponse> {
    let limit = match query.0.limit.unwrap_or(50) {
        limit @ 1..=200 => limit,
        _ => return Err(Error::field("?limit", "must be between 1 and 200")),
    };
    let after = query.0.after.as_deref().map(parse_cursor).transpose()?;
    let lines = service::list(&app, clinician.scope, after, limit).await?;
    let full = i64::try_from(lines.len()).is_ok_and(|count| count == limit);
    let next = lines.last().filter(|_| full).map(cursor);
    let patients = lines.into_iter().map(PatientBody::from).collect();
    Ok(HttpResponse::Ok().json(PatientPage { patients, next }))
}

/// A patient to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPatientBody {
    /// The name the clinic uses.
    name: Text,
    /// The IANA zone the patient lives in.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// Language of prompts; English when absent.
    #[serde(default)]
    locale: Option<Locale>,
}

/// Languages prompts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "language codes")]
pub enum Locale {
    En,
    De,
    Es,
}

impl Locale {
    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
        }
    }
}

/// Adds a patient.
#[utoipa::path(post, path = "/v1/patients", tag = "clinician", security(("token" = [])),
    request_body = NewPatientBody, responses((status = 201, body = PatientBody), (status = "4XX", body = Problem)))]
pub async fn create(
    app: web::Data<App>,
    clinician: Clinician,
    body: Json<NewPatientBody>,
) -> Result<HttpResponse> {
    time_zone("/time_zone", &body.0.time_zone)?;
    let new = NewPatient {
        name: body.0.name.into_string(),
        time_zone: body.0.time_zone,
        locale: body.0.locale.unwrap_or(Locale::En).tag().to_owned(),
    };
    let patient = service::create(&app, clinician.scope, clinician.id, new).await?;
    let line = service::line(&app, clinician.scope, patient.id).await?;
    Ok(HttpResponse::Created().json(PatientBody::from(line)))
}

/// One patient.
#[utoipa::path(get, path = "/v1/patients/{patient}", tag = "clinician", params(("patient" = PatientId, Path)),
    security(("token" = [])), responses((status = 200, body = PatientBody), (status = "4XX", body = Problem)))]
pub async fn find(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let line = service::line(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(PatientBody::from(line)))
}

/// A pause to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPauseBody {
    /// First paused date, in the patient's zone; may lie in the past.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last paused date.
    #[schema(value_type = String, format = Date)]
    through: Date,
    /// Why.
    reason: PauseReason,
}

/// A pause just entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseBody {
    /// The pause.
    id: PauseId,
}

/// Enters a pause: what falls into it is excused.
#[utoipa::path(post, path = "/v1/patients/{patient}/pauses", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewPauseBody,
    responses((status = 201, body = PauseBody), (status = "4XX", body = Problem)))]
pub async fn pause(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<NewPauseBody>,
) -> Result<HttpResponse> {
    let new = NewPause {
        from: body.0.from,
        through: body.0.through,
        reason: body.0.reason,
    };
    let id = service::pause(&app, clinician.scope, clinician.id, patient.0, new).await?;
    Ok(HttpResponse::Created().json(PauseBody { id }))
}

/// What a patient's device knows of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The patient.
    patient_id: PatientId,
    /// The device.
    device_id: crate::store::types::DeviceId,
    /// The zone prompts are planned in.
    time_zone: String,
    /// Language of prompts.
    locale: String,
}

/// Who the caller is.
#[utoipa::path(get, path = "/v1/me", tag = "patient", security(("token" = [])),
    responses((status = 200, body = Me), (status = "4XX", body = Problem)))]
pub async fn me(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    let patient = service::line(&app, me.scope, me.id).await?.patient;
    let body = Me {
        patient_id: me.id,
        device_id: me.device,
        time_zone: patient.time_zone,
        locale: patient.locale,
    };
    Ok(HttpResponse::Ok().json(body))
}
