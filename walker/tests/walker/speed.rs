//! How fast a session is simulated, with everything on.

use std::time::Instant;

use walker::faults::Faults;
use walker::plan::{BoutPlan, WalkPlan};
use walker::transport::Clocks;

use crate::{reference_plan, walk};

#[test]
#[ignore = "a measurement; run with --release --ignored --nocapture"]
#[expect(clippy::disallowed_methods, reason = "time itself is what is measured")]
fn simulated_seconds_per_second() {
    for (name, faults) in [
        ("perfect device", Faults::none()),
        ("usual device", Faults::usual()),
        (
            "everything on",
            Faults {
                clocks: Some(Clocks::usual()),
                duplicated: 0.01,
                reordered: 0.01,
                ..Faults::all()
            },
        ),
    ] {
        let plan = WalkPlan {
            bouts: vec![BoutPlan::usual(3.0, 3600.0)],
            faults,
            ..reference_plan(1)
        };
        let began = Instant::now();
        let walk = walk(&plan);
        let rate = walk.recording.duration_s() / began.elapsed().as_secs_f64();
        eprintln!("{name}: {rate:.0} simulated seconds per second");
        assert!(rate > 200.0, "{name}: {rate}");
    }
}
