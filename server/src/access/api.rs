//! JSON: signing in, enrolling devices, push tokens.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enrolment;
use super::service::{self, Session};
use super::token::OneTimeCode;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Json, Path, Text};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::push::{DeviceToken, Subscription};
use crate::store::devices::Platform;
use crate::store::types::{ClinicianId, DeviceId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/sessions").post(Access::Public, sign_in),
        at("/v1/sessions/current").delete(Access::Clinician, sign_out),
        at("/v1/clinicians/password").post(Access::Public, set_password),
        at("/v1/patients/{patient}/enrolment-codes").post(Access::Clinician, enrolment_code),
        at("/v1/enrolments").post(Access::Public, enrol),
    ]
}

/// Credentials of a clinician.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The clinic's short name.
    #[schema(example = "demo")]
    clinic: String,
    /// The clinician's address.
    email: String,
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionBody {
    /// Send as `Authorization: Bearer`.
    token: String,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Who signed in.
    clinician_id: ClinicianId,
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        Self {
            token: session.token.reveal().to_owned(),
            expires_at: session.expires_at,
            clinician_id: session.clinician,
        }
    }
}

/// Signs a clinician in.
#[utoipa::path(post, path = "/v1/sessions", tag = "access", request_body = SignIn,
    responses((status = 201, body = SessionBody), (status = "4XX", body = Problem)))]
pub async fn sign_in(app: web::Data<App>, body: Json<SignIn>) -> Result<HttpResponse> {
    let session = service::sign_in(&app, &body.0.clinic, &body.0.email, &body.0.password).await?;
    Ok(HttpResponse::Created().json(SessionBody::from(session)))
}

/// Ends the caller's session.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "access", security(("token" = [])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn sign_out(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    service::sign_out(&app, clinician.scope, &clinician.token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A first or new password with the code that allows it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The one-time code.
    code: String,
    /// 12 to 128 characters.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    password: String,
}

/// Sets a clinician's password with a one-time code and signs in.
#[utoipa::path(post, path = "/v1/clinicians/password", tag = "access", request_body = SetPassword,
    responses((status = 201, body = SessionBody), (status = "4XX", body = Problem)))]
pub async fn set_password(app: web::Data<App>, body: Json<SetPassword>) -> Result<HttpResponse> {
    let session =
        service::use_link(&app, &parse_code(&body.0.code)?, Some(&body.0.password)).await?;
    Ok(HttpResponse::Created().json(SessionBody::from(session)))
}

/// A code as typed; one that cannot be a code is answered like one that is not valid.
///
/// # Errors
/// Unauthenticated.
pub fn parse_code(text: &str) -> Result<OneTimeCode> {
    text.parse().map_err(|_| {
        Error::detailed(
            Code::Unauthenticated,
            "this code is not valid or no longer; ask for a new one",
        )
    })
}

/// A code that enrols one device.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentCode {
    /// Give it to the patient; it works once.
    code: String,
    /// The page that takes it, with the code in the fragment.
    url: String,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Makes a code with which a patient's device is enrolled.
#[utoipa::path(post, path = "/v1/patients/{patient}/enrolment-codes", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 201, body = EnrolmentCode), (status = "4XX", body = Problem)))]
pub async fn enrolment_code(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let (code, expires_at) = enrolment::enrolment_code(&app, clinician.scope, patient.0).await?;
    let url = format!("{}/enrol#{}", app.settings.public_origin(), code.reveal());
    Ok(HttpResponse::Created().json(EnrolmentCode {
        code: code.reveal().to_owned(),
        url,
        expires_at,
    }))
}

/// A device to be enrolled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The one-time code.
    code: String,
    /// What kind of device it is.
    platform: Platform,
    /// Where its prompts go.
    #[serde(default)]
    push_token: Option<String>,
    /// Which text the patient agreed to on it; `1` when absent. Enrolling is consent: the first time, and again after a
    /// withdrawal.
    #[serde(default)]
    consent_text_version: Option<Text<40>>,
}

/// A device just enrolled.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// Send as `Authorization: Bearer`; keep it on the device only.
    token: String,
    /// Whose device it is.
    patient_id: PatientId,
    /// The device.
    device_id: DeviceId,
}

/// Enrols a device.
#[utoipa::path(post, path = "/v1/enrolments", tag = "access", request_body = Enrol,
    responses((status = 201, body = Enrolment), (status = "4XX", body = Problem)))]
pub async fn enrol(app: web::Data<App>, body: Json<Enrol>) -> Result<HttpResponse> {
    if let Some(token) = &body.0.push_token {
        check_push_token("/push_token", token)?;
    }
    let code = parse_code(&body.0.code)?;
    let consent_text = body.0.consent_text_version.map(Text::into_string);
    let (platform, push_token) = (body.0.platform, body.0.push_token);
    let enrolled = enrolment::enrol(&app, &code, platform, push_token, consent_text).await?;
    Ok(HttpResponse::Created().json(Enrolment {
        token: enrolled.token.reveal().to_owned(),
        patient_id: enrolled.patient,
        device_id: enrolled.device,
    }))
}

/// Checks that a text can be a push token.
///
/// # Errors
/// Invalid at `pointer` when it cannot.
pub(super) fn check_push_token(pointer: &str, token: &str) -> Result<()> {
    if Subscription::looks_like(token) {
        let rule = "must be a registration token; a browser's subscription goes to /v1/me/push-subscription";
        return Err(Error::field(pointer, rule));
    }
    DeviceToken::new(token.to_owned())
        .map(drop)
        .map_err(|error| Error::field(pointer, error.to_string()))
}
