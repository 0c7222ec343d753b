//! S2: Berlin to New York. What was asked stays where it was asked; the next day is lived where the patient is.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use serde_json::json;

use super::{PHONE, Scene};

async fn the_day_that_began_stays_and_the_next_is_lived_there(database: Database) {
    let scene = Scene::at(database, "2026-11-09T12:00:00Z", "Europe/Berlin").await;
    let scene = scene.stretching(&["08:00"]).await;
    scene.server.advance("2026-11-10T15:00:00Z").await;
    assert_eq!(scene.prompted(), ["2026-11-10T07:00:00Z"]);
    assert_eq!(scene.in_zone("America/New_York", true).await, "adopted");
    scene.server.advance("2026-11-12T12:59:59Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-11-10T07:00:00Z", "2026-11-11T13:00:00Z"]
    );
    let tenth = scene.day("2026-11-10").await;
    assert_eq!(tenth.len(), 1, "no second prompt on the 10th");
    assert_eq!(
        (text(&tenth[0], "time_zone"), text(&tenth[0], "due_at")),
        ("Europe/Berlin", "2026-11-10T07:00:00Z")
    );
    let eleventh = scene.day("2026-11-11").await;
    assert_eq!(
        (
            text(&eleventh[0], "time_zone"),
            text(&eleventh[0], "due_at")
        ),
        ("America/New_York", "2026-11-11T13:00:00Z")
    );
    let why = scene.explain(text(&tenth[0], "id")).await;
    assert_eq!(
        why["day"]["length_h"],
        json!(30.0),
        "the 10th lasted until midnight in New York"
    );
    assert_eq!(scene.audited("patient.zone"), 1);
    assert!(scene.notices().await.contains(&"zone_changed".to_owned()));
}

/// One reminder comes twelve hours ahead: the one of the next day was on the phone already.
async fn a_prompt_on_the_screen_for_the_old_time_is_taken_back(database: Database) {
    let scene = Scene::at(database, "2026-11-09T12:00:00Z", "Europe/Berlin").await;
    let mut item = plan_item("calf-wall-stretch", &["03:00"]);
    item["windows"][0]["opens_before_min"] = json!(720);
    item["ladder"] = json!([{ "when": "before", "minutes": 720 }, { "when": "at" }]);
    let scene = scene.plan(&[item]).await;
    scene.server.advance("2026-11-10T15:00:00Z").await;
    let early = [
        "2026-11-09T14:00:00Z",
        "2026-11-10T02:00:00Z",
        "2026-11-10T14:00:00Z",
    ];
    assert_eq!(scene.prompted(), early);
    scene.in_zone("America/New_York", true).await;
    scene.server.advance("2026-11-11T09:00:00Z").await;
    // 03:00 on the 11th is 08:00Z there; twelve hours before is 20:00Z.
    let all = scene.everything(PHONE);
    let expected = [
        "withdraw 2026-11-10T15:00:00Z",
        "prompt 2026-11-10T20:00:00Z",
        "prompt 2026-11-11T08:00:00Z",
    ];
    assert_eq!(all[3..], expected, "{all:?}");
    let sent = scene.server.push.all_to(PHONE);
    assert_eq!(
        sent[3].message.collapse_key, sent[2].message.collapse_key,
        "it takes the place of what it withdraws"
    );
}

footing_tests::on_both_engines!(
    the_day_that_began_stays_and_the_next_is_lived_there,
    a_prompt_on_the_screen_for_the_old_time_is_taken_back,
);
