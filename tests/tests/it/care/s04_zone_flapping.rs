//! S4: a phone that cannot make up its mind about where it is.

use footing_tests::Database;
use footing_tests::clinic::text;

use super::Scene;

async fn zone(scene: &Scene) -> String {
    text(&scene.get("").await, "time_zone").to_owned()
}

async fn six_changes_in_an_hour_change_nothing(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    let reports = [
        "Etc/GMT-1",
        "UTC",
        "Europe/Paris",
        "UTC",
        "Europe/Paris",
        "UTC",
    ];
    for (report, minute) in reports.iter().zip([0, 10, 20, 30, 40, 50]) {
        scene
            .server
            .advance(&format!("2026-03-02T06:{minute:02}:00Z"))
            .await;
        let outcome = scene.in_zone(report, false).await;
        let expected = if *report == "Etc/GMT-1" {
            "ignored"
        } else {
            "noted"
        };
        assert_eq!(outcome, expected, "{report} at {minute}");
    }
    assert_eq!(zone(&scene).await, "Europe/Berlin");
    scene.server.advance("2026-03-03T07:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z", "2026-03-03T07:00:00Z"]
    );
    assert_eq!(scene.audited("patient.zone"), 0);
}

async fn twice_half_an_hour_apart_is_believed(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    assert_eq!(scene.in_zone("Europe/Lisbon", false).await, "noted");
    scene.server.advance("2026-03-02T06:29:59Z").await;
    assert_eq!(scene.in_zone("Europe/Lisbon", false).await, "noted");
    scene.server.advance("2026-03-02T06:30:00Z").await;
    assert_eq!(scene.in_zone("Europe/Lisbon", false).await, "adopted");
    assert_eq!(scene.in_zone("Europe/Lisbon", false).await, "same");
    assert_eq!(zone(&scene).await, "Europe/Lisbon");
    scene.server.advance("2026-03-03T08:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z", "2026-03-03T08:00:00Z"]
    );
}

async fn a_patient_who_says_so_is_believed_at_once(database: Database) {
    let scene = Scene::set(database).await;
    assert_eq!(scene.in_zone("Asia/Tokyo", true).await, "adopted");
    assert_eq!(zone(&scene).await, "Asia/Tokyo");
}

footing_tests::on_both_engines!(
    six_changes_in_an_hour_change_nothing,
    twice_half_an_hour_apart_is_believed,
    a_patient_who_says_so_is_believed_at_once,
);
