//! How fast sessions are simulated: `cargo bench -p footing-walker`.
#![allow(clippy::expect_used, reason = "a bench that cannot go on should stop")]

use std::time::Instant;

use walker::faults::Faults;
use walker::person::Person;
use walker::plan::{BoutPlan, WalkPlan};
use walker::random::StreamKey;
use walker::simulate;
use walker::transport::Clocks;

#[expect(clippy::disallowed_methods, reason = "time itself is what is measured")]
fn main() {
    let everything = Faults {
        clocks: Some(Clocks::usual()),
        duplicated: 0.01,
        reordered: 0.01,
        ..Faults::all()
    };
    for (name, faults) in [
        ("perfect device", Faults::none()),
        ("usual device", Faults::usual()),
        ("everything on", everything),
    ] {
        let plan = WalkPlan {
            bouts: vec![BoutPlan::usual(3.0, 3600.0)],
            faults,
            ..WalkPlan::usual(StreamKey::from_seed(1), Person::reference())
        };
        let began = Instant::now();
        let walk = simulate(&plan).expect("a plan of usual walking");
        let rate = walk.recording.duration_s() / began.elapsed().as_secs_f64();
        println!("{name}: {rate:.0} simulated seconds per second");
    }
}
