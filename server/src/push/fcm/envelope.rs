//! From the `fcm` crate's message model to the v1 envelope.
//!
//! v1 in short (<https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages>): one target, data values
//! are strings, and what the legacy model said once is said per platform:
//!
//! | legacy | Android | APNs header | Web Push header |
//! |---|---|---|---|
//! | `collapse_key` | `collapse_key`, `notification.tag` | `apns-collapse-id` | `Topic` |
//! | `time_to_live` | `ttl` (`"1800s"`) | `apns-expiration` (instant) | `TTL` |
//! | `priority` | `priority` | `apns-priority` | `Urgency` |
//!
//! All three blocks are always sent: FCM uses the one the token belongs to.
//!
//! A silent message has no `notification`, neither the common one nor Android's: it is a data message,
//! which the app handles by itself and a service worker receives as it is. Android's priority is then
//! normal, because FCM lowers the priority of apps whose urgent messages show nothing
//! (<https://firebase.google.com/docs/cloud-messaging/android-message-priority>); for APNs it carries
//! `content-available` with push type `background` and priority 5, and no other priority is allowed
//! (<https://developer.apple.com/documentation/usernotifications/pushing-background-updates-to-your-app>).

use std::collections::BTreeMap;

use fcm::{MessageBuilder, NotificationBuilder, Priority};
use serde::{Deserialize, Serialize};

use crate::push::{PushMessage, PushTarget};

/// FCM's maximum time to live: 28 days.
const MAX_TTL_S: i32 = 2_419_200;

