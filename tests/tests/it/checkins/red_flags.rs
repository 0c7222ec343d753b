//! Red flags: the whole plan rests, somebody hears of it, and the patient is told what to do now.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::id;
use serde_json::{Value, json};

use super::{OTHER, STRETCH, Scene, advice, back, correcting, dispositions};

fn flagged(number: u64, taken_at: &str, keys: &[&str]) -> Value {
    let answers: Vec<Value> = keys
        .iter()
        .map(|key| json!({ "key": key, "yes": true }))
        .collect();
    json!({ "id": id("chk", number), "taken_at": taken_at, "red_flags": answers })
}

async fn an_emergency_answer_stops_the_plan_and_sends_the_patient_to_an_emergency_department(
    database: Database,
) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T06:30:00Z").await;
    let item = flagged(
        1,
        "2026-03-02T06:30:00Z",
        &["saddle_numbness", "fever_unwell"],
    );
    let answer = scene.take(item.clone()).await;
    assert_eq!(
        advice(&answer),
        ["advice_emergency"],
        "the more pressing advice only"
    );
    let told = answer["advice"][0]["text"].as_str().unwrap();
    assert!(told.contains("emergency department now"), "{told}");
    assert!(told.contains("Do not wait for the clinic"), "{told}");
    assert_eq!(
        scene.alerts(),
        [
            "red_flag:fever_unwell open 1",
            "red_flag:saddle_numbness open 1"
        ]
    );
    let critical = "SELECT CAST(count(*) AS TEXT) AS value FROM alerts WHERE severity = 'critical' AND due_at IS NOT NULL";
    assert_eq!(scene.texts(critical), ["2"]);
    assert_eq!(scene.suspensions().await, ["* red_flag live"]);
    assert_eq!(scene.notices(), ["advice_emergency"]);
    assert_eq!(
        scene.audit("checkin.red_flag"),
        ["checkin.red_flag", "checkin.red_flag"]
    );
    let rest: Vec<String> = [STRETCH, OTHER, STRETCH]
        .iter()
        .map(|exercise| format!("{exercise} excused"))
        .collect();
    assert_eq!(scene.phases("2026-03-02").await, rest);
    let before = scene.server.push.sent().len();
    scene.server.advance("2026-03-03T23:00:00Z").await;
    assert_eq!(
        scene.server.push.sent().len(),
        before,
        "nothing is asked for"
    );

    // The first answer may never have arrived: the advice comes with every repetition.
    let again = scene.send(&[item]).await;
    assert_eq!(dispositions(&again), ["duplicate"]);
    assert_eq!(advice(&again), ["advice_emergency"]);
    assert_eq!(scene.notices().len(), 1);
}

async fn an_urgent_answer_and_a_fall_send_the_patient_to_the_clinic(database: Database) {
    let scene = Scene::set(database).await;
    let answer = scene
        .take(flagged(1, "2026-03-02T06:00:00Z", &["night_pain"]))
        .await;
    assert_eq!(advice(&answer), ["advice_urgent"]);
    let fall = json!({ "id": id("chk", 2), "taken_at": "2026-03-02T06:00:00Z", "fall": true });
    let answer = scene.take(fall).await;
    assert_eq!(advice(&answer), ["advice_urgent"]);
    assert_eq!(
        scene.alerts(),
        ["red_flag:fall open 1", "red_flag:night_pain open 1"]
    );
    assert_eq!(
        scene.suspensions().await,
        ["* red_flag live"],
        "one for both"
    );
    let falls = "SELECT kind || ' ' || event_date AS value FROM care_events";
    assert_eq!(scene.texts(falls), ["fall 2026-03-02"]);
}

async fn a_no_is_no_red_flag(database: Database) {
    let scene = Scene::set(database).await;
    let mut item = flagged(1, "2026-03-02T06:00:00Z", &["bladder_bowel"]);
    item["red_flags"][0]["yes"] = json!(false);
    assert_eq!(advice(&scene.take(item).await), Vec::<String>::new());
    assert_eq!(scene.alerts(), Vec::<String>::new());
    assert_eq!(scene.suspensions().await, Vec::<String>::new());
}

