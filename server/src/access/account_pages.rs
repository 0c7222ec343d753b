//! HTML: a clinician's own account: password and sessions.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::account::{self, OwnAccount};
use super::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Query};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::http::typed::Typed;
use crate::people::service::change_password;
use crate::store::clinics::Role;

/// Longest password that is looked at, bytes.
const LONGEST: usize = 1024;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/account").get(Access::Clinician, show),
        at("/account/password").post(Access::Clinician, password),
        at("/account/sessions").post(Access::Clinician, end_others),
    ]
}

/// What was just done, so that the page says so once.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ShowQuery {
    done: Option<Done>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Done {
    Password,
    Sessions,
}

impl Done {
    fn words(self) -> &'static str {
        match self {
            Self::Password => "The password is changed. Your other sessions are ended.",
            Self::Sessions => "Your other sessions are ended.",
        }
    }
}

/// A session as shown.
struct SessionView {
    began: String,
    ends: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    identity: Identity,
    email: String,
    role: &'static str,
    zone: String,
    sessions: Vec<SessionView>,
    /// Only what is wrong: a password is never shown again.
    form: Typed,
    done: Option<&'static str>,
}

async fn page(app: &App, clinician: &Clinician, form: Typed) -> Result<AccountPage> {
    let identity = identity(app, clinician).await?;
    let OwnAccount { account, sessions } = account::own(app, clinician).await?;
    let zone = TimeZone::get(&identity.time_zone).map_err(Error::internal)?;
    Ok(AccountPage {
        email: account.email,
        role: match account.role {
            Role::Admin => "admin: patients, the team and the settings",
            Role::Clinician => "clinician: patients",
        },
        zone: format::zone(&identity.time_zone, app.now(), &zone),
        sessions: sessions
            .iter()
            .map(|one| SessionView {
                began: format::date_time(one.began_at, &zone),
                ends: one
                    .ends_at
                    .map_or_else(String::new, |at| format::date_time(at, &zone)),
                is_this: one.is_this,
            })
            .collect(),
        identity,
        form,
        done: None,
    })
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<ShowQuery>,
) -> Result<HttpResponse> {
    let page = page(&app, &clinician, Typed::default()).await?;
    html(&AccountPage {
        done: query.0.done.map(Done::words),
        ..page
    })
}

async fn password(app: web::Data<App>, clinician: Clinician, form: Form) -> Result<HttpResponse> {
    let (old, new) = (form.text("old"), form.text("password"));
    let mut wrong = Typed::default();
    let mut status = REFUSED;
    if new != form.text("again") {
        wrong.blame("again", "The two passwords are not the same.");
    }
    if old.is_empty() || old.len() > LONGEST {
        wrong.blame("old", "This is not the password.");
    }
    if !wrong.is_wrong() {
        let (scope, id, token) = (clinician.scope, clinician.id, &clinician.token);
        match change_password(&app, scope, id, token, old.to_owned(), new).await {
            Ok(()) => return Ok(see_other("/account?done=password")),
            Err(error) => status = blame(&mut wrong, error)?,
        }
    }
    html_as(status, &page(&app, &clinician, wrong).await?)
}

/// What is wrong, beside its field; an error that is none of a person's goes on.
fn blame(wrong: &mut Typed, error: Error) -> Result<StatusCode> {
    let status = error.status_code();
    match error.code {
        Code::TooManyRequests => {
            wrong.blame("old", "Too many attempts. Wait a minute, then try again.");
        }
        Code::Invalid => {
            for broken in &error.errors {
                if broken.pointer == "/old_password" {
                    wrong.blame("old", format!("This {}.", broken.rule));
                } else {
                    wrong.blame("password", format!("The password {}.", broken.rule));
                }
            }
        }
        _ => return Err(error),
    }
    Ok(status)
}

async fn end_others(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    account::end_others(&app, clinician.scope, &clinician, &clinician.token).await?;
    Ok(see_other("/account?done=sessions"))
}
