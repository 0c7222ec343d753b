//! What is sent, as types that have no room for health.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

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

/// What the app receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushPayload {
    kind: PromptKind,
    message_id: MessageId,
}

impl PushPayload {
    /// Version of the data map, raised when its meaning changes.
    pub const VERSION: u8 = 1;

    /// A payload.
    pub fn new(kind: PromptKind, message_id: MessageId) -> Self {
        Self { kind, message_id }
    }

    /// The care kind; for rules inside the house.
    pub fn kind(&self) -> PromptKind {
        self.kind
    }

    /// The opaque id.
    pub fn message_id(&self) -> MessageId {
        self.message_id
    }

    /// The data map as it goes on the wire: string values only, as FCM demands.
    pub(super) fn data(&self) -> PayloadData {
        PayloadData {
            v: Self::VERSION.to_string(),
            kind: "prompt",
            id: self.message_id.to_string(),
        }
    }
}

/// `{"v":"1","kind":"prompt","id":"<uuid>"}`
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

/// The languages the visible words exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
    /// Spanish.
    Es,
}

impl Locale {
    /// Every locale.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Es];

    /// The best match for a BCP 47 tag (`de-AT` is German); English for a language without words here.
    pub fn from_tag(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(language))
            .unwrap_or(Self::En)
    }

    /// The language subtag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
        }
    }

    /// The title every notification shows.
    pub fn title(self) -> &'static str {
        "Footing"
    }

    /// The text every notification shows on a lock screen anybody may read.
    pub fn body(self) -> &'static str {
        match self {
            Self::En => "You have a reminder.",
            Self::De => "Sie haben eine Erinnerung.",
            Self::Es => "Tiene un recordatorio.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_finds_its_language_and_an_unknown_one_english() {
        for (tag, locale) in [
            ("de", Locale::De),
            ("de-AT", Locale::De),
            ("ES_mx", Locale::Es),
            ("en-GB", Locale::En),
            ("fr", Locale::En),
            ("", Locale::En),
        ] {
            assert_eq!(Locale::from_tag(tag), locale, "{tag}");
        }
    }

    /// A text would need a pointer and a length; there is no room for one. A field added to these types
    /// fails here (or, in the exhaustive pattern, to compile) and asks its author what it may carry.
    #[test]
    fn the_types_have_no_room_for_text() {
        assert_eq!(
            size_of::<PushPayload>(),
            size_of::<PromptKind>() + size_of::<Uuid>()
        );
        assert_eq!(size_of::<PromptKind>(), 1);
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
            payload: PushPayload { kind, message_id },
            collapse_key,
            ttl,
            locale,
        } = message;
        let _: (PromptKind, MessageId, CollapseKey, Duration, Locale) =
            (kind, message_id, collapse_key, ttl, locale);
    }

    #[test]
    fn a_collapse_key_fits_the_narrowest_gateway() {
        let key = CollapseKey::from(Uuid::max()).to_string();
        assert_eq!(key.len(), 32);
        assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
