//! JSON: a clinic's clinicians and handing over.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::handover::{self, Received};
use super::service::{self, NewClinician};
use crate::access::service::link_expires_at;
use crate::access::token::OneTimeCode;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Text, email};
use crate::http::guard::{Admin, Clinician};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::clinics::{self, Role};
use crate::store::handovers::Handed;
use crate::store::patients::PatientStatus;
use crate::store::types::{ClinicianId, HandoverId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/clinicians")
            .get(Access::Clinician, list)
            .post(Access::Admin, add),
        at("/v1/clinicians/me/password").put(Access::Clinician, change_password),
        at("/v1/clinicians/me/digest").get(Access::Clinician, digest),
        at("/v1/clinicians/{clinician}/link").post(Access::Admin, link),
        at("/v1/clinicians/{clinician}/handover").post(Access::Admin, hand_over),
        at("/v1/clinicians/{clinician}/deactivate").post(Access::Admin, deactivate),
    ]
}

/// A clinician.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClinicianBody {
    /// The clinician.
    id: ClinicianId,
    /// The name others see.
    name: String,
    /// Address to sign in with.
    email: String,
    /// What they may do.
    role: Role,
    /// Whether the account may be used.
    active: bool,
    /// Whether a password was set.
    has_password: bool,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<clinics::Clinician> for ClinicianBody {
    fn from(row: clinics::Clinician) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            role: row.role,
            active: row.active == 1,
            has_password: row.password_phc.is_some(),
            created_at: row.created_at.timestamp(),
        }
    }
}

/// A clinic's clinicians.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClinicianList {
    /// By name, those who left among them.
    clinicians: Vec<ClinicianBody>,
}

/// The clinic's clinicians.
#[utoipa::path(get, path = "/v1/clinicians", tag = "people", security(("token" = [])),
    responses((status = 200, body = ClinicianList), (status = "4XX", body = Problem)))]
pub async fn list(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    let rows = service::list(&app, clinician.scope).await?;
    Ok(HttpResponse::Ok().json(ClinicianList {
        clinicians: rows.into_iter().map(ClinicianBody::from).collect(),
    }))
}

/// A clinician to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClinicianBody {
    /// The name others see.
    name: Text,
    /// Address to sign in with.
    #[schema(example = "test.clinician@example.org")]
    email: Text,
    /// What they may do.
    role: Role,
}

/// A link that sets a first password.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkBody {
    /// Give it to the clinician; it works once.
    code: String,
    /// The page that takes it, with the code in the fragment.
    url: String,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl LinkBody {
    fn of(app: &App, code: &OneTimeCode) -> Self {
        Self {
            code: code.reveal().to_owned(),
            url: format!("{}/welcome#{}", app.settings.public_origin(), code.reveal()),
            expires_at: link_expires_at(app.now()),
        }
    }
}

/// A clinician just added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedClinician {
    /// The account.
    clinician: ClinicianBody,
    /// What lets them in.
    link: LinkBody,
}

/// Adds a clinician. The link sets their first password.
#[utoipa::path(post, path = "/v1/clinicians", tag = "people", security(("token" = [])),
    request_body = NewClinicianBody,
    responses((status = 201, body = AddedClinician), (status = "4XX", body = Problem)))]
pub async fn add(
    app: web::Data<App>,
    admin: Admin,
    body: Json<NewClinicianBody>,
) -> Result<HttpResponse> {
    email("/email", body.0.email.as_str())?;
    let new = NewClinician {
        name: body.0.name.into_string(),
        email: body.0.email.into_string(),
        role: body.0.role,
    };
    let (account, code) = service::add(&app, admin.scope, new).await?;
    Ok(HttpResponse::Created().json(AddedClinician {
        clinician: ClinicianBody::from(account),
        link: LinkBody::of(&app, &code),
    }))
}

/// Makes a new link for a clinician who has set no password yet; earlier ones end.
#[utoipa::path(post, path = "/v1/clinicians/{clinician}/link", tag = "people", security(("token" = [])),
    params(("clinician" = ClinicianId, Path)),
    responses((status = 201, body = LinkBody), (status = "4XX", body = Problem)))]
pub async fn link(
    app: web::Data<App>,
    admin: Admin,
    clinician: Path<ClinicianId>,
) -> Result<HttpResponse> {
    let code = service::new_link(&app, admin.scope, clinician.0).await?;
    Ok(HttpResponse::Created().json(LinkBody::of(&app, &code)))
}

