//! Footing's own rule: a push says nothing about health.
//!
//! An allow-list of every field and every value a message of Footing may have. Written against the
//! promise (docs/SECURITY.md), not against the server's code, so that a slip there shows here.

use serde_json::{Map, Value};

use super::shape::Fault;

/// The only title a notification may show.
const TITLE: &str = "Footing";

/// The only words a notification may show, by the kind of message.
const VISIBLE_WORDS: &[(&str, [&str; 3])] = &[
    (
        "prompt",
        [
            "You have a reminder.",
            "Sie haben eine Erinnerung.",
            "Tiene un recordatorio.",
        ],
    ),
    (
        "digest",
        [
            "You have reminders.",
            "Sie haben Erinnerungen.",
            "Tiene recordatorios.",
        ],
    ),
    (
        "nudge",
        [
            "Footing is here when you are ready.",
            "Footing ist da, wenn Sie so weit sind.",
            "Footing le espera cuando quiera.",
        ],
    ),
    (
        "notice",
        [
            "Please open Footing.",
            "Bitte öffnen Sie Footing.",
            "Abra Footing, por favor.",
        ],
    ),
    (
        "message",
        [
            "You have a message.",
            "Sie haben eine Nachricht.",
            "Tiene un mensaje.",
        ],
    ),
];

/// The one kind that shows nothing.
const SILENT: &str = "withdraw";

