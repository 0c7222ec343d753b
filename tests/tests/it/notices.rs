//! What Footing tells a patient inside the app, in the patient's words.

use footing_tests::clinic::text;
use footing_tests::example::id;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

/// Stores a notice as a rule of the server would.
fn tell(database: &Database, patient: &str, number: u64, key: &str, values: &Value) {
    let mut raw = Raw::connect(database);
    let hex = |id: &str| id.split_once('_').unwrap().1.to_owned();
    let notice = raw.bytes(&hex(&id("ntc", number)));
    let patient = raw.bytes(&hex(patient));
    raw.execute(&format!(
        "INSERT INTO notices (tenant_id, id, patient_id, text_key, text_values, created_at)
         SELECT tenant_id, {notice}, id, '{key}', '{values}', {number} FROM patients WHERE id = {patient}"
    ))
    .unwrap();
}

async fn read(phone: &Caller, query: &str) -> Vec<Value> {
    let body = phone
        .get(&format!("/v1/me/notices{query}"))
        .await
        .expect(200);
    body["notices"].as_array().unwrap().clone()
}

async fn a_notice_is_told_in_the_patients_words_until_it_is_seen(database: Database) {
    let server = TestServer::start(&database).await;
    let clinic = Clinic::open(&server, "demo").await;
    let body = json!({ "name": "Test Patient 01", "time_zone": "Europe/Berlin", "locale": "de" });
    let patient = clinic
        .clinician
        .post("/v1/patients", &body)
        .await
        .expect(201);
    let patient = text(&patient, "id").to_owned();
    let phone = clinic.device(&patient, None).await;
    let other = clinic.patient("Test Patient 02").await;
    let neighbour = clinic.device(&other, None).await;
    let plan = json!({ "removed": ["18:00"], "added": ["20:00"] });
    tell(&database, &patient, 1, "plan_changed", &plan);
    tell(
        &database,
        &patient,
        2,
        "retired_by_a_later_version",
        &json!({}),
    );

    let notices = read(&phone, "").await;
    assert_eq!(
        text(&notices[0], "text"),
        "Es gibt Neues zu Ihrem Plan.",
        "the newest first"
    );
    assert_eq!(
        text(&notices[1], "text"),
        "Ihr Plan wurde geändert. Entfällt: 18:00. Neu: 20:00."
    );
    assert_eq!(notices[1]["seen_at"], Value::Null);
    for (query, start, language) in [
        ("?locale=es-MX", "Su plan ha cambiado.", "es"),
        ("?locale=fr", "Your plan has changed.", "en"),
        ("?locale=de-AT", "Ihr Plan wurde geändert.", "de"),
    ] {
        let notices = read(&phone, query).await;
        assert!(
            text(&notices[1], "text").starts_with(start),
            "{query}: {}",
            notices[1]
        );
        assert_eq!(text(&notices[1], "language"), language);
    }
    assert_eq!(read(&neighbour, "").await, Vec::<Value>::new());

    let seen = json!({ "ids": [id("ntc", 1)] });
    neighbour
        .post("/v1/me/notices/seen", &seen)
        .await
        .expect(204);
    assert_eq!(
        read(&phone, "").await[1]["seen_at"],
        Value::Null,
        "seen by somebody else"
    );
    phone.post("/v1/me/notices/seen", &seen).await.expect(204);
    server.advance("2026-03-02T07:00:00Z").await;
    phone.post("/v1/me/notices/seen", &seen).await.expect(204);
    let notices = read(&phone, "").await;
    assert_eq!(
        notices[1]["seen_at"],
        json!("2026-03-02T06:00:00Z"),
        "the first time counts"
    );
    assert_eq!(notices[0]["seen_at"], Value::Null);
}

async fn a_wrong_language_and_a_wrong_number_of_ids_are_told(database: Database) {
    let server = TestServer::start(&database).await;
    let clinic = Clinic::open(&server, "demo").await;
    let patient = clinic.patient("Test Patient 01").await;
    let phone = clinic.device(&patient, None).await;
    let wrong = phone.get("/v1/me/notices?locale=no%20language").await;
    assert_eq!(wrong.expect(400)["errors"][0]["pointer"], json!("?locale"));
    for ids in [vec![], vec![id("ntc", 1); 51]] {
        let wrong = phone
            .post("/v1/me/notices/seen", &json!({ "ids": ids }))
            .await;
        assert_eq!(wrong.expect(400)["errors"][0]["pointer"], json!("/ids"));
    }
}

footing_tests::on_both_engines!(
    a_notice_is_told_in_the_patients_words_until_it_is_seen,
    a_wrong_language_and_a_wrong_number_of_ids_are_told,
);
