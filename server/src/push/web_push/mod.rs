//! Web Push (RFC 8030) to browsers, without an account anywhere: encrypted for the browser alone (RFC 8291,
//! `encryption`), signed with the server's own key (RFC 8292, `vapid`).
//!
//! | answer | outcome | because |
//! |---|---|---|
//! | 201, 202 | accepted | RFC 8030, section 5 |
//! | 404, 410 | token gone | the subscription has ended (section 7.3) |
//! | 401, 403 | unauthorized | our key or token is not taken there |
//! | 429 | retry, after `Retry-After` or a minute | section 8.4 |
//! | 408, 5xx, 1xx, 3xx, other 2xx | retry, after `Retry-After` if given | something on the way; redirects are not followed |
//! | other 4xx (400, 413) | rejected | this message will never do |

mod encryption;
mod vapid;

use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Url};
use ring::digest::{SHA256, digest};
use serde::Serialize;

pub(super) use self::encryption::is_public_key;
pub use self::vapid::{VapidKey, VapidKeyError};
use super::address::{PushAddress, Subscription};
use super::exchange::{Reply, exchange};
use super::fcm::answer::retry_delay;
use super::outbound::{self, REFUSED, Reach};
use super::{Outcome, PushChannel, PushMessage, PushTarget, UnixClock, Upstream, WebPushTerms};

/// Longest a push service is asked to keep a message: four weeks, as FCM's limit.
const MAX_TTL_S: u64 = 2_419_200;

/// A busy service that names no time is left alone for this long.
const BUSY: Duration = Duration::from_secs(60);

/// How to send.
#[derive(Debug)]
pub struct WebPushConfig {
    /// The server's key.
    pub key: VapidKey,
    /// Whom a push service may write to about us: `mailto:` or an `https` address.
    pub subject: String,
    /// Whether private networks may be spoken to.
    pub reach: Reach,
    /// Limit for a whole send.
    pub request_timeout: Duration,
}

/// Why the channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum WebPushSetupError {
    /// The subject is none (RFC 8292, section 2.1).
    #[error("the web push subject must be mailto: and an address, or an https address")]
    Subject,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

/// The channel.
pub struct WebPushChannel {
    config: WebPushConfig,
    http: Client,
    clock: UnixClock,
    terms: WebPushTerms,
}

/// What the service worker receives: the data of every push, and what it shows.
#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    data: super::payload::PayloadData,
    tag: String,
    lang: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'static str>,
}

impl WebPushChannel {
    /// Sets the channel up; nothing is sent yet.
    ///
    /// # Errors
    /// When the subject is none.
    pub fn new(config: WebPushConfig, clock: UnixClock) -> Result<Self, WebPushSetupError> {
        if !is_subject(&config.subject) {
            return Err(WebPushSetupError::Subject);
        }
        Ok(Self {
            http: outbound::client(config.reach, config.request_timeout)
                .map_err(WebPushSetupError::Client)?,
            terms: WebPushTerms {
                public_key: config.key.public_key(),
                reach: config.reach,
            },
            config,
            clock,
        })
    }

    async fn attempt(&self, target: &PushTarget, message: &PushMessage) -> Outcome {
        let Some(PushAddress::WebPush(subscription)) = PushAddress::of(target, self.config.reach)
        else {
            return rejected(REFUSED);
        };
        if message.payload.kind().is_silent() && !takes_silent(subscription.endpoint()) {
            return rejected("SILENT_NOT_TAKEN");
        }
        let Some(request) = self.request(&subscription, message) else {
            return rejected("COMPOSE");
        };
        match exchange(request).await {
            Ok(reply) => classify(&reply, (self.clock)()),
            Err(REFUSED) => rejected(REFUSED),
            Err(code) => Outcome::RetryAfter {
                delay: None,
                code: code.to_owned(),
            },
        }
    }

