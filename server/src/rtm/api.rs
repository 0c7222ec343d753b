//! JSON: the ledger, timers, entries, calls, corrections, and evidence of a month.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bodies::{RtmCall, RtmEntry, RtmLedger};
use super::evidence::{self, CalendarMonth};
use super::ledger::{EntryState, state_of};
use super::recording::{self, NewCall, Times};
use super::service;
use crate::app::App;
use crate::error::{Error, Result};
use crate::exports::csv::{Sheet, whole};
use crate::http::extract::{Json, Path, Path2, Query, Text};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::patients::api::{cursor_of, parse_cursor};
use crate::patients::service::page;
use crate::store::rtm::{Activity, EvaluationCause};
use crate::store::types::{CareCallId, PatientId, RtmEntryId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/rtm").get(Access::Clinician, ledger),
        at("/v1/patients/{patient}/rtm/timer")
            .put(Access::Clinician, start)
            .delete(Access::Clinician, stop),
        at("/v1/patients/{patient}/rtm/entries").post(Access::Clinician, record),
        at("/v1/patients/{patient}/rtm/entries/{entry}/correction")
            .post(Access::Clinician, correct),
        at("/v1/patients/{patient}/rtm/calls").post(Access::Clinician, call),
        at("/v1/patients/{patient}/rtm/calls/{call}/correction")
            .post(Access::Clinician, correct_call),
        at("/v1/patients/{patient}/rtm/evidence").get(Access::Clinician, evidence),
        at("/v1/patients/{patient}/rtm/evidence.csv").get(Access::Clinician, evidence_csv),
        at("/v1/clinic/rtm").get(Access::Clinician, clinic_month),
    ]
}

/// A patient's ledger: what is eligible by both clocks, what is missing, and what it rests on. Where something is found that was not
/// found before, an evaluation with the caller's name is kept.
#[utoipa::path(get, path = "/v1/patients/{patient}/rtm", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = RtmLedger), (status = "4XX", body = Problem)))]
pub async fn ledger(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let (scope, by) = (clinician.scope, clinician.id);
    let found = service::look(&app, scope, by, patient.0, EvaluationCause::Looked).await?;
    Ok(HttpResponse::Ok().json(RtmLedger::of(&found)?))
}

/// What a timer is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimerBody {
    /// What time is spent on.
    activity: Activity,
}

/// Has the caller's timer run for a patient; a repeat changes nothing. One runs at a time. One that nobody stops ends by itself and
/// does not count until it is corrected.
#[utoipa::path(put, path = "/v1/patients/{patient}/rtm/timer", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = TimerBody,
    responses((status = 200, body = RtmEntry), (status = "4XX", body = Problem)))]
pub async fn start(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<TimerBody>,
) -> Result<HttpResponse> {
    let (scope, by) = (clinician.scope, clinician.id);
    let row = recording::start(&app, scope, by, patient.0, body.0.activity).await?;
    Ok(HttpResponse::Ok().json(RtmEntry::of(&row, EntryState::Running)))
}

/// A timer that was stopped.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimerStopped {
    /// The time; null when no timer of the caller's ran for the patient.
    stopped: Option<RtmEntry>,
}

/// Stops the caller's timer for a patient.
#[utoipa::path(delete, path = "/v1/patients/{patient}/rtm/timer", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = TimerStopped), (status = "4XX", body = Problem)))]
pub async fn stop(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let row = recording::stop(&app, clinician.scope, clinician.id, patient.0).await?;
    Ok(HttpResponse::Ok().json(TimerStopped {
        stopped: row.map(|row| RtmEntry::of(&row, EntryState::Ended)),
    }))
}

/// Time that was spent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryRequest {
    /// On what.
    activity: Activity,
    /// From when, within the last 400 days.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Until when, within four hours of the start.
    #[schema(value_type = String, format = DateTime)]
    ended_at: Timestamp,
    /// What was done.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    note: Option<Text<200>>,
}

