//! The synthetic walker: what it promises about itself, about its files, and what the engine makes of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing unwrap is a failing test"
)]

mod activities;
mod catalogue;
mod devices;
mod engine;
mod files;
mod matching;
mod model;
mod motion;
mod plans;
mod variability;

use walker::person::Person;
use walker::plan::WalkPlan;
use walker::random::StreamKey;
use walker::{Walk, simulate};

/// Two minutes of the mean person on a perfect device.
fn reference_plan(seed: u64) -> WalkPlan {
    WalkPlan::usual(StreamKey::from_seed(seed), Person::reference())
}

fn walk(plan: &WalkPlan) -> Walk {
    simulate(plan).unwrap()
}
