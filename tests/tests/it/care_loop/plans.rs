//! Plans that change, and pauses.

use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use footing_tests::{Database, Raw};
use serde_json::{Value, json};

use super::{Scene, TOKEN, phases};

async fn pause(scene: &Scene, from: &str, through: &str) -> Value {
    let path = format!("/v1/patients/{}/pauses", scene.patient);
    let body =
        json!({ "from": from, "through": through, "reason": "surgery", "resume": "automatic" });
    scene.clinic.clinician.post(&path, &body).await.expect(201)
}

async fn a_pause_excuses_what_was_missed_and_what_is_to_come(database: Database) {
    let scene = Scene::with_plan(database, &["08:00", "20:00"]).await;
    scene.server.advance("2026-03-02T07:00:00Z").await;
    scene.server.advance("2026-03-02T12:00:00Z").await;
    assert_eq!(scene.sent(), 1);
    pause(&scene, "2026-03-02", "2026-03-03").await;
    let excused = phases(&[("08:00", "excused"), ("20:00", "excused")]);
    assert_eq!(scene.phases("2026-03-02").await, excused);
    assert_eq!(scene.phases("2026-03-03").await, excused);
    assert_eq!(scene.first().await["reason"], json!("surgery"));
    let adherence = scene.adherence().await;
    assert_eq!(
        (&adherence["denominator"], &adherence["excused"]),
        (&json!(0), &json!(2))
    );
    scene.server.advance("2026-03-03T22:59:00Z").await;
    assert_eq!(scene.sent(), 1, "a paused patient is left alone");
    scene.server.advance("2026-03-04T07:00:00Z").await;
    assert_eq!(scene.sent(), 2, "and asked again afterwards");
}

async fn a_pause_holds_for_days_not_planned_yet(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    pause(&scene, "2026-03-02", "2026-03-20").await;
    for day in 2..=20 {
        scene
            .server
            .advance(&format!("2026-03-{day:02}T07:00:00Z"))
            .await;
    }
    assert_eq!(scene.sent(), 0);
    assert_eq!(
        scene.phases("2026-03-20").await,
        phases(&[("08:00", "excused")])
    );
    scene.server.advance("2026-03-21T07:00:00Z").await;
    assert_eq!(scene.sent(), 1);
}

async fn a_pause_leaves_what_was_done(database: Database) {
    let scene = Scene::with_plan(database, &["08:00", "20:00"]).await;
    let id = text(&scene.first().await, "id").to_owned();
    assert_eq!(
        scene.answer(&[done(1, &id, "2026-03-02T06:00:00Z")]).await,
        ["applied"]
    );
    pause(&scene, "2026-03-02", "2026-03-02").await;
    let expected = phases(&[("08:00", "done"), ("20:00", "excused")]);
    assert_eq!(scene.phases("2026-03-02").await, expected);
    assert_eq!(scene.adherence().await["value_pct"], json!(100.0));
}

/// Ids are found by what they are of: rows from before their rule changed keep theirs.
async fn what_was_planned_under_another_id_is_planned_again_under_it(database: Database) {
    let mut raw = Raw::connect(&database);
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let tomorrow = "2026-03-03";
    let old = text(&scene.day(tomorrow).await[0], "id").to_owned();
    let hex = old.trim_start_matches("occ_");
    let other = format!("{}ff", &hex[..30]);
    let [is, becomes] = [hex, other.as_str()].map(|id| raw.bytes(id));
    raw.execute(&format!(
        "UPDATE occurrences SET id = {becomes} WHERE id = {is}"
    ))
    .unwrap();
    let path = format!("/v1/patients/{}/time-zone", scene.patient);
    let body = json!({ "time_zone": "America/New_York" });
    let moved = scene.clinic.clinician.put(&path, &body).await;
    assert!(moved.status < 300, "{}", moved.text());
    let day = scene.day(tomorrow).await;
    assert_eq!(day.len(), 1, "{day:?}");
    assert_eq!(text(&day[0], "id"), format!("occ_{other}"));
    assert_eq!(
        text(&day[0], "due_at"),
        "2026-03-03T13:00:00Z",
        "planned again"
    );
}

