//! Insole sessions on their way in: each item for itself, once, durable.

use footing_tests::clinic::text;
use footing_tests::example::summary;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

const PATH: &str = "/v1/me/insole-sessions";

struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
}

impl Scene {
    async fn set(database: &Database) -> Self {
        let server = TestServer::start(database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic.device(&patient, None).await;
        Self {
            server,
            clinic,
            patient,
            phone,
        }
    }

    async fn listed(&self) -> Vec<Value> {
        let path = format!("/v1/patients/{}/insole-sessions", self.patient);
        let body = self.clinic.clinician.get(&path).await.expect(200);
        body["sessions"].as_array().unwrap().clone()
    }
}

/// The `number`-th valid summary as JSON, all of one morning.
fn valid(number: u64) -> Value {
    serde_json::to_value(summary(
        number,
        &format!("2026-03-02T05:{:02}:00Z", number % 60),
    ))
    .unwrap()
}

async fn upload(phone: &Caller, sessions: &[Value]) -> Vec<String> {
    let body = phone
        .post(PATH, &json!({ "sessions": sessions }))
        .await
        .expect(200);
    let results = body["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| text(result, "disposition").to_owned())
        .collect()
}

async fn a_summary_is_kept_scored_and_given_back_as_it_was(database: Database) {
    let scene = Scene::set(&database).await;
    let sent = valid(1);
    assert_eq!(
        upload(&scene.phone, std::slice::from_ref(&sent)).await,
        ["created"]
    );
    let lines = scene.listed().await;
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0]["score"]
            .as_f64()
            .is_some_and(|score| (0.0..=100.0).contains(&score))
    );
    assert!(lines[0]["score_se"].as_f64().is_some_and(|se| se > 0.0));
    let id = text(&sent, "session_id");
    let path = format!("/v1/patients/{}/insole-sessions/{id}", scene.patient);
    let detail = scene.clinic.clinician.get(&path).await.expect(200);
    assert_eq!(detail["summary"], sent, "as uploaded");
    assert!(detail["assessment"]["score"].is_object());
    let own = scene.phone.get(PATH).await.expect(200);
    assert_eq!(
        own["sessions"],
        json!(lines),
        "the patient sees the same list"
    );
    let page = scene
        .clinic
        .clinician
        .get(&format!("/patients/{}/gait", scene.patient))
        .await;
    let page = page.text();
    for shown in ["What was measured in this session", "steps/min", "left 6"] {
        assert!(page.contains(shown), "the clinician's page lacks: {shown}");
    }
}

async fn a_session_of_years_before_the_clinic_is_kept_for_review_and_seen(database: Database) {
    let scene = Scene::set(&database).await;
    let begun = |number, at: &str| serde_json::to_value(summary(number, at)).unwrap();
    let batch = [
        begun(1, "1970-01-01T00:00:05Z"),
        begun(2, "2025-03-02T05:59:59Z"),
        // A year before the clinic was opened, and that morning.
        begun(3, "2025-03-02T06:00:00Z"),
        valid(4),
    ];
    let first = upload(&scene.phone, &batch).await;
    assert_eq!(first, ["quarantined", "quarantined", "created", "created"]);
    let again = upload(&scene.phone, &batch).await;
    assert_eq!(
        again,
        ["quarantined", "quarantined", "duplicate", "duplicate"]
    );
    assert_eq!(scene.listed().await.len(), 2);
    let mut raw = Raw::connect(&database);
    let worn = "SELECT min(local_date) AS value FROM wear_days";
    assert_eq!(raw.texts(worn), ["2025-03-02"]);

    let clinician = &scene.clinic.clinician;
    let path = format!("/v1/patients/{}/insole-sessions", scene.patient);
    let kept = clinician.get(&path).await.expect(200)["kept_for_review"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 2, "each once");
    assert_eq!(kept[0]["reason"], json!("clock"));
    let of_1970 = |one: &&Value| one["summary"] == batch[0];
    assert_eq!(kept.as_array().unwrap().iter().filter(of_1970).count(), 1);
    let page = clinician.get(&format!("/patients/{}", scene.patient)).await;
    let said = "A walk with the insoles: it is dated by a clock that was wrong";
    assert_eq!(page.text().matches(said).count(), 2);
}

async fn each_item_stands_for_itself(database: Database) {
    let scene = Scene::set(&database).await;
    assert_eq!(upload(&scene.phone, &[valid(1)]).await, ["created"]);
    let mut changed = valid(1);
    changed["tag"] = json!("test");
    let mut wrong = valid(3);
    wrong["duration_s"] = json!(-1.0);
    let mut future = valid(4);
    future["start_utc"] = json!("2026-03-02T06:05:01Z");
    let mut nowhere = valid(5);
    nowhere["tz"] = json!("Mars/Phobos");
    let batch = [
        valid(1),
        changed,
        valid(2),
        wrong,
        json!("none"),
        future,
        nowhere,
        valid(6),
        valid(6),
    ];
    let expected = [
        "duplicate",
        "conflict",
        "created",
        "invalid",
        "invalid",
        "invalid",
        "invalid",
        "created",
        "duplicate",
    ];
    assert_eq!(upload(&scene.phone, &batch).await, expected);
    assert_eq!(scene.listed().await.len(), 3);
    let id = text(&valid(1), "session_id").to_owned();
    let path = format!("/v1/patients/{}/insole-sessions/{id}", scene.patient);
    let kept = scene.clinic.clinician.get(&path).await.expect(200);
    assert_eq!(kept["summary"], valid(1), "of a conflict the first is kept");
}

