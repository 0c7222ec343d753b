//! The clinic's own system as a channel: a hospital that reaches patients itself, as by text message, is
//! told whom to reach, in the form of Standard Webhooks 1.0 (`signature`).
//!
//! The body is thin: the kind, an id and the patient's id, no words and no reason. What it is about the
//! receiver may read from the API, where access is checked and written down.
//!
//! | answer | outcome | because |
//! |---|---|---|
//! | 2xx | accepted | |
//! | 410 | token gone, and nothing more is sent until the server starts again | the specification's word for "stop" |
//! | everything else, also 3xx | retry, after `Retry-After` if given | redirects are not followed |

mod signature;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Url};
use serde::Serialize;
use uuid::Uuid;

pub use self::signature::{Secrets, SecretsError};
use super::address::PushAddress;
use super::exchange::{Reply, exchange};
use super::fcm::answer::retry_delay;
use super::outbound::{self, AddressRefused, Reach};
use super::{Outcome, PushChannel, PushMessage, PushTarget, UnixClock};

/// Where and how to send.
#[derive(Debug)]
pub struct WebhookConfig {
    /// The receiver.
    pub url: String,
    /// What messages are signed with.
    pub secrets: Secrets,
    /// Whether private networks may be spoken to.
    pub reach: Reach,
    /// Limit for a whole send.
    pub request_timeout: Duration,
}

/// Why the channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum WebhookSetupError {
    /// The address is not one to speak to.
    #[error("the webhook's address {0}")]
    Address(#[from] AddressRefused),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

/// The channel.
pub struct WebhookChannel {
    url: Url,
    secrets: Secrets,
    reach: Reach,
    http: Client,
    clock: UnixClock,
    /// Set by a 410.
    disabled: AtomicBool,
}

#[derive(Serialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Data,
}

#[derive(Serialize)]
struct Data {
    id: String,
    patient_id: String,
}

impl WebhookChannel {
    /// Sets the channel up; nothing is sent yet.
    ///
    /// # Errors
    /// When the address is not one to speak to.
    pub fn new(config: WebhookConfig, clock: UnixClock) -> Result<Self, WebhookSetupError> {
        Ok(Self {
            url: outbound::parse(&config.url, config.reach)?,
            secrets: config.secrets,
            reach: config.reach,
            http: outbound::client(config.reach, config.request_timeout)
                .map_err(WebhookSetupError::Client)?,
            clock,
            disabled: AtomicBool::new(false),
        })
    }

    async fn attempt(&self, target: &PushTarget, message: &PushMessage) -> Outcome {
        let Some(PushAddress::Webhook(patient)) = PushAddress::of(target, self.reach) else {
            return Outcome::Rejected {
                code: "NO_WEBHOOK".to_owned(),
            };
        };
        if self.disabled.load(Ordering::Relaxed) {
            return Outcome::TokenGone;
        }
        let Some(request) = self.request(patient, message) else {
            return Outcome::Rejected {
                code: "COMPOSE".to_owned(),
            };
        };
        let outcome = match exchange(request).await {
            Ok(reply) => classify(&reply, message, (self.clock)()),
            Err(code) => Outcome::RetryAfter {
                delay: None,
                code: code.to_owned(),
            },
        };
        if outcome == Outcome::TokenGone && !self.disabled.swap(true, Ordering::Relaxed) {
            tracing::error!(
                event = "webhook_disabled",
                "the webhook's receiver answered 410: nothing is sent to it until the server starts again"
            );
        }
        outcome
    }

    fn request(&self, patient: Uuid, message: &PushMessage) -> Option<RequestBuilder> {
        let now_unix_s = (self.clock)();
        let body = serde_json::to_vec(&body(patient, message, now_unix_s)?).ok()?;
        let id = message_id(message);
        let signature = self.secrets.signature(&id, now_unix_s, &body);
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now_unix_s)
            .header("webhook-signature", signature)
            .body(body);
        Some(request)
    }
}

fn body(patient: Uuid, message: &PushMessage, now_unix_s: i64) -> Option<Body> {
    Some(Body {
        kind: format!("push.{}", message.payload.kind().name()),
        timestamp: Timestamp::from_second(now_unix_s).ok()?.to_string(),
        data: Data {
            id: message.payload.message_id().to_string(),
            patient_id: format!("pat_{}", patient.as_simple()),
        },
    })
}

/// The same for a repeated message, which a receiver drops by it.
fn message_id(message: &PushMessage) -> String {
    format!(
        "{}_{}",
        message.payload.kind().name(),
        message.payload.message_id()
    )
}

/// Reads an answer by the table above.
fn classify(reply: &Reply, message: &PushMessage, now_unix_s: i64) -> Outcome {
    match reply.status.as_u16() {
        200..300 => Outcome::Accepted {
            provider_message_id: message_id(message),
        },
        410 => Outcome::TokenGone,
        status => Outcome::RetryAfter {
            delay: reply
                .retry_after()
                .and_then(|value| retry_delay(value, now_unix_s)),
            code: format!("HTTP_{status}"),
        },
    }
}

impl PushChannel for WebhookChannel {
    fn name(&self) -> &'static str {
        "webhook"
    }

    /// Ends within the time limit. A time-out does not tell whether the receiver accepted.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(self.attempt(target, message))
    }

    fn fallback_for(&self, patient: Uuid) -> Option<PushTarget> {
        let enabled = !self.disabled.load(Ordering::Relaxed);
        enabled.then(|| PushTarget::webhook(patient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::{CollapseKey, Locale, MessageId, PromptKind, PushPayload};

    #[test]
    fn the_body_is_thin() {
        let message = PushMessage {
            payload: PushPayload::new(
                PromptKind::Orthotic,
                MessageId::from(Uuid::from_u128(0xABC)),
            ),
            collapse_key: CollapseKey::from(Uuid::from_u128(1)),
            ttl: Duration::from_secs(60),
            locale: Locale::De,
        };
        let body = body(Uuid::from_u128(0xDEF), &message, 1_800_000_000).unwrap();
        assert_eq!(
            serde_json::to_value(body).unwrap(),
            serde_json::json!({
                "type": "push.prompt",
                "timestamp": "2027-01-15T08:00:00Z",
                "data": {
                    "id": "00000000-0000-0000-0000-000000000abc",
                    "patient_id": "pat_00000000000000000000000000000def",
                },
            })
        );
    }
}