/// Records time the caller spent on a patient.
#[utoipa::path(post, path = "/v1/patients/{patient}/rtm/entries", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = EntryRequest,
    responses((status = 201, body = RtmEntry), (status = "4XX", body = Problem)))]
pub async fn record(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<EntryRequest>,
) -> Result<HttpResponse> {
    let EntryRequest {
        activity,
        started_at,
        ended_at,
        note,
    } = body.0;
    let times = Times {
        started_at,
        ended_at,
    };
    let what = (activity, times, note.map(Text::into_string));
    let row = recording::record(&app, clinician.scope, clinician.id, patient.0, what).await?;
    Ok(HttpResponse::Created().json(RtmEntry::of(&row, EntryState::Ended)))
}

/// Times put right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Until when; the start itself strikes the entry.
    #[schema(value_type = String, format = DateTime)]
    ended_at: Timestamp,
    /// Why.
    reason: Text<200>,
}

/// Corrects an entry. A row takes its place; the old one stays, and the time stays that of who spent it.
#[utoipa::path(post, path = "/v1/patients/{patient}/rtm/entries/{entry}/correction", tag = "monitoring",
    security(("token" = [])), params(("patient" = PatientId, Path), ("entry" = RtmEntryId, Path)),
    request_body = CorrectionRequest,
    responses((status = 201, body = RtmEntry), (status = "4XX", body = Problem)))]
pub async fn correct(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, RtmEntryId>,
    body: Json<CorrectionRequest>,
) -> Result<HttpResponse> {
    let CorrectionRequest {
        started_at,
        ended_at,
        reason,
    } = body.0;
    let times = Times {
        started_at,
        ended_at,
    };
    let what = (times, reason.into_string());
    let row =
        recording::correct(&app, clinician.scope, clinician.id, (path.0, path.1), what).await?;
    Ok(HttpResponse::Created().json(RtmEntry::of(&row, state_of(&row, app.now()))))
}

/// A call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRequest {
    /// From when, within the last 400 days.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Until when, within four hours of the start.
    #[schema(value_type = String, format = DateTime)]
    ended_at: Timestamp,
    /// Both spoke with each other. A message is no call.
    live: bool,
    /// What it was about; of a correction, why.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    note: Option<Text<200>>,
}

impl From<CallRequest> for NewCall {
    fn from(body: CallRequest) -> Self {
        Self {
            times: Times {
                started_at: body.started_at,
                ended_at: body.ended_at,
            },
            live: body.live,
            note: body.note.map(Text::into_string),
        }
    }
}

/// Notes a call with a patient. The time of a live one is management time; that of the try is none.
#[utoipa::path(post, path = "/v1/patients/{patient}/rtm/calls", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = CallRequest,
    responses((status = 201, body = RtmCall), (status = "4XX", body = Problem)))]
pub async fn call(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<CallRequest>,
) -> Result<HttpResponse> {
    let (scope, by) = (clinician.scope, clinician.id);
    let row = recording::call(&app, scope, by, patient.0, body.0.into()).await?;
    Ok(HttpResponse::Created().json(RtmCall::from(&row)))
}

/// Corrects a call. A row takes its place; the old one stays. A note must say why.
#[utoipa::path(post, path = "/v1/patients/{patient}/rtm/calls/{call}/correction", tag = "monitoring",
    security(("token" = [])), params(("patient" = PatientId, Path), ("call" = CareCallId, Path)), request_body = CallRequest,
    responses((status = 201, body = RtmCall), (status = "4XX", body = Problem)))]
pub async fn correct_call(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, CareCallId>,
    body: Json<CallRequest>,
) -> Result<HttpResponse> {
    if body.0.note.is_none() {
        return Err(Error::field("/note", "must say why it is corrected"));
    }
    let ids = (path.0, path.1);
    let (scope, by) = (clinician.scope, clinician.id);
    let row = recording::correct_call(&app, scope, by, ids, body.0.into()).await?;
    Ok(HttpResponse::Created().json(RtmCall::from(&row)))
}

