//! The acceptance points on simulated walkers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use validation::synthetic::{Options, run};

const FEW: Options = Options {
    seed: 1,
    persons: 24,
};

#[test]
fn every_goal_on_simulated_walkers_is_reached() {
    let report = run(&FEW).unwrap();
    println!("{}", report.to_text());
    for floor in &report.floors {
        assert!(floor.is_met(), "{floor:?}");
    }
    assert!(report.floors.len() >= 25);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let few = Options { persons: 2, ..FEW };
    assert_eq!(run(&few).unwrap(), run(&few).unwrap());
    let other = Options { seed: 2, ..few };
    assert_ne!(run(&few).unwrap().json, run(&other).unwrap().json);
}
