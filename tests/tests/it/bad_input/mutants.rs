//! Wrong bodies made from a valid one, one place at a time.

use serde_json::{Value, json};

use super::CANARY;

/// A wrong body, where it is wrong, and how.
pub(super) struct Mutant {
    pub(super) pointer: String,
    pub(super) fault: String,
    pub(super) body: Vec<u8>,
}

/// Every place of a document.
pub(super) fn places(document: &Value) -> Vec<String> {
    let mut all = Vec::new();
    walk(document, String::new(), &mut all);
    all
}

fn walk(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                walk(value, format!("{pointer}/{name}"), into);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(value, format!("{pointer}/{index}"), into);
            }
        }
        _ => {}
    }
    into.push(pointer);
}

/// The document with a text, as it is, in one place.
pub(super) fn with(document: &Value, pointer: &str, raw: &str) -> Vec<u8> {
    const HERE: &str = "\u{1}here\u{1}";
    let mut changed = document.clone();
    *changed
        .pointer_mut(pointer)
        .expect("a place of the document") = json!(HERE);
    let here = json!(HERE).to_string();
    changed.to_string().replace(&here, raw).into_bytes()
}

fn mutant(document: &Value, pointer: &str, fault: &str, raw: &str) -> Mutant {
    let body = with(document, pointer, raw);
    Mutant {
        pointer: pointer.to_owned(),
        fault: fault.to_owned(),
        body,
    }
}

/// Numbers JSON does not have, and numbers no field has room for.
const NUMBERS: [&str; 12] = [
    "1e999", "-1e999", "NaN", "Infinity", "1e300", "-1e300", "01", "0x10", "1_000", "1e", "+1",
    ".5",
];

/// Bodies of the wrong shape: other JSON than declared, or none.
pub(super) fn misshapen(document: &Value) -> Vec<Mutant> {
    let mut all = Vec::new();
    for pointer in places(document) {
        let value = document.pointer(&pointer).expect("a place of the document");
        let canary = format!("\"{CANARY}\"");
        for (fault, raw) in wrong_shapes(value, &canary) {
            all.push(mutant(document, &pointer, &fault, &raw));
        }
    }
    all
}

fn wrong_shapes(value: &Value, canary: &str) -> Vec<(String, String)> {
    let named = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter()
            .map(|(fault, raw)| ((*fault).to_owned(), (*raw).to_owned()))
            .collect()
    };
    match value {
        Value::Object(fields) => {
            let mut all = named(&[
                ("text for an object", canary),
                ("number for an object", "7"),
            ]);
            let values: Vec<&Value> = fields.values().collect();
            all.push(("array for an object".to_owned(), json!(values).to_string()));
            let text = value.to_string();
            let inner = text.trim_start_matches('{');
            let comma = if fields.is_empty() { "" } else { "," };
            all.push((
                "an unknown field".to_owned(),
                format!("{{\"{CANARY}\":1{comma}{inner}"),
            ));
            all.push((
                "__proto__".to_owned(),
                format!("{{\"__proto__\":{{}}{comma}{inner}"),
            ));
            if let Some((name, value)) = fields.iter().next() {
                all.push((
                    "a field twice".to_owned(),
                    format!("{{\"{name}\":{value},{inner}"),
                ));
            }
            all
        }
        Value::Array(_) => named(&[
            ("object for an array", "{}"),
            ("text for an array", canary),
            ("null for an array", "null"),
            ("an array not ended", "["),
            ("a comma too many", "[1,]"),
        ]),
        Value::String(_) => named(&[
            ("number for a text", "7"),
            ("true for a text", "true"),
            ("array for a text", "[]"),
            ("object for a text", "{}"),
            ("a lone surrogate", r#""\ud800""#),
            ("a text not ended", "\"abc"),
            ("a bare control character", "\"a\u{0}b\""),
        ]),
        Value::Number(_) => {
            let mut all = named(&[
                ("text for a number", canary),
                ("number as text", "\"1\""),
                ("true for a number", "true"),
                ("array for a number", "[1]"),
            ]);
            all.extend(NUMBERS.map(|raw| (format!("the number {raw}"), raw.to_owned())));
            all
        }
        Value::Bool(_) => named(&[("text for true", canary), ("number for true", "1")]),
        Value::Null => Vec::new(),
    }
}

/// Bodies with texts that are hard to bear, one place at a time.
pub(super) fn hard_texts(document: &Value) -> Vec<Mutant> {
    let long = "a".repeat(5000);
    let texts = [
        CANARY,
        "",
        "   ",
        "a\u{0}b",
        "\u{202e}zq9canary7f3a",
        "\u{200b}",
        "e\u{301}\u{301}\u{301}",
        "' OR 1=1 --",
        "\"; DROP TABLE patients; --",
        "%",
        "_\\%",
        "$$",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "=cmd()",
        "\r\nSet-Cookie: a=b",
        "2026-02-30",
        "10000-01-01",
        "24:00",
        "-1",
        &long,
    ];
    let mut all = Vec::new();
    for pointer in places(document) {
        if document.pointer(&pointer).is_some_and(Value::is_string) {
            for text in texts {
                let fault: String = text.chars().take(30).collect();
                all.push(mutant(
                    document,
                    &pointer,
                    &format!("{fault:?}"),
                    &json!(text).to_string(),
                ));
            }
        }
    }
    all
}

/// Bodies wrong as a whole.
pub(super) fn broken(document: &Value) -> Vec<Mutant> {
    let text = document.to_string();
    let whole = |fault: &str, body: Vec<u8>| Mutant {
        pointer: String::new(),
        fault: fault.to_owned(),
        body,
    };
    let mut invalid = text.clone().into_bytes();
    invalid.splice(2..2, [0xff]);
    let mut all = vec![
        whole("nothing", Vec::new()),
        whole("spaces", b"   ".to_vec()),
        whole("null", b"null".to_vec()),
        whole("two documents", format!("{text}{text}").into_bytes()),
        whole("more after it", format!("{text} {CANARY}").into_bytes()),
        whole("a byte-order mark", format!("\u{feff}{text}").into_bytes()),
        whole("half of it", text.as_bytes()[..text.len() / 2].to_vec()),
        whole("a comment", format!("/* {CANARY} */{text}").into_bytes()),
        whole("single quotes", text.replace('"', "'").into_bytes()),
        whole(
            "UTF-16",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        whole("a byte that is no UTF-8", invalid),
        whole("a form", format!("name={CANARY}").into_bytes()),
        whole("XML", format!("<a>{CANARY}</a>").into_bytes()),
    ];
    for depth in [127, 128, 200, 20_000] {
        all.push(whole(
            &format!("{depth} arrays deep"),
            "[".repeat(depth).into_bytes(),
        ));
        let closed = "[".repeat(depth) + &"]".repeat(depth);
        all.push(whole(
            &format!("{depth} arrays deep, closed"),
            closed.into_bytes(),
        ));
        all.push(whole(
            &format!("{depth} objects deep"),
            "{\"a\":".repeat(depth.min(12_000)).into_bytes(),
        ));
    }
    all
}
