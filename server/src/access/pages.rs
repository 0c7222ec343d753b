//! HTML: getting in and out.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;

use super::api::parse_code;
use super::enrolment;
use super::identity;
use super::service;
use super::token::Token;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::Form;
use crate::http::guard::{Clinician, Patient, check_origin, cookie_name};
use crate::http::language::asked_for;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::store::devices::Platform;
use crate::texts::Voice;

/// How long a patient's browser stays connected: the longest a browser keeps a cookie (RFC 6265bis).
const DEVICE_COOKIE: Duration = Duration::days(400);

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/").get(Access::Public, start),
        at("/sign-in")
            .get(Access::Public, sign_in_form)
            .post(Access::Public, sign_in),
        at("/sign-in/link")
            .get(Access::Public, link_form)
            .post(Access::Public, use_link),
        at("/welcome")
            .get(Access::Public, welcome_form)
            .post(Access::Public, welcome),
        at("/enrol")
            .get(Access::Public, enrol_form)
            .post(Access::Public, enrol),
        at("/sign-out").post(Access::Clinician, sign_out),
    ]
}

async fn start(clinician: Option<Clinician>, patient: Option<Patient>) -> HttpResponse {
    match (clinician, patient) {
        (Some(_), _) => see_other("/worklist"),
        (None, Some(_)) => see_other("/today"),
        (None, None) => see_other("/sign-in"),
    }
}

#[derive(Template, Default)]
#[template(path = "sign_in.html")]
struct SignInPage {
    clinic: String,
    email: String,
    error: Option<String>,
}

/// A page that takes a one-time code, and with it a new password, a session or a device.
#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    purpose: Purpose,
    code: String,
    error: Option<String>,
    password_error: Option<String>,
    again_error: Option<String>,
}

/// What a one-time code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    SignIn,
    Welcome,
}

impl CodePage {
    fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            code: String::new(),
            error: None,
            password_error: None,
            again_error: None,
        }
    }
}

async fn sign_in_form(app: web::Data<App>) -> Result<HttpResponse> {
    let clinic = identity::only_clinic(&app).await?.unwrap_or_default();
    html(&SignInPage {
        clinic,
        ..SignInPage::default()
    })
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, form: Form) -> Result<HttpResponse> {
    check_origin(&request, &app)?;
    let (clinic, email) = (form.text("clinic").trim(), form.text("email").trim());
    match service::sign_in(&app, clinic, email, form.text("password")).await {
        Ok(session) => Ok(enter(&app, &session.token, None, "/worklist")),
        Err(error) => {
            let status = error.status_code();
            let page = SignInPage {
                clinic: clinic.to_owned(),
                email: email.to_owned(),
                error: Some(told(error)?),
            };
            html_as(status, &page)
        }
    }
}

/// The words for an error that a person can mend on the same page; other errors go on.
fn told(error: Error) -> Result<String> {
    match error.code {
        Code::Unauthenticated | Code::Invalid => Ok(sentence(&error)),
        Code::TooManyRequests => Ok("Too many attempts. Wait a minute, then try again.".to_owned()),
        _ => Err(error),
    }
}

/// A detail as a sentence: capital letter, full stop.
fn sentence(error: &Error) -> String {
    let text = error
        .detail
        .clone()
        .unwrap_or_else(|| error.code.row().2.to_owned());
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", letters.as_str())
}

/// Sets the cookie and goes on.
fn enter(app: &App, token: &Token, max_age: Option<Duration>, location: &str) -> HttpResponse {
    let secure = app.settings.secure_cookies();
    let mut cookie = Cookie::build(cookie_name(secure), token.reveal().to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure);
    if let Some(max_age) = max_age {
        cookie = cookie.max_age(max_age);
    }
    // Whoever enters: what this browser kept of somebody else's day is gone before the next page.
    HttpResponse::SeeOther()
        .cookie(cookie.finish())
        .insert_header(("clear-site-data", "\"storage\""))
        .insert_header((header::LOCATION, location))
        .finish()
}

