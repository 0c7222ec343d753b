//! Answers in FCM's own forms.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};

use super::behaviour::RetryAfter;
use super::shape::Fault;

/// 200 with the message's name.
pub(super) fn sent(name: &str) -> HttpResponse {
    HttpResponse::Ok().json(json!({"name": name}))
}

/// An error: HTTP status, canonical status, and FCM's own code if there is one.
pub(super) fn error(http: u16, status: &str, fcm_code: Option<&str>) -> HttpResponse {
    let details: Vec<Value> = fcm_code.into_iter().map(fcm_error).collect();
    respond(
        http,
        status,
        "The fake gateway was told to say so.",
        details,
    )
}

/// 400 with what is wrong with the request.
pub(super) fn bad_request(faults: &[Fault]) -> HttpResponse {
    let violations: Vec<Value> = faults
        .iter()
        .map(|fault| json!({"field": fault.field, "description": fault.rule}))
        .collect();
    let details = vec![
        json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}),
        fcm_error("INVALID_ARGUMENT"),
    ];
    respond(
        400,
        "INVALID_ARGUMENT",
        "Request contains an invalid argument.",
        details,
    )
}

fn fcm_error(code: &str) -> Value {
    json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
}

fn respond(http: u16, status: &str, message: &str, details: Vec<Value>) -> HttpResponse {
    let mut error = json!({"code": http, "message": message, "status": status});
    if !details.is_empty() {
        error["details"] = Value::from(details);
    }
    HttpResponse::build(status_code(http)).json(json!({"error": error}))
}

/// Adds `Retry-After` in the form asked for.
pub(super) fn retry_later(
    mut answer: HttpResponse,
    after: Option<RetryAfter>,
    now_ms: i64,
) -> HttpResponse {
    let value = match after {
        None => None,
        Some(RetryAfter::Seconds(seconds)) => Some(seconds.to_string()),
        Some(RetryAfter::DateIn(wait)) => Timestamp::from_millisecond(now_ms)
            .ok()
            .and_then(|now| now.checked_add(wait).ok())
            .and_then(|at| DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()),
    };
    if let Some(value) = value.and_then(|value| value.parse().ok()) {
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
    answer
}

/// A page as a proxy in front of the API would show it.
pub(super) fn html(http: u16) -> HttpResponse {
    HttpResponse::build(status_code(http))
        .content_type("text/html; charset=utf-8")
        .body("<!DOCTYPE html>\n<html lang=en><title>Error</title><p>That is an error.</html>\n")
}

/// A success followed by `padding` spaces; white space after JSON is still JSON.
pub(super) fn oversized(padding: usize) -> HttpResponse {
    let body = json!({"name": "projects/x/messages/oversized"}).to_string() + &" ".repeat(padding);
    HttpResponse::Ok()
        .content_type("application/json")
        .body(body)
}

fn status_code(http: u16) -> StatusCode {
    StatusCode::from_u16(http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
