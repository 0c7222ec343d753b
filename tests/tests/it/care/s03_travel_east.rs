//! S3: east, and over the date line.
//!
//! A date is wholly skipped only by who crosses between zones more than 24 hours apart, such as Pago Pago and
//! Kiritimati: Honolulu's 10th begins an hour before Auckland's 11th. Who crosses from Honolulu after that has begun
//! the 10th; what was still to come on it is cancelled all the same.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::done;
use serde_json::json;

use super::Scene;

async fn to_tokyo_the_next_comes_sixteen_hours_later(database: Database) {
    let scene = Scene::at(database, "2026-11-09T12:00:00Z", "Europe/Berlin").await;
    let scene = scene.stretching(&["08:00"]).await;
    scene.server.advance("2026-11-10T15:00:00Z").await;
    scene.in_zone("Asia/Tokyo", true).await;
    scene.server.advance("2026-11-11T23:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        [
            "2026-11-10T07:00:00Z",
            "2026-11-10T23:00:00Z",
            "2026-11-11T23:00:00Z"
        ]
    );
    assert_eq!(scene.day("2026-11-10").await.len(), 1);
}

async fn what_comes_too_soon_after_the_last_is_excused(database: Database) {
    let scene = Scene::at(database, "2026-11-08T20:00:00Z", "Pacific/Honolulu").await;
    let scene = scene.stretching(&["08:00"]).await;
    // 08:30 on the 9th in Honolulu, 07:30 on the 10th in Auckland: there it would be asked again in half an hour.
    scene.server.advance("2026-11-09T18:30:00Z").await;
    scene.in_zone("Pacific/Auckland", true).await;
    assert_eq!(scene.phases("2026-11-10").await, ["08:00 excused(travel)"]);
    scene.server.advance("2026-11-11T12:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-11-09T18:00:00Z", "2026-11-10T19:00:00Z"]
    );
    let figures = scene.adherence("from=2026-11-09&through=2026-11-10").await;
    assert_eq!(
        (&figures["denominator"], &figures["excused"]),
        (&json!(1), &json!(1))
    );
}

async fn a_date_lived_twice_is_one_day(database: Database) {
    let scene = Scene::at(database, "2026-11-08T12:00:00Z", "Pacific/Auckland").await;
    let scene = scene.stretching(&["08:00"]).await;
    // 21:00 of the 10th in Auckland; in Honolulu the 10th begins two hours later.
    scene.server.advance("2026-11-10T08:00:00Z").await;
    let before = scene.day("2026-11-10").await;
    scene.in_zone("Pacific/Honolulu", true).await;
    scene.server.advance("2026-11-11T18:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        [
            "2026-11-08T19:00:00Z",
            "2026-11-09T19:00:00Z",
            "2026-11-11T18:00:00Z"
        ]
    );
    let after = scene.day("2026-11-10").await;
    assert_eq!(after.len(), 1, "no second set");
    assert_eq!(
        (text(&after[0], "id"), text(&after[0], "time_zone")),
        (text(&before[0], "id"), "Pacific/Auckland")
    );
    assert_eq!(
        scene.explain(text(&after[0], "id")).await["day"]["length_h"],
        json!(47.0)
    );
}

async fn what_was_to_come_on_a_date_left_behind_is_cancelled(database: Database) {
    let scene = Scene::at(database, "2026-11-08T20:00:00Z", "Pacific/Honolulu").await;
    let scene = scene.stretching(&["08:00"]).await;
    scene.server.advance("2026-11-09T18:05:00Z").await;
    let ninth = scene.occurrence("2026-11-09", 0).await;
    assert_eq!(
        scene
            .answer(&[done(1, &ninth, "2026-11-09T18:04:00Z")])
            .await,
        ["applied"]
    );
    // 01:30 of the 10th in Honolulu, 00:30 of the 11th in Auckland.
    scene.server.advance("2026-11-10T11:30:00Z").await;
    scene.in_zone("Pacific/Auckland", true).await;
    assert_eq!(
        scene.phases("2026-11-10").await,
        ["08:00 cancelled(date_skipped)"]
    );
    scene.server.advance("2026-11-10T19:05:00Z").await;
    let eleventh = scene.occurrence("2026-11-11", 0).await;
    assert_eq!(
        scene
            .answer(&[done(2, &eleventh, "2026-11-10T19:04:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-11-11T12:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-11-09T18:00:00Z", "2026-11-10T19:00:00Z"],
        "the 10th never rings"
    );
    let figures = scene.adherence("from=2026-11-09&through=2026-11-11").await;
    assert_eq!(figures["denominator"], json!(2));
    assert_eq!(figures["streak"]["days"], json!(2), "{figures}");
}

async fn a_date_wholly_skipped_has_no_length(database: Database) {
    let scene = Scene::at(database, "2026-11-09T00:00:00Z", "Pacific/Pago_Pago").await;
    let scene = scene.stretching(&["08:00"]).await;
    // 23:30 of the 9th in Pago Pago, 00:30 of the 11th in Kiritimati.
    scene.server.advance("2026-11-10T10:30:00Z").await;
    scene.in_zone("Pacific/Kiritimati", true).await;
    let tenth = scene.occurrence("2026-11-10", 0).await;
    assert_eq!(
        scene.phases("2026-11-10").await,
        ["08:00 cancelled(date_skipped)"]
    );
    assert_eq!(scene.explain(&tenth).await["day"]["length_h"], json!(0.0));
    scene.server.advance("2026-11-11T12:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-11-09T19:00:00Z", "2026-11-10T18:00:00Z"]
    );
    let figures = scene.adherence("from=2026-11-10&through=2026-11-10").await;
    assert_eq!(figures["denominator"], json!(0));
}

footing_tests::on_both_engines!(
    to_tokyo_the_next_comes_sixteen_hours_later,
    what_comes_too_soon_after_the_last_is_excused,
    a_date_lived_twice_is_one_day,
    what_was_to_come_on_a_date_left_behind_is_cancelled,
    a_date_wholly_skipped_has_no_length,
);
