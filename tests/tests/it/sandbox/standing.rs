//! Where the clock stands: before it is created, when it is, and after a restart.

use footing_tests::clinic::text;
use footing_tests::{Database, Raw};
use serde_json::json;

use super::{Scene, blamed, instant, stands};

async fn before_it_is_created_it_stands_at_the_first_start(database: Database) {
    let scene = Scene::set(database).await;
    let first = ("absent", "2026-03-02T06:00:00Z");
    assert_eq!(stands(&scene.look().await), first);
    for rest in ["/freeze", "/run"] {
        scene.bare(rest).await.expect(409);
    }
    let body = json!({ "to": "2026-03-02T07:00:00Z" });
    scene.post("/advance", &body).await.expect(409);
    let scene = scene.restarted().await;
    assert_eq!(stands(&scene.look().await), first);
}

async fn it_is_created_once_at_any_instant_while_nobody_is_a_patient(database: Database) {
    let scene = Scene::set(database).await;
    for wrong in ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z"] {
        let refused = scene.post("", &json!({ "at": wrong })).await;
        assert_eq!(blamed(&refused), "/at");
    }
    // Before the first start: the leap day of another year.
    let at = json!({ "at": "2024-02-28T06:00:00Z" });
    let made = scene.post("", &at).await.expect(201);
    assert_eq!(stands(&made), ("frozen", "2024-02-28T06:00:00Z"));
    scene.post("", &at).await.expect(409);
    scene.stretching("2024-02-28").await;
    scene.advance("2024-03-01T06:00:00Z").await;
    let expected = [
        "2024-02-28T07:00:00Z",
        "2024-02-28T19:00:00Z",
        "2024-02-29T07:00:00Z",
        "2024-02-29T19:00:00Z",
    ];
    assert_eq!(scene.prompted(), expected);
    scene.server.anonymous().get("/readyz").await.expect(200);
}

async fn created_over_a_patients_head_time_passes_to_it(database: Database) {
    let scene = Scene::set(database).await;
    scene.stretching("2026-03-02").await;
    for wrong in ["2026-03-02T05:59:59Z", "2027-05-01T00:00:00Z"] {
        let refused = scene.post("", &json!({ "at": wrong })).await;
        assert_eq!(blamed(&refused), "/at");
        assert_eq!(stands(&scene.look().await).0, "absent");
    }
    let at = "2026-03-03T06:00:00Z";
    let made = scene.post("", &json!({ "at": at })).await.expect(201);
    assert_eq!(stands(&made), ("frozen", at));
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z", "2026-03-02T19:00:00Z"]
    );
}

async fn a_restart_finds_the_clock_where_it_was(database: Database) {
    let scene = Scene::created(database).await;
    scene.stretching("2026-03-02").await;
    scene.advance("2026-03-02T12:00:00.000001Z").await;
    let sent = scene.prompted();
    let scene = scene.restarted().await;
    let frozen = ("frozen", "2026-03-02T12:00:00.000001Z");
    assert_eq!(stands(&scene.look().await), frozen);
    assert_eq!(sent, ["2026-03-02T07:00:00Z"]);
    scene.advance("2026-03-02T19:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T19:00:00Z"],
        "of another process, which sends nothing twice"
    );

    scene.bare("/run").await.expect(200);
    let seen = text(&scene.look().await, "now").to_owned();
    let scene = scene.restarted().await;
    let running = scene.look().await;
    let (state, now) = stands(&running);
    assert_eq!(state, "running");
    assert!(instant(now) >= instant(&seen), "{now} is before {seen}");
    assert!(
        instant(now) < instant("2026-03-02T19:01:00Z"),
        "no more than a moment was skipped: {now}"
    );
    let mut raw = Raw::connect(&scene.database);
    assert_eq!(raw.number("SELECT count(*) AS value FROM outages"), 0);
}

footing_tests::on_both_engines!(
    before_it_is_created_it_stands_at_the_first_start,
    it_is_created_once_at_any_instant_while_nobody_is_a_patient,
    created_over_a_patients_head_time_passes_to_it,
    a_restart_finds_the_clock_where_it_was,
);
