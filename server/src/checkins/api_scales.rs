//! JSON: questionnaires, their results and changes.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::scale_service::{self as service, Answers, Filled, named};
use super::scales::change::{Change, change, is_recovered};
use super::scales::score::PartScore;
use super::scales::{self, Scale};
use super::views::date;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Query};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::http::values::Text;
use crate::store::Scope;
use crate::store::scale_results::ScaleResultRow;
use crate::store::types::{ClinicianId, PatientId, ScaleResultId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/scales").get(Access::Clinician, scales),
        at("/v1/me/scales")
            .get(Access::Patient, my_results)
            .post(Access::Patient, record_mine),
        at("/v1/patients/{patient}/scales")
            .get(Access::Clinician, results)
            .post(Access::Clinician, record),
    ]
}

/// The questionnaires there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScaleList {
    /// Changes with every change of a rule.
    version: &'static str,
    /// Each with its scoring, the change that matters, its terms and sources.
    #[schema(value_type = Vec<Scale>)]
    scales: &'static [Scale],
}

/// The questionnaires that can be scored, on what terms they may be used, and where their rules come from.
#[utoipa::path(get, path = "/v1/scales", tag = "clinician", security(("token" = [])),
    responses((status = 200, body = ScaleList), (status = "4XX", body = Problem)))]
pub async fn scales(_clinician: Clinician) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(ScaleList {
        version: scales::version(),
        scales: scales::all(),
    }))
}

/// A questionnaire as it was filled in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilledBody {
    /// Made by whoever records it and kept until it is acknowledged.
    id: ScaleResultId,
    /// Key of the questionnaire.
    scale: String,
    /// When it was filled in.
    #[schema(value_type = String, format = DateTime)]
    taken_at: Timestamp,
    /// One answer for each item, in their order; null for an item without one.
    #[schema(max_items = 40)]
    answers: Vec<Option<u8>>,
    /// For the PSFS: the activities, in the order of the answers.
    #[serde(default)]
    #[schema(max_items = 5)]
    activities: Vec<Text>,
}

impl FilledBody {
    fn filled(self) -> Result<Filled> {
        Ok(Filled {
            id: self.id,
            scale: named(&self.scale, "/scale")?,
            taken_at: self.taken_at,
            answers: Answers {
                items: self.answers,
                activities: self.activities.into_iter().map(Text::into_string).collect(),
            },
        })
    }
}

/// A result with its changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScaleResultView {
    /// The result.
    id: ScaleResultId,
    /// Key of the questionnaire.
    scale: String,
    /// The patient's date it belongs to.
    local_date: String,
    /// When it was filled in.
    #[schema(value_type = String, format = DateTime)]
    taken_at: Timestamp,
    /// The clinician who recorded it; null when the patient did.
    recorded_by: Option<ClinicianId>,
    /// The answers.
    answers: Vec<Option<u8>>,
    /// The activities, where the patient names them.
    activities: Vec<String>,
    /// The score; null when too little was answered.
    score: Option<f64>,
    /// Its parts.
    parts: Vec<PartScore>,
    /// Where the source draws lines: `low`, `medium`, `high`, or `below_cutoff`, `from_cutoff`.
    band: Option<&'static str>,
    /// Whether people with this score count as recovered, where a source says.
    recovered: Option<bool>,
    /// The change from the first score.
    since_first: Option<Change>,
    /// The change from the score before.
    since_last: Option<Change>,
    /// Version of the scoring rules.
    engine_version: String,
}

impl ScaleResultView {
    fn of(
        row: &ScaleResultRow,
        scale: &Scale,
        first: Option<f64>,
        last: Option<f64>,
    ) -> Result<Self> {
        let answers: Answers = serde_json::from_str(&row.answers).map_err(Error::internal)?;
        let from = |old: Option<f64>| old.zip(row.score).map(|(old, new)| change(scale, old, new));
        Ok(Self {
            id: row.id,
            scale: row.scale.clone(),
            local_date: date(&row.local_date)?,
            taken_at: row.taken_at.timestamp(),
            recorded_by: row.recorded_by,
            score: row.score,
            parts: serde_json::from_str(&row.parts).map_err(Error::internal)?,
            band: scale.score(&answers.items).band,
            recovered: row.score.and_then(|score| is_recovered(scale, score)),
            since_first: from(first),
            since_last: from(last),
            engine_version: row.engine_version.clone(),
            answers: answers.items,
            activities: answers.activities,
        })
    }

