//! JSON: what is due, and the answers to it.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::service::{self, Answer, Dates};
use super::state::{AnswerKind, SkipReason};
use super::view::OccurrenceView;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::batch::{self, BatchResult, ItemResult, RawItem};
use crate::http::extract::{BATCH, Json, Path, Query, in_range};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{AnswerId, OccurrenceId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/me/occurrences").get(Access::Patient, my_occurrences),
        at("/v1/me/answers").post(Access::Patient, answer),
        at("/v1/patients/{patient}/occurrences").get(Access::Clinician, occurrences),
    ]
}

/// Dates in the patient's zone; today when absent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DatesQuery {
    /// First date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>, format = Date)]
    through: Option<Date>,
}

/// Occurrences in order of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Occurrences {
    /// Each as it stands now.
    occurrences: Vec<OccurrenceView>,
}

/// What is planned for the caller.
#[utoipa::path(get, path = "/v1/me/occurrences", tag = "patient", params(DatesQuery), security(("token" = [])),
    responses((status = 200, body = Occurrences), (status = "4XX", body = Problem)))]
pub async fn my_occurrences(
    app: web::Data<App>,
    me: Patient,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    let dates = Dates {
        from: query.0.from,
        through: query.0.through,
    };
    let occurrences = service::list(&app, me.scope, me.id, dates).await?;
    Ok(HttpResponse::Ok().json(Occurrences { occurrences }))
}

/// What is planned for a patient.
#[utoipa::path(get, path = "/v1/patients/{patient}/occurrences", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), DatesQuery),
    responses((status = 200, body = Occurrences), (status = "4XX", body = Problem)))]
pub async fn occurrences(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    let dates = Dates {
        from: query.0.from,
        through: query.0.through,
    };
    let occurrences = service::list(&app, clinician.scope, patient.0, dates).await?;
    Ok(HttpResponse::Ok().json(Occurrences { occurrences }))
}

/// A batch of answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// 1 to 100 answers, each an `AnswerBody`.
    #[schema(value_type = Vec<AnswerBody>, min_items = 1, max_items = 100)]
    answers: Vec<RawItem>,
}

/// One answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// Made by the device and kept until it is acknowledged.
    id: AnswerId,
    /// To what.
    occurrence_id: OccurrenceId,
    /// What.
    kind: AnswerKind,
    /// For `partial`: how much was done, in the dose's unit.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    done_amount: Option<f64>,
    /// For `skip`: why.
    #[serde(default)]
    reason: Option<SkipReason>,
    /// When, by the device's clock.
    #[schema(value_type = String, format = DateTime)]
    answered_at: Timestamp,
}

/// Takes answers. Dispositions: applied, duplicate, conflict, too_early, too_late, not_counted,
/// unknown_occurrence, invalid. A repeated batch changes nothing.
#[utoipa::path(post, path = "/v1/me/answers", tag = "patient", security(("token" = [])), request_body = Answers,
    responses((status = 200, body = BatchResult), (status = "4XX", body = Problem)))]
pub async fn answer(
    app: web::Data<App>,
    me: Patient,
    body: Json<Answers, BATCH>,
) -> Result<HttpResponse> {
    batch::check_size("/answers", &body.0.answers)?;
    let mut results = Vec::with_capacity(body.0.answers.len());
    for (index, item) in body.0.answers.iter().enumerate() {
        results.push(take(&app, &me, index, item).await?);
    }
    Ok(HttpResponse::Ok().json(BatchResult { results }))
}

async fn take(app: &App, me: &Patient, index: usize, item: &RawItem) -> Result<ItemResult> {
    let body: AnswerBody = match item.parse() {
        Ok(body) => body,
        Err(error) => return Ok(ItemResult::invalid(index, None, &error)),
    };
    let id = Some(body.id.to_string());
    match take_checked(app, me, body).await {
        Ok(disposition) => Ok(ItemResult {
            index,
            id,
            disposition,
            errors: Vec::new(),
        }),
        Err(error) if error.code == crate::error::Code::Invalid => {
            Ok(ItemResult::invalid(index, id, &error))
        }
        Err(error) => Err(error),
    }
}

async fn take_checked(app: &App, me: &Patient, body: AnswerBody) -> Result<&'static str> {
    if let Some(amount) = body.done_amount {
        in_range("/done_amount", amount, 0.0..=100_000.0)
            .map_err(|error| Error::fields(vec![error]))?;
    }
    let answer = Answer {
        id: body.id,
        occurrence: body.occurrence_id,
        kind: body.kind,
        done_amount: body.done_amount,
        reason: body.reason,
        answered_at: body.answered_at,
    };
    service::answer(app, me, answer).await
}
