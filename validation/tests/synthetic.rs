//! The acceptance points on simulated walkers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use validation::synthetic::{Options, run};

const FEW: Options = Options {
    seed: 1,
    persons: 2,
};

/// Goals that are missed, and why; docs/GAIT.md says so too. Take a line out when it is mended.
const MISSED: [&str; 1] = [
    // Half a high arch is near the edge of its fifth: the goal is met or missed by a few feet.
    "5 arch: balanced accuracy at severity 0.5",
];

#[test]
fn no_goal_but_the_known_ones_is_missed_on_simulated_walkers() {
    // What the command runs: percentiles of fewer walks are of one or two of them.
    let report = run(&Options::default()).unwrap();
    println!("{}", report.to_text());
    for floor in &report.floors {
        let known = MISSED.contains(&floor.name.as_str());
        assert!(floor.is_met() || known, "{floor:?}");
    }
    assert!(report.floors.len() >= 25);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let first = run(&FEW).unwrap();
    assert_eq!(first, run(&FEW).unwrap());
    let other = Options { seed: 2, ..FEW };
    assert_ne!(first.json, run(&other).unwrap().json);
}
