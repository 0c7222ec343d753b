//! JSON: patients and their pauses.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::choices;
use super::pausing::{self, NewPause, Return};
use super::service::{self, NewPatient, PatientLine, PauseReason, Reach};
use crate::adherence::Adherence;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Path2, Query, Text, time_zone};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::reminders::settings::PatientSettings;
use crate::store::patients::PatientStatus;
use crate::store::pauses::ResumeRule;
use crate::store::types::{ClinicianId, PatientId, PauseId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients")
            .get(Access::Clinician, list)
            .post(Access::Clinician, create),
        at("/v1/patients/{patient}").get(Access::Clinician, find),
        at("/v1/patients/{patient}/pauses")
            .get(Access::Clinician, pauses)
            .post(Access::Clinician, pause),
        at("/v1/patients/{patient}/pauses/{pause}/resume").post(Access::Clinician, resume),
        at("/v1/patients/{patient}/settings")
            .get(Access::Clinician, settings)
            .put(Access::Clinician, set_settings),
        at("/v1/me").get(Access::Patient, me),
        at("/v1/me/settings")
            .get(Access::Patient, my_settings)
            .put(Access::Patient, set_my_settings),
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
    /// Whether anything is planned, sent and kept.
    status: PatientStatus,
    /// The clinician who looks after the patient.
    owner_id: ClinicianId,
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
            status: line.patient.status,
            owner_id: line.patient.owner_id,
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
    cursor_of(&line.patient)
}

/// The cursor of a page that ends with this patient.
pub(crate) fn cursor_of(patient: &crate::store::patients::Patient) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{}", patient.id, patient.name))
}

/// The row a cursor names.
///
/// # Errors
/// Invalid when it is no cursor.
pub(crate) fn parse_cursor(text: &str) -> Result<(String, PatientId)> {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "language codes")]
pub enum Locale {
    En,
    De,
    Es,
}

impl Locale {
    /// The one with this tag.
    fn from_tag(tag: &str) -> Option<Self> {
        [Self::En, Self::De, Self::Es]
            .into_iter()
            .find(|locale| locale.tag() == tag)
    }

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
    /// Whether it ends by itself or by a clinician's word; after surgery, illness and injury by a word when absent.
    #[serde(default)]
    resume: Option<ResumeRule>,
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
        resume: body.0.resume,
    };
    let id = pausing::pause(&app, clinician.scope, Some(clinician.id), patient.0, new).await?;
    Ok(HttpResponse::Created().json(PauseBody { id }))
}

/// A pause.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseView {
    /// The pause.
    id: PauseId,
    /// First paused date.
    #[schema(value_type = String, format = Date)]
    from: Option<Date>,
    /// Last paused date as entered.
    #[schema(value_type = String, format = Date)]
    through: Option<Date>,
    /// Why.
    reason: String,
    /// The clinician who entered it; absent when the patient did.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<ClinicianId>,
    /// Whether it ends by itself.
    resume: ResumeRule,
    /// The first date on which things are asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    resumed: Option<Date>,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A patient's pauses.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pauses {
    /// Earliest first.
    pauses: Vec<PauseView>,
    /// The way back that is proposed: percent of the dose in each week.
    proposed_ramp_pct: Vec<u32>,
}

/// A patient's pauses.
#[utoipa::path(get, path = "/v1/patients/{patient}/pauses", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), responses((status = 200, body = Pauses), (status = "4XX", body = Problem)))]
pub async fn pauses(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let rows = pausing::list(&app, clinician.scope, patient.0).await?;
    let pauses = rows
        .into_iter()
        .map(|row| PauseView {
            id: row.id,
            from: row.from_date.date().ok(),
            through: row.through_date.date().ok(),
            reason: row.reason,
            created_by: row.created_by,
            resume: row.resume_rule,
            resumed: row.resumed_date.and_then(|date| date.date().ok()),
            created_at: row.created_at.timestamp(),
        })
        .collect();
    let proposed_ramp_pct = pausing::PROPOSED_RAMP_PCT.to_vec();
    Ok(HttpResponse::Ok().json(Pauses {
        pauses,
        proposed_ramp_pct,
    }))
}