/// A leaf of a message: its path and whether a value may stand there.
type Leaf = (&'static str, fn(&str) -> bool);

/// Every leaf a message may have.
const ALLOWED: &[Leaf] = &[
    ("token", |_| true),
    ("data.v", |value| value == "1"),
    ("data.kind", is_kind),
    ("data.id", is_uuid),
    ("notification.title", |value| value == TITLE),
    ("notification.body", is_visible),
    ("android.priority", |_| true),
    ("android.ttl", |_| true),
    ("android.collapse_key", is_opaque),
    ("android.notification.tag", is_opaque),
    ("apns.headers.apns-collapse-id", is_opaque),
    ("apns.headers.apns-expiration", |_| true),
    ("apns.headers.apns-priority", |_| true),
    ("apns.headers.apns-push-type", |value| value == "background"),
    ("apns.payload.aps.content-available", |value| value == "1"),
    ("webpush.headers.TTL", |_| true),
    ("webpush.headers.Topic", is_opaque),
    ("webpush.headers.Urgency", |_| true),
];

/// Every place where a message could say something about its reader.
pub(super) fn check(request: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(message) = request.get("message").and_then(Value::as_object) {
        walk(message, "", &mut faults);
        require_id(message, &mut faults);
        check_visibility(message, &mut faults);
    }
    faults
}

fn walk(object: &Map<String, Value>, path: &str, faults: &mut Vec<Fault>) {
    for (name, value) in object {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match value {
            Value::Object(inner) => walk(inner, &path, faults),
            Value::String(text) if is_allowed(&path, text) => {}
            Value::Number(number) if is_allowed(&path, &number.to_string()) => {}
            _ => {
                let shown: String = path.chars().take(64).collect();
                faults.push(Fault::new(
                    format!("message.{shown}"),
                    "is not health-free by the allow-list",
                ));
            }
        }
    }
}

fn is_allowed(path: &str, value: &str) -> bool {
    ALLOWED
        .iter()
        .any(|(known, fits)| *known == path && fits(value))
}

fn require_id(message: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let id = message.get("data").and_then(|data| data.get("id"));
    if id.is_none() {
        faults.push(Fault::new("message.data.id", "is required"));
    }
}

/// The words must be those of the kind, and a silent message has none at all.
fn check_visibility(message: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let text = |outer: &str, inner: &str| message.get(outer)?.get(inner)?.as_str();
    let kind = text("data", "kind").unwrap_or_default();
    let android = message
        .get("android")
        .and_then(|android| android.get("notification"));
    if kind == SILENT {
        if message.contains_key("notification") || android.is_some() {
            faults.push(Fault::new(
                "message.notification",
                "must be absent from a silent message",
            ));
        }
        return;
    }
    let shown = text("notification", "body").unwrap_or_default();
    // An unknown kind is told as such.
    let of_kind = VISIBLE_WORDS.iter().find(|(known, _)| *known == kind);
    if of_kind.is_some_and(|(_, words)| !words.contains(&shown)) {
        faults.push(Fault::new(
            "message.notification.body",
            "must be the words of its kind",
        ));
    }
}

fn is_kind(text: &str) -> bool {
    text == SILENT || VISIBLE_WORDS.iter().any(|(kind, _)| *kind == text)
}

fn is_visible(text: &str) -> bool {
    VISIBLE_WORDS.iter().any(|(_, words)| words.contains(&text))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Hex digits only: no word fits.
fn is_opaque(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        let key = "0123456789abcdef0123456789abcdef";
        json!({"message": {
            "token": "t",
            "data": {"v": "1", "kind": "prompt", "id": "01234567-89ab-cdef-0123-456789abcdef"},
            "notification": {"title": "Footing", "body": "Tiene un recordatorio."},
            "android": {"priority": "HIGH", "ttl": "60s", "collapse_key": key, "notification": {"tag": key}},
            "apns": {"headers": {"apns-collapse-id": key}},
            "webpush": {"headers": {"Topic": key}},
        }})
    }

    #[test]
    fn a_message_of_footing_passes() {
        assert_eq!(check(&good()), []);
    }

    fn silent() -> Value {
        let key = "0123456789abcdef0123456789abcdef";
        json!({"message": {
            "token": "t",
            "data": {"v": "1", "kind": "withdraw", "id": "01234567-89ab-cdef-0123-456789abcdef"},
            "android": {"priority": "NORMAL", "ttl": "60s", "collapse_key": key},
            "apns": {
                "headers": {"apns-collapse-id": key, "apns-push-type": "background"},
                "payload": {"aps": {"content-available": 1}},
            },
            "webpush": {"headers": {"Topic": key}},
        }})
    }

    #[test]
    fn a_silent_message_passes_and_may_show_nothing() {
        assert_eq!(check(&silent()), []);
        for (pointer, value) in [
            (
                "/message/notification",
                json!({"title": "Footing", "body": "You have a reminder."}),
            ),
            (
                "/message/android/notification",
                json!({"tag": "0123456789abcdef0123456789abcdef"}),
            ),
            (
                "/message/apns/payload/aps/alert",
                json!("You have a reminder."),
            ),
            ("/message/apns/payload/aps/content-available", json!(2)),
        ] {
            let mut request = silent();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            request.pointer_mut(parent).unwrap()[name] = value;
            assert!(!check(&request).is_empty(), "{pointer}");
        }
    }

    #[test]
    fn the_words_are_those_of_the_kind() {
        let mut request = good();
        request["message"]["data"]["kind"] = json!("digest");
        assert_eq!(check(&request).len(), 1, "the words are a prompt's");
        request["message"]["notification"]["body"] = json!("Tiene recordatorios.");
        assert_eq!(check(&request), []);
    }

    #[test]
    fn any_place_that_could_hold_words_is_guarded() {
        for (pointer, value) in [
            ("/message/data/kind", json!("stretching")),
            ("/message/data/v", json!("1 calf stretch")),
            ("/message/data/id", json!("calf-stretch")),
            (
                "/message/notification/body",
                json!("Time for your calf stretch"),
            ),
            ("/message/notification/title", json!("Footing: heel pain")),
            ("/message/android/collapse_key", json!("calf-stretch")),
            ("/message/android/notification/tag", json!("calf-stretch")),
            (
                "/message/apns/headers/apns-collapse-id",
                json!("calf-stretch"),
            ),
            ("/message/webpush/headers/Topic", json!("calf-stretch")),
            ("/message/data", json!({"v": "1", "kind": "prompt"})),
            (
                "/message/apns",
                json!({"payload": {"aps": {"alert": "calf stretch"}}}),
            ),
            (
                "/message/android",
                json!({"data": {"plan": "calf stretch"}}),
            ),
        ] {
            let mut request = good();
            if let Some(place) = request.pointer_mut(pointer) {
                *place = value;
            }
            assert!(!check(&request).is_empty(), "{pointer}");
        }
        let mut request = good();
        request["message"]["data"]["note"] = json!("calf stretch");
        assert_eq!(check(&request).len(), 1);
    }
}
