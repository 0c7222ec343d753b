//! S10: phone and tablet.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::done;
use serde_json::json;

use super::{PHONE, Scene, TABLET};

async fn done_on_the_phone_the_tablet_falls_silent(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    scene.clinic.device(&scene.patient, Some(TABLET)).await;
    scene.server.advance("2026-03-02T07:05:00Z").await;
    let first = scene.occurrence("2026-03-02", 0).await;
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T07:05:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-02T07:05:10Z").await;
    assert_eq!(
        scene.everything(TABLET),
        [
            "prompt 2026-03-02T07:00:00Z",
            "withdraw 2026-03-02T07:05:00Z"
        ]
    );
    assert_eq!(
        scene.everything(PHONE),
        ["prompt 2026-03-02T07:00:00Z"],
        "the one that said so needs no telling"
    );
    let sent = scene.server.push.all_to(TABLET);
    assert_eq!(sent[0].message.collapse_key, sent[1].message.collapse_key);
}

async fn both_were_offline_and_both_say_done(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "12:00"])
        .await;
    let tablet = scene.clinic.device(&scene.patient, Some(TABLET)).await;
    scene.server.advance("2026-03-02T12:00:00Z").await;
    let (first, second) = (
        scene.occurrence("2026-03-02", 0).await,
        scene.occurrence("2026-03-02", 1).await,
    );
    // The one that was earlier arrives second, and stands.
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T07:20:00Z")])
            .await,
        ["applied"]
    );
    assert_eq!(
        scene
            .answer_from(&tablet, &[done(2, &first, "2026-03-02T07:03:00Z")])
            .await,
        ["applied"]
    );
    // The one that was later arrives second.
    assert_eq!(
        scene
            .answer(&[done(3, &second, "2026-03-02T11:03:00Z")])
            .await,
        ["applied"]
    );
    assert_eq!(
        scene
            .answer_from(&tablet, &[done(4, &second, "2026-03-02T11:20:00Z")])
            .await,
        ["duplicate"]
    );
    let day = scene.day("2026-03-02").await;
    assert_eq!(
        (text(&day[0], "answered_at"), text(&day[1], "answered_at")),
        ("2026-03-02T07:03:00Z", "2026-03-02T11:03:00Z")
    );
    let figures = scene.adherence("from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&figures["numerator"], &figures["denominator"]),
        (&json!(2.0), &json!(2))
    );
}

async fn a_shared_phone_never_shows_the_other_ones_prompts(database: Database) {
    let scene = Scene::set(database).await.stretching(&["08:00"]).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    scene.clinic.device(&other, Some(PHONE)).await;
    scene.server.advance("2026-03-02T12:00:00Z").await;
    assert_eq!(scene.everything(PHONE), Vec::<String>::new());
}

footing_tests::on_both_engines!(
    done_on_the_phone_the_tablet_falls_silent,
    both_were_offline_and_both_say_done,
    a_shared_phone_never_shows_the_other_ones_prompts,
);
