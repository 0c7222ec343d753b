//! Uploading: twice, contradicting, broken, and on which day it counts.

use footing_tests::Database;
use footing_tests::example::id;
use serde_json::json;

use super::{Scene, back, dispositions};

async fn a_repeated_batch_changes_nothing_and_a_contradiction_is_kept_for_review(
    database: Database,
) {
    let scene = Scene::set(database).await;
    let batch = [
        back(1, "2026-03-02T05:00:00Z", 3),
        back(2, "2026-03-02T05:30:00Z", 4),
    ];
    assert_eq!(
        dispositions(&scene.send(&batch).await),
        ["created", "created"]
    );
    let before = scene.seen("/checkins").await;
    for _ in 0..3 {
        assert_eq!(
            dispositions(&scene.send(&batch).await),
            ["duplicate", "duplicate"]
        );
    }
    let other = back(1, "2026-03-02T05:00:00Z", 9);
    for _ in 0..2 {
        let answer = scene.send(std::slice::from_ref(&other)).await;
        assert_eq!(dispositions(&answer), ["conflict"]);
    }
    assert_eq!(scene.seen("/checkins").await, before, "the first is kept");
    let kept = "SELECT kind || ' ' || reason AS value FROM quarantine";
    assert_eq!(
        scene.texts(kept),
        ["checkin conflict"],
        "the other for review, once"
    );
}

async fn a_bad_item_loses_none_of_its_batch(database: Database) {
    let scene = Scene::set(database).await;
    let batch = [
        back(1, "2026-03-02T05:00:00Z", 3),
        back(2, "2026-03-02T05:00:00Z", 11),
        json!({ "id": "nonsense" }),
        back(3, "2026-03-02T06:05:01Z", 3),
        json!({ "id": id("chk", 4), "taken_at": "2026-03-02T05:00:00Z" }),
        back(5, "2026-03-02T06:05:00Z", 3),
    ];
    let answer = scene.send(&batch).await;
    let expected = [
        "created", "invalid", "invalid", "invalid", "invalid", "created",
    ];
    assert_eq!(dispositions(&answer), expected);
    let pointer = |index: usize| answer["results"][index]["errors"][0]["pointer"].clone();
    assert_eq!(pointer(1), json!("/back_pain"));
    assert_eq!(
        pointer(3),
        json!("/taken_at"),
        "more than five minutes ahead"
    );
    let rows = scene.seen("/checkins").await;
    assert_eq!(rows["checkins"].as_array().unwrap().len(), 2);
}

async fn a_phone_that_sends_a_batch_many_times_at_once_hears_one_created(database: Database) {
    let scene = Scene::set(database).await;
    let body = json!({ "checkins": [back(1, "2026-03-02T05:00:00Z", 3)] });
    let sends = (0..12).map(|_| scene.phone.post("/v1/me/checkins", &body));
    let replies = futures_util::future::join_all(sends).await;
    let mut heard: Vec<String> = replies
        .iter()
        .flat_map(|reply| dispositions(&reply.expect(200)))
        .collect();
    heard.sort();
    assert_eq!((heard[0].as_str(), heard.len()), ("created", 12));
    assert!(heard[1..].iter().all(|one| one == "duplicate"), "{heard:?}");
}

/// 23:30 in Berlin is the next day in UTC terms only in summer; in winter 22:59Z and 23:01Z are two dates of the patient.
async fn a_check_in_belongs_to_the_patients_date(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-03T06:00:00Z").await;
    scene.take(back(1, "2026-03-02T22:59:00Z", 3)).await;
    scene.take(back(2, "2026-03-02T23:01:00Z", 3)).await;
    let rows = scene
        .seen("/checkins?from=2026-03-02&through=2026-03-02")
        .await;
    let rows = rows["checkins"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["local_date"], &rows[0]["time_zone"]),
        (&json!("2026-03-02"), &json!("Europe/Berlin"))
    );
    let own = scene.phone.get("/v1/me/checkins").await.expect(200);
    assert_eq!(own["checkins"].as_array().unwrap().len(), 2);
}

/// The day the patient lived decides, also where the zone has changed since.
async fn a_check_in_keeps_the_zone_of_its_day(database: Database) {
    let scene = Scene::set(database).await;
    // 2 March as lived in New York: 05:00Z to 05:00Z.
    let (tenant, patient) = (
        "(SELECT tenant_id FROM patients)",
        "(SELECT id FROM patients)",
    );
    let micros = |at: &str| at.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let lived = format!(
        "UPDATE patient_days SET time_zone = 'America/New_York', starts_at = {}, ends_at = {}
         WHERE tenant_id = {tenant} AND patient_id = {patient} AND local_date = '2026-03-02'",
        micros("2026-03-02T05:00:00Z"),
        micros("2026-03-03T05:00:00Z")
    );
    footing_tests::Raw::connect(&scene.database)
        .execute(&lived)
        .unwrap();
    scene.server.advance("2026-03-03T04:30:00Z").await;
    scene.take(back(1, "2026-03-03T04:00:00Z", 3)).await;
    let rows = scene.seen("/checkins").await;
    assert_eq!(
        (
            &rows["checkins"][0]["local_date"],
            &rows["checkins"][0]["time_zone"]
        ),
        (&json!("2026-03-02"), &json!("America/New_York"))
    );
}

footing_tests::on_both_engines!(
    a_repeated_batch_changes_nothing_and_a_contradiction_is_kept_for_review,
    a_bad_item_loses_none_of_its_batch,
    a_phone_that_sends_a_batch_many_times_at_once_hears_one_created,
    a_check_in_belongs_to_the_patients_date,
    a_check_in_keeps_the_zone_of_its_day,
);
