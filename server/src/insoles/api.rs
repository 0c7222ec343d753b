//! JSON: uploading and reading insole sessions.

use actix_web::{HttpResponse, web};
use gait::SessionSummary;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::ingest::Disposition;
use super::quality::{self, Reason};
use super::service;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::batch::{self, BatchResult, ItemResult, RawItem};
use crate::http::extract::{BATCH, Json, Path, Path2, Query};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::insoles::InsoleSession;
use crate::store::quarantine::Quarantined;
use crate::store::types::{PatientId, SessionId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        at("/v1/me/insole-sessions")
            .get(Access::Patient, my_sessions)
            .post(Access::Patient, upload),
        at("/v1/patients/{patient}/insole-sessions").get(Access::Clinician, sessions),
        at("/v1/patients/{patient}/insole-sessions/{session}").get(Access::Clinician, session),
    ];
    all.extend(super::wear::api::endpoints());
    all.extend(super::effects::api::endpoints());
    all.extend(super::explain::api::endpoints());
    all
}

/// A batch of session summaries.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// 1 to 100 summaries.
    #[schema(value_type = Vec<SessionSummary>, min_items = 1, max_items = 100)]
    sessions: Vec<RawItem>,
}

/// Takes session summaries. Dispositions: created (and durable), duplicate, conflict, invalid, discarded. A
/// repeated batch changes nothing.
#[utoipa::path(post, path = "/v1/me/insole-sessions", tag = "patient", security(("token" = [])),
    request_body = Sessions, responses((status = 200, body = BatchResult), (status = "4XX", body = Problem)))]
pub async fn upload(
    app: web::Data<App>,
    me: Patient,
    body: Json<Sessions, BATCH>,
) -> Result<HttpResponse> {
    batch::check_size("/sessions", &body.0.sessions)?;
    let mut batch = Batch::default();
    for (index, item) in body.0.sessions.iter().enumerate() {
        batch.take(&app, &me, index, item).await?;
    }
    batch.wait().await?;
    let results = batch.results;
    Ok(HttpResponse::Ok().json(BatchResult { results }))
}

/// The items of one request. They are handed over before the first is waited for, so that they share a commit; only a
/// session that comes twice waits, so that the first of both is the one that was created.
#[derive(Default)]
struct Batch {
    waiting: Vec<Waiting>,
    results: Vec<ItemResult>,
}

struct Waiting {
    index: usize,
    session_id: String,
    receiver: tokio::sync::oneshot::Receiver<Result<Disposition>>,
}

impl Batch {
    async fn take(&mut self, app: &App, me: &Patient, index: usize, item: &RawItem) -> Result<()> {
        let summary: SessionSummary = match item.parse() {
            Ok(summary) => summary,
            Err(error) => {
                self.refuse(index, &error);
                return Ok(());
            }
        };
        let earlier = |one: &Waiting| one.session_id == summary.session_id;
        if self.waiting.iter().any(earlier) {
            self.wait().await?;
        }
        match service::submit(app, me, &summary) {
            Ok(receiver) => self.waiting.push(Waiting {
                index,
                session_id: summary.session_id,
                receiver,
            }),
            Err(error) if error.code == crate::error::Code::Invalid => self.refuse(index, &error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn refuse(&mut self, index: usize, error: &Error) {
        self.results.push(ItemResult::invalid(index, None, error));
    }

    /// Waits for all that were handed over; results are in the order of the items again.
    async fn wait(&mut self) -> Result<()> {
        for one in self.waiting.drain(..) {
            let stopped = |_| Error::unavailable("the upload was given up");
            self.results.push(ItemResult {
                index: one.index,
                id: Some(one.session_id),
                disposition: one.receiver.await.map_err(stopped)??.name(),
                errors: Vec::new(),
            });
        }
        self.results.sort_by_key(|result| result.index);
        Ok(())
    }
}

/// How many to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Limit {
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

impl Limit {
    fn value(&self) -> Result<i64> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(limit),
            _ => Err(Error::field("?limit", "must be between 1 and 200")),
        }
    }
}

/// A session in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLine {
    /// The session.
    #[schema(value_type = String, format = "uuid")]
    session_id: uuid::Uuid,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// Worn, recorded or simulated.
    source: String,
    /// Valid strides of both feet.
    strides: i64,
    /// Gait regularity and symmetry index; null when there was too little to compute it.
    score: Option<f64>,
    /// Its standard error.
    score_se: Option<f64>,
    /// Why there is no score; empty when there is one.
    reasons: Vec<Reason>,
    /// Version of the engine that scored it.
    engine_version: String,
    /// Version of the norms it was scored against.
    norms_version: String,
}