/// Which month.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct MonthQuery {
    /// Such as `2026-01`; the one that runs in the clinic's zone when absent.
    pub month: Option<String>,
}

/// The month asked for; the clinic's own when none is.
pub async fn month_of(
    app: &App,
    clinician: &Clinician,
    month: Option<&str>,
) -> Result<CalendarMonth> {
    match month {
        Some(text) => CalendarMonth::parse(text),
        None => service::clinic_today(app, clinician.scope)
            .await
            .map(CalendarMonth::of),
    }
}

/// What a patient's month rests on: its codes, the windows that touch it, monitored days with when they arrived, time, calls and who found what
/// when.
#[utoipa::path(get, path = "/v1/patients/{patient}/rtm/evidence", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path), MonthQuery),
    responses((status = 200, body = RtmLedger), (status = "4XX", body = Problem)))]
pub async fn evidence(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<MonthQuery>,
) -> Result<HttpResponse> {
    let month = month_of(&app, &clinician, query.0.month.as_deref()).await?;
    let (scope, by) = (clinician.scope, clinician.id);
    let found = service::look(&app, scope, by, patient.0, EvaluationCause::Export).await?;
    let found = evidence::of_month(found, month);
    Ok(HttpResponse::Ok().json(RtmLedger::of(&found)?))
}

/// The same as CSV, a line for each fact.
#[utoipa::path(get, path = "/v1/patients/{patient}/rtm/evidence.csv", tag = "monitoring", security(("token" = [])),
    params(("patient" = PatientId, Path), MonthQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", body = Problem)))]
pub async fn evidence_csv(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<MonthQuery>,
) -> Result<HttpResponse> {
    let month = month_of(&app, &clinician, query.0.month.as_deref()).await?;
    let (scope, by) = (clinician.scope, clinician.id);
    let found = service::look(&app, scope, by, patient.0, EvaluationCause::Export).await?;
    let found = evidence::of_month(found, month);
    let mut sheet = Sheet::headed(&evidence::PATIENT_HEAD)?;
    evidence::patient_sheet(&found, &mut sheet)?;
    whole(&format!("rtm-{}-{}.csv", patient.0, month.key()), sheet)
}

/// Which month of the clinic, and which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ClinicMonthQuery {
    /// Such as `2026-01`; the one that runs in the clinic's zone when absent.
    pub month: Option<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// A page of a clinic's month.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClinicMonth {
    /// The month.
    month: String,
    /// The evidence of each patient, by name.
    patients: Vec<RtmLedger>,
    /// The next page, where there is one.
    next: Option<String>,
}

/// Patients on a page of a clinic's month.
const PAGE: i64 = 20;

/// The clinic's month: the evidence of every patient, by name, 20 at a time.
#[utoipa::path(get, path = "/v1/clinic/rtm", tag = "monitoring", security(("token" = [])), params(ClinicMonthQuery),
    responses((status = 200, body = ClinicMonth), (status = "4XX", body = Problem)))]
pub async fn clinic_month(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<ClinicMonthQuery>,
) -> Result<HttpResponse> {
    let month = month_of(&app, &clinician, query.0.month.as_deref()).await?;
    let after = query.0.after.as_deref().map(parse_cursor).transpose()?;
    let (scope, by) = (clinician.scope, clinician.id);
    let rows = page(&app, scope, after, PAGE).await?;
    let mut patients = Vec::new();
    for row in &rows {
        let found = service::look(&app, scope, by, row.id, EvaluationCause::Export).await?;
        patients.push(RtmLedger::of(&evidence::of_month(found, month))?);
    }
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    Ok(HttpResponse::Ok().json(ClinicMonth {
        month: month.key(),
        patients,
        next: rows.last().filter(|_| full).map(cursor_of),
    }))
}
