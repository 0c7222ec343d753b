//! JSON: what is due, and the answers to it.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::clock_error::Heard;
use super::explain::{self, Explanation};
use super::late::{self, LateSum};
use super::receipts::{self, NewReceipt};
use super::service::{self, Answer, Dates, Snooze, Taken};
use super::snooze::SnoozeOffer;
use super::state::{AnswerKind, SkipReason};
use super::travel::{self, Says};
use super::view::OccurrenceView;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::batch::{self, BatchResult, ItemResult, RawItem};
use crate::http::extract::{BATCH, Json, Path, Path2, Query, in_range};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::planted::{self, Bug};
use crate::store::days::ZoneOutcome;
use crate::store::receipts::ReceiptKind;
use crate::store::types::{AnswerId, DeliveryId, OccurrenceId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/me/occurrences").get(Access::Patient, my_occurrences),
        at("/v1/me/occurrences/{occurrence}/explain").get(Access::Patient, my_explanation),
        at("/v1/me/occurrences/{occurrence}/snoozes").get(Access::Patient, my_snoozes),
        at("/v1/me/answers").post(Access::Patient, answer),
        at("/v1/me/receipts").post(Access::Patient, receipts),
        at("/v1/me/time-zone").put(Access::Patient, my_time_zone),
        at("/v1/patients/{patient}/occurrences").get(Access::Clinician, occurrences),
        at("/v1/patients/{patient}/occurrences/{occurrence}/explain")
            .get(Access::Clinician, explanation),
        at("/v1/patients/{patient}/time-zone").put(Access::Clinician, time_zone),
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
    /// What time the device takes it to be: its answers are set right by the difference.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    device_time: Option<Timestamp>,
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
    /// For `snooze`: minutes from the answer on.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 1440)]
    snooze_min: Option<u32>,
    /// For `snooze`: also if it ends in quiet hours.
    #[serde(default)]
    remind_anyway: Option<bool>,
    /// When, by the device's clock.
    #[schema(value_type = String, format = DateTime)]
    answered_at: Timestamp,
}

/// Takes answers. Dispositions: applied, duplicate, conflict, too_early, too_late, extra, not_applicable, snooze_limit,
/// after_close, quiet_hours, quarantined, unknown_occurrence, invalid. A repeated batch changes nothing.
#[utoipa::path(post, path = "/v1/me/answers", tag = "patient", security(("token" = [])), request_body = Answers,
    responses((status = 200, body = BatchResult), (status = "4XX", body = Problem)))]
pub async fn answer(
    app: web::Data<App>,
    me: Patient,
    body: Json<Answers, BATCH>,
) -> Result<HttpResponse> {
    batch::check_size("/answers", &body.0.answers)?;
    let heard = Heard {
        now: app.now(),
        device_time: body.0.device_time,
    };
    let mut late = LateSum::default();
    let mut results = Vec::with_capacity(body.0.answers.len());
    for (index, item) in body.0.answers.iter().enumerate() {
        let (result, taken) = take(&app, &me, heard, index, item).await?;
        late.add(taken);
        results.push(result);
    }
    late::tell(&app, &me, late).await?;
    Ok(HttpResponse::Ok().json(BatchResult { results }))
}

async fn take(
    app: &App,
    me: &Patient,
    heard: Heard,
    index: usize,
    item: &RawItem,
) -> Result<(ItemResult, Option<Taken>)> {
    let body: AnswerBody = match item.parse() {
        Ok(body) => body,
        Err(error) => return Ok((ItemResult::invalid(index, None, &error), None)),
    };
    let id = Some(body.id.to_string());
    if planted::is(Bug::LosesSecondAnswer) && index > 0 {
        let result = ItemResult {
            index,
            id,
            disposition: "applied",
            errors: Vec::new(),
        };
        return Ok((result, None));
    }
    match take_checked(app, me, heard, body, item.text().to_owned()).await {
        Ok(taken) => {
            let result = ItemResult {
                index,
                id,
                disposition: taken.disposition,
                errors: Vec::new(),
            };
            Ok((result, Some(taken)))
        }
        Err(error) if error.code == crate::error::Code::Invalid => {
            Ok((ItemResult::invalid(index, id, &error), None))
        }
        Err(error) => Err(error),
    }
}

async fn take_checked(
    app: &App,
    me: &Patient,
    heard: Heard,
    body: AnswerBody,
    raw: String,
) -> Result<Taken> {
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
        snooze: body.snooze_min.map(|minutes| Snooze {
            minutes,
            remind_anyway: body.remind_anyway.unwrap_or(false),
        }),
        answered_at: body.answered_at,
    };
    service::answer(app, me, heard, answer, raw).await
}

/// Why one of the caller's occurrences is as it is: rule, zone, day, every reminder and attempt.
#[utoipa::path(get, path = "/v1/me/occurrences/{occurrence}/explain", tag = "patient", security(("token" = [])),
    params(("occurrence" = OccurrenceId, Path)),
    responses((status = 200, body = Explanation), (status = "4XX", body = Problem)))]
pub async fn my_explanation(
    app: web::Data<App>,
    me: Patient,
    occurrence: Path<OccurrenceId>,
) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(explain::explain(&app, me.scope, me.id, occurrence.0).await?))
}