/// How a patient returns from a pause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeBody {
    /// The first date on which things are asked again.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Percent of the dose in each week from then on, 10 to 100, at most 8; all of it at once when absent.
    #[serde(default)]
    ramp_pct: Vec<u32>,
}

/// Ends a pause.
#[utoipa::path(post, path = "/v1/patients/{patient}/pauses/{pause}/resume", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("pause" = PauseId, Path)), request_body = ResumeBody,
    responses((status = 204), (status = 409, body = Problem), (status = "4XX", body = Problem)))]
pub async fn resume(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, PauseId>,
    body: Json<ResumeBody>,
) -> Result<HttpResponse> {
    let Path2(patient, pause) = path;
    let back = Return {
        from: body.0.from,
        ramp_pct: body.0.ramp_pct,
    };
    pausing::resume(&app, clinician.scope, patient, pause, back).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a patient chose.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsBody {
    /// Language of prompts and texts.
    #[serde(default)]
    locale: Option<Locale>,
    /// When the patient's day begins, `HH:MM`, 00:00 to 06:00; midnight when absent.
    #[serde(default)]
    #[schema(example = "03:00")]
    day_starts_at: Option<String>,
    /// Quiet hours, digest, nudges.
    #[serde(default)]
    reminders: PatientSettings,
}

async fn read_settings(
    app: &App,
    scope: crate::store::Scope,
    id: PatientId,
) -> Result<HttpResponse> {
    let (patient, reminders) = choices::read(app, scope, id).await?;
    let body = SettingsBody {
        locale: Locale::from_tag(&patient.locale),
        day_starts_at: Some(crate::reminders::patient_day::day_start(&patient).to_string()),
        reminders,
    };
    Ok(HttpResponse::Ok().json(body))
}

async fn write_settings(
    app: &App,
    scope: crate::store::Scope,
    id: PatientId,
    body: SettingsBody,
) -> Result<HttpResponse> {
    let new = choices::Choices {
        locale: body.locale.map(Locale::tag),
        day_starts_at: body.day_starts_at,
        reminders: body.reminders,
    };
    choices::write(app, scope, id, new).await?;
    read_settings(app, scope, id).await
}

/// The caller's own choices.
#[utoipa::path(get, path = "/v1/me/settings", tag = "patient", security(("token" = [])),
    responses((status = 200, body = SettingsBody), (status = "4XX", body = Problem)))]
pub async fn my_settings(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    read_settings(&app, me.scope, me.id).await
}

/// Replaces the caller's own choices.
#[utoipa::path(put, path = "/v1/me/settings", tag = "patient", security(("token" = [])), request_body = SettingsBody,
    responses((status = 200, body = SettingsBody), (status = "4XX", body = Problem)))]
pub async fn set_my_settings(
    app: web::Data<App>,
    me: Patient,
    body: Json<SettingsBody>,
) -> Result<HttpResponse> {
    write_settings(&app, me.scope, me.id, body.0).await
}

/// A patient's choices.
#[utoipa::path(get, path = "/v1/patients/{patient}/settings", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), responses((status = 200, body = SettingsBody), (status = "4XX", body = Problem)))]
pub async fn settings(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    read_settings(&app, clinician.scope, patient.0).await
}

/// Replaces a patient's choices on the patient's behalf.
#[utoipa::path(put, path = "/v1/patients/{patient}/settings", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = SettingsBody,
    responses((status = 200, body = SettingsBody), (status = "4XX", body = Problem)))]
pub async fn set_settings(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<SettingsBody>,
) -> Result<HttpResponse> {
    write_settings(&app, clinician.scope, patient.0, body.0).await
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
    Ok(HttpResponse::Ok().json(Me {
        patient_id: me.id,
        device_id: me.device,
        time_zone: patient.time_zone,
        locale: patient.locale,
    }))
}
