//! What happens while time passes.

use std::collections::BTreeSet;

use footing_tests::clinic::text;
use footing_tests::{Database, Raw};
use serde_json::json;

use super::{Scene, instant, stands};

async fn prompts_leave_at_their_own_instants_and_the_days_are_closed(database: Database) {
    let scene = Scene::created(database).await;
    let (patient, phone) = scene.stretching("2026-03-02").await;
    let passed = scene.advance("2026-03-05T02:00:00Z").await;
    assert_eq!(text(&passed, "now"), "2026-03-05T02:00:00Z");
    assert!(passed["ticks"].as_u64().unwrap() >= 6, "{passed}");
    let morning_and_evening =
        |date: &str| [format!("{date}T07:00:00Z"), format!("{date}T19:00:00Z")];
    let expected: Vec<String> = ["2026-03-02", "2026-03-03", "2026-03-04"]
        .into_iter()
        .flat_map(morning_and_evening)
        .collect();
    assert_eq!(scene.prompted(), expected);

    let path =
        format!("/v1/patients/{patient}/adherence?from=2026-03-02&through=2026-03-04&by=day");
    let figures = scene.admin().await.get(&path).await.expect(200);
    assert_eq!(
        (&figures["numerator"], &figures["denominator"]),
        (&json!(0.0), &json!(6)),
        "{figures}"
    );
    let mut raw = Raw::connect(&scene.database);
    // Each day was closed after its own end, and not with the last.
    let closed =
        raw.texts("SELECT DISTINCT CAST(computed_at AS TEXT) AS value FROM adherence_days");
    assert!(closed.len() >= 3, "{closed:?}");
    let planned = raw.number(
        "SELECT count(*) AS value FROM occurrences WHERE state = 'planned' AND local_date < '2026-03-05'",
    );
    assert_eq!(planned, 0);
    phone.get("/v1/me").await.expect(200);
    scene.server.anonymous().get("/readyz").await.expect(200);
    assert_eq!(raw.number("SELECT count(*) AS value FROM outages"), 0);
}

async fn a_tick_at_a_time_is_the_same_way(database: Database) {
    let scene = Scene::created(database).await;
    scene.stretching("2026-03-02").await;
    let mut at = Vec::new();
    let mut next = text(&scene.look().await, "next_tick_at").to_owned();
    let to = "2026-03-02T12:00:00Z";
    loop {
        let body = json!({ "to": to, "stop_at_next_tick": true });
        let stopped = scene.post("/advance", &body).await.expect(200);
        let now = text(&stopped, "now").to_owned();
        if now == to {
            break;
        }
        assert_eq!((&now, stopped["ticks"].as_u64()), (&next, Some(1)));
        text(&stopped, "next_tick_at").clone_into(&mut next);
        at.push(now);
    }
    assert!(next.as_str() > to, "nothing was left out: {next}");
    let different: BTreeSet<_> = at.iter().collect();
    assert_eq!(
        different.len(),
        at.len(),
        "each tick is an instant of its own"
    );
    assert!(at.contains(&"2026-03-02T07:00:00Z".to_owned()), "{at:?}");
    assert_eq!(scene.prompted(), ["2026-03-02T07:00:00Z"]);
}

/// The first session ends on 2 March at 18:00 UTC, and is kept for thirty days.
async fn the_night_is_tidied_at_its_own_hour(database: Database) {
    let scene = Scene::created(database).await;
    let ended = "SELECT count(*) AS value FROM access_tokens WHERE expires_at <= 1772474400000000";
    let mut raw = Raw::connect(&scene.database);
    scene.advance("2026-04-02T03:16:59Z").await;
    let before = raw.number(ended);
    assert!(before >= 1, "{before}");
    scene.advance("2026-04-02T03:17:00Z").await;
    assert_eq!(raw.number(ended), 0);
}

async fn a_running_clock_keeps_pace_and_stops_where_it_is_told(database: Database) {
    let scene = Scene::created(database).await;
    scene.stretching("2026-03-02").await;
    scene.advance("2026-03-02T06:59:59Z").await;
    let runs = scene.bare("/run").await.expect(200);
    assert_eq!(stands(&runs).0, "running");
    assert_eq!(stands(&scene.bare("/run").await.expect(200)).0, "running");
    let body = json!({ "to": "2026-03-03T07:00:00Z" });
    let refused = scene.post("/advance", &body).await;
    assert!(refused.text().contains("freeze"), "{}", refused.text());
    refused.expect(409);
    // Until the prompt that is due a second later: at most as long as the suite waits for anything.
    for _ in 0..100 {
        if !scene.prompted().is_empty() {
            break;
        }
        footing_server::rt::clock::real_sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(scene.prompted(), ["2026-03-02T07:00:00Z"]);
    let frozen = scene.bare("/freeze").await.expect(200);
    let (state, stopped) = stands(&frozen);
    assert_eq!(state, "frozen");
    let (due, later) = ("2026-03-02T07:00:00Z", "2026-03-02T07:01:00Z");
    assert!(
        (instant(due)..instant(later)).contains(&instant(stopped)),
        "{stopped}"
    );
    footing_server::rt::clock::real_sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(stands(&scene.look().await), ("frozen", stopped));
}

async fn who_moved_time_is_in_the_trail(database: Database) {
    let scene = Scene::created(database).await;
    scene.advance("2026-03-02T06:01:00Z").await;
    scene.bare("/run").await.expect(200);
    scene.bare("/freeze").await.expect(200);
    // A repeat changes nothing, and nothing is noted of it.
    scene.bare("/freeze").await.expect(200);
    let admin = scene.admin().await;
    let trail = admin.get("/v1/clinic/audit?kind=sandbox").await.expect(200);
    let lines = trail["lines"].as_array().unwrap();
    let mut actions: Vec<&str> = lines.iter().map(|line| text(line, "action")).collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "sandbox.advance",
            "sandbox.create",
            "sandbox.freeze",
            "sandbox.run"
        ]
    );
    assert!(lines.iter().all(|line| line["by"] == json!("clinician")));
}

async fn a_session_ends_by_the_clock_and_a_phone_stays(database: Database) {
    let scene = Scene::created(database).await;
    let (_, phone) = scene.stretching("2026-03-02").await;
    let admin = scene.admin().await;
    let body = json!({ "to": "2026-03-02T19:00:00Z" });
    let path = "/v1/sandbox/clock/advance";
    admin.post(path, &body).await.expect(200);
    admin.get("/v1/sandbox/clock").await.expect(401);
    phone.get("/v1/me/occurrences").await.expect(200);
    scene.look().await;
}

footing_tests::on_both_engines!(
    prompts_leave_at_their_own_instants_and_the_days_are_closed,
    a_tick_at_a_time_is_the_same_way,
    the_night_is_tidied_at_its_own_hour,
    a_running_clock_keeps_pace_and_stops_where_it_is_told,
    who_moved_time_is_in_the_trail,
    a_session_ends_by_the_clock_and_a_phone_stays,
);