    fn request(
        &self,
        subscription: &Subscription,
        message: &PushMessage,
    ) -> Option<reqwest::RequestBuilder> {
        let content = serde_json::to_vec(&content(message)).ok()?;
        let body = encryption::encrypt(
            subscription.public_key(),
            subscription.auth_secret(),
            &content,
        )?;
        let authorization = self.config.key.authorization(
            subscription.endpoint(),
            &self.config.subject,
            (self.clock)(),
        )?;
        let mut authorization = HeaderValue::from_str(&authorization).ok()?;
        authorization.set_sensitive(true);
        let urgency = if message.payload.kind().is_silent() {
            "normal"
        } else {
            "high"
        };
        let request = self
            .http
            .post(subscription.endpoint().clone())
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("TTL", message.ttl.as_secs().min(MAX_TTL_S))
            .header("Topic", message.collapse_key.to_string())
            .header("Urgency", urgency)
            .body(body);
        Some(request)
    }
}

impl PushChannel for WebPushChannel {
    fn name(&self) -> &'static str {
        "web_push"
    }

    /// Ends within the time limit. A time-out does not tell whether the service accepted.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(self.attempt(target, message))
    }

    fn web_push(&self) -> Option<&WebPushTerms> {
        Some(&self.terms)
    }

    /// The push service of the browser. Each is trusted for itself only: a patient can name any.
    fn upstream(&self, target: &PushTarget) -> Upstream {
        match PushAddress::of(target, self.config.reach) {
            Some(PushAddress::WebPush(subscription)) => {
                Upstream::new(subscription.endpoint().host_str().unwrap_or_default())
            }
            _ => Upstream::default(),
        }
    }
}

fn content(message: &PushMessage) -> Content {
    let body = message.locale.words(message.payload.kind());
    Content {
        data: message.payload.data(),
        tag: message.collapse_key.to_string(),
        lang: message.locale.tag(),
        title: body.map(|_| message.locale.title()),
        body,
    }
}

fn is_subject(subject: &str) -> bool {
    match subject.strip_prefix("mailto:") {
        Some(address) => {
            let plain = address.bytes().all(|byte| byte.is_ascii_graphic());
            plain
                && address
                    .split_once('@')
                    .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        }
        None => Url::parse(subject).is_ok_and(|url| url.scheme() == "https"),
    }
}

/// Apple's push service ends the subscription of a site whose pushes show nothing
/// (<https://webkit.org/blog/12945/meet-web-push/>): a reminder that stays is the lesser evil.
fn takes_silent(endpoint: &Url) -> bool {
    !endpoint
        .host_str()
        .is_some_and(|host| host.ends_with(".push.apple.com"))
}

/// Reads an answer by the table above.
fn classify(reply: &Reply, now_unix_s: i64) -> Outcome {
    let status = reply.status.as_u16();
    let code = format!("HTTP_{status}");
    let delay = reply
        .retry_after()
        .and_then(|value| retry_delay(value, now_unix_s));
    match status {
        201 | 202 => Outcome::Accepted {
            provider_message_id: message_id(reply),
        },
        404 | 410 => Outcome::TokenGone,
        401 | 403 => Outcome::Unauthorized { code },
        429 => Outcome::RetryAfter {
            delay: Some(delay.unwrap_or(BUSY)),
            code,
        },
        408 => Outcome::RetryAfter { delay, code },
        400..500 => Outcome::Rejected { code },
        _ => Outcome::RetryAfter { delay, code },
    }
}

/// Services name a message by an address with which it could be deleted, so its fingerprint is kept.
fn message_id(reply: &Reply) -> String {
    let location = reply
        .headers
        .get(LOCATION)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    let hash = digest(&SHA256, location);
    let hex: String = hash
        .as_ref()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("web-{hex}")
}

