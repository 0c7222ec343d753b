//! Footing's own rule: a push says nothing about health.
//!
//! An allow-list of every field and every value a message of Footing may have. Written against the
//! promise (docs/SECURITY.md), not against the server's code, so that a slip there shows here.

use serde_json::{Map, Value};

use super::shape::Fault;

/// The only words a notification may show.
const VISIBLE_WORDS: &[(&str, &str)] = &[
    ("Footing", "You have a reminder."),
    ("Footing", "Sie haben eine Erinnerung."),
    ("Footing", "Tiene un recordatorio."),
];

/// A leaf of a message: its path and whether a value may stand there.
type Leaf = (&'static str, fn(&str) -> bool);

/// Every leaf a message may have.
const ALLOWED: &[Leaf] = &[
    ("token", |_| true),
    ("data.v", |value| value == "1"),
    ("data.kind", |value| value == "prompt"),
    ("data.id", is_uuid),
    ("notification.title", is_visible),
    ("notification.body", is_visible),
    ("android.priority", |_| true),
    ("android.ttl", |_| true),
    ("android.collapse_key", is_opaque),
    ("android.notification.tag", is_opaque),
    ("apns.headers.apns-collapse-id", is_opaque),
    ("apns.headers.apns-expiration", |_| true),
    ("apns.headers.apns-priority", |_| true),
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

fn is_visible(text: &str) -> bool {
    VISIBLE_WORDS
        .iter()
        .any(|(title, body)| text == *title || text == *body)
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
