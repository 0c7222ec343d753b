//! What an answer of FCM means.
//!
//! The code that counts is `error.details[].errorCode` of the detail whose `@type` is
//! `…/google.firebase.fcm.v1.FcmError`; `error.status` is a coarser canonical code (it says `NOT_FOUND` for
//! `UNREGISTERED`), and a proxy on the way may answer with HTML. Codes:
//! <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>; samples of bodies:
//! <https://bloomberg.github.io/pushiko/fcm_responses>.
//!
//! | answer | outcome | because |
//! |---|---|---|
//! | 200 with a `name` | accepted | |
//! | 200 without (a captive portal, an over-long body) | retry `BAD_ANSWER` | not FCM's word; the collapse key folds a double |
//! | `UNREGISTERED` | token gone | the app is uninstalled or the token replaced |
//! | 404 without that code | unauthorized | wrong project or address: must not cost every patient's token |
//! | `INVALID_ARGUMENT`, other 4xx | rejected | this message will never do; the fault may be ours, so the token stays |
//! | `SENDER_ID_MISMATCH` (403) | rejected | the token belongs to another project: a matter of one device |
//! | `THIRD_PARTY_AUTH_ERROR` (401) | unauthorized | the project's APNs or Web Push key is missing; a new access token does not help |
//! | other 401 | credentials refused, then unauthorized | the access token went stale: one refresh |
//! | other 403 | unauthorized | API off or permission missing |
//! | `QUOTA_EXCEEDED`, 429 | retry, at least a minute | documented minimum where no `Retry-After` says more |
//! | `UNAVAILABLE`, `INTERNAL`, 408, 5xx | retry, after `Retry-After` if given | |
//! | `UNSPECIFIED_ERROR`, unknown codes | as the HTTP status says | |
//! | 1xx, 3xx | retry | something on the way; redirects are not followed |

use std::time::Duration;

use fcm::RetryAfter;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::push::Outcome;
use crate::push::exchange::Reply;

const FCM_ERROR_TYPE: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

/// Longest wait a gateway can ask for; a prompt's window is shorter anyway.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// "Use exponential backoff with a minimum initial delay of 1 minute" (ErrorCode page, QUOTA_EXCEEDED).
const MIN_QUOTA_DELAY: Duration = Duration::from_secs(60);

/// Longest code passed on.
const MAX_CODE_LEN: usize = 40;

/// An answer, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// This is how the attempt ended.
    Final(Outcome),
    /// The access token is not (or no longer) good.
    CredentialsRefused { code: String },
}

#[derive(Deserialize)]
struct Sent {
    name: String,
}

#[derive(Deserialize)]
struct Failed {
    error: Status,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "@type", default)]
    kind: String,
    #[serde(rename = "errorCode", default)]
    error_code: String,
}

/// Reads an answer; `now_unix_s` is for a `Retry-After` that names an instant.
pub(super) fn classify(reply: &Reply, now_unix_s: i64) -> Answer {
    if reply.status == StatusCode::OK {
        return Answer::Final(accepted(reply));
    }
    let failure = reply.body.as_deref().and_then(parse_failure);
    let fcm_code = failure.as_ref().and_then(fcm_error_code);
    let code = failure
        .as_ref()
        .and_then(|failure| fcm_code.or(Some(failure.status.as_str())))
        .and_then(sanitised)
        .unwrap_or_else(|| format!("HTTP_{}", reply.status.as_u16()));
    let delay = reply
        .retry_after()
        .and_then(|value| retry_delay(value, now_unix_s));
    by_code(fcm_code, &code, delay).unwrap_or_else(|| by_status(reply.status, code, delay))
}

fn by_code(fcm_code: Option<&str>, code: &str, delay: Option<Duration>) -> Option<Answer> {
    let code = code.to_owned();
    let outcome = match fcm_code? {
        "UNREGISTERED" => Outcome::TokenGone,
        "INVALID_ARGUMENT" | "SENDER_ID_MISMATCH" => Outcome::Rejected { code },
        "THIRD_PARTY_AUTH_ERROR" => Outcome::Unauthorized { code },
        "QUOTA_EXCEEDED" => over_quota(code, delay),
        "UNAVAILABLE" | "INTERNAL" => Outcome::RetryAfter { delay, code },
        _ => return None,
    };
    Some(Answer::Final(outcome))
}

fn by_status(status: StatusCode, code: String, delay: Option<Duration>) -> Answer {
    Answer::Final(match status.as_u16() {
        401 => return Answer::CredentialsRefused { code },
        403 | 404 => Outcome::Unauthorized { code },
        429 => over_quota(code, delay),
        408 => Outcome::RetryAfter { delay, code },
        400..500 => Outcome::Rejected { code },
        _ => Outcome::RetryAfter { delay, code },
    })
}

fn accepted(reply: &Reply) -> Outcome {
    let sent = reply
        .body
        .as_deref()
        .and_then(|body| serde_json::from_slice::<Sent>(body).ok());
    match sent {
        Some(Sent { name }) if !name.is_empty() && name.len() <= 256 => Outcome::Accepted {
            provider_message_id: name,
        },
        _ => Outcome::RetryAfter {
            delay: None,
            code: "BAD_ANSWER".to_owned(),
        },
    }
}

fn over_quota(code: String, delay: Option<Duration>) -> Outcome {
    Outcome::RetryAfter {
        delay: Some(delay.unwrap_or(MIN_QUOTA_DELAY)),
        code,
    }
}

fn parse_failure(body: &[u8]) -> Option<Status> {
    serde_json::from_slice::<Failed>(body)
        .ok()
        .map(|failed| failed.error)
}

fn fcm_error_code(status: &Status) -> Option<&str> {
    let detail = status
        .details
        .iter()
        .find(|detail| detail.kind == FCM_ERROR_TYPE)?;
    Some(detail.error_code.as_str())
}

/// A code as outcomes carry it, `None` when it is none.
pub(super) fn sanitised(code: &str) -> Option<String> {
    let fits = (1..=MAX_CODE_LEN).contains(&code.len());
    let plain = code
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (fits && plain).then(|| code.to_owned())
}

/// A `Retry-After` value, seconds or a date, as a wait of at most a day; a past date is no wait.
pub(in crate::push) fn retry_delay(value: &str, now_unix_s: i64) -> Option<Duration> {
    let value = value.trim();
    // The crate panics on a number of seconds beyond its duration type.
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    if digits && value.len() > 9 {
        return Some(MAX_RETRY_AFTER);
    }
    if !digits && !value.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let seconds = match value.parse::<RetryAfter>().ok()? {
        RetryAfter::Delay(delay) => delay.num_seconds(),
        RetryAfter::DateTime(instant) => instant.timestamp() - now_unix_s,
    };
    let seconds = u64::try_from(seconds).unwrap_or(0);
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests;