async fn link_form() -> Result<HttpResponse> {
    html(&CodePage::new(Purpose::SignIn))
}

async fn use_link(app: web::Data<App>, request: HttpRequest, form: Form) -> Result<HttpResponse> {
    check_origin(&request, &app)?;
    match session_by_code(&app, &form, None).await {
        Ok(session) => Ok(enter(&app, &session.token, None, "/worklist")),
        Err(error) => refused(Purpose::SignIn, &form, error),
    }
}

async fn session_by_code(
    app: &App,
    form: &Form,
    password: Option<&str>,
) -> Result<service::Session> {
    service::use_link(app, &parse_code(form.text("code"))?, password).await
}

/// The same page again, with what is wrong.
fn refused(purpose: Purpose, form: &Form, error: Error) -> Result<HttpResponse> {
    let status = error.status_code();
    let mut page = CodePage {
        code: form.text("code").trim().to_owned(),
        ..CodePage::new(purpose)
    };
    match error.errors.first() {
        Some(broken) => page.password_error = Some(format!("The password {}.", broken.rule)),
        None => page.error = Some(told(error)?),
    }
    html_as(status, &page)
}

async fn welcome_form() -> Result<HttpResponse> {
    html(&CodePage::new(Purpose::Welcome))
}

async fn welcome(app: web::Data<App>, request: HttpRequest, form: Form) -> Result<HttpResponse> {
    check_origin(&request, &app)?;
    let password = form.text("password");
    if password != form.text("again") {
        let page = CodePage {
            code: form.text("code").trim().to_owned(),
            again_error: Some("The two passwords are not the same.".to_owned()),
            ..CodePage::new(Purpose::Welcome)
        };
        return html_as(REFUSED, &page);
    }
    match session_by_code(&app, &form, Some(password)).await {
        Ok(session) => Ok(enter(&app, &session.token, None, "/worklist")),
        Err(error) => refused(Purpose::Welcome, &form, error),
    }
}

/// The page on which a patient connects a browser, in the language it asks for: whose it is to be nobody knows yet.
#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolPage {
    voice: Voice,
    code: String,
    /// What is wrong, as a key of the catalogue.
    error: Option<&'static str>,
}

async fn enrol_form(request: HttpRequest) -> Result<HttpResponse> {
    html(&EnrolPage {
        voice: asked_for(&request),
        code: String::new(),
        error: None,
    })
}

async fn enrol(app: web::Data<App>, request: HttpRequest, form: Form) -> Result<HttpResponse> {
    check_origin(&request, &app)?;
    match enrol_browser(&app, form.text("code")).await {
        Ok(enrolled) => Ok(enter(&app, &enrolled.token, Some(DEVICE_COOKIE), "/today")),
        Err(error) => not_enrolled(&request, &form, error),
    }
}

fn not_enrolled(request: &HttpRequest, form: &Form, error: Error) -> Result<HttpResponse> {
    let key = match error.code {
        Code::Unauthenticated | Code::Invalid => "enrol_refused",
        Code::TooManyRequests => "enrol_too_many",
        _ => return Err(error),
    };
    let page = EnrolPage {
        voice: asked_for(request),
        code: form.text("code").trim().to_owned(),
        error: Some(key),
    };
    html_as(error.status_code(), &page)
}

async fn enrol_browser(app: &App, code: &str) -> Result<enrolment::Enrolled> {
    enrolment::enrol(app, &parse_code(code)?, Platform::Web, None, None).await
}

async fn sign_out(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    service::sign_out(&app, clinician.scope, &clinician.token).await?;
    let secure = app.settings.secure_cookies();
    let mut gone = Cookie::build(cookie_name(secure), "")
        .path("/")
        .http_only(true)
        .secure(secure)
        .finish();
    gone.make_removal();
    Ok(HttpResponse::SeeOther()
        .cookie(gone)
        .insert_header(("clear-site-data", "\"cache\", \"cookies\", \"storage\""))
        .insert_header((header::LOCATION, "/sign-in"))
        .finish())
}
