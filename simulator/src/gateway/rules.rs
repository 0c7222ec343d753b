//! What FCM, APNs and Web Push demand of a message beyond its shape.

use serde_json::{Map, Value};

use super::shape::Fault;

/// 28 days (`ttl`, AndroidConfig).
const MAX_TTL_S: u64 = 2_419_200;

/// Keys and values together ("Message too big", ErrorCode).
const MAX_DATA_BYTES: usize = 4096;

/// `apns-collapse-id` (Apple, "Sending notification requests to APNs").
const MAX_APNS_COLLAPSE_BYTES: usize = 64;

/// `Topic` (RFC 8030, section 5.4).
const MAX_TOPIC_CHARS: usize = 32;

/// Every broken rule of a request whose shape is right.
pub(super) fn check(request: &Value) -> Vec<Fault> {
    let Some(message) = request.get("message").and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    check_target(message, &mut faults);
    check_data(message, &mut faults);
    check_ttl(message, &mut faults);
    for (name, value) in headers(message, "apns") {
        let field = format!("message.apns.headers.{name}");
        faults.extend(apns_rule(name, value).map(|rule| Fault::new(field, rule)));
    }
    check_background(message, &mut faults);
    for (name, value) in headers(message, "webpush") {
        let field = format!("message.webpush.headers.{name}");
        faults.extend(web_push_rule(name, value).map(|rule| Fault::new(field, rule)));
    }
    faults
}

fn check_target(message: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let targets: Vec<_> = ["token", "topic", "condition"]
        .iter()
        .filter_map(|name| message.get(*name))
        .collect();
    let fits = matches!(targets.as_slice(), [Value::String(target)] if !target.is_empty());
    if !fits {
        faults.push(Fault::new(
            "message",
            "must have exactly one of token, topic and condition",
        ));
    }
}

fn check_data(message: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let data = texts(message.get("data"));
    let mut bytes = 0;
    for (key, value) in data {
        bytes += key.len() + value.len();
        if is_reserved(key) {
            faults.push(Fault::new("message.data", "must not use a reserved key"));
        }
    }
    if bytes > MAX_DATA_BYTES {
        faults.push(Fault::new("message.data", "must not exceed 4096 bytes"));
    }
}

/// "from", "message_type", or any word starting with "google" or "gcm" (Message.data).
fn is_reserved(key: &str) -> bool {
    matches!(key, "from" | "message_type") || key.starts_with("google") || key.starts_with("gcm")
}

fn check_ttl(message: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let ttl = message
        .get("android")
        .and_then(|android| android.get("ttl"))
        .and_then(Value::as_str);
    let whole = ttl.and_then(|ttl| ttl.split(['.', 's']).next());
    if whole.is_some_and(|seconds| {
        !seconds
            .parse::<u64>()
            .is_ok_and(|seconds| seconds <= MAX_TTL_S)
    }) {
        faults.push(Fault::new("message.android.ttl", "must not exceed 28 days"));
    }
}

/// A message that only wakes the app has push type `background` and priority 5 (Apple, "Pushing
/// background updates to your App").
fn check_background(message: &Map<String, Value>, faults: &mut Vec<Fault>) {
    let Some(apns) = message.get("apns") else {
        return;
    };
    let wakes = apns.pointer("/payload/aps/content-available") == Some(&Value::from(1))
        && apns.pointer("/payload/aps/alert").is_none()
        && !message.contains_key("notification");
    let header = |name: &str| {
        let found = headers(message, "apns")
            .into_iter()
            .find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    };
    let background = header("apns-push-type") == Some("background");
    if wakes != background {
        faults.push(Fault::new(
            "message.apns.headers.apns-push-type",
            "must be background when and only when nothing is shown",
        ));
    } else if background && header("apns-priority") != Some("5") {
        faults.push(Fault::new(
            "message.apns.headers.apns-priority",
            "must be 5 for a background push",
        ));
    }
}

