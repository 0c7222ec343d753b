//! Erasing a patient's data: counted down, called off, done to the last table, and what stays.

use std::collections::BTreeSet;

use footing_server::store::erasures::{ERASED, KEPT};
use footing_tests::example::{done, summary};
use footing_tests::{Database, Raw, TestServer};
use serde_json::{Value, json};

use super::{Scene, bytes, delete, post};
use crate::store::rows::{seed, tables};

async fn it_counts_down_and_can_be_called_off(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let path = scene.path("/erasure");
    let asked = admin.post(&path, &json!({})).await.expect(201);
    assert_eq!(asked["due_at"], json!("2026-03-09T06:00:00Z"), "seven days");
    let twice = admin.post(&path, &json!({ "days": 1 })).await.expect(409);
    assert_eq!(twice["conflict"]["due_at"], json!("2026-03-09T06:00:00Z"));
    for days in [0, 31] {
        let body = json!({ "days": days });
        admin.post(&path, &body).await.expect(400);
    }
    let refused = scene.colleague.post(&path, &json!({})).await;
    assert_eq!(refused.status, 403);
    scene.colleague.get(&path).await.expect(200);
    delete(admin, &path).await.expect(204);
    assert_eq!(admin.get(&path).await.status, 404);
    scene.server.advance("2026-03-10T06:00:00Z").await;
    let admin = scene.clinic.sign_in(&scene.server.anonymous()).await;
    admin.get(&scene.path("")).await.expect(200);
    assert_eq!(scene.audited("patient.erase"), 0);
}

async fn a_clock_that_jumped_erases_nobody(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({ "days": 1 });
    let admin = &scene.clinic.clinician;
    admin.post(&scene.path("/erasure"), &body).await.expect(201);
    let there = || {
        let count = "SELECT count(*) AS value FROM patients";
        scene.raw().number(count)
    };
    let before = there();
    let step_to = |at: &str| scene.server.clock.step_to(at.parse().unwrap());
    step_to("2026-03-05T06:00:00Z");
    scene.server.settle().await;
    assert_eq!(there(), before);
    step_to("2026-03-02T06:00:01Z");
    scene.server.settle().await;
    scene.server.advance("2026-03-03T06:00:01Z").await;
    assert_eq!(there(), before - 1, "its time has truly come");
}

async fn what_is_due_is_erased_and_a_tombstone_stays(database: Database) {
    let scene = Scene::set(database).await;
    let neighbour = scene.clinic.patient("Test Patient 02").await;
    let day = scene.phone.get("/v1/me/occurrences").await.expect(200);
    let occurrence = day["occurrences"][0]["id"].as_str().unwrap();
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let body = json!({ "answers": [done(1, occurrence, "2026-03-02T07:20:00Z")] });
    scene.phone.post("/v1/me/answers", &body).await.expect(200);
    let body = json!({ "sessions": [summary(1, "2026-03-02T06:10:00Z")] });
    scene
        .phone
        .post("/v1/me/insole-sessions", &body)
        .await
        .expect(200);
    post(&scene.phone, "/v1/me/consent/withdraw")
        .await
        .expect(200);
    let admin = &scene.clinic.clinician;
    let body = json!({ "days": 1 });
    admin.post(&scene.path("/erasure"), &body).await.expect(201);
    let before = scene.raw().number("SELECT count(*) AS value FROM audit");

    scene.server.advance("2026-03-03T07:29:59Z").await;
    scene.phone.get("/v1/me").await.expect(200);
    scene.server.advance("2026-03-03T07:30:00Z").await;
    assert_eq!(
        scene.phone.get("/v1/me").await.status,
        401,
        "nobody's device"
    );
    let admin = scene.clinic.sign_in(&scene.server.anonymous()).await;
    assert_eq!(admin.get(&scene.path("")).await.status, 404);
    admin
        .get(&format!("/v1/patients/{neighbour}"))
        .await
        .expect(200);
    let tombs = admin.get("/v1/clinic/erasures").await.expect(200);
    let tomb = &tombs["erasures"][0];
    assert_eq!(tomb["patient_id"], json!(scene.patient));
    assert_eq!(tomb["erased_at"], json!("2026-03-03T07:30:00Z"));
    for (table, at_least) in [
        ("patients", 1),
        ("occurrences", 8),
        ("answers", 1),
        ("insole_sessions", 1),
    ] {
        assert!(
            tomb["erased_rows"][table].as_i64().unwrap() >= at_least,
            "{table}: {tomb}"
        );
    }
    assert_eq!(scene.audited("patient.erase"), 1);
    let after = scene.raw().number("SELECT count(*) AS value FROM audit");
    assert!(after > before, "the trail is only added to");
    let mut raw = scene.raw();
    let consents = format!(
        "SELECT count(*) AS value FROM consents WHERE patient_id = {} AND withdrawn_at IS NOT NULL",
        bytes(&raw, &scene.patient)
    );
    assert_eq!(raw.number(&consents), 1, "what was agreed to stays");
    let named = "SELECT count(*) AS value FROM patients WHERE name = 'Test Patient 01'";
    assert_eq!(raw.number(named), 0);
}