/// S8 of the care design: the plan changes in the middle of the day.
async fn a_new_version_cancels_what_was_to_come_and_keeps_what_was(database: Database) {
    let scene = Scene::with_plan(database, &["07:30", "12:00", "18:00"]).await;
    let morning = text(&scene.first().await, "id").to_owned();
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(
        scene
            .answer(&[done(1, &morning, "2026-03-02T07:00:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T11:00:00Z").await;
    scene.server.advance("2026-03-02T12:00:00Z").await;
    assert_eq!(scene.server.push.sent_to(TOKEN).len(), 2, "07:30 and 12:00");

    let items = [plan_item("calf-wall-stretch", &["08:00", "20:00"])];
    let plan = scene.clinic.publish(&scene.patient, 1, &items).await;
    assert_eq!(plan["version"], json!(2));
    let expected = |noon, evening| {
        phases(&[
            ("07:30", "done"),
            ("12:00", noon),
            ("18:00", "cancelled"),
            ("20:00", evening),
        ])
    };
    assert_eq!(
        scene.phases("2026-03-02").await,
        expected("open", "upcoming"),
        "what is due already stays"
    );
    scene.server.advance("2026-03-02T17:00:00Z").await;
    assert_eq!(scene.phases("2026-03-02").await, expected("missed", "open"));
    assert_eq!(
        scene.server.push.sent_to(TOKEN).len(),
        2,
        "18:00 is withdrawn"
    );
    scene.server.advance("2026-03-02T19:00:00Z").await;
    assert_eq!(scene.server.push.sent_to(TOKEN).len(), 3, "20:00 is sent");
    scene.server.advance("2026-03-02T23:30:00Z").await;
    assert_eq!(scene.adherence().await["denominator"], json!(3));
    let next_day: Vec<(String, String)> = scene.phases("2026-03-03").await;
    let live: Vec<&str> = next_day
        .iter()
        .filter(|(_, phase)| phase != "cancelled")
        .map(|(time, _)| time.as_str())
        .collect();
    assert_eq!(live, ["08:00", "20:00"]);
}

async fn what_was_done_early_stays_done_under_a_new_version(database: Database) {
    let scene = Scene::with_plan(database, &["18:00"]).await;
    let id = text(&scene.first().await, "id").to_owned();
    scene.server.advance("2026-03-02T15:10:00Z").await;
    assert_eq!(
        scene.answer(&[done(1, &id, "2026-03-02T15:10:00Z")]).await,
        ["applied"]
    );
    scene
        .clinic
        .publish(
            &scene.patient,
            1,
            &[plan_item("calf-wall-stretch", &["20:00"])],
        )
        .await;
    let expected = phases(&[("18:00", "done"), ("20:00", "upcoming")]);
    assert_eq!(scene.phases("2026-03-02").await, expected);
}

async fn a_version_without_lines_ends_every_prompt(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene.clinic.publish(&scene.patient, 1, &[]).await;
    for day in 2..=12 {
        scene
            .server
            .advance(&format!("2026-03-{day:02}T07:00:00Z"))
            .await;
    }
    assert_eq!(scene.sent(), 0);
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "cancelled")])
    );
}

async fn a_stale_base_version_is_a_conflict_and_changes_nothing(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let before = scene.day("2026-03-02").await;
    let path = format!("/v1/patients/{}/plan", scene.patient);
    for base in [0, 2, -1] {
        let body = json!({ "base_version": base, "items": [] });
        let reply = scene.clinic.clinician.put(&path, &body).await;
        assert_eq!(
            (reply.status, reply.problem().as_str()),
            (409, "conflict"),
            "base {base}"
        );
    }
    assert_eq!(scene.day("2026-03-02").await, before);
    let plan = scene.clinic.clinician.get(&path).await.expect(200);
    assert_eq!(plan["version"], json!(1));
}

async fn of_two_who_publish_at_once_one_wins(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let path = format!("/v1/patients/{}/plan", scene.patient);
    let body = json!({ "base_version": 1, "items": [plan_item("calf-wall-stretch", &["20:00"])] });
    let publish = || scene.clinic.clinician.put(&path, &body);
    let replies = futures_util::future::join_all((0..8).map(|_| publish())).await;
    let count = |status| {
        replies
            .iter()
            .filter(|reply| reply.status == status)
            .count()
    };
    assert_eq!((count(200), count(409)), (1, 7));
    let plan = scene.clinic.clinician.get(&path).await.expect(200);
    assert_eq!(plan["version"], json!(2));
}

async fn an_item_ends_with_its_last_day(database: Database) {
    let scene = Scene::set(database).await;
    let mut item = plan_item("calf-wall-stretch", &["08:00"]);
    item["ends_on"] = json!("2026-03-03");
    scene.clinic.publish(&scene.patient, 0, &[item]).await;
    for day in 2..=8 {
        scene
            .server
            .advance(&format!("2026-03-{day:02}T07:00:00Z"))
            .await;
    }
    assert_eq!(scene.sent(), 2);
}

/// At 02:00 on 29 March the clocks of Berlin go to 03:00.
async fn a_time_that_does_not_exist_is_prompted_once_after_the_gap(database: Database) {
    let scene = Scene::with_plan(database, &["02:30"]).await;
    scene.server.advance("2026-03-28T12:00:00Z").await;
    let before = scene.sent();
    scene.server.advance("2026-03-29T00:59:59Z").await;
    assert_eq!(scene.sent(), before);
    scene.server.advance("2026-03-29T12:00:00Z").await;
    let day = scene.day("2026-03-29").await;
    assert_eq!(day.len(), 1);
    assert_eq!(text(&day[0], "clock_rule"), "gap_shift_forward");
}

footing_tests::on_both_engines!(
    a_pause_excuses_what_was_missed_and_what_is_to_come,
    a_pause_holds_for_days_not_planned_yet,
    a_pause_leaves_what_was_done,
    what_was_planned_under_another_id_is_planned_again_under_it,
    a_new_version_cancels_what_was_to_come_and_keeps_what_was,
    what_was_done_early_stays_done_under_a_new_version,
    a_version_without_lines_ends_every_prompt,
    a_stale_base_version_is_a_conflict_and_changes_nothing,
    of_two_who_publish_at_once_one_wins,
    an_item_ends_with_its_last_day,
    a_time_that_does_not_exist_is_prompted_once_after_the_gap,
);
