//! Every JSON route with bodies that are wrong in one place, and wrong as a whole.

use footing_tests::{Database, Reply};
use serde_json::Value;

use super::mutants::{self, Mutant};
use super::{CANARY, JsonRoute, assert_refused, assert_silent};
use crate::access::{assert_guarded, assert_problem};
use crate::world::World;

/// A body wrong in an item of a batch costs that item only; any other is refused.
fn assert_misshapen(json: &JsonRoute, mutant: &Mutant, reply: &Reply) {
    let context = format!(
        "{} with {} at {:?}",
        json.name(),
        mutant.fault,
        mutant.pointer
    );
    let item = json.item(&mutant.pointer).filter(|_| reply.status == 200);
    let Some(item) = item else {
        assert_refused(reply, 400, &context);
        return;
    };
    let body = reply.expect(200);
    assert_eq!(
        body["results"][item]["disposition"],
        serde_json::json!("invalid"),
        "{context}: {body}"
    );
    let errors = body["results"][item]["errors"].as_array().unwrap();
    assert!(!errors.is_empty(), "{context} does not say why: {body}");
    if is_map(&mutant.pointer) {
        // A map's key is a place: it may stand in the pointer, and nowhere else.
        assert!(
            errors
                .iter()
                .all(|error| !error["rule"].to_string().contains(CANARY)),
            "{context}"
        );
    } else {
        assert_silent(reply, &context);
    }
}

/// Whether the object at a pointer has keys of the sender's choosing.
fn is_map(pointer: &str) -> bool {
    [
        "/metrics",
        "/pairs",
        "/excluded",
        "/by_bout",
        "/histograms",
        "/drift",
    ]
    .iter()
    .any(|end| pointer.ends_with(end))
}

/// Where the summary of a session may say null: a class of bouts without any stride, a foot without any value, a part
/// that may be left out.
fn may_be_null(mutant: &Mutant) -> bool {
    let inside = ["/by_bout/", "/metrics/"];
    let optional = ["/cycles", "/scaling"];
    let nullable = inside.iter().any(|part| mutant.pointer.contains(part))
        || optional.iter().any(|end| mutant.pointer.ends_with(end));
    nullable && mutant.fault.starts_with("null")
}

async fn other_json_than_declared_is_refused_and_changes_nothing(database: Database) {
    let world = World::set(&database).await;
    let mut tried = 0;
    for json in JsonRoute::all(&world) {
        // The batches before it may have changed something.
        let before = world.state().await;
        for mutant in mutants::misshapen(&json.valid) {
            if may_be_null(&mutant) {
                continue;
            }
            let reply = json.send(&world, mutant.body.clone()).await;
            // Of a batch the other items are as valid as ever.
            assert_misshapen(&json, &mutant, &reply);
            tried += 1;
        }
        let after = world.state().await;
        if json.batch.is_none() {
            assert_eq!(after, before, "{}", json.name());
        }
    }
    eprintln!("{tried} misshapen bodies");
    assert!(tried > 1000);
}

async fn what_is_no_json_is_refused_and_changes_nothing(database: Database) {
    let world = World::set(&database).await;
    let before = world.state().await;
    for json in JsonRoute::all(&world) {
        for mutant in mutants::broken(&json.valid) {
            let reply = json.send(&world, mutant.body).await;
            assert_refused(
                &reply,
                400,
                &format!("{} with {}", json.name(), mutant.fault),
            );
        }
    }
    assert_eq!(world.state().await, before);
}

/// Whatever a text means to the route, it is never a failure of ours and never repeated in an error.
async fn hard_texts_are_borne(database: Database) {
    let world = World::set(&database).await;
    for json in JsonRoute::all(&world) {
        for mutant in mutants::hard_texts(&json.valid) {
            let context = format!(
                "{} with {} at {}",
                json.name(),
                mutant.fault,
                mutant.pointer
            );
            let reply = json.send(&world, mutant.body).await;
            assert!(
                reply.status < 500,
                "{context}: {} {}",
                reply.status,
                reply.text()
            );
            assert_guarded(&reply, &context);
            if reply.status >= 400 {
                assert_problem(&reply, &context);
                assert_silent(&reply, &context);
            }
        }
    }
}

async fn what_is_left_out_is_missed(database: Database) {
    let world = World::set(&database).await;
    for json in JsonRoute::all(&world) {
        let Value::Object(fields) = &json.valid else {
            panic!("{} takes an object", json.name());
        };
        for name in fields
            .keys()
            .filter(|name| !OPTIONAL.contains(&name.as_str()))
        {
            let mut without = fields.clone();
            without.remove(name);
            let reply = json
                .send(&world, Value::Object(without).to_string().into_bytes())
                .await;
            let context = format!("{} without {name}", json.name());
            assert_refused(&reply, 400, &context);
            assert!(
                reply.text().contains(name.as_str()),
                "{context} does not say what: {}",
                reply.text()
            );
        }
    }
}

/// Fields of the outermost objects that may be left out.
const OPTIONAL: [&str; 15] = [
    "activities",
    "confirmed",
    "consent_text_version",
    "day_starts_at",
    "days",
    "deputy",
    "device_time",
    "locale",
    "note",
    "push_token",
    "ramp_pct",
    "reminders",
    "resume",
    "sent_at",
    "shoe_id",
];

footing_tests::on_both_engines!(
    other_json_than_declared_is_refused_and_changes_nothing,
    what_is_no_json_is_refused_and_changes_nothing,
    hard_texts_are_borne,
    what_is_left_out_is_missed,
);
