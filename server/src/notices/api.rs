//! JSON: what Footing tells a patient inside the app.

use actix_web::{HttpResponse, web};
use icu_locale_core::LanguageIdentifier;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::service::{self, NEWEST, Told};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Query};
use crate::http::guard::Patient;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::NoticeId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/me/notices").get(Access::Patient, list),
        at("/v1/me/notices/seen").post(Access::Patient, seen),
    ]
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LocaleQuery {
    /// A BCP 47 tag such as `de-AT`; the patient's own language when absent. English where there are no words in it.
    locale: Option<String>,
}

impl LocaleQuery {
    fn checked(self) -> Result<Option<String>> {
        let wrong = |tag: &str| LanguageIdentifier::try_from_str(tag).is_err();
        match self.locale {
            Some(tag) if wrong(&tag) => Err(Error::field(
                "?locale",
                "must be a language tag, such as de or de-AT",
            )),
            locale => Ok(locale),
        }
    }
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeBody {
    /// The notice.
    id: NoticeId,
    /// Key of its text.
    key: String,
    /// The words.
    text: String,
    /// The language they are in.
    language: &'static str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When a device first showed it; null until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Timestamp>,
}

impl From<Told> for NoticeBody {
    fn from(told: Told) -> Self {
        let Told {
            id,
            key,
            text,
            language,
            created_at,
            seen_at,
        } = told;
        Self {
            id,
            key,
            text,
            language,
            created_at,
            seen_at,
        }
    }
}

/// Notices, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notices {
    /// At most the newest 50.
    notices: Vec<NoticeBody>,
}

/// What Footing has told the caller, in words.
#[utoipa::path(get, path = "/v1/me/notices", tag = "patient", params(LocaleQuery), security(("token" = [])),
    responses((status = 200, body = Notices), (status = "4XX", body = Problem)))]
pub async fn list(
    app: web::Data<App>,
    me: Patient,
    query: Query<LocaleQuery>,
) -> Result<HttpResponse> {
    let told = service::newest(&app, &me, query.0.checked()?).await?;
    let notices = told.into_iter().map(NoticeBody::from).collect();
    Ok(HttpResponse::Ok().json(Notices { notices }))
}

/// Notices a device has shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenBody {
    /// 1 to 50 of them.
    #[schema(min_items = 1, max_items = 50)]
    ids: Vec<NoticeId>,
}

/// Marks notices as shown; the first time counts.
#[utoipa::path(post, path = "/v1/me/notices/seen", tag = "patient", security(("token" = [])), request_body = SeenBody,
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn seen(app: web::Data<App>, me: Patient, body: Json<SeenBody>) -> Result<HttpResponse> {
    let count = i64::try_from(body.0.ids.len()).unwrap_or(i64::MAX);
    if !(1..=NEWEST).contains(&count) {
        return Err(Error::field(
            "/ids",
            format!("must name 1 to {NEWEST} notices"),
        ));
    }
    service::seen(&app, &me, body.0.ids).await?;
    Ok(HttpResponse::NoContent().finish())
}
