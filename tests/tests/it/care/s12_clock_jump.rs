//! S12: somebody sets the server's clock.

use footing_tests::Database;

use super::Scene;

async fn twenty_minutes_back_nothing_fires_again(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "08:05", "08:15"])
        .await;
    scene.server.advance("2026-03-02T07:10:00Z").await;
    assert_eq!(scene.prompted().len(), 2);
    scene
        .server
        .clock
        .step_to("2026-03-02T06:50:00Z".parse().unwrap());
    scene.server.settle().await;
    scene.server.advance("2026-03-02T07:14:59Z").await;
    assert_eq!(scene.prompted().len(), 2, "each was sent already");
    scene.server.advance("2026-03-02T07:15:00Z").await;
    assert_eq!(scene.prompted().len(), 3, "and the next one comes");
}

async fn two_days_forward_nothing_is_sent_or_closed(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "12:00"])
        .await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    scene
        .server
        .clock
        .step_to("2026-03-04T07:30:00Z".parse().unwrap());
    scene.server.settle().await;
    scene.server.advance("2026-03-04T08:30:00Z").await;
    assert_eq!(scene.prompted(), ["2026-03-02T07:00:00Z"]);
    let stand = |scene: &Scene| -> (i64, i64) {
        let mut raw = scene.raw();
        let missed =
            raw.number("SELECT count(*) AS value FROM occurrences WHERE state <> 'planned'");
        (
            missed,
            raw.number("SELECT count(*) AS value FROM adherence_days"),
        )
    };
    assert_eq!(stand(&scene), (0, 0), "no window and no day is closed");
    let ready = scene.server.anonymous().get("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text());
    // Set right again, everything goes on as if nothing had been.
    scene
        .server
        .clock
        .step_to("2026-03-02T08:31:00Z".parse().unwrap());
    scene.server.settle().await;
    scene.server.anonymous().get("/readyz").await.expect(200);
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-02T07:00:00Z", "2026-03-02T11:00:00Z"]
    );
    assert_eq!(stand(&scene), (1, 0));
}

async fn an_operator_says_that_the_clock_is_right(database: Database) {
    let scene = Scene::set(database)
        .await
        .stretching(&["08:00", "12:00"])
        .await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    scene
        .server
        .clock
        .step_to("2026-03-04T07:30:00Z".parse().unwrap());
    scene.server.settle().await;
    let mut raw = scene.raw();
    let at = "2026-03-04T07:31:00Z"
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_microsecond();
    let id = raw.bytes("00112233445566778899aabbccddeeff");
    raw.execute(&format!(
        "INSERT INTO clock_orders (id, accepted_at) VALUES ({id}, {at})"
    ))
    .unwrap();
    scene.server.advance("2026-03-04T07:32:00Z").await;
    scene.server.settle().await;
    assert_eq!(
        scene.phases("2026-03-03").await,
        ["08:00 missed", "12:00 missed"]
    );
    let missed = raw.number("SELECT count(*) AS value FROM occurrences WHERE state = 'missed'");
    assert_eq!(missed, 4);
    assert_eq!(
        raw.number("SELECT count(*) AS value FROM adherence_days WHERE superseded_at IS NULL"),
        2
    );
    scene.server.advance("2026-03-04T11:00:00Z").await;
    let last = scene.prompted().pop().unwrap();
    assert_eq!(last, "2026-03-04T11:00:00Z");
}

footing_tests::on_both_engines!(
    twenty_minutes_back_nothing_fires_again,
    two_days_forward_nothing_is_sent_or_closed,
    an_operator_says_that_the_clock_is_right,
);
