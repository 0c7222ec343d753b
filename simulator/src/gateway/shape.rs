//! The published shape of a `messages:send` request, as a table, and the check against it.
//!
//! Source: <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages> and the API's discovery document
//! (`fcm/v1`). Names are taken as that page spells them.

use serde_json::{Map, Value};

/// A broken rule and where: the form FCM reports it in, `google.rpc.BadRequest.FieldViolation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: String,
    pub(super) rule: &'static str,
}

impl Fault {
    pub(super) fn new(field: impl Into<String>, rule: &'static str) -> Self {
        Self {
            field: field.into(),
            rule,
        }
    }
}

enum Kind {
    Text,
    Flag,
    Integer,
    Number,
    /// Seconds with at most nine decimals and the suffix `s`.
    Duration,
    TextList,
    DurationList,
    TextMap,
    OneOf(&'static [&'static str]),
    Object(&'static [Field]),
    /// A `Struct`: any object.
    Any,
}

type Field = (&'static str, Kind);

const REQUEST: &[Field] = &[
    ("validate_only", Kind::Flag),
    ("message", Kind::Object(MESSAGE)),
];

const MESSAGE: &[Field] = &[
    ("data", Kind::TextMap),
    ("notification", Kind::Object(NOTIFICATION)),
    ("android", Kind::Object(ANDROID)),
    ("webpush", Kind::Object(WEBPUSH)),
    ("apns", Kind::Object(APNS)),
    (
        "fcm_options",
        Kind::Object(&[("analytics_label", Kind::Text)]),
    ),
    ("token", Kind::Text),
    ("topic", Kind::Text),
    ("condition", Kind::Text),
];

const NOTIFICATION: &[Field] = &[
    ("title", Kind::Text),
    ("body", Kind::Text),
    ("image", Kind::Text),
];

const ANDROID: &[Field] = &[
    ("collapse_key", Kind::Text),
    ("priority", Kind::OneOf(&["NORMAL", "HIGH"])),
    ("ttl", Kind::Duration),
    ("restricted_package_name", Kind::Text),
    ("data", Kind::TextMap),
    ("notification", Kind::Object(ANDROID_NOTIFICATION)),
    (
        "fcm_options",
        Kind::Object(&[("analytics_label", Kind::Text)]),
    ),
    ("direct_boot_ok", Kind::Flag),
    ("bandwidth_constrained_ok", Kind::Flag),
    ("restricted_satellite_ok", Kind::Flag),
];

const ANDROID_NOTIFICATION: &[Field] = &[
    ("title", Kind::Text),
    ("body", Kind::Text),
    ("icon", Kind::Text),
    ("color", Kind::Text),
    ("sound", Kind::Text),
    ("tag", Kind::Text),
    ("click_action", Kind::Text),
    ("body_loc_key", Kind::Text),
    ("body_loc_args", Kind::TextList),
    ("title_loc_key", Kind::Text),
    ("title_loc_args", Kind::TextList),
    ("channel_id", Kind::Text),
    ("ticker", Kind::Text),
    ("sticky", Kind::Flag),
    ("event_time", Kind::Text),
    ("local_only", Kind::Flag),
    (
        "notification_priority",
        Kind::OneOf(&[
            "PRIORITY_UNSPECIFIED",
            "PRIORITY_MIN",
            "PRIORITY_LOW",
            "PRIORITY_DEFAULT",
            "PRIORITY_HIGH",
            "PRIORITY_MAX",
        ]),
    ),
    ("default_sound", Kind::Flag),
    ("default_vibrate_timings", Kind::Flag),
    ("default_light_settings", Kind::Flag),
    ("vibrate_timings", Kind::DurationList),
    (
        "visibility",
        Kind::OneOf(&["VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"]),
    ),
    ("notification_count", Kind::Integer),
    ("light_settings", Kind::Object(LIGHT_SETTINGS)),
    ("image", Kind::Text),
    ("bypass_proxy_notification", Kind::Flag),
    (
        "proxy",
        Kind::OneOf(&["PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"]),
    ),
];

const LIGHT_SETTINGS: &[Field] = &[
    (
        "color",
        Kind::Object(&[
            ("red", Kind::Number),
            ("green", Kind::Number),
            ("blue", Kind::Number),
            ("alpha", Kind::Number),
        ]),
    ),
    ("light_on_duration", Kind::Duration),
    ("light_off_duration", Kind::Duration),
];

const WEBPUSH: &[Field] = &[
    ("headers", Kind::TextMap),
    ("data", Kind::TextMap),
    ("notification", Kind::Any),
    (
        "fcm_options",
        Kind::Object(&[("link", Kind::Text), ("analytics_label", Kind::Text)]),
    ),
];

const APNS: &[Field] = &[
    ("headers", Kind::TextMap),
    ("payload", Kind::Any),
    ("live_activity_token", Kind::Text),
    (
        "fcm_options",
        Kind::Object(&[("analytics_label", Kind::Text), ("image", Kind::Text)]),
    ),
];

/// Every place where a request departs from the published shape.
pub(super) fn check(request: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    match request {
        Value::Object(object) => {
            check_object(object, REQUEST, "", &mut faults);
            if !object.contains_key("message") {
                faults.push(Fault::new("message", "is required"));
            }
        }
        _ => faults.push(Fault::new("", "must be an object")),
    }
    faults
}

fn check_object(
    object: &Map<String, Value>,
    fields: &[Field],
    path: &str,
    faults: &mut Vec<Fault>,
) {
    for (name, value) in object {
        let field = join(path, name);
        match fields.iter().find(|(known, _)| known == name) {
            Some((_, kind)) => check_value(value, kind, field, faults),
            None => faults.push(Fault::new(field, "is no published field")),
        }
    }
}

fn check_value(value: &Value, kind: &Kind, path: String, faults: &mut Vec<Fault>) {
    let rule = match (kind, value) {
        (Kind::Object(fields), Value::Object(object)) => {
            return check_object(object, fields, &path, faults);
        }
        (Kind::TextMap, Value::Object(map)) => return check_text_map(map, &path, faults),
        (Kind::Text, _) => (!value.is_string()).then_some("must be a string"),
        (Kind::Flag, _) => (!value.is_boolean()).then_some("must be true or false"),
        (Kind::Integer, _) => (!value.is_i64()).then_some("must be an integer"),
        (Kind::Number, _) => (!value.is_number()).then_some("must be a number"),
        (Kind::Duration, _) => (!is_duration(value)).then_some("must be seconds such as \"3.5s\""),
        (Kind::TextList, _) => {
            (!all(value, Value::is_string)).then_some("must be a list of strings")
        }
        (Kind::DurationList, _) => {
            (!all(value, is_duration)).then_some("must be a list of seconds")
        }
        (Kind::OneOf(names), _) => {
            let known = value.as_str().is_some_and(|name| names.contains(&name));
            (!known).then_some("must be one of the published names")
        }
        (Kind::Any, _) => (!value.is_object()).then_some("must be an object"),
        (Kind::Object(_) | Kind::TextMap, _) => Some("must be an object"),
    };
    faults.extend(rule.map(|rule| Fault::new(path, rule)));
}

fn check_text_map(map: &Map<String, Value>, path: &str, faults: &mut Vec<Fault>) {
    let wrong = map.iter().filter(|(_, value)| !value.is_string());
    faults.extend(wrong.map(|(name, _)| Fault::new(join(path, name), "must be a string")));
}

fn all(value: &Value, is: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(is))
}