/// SQLite's files, byte for byte; on PostgreSQL the pages are the operator's to have rewritten (OPERATIONS.md).
#[tokio::test]
async fn the_files_of_sqlite_hold_nothing_of_who_was_erased() {
    let scene = Scene::set(Database::sqlite()).await;
    let name = "Test Patient Unmistakable";
    for number in 2..40 {
        // Whose rows share pages with the erased one's.
        let other = format!("Test Patient {number:02}");
        scene.clinic.patient(&other).await;
    }
    let patient = scene.clinic.patient(name).await;
    let admin = &scene.clinic.clinician;
    let message =
        json!({ "id": "msg_0195a0000000700080000000000000f1", "text": "Unmistakable words" });
    let path = format!("/v1/patients/{patient}/messages");
    admin.post(&path, &message).await.expect(200);
    assert!(files_hold(&scene.database, name), "the control");
    let path = format!("/v1/patients/{patient}/erasure");
    admin.post(&path, &json!({ "days": 1 })).await.expect(201);
    scene.server.advance("2026-03-03T07:30:00Z").await;
    scene.server.settle().await;
    for text in [name, "Unmistakable words"] {
        assert!(!files_hold(&scene.database, text), "{text}");
    }
    assert!(files_hold(&scene.database, "Test Patient 02"));
}

fn files_hold(database: &Database, text: &str) -> bool {
    let address = database.address();
    let file = address.strip_prefix("sqlite:").unwrap();
    ["", "-wal"].iter().any(|end| {
        let bytes = std::fs::read(format!("{file}{end}")).unwrap();
        bytes
            .windows(text.len())
            .any(|place| place == text.as_bytes())
    })
}

/// What an operator does after a backup was restored in which the patient is still there.
async fn the_operator_erases_again(database: Database) {
    let scene = Scene::set(database).await;
    let erase = |patient: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_footing-under-test"))
            .args(["patient", "erase", "--slug", "demo", "--patient", patient])
            .args(["--database-url", &scene.database.address()])
            .output()
            .unwrap()
    };
    let wrong = erase("pat_1");
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    let nobody = erase("pat_0195a0000000700080000000deadbeef");
    assert_eq!(nobody.status.code(), Some(1), "{nobody:?}");
    scene.get(&scene.path("")).await;
    let done = erase(&scene.patient);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("\"occurrences\":"));
    let admin = &scene.clinic.clinician;
    assert_eq!(admin.get(&scene.path("")).await.status, 404);
    let tomb = &scene.get("/v1/clinic/erasures").await["erasures"][0];
    assert_eq!(tomb["requested_by"], Value::Null);
    assert!(tomb["erased_at"].is_string());
}

/// How many rows of a table are a clinic's first patient's.
fn rows(raw: &mut Raw, table: &str, tenant: u8) -> i64 {
    let id = raw.bytes(&format!("a1{tenant:02x}{:020x}{:08x}", 0, 1));
    let whose = match table {
        "patients" => format!("id = {id}"),
        "delivery_attempts" | "delivery_receipts" => {
            format!("delivery_id IN (SELECT id FROM deliveries WHERE patient_id = {id})")
        }
        "suspension_ends" => {
            format!("suspension_id IN (SELECT id FROM suspensions WHERE patient_id = {id})")
        }
        _ => format!("patient_id = {id}"),
    };
    raw.number(&format!(
        "SELECT count(*) AS value FROM {table} WHERE tenant_id = {tenant} AND {whose}"
    ))
}

/// A row of every table there is, of two clinics; the request of the first clinic's is due.
async fn no_table_is_forgotten(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    seed(&mut raw, 2);
    raw.execute("UPDATE erasures SET due_at = 4000000000000000 WHERE tenant_id = 2")
        .unwrap();
    for table in ERASED {
        assert!(
            rows(&mut raw, table, 1) > 0,
            "the control: {table} has a row"
        );
    }
    let server = TestServer::start(&database).await;
    server.settle().await;
    for table in ERASED {
        assert_eq!(rows(&mut raw, table, 1), 0, "{table}");
        assert!(rows(&mut raw, table, 2) > 0, "{table} of the other clinic");
    }
    let mut tombs = raw.texts("SELECT counts AS value FROM erasures WHERE tenant_id = 1");
    let counts: Value = serde_json::from_str(&tombs.remove(0)).unwrap();
    for table in ERASED {
        assert!(counts[table].as_i64().unwrap() >= 1, "{table}: {counts}");
    }
}

/// The tables the database has, that are told apart as erased and kept: each is one of the two.
async fn every_table_is_erased_or_kept_for_a_reason(database: Database) {
    let mut raw = Raw::connect(&database);
    let sql = match raw {
        Raw::Postgres(_) => {
            "SELECT table_name::text AS value FROM information_schema.tables WHERE table_schema = 'public'"
        }
        Raw::Sqlite(_) => "SELECT name AS value FROM sqlite_schema WHERE type = 'table'",
    };
    let own = |name: &String| !name.starts_with("sqlite_") && !name.starts_with("__diesel");
    let found: BTreeSet<String> = raw.texts(sql).into_iter().filter(own).collect();
    let told: BTreeSet<String> = ERASED
        .iter()
        .copied()
        .chain(KEPT.iter().map(|(table, _)| *table))
        .map(str::to_owned)
        .collect();
    assert_eq!(found, told);
    assert_eq!(ERASED.len() + KEPT.len(), told.len(), "and never both");
    for table in ERASED {
        let known = tables().any(|row| row.name == *table);
        assert!(known, "{table} needs a row in rows.rs to be tried with");
    }
}

footing_tests::on_both_engines!(
    it_counts_down_and_can_be_called_off,
    a_clock_that_jumped_erases_nobody,
    what_is_due_is_erased_and_a_tombstone_stays,
    the_operator_erases_again,
    no_table_is_forgotten,
    every_table_is_erased_or_kept_for_a_reason,
);