/// The legacy model as it serialises; its fields are private, so this is the way out.
#[derive(Deserialize)]
struct Legacy {
    to: String,
    collapse_key: String,
    time_to_live: i32,
    priority: LegacyPriority,
    data: BTreeMap<String, String>,
    notification: Option<LegacyNotification>,
    #[serde(default)]
    content_available: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum LegacyPriority {
    Normal,
    High,
}

#[derive(Deserialize)]
struct LegacyNotification {
    title: String,
    body: String,
    tag: String,
}

#[derive(Serialize)]
struct SendRequest {
    message: Message,
}

#[derive(Serialize)]
struct Message {
    token: String,
    data: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<Visible>,
    android: Android,
    apns: Apns,
    webpush: WebPush,
}

#[derive(Serialize)]
struct Visible {
    title: String,
    body: String,
}

#[derive(Serialize)]
struct Android {
    priority: &'static str,
    ttl: String,
    collapse_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<AndroidNotification>,
}

#[derive(Serialize)]
struct AndroidNotification {
    tag: String,
}

#[derive(Serialize)]
struct Apns {
    headers: ApnsHeaders,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<ApnsPayload>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ApnsHeaders {
    apns_collapse_id: String,
    apns_expiration: String,
    apns_priority: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    apns_push_type: Option<&'static str>,
}

#[derive(Serialize)]
struct ApnsPayload {
    aps: Aps,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Aps {
    content_available: u8,
}

/// Wakes the app without showing anything.
const BACKGROUND: ApnsPayload = ApnsPayload {
    aps: Aps {
        content_available: 1,
    },
};

#[derive(Serialize)]
struct WebPush {
    headers: WebPushHeaders,
}

#[derive(Serialize)]
struct WebPushHeaders {
    #[serde(rename = "TTL")]
    ttl: String,
    #[serde(rename = "Topic")]
    topic: String,
    #[serde(rename = "Urgency")]
    urgency: &'static str,
}

/// The body of a `messages:send` request.
///
/// # Errors
/// None that the types allow; a change in the crate's model would show here.
pub(super) fn compose(
    target: &PushTarget,
    message: &PushMessage,
    now_unix_s: i64,
) -> Result<Vec<u8>, serde_json::Error> {
    let legacy = legacy(target, message)?;
    serde_json::to_vec(&SendRequest {
        message: to_v1(legacy, now_unix_s),
    })
}

fn legacy(target: &PushTarget, message: &PushMessage) -> Result<Legacy, serde_json::Error> {
    let collapse_key = message.collapse_key.to_string();
    // v1 has no API key; what authorises is the bearer token of the request.
    let mut builder = MessageBuilder::new("", target.token.expose());
    builder
        .collapse_key(&collapse_key)
        .time_to_live(ttl_s(message))
        .data(&message.payload.data())?;
    match message.locale.words(message.payload.kind()) {
        Some(words) => {
            let mut notification = NotificationBuilder::new();
            notification.title(message.locale.title());
            notification.body(words);
            notification.tag(&collapse_key);
            builder
                .priority(Priority::High)
                .notification(notification.finalize());
        }
        None => {
            builder.priority(Priority::Normal).content_available(true);
        }
    }
    serde_json::from_slice(&serde_json::to_vec(&builder.finalize().body)?)
}

fn ttl_s(message: &PushMessage) -> i32 {
    i32::try_from(message.ttl.as_secs()).map_or(MAX_TTL_S, |seconds| seconds.min(MAX_TTL_S))
}

fn to_v1(legacy: Legacy, now_unix_s: i64) -> Message {
    let Legacy {
        to,
        collapse_key,
        time_to_live,
        priority,
        data,
        notification,
        content_available,
    } = legacy;
    let (android_priority, apns_priority, urgency) = match priority {
        LegacyPriority::Normal => ("NORMAL", "5", "normal"),
        LegacyPriority::High => ("HIGH", "10", "high"),
    };
    let (visible, tag) = notification.map(LegacyNotification::split).unzip();
    Message {
        token: to,
        data,
        notification: visible,
        apns: Apns {
            headers: ApnsHeaders {
                apns_collapse_id: collapse_key.clone(),
                apns_expiration: (now_unix_s + i64::from(time_to_live)).to_string(),
                apns_priority,
                apns_push_type: content_available.then_some("background"),
            },
            payload: content_available.then_some(BACKGROUND),
        },
        webpush: WebPush {
            headers: WebPushHeaders {
                ttl: time_to_live.to_string(),
                topic: collapse_key.clone(),
                urgency,
            },
        },
        android: Android {
            priority: android_priority,
            ttl: format!("{time_to_live}s"),
            collapse_key,
            notification: tag,
        },
    }
}

impl LegacyNotification {
    /// What all platforms show, and Android's tag.
    fn split(self) -> (Visible, AndroidNotification) {
        let Self { title, body, tag } = self;
        (Visible { title, body }, AndroidNotification { tag })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::push::{
        CollapseKey, DeviceToken, Locale, MessageId, Platform, PromptKind, PushKind, PushPayload,
    };
    use proptest::prelude::*;
    use std::time::Duration;
    use uuid::Uuid;

    fn target() -> PushTarget {
        PushTarget {
            token: DeviceToken::new("fake-token-01").unwrap(),
            platform: Platform::Android,
        }
    }

    fn message(kind: PromptKind, id: u128, ttl: Duration, locale: Locale) -> PushMessage {
        PushMessage {
            payload: PushPayload::new(kind, MessageId::from(Uuid::from_u128(id))),
            collapse_key: CollapseKey::from(Uuid::from_u128(id)),
            ttl,
            locale,
        }
    }

    fn composed(message: &PushMessage) -> serde_json::Value {
        serde_json::from_slice(&compose(&target(), message, 1_800_000_000).unwrap()).unwrap()
    }

    #[test]
    fn the_envelope_is_the_published_v1_shape() {
        let message = message(
            PromptKind::Posture,
            0xABC,
            Duration::from_secs(1800),
            Locale::Es,
        );
        let key = "00000000000000000000000000000abc";
        assert_eq!(
            composed(&message),
            serde_json::json!({"message": {
                "token": "fake-token-01",
                "data": {"v": "1", "kind": "prompt", "id": "00000000-0000-0000-0000-000000000abc"},
                "notification": {"title": "Footing", "body": "Tiene un recordatorio."},
                "android": {
                    "priority": "HIGH", "ttl": "1800s", "collapse_key": key,
                    "notification": {"tag": key},
                },
                "apns": {"headers": {
                    "apns-collapse-id": key, "apns-expiration": "1800001800", "apns-priority": "10",
                }},
                "webpush": {"headers": {"TTL": "1800", "Topic": key, "Urgency": "high"}},
            }})
        );
    }

    #[test]
    fn a_withdrawal_is_a_data_message_that_shows_nothing() {
        let prompt = message(
            PromptKind::Posture,
            0xABC,
            Duration::from_secs(60),
            Locale::De,
        );
        let withdrawal = PushMessage {
            payload: PushPayload::of(PushKind::Withdraw, prompt.payload.message_id()),
            ..prompt
        };
        let key = "00000000000000000000000000000abc";
        assert_eq!(
            composed(&withdrawal),
            serde_json::json!({"message": {
                "token": "fake-token-01",
                "data": {"v": "1", "kind": "withdraw", "id": "00000000-0000-0000-0000-000000000abc"},
                "android": {"priority": "NORMAL", "ttl": "60s", "collapse_key": key},
                "apns": {
                    "headers": {
                        "apns-collapse-id": key, "apns-expiration": "1800000060", "apns-priority": "5",
                        "apns-push-type": "background",
                    },
                    "payload": {"aps": {"content-available": 1}},
                },
                "webpush": {"headers": {"TTL": "60", "Topic": key, "Urgency": "normal"}},
            }})
        );
    }

    #[test]
    fn a_visible_message_shows_the_words_of_its_kind() {
        for kind in PushKind::ALL.into_iter().filter(|kind| !kind.is_silent()) {
            for locale in Locale::ALL {
                let mut message = message(PromptKind::Walking, 1, Duration::from_secs(60), locale);
                message.payload = PushPayload::of(kind, message.payload.message_id());
                let body = composed(&message);
                assert_eq!(body["message"]["data"]["kind"], kind.name());
                let shown = body["message"]["notification"]["body"].as_str();
                assert_eq!(shown, locale.words(kind));
                assert_eq!(body["message"]["android"]["priority"], "HIGH");
            }
        }
    }

    #[test]
    fn a_ttl_beyond_four_weeks_is_four_weeks() {
        for ttl in [Duration::MAX, Duration::from_secs(2_419_201)] {
            let body = composed(&message(PromptKind::Walking, 1, ttl, Locale::En));
            assert_eq!(body["message"]["android"]["ttl"], "2419200s");
        }
    }

    proptest! {
        /// Every byte of the envelope follows from ids, times and constants: the care kind changes
        /// nothing, and what remains after taking those out are FCM's own words.
        #[test]
        fn nothing_of_the_care_reaches_the_wire(
            id in any::<u128>(), ttl_s in any::<u64>(), locale in 0_usize..3,
        ) {
            let ttl = Duration::from_secs(ttl_s);
            let locale = Locale::ALL[locale];
            let bodies: Vec<Vec<u8>> = PromptKind::ALL
                .iter()
                .map(|kind| compose(&target(), &message(*kind, id, ttl, locale), 0).unwrap())
                .collect();
            prop_assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
            let text = String::from_utf8(bodies[0].clone()).unwrap().to_lowercase();
            for kind in PromptKind::ALL {
                let word = format!("{kind:?}").to_lowercase();
                prop_assert!(!text.contains(&word), "{} in {}", word, text);
            }
            let body: serde_json::Value = serde_json::from_slice(&bodies[0]).unwrap();
            let data = body["message"]["data"].as_object().unwrap();
            prop_assert_eq!(data.keys().collect::<Vec<_>>(), ["id", "kind", "v"]);
            prop_assert!(serde_json::to_string(data).unwrap().len() <= 512);
            prop_assert_eq!(data["id"].as_str().unwrap(), Uuid::from_u128(id).to_string());
            prop_assert_eq!(&body["message"]["notification"]["body"], locale.body());
        }
    }
}
