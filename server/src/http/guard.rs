//! Who calls: a handler names the role it needs as an argument and gets a [`Scope`] for it, or the
//! request ends here.

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use crate::access::token::Token;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::store::clinics::{self, Role};
use crate::store::types::{ClinicianId, DeviceId, PatientId};
use crate::store::{Principal, Scope, credentials};

/// A signed-in clinician.
#[derive(Debug, Clone)]
pub struct Clinician {
    /// The right to act in the clinic.
    pub scope: Scope,
    /// The clinician.
    pub id: ClinicianId,
    /// What the caller showed, for signing out.
    pub token: Token,
}

/// A signed-in clinician who looks after the clinic's clinicians.
#[derive(Debug, Clone)]
pub struct Admin {
    /// The right to act in the clinic.
    pub scope: Scope,
    /// The clinician.
    pub id: ClinicianId,
}

/// A patient's device.
#[derive(Debug, Clone)]
pub struct Patient {
    /// The right to act in the clinic.
    pub scope: Scope,
    /// The patient.
    pub id: PatientId,
    /// The device.
    pub device: DeviceId,
}

/// How the caller showed the token: a cookie goes with every request of a browser, so that the
/// request's origin must be looked at too.
enum Shown {
    Bearer(Token),
    Cookie(Token),
}

/// Name of the session cookie. Over https the `__Host-` prefix binds it to this host.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-footing" } else { "footing" }
}

fn shown(request: &HttpRequest, secure: bool) -> Result<Shown> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    if let Some(value) = headers.next() {
        let text = value.to_str().ok().filter(|_| headers.next().is_none());
        let token = text
            .and_then(|text| text.strip_prefix("Bearer "))
            .and_then(|text| text.parse().ok());
        return token
            .map(Shown::Bearer)
            .ok_or_else(|| Error::new(Code::Unauthenticated));
    }
    let cookie = request
        .cookie(cookie_name(secure))
        .and_then(|cookie| cookie.value().parse().ok());
    cookie
        .map(Shown::Cookie)
        .ok_or_else(|| Error::new(Code::Unauthenticated))
}

/// Whether a browser says that this request comes from one of our own pages.
fn same_origin(request: &HttpRequest, public_origin: &str) -> bool {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    text("origin").is_some_and(|origin| origin == public_origin)
}

/// A form post to a public route (sign-in, enrolment) must come from our own page too.
///
/// # Errors
/// Forbidden when the browser names another origin.
pub fn check_origin(request: &HttpRequest, app: &App) -> Result<()> {
    if same_origin(request, &app.settings.public_origin()) {
        return Ok(());
    }
    Err(Error::detailed(
        Code::Forbidden,
        "the request does not come from one of Footing's own pages",
    ))
}

async fn caller(request: HttpRequest) -> Result<(Principal, Scope, Token)> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| Error::internal("no application state"))?;
    let token = match shown(&request, app.settings.secure_cookies())? {
        Shown::Bearer(token) => token,
        Shown::Cookie(token) => {
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                check_origin(&request, app)?;
            }
            token
        }
    };
    let (hash, now) = (token.digest(), app.doors.clock.now());
    let found = app
        .store
        .read("token", Scope::unknown(token.tenant()), move |tx| {
            credentials::live_token(tx, hash, now)
        })
        .await?
        .ok_or_else(|| Error::new(Code::Unauthenticated))?;
    let principal = match (found.clinician_id, found.patient_id, found.device_id) {
        (Some(clinician), None, None) => Principal::Clinician(clinician),
        (None, Some(patient), Some(device)) => Principal::Patient(patient, device),
        _ => return Err(Error::internal("a token row speaks for nobody or for two")),
    };
    Ok((
        principal,
        Scope {
            tenant: token.tenant(),
            principal,
        },
        token,
    ))
}

impl FromRequest for Clinician {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match caller(request).await? {
                (Principal::Clinician(id), scope, token) => Ok(Self { scope, id, token }),
                _ => Err(Error::new(Code::Forbidden)),
            }
        })
    }
}

impl FromRequest for Admin {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (Principal::Clinician(id), scope, _) = caller(request.clone()).await? else {
                return Err(Error::new(Code::Forbidden));
            };
            let app = request
                .app_data::<web::Data<App>>()
                .ok_or_else(|| Error::internal("no application state"))?;
            let account = app
                .store
                .read("role", scope, move |tx| clinics::clinician(tx, id))
                .await?;
            match account.role {
                Role::Admin => Ok(Self { scope, id }),
                Role::Clinician => Err(Error::new(Code::Forbidden)),
            }
        })
    }
}

impl FromRequest for Patient {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match caller(request).await? {
                (Principal::Patient(id, device), scope, _) => Ok(Self { scope, id, device }),
                _ => Err(Error::new(Code::Forbidden)),
            }
        })
    }
}
