//! Prompts on their way have no row yet: whoever acts on one meanwhile finds it all the same.

use footing_server::push::PushKind;
use footing_server::rt::clock::real_sleep;
use footing_server::rt::spawn::Blocking;
use footing_server::store::types::{OccurrenceId, PatientId, TenantId};
use footing_server::store::{Scope, Store, StoreOptions, erasures};
use footing_tests::clinic::text;
use footing_tests::example::done;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{DUE, Duration, narrow, patients, prompts, until_claimed};

/// A server whose gateway answers nobody while a patient's prompt is on its way.
async fn held(database: &Database) -> (TestServer, Clinic, Caller) {
    let server = narrow(database, 8).await;
    let (clinic, mut phones) = patients(&server, 1, &["08:00"]).await;
    server.push.hold();
    server.clock.advance_to(DUE.parse().unwrap());
    server.push.until_came(1).await;
    until_claimed(database, 1).await;
    assert_eq!(rows(database, "TRUE"), 0, "it has no row yet");
    (server, clinic, phones.remove(0))
}

fn rows(database: &Database, which: &str) -> i64 {
    let sql = format!("SELECT count(*) AS value FROM deliveries WHERE kind = 'prompt' AND {which}");
    Raw::connect(database).number(&sql)
}

async fn patient(clinic: &Clinic) -> String {
    let all = clinic.clinician.get("/v1/patients").await.expect(200);
    text(&all["patients"][0], "id").to_owned()
}

async fn occurrence(phone: &Caller) -> String {
    let day = phone.get("/v1/me/occurrences").await.expect(200);
    text(&day["occurrences"][0], "id").to_owned()
}

async fn reminders(phone: &Caller, occurrence: &str) -> Value {
    let path = format!("/v1/me/occurrences/{occurrence}/explain");
    phone.get(&path).await.expect(200)["reminders"].take()
}

async fn it_is_explained_as_on_its_way(database: Database) {
    let (server, _clinic, phone) = held(&database).await;
    let id = occurrence(&phone).await;
    let before = reminders(&phone, &id).await;
    assert_eq!(before.as_array().unwrap().len(), 1);
    assert_eq!(before[0]["state"], json!("leased"));
    assert_eq!(before[0]["due_at"], json!(DUE));
    server.push.release();
    server.settle().await;
    let after = reminders(&phone, &id).await;
    assert_eq!(after.as_array().unwrap().len(), 1);
    assert_eq!(after[0]["id"], before[0]["id"]);
    assert_eq!(after[0]["state"], json!("sent"));
    assert_eq!(after[0]["attempts"].as_array().unwrap().len(), 1);
}

async fn a_receipt_that_is_quicker_than_the_gateway_is_kept(database: Database) {
    let (server, _clinic, phone) = held(&database).await;
    let id = occurrence(&phone).await;
    let message = Uuid::from_bytes(*id.parse::<OccurrenceId>().unwrap().bytes());
    let receipt = json!({ "message_id": message, "kind": "displayed", "at": DUE });
    let body = json!({ "receipts": [receipt] });
    let taken = phone.post("/v1/me/receipts", &body).await.expect(200);
    assert_eq!(taken["results"][0]["disposition"], json!("created"));
    server.push.release();
    server.settle().await;
    let after = reminders(&phone, &id).await;
    assert_eq!(after.as_array().unwrap().len(), 1);
    assert_eq!(after[0]["state"], json!("sent"));
    assert_eq!(after[0]["receipts"][0]["kind"], json!("displayed"));
}

async fn an_answer_takes_it_off_the_screens_it_will_be_on(database: Database) {
    let (server, clinic, phone) = held(&database).await;
    clinic
        .device(&patient(&clinic).await, Some("synthetic-push-token-other"))
        .await;
    let answer = done(1, &occurrence(&phone).await, DUE);
    let body = json!({ "answers": [answer] });
    let reply = phone.post("/v1/me/answers", &body).await.expect(200);
    assert_eq!(reply["results"][0]["disposition"], json!("applied"));
    server.push.release();
    server.settle().await;
    let other = server.push.all_to("synthetic-push-token-other");
    let kinds: Vec<PushKind> = other.iter().map(footing_tests::push::Sent::kind).collect();
    assert_eq!(kinds, [PushKind::Withdraw]);
    assert_eq!(prompts(&server), 1);
    assert_eq!(rows(&database, "state = 'sent'"), 1);
}

async fn a_window_that_closes_meanwhile_was_asked_about(database: Database) {
    let (server, _clinic, _phone) = held(&database).await;
    server
        .clock
        .advance_to("2026-03-03T12:00:00Z".parse().unwrap());
    let mut raw = Raw::connect(&database);
    let missed = "SELECT count(*) AS value FROM occurrences WHERE state = 'missed'";
    for _ in 0..2000 {
        if raw.number(missed) == 1 {
            break;
        }
        real_sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(raw.number(missed), 1);
    assert_eq!(rows(&database, "state = 'leased'"), 1);
    assert_eq!(raw.number("SELECT count(*) AS value FROM outages"), 0);
    server.push.release();
    server.settle().await;
    assert_eq!(rows(&database, "state = 'sent'"), 1);
}

async fn erasing_the_patient_meanwhile_leaves_nothing(database: Database) {
    let (server, clinic, _phone) = held(&database).await;
    let patient: PatientId = patient(&clinic).await.parse().unwrap();
    let options = StoreOptions {
        url: database.url(),
        connections: 1,
    };
    let store = Store::open(&options, &Blocking::Threads).unwrap();
    let tenant = Raw::connect(&database).number("SELECT tenant_id AS value FROM clinics");
    let scope = Scope::job(TenantId(tenant), "test");
    store
        .write("erase", scope, move |tx| {
            erasures::erase(tx, patient).map(drop)
        })
        .await
        .unwrap();
    server.push.release();
    server.settle().await;
    assert_eq!(rows(&database, "TRUE"), 0);
    let mut raw = Raw::connect(&database);
    assert_eq!(
        raw.number("SELECT count(*) AS value FROM delivery_attempts"),
        0
    );
    assert_eq!(raw.claimed(), 0);
}

footing_tests::on_both_engines!(
    it_is_explained_as_on_its_way,
    a_receipt_that_is_quicker_than_the_gateway_is_kept,
    an_answer_takes_it_off_the_screens_it_will_be_on,
    a_window_that_closes_meanwhile_was_asked_about,
    erasing_the_patient_meanwhile_leaves_nothing,
);
