//! Share of weight on two force plates against arithmetic on the file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use common::recordings;
use validation::standing;

#[test]
fn the_share_of_weight_is_the_files() {
    let Some(folder) = recordings("the_share_of_weight_is_the_files", "standing") else {
        return;
    };
    let report = standing::run(&folder).unwrap();
    println!("{}", report.to_text());
    for floor in &report.floors {
        assert!(floor.is_met(), "{floor:?}");
        assert!(floor.n >= 7, "{floor:?}");
    }
    // Known from elsewhere: the first trial stands 46.137 % on its dominant leg.
    let trials = report.json["trials"].as_array().unwrap();
    let first = trials
        .iter()
        .find(|t| t["trial"] == "control_1_trial0")
        .unwrap();
    assert!((first["engine_share_pct"].as_f64().unwrap() - 46.1372).abs() <= 0.01);
}
