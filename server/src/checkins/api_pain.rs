//! JSON: check-ins, pain and suspensions of a patient, for clinicians.

use actix_web::{HttpResponse, web};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::api::CheckinList;
use super::trend::Trend;
use super::views::{CheckinView, SuspensionView};
use super::{read, suspensions as service};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Json, Path, Path2, Query};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::values::Text;
use crate::reminders::service::Dates;
use crate::store::types::{PatientId, SuspensionId};

/// Dates in the patient's zone; the last 28 days when absent.
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

impl DatesQuery {
    pub(super) fn dates(&self) -> Dates {
        Dates {
            from: self.from,
            through: self.through,
        }
    }
}

/// A patient's check-ins; the last 28 days where no dates are named.
#[utoipa::path(get, path = "/v1/patients/{patient}/checkins", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), DatesQuery),
    responses((status = 200, body = CheckinList), (status = "4XX", body = Problem)))]
pub async fn checkins(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    let rows = read::list(&app, clinician.scope, patient.0, query.0.dates()).await?;
    let checkins = rows
        .into_iter()
        .map(CheckinView::of)
        .collect::<Result<_>>()?;
    Ok(HttpResponse::Ok().json(CheckinList { checkins }))
}

/// A patient's pain over days: values, their usual, slope, signs; the last 28 days where no dates are named.
#[utoipa::path(get, path = "/v1/patients/{patient}/pain", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), DatesQuery),
    responses((status = 200, body = Trend), (status = "4XX", body = Problem)))]
pub async fn pain(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    let trend = read::pain(&app, clinician.scope, patient.0, query.0.dates()).await?;
    Ok(HttpResponse::Ok().json(trend))
}

/// Suspensions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionList {
    /// Each, those that have ended included.
    suspensions: Vec<SuspensionView>,
}

/// A patient's suspensions.
#[utoipa::path(get, path = "/v1/patients/{patient}/suspensions", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = SuspensionList), (status = "4XX", body = Problem)))]
pub async fn suspensions(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let rows = service::list(&app, clinician.scope, patient.0).await?;
    let suspensions = rows.into_iter().map(SuspensionView::of).collect();
    Ok(HttpResponse::Ok().json(SuspensionList { suspensions }))
}

/// Why a suspension ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspensionEndBody {
    /// For the record.
    note: Text<1000>,
}

/// Ends a suspension. What is still to come is planned again, and the patient is told that the plan goes on.
#[utoipa::path(post, path = "/v1/patients/{patient}/suspensions/{suspension}/end", tag = "clinician",
    params(("patient" = PatientId, Path), ("suspension" = SuspensionId, Path)), security(("token" = [])),
    request_body = SuspensionEndBody,
    responses((status = 200, body = SuspensionView), (status = "4XX", body = Problem)))]
pub async fn end_suspension(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, SuspensionId>,
    body: Json<SuspensionEndBody>,
) -> Result<HttpResponse> {
    let note = body.0.note.into_string();
    let ended = service::end(&app, &clinician, path.0, path.1, note).await?;
    Ok(HttpResponse::Ok().json(SuspensionView::of(ended)))
}