    /// Each result with its changes; the rows come newest first.
    fn all(rows: &[&ScaleResultRow], scale: &Scale) -> Result<Vec<Self>> {
        let first = rows
            .iter()
            .rev()
            .find_map(|row| row.score.map(|score| (row.id, score)));
        rows.iter()
            .enumerate()
            .map(|(place, row)| {
                let before = rows.iter().skip(place + 1).find_map(|row| row.score);
                let first = first
                    .filter(|(id, _)| *id != row.id)
                    .map(|(_, score)| score);
                Self::of(row, scale, first, before)
            })
            .collect()
    }
}

/// What became of a questionnaire.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recorded {
    /// `created`, `duplicate` or `conflict` (the id is known with other content; nothing changed).
    disposition: &'static str,
    /// The result; null for a conflict.
    result: Option<ScaleResultView>,
}

async fn record_for(
    app: &App,
    scope: Scope,
    patient: PatientId,
    body: FilledBody,
) -> Result<HttpResponse> {
    let filled = body.filled()?;
    let scale = filled.scale;
    let (disposition, row) = service::record(app, scope, patient, filled).await?;
    let result = match row {
        Some(row) => {
            let rows = service::results(app, scope, patient, Some(scale)).await?;
            let views = ScaleResultView::all(&rows.iter().collect::<Vec<_>>(), scale)?;
            views.into_iter().find(|view| view.id == row.id)
        }
        None => None,
    };
    Ok(HttpResponse::Ok().json(Recorded {
        disposition,
        result,
    }))
}

/// Records a questionnaire the caller filled in. A repeated request changes nothing.
#[utoipa::path(post, path = "/v1/me/scales", tag = "patient", security(("token" = [])), request_body = FilledBody,
    responses((status = 200, body = Recorded), (status = "4XX", body = Problem)))]
pub async fn record_mine(
    app: web::Data<App>,
    me: Patient,
    body: Json<FilledBody>,
) -> Result<HttpResponse> {
    record_for(&app, me.scope, me.id, body.0).await
}

/// Records a questionnaire a patient filled in at the clinic. A repeated request changes nothing.
#[utoipa::path(post, path = "/v1/patients/{patient}/scales", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = FilledBody,
    responses((status = 200, body = Recorded), (status = "4XX", body = Problem)))]
pub async fn record(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<FilledBody>,
) -> Result<HttpResponse> {
    record_for(&app, clinician.scope, patient.0, body.0).await
}

/// Which questionnaire.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScaleQuery {
    /// Key of the questionnaire; all of them when absent.
    key: Option<String>,
}

/// Results by questionnaire, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScaleResults {
    /// Each with its changes.
    results: Vec<ScaleResultView>,
}

async fn results_of(
    app: &App,
    scope: Scope,
    patient: PatientId,
    query: &ScaleQuery,
) -> Result<HttpResponse> {
    let asked = query.key.as_deref().map(|key| named(key, "?key"));
    let asked = asked.transpose()?;
    let rows = service::results(app, scope, patient, asked).await?;
    let mut results = Vec::with_capacity(rows.len());
    for scale in scales::all() {
        let of_scale: Vec<&ScaleResultRow> =
            rows.iter().filter(|row| row.scale == scale.key).collect();
        results.extend(ScaleResultView::all(&of_scale, scale)?);
    }
    Ok(HttpResponse::Ok().json(ScaleResults { results }))
}

/// The caller's results of a questionnaire, with which changes matter.
#[utoipa::path(get, path = "/v1/me/scales", tag = "patient", params(ScaleQuery), security(("token" = [])),
    responses((status = 200, body = ScaleResults), (status = "4XX", body = Problem)))]
pub async fn my_results(
    app: web::Data<App>,
    me: Patient,
    query: Query<ScaleQuery>,
) -> Result<HttpResponse> {
    results_of(&app, me.scope, me.id, &query.0).await
}

/// A patient's results of a questionnaire, with which changes matter.
#[utoipa::path(get, path = "/v1/patients/{patient}/scales", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ScaleQuery),
    responses((status = 200, body = ScaleResults), (status = "4XX", body = Problem)))]
pub async fn results(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ScaleQuery>,
) -> Result<HttpResponse> {
    results_of(&app, clinician.scope, patient.0, &query.0).await
}
