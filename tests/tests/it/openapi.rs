//! The OpenAPI document: checked in, complete, and as strict as the server.

use std::collections::BTreeSet;
use std::fs;

use footing_server::http::openapi;
use footing_server::http::router::{Access, endpoints};
use footing_tests::repository;
use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

/// With `UPDATE_DOCS=1` the file is written instead.
#[test]
fn the_checked_in_document_is_what_the_server_speaks() {
    let path = repository().join("docs/openapi.json");
    let text = openapi::document_text().unwrap();
    if std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/openapi.json is old: run the tests once with UPDATE_DOCS=1"
    );
}

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// `METHOD path` of every operation, with whether it asks for a token.
fn operations(document: &Value) -> BTreeSet<(String, bool)> {
    let mut all = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{path} {method}");
            let guarded = operation["security"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            all.insert((format!("{} {path}", method.to_uppercase()), guarded));
        }
    }
    all
}

#[test]
fn every_route_for_machines_is_an_operation_and_every_operation_a_route() {
    let mut routes = BTreeSet::new();
    for endpoint in endpoints() {
        for (path, method, access) in endpoint.rows() {
            if path.starts_with("/v1/") || ["/livez", "/readyz", "/openapi.json"].contains(&path) {
                routes.insert((format!("{method} {path}"), access != Access::Public));
            }
        }
    }
    assert!(routes.len() > 20);
    assert_eq!(operations(&document()), routes);
}

/// The names of the schemas a part of the document refers to.
fn referred(part: &Value, into: &mut BTreeSet<String>, document: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                let name = name.trim_start_matches("#/components/schemas/").to_owned();
                if into.insert(name.clone()) {
                    referred(&document["components"]["schemas"][&name], into, document);
                }
            }
            fields
                .values()
                .for_each(|value| referred(value, into, document));
        }
        Value::Array(items) => items.iter().for_each(|item| referred(item, into, document)),
        _ => {}
    }
}

fn request_schemas(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            referred(&operation["requestBody"], &mut names, document);
        }
    }
    names
}

#[test]
fn no_request_takes_a_field_it_does_not_declare() {
    let document = document();
    let names = request_schemas(&document);
    assert!(names.len() >= 15, "{names:?}");
    let mut open = Vec::new();
    for name in &names {
        let schema = &document["components"]["schemas"][name];
        assert!(schema.is_object(), "{name} is referred to and not there");
        if schema["properties"].is_object() && schema["additionalProperties"] != Value::Bool(false)
        {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "these would take unknown fields: {open:?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut names = BTreeSet::new();
    referred(&document["paths"], &mut names, &document);
    for name in names {
        assert!(
            document["components"]["schemas"][&name].is_object(),
            "{name}"
        );
    }
}

#[test]
fn every_operation_is_described_and_says_how_it_fails() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let context = format!("{method} {path}");
            let described = operation["summary"]
                .as_str()
                .is_some_and(|text| text.len() > 10);
            assert!(described, "{context} has no description");
            let answers = operation["responses"].as_object().unwrap();
            let fails = answers
                .keys()
                .any(|status| status.starts_with('4') || status == "503");
            assert!(
                fails || !path.starts_with("/v1/"),
                "{context} does not say how it fails"
            );
        }
    }
}