fn is_duration(value: &Value) -> bool {
    let Some(number) = value.as_str().and_then(|text| text.strip_suffix('s')) else {
        return false;
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(decimals) && decimals.len() <= 9
}

/// Field paths are shown, so a hostile name is cut.
fn join(path: &str, name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LONG_CUT: &str =
        "message.longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglong";

    #[test]
    fn each_departure_is_named_by_its_path() {
        for (request, field) in [
            (json!([]), ""),
            (json!({}), "message"),
            (json!({"message": {}, "dry_run": true}), "dry_run"),
            (json!({"message": {"long".repeat(40): 1}}), LONG_CUT),
            (json!({"message": [1]}), "message"),
            (json!({"message": {"to": "x"}}), "message.to"),
            (json!({"message": {"name": "x"}}), "message.name"),
            (json!({"message": {"token": 7}}), "message.token"),
            (json!({"message": {"data": {"v": 1}}}), "message.data.v"),
            (json!({"message": {"data": "x"}}), "message.data"),
            (
                json!({"message": {"android": {"priority": "high"}}}),
                "message.android.priority",
            ),
            (
                json!({"message": {"android": {"ttl": 3600}}}),
                "message.android.ttl",
            ),
            (
                json!({"message": {"android": {"ttl": "3600"}}}),
                "message.android.ttl",
            ),
            (
                json!({"message": {"android": {"ttl": "-1s"}}}),
                "message.android.ttl",
            ),
            (
                json!({"message": {"android": {"ttl": "1.0000000001s"}}}),
                "message.android.ttl",
            ),
            (
                json!({"message": {"android": {"notification": {"sticky": "yes"}}}}),
                "message.android.notification.sticky",
            ),
            (
                json!({"message": {"apns": {"headers": {"apns-priority": 10}}}}),
                "message.apns.headers.apns-priority",
            ),
            (
                json!({"message": {"webpush": {"headers": []}}}),
                "message.webpush.headers",
            ),
        ] {
            let faults = check(&request);
            let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, [field], "{request}");
        }
    }

    #[test]
    fn a_full_message_passes() {
        let request = json!({"validate_only": false, "message": {
            "token": "t", "data": {"a": "b"}, "notification": {"title": "t", "body": "b", "image": "i"},
            "android": {
                "ttl": "3.5s", "priority": "NORMAL",
                "notification": {"vibrate_timings": ["1s"], "title_loc_args": ["x"], "notification_count": 3,
                                 "light_settings": {"color": {"red": 0.5}, "light_on_duration": "1s"}},
            },
            "apns": {"headers": {"apns-priority": "10"}, "payload": {"aps": {"badge": 1}}},
            "webpush": {"headers": {"TTL": "1"}, "notification": {"any": ["thing"]}},
        }});
        assert_eq!(check(&request), []);
    }
}
