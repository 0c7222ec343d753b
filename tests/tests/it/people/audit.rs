//! The trail, to be looked at: by patient for every clinician, of the clinic for its admins.

use footing_tests::Database;
use footing_tests::example::id;
use serde_json::{Value, json};

use super::{Scene, SeededAlert};

impl Scene {
    async fn trail(&self, rest: &str) -> Vec<Value> {
        let body = self.get(&self.path(&format!("/audit{rest}"))).await;
        body["lines"].as_array().unwrap().clone()
    }
}

fn actions(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line["action"].as_str())
        .collect()
}

async fn a_patients_trail_says_who_did_what(database: Database) {
    let scene = Scene::set(database).await;
    let alert = scene.alert(&scene.admin, &SeededAlert::default());
    let path = scene.path(&format!("/alerts/{alert}/ack"));
    let reason = json!({ "reason": "Telephoned" });
    scene.server.advance("2026-03-02T06:01:00Z").await;
    scene
        .clinic
        .clinician
        .post(&path, &reason)
        .await
        .expect(200);
    scene.server.advance("2026-03-02T06:02:00Z").await;
    let said = json!({ "id": id("msg", 1), "text": "Synthetic words" });
    scene.phone.post("/v1/me/messages", &said).await.expect(200);
    let lines = scene.trail("").await;
    // What was done to something of the patient's is there too.
    assert_eq!(actions(&lines)[..2], ["message.send", "alert.ack"]);
    assert_eq!(
        (&lines[0]["by"], &lines[0]["name"], &lines[0]["words"]),
        (
            &json!("patient"),
            &json!("Test Patient 01"),
            &json!("sent a message")
        )
    );
    assert_eq!(lines[1]["by"], json!("clinician"));
    assert!(actions(&lines).contains(&"device.enrol") && actions(&lines).contains(&"plan.publish"));
    assert_eq!(actions(&scene.trail("?kind=alert").await), ["alert.ack"]);
    assert_eq!(
        actions(&scene.trail("?by=patient&kind=message").await),
        ["message.send"]
    );
    let mine = format!("?by={}&kind=alert", scene.admin);
    assert_eq!(scene.trail(&mine).await.len(), 1);
    let others = format!("?by={}", scene.other);
    assert_eq!(scene.trail(&others).await.len(), 0);
    for (wrong, field) in [
        ("?kind=nothing", "?kind"),
        ("?by=me", "?by"),
        ("?limit=0", "?limit"),
    ] {
        let path = scene.path(&format!("/audit{wrong}"));
        let refused = scene.clinic.clinician.get(&path).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!(field));
    }
    let other = scene.clinic.patient("Test Patient 02").await;
    let path = format!("/v1/patients/{other}/audit");
    let theirs = scene.get(&path).await;
    assert_eq!(
        theirs["lines"].as_array().unwrap().len(),
        1,
        "that they were added"
    );
    let page = scene
        .clinic
        .clinician
        .get(&format!("/patients/{}/audit", scene.patient))
        .await;
    assert!(page.text().contains("took on an alert"));
}

async fn pages_meet_without_a_gap(database: Database) {
    let scene = Scene::set(database).await;
    for number in 1..=7 {
        let said = json!({ "id": id("msg", number), "text": "Synthetic words" });
        scene.phone.post("/v1/me/messages", &said).await.expect(200);
    }
    let all: Vec<Value> = scene.trail("").await;
    let mut paged = Vec::new();
    let mut rest = "?limit=3".to_owned();
    loop {
        let body = scene.get(&scene.path(&format!("/audit{rest}"))).await;
        paged.extend(body["lines"].as_array().unwrap().clone());
        match body["next"].as_str() {
            Some(next) => rest = format!("?limit=3&before={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
}

async fn the_clinics_trail_is_for_its_admins(database: Database) {
    let scene = Scene::set(database).await;
    let body = scene.get("/v1/clinic/audit").await;
    let lines = body["lines"].as_array().unwrap();
    assert!(actions(lines).contains(&"session.begin") && actions(lines).contains(&"plan.publish"));
    scene.colleague.get("/v1/clinic/audit").await.expect(403);
    let page = scene.clinic.clinician.get("/audit").await;
    assert!(page.status == 200 && page.text().contains("published a plan"));
    assert_eq!(scene.colleague.get("/audit").await.status, 403);
    let list = scene.colleague.get("/worklist").await.text();
    assert!(
        !list.contains("href=\"/audit\""),
        "nobody is sent where they may not go"
    );
}

footing_tests::on_both_engines!(
    a_patients_trail_says_who_did_what,
    pages_meet_without_a_gap,
    the_clinics_trail_is_for_its_admins,
);
