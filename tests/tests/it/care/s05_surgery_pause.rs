//! S5: an operation. The pause is entered late, what was missed is excused, nothing starts again by itself.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use serde_json::{Value, json};

use super::{PHONE, Scene};

/// Done each day through 3 May, then nothing; entered on 10 May at 10:00 in Berlin, when a reminder is on the screen.
async fn operated(database: Database) -> (Scene, Value, String) {
    let scene = Scene::at(database, "2026-05-01T04:00:00Z", "Europe/Berlin").await;
    let mut item = plan_item("calf-wall-stretch", &["08:00", "18:00"]);
    item["dose"]["sets"] = json!(4);
    let scene = scene.plan(&[item]).await;
    let mut answer = 0;
    for day in 1..=3 {
        let date = format!("2026-05-{day:02}");
        scene.server.advance(&format!("{date}T17:00:00Z")).await;
        for one in scene.day(&date).await {
            answer += 1;
            let said = done(answer, text(&one, "id"), text(&one, "due_at"));
            assert_eq!(scene.answer(&[said]).await, ["applied"]);
        }
    }
    scene.server.advance("2026-05-04T00:00:00Z").await;
    let before = scene.adherence("from=2026-05-01&through=2026-05-03").await;
    scene.server.advance("2026-05-10T08:00:00Z").await;
    assert_eq!(scene.alerts().await, ["missed_days open"]);
    let pause = scene.pause("2026-05-04", "2026-06-15", "surgery").await;
    (scene, before, pause)
}

async fn a_pause_that_began_in_the_past(database: Database) {
    let (scene, before, _) = operated(database).await;
    for day in 4..=15 {
        let date = format!("2026-05-{day:02}");
        let phases = scene.phases(&date).await;
        assert_eq!(
            phases,
            ["08:00 excused(surgery)", "18:00 excused(surgery)"],
            "{date}"
        );
    }
    assert_eq!(scene.alerts().await, ["missed_days auto_resolved"]);
    assert_eq!(
        text(&scene.alert("missed_days").await, "state_reason"),
        "paused: surgery"
    );
    let after = scene.adherence("from=2026-05-01&through=2026-05-10").await;
    for figure in [
        "numerator",
        "denominator",
        "value_pct",
        "streak",
        "strength",
    ] {
        assert_eq!(after[figure], before[figure], "{figure}");
    }
    assert_eq!(after["excused"], json!(14));
    let all = scene.everything(PHONE);
    assert!(
        all.contains(&"withdraw 2026-05-10T08:00:00Z".to_owned()),
        "off the screen: {all:?}"
    );
    let prompts = scene.prompted().len();
    // What is done all the same is kept and shown, and does not count.
    let eleventh = scene.occurrence("2026-05-11", 0).await;
    scene.server.advance("2026-05-11T06:30:00Z").await;
    assert_eq!(
        scene
            .answer(&[done(90, &eleventh, "2026-05-11T06:20:00Z")])
            .await,
        ["extra"]
    );
    let why = scene.explain(&eleventh).await;
    assert_eq!(why["answers"][0]["disposition"], json!("extra"));
    assert_eq!(
        scene.phases("2026-05-11").await[0],
        "08:00 excused(surgery)"
    );
    scene.server.advance("2026-06-14T21:59:00Z").await;
    assert_eq!(scene.prompted().len(), prompts, "nothing is asked");
}

async fn nothing_starts_again_by_itself(database: Database) {
    let (mut scene, _, pause) = operated(database).await;
    let prompts = scene.prompted().len();
    let (deputy, _) = scene.colleague().await;
    let team = format!("/v1/patients/{}/team", scene.patient);
    let owner = text(&scene.get("/team").await, "owner").to_owned();
    let body = json!({ "owner": owner, "deputy": deputy });
    scene.clinician().await.put(&team, &body).await.expect(204);
    scene.server.advance("2026-06-14T21:59:59Z").await;
    assert_eq!(scene.alerts().await, ["missed_days auto_resolved"]);
    scene.server.advance("2026-06-14T22:00:00Z").await;
    let asked = scene.alert("resume_question").await;
    assert_eq!(
        (text(&asked, "state"), text(&asked, "owner")),
        ("open", owner.as_str())
    );
    assert_eq!(asked["evidence"]["proposed_ramp_pct"], json!([50, 75, 100]));
    assert_eq!(text(&asked["evidence"], "pause"), pause);
    scene.server.advance("2026-06-17T21:59:59Z").await;
    assert_eq!(text(&scene.alert("resume_question").await, "owner"), owner);
    scene.server.advance("2026-06-17T22:00:00Z").await;
    let asked = scene.alert("resume_question").await;
    assert_eq!(
        text(&asked, "owner"),
        deputy,
        "nobody answered in three days"
    );
    scene.server.advance("2026-06-20T08:00:00Z").await;
    assert_eq!(scene.prompted().len(), prompts, "nothing starts by itself");
    assert_eq!(
        scene.phases("2026-06-19").await[0],
        "08:00 excused(surgery)"
    );

    let path = format!("/v1/patients/{}/pauses/{pause}/resume", scene.patient);
    let back = json!({ "from": "2026-06-22", "ramp_pct": [50, 75, 100] });
    scene.clinician().await.post(&path, &back).await.expect(204);
    scene.clinician().await.post(&path, &back).await.expect(204);
    assert_eq!(
        text(&scene.alert("resume_question").await, "state"),
        "resolved"
    );
    scene.server.advance("2026-07-13T06:00:00Z").await;
    assert_eq!(scene.prompted()[prompts], "2026-06-22T06:00:00Z");
    // Four rounds of 30 s on each side come back by halves, three quarters, all.
    let mut amounts = Vec::new();
    for date in [
        "2026-06-22",
        "2026-06-28",
        "2026-06-29",
        "2026-07-06",
        "2026-07-13",
    ] {
        amounts.push(scene.day(date).await[0]["dose_amount"].clone());
    }
    assert_eq!(amounts, [120.0, 120.0, 180.0, 240.0, 240.0]);
}

footing_tests::on_both_engines!(
    a_pause_that_began_in_the_past,
    nothing_starts_again_by_itself,
);
