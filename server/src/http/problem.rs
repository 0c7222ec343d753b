//! RFC 9457: every error leaves as `application/problem+json`, the router's own included. Only a request whose
//! head cannot be read is answered by the HTTP library itself, with a bare status.

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Error, FieldError};

/// The media type of errors.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error as the caller reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Stable name of the kind of problem; listed in docs/API.md.
    #[serde(rename = "type")]
    #[schema(example = "urn:footing:problem:invalid")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// One sentence about this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The broken rules, each with the place where it is broken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What stands in the way, where a conflict can say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub conflict: Option<serde_json::Value>,
}

impl Problem {
    fn of(error: &Error) -> Self {
        let (name, status, title) = error.code.row();
        Self {
            kind: format!("urn:footing:problem:{name}"),
            title: title.to_owned(),
            status,
            detail: error.detail.clone(),
            errors: error.errors.clone(),
            conflict: error.conflict.clone(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        log(self);
        response(self).json(Problem::of(self))
    }
}

/// The head of an error's answer, for the JSON body or a page.
pub fn response(error: &Error) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(error.status_code());
    response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE));
    match error.code {
        Code::Unauthenticated => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        Code::Unavailable | Code::TooManyRequests => {
            response.insert_header((header::RETRY_AFTER, "5"));
        }
        Code::BodyTooSlow | Code::BodyTooLarge => {
            response.force_close();
        }
        _ => {}
    }
    response
}

/// The cause of a failure of ours goes to the log, and nowhere else.
pub fn log(error: &Error) {
    match error.code {
        Code::Internal => tracing::error!(%error, "a request failed"),
        Code::Unavailable => tracing::warn!(%error, "a request was put off"),
        _ => tracing::debug!(%error, "a request was refused"),
    }
}
