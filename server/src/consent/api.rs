//! JSON: consent and the erasing of a patient's data.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::erasure;
use super::service::{self, Withdrawal};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Text};
use crate::http::guard::{Admin, Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::consents::{Consent, Discarded, UploadKind};
use crate::store::erasures::Erasure;
use crate::store::types::{ClinicianId, ErasureId, PatientId, UtcMicros};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/clinic/erasures").get(Access::Admin, erasures),
        at("/v1/patients/{patient}/erasure")
            .get(Access::Clinician, find_erasure)
            .post(Access::Admin, request_erasure)
            .delete(Access::Admin, cancel_erasure),
        at("/v1/patients/{patient}/consents")
            .get(Access::Clinician, consents)
            .post(Access::Clinician, give),
        at("/v1/patients/{patient}/consent/withdraw").post(Access::Clinician, withdraw),
        at("/v1/me/consent/withdraw").post(Access::Patient, withdraw_mine),
    ]
}

/// An episode of consent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentBody {
    /// Which time it was given, from 1.
    episode: i64,
    /// Which text was agreed to.
    text_version: String,
    /// When; null where it was given before consent was recorded.
    #[schema(value_type = Option<String>, format = DateTime)]
    given_at: Option<Timestamp>,
    /// The clinician who recorded it; null when a device of the patient did.
    given_by: Option<ClinicianId>,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Timestamp>,
    /// The clinician who recorded that; null when a device of the patient did.
    withdrawn_by: Option<ClinicianId>,
}

impl From<&Consent> for ConsentBody {
    fn from(row: &Consent) -> Self {
        Self {
            episode: row.episode,
            text_version: row.text_version.clone(),
            given_at: row.given_at.map(UtcMicros::timestamp),
            given_by: row.given_by,
            withdrawn_at: row.withdrawn_at.map(UtcMicros::timestamp),
            withdrawn_by: row.withdrawn_by,
        }
    }
}

/// Uploads thrown away on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscardedBody {
    /// The date they arrived on, UTC, `YYYY-MM-DD`.
    date: String,
    /// What they were.
    kind: UploadKind,
    /// How many.
    count: i64,
}

impl TryFrom<&Discarded> for DiscardedBody {
    type Error = Error;

    fn try_from(row: &Discarded) -> Result<Self> {
        Ok(Self {
            date: row
                .received_date
                .date()
                .map_err(Error::internal)?
                .to_string(),
            kind: row.kind,
            count: row.count,
        })
    }
}

/// A patient's consent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentHistory {
    /// Each time it was given, the first first.
    consents: Vec<ConsentBody>,
    /// How many uploads were thrown away without consent, the newest day first.
    discarded_uploads: Vec<DiscardedBody>,
}

/// A patient's consent from the beginning.
#[utoipa::path(get, path = "/v1/patients/{patient}/consents", tag = "consent", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = ConsentHistory), (status = "4XX", body = Problem)))]
pub async fn consents(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let history = service::history(&app, clinician.scope, patient.0).await?;
    let discarded: Result<Vec<DiscardedBody>> =
        history.discarded.iter().map(TryFrom::try_from).collect();
    Ok(HttpResponse::Ok().json(ConsentHistory {
        consents: history.episodes.iter().map(ConsentBody::from).collect(),
        discarded_uploads: discarded?,
    }))
}

/// What a patient agreed to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// Which text.
    text_version: Text<40>,
}

/// Records that a patient agreed, and begins a new episode; a withdrawn patient is in care again.
#[utoipa::path(post, path = "/v1/patients/{patient}/consents", tag = "consent", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewConsent,
    responses((status = 201, body = ConsentBody), (status = "4XX", body = Problem)))]
pub async fn give(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<NewConsent>,
) -> Result<HttpResponse> {
    let text = body.0.text_version.into_string();
    let consent = service::give(&app, clinician.scope, patient.0, text).await?;
    Ok(HttpResponse::Created().json(ConsentBody::from(&consent)))
}

/// A consent taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithdrawalBody {
    /// The episode that ended.
    consent: ConsentBody,
    /// How many planned occurrences were cancelled by this.
    cancelled: usize,
}

impl From<Withdrawal> for WithdrawalBody {
    fn from(withdrawal: Withdrawal) -> Self {
        Self {
            consent: ConsentBody::from(&withdrawal.episode),
            cancelled: withdrawal.cancelled,
        }
    }
}

