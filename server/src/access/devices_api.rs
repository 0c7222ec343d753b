//! JSON: push tokens, and ending a device's access.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api::check_push_token;
use super::devices;
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Json, Path, Path2};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::devices::{Device, Platform, PushState};
use crate::store::types::{DeviceId, PatientId, UtcMicros};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/me/push-token")
            .put(Access::Patient, set_push_token)
            .delete(Access::Patient, crate::push::api::turn_off),
        at("/v1/me/device").delete(Access::Patient, end_mine),
        at("/v1/patients/{patient}/devices").get(Access::Clinician, list),
        at("/v1/patients/{patient}/devices/{device}").delete(Access::Clinician, end),
    ]
}

/// A push token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushToken {
    /// As the push service gave it to the app.
    push_token: String,
}

/// Gives the caller's device a push token; one that another device had moves to this one.
#[utoipa::path(put, path = "/v1/me/push-token", tag = "patient", security(("token" = [])), request_body = PushToken,
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn set_push_token(
    app: web::Data<App>,
    me: Patient,
    body: Json<PushToken>,
) -> Result<HttpResponse> {
    check_push_token("/push_token", &body.0.push_token)?;
    devices::set_push_token(&app, me.scope, me.id, me.device, body.0.push_token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the caller's device: its token opens nothing any more and its push token is forgotten. What an app does when
/// somebody signs out of it.
#[utoipa::path(delete, path = "/v1/me/device", tag = "patient", security(("token" = [])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn end_mine(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    devices::end(&app, me.scope, me.id, me.device).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A patient's device.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceBody {
    /// The device.
    id: DeviceId,
    /// What kind of device it is.
    platform: Platform,
    /// Whether prompts reach it.
    push_state: PushState,
    /// When it was enrolled.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its access was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl From<(Device, Option<UtcMicros>)> for DeviceBody {
    fn from((device, ended_at): (Device, Option<UtcMicros>)) -> Self {
        Self {
            id: device.id,
            platform: device.platform,
            push_state: device.push_state,
            created_at: device.created_at.timestamp(),
            ended_at: ended_at.map(UtcMicros::timestamp),
        }
    }
}

/// A patient's devices.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceList {
    /// Oldest first, those that ended among them.
    devices: Vec<DeviceBody>,
}

/// A patient's devices.
#[utoipa::path(get, path = "/v1/patients/{patient}/devices", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = DeviceList), (status = "4XX", body = Problem)))]
pub async fn list(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let rows = devices::list(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(DeviceList {
        devices: rows.into_iter().map(DeviceBody::from).collect(),
    }))
}

/// Ends a patient's device, such as a lost phone: its token opens nothing any more.
#[utoipa::path(delete, path = "/v1/patients/{patient}/devices/{device}", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("device" = DeviceId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn end(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, DeviceId>,
) -> Result<HttpResponse> {
    devices::end(&app, clinician.scope, path.0, path.1).await?;
    Ok(HttpResponse::NoContent().finish())
}
