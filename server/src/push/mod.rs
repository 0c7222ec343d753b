//! Push delivery: how a prompt leaves the house.
//!
//! ```text
//! dispatcher ── PushTarget + PushMessage ──> PushChannel ──> Outcome
//!                                            ├ LogChannel   a line in a file; the default, needs no account
//!                                            └ FcmChannel   Firebase Cloud Messaging, HTTP v1
//! ```
//!
//! **Health-free by type.** A [`PushMessage`] holds two UUIDs, a duration and enums; there is no field
//! a plan, an exercise or a name could be written into. Of the care kind nothing goes on the wire, only
//! what the app is to do ([`PushKind`]), and the visible words are constants of [`Locale`] and kind. Google's own advice for sensitive content is
//! to send an empty message and let the app fetch
//! (<https://firebase.google.com/docs/cloud-messaging/encryption>); this is that.
//!
//! **At least once.** A time-out can come after the gateway accepted, so a retry may reach the device
//! twice: both carry the same [`MessageId`] and the same [`CollapseKey`], which the device folds into one.
//!
//! A channel makes one attempt (plus one for stale credentials). When to try again, when to stop, and
//! what an outcome means for a prompt are the dispatcher's rules.

pub mod fcm;
mod log;
mod payload;
mod target;
mod words;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub use log::LogChannel;
pub use payload::{CollapseKey, MessageId, PromptKind, PushKind, PushMessage, PushPayload};
pub use target::{DeviceToken, DeviceTokenError, Platform, PushTarget};
pub use words::Locale;

/// Seconds since the Unix epoch, UTC.
///
/// Credentials and expiry headers are checked by somebody else's clock, so this must be the wall clock
/// even where the rest of the server runs on a virtual one.
pub type UnixClock = Box<dyn Fn() -> i64 + Send + Sync>;

/// A way to reach a patient's device.
pub trait PushChannel: Send + Sync {
    /// Short stable name, for attempt rows and metrics.
    fn name(&self) -> &'static str;

    /// Makes one attempt. Never fails: every ending is an [`Outcome`], and the future ends within a
    /// bound the channel documents.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome>;
}

/// How an attempt ended. `code` is a short machine word ([`sanitised`](Outcome::code)), never text of
/// the message or the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway took the message. It says nothing of the device having shown it.
    Accepted {
        /// The gateway's own name for the message.
        provider_message_id: String,
    },
    /// The token is dead: remove it, do not retry on it, try the patient's other devices.
    TokenGone,
    /// This message to this token will never be taken. Permanent; the token is kept.
    Rejected {
        /// Why.
        code: String,
    },
    /// Not now, or not known whether: try again, not before `delay` if given, else after a back-off
    /// with jitter.
    RetryAfter {
        /// How long the gateway asked to wait.
        delay: Option<Duration>,
        /// Why.
        code: String,
    },
    /// The gateway refuses this deployment, not this message: credentials, project or configuration
    /// need an operator. Open the circuit, page once, and hold nothing against the patient.
    Unauthorized {
        /// Why.
        code: String,
    },
}

impl Outcome {
    /// Short stable name, for attempt rows and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::TokenGone => "token_gone",
            Self::Rejected { .. } => "rejected",
            Self::RetryAfter { .. } => "retry_after",
            Self::Unauthorized { .. } => "unauthorized",
        }
    }

    /// Why it was not accepted: at most 40 characters of `A-Z a-z 0-9 _`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } | Self::TokenGone => None,
            Self::Rejected { code }
            | Self::RetryAfter { code, .. }
            | Self::Unauthorized { code } => Some(code),
        }
    }
}
