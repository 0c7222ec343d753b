//! Consent taken back: nothing is asked, sent or kept from then on; what was before stays, and a new consent is a new
//! episode.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item, summary};
use serde_json::{Value, json};

use super::{Scene, bytes, post};

impl Scene {
    async fn upload(&self, number: u64, started_at: &str) -> Value {
        let body = json!({ "sessions": [summary(number, started_at)] });
        let reply = self.phone.post("/v1/me/insole-sessions", &body).await;
        reply.expect(200)["results"][0].clone()
    }

    async fn answer(&self, answer: Value) -> Value {
        let body = json!({ "answers": [answer] });
        let reply = self.phone.post("/v1/me/answers", &body).await;
        reply.expect(200)["results"][0].clone()
    }

    async fn occurrences(&self) -> Vec<Value> {
        let path = self.path("/occurrences?from=2026-03-02&through=2026-03-09");
        self.get(&path).await["occurrences"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn sessions(&self) -> usize {
        let list = self.get(&self.path("/insole-sessions")).await;
        list["sessions"].as_array().unwrap().len()
    }

    /// Prompts that left the house.
    fn prompts(&self) -> usize {
        let all = self.server.push.sent();
        all.iter().filter(|one| one.is_prompt()).count()
    }

    fn count(&self, table: &str) -> i64 {
        let mut raw = self.raw();
        let patient = bytes(&raw, &self.patient);
        raw.number(&format!(
            "SELECT count(*) AS value FROM {table} WHERE patient_id = {patient}"
        ))
    }

    async fn withdraw(&self) -> Value {
        post(&self.phone, "/v1/me/consent/withdraw")
            .await
            .expect(200)
    }
}

async fn nothing_is_asked_or_sent_any_more(database: Database) {
    let mut scene = Scene::set(database).await;
    let day = scene.occurrences().await;
    let first = text(&day[0], "id");
    scene.later("2026-03-02T07:30:00Z").await;
    assert_eq!(scene.server.push.sent().len(), 1);
    let taken = scene.answer(done(1, first, "2026-03-02T07:20:00Z")).await;
    assert_eq!(taken["disposition"], json!("applied"));
    scene.later("2026-03-02T13:03:00Z").await;

    let withdrawn = scene.withdraw().await;
    assert_eq!(
        withdrawn["consent"]["withdrawn_at"],
        json!("2026-03-02T13:03:00Z")
    );
    assert_eq!(withdrawn["consent"]["episode"], json!(1));
    assert!(withdrawn["cancelled"].as_u64().unwrap() >= 7, "{withdrawn}");
    assert_eq!(
        scene.get(&scene.path("")).await["status"],
        json!("withdrawn")
    );
    for page in [
        "/patients".to_owned(),
        format!("/patients/{}", scene.patient),
    ] {
        let page = scene.clinic.clinician.get(&page).await.text();
        assert!(page.contains("Consent withdrawn"), "{page}");
    }
    let after = scene.occurrences().await;
    assert_eq!(after[0]["phase"], json!("done"), "what was done stays");
    for one in &after[1..] {
        assert_eq!(
            (&one["phase"], &one["reason"]),
            (&json!("cancelled"), &json!("consent"))
        );
    }
    let mut raw = scene.raw();
    let waiting = "SELECT count(*) AS value FROM deliveries WHERE state IN ('pending', 'leased') AND kind <> 'withdraw'";
    assert_eq!(raw.number(waiting), 0, "in the same transaction");
    let planned = scene.count("occurrences");
    scene.later("2026-03-20T08:00:00Z").await;
    assert_eq!(scene.prompts(), 1, "nothing is asked any more");
    assert_eq!(scene.count("occurrences"), planned, "nothing is planned");
    assert_eq!(
        scene.withdraw().await["cancelled"],
        json!(0),
        "a repeat changes nothing"
    );
    assert_eq!(scene.audited("consent.withdraw"), 1);
}

async fn what_arrives_afterwards_is_counted_and_thrown_away(database: Database) {
    let mut scene = Scene::set(database).await;
    scene.later("2026-03-02T07:30:00Z").await;
    let before = scene.upload(1, "2026-03-02T06:10:00Z").await;
    assert_eq!(before["disposition"], json!("created"));
    assert_eq!(before.get("reason"), None);
    let first = scene.occurrences().await.remove(0);
    scene.withdraw().await;

    scene.later("2026-03-02T08:00:00Z").await;
    let discarded = |result: &Value| {
        assert_eq!(
            (&result["disposition"], &result["reason"]),
            (&json!("discarded"), &json!("consent"))
        );
    };
    // Recorded before, and arriving after: thrown away all the same. What is here already is not looked at either.
    discarded(&scene.upload(2, "2026-03-02T06:20:00Z").await);
    discarded(&scene.upload(1, "2026-03-02T06:10:00Z").await);
    let answer = done(1, text(&first, "id"), "2026-03-02T07:20:00Z");
    discarded(&scene.answer(answer).await);
    scene.later("2026-03-03T08:00:00Z").await;
    discarded(&scene.upload(3, "2026-03-03T06:20:00Z").await);

    assert_eq!(scene.sessions().await, 1, "nothing new, and nothing lost");
    assert_eq!(scene.count("answers"), 0);
    assert_eq!(scene.audited("insole_session.upload"), 1);
    let history = scene.get(&scene.path("/consents")).await;
    let line =
        |date: &str, kind: &str, count: i64| json!({ "date": date, "kind": kind, "count": count });
    assert_eq!(
        history["discarded_uploads"],
        json!([
            line("2026-03-03", "insole_session", 1),
            line("2026-03-02", "answer", 1),
            line("2026-03-02", "insole_session", 2),
        ])
    );
    let score = scene.get(&scene.path("")).await;
    assert_eq!(score["last_session_at"], json!("2026-03-02T06:10:00Z"));
}

async fn a_batch_of_two_patients_loses_only_what_has_no_consent(database: Database) {
    let scene = Scene::set(database).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    let phone = scene.clinic.device(&other, None).await;
    scene.withdraw().await;
    let body = json!({ "sessions": [summary(2, "2026-03-02T05:20:00Z")] });
    let (mine, theirs) = tokio::join!(
        scene.upload(1, "2026-03-02T05:10:00Z"),
        phone.post("/v1/me/insole-sessions", &body)
    );
    assert_eq!(mine["disposition"], json!("discarded"));
    assert_eq!(
        theirs.expect(200)["results"][0]["disposition"],
        json!("created")
    );
}

async fn a_new_consent_is_a_new_episode_and_the_gap_stays_closed(database: Database) {
    let mut scene = Scene::set(database).await;
    let path = scene.path("/consent/withdraw");
    scene.later("2026-03-02T08:00:00Z").await;
    let withdrawn = post(&scene.clinic.clinician, &path).await.expect(200);
    assert_eq!(withdrawn["consent"]["withdrawn_by"], json!(scene.admin));
    scene.later("2026-03-04T08:00:00Z").await;
    let body = json!({ "text_version": "2026-03" });
    let path = scene.path("/consents");
    let admin = scene.clinic.clinician.clone();
    let given = admin.post(&path, &body).await.expect(201);
    assert_eq!(given["episode"], json!(2));
    let again = admin.post(&path, &body).await.expect(409);
    assert_eq!(again["conflict"]["episode"], json!(2));
    assert_eq!(scene.get(&scene.path("")).await["status"], json!("active"));

    scene.later("2026-03-04T09:00:00Z").await;
    for (number, started_at, disposition) in [
        (1, "2026-03-02T07:59:59Z", "created"),
        (2, "2026-03-02T08:00:00Z", "discarded"),
        (3, "2026-03-04T07:59:59Z", "discarded"),
        (4, "2026-03-04T08:00:00Z", "created"),
    ] {
        let result = scene.upload(number, started_at).await;
        assert_eq!(result["disposition"], json!(disposition), "{started_at}");
    }
    let history = scene.get(&path).await;
    assert_eq!(
        history["consents"].as_array().unwrap().len(),
        2,
        "both are kept"
    );

    // The plan of before does not go on by itself; one that is published does.
    scene.later("2026-03-12T08:00:00Z").await;
    assert_eq!(scene.prompts(), 1);
    scene
        .clinic
        .publish(&scene.patient, 1, &[plan_item("cat-camel", &["12:00"])])
        .await;
    scene.later("2026-03-12T11:00:00Z").await;
    assert_eq!(scene.prompts(), 2);
}

async fn enrolling_is_consent_but_not_with_a_code_from_before(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let code = |reply: Value| text(&reply, "code").to_owned();
    let codes = scene.path("/enrolment-codes");
    let before = code(post(admin, &codes).await.expect(201));
    scene.withdraw().await;
    let enrol =
        |code: &str| json!({ "code": code, "platform": "ios", "consent_text_version": "7" });
    let old = admin.post("/v1/enrolments", &enrol(&before)).await;
    assert_eq!(old.status, 401);
    assert_eq!(
        scene.get(&scene.path("")).await["status"],
        json!("withdrawn")
    );
    let fresh = code(post(admin, &codes).await.expect(201));
    admin
        .post("/v1/enrolments", &enrol(&fresh))
        .await
        .expect(201);
    assert_eq!(scene.get(&scene.path("")).await["status"], json!("active"));
    let history = scene.get(&scene.path("/consents")).await;
    let versions: Vec<&str> = history["consents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "text_version"))
        .collect();
    assert_eq!(versions, ["1", "7"]);
    assert_eq!(
        history["consents"][1]["given_by"],
        Value::Null,
        "the patient's own device"
    );
}

footing_tests::on_both_engines!(
    nothing_is_asked_or_sent_any_more,
    what_arrives_afterwards_is_counted_and_thrown_away,
    a_batch_of_two_patients_loses_only_what_has_no_consent,
    a_new_consent_is_a_new_episode_and_the_gap_stays_closed,
    enrolling_is_consent_but_not_with_a_code_from_before,
);
