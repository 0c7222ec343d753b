//! What a stored push address is: one column holds an app's registration token or a browser's
//! subscription.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outbound::{self, Reach};
use super::{DeviceToken, Platform, PushTarget};

/// Length of an uncompressed P-256 point.
pub(super) const PUBLIC_KEY_LEN: usize = 65;

/// Length of the authentication secret (RFC 8291, section 3.2).
pub(super) const AUTH_SECRET_LEN: usize = 16;

/// Where a message goes, told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushAddress {
    /// A registration token of Firebase Cloud Messaging.
    Fcm(DeviceToken),
    /// A browser's subscription.
    WebPush(Subscription),
    /// The clinic's own system, which knows how to reach this patient.
    Webhook(Uuid),
}

impl PushAddress {
    /// Tells a target's address apart. `None` when it is none that can be used.
    ///
    /// The webhook is never read from what a device gave: only [`PushTarget::webhook`] makes such a
    /// target, so no device can have the clinic's system called in another's name.
    pub fn of(target: &PushTarget, reach: Reach) -> Option<Self> {
        let text = target.token.expose();
        match target.platform {
            Platform::Webhook => Uuid::try_parse(text).ok().map(Self::Webhook),
            Platform::Web if Subscription::looks_like(text) => {
                Subscription::from_json(text, reach).ok().map(Self::WebPush)
            }
            _ if Subscription::looks_like(text) => None,
            _ => Some(Self::Fcm(target.token.clone())),
        }
    }
}

/// A browser's subscription (Push API, `PushSubscription.toJSON`): where to post and for whom to encrypt.
///
/// Whoever holds it can, with our key, message the browser; `Debug` shows the host only.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    endpoint: Url,
    public_key: [u8; PUBLIC_KEY_LEN],
    auth_secret: [u8; AUTH_SECRET_LEN],
}

/// Why it is no subscription: the field, as a JSON pointer, and its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionError {
    /// Which field.
    pub pointer: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    endpoint: String,
    keys: StoredKeys,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKeys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// Checks what a browser gave.
    ///
    /// # Errors
    /// The first field that breaks its rule.
    pub fn new(
        endpoint: &str,
        p256dh: &str,
        auth: &str,
        reach: Reach,
    ) -> Result<Self, SubscriptionError> {
        let wrong = |pointer, rule| SubscriptionError { pointer, rule };
        let endpoint = outbound::parse(endpoint, reach).map_err(|_| {
            wrong(
                "/endpoint",
                "must be a public https address of at most 2048 characters, without user and fragment",
            )
        })?;
        let public_key = decoded(p256dh)
            .filter(|key: &[u8; PUBLIC_KEY_LEN]| key.first() == Some(&4))
            .ok_or(wrong(
                "/keys/p256dh",
                "must be an uncompressed P-256 point in base64url",
            ))?;
        let auth_secret =
            decoded(auth).ok_or(wrong("/keys/auth", "must be 16 bytes in base64url"))?;
        Ok(Self {
            endpoint,
            public_key,
            auth_secret,
        })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When it is not, or no longer, a subscription that may be used.
    pub fn from_json(json: &str, reach: Reach) -> Result<Self, SubscriptionError> {
        let stored: Stored = serde_json::from_str(json).map_err(|_| SubscriptionError {
            pointer: "",
            rule: "must be a subscription",
        })?;
        Self::new(
            &stored.endpoint,
            &stored.keys.p256dh,
            &stored.keys.auth,
            reach,
        )
    }

    /// The stored form: always the same text for the same subscription, so that one that moves to another
    /// device is recognised.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Stored {
            endpoint: self.endpoint.to_string(),
            keys: StoredKeys {
                p256dh: URL_SAFE_NO_PAD.encode(self.public_key),
                auth: URL_SAFE_NO_PAD.encode(self.auth_secret),
            },
        })
        .unwrap_or_default()
    }

    /// Whether a stored text is meant as a subscription. No registration token begins so.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with('{')
    }

    pub(super) fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    pub(super) fn public_key(&self) -> &[u8; PUBLIC_KEY_LEN] {
        &self.public_key
    }

    pub(super) fn auth_secret(&self) -> &[u8; AUTH_SECRET_LEN] {
        &self.auth_secret
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("host", &self.endpoint.host_str())
            .finish_non_exhaustive()
    }
}

