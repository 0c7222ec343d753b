//! S1: the clock changes. A time that does not exist comes by so much later, one that comes twice comes once, and the
//! day after is as ever.

use footing_tests::Database;
use footing_tests::clinic::text;
use serde_json::json;

use super::Scene;

/// What is planned on a date: when, and by which rule of the clock; and how long the day is.
async fn lived(scene: &Scene, date: &str) -> (Vec<String>, f64) {
    let (mut lines, mut length_h) = (Vec::new(), f64::NAN);
    for one in scene.day(date).await {
        let why = scene.explain(text(&one, "id")).await;
        length_h = why["day"]["length_h"].as_f64().unwrap();
        let due = text(&one, "due_at");
        lines.push(format!("{due} {}", text(&why["rule"], "clock")));
    }
    (lines, length_h)
}

async fn check(scene: &Scene, date: &str, expected: &[&str], length_h: f64) {
    let (lines, length) = lived(scene, date).await;
    assert_eq!(lines, expected, "{date}");
    assert!((length - length_h).abs() < 1e-9, "{date} has {length} h");
}

async fn a_stretch_at_0230_when_berlin_leaps_forward(database: Database) {
    let scene = Scene::at(database, "2026-03-27T06:00:00Z", "Europe/Berlin").await;
    let scene = scene.stretching(&["02:30", "08:00"]).await;
    check(
        &scene,
        "2026-03-28",
        &["2026-03-28T01:30:00Z exact", "2026-03-28T07:00:00Z exact"],
        24.0,
    )
    .await;
    let leap = [
        "2026-03-29T01:30:00Z gap:shift_forward",
        "2026-03-29T06:00:00Z exact",
    ];
    check(&scene, "2026-03-29", &leap, 23.0).await;
    check(
        &scene,
        "2026-03-30",
        &["2026-03-30T00:30:00Z exact", "2026-03-30T06:00:00Z exact"],
        24.0,
    )
    .await;
    scene.server.advance("2026-03-30T12:00:00Z").await;
    let rung = [
        "2026-03-27T07:00:00Z",
        "2026-03-28T01:30:00Z",
        "2026-03-28T07:00:00Z",
        "2026-03-29T01:30:00Z",
        "2026-03-29T06:00:00Z",
        "2026-03-30T00:30:00Z",
        "2026-03-30T06:00:00Z",
    ];
    assert_eq!(scene.prompted(), rung);
    let figures = scene.adherence("from=2026-03-29&through=2026-03-29").await;
    assert_eq!(figures["denominator"], json!(2));
}

async fn a_stretch_at_0230_when_berlin_falls_back(database: Database) {
    let scene = Scene::at(database, "2026-10-24T06:30:00Z", "Europe/Berlin").await;
    let scene = scene.stretching(&["02:30", "08:00"]).await;
    let fold = [
        "2026-10-25T00:30:00Z fold:first",
        "2026-10-25T07:00:00Z exact",
    ];
    check(&scene, "2026-10-25", &fold, 25.0).await;
    scene.server.advance("2026-10-26T00:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-10-25T00:30:00Z", "2026-10-25T07:00:00Z"],
        "nothing at 01:30Z"
    );
    let figures = scene.adherence("from=2026-10-25&through=2026-10-25").await;
    assert_eq!(figures["denominator"], json!(2));
    check(
        &scene,
        "2026-10-26",
        &["2026-10-26T01:30:00Z exact", "2026-10-26T07:00:00Z exact"],
        24.0,
    )
    .await;
}

async fn new_york(database: Database) {
    let scene = Scene::at(database, "2026-03-07T18:00:00Z", "America/New_York").await;
    let scene = scene.stretching(&["02:30"]).await;
    check(
        &scene,
        "2026-03-08",
        &["2026-03-08T07:30:00Z gap:shift_forward"],
        23.0,
    )
    .await;
    check(&scene, "2026-03-09", &["2026-03-09T06:30:00Z exact"], 24.0).await;
    scene.server.advance("2026-03-09T12:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"]
    );
}

async fn new_york_in_autumn(database: Database) {
    let scene = Scene::at(database, "2026-10-31T18:00:00Z", "America/New_York").await;
    let scene = scene.stretching(&["01:30"]).await;
    check(
        &scene,
        "2026-11-01",
        &["2026-11-01T05:30:00Z fold:first"],
        25.0,
    )
    .await;
    scene.server.advance("2026-11-02T12:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
    );
}

async fn lord_howe_moves_by_half_an_hour(database: Database) {
    let scene = Scene::at(database, "2026-04-03T18:00:00Z", "Australia/Lord_Howe").await;
    let scene = scene.stretching(&["01:45"]).await;
    check(
        &scene,
        "2026-04-05",
        &["2026-04-04T14:45:00Z fold:first"],
        24.5,
    )
    .await;
    scene.server.advance("2026-04-05T12:00:00Z").await;
    assert_eq!(scene.prompted(), ["2026-04-04T14:45:00Z"], "once");
}

async fn lord_howe_in_spring(database: Database) {
    let scene = Scene::at(database, "2026-10-03T06:00:00Z", "Australia/Lord_Howe").await;
    let scene = scene.stretching(&["02:15"]).await;
    check(
        &scene,
        "2026-10-04",
        &["2026-10-03T15:45:00Z gap:shift_forward"],
        23.5,
    )
    .await;
    scene.server.advance("2026-10-04T18:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        ["2026-10-03T15:45:00Z", "2026-10-04T15:15:00Z"]
    );
}

async fn apia_had_no_30_december(database: Database) {
    let scene = Scene::at(database, "2011-12-29T12:00:00Z", "Pacific/Apia").await;
    let mut item = footing_tests::example::plan_item("calf-wall-stretch", &["08:00"]);
    item["starts_on"] = json!("2011-12-01");
    let scene = scene.plan(&[item]).await;
    assert_eq!(
        scene.day("2011-12-30").await.len(),
        0,
        "nothing is asked of a day nobody lived"
    );
    check(&scene, "2011-12-29", &["2011-12-29T18:00:00Z exact"], 24.0).await;
    check(&scene, "2011-12-31", &["2011-12-30T18:00:00Z exact"], 24.0).await;
    let length =
        "SELECT ends_at - starts_at AS value FROM patient_days WHERE local_date = '2011-12-30'";
    assert_eq!(scene.raw().number(length), 0, "a day of length 0");
    scene.server.advance("2012-01-01T00:00:00Z").await;
    assert_eq!(
        scene.prompted(),
        [
            "2011-12-29T18:00:00Z",
            "2011-12-30T18:00:00Z",
            "2011-12-31T18:00:00Z"
        ]
    );
    let figures = scene.adherence("from=2011-12-29&through=2011-12-31").await;
    assert_eq!(figures["denominator"], json!(2));
}

footing_tests::on_both_engines!(
    a_stretch_at_0230_when_berlin_leaps_forward,
    a_stretch_at_0230_when_berlin_falls_back,
    new_york,
    new_york_in_autumn,
    lord_howe_moves_by_half_an_hour,
    lord_howe_in_spring,
    apia_had_no_30_december,
);
