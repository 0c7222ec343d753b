//! Plans: what is allowed walks, what is not is refused with the field's name.

use gait::recording::{FootSignal, Side};
use proptest::prelude::*;
use walker::condition::{Antalgic, Conditions};
use walker::device::Faults;
use walker::link::PacketLoss;
use walker::plan::{BoutPlan, PlanError, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;
use walker::truth::Truth;

use crate::{reference_plan, walk};

#[test]
fn standing_only_has_no_events_and_no_expectation() {
    let walk = walk(
        &scenario::by_name("no_gait")
            .unwrap()
            .plan(StreamKey::from_seed(1)),
    );
    assert!(
        walk.truth.events.is_empty()
            && walk.truth.strides.is_empty()
            && walk.truth.expected.is_none()
    );
    assert_eq!(walk.recording.samples(), 6000);
}

#[test]
fn every_scenario_has_a_name_and_a_truth_that_survives_json() {
    for name in scenario::names() {
        let plan = scenario::by_name(name)
            .unwrap()
            .plan(StreamKey::from_seed(5));
        assert_eq!(plan.check(), Ok(()), "{name}");
        let truth = walk(&plan).truth;
        let json = serde_json::to_string(&truth).unwrap();
        assert_eq!(
            serde_json::from_str::<Truth>(&json).unwrap(),
            truth,
            "{name}"
        );
        let plan_json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<WalkPlan>(&plan_json).unwrap(), plan);
    }
    assert!(scenario::by_name("NEUTRAL").is_none());
}

#[test]
fn lost_packets_are_empty_and_noted() {
    let loss = PacketLoss {
        rate: 0.03,
        ..PacketLoss::usual()
    };
    let walk = walk(&WalkPlan {
        faults: Faults {
            loss: Some(loss),
            ..Faults::none()
        },
        ..reference_plan(2)
    });
    let feet: Vec<&FootSignal> = Side::BOTH
        .iter()
        .map(|side| walk.recording.foot(*side))
        .collect();
    for foot in &feet {
        assert!(
            foot.missing[0].start == 0
                && foot
                    .missing
                    .windows(2)
                    .all(|pair| pair[0].end < pair[1].start)
        );
        let share = foot.missing_samples() as f64 / foot.force.len() as f64;
        assert!((0.02..0.05).contains(&share), "{share}");
        assert!(
            foot.missing
                .iter()
                .cloned()
                .flatten()
                .all(|sample| foot.force[sample] == 0.0)
        );
    }
    let late = feet
        .iter()
        .filter(|foot| foot.missing[0].len() >= 60)
        .count();
    assert_eq!(late, 1, "one foot begins late");
}

#[test]
fn impossible_plans_name_the_field() {
    let unknown = WalkPlan {
        layout_id: "pedar-99".to_owned(),
        ..reference_plan(1)
    };
    assert_eq!(simulate(&unknown), Err(PlanError::UnknownLayout));
    let field = |plan: &WalkPlan| match simulate(plan) {
        Err(PlanError::OutOfRange { field, .. }) => field,
        other => unreachable!("expected a refusal, got {}", other.is_ok()),
    };
    assert_eq!(
        field(&WalkPlan {
            sampling_hz: 0.0,
            ..reference_plan(1)
        }),
        "sampling_hz"
    );
    assert_eq!(
        field(&WalkPlan {
            closing_pause_s: f64::INFINITY,
            ..reference_plan(1)
        }),
        "closing_pause_s"
    );
    let severe = Conditions {
        unsteady: 2.0,
        ..Conditions::default()
    };
    assert_eq!(
        field(&WalkPlan {
            conditions: severe,
            ..reference_plan(1)
        }),
        "unsteady"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is allowed walks: finite, never negative, with alternating feet; whatever is not is refused.
    #[test]
    fn any_plan_walks_or_is_refused(
        seed: u64,
        speed in prop_oneof![0.0..2.5f64, Just(f64::NAN)],
        duration in 0.0..30.0f64,
        pause in 0.0..5.0f64,
        pain in 0.0..1.0f64,
        unsteady in 0.0..1.0f64,
        sampling_hz in 10.0..550.0f64,
        offset in -0.4..0.4f64,
    ) {
        let mut plan = reference_plan(seed);
        plan.person.traits.first_peak_bw = offset;
        plan.person.traits.stance_pp = 20.0 * offset;
        plan.person.traits.valley_bw = -offset;
        let conditions = Conditions {
            antalgic: Some(Antalgic { side: Side::Left, severity: pain }),
            unsteady,
            ..Conditions::default()
        };
        let bouts = vec![BoutPlan::usual(pause, duration), BoutPlan::usual(0.0, duration)];
        let plan = WalkPlan { speed_mps: speed, sampling_hz, conditions, bouts, closing_pause_s: pause, ..plan };
        match simulate(&plan) {
            Err(_) => prop_assert!(plan.check().is_err()),
            Ok(walk) => {
                for side in Side::BOTH {
                    let foot = walk.recording.foot(side);
                    prop_assert_eq!(foot.force.len(), walk.recording.samples());
                    prop_assert!(foot.force.iter().all(|force| force.is_finite() && *force >= 0.0));
                    let kinds: Vec<_> = walk.truth.events.iter().filter(|e| e.side == side).map(|e| e.kind).collect();
                    prop_assert!(kinds.windows(2).all(|pair| pair[0] != pair[1]));
                }
                prop_assert!(walk.truth.strides.iter().all(|stride| stride.threshold.swing_s() > 0.0));
            }
        }
    }
}