async fn only_a_clinician_ends_it_and_says_why(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .take(flagged(1, "2026-03-02T06:00:00Z", &["both_legs_weak"]))
        .await;
    let taken_back = correcting(back(2, "2026-03-02T06:01:00Z", 2), 1);
    scene.take(taken_back).await;
    assert_eq!(
        scene.suspensions().await,
        ["* red_flag live"],
        "no correction ends it"
    );
    assert_eq!(scene.alerts(), ["red_flag:both_legs_weak open 1"]);
    scene.server.advance("2026-03-09T06:00:00Z").await;
    assert_eq!(
        scene.suspensions().await,
        ["* red_flag live"],
        "nor does time"
    );

    let seen = scene.seen("/suspensions").await;
    let suspension = text(&seen["suspensions"][0], "id").to_owned();
    scene
        .end_suspension(&suspension, &json!({}))
        .await
        .expect(400);
    scene
        .end_suspension(&suspension, &json!({ "note": "  " }))
        .await
        .expect(400);
    let note = json!({ "note": "Examined on 9 March" });
    let ended = scene.end_suspension(&suspension, &note).await.expect(200);
    assert_eq!(ended["note"], json!("Examined on 9 March"));
    assert_eq!(ended["until_at"], json!("2026-03-09T06:00:00Z"));
    assert!(ended["ended_by"].is_string());
    let again = scene.end_suspension(&suspension, &note).await;
    assert_eq!((again.status, again.problem().as_str()), (409, "conflict"));
    assert_eq!(scene.audit("suspension."), ["suspension.end"]);
    assert_eq!(scene.notices().last().unwrap(), "plan_continues");
    let phases = scene.phases("2026-03-09").await;
    assert_eq!(
        phases,
        [
            format!("{STRETCH} open"),
            format!("{OTHER} upcoming"),
            format!("{STRETCH} upcoming")
        ],
        "what is still to come is planned again"
    );
}

async fn a_clock_that_is_wrong_and_an_unknown_occurrence_lose_no_red_flag(database: Database) {
    let scene = Scene::set(database).await;
    let mut item = flagged(1, "2026-03-02T09:00:00Z", &["bladder_bowel"]);
    item["after"] = json!({ "occurrence_id": id("occ", 77), "pain": 9 });
    assert_eq!(advice(&scene.take(item).await), ["advice_emergency"]);
    let listed = scene.seen("/checkins").await;
    assert_eq!(
        listed["checkins"][0]["taken_at"],
        json!("2026-03-02T06:00:00Z"),
        "by our clock"
    );
    assert_eq!(scene.alerts(), ["red_flag:bladder_bowel open 1"]);
}

async fn they_are_asked_first_then_when_pain_rises_and_are_always_there(database: Database) {
    let scene = Scene::set(database).await;
    let asked = || async { scene.phone.get("/v1/me/checkin").await.expect(200) };
    let first = asked().await;
    assert_eq!(first["ask_red_flags"], json!("first"));
    assert_eq!(first["scales_due"], json!(["psfs", "rmdq"]));
    assert!(first["psfs_text"].is_string());
    assert_eq!(first["red_flags"][0]["list"], json!("emergency"));
    scene.take(back(1, "2026-03-02T06:00:00Z", 3)).await;
    let second = asked().await;
    assert_eq!(second["done"], json!(true));
    assert_eq!(second["ask_red_flags"], json!(null));
    assert_eq!(
        second["red_flags"], first["red_flags"],
        "they are at hand all the same"
    );
    for day in 3..=5 {
        let at = format!("2026-03-0{day}T06:00:00Z");
        scene.server.advance(&at).await;
        let answer = scene.take(back(day, &at, 3)).await;
        assert_eq!(answer["ask_red_flags"], json!(false));
    }
    scene.server.advance("2026-03-06T06:00:00Z").await;
    let almost = scene.take(back(6, "2026-03-06T06:00:00Z", 4)).await;
    assert_eq!(almost["ask_red_flags"], json!(false));
    let risen = scene.take(back(7, "2026-03-06T06:00:00Z", 5)).await;
    assert_eq!(risen["ask_red_flags"], json!(true), "two above the usual 3");
    assert_eq!(asked().await["ask_red_flags"], json!("pain_rise"));
}

async fn a_patient_reads_in_their_own_language(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({ "name": "Test Patient 02", "time_zone": "Europe/Madrid", "locale": "es" });
    let other = scene
        .clinic
        .clinician
        .post("/v1/patients", &body)
        .await
        .expect(201);
    let phone = scene.clinic.device(text(&other, "id"), None).await;
    let asked = phone.get("/v1/me/checkin").await.expect(200);
    assert!(text(&asked["questions"][0], "text").contains("espalda"));
    let item = flagged(1, "2026-03-02T06:00:00Z", &["bladder_bowel"]);
    let body = json!({ "checkins": [item] });
    let answer = phone.post("/v1/me/checkins", &body).await.expect(200);
    assert!(text(&answer["advice"][0], "text").contains("urgencias"));
}

footing_tests::on_both_engines!(
    an_emergency_answer_stops_the_plan_and_sends_the_patient_to_an_emergency_department,
    an_urgent_answer_and_a_fall_send_the_patient_to_the_clinic,
    a_no_is_no_red_flag,
    only_a_clinician_ends_it_and_says_why,
    a_clock_that_is_wrong_and_an_unknown_occurrence_lose_no_red_flag,
    they_are_asked_first_then_when_pain_rises_and_are_always_there,
    a_patient_reads_in_their_own_language,
);
