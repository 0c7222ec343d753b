//! Push delivery: how a prompt leaves the house.
//!
//! ```text
//! dispatcher ── PushTarget + PushMessage ──> PushChannel ──> Outcome
//!   RoutedChannel          by the kind of address
//!   ├ Paced                holds the gateway's quota (apps only)
//!   │ └ Guarded            leaves a gateway alone that refuses or fails
//!   │   └ FcmChannel       apps: Firebase Cloud Messaging, HTTP v1; or LogChannel, a line in a file
//!   ├ Guarded
//!   │ └ WebPushChannel     browsers: RFC 8030, 8291, 8292
//!   └ Guarded
//!     └ WebhookChannel     the clinic's own system, for patients no device reaches
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

mod address;
pub mod api;
pub mod circuit;
mod exchange;
pub mod fcm;
mod guarded;
mod health;
mod jwt;
mod log;
mod outbound;
mod pacing;
mod payload;
mod routed;
mod service;
mod target;
pub mod web_push;
pub mod webhook;
mod words;

use std::sync::Arc;

use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

pub use address::{PushAddress, Subscription, SubscriptionError};
pub use guarded::Guarded;
pub use health::{ChannelHealth, OpenCircuit, Upstream};
pub use log::LogChannel;
pub use outbound::Reach;
pub use pacing::{Paced, Quota};
pub use payload::{CollapseKey, MessageId, PromptKind, PushKind, PushMessage, PushPayload};
pub use routed::RoutedChannel;
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

    /// Name of the channel that takes messages for this target, for attempt rows.
    fn name_for(&self, _target: &PushTarget) -> &'static str {
        self.name()
    }

    /// Whether every gateway behind it is being used; healthy unless the channel knows better.
    fn health(&self) -> ChannelHealth {
        ChannelHealth::default()
    }

    /// Who answers for this target: one that refuses or fails says nothing of the others.
    fn upstream(&self, _target: &PushTarget) -> Upstream {
        Upstream::default()
    }

    /// What browsers need to subscribe; `None` where web push is not set up.
    fn web_push(&self) -> Option<&WebPushTerms> {
        None
    }

    /// Whom else to ask when none of a patient's devices can be reached: a target for
    /// [`send`](Self::send), or `None` where no such way is set up. The id is the patient's, opaque to
    /// everybody but the clinic.
    fn fallback_for(&self, _patient: Uuid) -> Option<PushTarget> {
        None
    }
}

/// A channel that outlives whoever holds it.
impl<C: PushChannel> PushChannel for Arc<C> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        (**self).send(target, message)
    }

    fn name_for(&self, target: &PushTarget) -> &'static str {
        (**self).name_for(target)
    }

    fn health(&self) -> ChannelHealth {
        (**self).health()
    }

    fn upstream(&self, target: &PushTarget) -> Upstream {
        (**self).upstream(target)
    }

    fn web_push(&self) -> Option<&WebPushTerms> {
        (**self).web_push()
    }

    fn fallback_for(&self, patient: Uuid) -> Option<PushTarget> {
        (**self).fallback_for(patient)
    }
}

/// What browsers need to subscribe, and which addresses they may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPushTerms {
    /// The server's public key in base64url.
    pub public_key: String,
    /// Which addresses are taken.
    pub reach: Reach,
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
