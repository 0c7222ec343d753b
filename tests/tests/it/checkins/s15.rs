//! Scenario S15: a pain spike after an exercise.

use footing_tests::Database;
use serde_json::json;

use super::{OTHER, STRETCH, Scene, advice, after, correcting};

async fn a_spike_suspends_the_exercise_and_tells_the_owner_at_once(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T07:10:00Z", &stretch, 3, 4))
        .await;
    assert_eq!(scene.alerts(), Vec::<String>::new(), "4 is nothing");

    scene.server.advance("2026-03-02T08:00:00Z").await;
    let answer = scene
        .take(after(2, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    assert_eq!(advice(&answer), ["exercise_paused"]);
    let told = answer["advice"][0]["text"].as_str().unwrap();
    assert!(told.starts_with("Calf stretch at the wall"), "{told}");
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch open 1"]);
    assert_eq!(
        scene.texts("SELECT severity AS value FROM alerts"),
        ["critical"]
    );
    // Four hours, in microseconds.
    let due = "SELECT CAST(due_at - first_seen_at AS TEXT) AS value FROM alerts";
    assert_eq!(scene.texts(due), ["14400000000"]);
    let owned = "SELECT CAST(count(*) AS TEXT) AS value FROM alerts a JOIN patients p
        ON p.tenant_id = a.tenant_id AND p.id = a.patient_id AND p.owner_id = a.owner_id";
    assert_eq!(scene.texts(owned), ["1"], "it is the owner's");
    let evidence = &scene.texts("SELECT evidence AS value FROM alerts")[0];
    let evidence: serde_json::Value = serde_json::from_str(evidence).unwrap();
    assert_eq!(
        (&evidence["pain"], &evidence["last_values"]),
        (&json!(8), &json!([4])),
        "with the values before"
    );

    let stretch_only = [
        format!("{STRETCH} open"),
        format!("{OTHER} open"),
        format!("{STRETCH} excused"),
    ];
    scene.server.advance("2026-03-02T10:00:00Z").await;
    assert_eq!(
        scene.phases("2026-03-02").await,
        stretch_only,
        "the rest goes on"
    );
    assert_eq!(
        scene.phases("2026-03-03").await,
        [
            format!("{STRETCH} excused"),
            format!("{OTHER} upcoming"),
            format!("{STRETCH} excused")
        ]
    );
    assert_eq!(
        scene.suspensions().await,
        [format!("{STRETCH} pain_spike live")]
    );
    let to_come = "SELECT DISTINCT exercise_key AS value FROM occurrences
        WHERE state = 'planned' AND remind_at IS NOT NULL AND local_date > '2026-03-02'";
    assert_eq!(scene.texts(to_come), [OTHER], "nobody is reminded of it");
    assert_eq!(scene.notices(), ["exercise_paused"]);
    assert_eq!(scene.audit("exercise."), ["exercise.suspend"]);
}

async fn further_eights_within_the_hour_are_counted_and_make_no_second_alert(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:30:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    for (number, at) in [(1, "07:50"), (2, "08:00"), (3, "08:25")] {
        let at = format!("2026-03-02T{at}:00Z");
        scene.take(after(number, &at, &stretch, 4, 8)).await;
    }
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch open 3"]);
    assert_eq!(scene.suspensions().await.len(), 1);
    assert_eq!(scene.notices(), ["exercise_paused"], "told once");
}

async fn a_typo_corrected_within_ten_minutes_takes_everything_back(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:00:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    scene.server.advance("2026-03-02T08:09:00Z").await;
    let fixed = correcting(after(2, "2026-03-02T08:09:00Z", &stretch, 4, 3), 1);
    assert_eq!(advice(&scene.take(fixed).await), Vec::<String>::new());
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch retracted 1"]);
    assert_eq!(
        scene.texts("SELECT state_reason AS value FROM alerts"),
        ["the patient corrected the value from 8 to 3 within 10 minutes"],
        "and says why"
    );
    assert_eq!(
        scene.suspensions().await,
        [format!("{STRETCH} pain_spike ended")]
    );
    assert_eq!(scene.notices(), ["exercise_paused", "exercise_resumed"]);
    let planned = scene.phases("2026-03-03").await;
    assert!(
        planned.iter().all(|line| line.ends_with("upcoming")),
        "{planned:?}"
    );
    let listed = scene.seen("/checkins").await;
    assert_eq!(
        listed["checkins"][0]["replaced_at"],
        json!("2026-03-02T08:09:00Z"),
        "both values stay in the record"
    );

    // A spike after that is a new one.
    scene
        .take(after(3, "2026-03-02T08:09:00Z", &stretch, 4, 9))
        .await;
    assert_eq!(
        scene.alerts(),
        [
            "pain_spike:calf-wall-stretch retracted 1",
            "pain_spike:calf-wall-stretch open 1"
        ]
    );
}

async fn only_the_patient_and_the_clinician_of_the_clinic_see_it(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:00:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    let other = scene.clinic.patient("Test Patient 02").await;
    let thief = scene.clinic.device(&other, None).await;
    let body = json!({ "checkins": [after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8)] });
    let answer = thief.post("/v1/me/checkins", &body).await.expect(200);
    assert_eq!(answer["results"][0]["disposition"], json!("invalid"));
    assert_eq!(
        answer["results"][0]["errors"][0]["pointer"],
        json!("/after/occurrence_id")
    );
    assert_eq!(scene.alerts(), Vec::<String>::new());
    assert_eq!(scene.suspensions().await, Vec::<String>::new());
}

footing_tests::on_both_engines!(
    a_spike_suspends_the_exercise_and_tells_the_owner_at_once,
    further_eights_within_the_hour_are_counted_and_make_no_second_alert,
    a_typo_corrected_within_ten_minutes_takes_everything_back,
    only_the_patient_and_the_clinician_of_the_clinic_see_it,
);