/// Takes the caller's consent back: nothing is planned, sent or kept from now on.
#[utoipa::path(post, path = "/v1/me/consent/withdraw", tag = "consent", security(("token" = [])),
    responses((status = 200, body = WithdrawalBody), (status = "4XX", body = Problem)))]
pub async fn withdraw_mine(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    let withdrawal = service::withdraw(&app, me.scope, me.id).await?;
    Ok(HttpResponse::Ok().json(WithdrawalBody::from(withdrawal)))
}

/// Records that a patient took the consent back: nothing is planned, sent or kept from now on.
#[utoipa::path(post, path = "/v1/patients/{patient}/consent/withdraw", tag = "consent", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = WithdrawalBody), (status = "4XX", body = Problem)))]
pub async fn withdraw(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let withdrawal = service::withdraw(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(WithdrawalBody::from(withdrawal)))
}

/// When a patient's data is to be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewErasure {
    /// Days until it is done and cannot be called off any more, 1 to 30; 7 when absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 30)]
    days: Option<i64>,
}

/// A request to erase a patient's data, and once it is done what is left of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureBody {
    /// The request.
    id: ErasureId,
    /// Whose data.
    patient_id: PatientId,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    /// Who asked; null when the operator did.
    requested_by: Option<ClinicianId>,
    /// When it is done.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// When it was called off.
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Timestamp>,
    /// When it was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    erased_at: Option<Timestamp>,
    /// Rows erased by table.
    erased_rows: Option<BTreeMap<String, i64>>,
}

impl TryFrom<&Erasure> for ErasureBody {
    type Error = Error;

    fn try_from(row: &Erasure) -> Result<Self> {
        let counts = row.counts.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: row.id,
            patient_id: row.patient_id,
            requested_at: row.requested_at.timestamp(),
            requested_by: row.requested_by,
            due_at: row.due_at.timestamp(),
            cancelled_at: row.cancelled_at.map(UtcMicros::timestamp),
            erased_at: row.erased_at.map(UtcMicros::timestamp),
            erased_rows: counts.map_err(Error::internal)?,
        })
    }
}

/// Asks for a patient's data to be erased; until then it can be called off.
#[utoipa::path(post, path = "/v1/patients/{patient}/erasure", tag = "consent", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewErasure,
    responses((status = 201, body = ErasureBody), (status = "4XX", body = Problem)))]
pub async fn request_erasure(
    app: web::Data<App>,
    admin: Admin,
    patient: Path<PatientId>,
    body: Json<NewErasure>,
) -> Result<HttpResponse> {
    let days = match body.0.days.unwrap_or(erasure::DEFAULT_DAYS) {
        days @ 1..=30 => days,
        _ => return Err(Error::field("/days", "must be between 1 and 30")),
    };
    let row = erasure::request(&app, admin.scope, admin.id, patient.0, days).await?;
    Ok(HttpResponse::Created().json(ErasureBody::try_from(&row)?))
}

/// The request to erase a patient's data, while it counts down.
#[utoipa::path(get, path = "/v1/patients/{patient}/erasure", tag = "consent", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = ErasureBody), (status = "4XX", body = Problem)))]
pub async fn find_erasure(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let row = erasure::find(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(ErasureBody::try_from(&row)?))
}

/// Calls the erasing of a patient's data off.
#[utoipa::path(delete, path = "/v1/patients/{patient}/erasure", tag = "consent", security(("token" = [])),
    params(("patient" = PatientId, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn cancel_erasure(
    app: web::Data<App>,
    admin: Admin,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    erasure::cancel(&app, admin.scope, admin.id, patient.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Requests and tombstones.
#[derive(Debug, Serialize, ToSchema)]
pub struct Erasures {
    /// Newest first.
    erasures: Vec<ErasureBody>,
}

/// The clinic's requests to erase a patient's data, and what is left of those that are done.
#[utoipa::path(get, path = "/v1/clinic/erasures", tag = "consent", security(("token" = [])),
    responses((status = 200, body = Erasures), (status = "4XX", body = Problem)))]
pub async fn erasures(app: web::Data<App>, admin: Admin) -> Result<HttpResponse> {
    let rows = erasure::list(&app, admin.scope).await?;
    let bodies: Result<Vec<ErasureBody>> = rows.iter().map(TryFrom::try_from).collect();
    Ok(HttpResponse::Ok().json(Erasures { erasures: bodies? }))
}
