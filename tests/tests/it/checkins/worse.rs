//! What brings a patient under "getting worse" on the worklist besides a spike: pain that rises, function that falls.

use footing_tests::Database;
use footing_tests::example::id;
use serde_json::{Value, json};

use super::{Scene, back, correcting};

impl Scene {
    /// The section of the patient's row and why it is there.
    async fn listed(&self) -> (String, String) {
        let list = self.clinician().await.get("/v1/worklist").await.expect(200);
        let sections = list["sections"].as_array().unwrap();
        let with_row = sections.iter().find(|part| part["rows"][0].is_object());
        let part = with_row.expect("the patient is on the list");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&part["section"]), text(&part["rows"][0]["reason"]))
    }
}

async fn pain_two_above_the_day_before_is_shown_until_it_no_longer_is(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-04T12:00:00Z").await;
    scene.take(back(1, "2026-03-02T07:00:00Z", 3)).await;
    scene.take(back(2, "2026-03-03T07:00:00Z", 4)).await;
    assert_eq!(scene.alerts(), [""; 0], "one point more is no rise");
    scene.take(back(3, "2026-03-04T07:00:00Z", 6)).await;
    assert_eq!(scene.alerts(), ["pain_worse open 1"]);
    let (section, reason) = scene.listed().await;
    assert_eq!(section, "worse");
    assert_eq!(reason, "Pain rose to 6 of 10 (4 on Tue 3 Mar)");
    let slip = correcting(back(4, "2026-03-04T07:02:00Z", 5), 3);
    scene.take(slip).await;
    assert_eq!(scene.alerts(), ["pain_worse auto_resolved 1"]);
}

async fn a_day_that_comes_late_is_judged_with_the_newest(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-04T12:00:00Z").await;
    scene.take(back(1, "2026-03-02T07:00:00Z", 3)).await;
    scene.take(back(2, "2026-03-04T07:00:00Z", 6)).await;
    assert_eq!(scene.alerts(), ["pain_worse open 1"]);
    scene.take(back(3, "2026-03-03T07:00:00Z", 5)).await;
    assert_eq!(
        scene.alerts(),
        ["pain_worse auto_resolved 1"],
        "5 on the 3rd, 6 on the 4th: no rise of two"
    );
}

async fn pain_that_creeps_up_is_seen_by_its_slope(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-08T12:00:00Z").await;
    for day in 2..=8_u8 {
        let at = format!("2026-03-0{day}T07:00:00Z");
        scene.take(back(day.into(), &at, day - 1)).await;
    }
    let alerts = scene.alerts();
    assert!(alerts[0].starts_with("pain_worse open"), "{alerts:?}");
    let (section, reason) = scene.listed().await;
    assert_eq!(section, "worse");
    assert!(
        reason.starts_with("Pain rises by 1 of 10 a day (95 % interval "),
        "{reason}"
    );
}

async fn fill_in(scene: &Scene, number: u64, day: u8, answer: u8) {
    let body = json!({
        "id": id("scr", number),
        "scale": "psfs",
        "taken_at": format!("2026-03-{day:02}T07:00:00Z"),
        "answers": [answer, answer, answer],
        "activities": ["Walking to the shop", "Standing at work", "Stairs"],
    });
    let answer = scene.phone.post("/v1/me/scales", &body).await.expect(200);
    assert_eq!(answer["disposition"], json!("created"));
}

async fn function_that_fell_by_a_fifth_is_shown_with_its_error(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-20T08:00:00Z").await;
    fill_in(&scene, 1, 2, 8).await;
    fill_in(&scene, 2, 9, 7).await;
    assert_eq!(scene.alerts(), [""; 0], "an eighth");
    fill_in(&scene, 3, 16, 5).await;
    assert_eq!(scene.alerts(), ["function_fall:psfs open 1"]);
    let reason = scene.listed().await.1;
    assert_eq!(
        reason,
        "Patient-Specific Functional Scale: 5 after 7; measurement error 2"
    );
    // One of between, told late: the newest is held against it.
    fill_in(&scene, 4, 12, 5).await;
    assert_eq!(scene.alerts(), ["function_fall:psfs auto_resolved 1"]);
}

footing_tests::on_both_engines!(
    pain_two_above_the_day_before_is_shown_until_it_no_longer_is,
    a_day_that_comes_late_is_judged_with_the_newest,
    pain_that_creeps_up_is_seen_by_its_slope,
    function_that_fell_by_a_fifth_is_shown_with_its_error,
);
