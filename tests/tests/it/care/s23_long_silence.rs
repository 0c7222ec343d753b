//! S23: nothing is heard for two, four, seven, fourteen, twenty-one due days.

use footing_server::push::PushKind;
use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, summary};
use serde_json::json;

use super::{PHONE, Scene};

fn nudges(scene: &Scene) -> Vec<String> {
    let all = scene.server.push.all_to(PHONE);
    all.iter()
        .filter(|one| one.kind() == PushKind::Nudge)
        .map(|one| one.at.to_string())
        .collect()
}

async fn the_ladder_of_a_silence(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.advance("2026-03-02T07:05:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T07:05:00Z")])
            .await,
        ["applied"]
    );
    let session = json!({ "sessions": [summary(1, "2026-03-02T05:00:00Z")] });
    scene
        .phone
        .post("/v1/me/insole-sessions", &session)
        .await
        .expect(200);
    // Silent from the 3rd on. A phone still says that pushes arrive, until the 5th.
    scene.server.advance("2026-03-05T07:01:00Z").await;
    assert_eq!(
        nudges(&scene),
        ["2026-03-05T06:00:00Z"],
        "after two due days, when the night is over"
    );
    let shown = scene.server.push.sent_to(PHONE).pop().unwrap();
    let receipt = json!({ "receipts": [{ "message_id": shown.message_id(), "kind": "delivered", "at": "2026-03-05T07:00:30Z" }] });
    scene
        .phone
        .post("/v1/me/receipts", &receipt)
        .await
        .expect(200);
    scene.server.advance("2026-03-09T22:59:00Z").await;
    assert_eq!(
        nudges(&scene),
        ["2026-03-05T06:00:00Z", "2026-03-07T06:00:00Z"]
    );
    assert_eq!(scene.notices().await, ["nudge_second", "nudge_gentle"]);
    assert!(!scene.alerts().await.contains(&"silent open".to_owned()));
    // Seven days are over with the 9th.
    scene.server.advance("2026-03-09T23:00:00Z").await;
    let silent = scene.alert("silent").await;
    assert_eq!(text(&silent, "severity"), "medium");
    let why = &silent["evidence"];
    assert_eq!(why["last_push_at"], json!("2026-03-05T07:01:00Z"), "{why}");
    assert_eq!(why["last_insole_at"], json!("2026-03-02T05:00:00Z"));
    assert_eq!(why["reachable"], json!(true));
    assert!(text(why, "last_app_at") >= "2026-03-02T07:05:00Z");
    scene.server.advance("2026-03-16T23:00:00Z").await;
    assert_eq!(text(&scene.alert("silent").await, "severity"), "high");
    scene.server.advance("2026-03-23T22:59:00Z").await;
    let prompts = scene.prompted().len();
    assert_eq!(prompts, 22, "each day so far");
    scene.server.advance("2026-03-23T23:00:00Z").await;
    assert_eq!(
        scene.alert("silent").await["evidence"]["reminders_stopped"],
        json!(true)
    );
    scene.server.advance("2026-03-30T12:00:00Z").await;
    assert_eq!(
        scene.prompted().len(),
        prompts,
        "reminders stop until somebody decides"
    );
    assert_eq!(nudges(&scene).len(), 2);
    let today = scene.occurrence("2026-03-30", 0).await;
    let why = scene.explain(&today).await;
    assert_eq!(
        (
            &why["reminders"][0]["state"],
            &why["reminders"][0]["reason"]
        ),
        (&json!("suppressed"), &json!("silent"))
    );

    // Who speaks again is reminded again.
    assert_eq!(
        scene
            .answer(&[done(2, &today, "2026-03-30T08:00:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-31T07:00:00Z").await;
    assert_eq!(scene.prompted().len(), prompts + 1);
    assert!(!scene.alerts().await.contains(&"silent open".to_owned()));
}

async fn two_silences_share_one_budget(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    let clinician = scene.clinician().await;
    let mut settings = clinician.get("/v1/clinic/settings").await.expect(200);
    settings["reminders"]["silence"]["gentle_days"] = json!(1);
    settings["reminders"]["silence"]["second_days"] = json!(2);
    clinician
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(200);
    // Two days without a word, then one, over and over: a nudge would be due on two days of three.
    let mut answer = 0;
    for day in 2..=31 {
        let date = format!("2026-03-{day:02}");
        let hour = if day >= 29 { 6 } else { 7 };
        scene
            .server
            .advance(&format!("{date}T0{hour}:05:00Z"))
            .await;
        if day % 3 == 2 {
            answer += 1;
            let one = scene.occurrence(&date, 0).await;
            let said = done(answer, &one, &format!("{date}T0{hour}:05:00Z"));
            assert_eq!(scene.answer(&[said]).await, ["applied"], "{date}");
        }
    }
    let at: Vec<jiff::Timestamp> = nudges(&scene)
        .iter()
        .map(|at| at.parse().unwrap())
        .collect();
    assert!(at.len() >= 6, "{at:?}");
    for (most, hours) in [(1, 24), (2, 96), (4, 240)] {
        for first in &at {
            let until = *first + jiff::SignedDuration::from_hours(hours);
            let within = at
                .iter()
                .filter(|at| *first <= **at && **at < until)
                .count();
            assert!(within <= most, "{within} in {hours} h: {at:?}");
        }
    }
}

async fn who_wants_no_words_gets_none(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    let body = json!({ "reminders": { "nudges": false } });
    scene.phone.put("/v1/me/settings", &body).await.expect(200);
    scene.server.advance("2026-03-09T12:00:00Z").await;
    assert_eq!(nudges(&scene), Vec::<String>::new());
    assert!(
        scene.alerts().await.contains(&"silent open".to_owned()),
        "the clinic is told all the same"
    );
}

footing_tests::on_both_engines!(
    the_ladder_of_a_silence,
    two_silences_share_one_budget,
    who_wants_no_words_gets_none,
);
