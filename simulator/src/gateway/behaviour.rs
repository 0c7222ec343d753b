//! How the gateway misbehaves on command.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a message to a device meets, once it is well-formed and authorised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Accepted.
    Success,
    /// Accepted; the answer comes after this long.
    Slow(Duration),
    /// Accepted; the answer never comes.
    TimeoutAfterAccept,
    /// Not accepted; no answer ever comes.
    TimeoutBeforeAccept,
    /// 404 `UNREGISTERED`.
    Unregistered,
    /// 400 `INVALID_ARGUMENT`, as for a token that never was one.
    InvalidArgument,
    /// 403 `SENDER_ID_MISMATCH`.
    SenderIdMismatch,
    /// 429 `QUOTA_EXCEEDED`.
    QuotaExceeded(Option<RetryAfter>),
    /// 503 `UNAVAILABLE`.
    Unavailable(Option<RetryAfter>),
    /// 500 `INTERNAL`.
    Internal,
    /// 502 with an HTML page.
    HtmlBadGateway,
    /// 200 with an HTML page, as of a captive portal; not accepted.
    HtmlSuccess,
    /// 401 `UNAUTHENTICATED`, as for an expired access token.
    ExpiredAuth,
    /// 401 `THIRD_PARTY_AUTH_ERROR`: the project's APNs key is missing.
    ThirdPartyAuth,
    /// 403 `PERMISSION_DENIED`: the service account may not send.
    PermissionDenied,
    /// 200 with a good answer and this many spaces behind it; not accepted.
    OversizedAnswer(usize),
}

/// The two forms of a `Retry-After` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u32),
    /// The HTTP date so far from now.
    DateIn(Duration),
}

/// What a request for an access token meets, if it is a good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenBehaviour {
    /// A token.
    Grant,
    /// A token after this long.
    Slow(Duration),
    /// 400 `invalid_grant`: the key was revoked.
    InvalidGrant,
    /// 503.
    Unavailable,
    /// No answer.
    Timeout,
}

/// Who meets what.
#[derive(Default)]
pub(super) struct Script(Mutex<Scenes>);

struct Scenes {
    devices: HashMap<String, Device>,
    default: Behaviour,
    token: TokenBehaviour,
}

struct Device {
    next: VecDeque<Behaviour>,
    then: Behaviour,
}

impl Default for Scenes {
    fn default() -> Self {
        Self {
            devices: HashMap::new(),
            default: Behaviour::Success,
            token: TokenBehaviour::Grant,
        }
    }
}

impl Script {
    pub(super) fn set(&self, token: &str, next: Vec<Behaviour>, then: Behaviour) {
        let device = Device {
            next: next.into(),
            then,
        };
        self.scenes().devices.insert(token.to_owned(), device);
    }

    pub(super) fn set_default(&self, behaviour: Behaviour) {
        self.scenes().default = behaviour;
    }

    pub(super) fn set_token_behaviour(&self, behaviour: TokenBehaviour) {
        self.scenes().token = behaviour;
    }

    pub(super) fn token_behaviour(&self) -> TokenBehaviour {
        self.scenes().token.clone()
    }

    /// The behaviour for the message that just came; takes it off the device's sequence.
    pub(super) fn play(&self, token: &str) -> Behaviour {
        let mut scenes = self.scenes();
        match scenes.devices.get_mut(token) {
            Some(device) => device
                .next
                .pop_front()
                .unwrap_or_else(|| device.then.clone()),
            None => scenes.default.clone(),
        }
    }

    fn scenes(&self) -> MutexGuard<'_, Scenes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_played_once_and_then_the_device_behaves() {
        let script = Script::default();
        script.set_default(Behaviour::Internal);
        script.set(
            "a",
            vec![Behaviour::Unregistered, Behaviour::ExpiredAuth],
            Behaviour::Success,
        );
        let played: Vec<_> = (0..4).map(|_| script.play("a")).collect();
        assert_eq!(
            played,
            [
                Behaviour::Unregistered,
                Behaviour::ExpiredAuth,
                Behaviour::Success,
                Behaviour::Success
            ]
        );
        assert_eq!(script.play("another"), Behaviour::Internal);
    }
}
