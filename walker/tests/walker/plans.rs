//! Plans: what is allowed walks, what is not is refused with the field's name.

use gait::recording::{FootSignal, Side};
use proptest::prelude::*;
use walker::condition::{Antalgic, Conditions, Parkinsonian};
use walker::faults::{BatteryEnd, Faults, SensorFault};
use walker::link::PacketLoss;
use walker::plan::{BoutPlan, Gait, PlanError, Posture, RestPlan, TurnPlan, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::sides::PerSide;
use walker::simulate;
use walker::transport::Clocks;
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

fn any_rest() -> impl Strategy<Value = RestPlan> {
    let posture = prop_oneof![
        Just(Posture::Standing),
        Just(Posture::Sitting),
        Just(Posture::Unworn),
        Just(Posture::Freezing)
    ];
    (posture, 3.0..8.0f64).prop_map(|(posture, duration_s)| RestPlan::new(posture, duration_s))
}

fn any_bout() -> impl Strategy<Value = BoutPlan> {
    let gait = prop_oneof![
        Just(Gait::Walking),
        Just(Gait::Running),
        Just(Gait::StairsUp),
        Just(Gait::StairsDown),
        Just(Gait::Shuffling)
    ];
    let turn =
        (0.0..2.0f64, -360.0..360.0f64).prop_map(|(at_s, angle_deg)| TurnPlan { at_s, angle_deg });
    let turns = proptest::collection::vec(turn, 0..3);
    let rests = proptest::collection::vec(any_rest(), 0..3);
    (gait, turns, rests, 0.0..3.0f64, 2.0..20.0f64, 0.3..3.5f64).prop_map(
        |(gait, turns, rests_before, pause_s, duration_s, speed_factor)| BoutPlan {
            turns,
            rests_before,
            ..BoutPlan::of(gait, pause_s, duration_s, speed_factor)
        },
    )
}

fn any_faults() -> impl Strategy<Value = Faults> {
    let clocks = proptest::option::of((0.0..1000.0f64, 0.0..1.0f64));
    (
        clocks,
        0.0..0.5f64,
        0.0..0.5f64,
        0.0..1.0f64,
        0.0..30.0f64,
        1..9usize,
    )
        .prop_map(|(clocks, duplicated, reordered, creep, at_s, sensor)| {
            let fault = |side| SensorFault {
                side,
                sensor,
                from_s: at_s,
            };
            Faults {
                clocks: clocks.map(|(skew_ppm, offset_s)| Clocks { skew_ppm, offset_s }),
                duplicated,
                reordered,
                creep: Some(creep),
                dead: vec![fault(Side::Left)],
                stuck: vec![fault(Side::Right)],
                battery_end: Some(BatteryEnd {
                    side: Side::Left,
                    at_s,
                }),
                ..Faults::all()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any gaits, rests, turns, conditions and faults in any order: a whole, finite recording with a truth that fits it.
    #[test]
    fn any_session_is_whole_and_finite(
        seed: u64,
        bouts in proptest::collection::vec(any_bout(), 0..4),
        closing_rests in proptest::collection::vec(any_rest(), 0..2),
        faults in any_faults(),
        severity in 0.0..1.0f64,
        eight: bool,
        sampling_hz in prop_oneof![Just(20.0), Just(100.0), Just(250.0)],
    ) {
        let conditions = Conditions {
            parkinsonian: Some(Parkinsonian { worse: Side::Right, severity }),
            fatigue: severity,
            orthotic: PerSide::both(severity),
            cushioned_shoe: severity,
            ..Conditions::default()
        };
        let layout_id = if eight { "gaitpdb-8" } else { "moticon-16" }.to_owned();
        let plan = WalkPlan { bouts, closing_rests, faults, conditions, layout_id, sampling_hz, ..reference_plan(seed) };
        let walk = match simulate(&plan) {
            Ok(walk) => walk,
            Err(_) => {
                prop_assert!(plan.check().is_err());
                return Ok(());
            }
        };
        for side in Side::BOTH {
            let foot = walk.recording.foot(side);
            prop_assert_eq!(foot.force.len(), walk.recording.samples());
            prop_assert!(foot.force.iter().all(|force| force.is_finite() && *force >= 0.0));
            prop_assert!(foot.sensors.iter().flatten().all(|value| value.is_finite()));
            if let Some(motion) = &foot.motion {
                let columns = motion.acceleration_g.iter().chain(&motion.angular_velocity_dps);
                for column in columns {
                    prop_assert_eq!(column.len(), foot.force.len());
                    prop_assert!(column.iter().all(|value| value.is_finite()));
                }
            }
            prop_assert!(foot.missing.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert!(foot.missing.iter().all(|gap| gap.end <= foot.force.len()));
            prop_assert!(foot.arrivals.iter().all(|arrival| arrival.sample < foot.force.len()));
        }
        let json = serde_json::to_string(&walk.truth).unwrap();
        prop_assert_eq!(serde_json::from_str::<Truth>(&json).unwrap(), walk.truth);
    }
}
