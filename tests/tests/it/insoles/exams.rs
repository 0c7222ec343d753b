//! Examinations are never rewritten; events are taken back and kept.

use footing_tests::{Database, Raw};
use serde_json::{Value, json};

use super::Scene;

fn posture(left: [i8; 6]) -> Value {
    json!({ "exam_date": "2026-03-01", "physical": {
        "foot_posture": [{ "side": "left", "items": left }],
        "leg_length": { "method": "tape_asis_medial_malleolus", "left_mm": 880.0, "right_mm": 874.0 },
    } })
}

async fn an_examination_comes_back_with_its_bands_and_a_correction_leaves_it(database: Database) {
    let scene = Scene::set(database).await;
    let first = scene
        .say("/exams", &posture([2, 2, 2, 2, 1, 1]))
        .await
        .expect(201);
    let before = scene.see("/exams").await;
    let exam = &before["exams"][0];
    assert_eq!(exam["foot_posture"][0]["sum"], json!(10));
    assert_eq!(exam["foot_posture"][0]["band"], json!("highly_pronated"));
    assert!(
        exam["foot_posture"][0]["source"]
            .as_str()
            .unwrap()
            .contains("Redmond")
    );
    assert_eq!(exam["leg_difference_mm"], json!(-6.0));

    let mut correction = posture([1, 1, 1, 1, 1, 0]);
    correction["replaces"] = first["id"].clone();
    let second = scene.say("/exams", &correction).await.expect(201);
    let after = scene.see("/exams").await;
    let of = |id: &Value| {
        let all = after["exams"].as_array().unwrap();
        all.iter().find(|exam| &exam["id"] == id).unwrap().clone()
    };
    assert_eq!(
        of(&second["id"])["foot_posture"][0]["band"],
        json!("neutral")
    );
    let mut kept = of(&first["id"]);
    assert_eq!(kept["replaced_by"], second["id"]);
    kept.as_object_mut().unwrap().remove("replaced_by");
    assert_eq!(&kept, exam, "the first stays as it was");
    let again = scene.say("/exams", &correction).await;
    assert_eq!((again.status, again.problem().as_str()), (409, "conflict"));
}

async fn imaging_and_broken_rules(database: Database) {
    let scene = Scene::set(database).await;
    let imaging = json!({ "exam_date": "2026-02-20", "imaging": {
        "modality": "xray", "region": "left foot, standing", "text": "Talus tilted by 4 degrees", "reference_id": "PACS-0001",
    } });
    scene.say("/exams", &imaging).await.expect(201);
    assert_eq!(
        scene.see("/exams").await["exams"][0]["imaging"],
        imaging["imaging"]
    );

    let refused = |body: Value| {
        let scene = &scene;
        async move { scene.say("/exams", &body).await.expect(400)["errors"][0]["pointer"].clone() }
    };
    assert_eq!(
        refused(posture([3, 0, 0, 0, 0, 0])).await,
        json!("/physical/foot_posture/0/items")
    );
    let mut future = imaging.clone();
    future["exam_date"] = json!("2026-03-03");
    assert_eq!(refused(future).await, json!("/exam_date"));
    let mut both = posture([0; 6]);
    both["imaging"] = imaging["imaging"].clone();
    assert_eq!(refused(both).await, json!(""));
    let mut nothing = posture([0; 6]);
    nothing["replaces"] = json!(footing_tests::example::id("exm", 7));
    assert_eq!(refused(nothing).await, json!("/replaces"));
    assert_eq!(
        scene.see("/exams").await["exams"].as_array().unwrap().len(),
        1
    );
}

async fn events_are_taken_back_and_kept(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({ "kind": "orthotic_issued", "date": "2026-03-01", "orthotic_id": "custom" });
    let id = scene.event(&body).await;
    assert_eq!(scene.event(&body).await, id, "said twice is one event");
    let clinician = &scene.clinic.clinician;
    let path = format!("/v1/patients/{}/events/{id}", scene.patient);
    for _ in 0..2 {
        clinician
            .send(reqwest::Method::DELETE, &path, None)
            .await
            .expect(204);
    }
    let events = scene.see("/events").await;
    let events = events["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    assert!(events[0]["retracted_at"].is_string());
    let wrong = json!({ "kind": "visit", "date": "2026-03-01", "shoe_id": "new" });
    let refused = scene.say("/events", &wrong).await.expect(400);
    assert_eq!(refused["errors"][0]["pointer"], json!("/shoe_id"));
    let planned = json!({ "kind": "surgery", "date": "2026-06-01" });
    scene.say("/events", &planned).await.expect(201);
    let ahead = json!({ "kind": "orthotic_issued", "date": "2026-03-03" });
    scene.say("/events", &ahead).await.expect(400);
    let mut raw = Raw::connect(&scene.database);
    let audited =
        raw.texts("SELECT action AS value FROM audit WHERE entity = 'care_event' ORDER BY at, id");
    assert_eq!(audited.len(), 3, "{audited:?}");
}

async fn a_fall_the_patient_tells_of_is_critical_until_it_is_taken_back(database: Database) {
    let scene = Scene::set(database).await;
    let fall = json!({ "kind": "fall", "date": "2026-03-02", "note": "On the stairs" });
    let told = scene.phone.post("/v1/me/events", &fall).await.expect(201);
    let again = scene.phone.post("/v1/me/events", &fall).await.expect(201);
    assert_eq!(told, again, "a repeat is the same report");
    assert_eq!(scene.alerts(), ["fall critical open 1"]);
    for (kind, date) in [
        ("surgery", "2026-03-02"),
        ("fall", "2026-03-03"),
        ("fall", "2026-01-15"),
    ] {
        let body = json!({ "kind": kind, "date": date });
        scene.phone.post("/v1/me/events", &body).await.expect(400);
    }
    let path = format!(
        "/v1/patients/{}/events/{}",
        scene.patient,
        told["id"].as_str().unwrap()
    );
    scene
        .clinic
        .clinician
        .send(reqwest::Method::DELETE, &path, None)
        .await
        .expect(204);
    assert_eq!(scene.alerts(), ["fall critical retracted 1"]);
    scene
        .event(&json!({ "kind": "fall", "date": "2026-03-01" }))
        .await;
    assert_eq!(scene.alerts().len(), 1, "what the clinic records it knows");
}

footing_tests::on_both_engines!(
    an_examination_comes_back_with_its_bands_and_a_correction_leaves_it,
    imaging_and_broken_rules,
    events_are_taken_back_and_kept,
    a_fall_the_patient_tells_of_is_critical_until_it_is_taken_back,
);
