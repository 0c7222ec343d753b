//! Questionnaires: recorded by patients and clinicians, scored, with which changes matter.

use footing_tests::Database;
use footing_tests::example::id;
use serde_json::{Value, json};

use super::Scene;

fn psfs(number: u64, taken_at: &str, answers: &[u8]) -> Value {
    let activities = ["Walking to the shop", "Standing at work", "Stairs"];
    json!({
        "id": id("scr", number),
        "scale": "psfs",
        "taken_at": taken_at,
        "answers": answers,
        "activities": activities,
    })
}

async fn a_patients_scores_come_with_their_changes(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-20T08:00:00Z").await;
    for (number, date, answers) in [
        (1, "02", [2, 3, 4]),
        (2, "09", [3, 4, 5]),
        (3, "16", [5, 6, 7]),
    ] {
        let at = format!("2026-03-{date}T07:00:00Z");
        let body = psfs(number, &at, &answers);
        let answer = scene.phone.post("/v1/me/scales", &body).await.expect(200);
        assert_eq!(answer["disposition"], json!("created"));
    }
    let seen = scene.seen("/scales?key=psfs").await;
    let newest = &seen["results"][0];
    assert_eq!(newest["score"], json!(6.0));
    assert_eq!(newest["activities"][1], json!("Standing at work"));
    assert_eq!(newest["since_first"]["points"], json!(3.0));
    assert_eq!(newest["since_first"]["direction"], json!("better"));
    assert_eq!(newest["since_first"]["beyond_error"], json!(true));
    assert_eq!(newest["since_last"]["points"], json!(2.0));
    let second = &seen["results"][1];
    assert_eq!(
        second["since_last"]["beyond_error"],
        json!(false),
        "one point is within the error"
    );
    assert_eq!(
        seen["results"][2]["since_first"],
        json!(null),
        "the first has none"
    );
    assert_eq!(scene.phone.get("/v1/me/scales").await.expect(200), seen);
    let asked = scene.phone.get("/v1/me/checkin").await.expect(200);
    assert_eq!(
        asked["scales_due"],
        json!(["rmdq"]),
        "four days after, the PSFS is not due"
    );
    assert_eq!(asked["psfs_text"], json!(null));
}

async fn a_clinician_records_what_was_filled_in_at_the_clinic(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({
        "id": id("scr", 1),
        "scale": "start_back",
        "taken_at": "2026-03-02T05:00:00Z",
        "answers": [0, 0, 0, 0, 1, 1, 1, 1, 0],
    });
    let path = scene.path("/scales");
    let answer = scene.clinic.clinician.post(&path, &body).await.expect(200);
    assert_eq!(answer["result"]["band"], json!("high"));
    assert_eq!(answer["result"]["parts"][1]["value"], json!(4.0));
    assert!(answer["result"]["recorded_by"].is_string());
    assert_eq!(scene.audit("scale."), ["scale.record"]);
    let again = scene.clinic.clinician.post(&path, &body).await.expect(200);
    assert_eq!(again["disposition"], json!("duplicate"));
    assert_eq!(again["result"], answer["result"]);
    let mut other = body.clone();
    other["answers"][8] = json!(4);
    let conflict = scene.clinic.clinician.post(&path, &other).await.expect(200);
    assert_eq!(
        conflict,
        json!({ "disposition": "conflict", "result": null })
    );
}

async fn too_little_answered_has_no_score_and_never_zero(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({
        "id": id("scr", 1),
        "scale": "odi",
        "taken_at": "2026-03-02T05:00:00Z",
        "answers": [5, 4, null, null, null, 0, 0, 0, 0, 0],
    });
    let path = scene.path("/scales");
    let answer = scene.clinic.clinician.post(&path, &body).await.expect(200);
    assert_eq!(answer["result"]["score"], json!(null));
    assert_eq!(answer["result"]["parts"][0]["answered"], json!(7));
}

async fn wrong_answers_are_told_by_place(database: Database) {
    let scene = Scene::set(database).await;
    for (wrong, pointer) in [
        (json!({ "scale": "sf_36" }), "/scale"),
        (json!({ "answers": [3, 4] }), "/answers"),
        (json!({ "answers": [3, 11, 4] }), "/answers/1"),
        (json!({ "answers": [null, null, null] }), "/answers"),
        (json!({ "activities": ["Stairs"] }), "/activities"),
        (
            json!({ "scale": "nprs_back", "answers": [3] }),
            "/activities",
        ),
        (json!({ "taken_at": "2026-03-02T06:05:01Z" }), "/taken_at"),
    ] {
        let mut body = psfs(1, "2026-03-02T05:00:00Z", &[1, 2, 3]);
        for (field, value) in wrong.as_object().unwrap() {
            body[field] = value.clone();
        }
        let reply = scene.phone.post("/v1/me/scales", &body).await;
        let told = &reply.expect(400)["errors"][0]["pointer"];
        assert_eq!(told, &json!(pointer), "{wrong}");
    }
    let none = scene.seen("/scales").await;
    assert_eq!(none["results"], json!([]));
}

async fn the_register_says_on_what_terms_each_may_be_used(database: Database) {
    let scene = Scene::set(database).await;
    let register = scene.clinic.clinician.get("/v1/scales").await.expect(200);
    let scales = register["scales"].as_array().unwrap();
    for scale in scales {
        let is_ours = scale["licence"]["text"] == json!("ours");
        let is_free = scale["licence"]["standing"] == json!("free");
        assert_eq!(
            is_ours, is_free,
            "only words of our own are shipped: {}",
            scale["key"]
        );
        assert!(!scale["sources"].as_array().unwrap().is_empty());
    }
    assert_eq!(scales.len(), 12);
    assert!(
        !register.to_string().contains("because of my back"),
        "no item of a published form"
    );
}

footing_tests::on_both_engines!(
    a_patients_scores_come_with_their_changes,
    a_clinician_records_what_was_filled_in_at_the_clinic,
    too_little_answered_has_no_score_and_never_zero,
    wrong_answers_are_told_by_place,
    the_register_says_on_what_terms_each_may_be_used,
);