/// Why an occurrence is as it is: rule, zone, day, every reminder and attempt.
#[utoipa::path(get, path = "/v1/patients/{patient}/occurrences/{occurrence}/explain", tag = "clinician",
    security(("token" = [])), params(("patient" = PatientId, Path), ("occurrence" = OccurrenceId, Path)),
    responses((status = 200, body = Explanation), (status = "4XX", body = Problem)))]
pub async fn explanation(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, OccurrenceId>,
) -> Result<HttpResponse> {
    let Path2(patient, occurrence) = path;
    Ok(
        HttpResponse::Ok()
            .json(explain::explain(&app, clinician.scope, patient, occurrence).await?),
    )
}

/// Snoozes that are offered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Snoozes {
    /// Each ends before the window does; none after the third.
    snoozes: Vec<SnoozeOffer>,
}

/// How long one of the caller's open occurrences can be put off.
#[utoipa::path(get, path = "/v1/me/occurrences/{occurrence}/snoozes", tag = "patient", security(("token" = [])),
    params(("occurrence" = OccurrenceId, Path)),
    responses((status = 200, body = Snoozes), (status = "4XX", body = Problem)))]
pub async fn my_snoozes(
    app: web::Data<App>,
    me: Patient,
    occurrence: Path<OccurrenceId>,
) -> Result<HttpResponse> {
    let snoozes = service::snoozes(&app, &me, occurrence.0).await?;
    Ok(HttpResponse::Ok().json(Snoozes { snoozes }))
}

/// A batch of receipts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipts {
    /// 1 to 100 receipts, each a `ReceiptBody`.
    #[schema(value_type = Vec<ReceiptBody>, min_items = 1, max_items = 100)]
    receipts: Vec<RawItem>,
    /// What time the device takes it to be.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    device_time: Option<Timestamp>,
}

/// What became of one message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// The id that came with the message: a UUID.
    #[schema(value_type = String, pattern = "^[0-9a-fA-F-]{32,36}$")]
    message_id: uuid::Uuid,
    /// Delivered, displayed, opened or acted.
    kind: ReceiptKind,
    /// When, by the device's clock.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Takes receipts. Dispositions: created, duplicate, unknown_delivery, quarantined, invalid.
#[utoipa::path(post, path = "/v1/me/receipts", tag = "patient", security(("token" = [])), request_body = Receipts,
    responses((status = 200, body = BatchResult), (status = "4XX", body = Problem)))]
pub async fn receipts(
    app: web::Data<App>,
    me: Patient,
    body: Json<Receipts, BATCH>,
) -> Result<HttpResponse> {
    batch::check_size("/receipts", &body.0.receipts)?;
    let heard = Heard {
        now: app.now(),
        device_time: body.0.device_time,
    };
    let mut results = Vec::with_capacity(body.0.receipts.len());
    for (index, item) in body.0.receipts.iter().enumerate() {
        let result = match item.parse::<ReceiptBody>() {
            Ok(body) => {
                let new = NewReceipt {
                    message: DeliveryId::from(body.message_id),
                    kind: body.kind,
                    at: body.at,
                };
                let disposition = receipts::take(&app, &me, heard, new).await?;
                ItemResult {
                    index,
                    id: None,
                    disposition,
                    errors: Vec::new(),
                }
            }
            Err(error) => ItemResult::invalid(index, None, &error),
        };
        results.push(result);
    }
    Ok(HttpResponse::Ok().json(BatchResult { results }))
}

/// A zone, as a phone reports it or a person sets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneBody {
    /// An IANA zone.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// The patient was asked and said so: believed at once. Otherwise two reports half an hour apart are needed.
    #[serde(default)]
    confirmed: Option<bool>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ZoneReply {
    /// `same`, `noted`, `ignored` or `adopted`.
    outcome: ZoneOutcome,
}

/// Reports the zone the caller's phone is in.
#[utoipa::path(put, path = "/v1/me/time-zone", tag = "patient", security(("token" = [])), request_body = ZoneBody,
    responses((status = 200, body = ZoneReply), (status = "4XX", body = Problem)))]
pub async fn my_time_zone(
    app: web::Data<App>,
    me: Patient,
    body: Json<ZoneBody>,
) -> Result<HttpResponse> {
    crate::http::extract::time_zone("/time_zone", &body.0.time_zone)?;
    let says = match body.0.confirmed {
        Some(true) => Says::Patient(me.device),
        _ => Says::Phone(me.device),
    };
    let outcome = travel::report(&app, me.scope, me.id, says, body.0.time_zone).await?;
    Ok(HttpResponse::Ok().json(ZoneReply { outcome }))
}

/// Sets the zone a patient is in.
#[utoipa::path(put, path = "/v1/patients/{patient}/time-zone", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = ZoneBody,
    responses((status = 200, body = ZoneReply), (status = "4XX", body = Problem)))]
pub async fn time_zone(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<ZoneBody>,
) -> Result<HttpResponse> {
    crate::http::extract::time_zone("/time_zone", &body.0.time_zone)?;
    let outcome = travel::report(
        &app,
        clinician.scope,
        patient.0,
        Says::Clinician,
        body.0.time_zone,
    )
    .await?;
    Ok(HttpResponse::Ok().json(ZoneReply { outcome }))
}
