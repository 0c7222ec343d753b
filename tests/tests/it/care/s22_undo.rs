//! S22: tapped twice, and taken back.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::done;
use serde_json::json;

use super::{Scene, said};

async fn a_double_tap_is_one_completion(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.advance("2026-03-02T07:05:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    let taps = [
        done(1, &first, "2026-03-02T07:04:00.1Z"),
        done(2, &first, "2026-03-02T07:04:00.4Z"),
    ];
    assert_eq!(scene.answer(&taps).await, ["applied", "duplicate"]);
    let figures = scene.adherence("from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&figures["numerator"], &figures["denominator"]),
        (&json!(1.0), &json!(1))
    );
}

async fn taken_back_in_time_it_is_asked_again(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.advance("2026-03-02T07:05:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T07:05:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T10:44:00Z").await;
    let undo = said(2, &first, "undo", "2026-03-02T10:44:00Z");
    assert_eq!(scene.answer(&[undo]).await, ["applied"]);
    assert_eq!(scene.phases("2026-03-02").await, ["08:00 open"]);
    scene.server.advance("2026-03-02T10:59:59Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z", "2026-03-02T10:59:00Z"],
        "16 minutes are left"
    );
    let why = scene.explain(&first).await;
    let both: Vec<_> = why["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "kind"))
        .collect();
    assert_eq!(both, ["done", "undo"]);
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(scene.phases("2026-03-02").await, ["08:00 missed"]);
}

async fn taken_back_with_a_quarter_of_an_hour_left_it_is_not(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.server.advance("2026-03-02T07:05:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T07:05:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T10:45:00Z").await;
    assert_eq!(
        scene
            .answer(&[said(2, &first, "undo", "2026-03-02T10:45:00Z")])
            .await,
        ["applied"]
    );
    assert_eq!(scene.phases("2026-03-02").await, ["08:00 open"]);
    scene.server.advance("2026-03-02T12:00:00Z").await;
    assert_eq!(scene.prompted(), ["2026-03-02T07:00:00Z"]);
}

async fn taken_back_after_the_window_it_is_missed_and_after_a_day_it_stands(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "12:00"])
        .await;
    scene.server.advance("2026-03-02T11:10:00Z").await;
    let (first, second) = (
        scene.occurrence("2026-03-02", 0).await,
        scene.occurrence("2026-03-02", 1).await,
    );
    let both = [
        done(1, &first, "2026-03-02T07:05:00Z"),
        done(2, &second, "2026-03-02T11:05:00Z"),
    ];
    assert_eq!(scene.answer(&both).await, ["applied", "applied"]);
    scene.server.advance("2026-03-03T07:05:00Z").await;
    assert_eq!(
        scene
            .answer(&[said(3, &first, "undo", "2026-03-03T07:05:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-03T11:05:01Z").await;
    assert_eq!(
        scene
            .answer(&[said(4, &second, "undo", "2026-03-03T11:05:01Z")])
            .await,
        ["too_late"]
    );
    assert_eq!(
        scene.phases("2026-03-02").await,
        ["08:00 missed", "12:00 done"]
    );
}

footing_tests::on_both_engines!(
    a_double_tap_is_one_completion,
    taken_back_in_time_it_is_asked_again,
    taken_back_with_a_quarter_of_an_hour_left_it_is_not,
    taken_back_after_the_window_it_is_missed_and_after_a_day_it_stands,
);