async fn invalid_items_name_place_and_rule(database: Database) {
    let scene = Scene::set(&database).await;
    let mut wrong = valid(1);
    wrong["duration_s"] = json!(-1.0);
    wrong["device"]["model"] = json!("");
    let body = scene
        .phone
        .post(PATH, &json!({ "sessions": [valid(2), wrong] }))
        .await
        .expect(200);
    let errors = body["results"][1]["errors"].as_array().unwrap();
    let pointers: Vec<&str> = errors.iter().map(|error| text(error, "pointer")).collect();
    assert!(
        pointers.contains(&"/duration_s") && pointers.contains(&"/device/model"),
        "{pointers:?}"
    );
    assert_eq!(body["results"][1]["index"], json!(1));
}

async fn another_patients_session_id_is_a_conflict_and_stays_theirs(database: Database) {
    let scene = Scene::set(&database).await;
    assert_eq!(upload(&scene.phone, &[valid(1)]).await, ["created"]);
    let other = scene.clinic.patient("Test Patient 02").await;
    let second = scene.clinic.device(&other, None).await;
    assert_eq!(upload(&second, &[valid(1)]).await, ["conflict"]);
    assert_eq!(scene.listed().await.len(), 1);
    let own = second.get(PATH).await.expect(200);
    assert_eq!(own["sessions"], json!([]));
}

async fn another_clinic_may_have_the_same_session_id(database: Database) {
    let scene = Scene::set(&database).await;
    let other = Clinic::open(&scene.server, "other").await;
    let stranger = other.patient("Test Patient 01").await;
    let phone = other.device(&stranger, None).await;
    assert_eq!(upload(&scene.phone, &[valid(1)]).await, ["created"]);
    assert_eq!(
        upload(&phone, &[valid(1)]).await,
        ["created"],
        "clinics do not see each other"
    );
}

async fn many_phones_at_once_and_again(database: Database) {
    let scene = Scene::set(&database).await;
    let batch: Vec<Vec<Value>> = (0..24_u64)
        .map(|group| (0..4).map(|one| valid(100 + 4 * group + one)).collect())
        .collect();
    for expected in ["created", "duplicate"] {
        let uploads = batch.iter().map(|sessions| upload(&scene.phone, sessions));
        let heard = futures_util::future::join_all(uploads).await.concat();
        assert_eq!(heard.len(), 96);
        assert!(heard.iter().all(|one| one == expected), "{heard:?}");
    }
}

async fn one_session_sent_at_once_many_times_is_created_once(database: Database) {
    let scene = Scene::set(&database).await;
    let one = [valid(1)];
    let uploads = (0..32).map(|_| upload(&scene.phone, &one));
    let mut heard = futures_util::future::join_all(uploads).await.concat();
    heard.sort();
    assert_eq!(heard[0], "created");
    assert!(heard[1..].iter().all(|one| one == "duplicate"), "{heard:?}");
}

async fn what_was_acknowledged_survives_a_restart(database: Database) {
    let scene = Scene::set(&database).await;
    assert_eq!(
        upload(&scene.phone, &[valid(1), valid(2)]).await,
        ["created", "created"]
    );
    let (before, clock) = (scene.listed().await, scene.server.clock.clone());
    scene.server.stop().await;
    let server = TestServer::start_at(&database, clock).await;
    let anonymous = server.anonymous();
    let phone = anonymous.with_token(scene.phone.token().unwrap());
    let clinician = anonymous.with_token(scene.clinic.clinician.token().unwrap());
    assert_eq!(
        upload(&phone, &[valid(1), valid(3)]).await,
        ["duplicate", "created"]
    );
    let path = format!("/v1/patients/{}/insole-sessions", scene.patient);
    let after = clinician.get(&path).await.expect(200);
    let after = after["sessions"].as_array().unwrap();
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|line| after.contains(line)), "unchanged");
}

async fn a_batch_has_1_to_100_items(database: Database) {
    let scene = Scene::set(&database).await;
    let empty = scene.phone.post(PATH, &json!({ "sessions": [] })).await;
    assert_eq!((empty.status, empty.problem().as_str()), (400, "invalid"));
    let many = json!({ "sessions": vec![json!({}); 101] });
    assert_eq!(scene.phone.post(PATH, &many).await.status, 400);
    let most = json!({ "sessions": vec![json!({}); 100] });
    assert_eq!(scene.phone.post(PATH, &most).await.status, 200);
}

footing_tests::on_both_engines!(
    a_summary_is_kept_scored_and_given_back_as_it_was,
    a_session_of_years_before_the_clinic_is_kept_for_review_and_seen,
    each_item_stands_for_itself,
    invalid_items_name_place_and_rule,
    another_patients_session_id_is_a_conflict_and_stays_theirs,
    another_clinic_may_have_the_same_session_id,
    many_phones_at_once_and_again,
    one_session_sent_at_once_many_times_is_created_once,
    what_was_acknowledged_survives_a_restart,
    a_batch_has_1_to_100_items,
);
