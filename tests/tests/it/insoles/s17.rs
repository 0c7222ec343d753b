//! S17: new orthotics begin the baseline anew, and before and after can be compared.

use footing_tests::Database;
use footing_tests::example::{Walk, walk, with_orthotic};
use gait::SessionSummary;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::json;

use super::Scene;

/// One session on each of so many dates, the first on `from`.
fn days(from: Date, count: u32, how: Walk) -> Vec<SessionSummary> {
    (0..count)
        .map(|n| {
            let day = from.saturating_add(i64::from(n).days());
            let number = 1000 * u64::from(day.day_of_year().unsigned_abs()) + how as u64;
            walk(number, &format!("{day}T08:00:00Z"), how, n)
        })
        .collect()
}

fn with_custom(sessions: Vec<SessionSummary>) -> Vec<SessionSummary> {
    sessions
        .into_iter()
        .map(|one| with_orthotic(one, "custom"))
        .collect()
}

fn issued(day: &str) -> serde_json::Value {
    json!({ "kind": "orthotic_issued", "date": day, "orthotic_id": "custom" })
}

async fn a_lasting_change_is_found_once_and_settles_when_it_is_gone(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-04-20T18:00:00Z").await;
    scene.upload(&days(date(2026, 4, 1), 14, Walk::Usual)).await;
    scene.server.settle().await;
    assert_eq!(
        scene.alerts(),
        Vec::<String>::new(),
        "a baseline and nothing else"
    );
    scene
        .upload(&days(date(2026, 4, 15), 2, Walk::SparingRight))
        .await;
    scene.server.settle().await;
    assert_eq!(scene.alerts(), Vec::<String>::new(), "two days");
    scene
        .upload(&days(date(2026, 4, 17), 2, Walk::SparingRight))
        .await;
    scene.server.settle().await;
    assert_eq!(scene.alerts(), ["gait_change medium open 1"]);
    scene.server.settle().await;
    assert_eq!(
        scene.alerts(),
        ["gait_change medium open 1"],
        "nothing new, nothing found again"
    );
    // The orthotics explain it: they are recorded late.
    scene.event(&issued("2026-04-15")).await;
    scene.server.settle().await;
    assert_eq!(scene.alerts(), ["gait_change medium auto_resolved 1"]);
}

async fn an_index_above_its_beginning_by_more_than_error_is_good_news(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-04-20T18:00:00Z").await;
    scene
        .upload(&days(date(2026, 4, 1), 14, Walk::SparingRight))
        .await;
    scene.upload(&days(date(2026, 4, 15), 2, Walk::Usual)).await;
    scene.server.settle().await;
    let good = |alerts: Vec<String>| {
        let mut alerts = alerts.into_iter();
        alerts.find(|alert| alert.starts_with("score_better"))
    };
    assert_eq!(good(scene.alerts()), None, "two days");
    scene.upload(&days(date(2026, 4, 17), 2, Walk::Usual)).await;
    scene.server.settle().await;
    assert_eq!(
        good(scene.alerts()).as_deref(),
        Some("score_better info open 1")
    );
    scene.event(&issued("2026-04-15")).await;
    scene.server.settle().await;
    assert_eq!(
        good(scene.alerts()).as_deref(),
        Some("score_better info auto_resolved 1")
    );
}

async fn new_orthotics_are_no_sudden_change_for_two_weeks(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-05-20T18:00:00Z").await;
    scene.upload(&days(date(2026, 4, 1), 16, Walk::Usual)).await;
    scene.event(&issued("2026-04-17")).await;
    let after = with_custom(days(date(2026, 4, 18), 14, Walk::SparingRight));
    for one in after {
        scene.upload(&[one]).await;
        scene.server.settle().await;
        assert_eq!(scene.alerts(), Vec::<String>::new());
    }
    // What is lasting is the new baseline; what comes after it is a change again.
    scene
        .upload(&with_custom(days(date(2026, 5, 2), 4, Walk::Usual)))
        .await;
    scene.server.settle().await;
    assert_eq!(
        scene.alerts(),
        ["gait_change medium open 1", "score_better info open 1"],
        "and the index with it, for the better"
    );
}

async fn before_and_after_appear_with_five_days_on_each_side(database: Database) {
    let scene = Scene::set(database).await;
    scene.server.advance("2026-04-20T18:00:00Z").await;
    scene.event(&issued("2026-04-10")).await;
    scene.upload(&days(date(2026, 4, 2), 4, Walk::Usual)).await;
    scene
        .upload(&with_custom(days(date(2026, 4, 11), 3, Walk::Usual)))
        .await;
    let effect = scene.see("/effects").await["effects"][0].clone();
    assert_eq!(effect["state"], json!("collecting"));
    assert_eq!(effect["before"], json!({ "valid": 4, "missing": 1 }));
    assert_eq!(effect["after"], json!({ "valid": 3, "missing": 2 }));
    assert_eq!(effect["comparisons"], json!([]));
    // Walked without the orthotic: on no side.
    scene.upload(&days(date(2026, 4, 14), 3, Walk::Usual)).await;
    scene.upload(&days(date(2026, 4, 6), 2, Walk::Usual)).await;
    let effect = scene.see("/effects").await["effects"][0].clone();
    assert_eq!(effect["after"], json!({ "valid": 3, "missing": 2 }));
    scene
        .upload(&with_custom(days(date(2026, 4, 17), 3, Walk::Usual)))
        .await;
    let effect = scene.see("/effects").await["effects"][0].clone();
    assert_eq!(effect["state"], json!("ready"), "{effect}");
    let comparisons = effect["comparisons"].as_array().unwrap();
    assert!(!comparisons.is_empty());
    // Nothing changed between the simulated days: what is inside the error is not told as a change.
    let inside = comparisons.iter().filter(|one| {
        let sentence = one["sentence"].as_str().unwrap();
        sentence.ends_with("change smaller than what this sensor can tell")
    });
    for one in comparisons {
        let within = one["estimate"].as_f64().unwrap().abs() <= one["mdc95"].as_f64().unwrap();
        let said = one["sentence"]
            .as_str()
            .unwrap()
            .ends_with("what this sensor can tell");
        assert_eq!(within, said, "{one}");
    }
    assert!(inside.count() > 0);
}

footing_tests::on_both_engines!(
    an_index_above_its_beginning_by_more_than_error_is_good_news,
    a_lasting_change_is_found_once_and_settles_when_it_is_gone,
    new_orthotics_are_no_sudden_change_for_two_weeks,
    before_and_after_appear_with_five_days_on_each_side,
);
