//! S8: the plan changes in the middle of the day.

use footing_server::push::PushKind;
use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use serde_json::{Value, json};

use super::{PHONE, Scene};

fn first_version() -> Value {
    let mut item = plan_item("calf-wall-stretch", &["07:00", "12:00", "18:00"]);
    for window in item["windows"].as_array_mut().unwrap() {
        window["closes_after_min"] = json!(45);
        window["opens_before_min"] = json!(360);
    }
    // The evening's is on the phone before one o'clock.
    item["ladder"] = json!([{ "when": "before", "minutes": 310 }, { "when": "at" }]);
    item
}

fn second_version() -> Value {
    plan_item("calf-wall-stretch", &["08:00", "20:00"])
}

/// 13:00 in Berlin: 07:00 done, 12:00 missed, 18:00 still to come.
async fn one_o_clock(database: Database) -> Scene {
    let scene = Scene::at(database, "2026-03-01T12:00:00Z", "Europe/Berlin").await;
    let scene = scene.plan(&[first_version()]).await;
    scene.server.advance("2026-03-02T06:10:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T06:05:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T12:00:00Z").await;
    scene
}

async fn what_was_due_stays_and_what_was_to_come_is_replaced(database: Database) {
    let scene = one_o_clock(database).await;
    let evening = scene.occurrence("2026-03-02", 2).await;
    scene.publish(1, &[second_version()]).await;
    scene.server.settle().await;
    let mut today = scene.phases("2026-03-02").await;
    today.sort();
    assert_eq!(
        today,
        [
            "07:00 done",
            "12:00 missed",
            "18:00 cancelled(superseded)",
            "20:00 upcoming"
        ]
    );
    let day = scene.day("2026-03-02").await;
    let versions: Vec<_> = day
        .iter()
        .map(|one| (text(one, "time"), one["plan_version"].as_i64()))
        .collect();
    assert!(
        versions.contains(&("07:00", Some(1))) && versions.contains(&("20:00", Some(2))),
        "{versions:?}"
    );
    // It was on the screen: a silent message takes it off.
    let sent = scene.server.push.all_to(PHONE);
    let shown = sent.iter().any(|one| {
        one.is_prompt() && one.message_id().replace('-', "") == evening.trim_start_matches("occ_")
    });
    assert!(shown, "the evening's reminder had come");
    let withdrawn: Vec<_> = sent
        .iter()
        .filter(|one| one.kind() == PushKind::Withdraw && one.at == scene.server.now())
        .collect();
    assert_eq!(withdrawn.len(), 1);
    assert_eq!(
        withdrawn[0].message_id().replace('-', ""),
        evening.trim_start_matches("occ_")
    );
    let told = scene.phone.get("/v1/me/notices").await.expect(200);
    assert_eq!(
        text(&told["notices"][0], "text"),
        "Your plan has changed. Removed: 18:00. Added: 20:00."
    );
    let notices = sent
        .iter()
        .filter(|one| one.kind() == PushKind::Notice)
        .count();
    assert_eq!(
        notices, 1,
        "and the phone is told that there is something to read"
    );
    let prompts = scene.prompted().len();
    scene.server.advance("2026-03-03T00:00:00Z").await;
    assert_eq!(
        scene.prompted()[prompts..],
        ["2026-03-02T19:00:00Z"],
        "18:00 never rings"
    );
    let figures = scene.adherence("from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&figures["denominator"], &figures["missed"]),
        (&json!(3), &json!(2))
    );
}

async fn what_was_done_early_stays_done(database: Database) {
    let scene = one_o_clock(database).await;
    let evening = scene.occurrence("2026-03-02", 2).await;
    assert_eq!(
        scene
            .answer(&[done(2, &evening, "2026-03-02T11:40:00Z")])
            .await,
        ["applied"]
    );
    scene.publish(1, &[second_version()]).await;
    let mut today = scene.phases("2026-03-02").await;
    today.sort();
    assert_eq!(
        today,
        ["07:00 done", "12:00 missed", "18:00 done", "20:00 upcoming"]
    );
}

async fn two_clinicians_on_the_same_base(database: Database) {
    let mut scene = one_o_clock(database).await;
    let (_, colleague) = scene.colleague().await;
    scene.publish(1, &[second_version()]).await;
    let body = json!({ "base_version": 1, "items": [first_version()] });
    let path = format!("/v1/patients/{}/plan", scene.patient);
    let refused = colleague.put(&path, &body).await;
    assert_eq!(refused.problem(), "conflict");
    let conflict = &refused.expect(409)["conflict"];
    assert_eq!(
        (&conflict["base_version"], &conflict["current_version"]),
        (&json!(1), &json!(2))
    );
    let at = |lines: &Value| -> Vec<String> {
        lines
            .as_array()
            .unwrap()
            .iter()
            .map(|line| text(line, "at").to_owned())
            .collect()
    };
    assert_eq!(at(&conflict["diff"]["added"]), ["08:00", "20:00"]);
    assert_eq!(
        at(&conflict["diff"]["removed"]),
        ["07:00", "12:00", "18:00"]
    );
    assert_eq!(
        scene.audited("plan.publish"),
        2,
        "nothing of the refused one is left"
    );
    let mut today = scene.phases("2026-03-02").await;
    today.sort();
    assert_eq!(today[3], "20:00 upcoming");
}

footing_tests::on_both_engines!(
    what_was_due_stays_and_what_was_to_come_is_replaced,
    what_was_done_early_stays_done,
    two_clinicians_on_the_same_base,
);