impl From<&InsoleSession> for SessionLine {
    fn from(row: &InsoleSession) -> Self {
        Self {
            session_id: uuid::Uuid::from_bytes(*row.session_id.bytes()),
            started_at: row.started_at.timestamp(),
            received_at: row.received_at.timestamp(),
            source: row.source.clone(),
            strides: row.strides,
            score: row.score,
            score_se: row.score_se,
            reasons: quality::from_text(row.reasons.as_deref()),
            engine_version: row.engine_version.clone(),
            norms_version: row.norms_version.clone(),
        }
    }
}

/// Sessions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// Each in short.
    sessions: Vec<SessionLine>,
    /// What was uploaded, is kept for review and counts for nothing; newest first.
    kept_for_review: Vec<KeptLine>,
}

impl SessionList {
    fn of((sessions, kept): (Vec<InsoleSession>, Vec<Quarantined>)) -> Self {
        Self {
            sessions: sessions.iter().map(SessionLine::from).collect(),
            kept_for_review: kept.into_iter().map(KeptLine::from).collect(),
        }
    }
}

/// An upload kept for review.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptLine {
    /// `clock`: its time cannot be right; `conflict`: its id is here with other content.
    reason: String,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// As uploaded.
    #[schema(value_type = SessionSummary)]
    summary: Box<RawValue>,
}

impl From<Quarantined> for KeptLine {
    fn from(row: Quarantined) -> Self {
        Self {
            reason: row.reason,
            received_at: row.received_at.timestamp(),
            summary: RawValue::from_string(row.body).unwrap_or_default(),
        }
    }
}

/// A session with its summary and what was made of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDetail {
    /// In short.
    #[serde(flatten)]
    line: SessionLine,
    /// As uploaded.
    #[schema(value_type = SessionSummary)]
    summary: Box<RawValue>,
    /// Score with contributions, and observations with their evidence.
    #[schema(value_type = Object)]
    assessment: Box<RawValue>,
}

/// The caller's sessions.
#[utoipa::path(get, path = "/v1/me/insole-sessions", tag = "patient", params(Limit), security(("token" = [])),
    responses((status = 200, body = SessionList), (status = "4XX", body = Problem)))]
pub async fn my_sessions(
    app: web::Data<App>,
    me: Patient,
    query: Query<Limit>,
) -> Result<HttpResponse> {
    let rows = service::listed(&app, me.scope, me.id, query.0.value()?).await?;
    Ok(HttpResponse::Ok().json(SessionList::of(rows)))
}

/// A patient's sessions.
#[utoipa::path(get, path = "/v1/patients/{patient}/insole-sessions", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), Limit),
    responses((status = 200, body = SessionList), (status = "4XX", body = Problem)))]
pub async fn sessions(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<Limit>,
) -> Result<HttpResponse> {
    let rows = service::listed(&app, clinician.scope, patient.0, query.0.value()?).await?;
    Ok(HttpResponse::Ok().json(SessionList::of(rows)))
}

/// One session in full.
#[utoipa::path(get, path = "/v1/patients/{patient}/insole-sessions/{session}", tag = "clinician",
    params(("patient" = PatientId, Path), ("session" = String, Path, format = "uuid")), security(("token" = [])),
    responses((status = 200, body = SessionDetail), (status = "4XX", body = Problem)))]
pub async fn session(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, uuid::Uuid>,
) -> Result<HttpResponse> {
    let row = service::find(&app, clinician.scope, path.0, SessionId::from(path.1)).await?;
    let raw = |text: String| RawValue::from_string(text).map_err(Error::internal);
    let line = SessionLine::from(&row);
    let assessment = quality::shown_assessment(&row.assessment, &line.reasons)?;
    let detail = SessionDetail {
        line,
        summary: raw(row.summary)?,
        assessment: raw(assessment)?,
    };
    Ok(HttpResponse::Ok().json(detail))
}