/// Ends the use of an account, and its sessions with it. Refused while the clinician looks after anybody; `conflict` counts
/// what is left.
#[utoipa::path(post, path = "/v1/clinicians/{clinician}/deactivate", tag = "people", security(("token" = [])),
    params(("clinician" = ClinicianId, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn deactivate(
    app: web::Data<App>,
    admin: Admin,
    clinician: Path<ClinicianId>,
) -> Result<HttpResponse> {
    service::deactivate(&app, admin.scope, clinician.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who gets a clinician's patients.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverRequest {
    /// An active clinician.
    to: ClinicianId,
}

/// What was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoverBody {
    /// Patients, in care or not.
    patients: i64,
    /// Live alerts.
    alerts: i64,
    /// Critical ones among them.
    critical_alerts: i64,
    /// Places as deputy.
    deputy_of: i64,
    /// Running timers of the giver that were stopped; the time stays theirs.
    timers_stopped: i64,
}

/// Gives everything a clinician looks after to another: patients, live alerts, places as deputy. A repeat finds nothing left.
#[utoipa::path(post, path = "/v1/clinicians/{clinician}/handover", tag = "people", security(("token" = [])),
    params(("clinician" = ClinicianId, Path)), request_body = HandoverRequest,
    responses((status = 200, body = HandoverBody), (status = "4XX", body = Problem)))]
pub async fn hand_over(
    app: web::Data<App>,
    admin: Admin,
    clinician: Path<ClinicianId>,
    body: Json<HandoverRequest>,
) -> Result<HttpResponse> {
    let done = handover::hand_over(&app, admin.scope, admin.id, clinician.0, body.0.to).await?;
    Ok(HttpResponse::Ok().json(HandoverBody {
        patients: done.patients,
        alerts: done.alerts,
        critical_alerts: done.critical_alerts,
        deputy_of: done.deputy_of,
        timers_stopped: done.timers_stopped,
    }))
}

/// A patient of a handover.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandedPatient {
    /// The patient.
    id: PatientId,
    /// The name the clinic uses.
    name: String,
    /// Whether anything is planned and sent.
    status: PatientStatus,
}

impl From<Handed> for HandedPatient {
    fn from(row: Handed) -> Self {
        Self {
            id: row.id,
            name: row.name,
            status: row.status,
        }
    }
}

/// A handover as its receiver reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedHandover {
    /// The handover.
    id: HandoverId,
    /// Whose patients they were.
    from: ClinicianId,
    /// That clinician's name.
    from_name: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    handed_at: Timestamp,
    /// What came.
    counts: HandoverBody,
    /// The patients by name; one whose data was erased since is not among them.
    patients: Vec<HandedPatient>,
}

impl From<Received> for ReceivedHandover {
    fn from(received: Received) -> Self {
        let row = received.handover;
        Self {
            id: row.id,
            from: row.from_id,
            from_name: received.from_name,
            handed_at: row.handed_at.timestamp(),
            counts: HandoverBody {
                patients: row.patients,
                alerts: row.alerts,
                critical_alerts: row.critical_alerts,
                deputy_of: row.deputy_of,
                timers_stopped: row.timers_stopped,
            },
            patients: received
                .patients
                .into_iter()
                .map(HandedPatient::from)
                .collect(),
        }
    }
}

/// What was handed to the caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Digest {
    /// The newest 20, newest first.
    handovers: Vec<ReceivedHandover>,
}

/// What was handed to the caller, one entry for each handover.
#[utoipa::path(get, path = "/v1/clinicians/me/digest", tag = "people", security(("token" = [])),
    responses((status = 200, body = Digest), (status = "4XX", body = Problem)))]
pub async fn digest(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    let received = handover::digest(&app, clinician.scope, clinician.id).await?;
    Ok(HttpResponse::Ok().json(Digest {
        handovers: received.into_iter().map(ReceivedHandover::from).collect(),
    }))
}

/// A new password with the old one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    #[schema(format = Password)]
    old_password: String,
    /// 12 to 128 characters.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    new_password: String,
}

/// Replaces the caller's password; every other session of theirs ends.
#[utoipa::path(put, path = "/v1/clinicians/me/password", tag = "people", security(("token" = [])),
    request_body = PasswordChange, responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn change_password(
    app: web::Data<App>,
    clinician: Clinician,
    body: Json<PasswordChange>,
) -> Result<HttpResponse> {
    let PasswordChange {
        old_password,
        new_password,
    } = body.0;
    if old_password.len() > 1024 {
        return Err(Error::field("/old_password", "is not the password"));
    }
    service::change_password(
        &app,
        clinician.scope,
        clinician.id,
        &clinician.token,
        old_password,
        &new_password,
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