fn rejected(code: &str) -> Outcome {
    Outcome::Rejected {
        code: code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::{CollapseKey, Locale, MessageId, PromptKind, PushKind, PushPayload};
    use proptest::prelude::*;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, RETRY_AFTER};
    use uuid::Uuid;

    fn reply(status: u16, retry_after: Option<&'static str>) -> Reply {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        }
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Some(Vec::new()),
        }
    }

    fn retry(delay_s: Option<u64>, status: u16) -> Outcome {
        Outcome::RetryAfter {
            delay: delay_s.map(Duration::from_secs),
            code: format!("HTTP_{status}"),
        }
    }

    #[test]
    fn each_answer_has_its_outcome() {
        for status in [201, 202] {
            assert!(matches!(
                classify(&reply(status, None), 0),
                Outcome::Accepted { .. }
            ));
        }
        for status in [404, 410] {
            assert_eq!(classify(&reply(status, None), 0), Outcome::TokenGone);
        }
        for status in [401, 403] {
            let code = format!("HTTP_{status}");
            assert_eq!(
                classify(&reply(status, None), 0),
                Outcome::Unauthorized { code }
            );
        }
        for status in [400, 405, 413, 422] {
            assert_eq!(
                classify(&reply(status, None), 0),
                rejected(&format!("HTTP_{status}"))
            );
        }
        assert_eq!(classify(&reply(429, None), 0), retry(Some(60), 429));
        assert_eq!(classify(&reply(429, Some("7")), 0), retry(Some(7), 429));
        assert_eq!(classify(&reply(503, Some("120")), 0), retry(Some(120), 503));
        for status in [200, 204, 301, 307, 408, 500, 502, 503] {
            assert_eq!(classify(&reply(status, None), 0), retry(None, status));
        }
    }

    #[test]
    fn a_subject_is_a_way_to_reach_the_operator() {
        for right in ["mailto:push@example.org", "https://example.org/contact"] {
            assert!(is_subject(right), "{right}");
        }
        for wrong in [
            "",
            "push@example.org",
            "mailto:",
            "mailto:a b@c",
            "mailto:@x",
            "http://example.org",
        ] {
            assert!(!is_subject(wrong), "{wrong}");
        }
    }

    #[test]
    fn apple_is_sent_nothing_that_shows_nothing() {
        let takes = |address: &str| takes_silent(&Url::parse(address).unwrap());
        assert!(!takes("https://web.push.apple.com/x") && takes("https://fcm.googleapis.com/x"));
        assert!(takes("https://push.apple.com.example.org/x"));
    }

    proptest! {
        /// The content follows from ids, kind and language; of the care kind nothing is in it, and it
        /// fits the fixed length in every case.
        #[test]
        fn nothing_of_the_care_is_in_the_content(id in any::<u128>(), kind in 0_usize..6, locale in 0_usize..3) {
            let (kind, locale) = (PushKind::ALL[kind], Locale::ALL[locale]);
            let message = PushMessage {
                payload: PushPayload::of(kind, MessageId::from(Uuid::from_u128(id))),
                collapse_key: CollapseKey::from(Uuid::from_u128(!id)),
                ttl: Duration::MAX,
                locale,
            };
            let written = serde_json::to_value(content(&message)).unwrap();
            let mut expected = serde_json::json!({
                "v": "1", "kind": kind.name(), "id": Uuid::from_u128(id).to_string(),
                "tag": message.collapse_key.to_string(), "lang": locale.tag(),
            });
            if let Some(words) = locale.words(kind) {
                expected["title"] = "Footing".into();
                expected["body"] = words.into();
            }
            prop_assert_eq!(&written, &expected);
            prop_assert!(written.to_string().len() < 512);
            for care in PromptKind::ALL {
                let prompt = PushMessage {
                    payload: PushPayload::new(care, message.payload.message_id()),
                    ..message.clone()
                };
                let plain = PushMessage {
                    payload: PushPayload::of(PushKind::Prompt, message.payload.message_id()),
                    ..message.clone()
                };
                prop_assert_eq!(
                    serde_json::to_value(content(&prompt)).unwrap(),
                    serde_json::to_value(content(&plain)).unwrap()
                );
            }
        }
    }
}
