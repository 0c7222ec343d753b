//! What is sent, as types that have no room for health.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::Locale;

/// The kind of care a prompt belongs to. Known here, never on the wire: that somebody gets
/// "strengthening" prompts is health data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromptKind {
    /// Stretching exercise.
    Stretching,
    /// Strengthening exercise.
    Strengthening,
    /// Posture habit.
    Posture,
    /// Footwear habit.
    Footwear,
    /// Orthotic wear.
    Orthotic,
    /// Walking.
    Walking,
}

impl PromptKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Stretching,
        Self::Strengthening,
        Self::Posture,
        Self::Footwear,
        Self::Orthotic,
        Self::Walking,
    ];
}

/// The id by which the app fetches what the prompt is about, after signing in.
///
/// A UUID and not a string, so that it cannot carry words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId(Uuid);

impl From<Uuid> for MessageId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// Messages with the same key replace each other on the device and in the gateway's queue.
///
/// Written as 32 hex digits, which fits every gateway: Web Push `Topic` takes at most 32 characters of
/// the base64url alphabet (RFC 8030, section 5.4), `apns-collapse-id` at most 64 bytes. FCM itself
/// stores at most four different keys for a device that is off line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CollapseKey(Uuid);

impl From<Uuid> for CollapseKey {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for CollapseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_simple().fmt(f)
    }
}

/// What a message is for. The one thing besides ids that goes on the wire: it tells the app what to do,
/// not what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PushKind {
    /// Something is due: a visible notification.
    Prompt,
    /// Takes back the notification of this id, silently; nothing is shown.
    Withdraw,
    /// Several things are due at once: one visible notification for all.
    Digest,
    /// An invitation to come back.
    Nudge,
    /// Something to be read in the app.
    Notice,
    /// Somebody of the clinic wrote.
    Message,
}

impl PushKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Prompt,
        Self::Withdraw,
        Self::Digest,
        Self::Nudge,
        Self::Notice,
        Self::Message,
    ];

    /// As it stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Withdraw => "withdraw",
            Self::Digest => "digest",
            Self::Nudge => "nudge",
            Self::Notice => "notice",
            Self::Message => "message",
        }
    }

    /// Whether the device shows nothing for it.
    pub fn is_silent(self) -> bool {
        self == Self::Withdraw
    }
}

/// What the app receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushPayload {
    kind: PushKind,
    care: Option<PromptKind>,
    message_id: MessageId,
}

impl PushPayload {
    /// Version of the data map, raised when its meaning changes.
    pub const VERSION: u8 = 1;

    /// The payload of a prompt.
    pub fn new(care: PromptKind, message_id: MessageId) -> Self {
        Self {
            kind: PushKind::Prompt,
            care: Some(care),
            message_id,
        }
    }

    /// A payload of any kind.
    pub fn of(kind: PushKind, message_id: MessageId) -> Self {
        Self {
            kind,
            care: None,
            message_id,
        }
    }

    /// What the message is for.
    pub fn kind(&self) -> PushKind {
        self.kind
    }

    /// The care kind of a prompt; for rules inside the house.
    pub fn care(&self) -> Option<PromptKind> {
        self.care
    }

    /// The opaque id.
    pub fn message_id(&self) -> MessageId {
        self.message_id
    }

    /// The data map as it goes on the wire: string values only, as FCM demands.
    pub(super) fn data(&self) -> PayloadData {
        PayloadData {
            v: Self::VERSION.to_string(),
            kind: self.kind.name(),
            id: self.message_id.to_string(),
        }
    }
}

/// `{"v":"1","kind":"prompt","id":"<uuid>"}`; the kind is one of [`PushKind::name`].
#[derive(Serialize)]
pub(super) struct PayloadData {
    v: String,
    kind: &'static str,
    id: String,
}

/// One message to one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// What the app receives.
    pub payload: PushPayload,
    /// Which messages replace each other.
    pub collapse_key: CollapseKey,
    /// How long the gateway may hold the message for a device that is off line: until the answer
    /// window closes. Whole seconds; FCM's maximum is 28 days.
    pub ttl: Duration,
    /// The language of the visible words.
    pub locale: Locale,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text would need a pointer and a length; there is no room for one. A field added to these types
    /// fails here (or, in the exhaustive pattern, to compile) and asks its author what it may carry.
    #[test]
    fn the_types_have_no_room_for_text() {
        assert_eq!(
            size_of::<PushPayload>(),
            size_of::<PushKind>() + size_of::<Option<PromptKind>>() + size_of::<Uuid>()
        );
        assert_eq!(size_of::<PushKind>(), 1);
        assert_eq!(size_of::<Option<PromptKind>>(), 1);
        assert_eq!(size_of::<Locale>(), 1);
        assert_eq!(size_of::<CollapseKey>(), size_of::<Uuid>());
        let id = Uuid::nil();
        let message = PushMessage {
            payload: PushPayload::new(PromptKind::Walking, MessageId::from(id)),
            collapse_key: CollapseKey::from(id),
            ttl: Duration::ZERO,
            locale: Locale::En,
        };
        let PushMessage {
            payload:
                PushPayload {
                    kind,
                    care,
                    message_id,
                },
            collapse_key,
            ttl,
            locale,
        } = message;
        let _: (PushKind, Option<PromptKind>, MessageId) = (kind, care, message_id);
        let _: (CollapseKey, Duration, Locale) = (collapse_key, ttl, locale);
    }

    #[test]
    fn the_care_kind_stays_in_the_house() {
        let id = MessageId::from(Uuid::max());
        for care in PromptKind::ALL {
            let data = serde_json::to_value(PushPayload::new(care, id).data()).unwrap();
            let prompt = PushPayload::of(PushKind::Prompt, id).data();
            assert_eq!(data, serde_json::to_value(prompt).unwrap());
        }
    }

    #[test]
    fn only_a_withdrawal_is_silent_and_every_kind_has_its_own_name() {
        let silent: Vec<PushKind> = PushKind::ALL
            .into_iter()
            .filter(|kind| kind.is_silent())
            .collect();
        assert_eq!(silent, [PushKind::Withdraw]);
        let mut names: Vec<&str> = PushKind::ALL.map(PushKind::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PushKind::ALL.len());
    }

    #[test]
    fn a_collapse_key_fits_the_narrowest_gateway() {
        let key = CollapseKey::from(Uuid::max()).to_string();
        assert_eq!(key.len(), 32);
        assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