/// Browsers write base64url without padding; some libraries pad.
fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The receiver of RFC 8291, appendix A.
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const ENDPOINT: &str = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";

    fn subscription() -> Subscription {
        Subscription::new(ENDPOINT, P256DH, AUTH, Reach::PublicOnly).unwrap()
    }

    fn target(platform: Platform, text: &str) -> PushTarget {
        PushTarget {
            token: DeviceToken::new(text).unwrap(),
            platform,
        }
    }

    #[test]
    fn the_stored_form_is_a_token_and_reads_back() {
        let json = subscription().to_json();
        assert_eq!(
            json,
            format!(
                r#"{{"endpoint":"{ENDPOINT}","keys":{{"p256dh":"{P256DH}","auth":"{AUTH}"}}}}"#
            )
        );
        assert_eq!(
            Subscription::from_json(&json, Reach::PublicOnly),
            Ok(subscription())
        );
        let padded = Subscription::new(
            ENDPOINT,
            &format!("{P256DH}="),
            &format!("{AUTH}=="),
            Reach::PublicOnly,
        );
        assert_eq!(padded.unwrap().to_json(), json);
        assert!(DeviceToken::new(json).is_ok());
        let longest = format!("https://push.example.net/{}", "x".repeat(2023));
        let longest = Subscription::new(&longest, P256DH, AUTH, Reach::PublicOnly).unwrap();
        assert!(DeviceToken::new(longest.to_json()).is_ok());
    }

    #[test]
    fn each_broken_rule_names_its_field() {
        let cases = [
            ("http://push.example.net/x", P256DH, AUTH, "/endpoint"),
            ("https://127.0.0.1/x", P256DH, AUTH, "/endpoint"),
            (ENDPOINT, "BCVx", AUTH, "/keys/p256dh"),
            (
                ENDPOINT,
                &P256DH.replacen('B', "A", 1),
                AUTH,
                "/keys/p256dh",
            ),
            (ENDPOINT, P256DH, "BTBZ", "/keys/auth"),
            (ENDPOINT, P256DH, "BTBZMqHH6r4Tts7J/aSIgg", "/keys/auth"),
        ];
        for (endpoint, p256dh, auth, pointer) in cases {
            let error = Subscription::new(endpoint, p256dh, auth, Reach::PublicOnly).unwrap_err();
            assert_eq!(error.pointer, pointer);
        }
    }

    #[test]
    fn an_address_is_told_apart_by_who_may_have_it() {
        let json = subscription().to_json();
        let of = |platform, text: &str| PushAddress::of(&target(platform, text), Reach::PublicOnly);
        assert_eq!(
            of(Platform::Web, &json),
            Some(PushAddress::WebPush(subscription()))
        );
        for platform in [Platform::Android, Platform::Ios, Platform::Web] {
            assert!(matches!(
                of(platform, "token-01"),
                Some(PushAddress::Fcm(_))
            ));
        }
        // An app cannot give a subscription, a broken one is no token, and no text makes a webhook.
        assert_eq!(of(Platform::Android, &json), None);
        assert_eq!(of(Platform::Web, &json.replace("https", "http")), None);
        let patient = Uuid::from_u128(7);
        for platform in [Platform::Android, Platform::Ios, Platform::Web] {
            let text = PushTarget::webhook(patient).token.expose().to_owned();
            assert!(matches!(of(platform, &text), Some(PushAddress::Fcm(_))));
        }
        let webhook = PushAddress::of(&PushTarget::webhook(patient), Reach::PublicOnly);
        assert_eq!(webhook, Some(PushAddress::Webhook(patient)));
    }

    #[test]
    fn debug_shows_the_host_only() {
        let shown = format!("{:?}", subscription());
        assert!(shown.contains("push.example.net"), "{shown}");
        for secret in ["JzLQ3raZ", "BCVx", "BTBZ"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