fn apns_rule(name: &str, value: &str) -> Option<&'static str> {
    let (fits, rule) = match name {
        "apns-priority" => (matches!(value, "1" | "5" | "10"), "must be 1, 5 or 10"),
        "apns-expiration" => (
            value.parse::<u64>().is_ok(),
            "must be an instant in seconds",
        ),
        "apns-collapse-id" => (
            value.len() <= MAX_APNS_COLLAPSE_BYTES,
            "must not exceed 64 bytes",
        ),
        "apns-id" | "apns-push-type" | "apns-topic" => (!value.is_empty(), "must not be empty"),
        _ => (false, "is no header of APNs"),
    };
    (!fits).then_some(rule)
}

fn web_push_rule(name: &str, value: &str) -> Option<&'static str> {
    let (fits, rule) = match name {
        "TTL" => (value.parse::<u32>().is_ok(), "must be a number of seconds"),
        "Urgency" => (
            matches!(value, "very-low" | "low" | "normal" | "high"),
            "must be an urgency of RFC 8030",
        ),
        "Topic" => (
            is_topic(value),
            "must be at most 32 characters of base64url",
        ),
        _ => (false, "is no header of Web Push"),
    };
    (!fits).then_some(rule)
}

fn is_topic(value: &str) -> bool {
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_TOPIC_CHARS).contains(&value.len()) && value.bytes().all(base64url)
}

fn headers<'a>(message: &'a Map<String, Value>, platform: &str) -> Vec<(&'a str, &'a str)> {
    texts(message.get(platform).and_then(|block| block.get("headers")))
}

fn texts(map: Option<&Value>) -> Vec<(&str, &str)> {
    let entries = map.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_broken_rule_is_found() {
        let long = "x".repeat(MAX_DATA_BYTES);
        for (message, field) in [
            (json!({}), "message"),
            (json!({"token": ""}), "message"),
            (json!({"token": "a", "topic": "b"}), "message"),
            (json!({"token": "a", "data": {"from": "b"}}), "message.data"),
            (
                json!({"token": "a", "data": {"gcm.x": "b"}}),
                "message.data",
            ),
            (json!({"token": "a", "data": {"k": long}}), "message.data"),
            (
                json!({"token": "a", "android": {"ttl": "2419201s"}}),
                "message.android.ttl",
            ),
            (
                json!({"token": "a", "apns": {"headers": {"apns-priority": "7"}}}),
                "message.apns.headers.apns-priority",
            ),
            (
                json!({"token": "a", "apns": {"headers": {"apns-expiration": "soon"}}}),
                "message.apns.headers.apns-expiration",
            ),
            (
                json!({"token": "a", "apns": {"headers": {"apns-collapse-id": "c".repeat(65)}}}),
                "message.apns.headers.apns-collapse-id",
            ),
            (
                json!({"token": "a", "apns": {"headers": {"TTL": "1"}}}),
                "message.apns.headers.TTL",
            ),
            (
                json!({"token": "a", "apns": {"payload": {"aps": {"content-available": 1}}}}),
                "message.apns.headers.apns-push-type",
            ),
            (
                json!({"token": "a", "apns": {"headers": {"apns-push-type": "background"}}}),
                "message.apns.headers.apns-push-type",
            ),
            (
                json!({"token": "a", "apns": {
                    "headers": {"apns-push-type": "background", "apns-priority": "10"},
                    "payload": {"aps": {"content-available": 1}},
                }}),
                "message.apns.headers.apns-priority",
            ),
            (
                json!({"token": "a", "webpush": {"headers": {"Topic": "t".repeat(33)}}}),
                "message.webpush.headers.Topic",
            ),
            (
                json!({"token": "a", "webpush": {"headers": {"Topic": "a.b"}}}),
                "message.webpush.headers.Topic",
            ),
            (
                json!({"token": "a", "webpush": {"headers": {"Urgency": "now"}}}),
                "message.webpush.headers.Urgency",
            ),
        ] {
            let faults = check(&json!({"message": message}));
            let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, [field], "{message}");
        }
    }

    #[test]
    fn the_limits_themselves_pass() {
        let faults = check(&json!({"message": {
            "condition": "c", "data": {"k": "x".repeat(MAX_DATA_BYTES - 1)}, "android": {"ttl": "2419200.9s"},
            "apns": {"headers": {"apns-collapse-id": "c".repeat(64), "apns-priority": "5"}},
            "webpush": {"headers": {"Topic": "t".repeat(32), "TTL": "0"}},
        }}));
        assert_eq!(faults, []);
    }
}
