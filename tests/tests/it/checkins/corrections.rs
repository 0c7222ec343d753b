//! Corrections that come late, out of order, or beside other spikes.

use footing_tests::Database;
use serde_json::json;

use super::{STRETCH, Scene, after, correcting, dispositions};

async fn a_correction_after_ten_minutes_is_kept_and_takes_nothing_back(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:11:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    scene
        .take(correcting(
            after(2, "2026-03-02T08:10:01Z", &stretch, 4, 3),
            1,
        ))
        .await;
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch open 1"]);
    assert_eq!(
        scene.suspensions().await,
        [format!("{STRETCH} pain_spike live")]
    );
    let listed = scene.seen("/checkins").await;
    assert!(listed["checkins"][0]["replaced_at"].is_string());
}

async fn another_spike_keeps_the_alert(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:08:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    scene
        .take(after(2, "2026-03-02T08:05:00Z", &stretch, 4, 8))
        .await;
    scene
        .take(correcting(
            after(3, "2026-03-02T08:08:00Z", &stretch, 4, 3),
            1,
        ))
        .await;
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch open 2"]);
    scene
        .take(correcting(
            after(4, "2026-03-02T08:08:00Z", &stretch, 4, 2),
            2,
        ))
        .await;
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch retracted 2"]);
    assert_eq!(
        scene.suspensions().await,
        [format!("{STRETCH} pain_spike ended")]
    );
}

async fn a_correction_that_is_a_spike_too_changes_nothing_but_the_count(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:08:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    scene
        .take(correcting(
            after(2, "2026-03-02T08:02:00Z", &stretch, 4, 9),
            1,
        ))
        .await;
    assert_eq!(scene.alerts(), ["pain_spike:calf-wall-stretch open 2"]);
    assert_eq!(
        scene.suspensions().await,
        [format!("{STRETCH} pain_spike live")]
    );
}

async fn a_correction_may_arrive_before_what_it_corrects(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:08:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    let batch = [
        correcting(after(2, "2026-03-02T08:05:00Z", &stretch, 4, 3), 1),
        after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8),
    ];
    let answer = scene.send(&batch).await;
    assert_eq!(dispositions(&answer), ["created", "created"]);
    assert_eq!(answer["advice"], json!([]));
    assert_eq!(
        scene.alerts(),
        Vec::<String>::new(),
        "the wrong value never counted"
    );
    assert_eq!(
        dispositions(&scene.send(&batch).await),
        ["duplicate", "duplicate"]
    );
}

async fn a_check_in_is_corrected_once(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-03-02T08:08:00Z").await;
    let stretch = scene.occurrence(STRETCH, "2026-03-02").await;
    scene
        .take(after(1, "2026-03-02T08:00:00Z", &stretch, 4, 8))
        .await;
    scene
        .take(correcting(
            after(2, "2026-03-02T08:05:00Z", &stretch, 4, 3),
            1,
        ))
        .await;
    let again = correcting(after(3, "2026-03-02T08:06:00Z", &stretch, 4, 9), 1);
    let answer = scene.send(&[again]).await;
    assert_eq!(
        answer["results"][0]["errors"][0]["pointer"],
        json!("/replaces")
    );
    let newest = correcting(after(3, "2026-03-02T08:06:00Z", &stretch, 4, 9), 2);
    scene.take(newest).await;
}

footing_tests::on_both_engines!(
    a_correction_after_ten_minutes_is_kept_and_takes_nothing_back,
    another_spike_keeps_the_alert,
    a_correction_that_is_a_spike_too_changes_nothing_but_the_count,
    a_correction_may_arrive_before_what_it_corrects,
    a_check_in_is_corrected_once,
);
