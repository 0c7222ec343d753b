//! Where a message goes.

use std::fmt;

use ring::digest::{SHA256, digest};
use uuid::Uuid;

/// The kind of app behind a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Android app.
    Android,
    /// iOS app.
    Ios,
    /// Browser.
    Web,
    /// The clinic's own system. No device has this platform; [`PushTarget::webhook`] alone gives it.
    Webhook,
}

impl Platform {
    /// Short stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Web => "web",
            Self::Webhook => "webhook",
        }
    }
}

/// A registration token. Whoever holds it can, with the project's credentials, message the device, so
/// it is shown nowhere: `Debug` gives its fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken(String);

/// Why a string is no registration token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a registration token has 1 to {} visible ASCII characters",
    DeviceToken::MAX_LEN
)]
pub struct DeviceTokenError;

impl DeviceToken {
    /// Longest token taken. FCM states no limit; its tokens have 150 to 200 characters today. A browser's
    /// subscription with the longest address has about 2200.
    pub const MAX_LEN: usize = 4096;

    /// Takes a token as the device gave it.
    ///
    /// # Errors
    /// When it is empty, too long, or not visible ASCII throughout.
    pub fn new(token: impl Into<String>) -> Result<Self, DeviceTokenError> {
        let token = token.into();
        let fits = (1..=Self::MAX_LEN).contains(&token.len());
        if fits && token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(token))
        } else {
            Err(DeviceTokenError)
        }
    }

    /// The token itself, for the gateway only.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The first 6 bytes of its SHA-256 in hex: enough to recognise a token, not to use it.
    pub fn fingerprint(&self) -> String {
        let hash = digest(&SHA256, self.0.as_bytes());
        hash.as_ref()
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceToken(sha256:{}…)", self.fingerprint())
    }
}

/// One app on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// Its registration token.
    pub token: DeviceToken,
    /// What it runs on. FCM routes by token alone; the dispatcher needs it to tell which devices a
    /// refused APNs key concerns.
    pub platform: Platform,
}

impl PushTarget {
    /// The clinic's own system, asked to reach this patient.
    pub fn webhook(patient: Uuid) -> Self {
        Self {
            token: DeviceToken(patient.to_string()),
            platform: Platform::Webhook,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn debug_never_shows_the_token() {
        let target = PushTarget {
            token: DeviceToken::new("cJ3-secret:APA91b").unwrap(),
            platform: Platform::Ios,
        };
        for shown in [format!("{target:?}"), format!("{target:#?}")] {
            assert!(
                !shown.contains("secret") && !shown.contains("APA91b"),
                "{shown}"
            );
            assert!(shown.contains(&target.token.fingerprint()));
        }
        assert_eq!(target.token.fingerprint().len(), 12);
    }

    #[test]
    fn only_visible_ascii_is_a_token() {
        let longest = "t".repeat(DeviceToken::MAX_LEN);
        assert!(DeviceToken::new(longest.clone()).is_ok());
        for wrong in [
            String::new(),
            longest + "t",
            "a b".into(),
            "a\n".into(),
            "ü".into(),
        ] {
            assert_eq!(DeviceToken::new(wrong), Err(DeviceTokenError));
        }
    }
}
