//! Properties every analysis has, on synthetic walks: exact timing, identities, mirror, scale and shift, gaps, pauses,
//! and silence where there is nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use gait::strides::{Exclusion, Stride};
use gait::{Analysis, FootSignal, ForceUnit, IssueCode, Options, Recording, Side, analyze};
use proptest::prelude::*;
use synthetic::Walk;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

fn value(a: &Analysis, id: &str) -> f64 {
    a.session_metrics()[id].unwrap().value
}

fn valid(a: &Analysis, side: Side) -> Vec<&Stride> {
    a.strides
        .iter()
        .filter(|s| s.foot == side && s.is_valid())
        .collect()
}

#[test]
fn contacts_and_stride_times_are_exact() {
    let walk = Walk::default();
    let a = run(&walk.recording());
    for (k, side) in Side::BOTH.into_iter().enumerate() {
        let truth = walk.contacts(k);
        let found = valid(&a, side);
        assert_eq!(
            found.len(),
            walk.strides - 1,
            "the last stance has no next contact"
        );
        for (stride, pair) in found.iter().zip(truth.windows(2)) {
            assert_abs_diff_eq!(stride.start_s, pair[0], epsilon = 0.010);
            assert_abs_diff_eq!(stride.stride_time_s(), pair[1] - pair[0], epsilon = 0.004);
        }
    }
    assert_abs_diff_eq!(
        a.metrics["stride_time_s"].left.unwrap().mean,
        1.1,
        epsilon = 0.002
    );
    assert_abs_diff_eq!(
        value(&a, "cadence_steps_per_min"),
        120.0 / 1.1,
        epsilon = 0.3
    );
}

#[test]
fn side_to_side_differences_are_recovered_with_their_sign() {
    let walk = Walk {
        stance: [0.60, 0.64],
        peak: [1.2, 1.0],
        ..Walk::default()
    };
    let a = run(&walk.recording());
    assert_abs_diff_eq!(
        value(&a, "si_stance_pct"),
        100.0 * 0.04 / 0.62,
        epsilon = 0.5
    );
    assert_abs_diff_eq!(
        value(&a, "ga"),
        100.0 * (0.40_f64 / 0.36).ln(),
        epsilon = 1.0
    );
    assert!(value(&a, "si_f1_pct") < -10.0, "the left peak is higher");
    let ids: Vec<&str> = a.observations.iter().map(|o| o.id.as_str()).collect();
    assert!(
        ids.iter().any(|id| id.starts_with("side_to_side")),
        "{ids:?}"
    );
}

#[test]
fn a_session_with_one_step_pattern_has_no_variability() {
    let a = run(&Walk {
        wobble_s: 0.0,
        ..Walk::default()
    }
    .recording());
    assert!(value(&a, "stride_time_cv_pct") < 0.3);
    let wobbly = run(&Walk {
        wobble_s: 0.05,
        ..Walk::default()
    }
    .recording());
    assert!(value(&wobbly, "stride_time_cv_pct") > 3.0);
}

#[test]
fn no_stride_is_invented_across_a_gap() {
    let walk = Walk::default();
    for side in Side::BOTH {
        let mut recording = walk.recording();
        let foot = if side == Side::Left {
            &mut recording.left
        } else {
            &mut recording.right
        };
        foot.missing.push(2000..3000);
        foot.force[2000..3000].fill(0.0);
        let a = run(&recording);
        assert!(
            valid(&a, side)
                .iter()
                .all(|s| s.end_s <= 20.0 || s.start_s >= 30.0),
            "{side}"
        );
        let used_other = a.strides.iter().filter(|s| s.foot != side && s.is_used());
        assert!(used_other.clone().count() > 30);
        assert!(
            used_other
                .clone()
                .all(|s| s.end_s <= 20.1 || s.start_s >= 29.9),
            "the other foot cannot tell double support there"
        );
        assert!(a.strides.iter().any(|s| s.reason == Some(Exclusion::Gap)));
    }
}

#[test]
fn a_bridged_gap_of_two_samples_costs_nothing() {
    let walk = Walk::default();
    let mut recording = walk.recording();
    recording.left.missing.push(2000..2002);
    recording.left.force[2000..2002].fill(0.0);
    assert_eq!(valid(&run(&recording), Side::Left).len(), walk.strides - 1);
}

#[test]
fn a_pause_ends_a_bout_and_is_no_stride() {
    let (first, second) = (
        Walk {
            strides: 20,
            ..Walk::default()
        },
        Walk {
            strides: 25,
            ..Walk::default()
        },
    );
    let standing = vec![400.0; 600];
    let join = |a: &[f64], b: &[f64]| [a, &standing, b].concat();
    let (mut one, two) = (first.recording(), second.recording());
    one.left.force = join(&one.left.force, &two.left.force);
    one.right.force = join(&one.right.force, &two.right.force);
    let a = run(&one);
    assert_eq!(a.bouts.len(), 2);
    assert!(
        a.strides
            .iter()
            .filter(|s| s.is_valid())
            .all(|s| s.stride_time_s() <= 3.0)
    );
    assert_eq!(
        a.issues
            .iter()
            .filter(|i| i.code == IssueCode::Pause)
            .count(),
        1
    );
}

fn flat(values: [f64; 2], samples: usize, unit: ForceUnit) -> Recording {
    let foot = |v| FootSignal {
        force: vec![v; samples],
        sensors: Vec::new(),
        missing: Vec::new(),
        ..FootSignal::default()
    };
    Recording {
        force_unit: unit,
        left: foot(values[0]),
        right: foot(values[1]),
        ..Walk::default().recording()
    }
}

#[test]
fn where_there_is_no_gait_there_is_a_typed_nothing() {
    let mut one_foot = Walk::default().recording();
    one_foot.right.force.fill(0.0);
    let mut unsampled = Walk::default().recording();
    unsampled.sampling_hz = f64::NAN;
    let mut all_missing = Walk::default().recording();
    all_missing.left.missing.push(0..usize::MAX);
    let mut shorter = Walk::default().recording();
    shorter.right.force.truncate(3);
    let mut not_finite = Walk::default().recording();
    not_finite.left.force.fill(f64::NAN);
    let mut recordings = vec![one_foot, unsampled, all_missing, shorter, not_finite];
    for unit in [ForceUnit::Newton, ForceUnit::Uncalibrated] {
        for values in [[0.0, 0.0], [400.0, 400.0], [1e300, -1e300], [5e-324, 1e6]] {
            recordings.extend([0, 1, 2, 5000].map(|n| flat(values, n, unit)));
        }
    }
    for recording in &recordings {
        let a = run(recording);
        assert!(
            a.metrics.is_empty() && a.pairs.is_empty() && a.observations.is_empty(),
            "{a:?}"
        );
        assert!(a.score.value.is_none() && a.score.absent.is_some());
        assert!(a.issues.iter().any(|i| matches!(
            i.code,
            IssueCode::NoGait | IssueCode::Empty | IssueCode::NoSignal
        )));
        let json = a.to_json(true).to_string();
        assert!(
            json.contains("\"absent\"") && !json.contains("\"value\":0"),
            "nothing is given as zero"
        );
    }
}

#[test]
fn one_foot_alone_still_gets_its_strides() {
    let mut recording = Walk::default().recording();
    recording.right.force.fill(0.0);
    let a = run(&recording);
    assert!(valid(&a, Side::Left).len() > 50);
    assert!(a.strides.iter().all(|s| !s.is_used()
        && s.reason == Some(Exclusion::MissingContralateral)
        || !s.is_valid()));
}

fn any_walk() -> impl Strategy<Value = Walk> {
    (
        40..80usize,
        0.8..1.5f64,
        0.57..0.68f64,
        0.57..0.68f64,
        0.95..1.25f64,
        0.95..1.25f64,
        0.0..0.04f64,
        500.0..1100.0f64,
    )
        .prop_map(
            |(strides, stride_s, sl, sr, pl, pr, wobble_s, body_weight_n)| Walk {
                strides,
                stride_s,
                stance: [sl, sr],
                peak: [pl, pr],
                wobble_s,
                body_weight_n,
                ..Walk::default()
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn identities(walk in any_walk()) {
        let a = run(&walk.recording());
        for s in a.strides.iter().filter(|s| s.is_valid()) {
            prop_assert!((s.stance_time_s() + s.swing_time_s() - s.stride_time_s()).abs() < 1e-9);
            prop_assert!((s.stance_pct() + s.swing_pct() - 100.0).abs() < 1e-9);
            prop_assert!(s.stride_time_s() <= 3.0 && s.start_s < s.toe_off_s && s.toe_off_s < s.end_s);
        }
        let mean = |id: &str, side| a.metrics[id].foot(side).unwrap().mean;
        let ds = mean("double_support_pct", Side::Left);
        let expected = mean("stance_pct", Side::Left) + mean("stance_pct", Side::Right) - 100.0;
        prop_assert!((ds - expected).abs() < 1.0, "{ds} {expected}");
    }

    #[test]
    fn mirrored_feet_mirror_the_results(walk in any_walk()) {
        let recording = walk.recording();
        let (a, b) = (run(&recording), run(&recording.clone().mirrored()));
        for (id, estimate) in a.session_metrics() {
            let Ok(estimate) = estimate else { continue };
            let expected = if id.starts_with("si_") { -estimate.value } else { estimate.value };
            prop_assert!((value(&b, id) - expected).abs() < 1e-6, "{id}");
        }
        prop_assert_eq!(a.metrics["stance_pct"].left.map(|m| m.n), b.metrics["stance_pct"].right.map(|m| m.n));
        let points = |a: &Analysis| a.score.value.map(|v| v.points);
        prop_assert!((points(&a).unwrap() - points(&b).unwrap()).abs() < 1e-6);
    }

    #[test]
    fn the_gain_of_the_insoles_changes_nothing(walk in any_walk(), gain in 0.6..1.9f64) {
        let recording = walk.recording();
        let mut scaled = recording.clone();
        for force in scaled.left.force.iter_mut().chain(&mut scaled.right.force) {
            *force *= gain;
        }
        let (a, b) = (run(&recording), run(&scaled));
        for (id, feet) in &a.metrics {
            let (ours, theirs) = (feet.left.unwrap(), b.metrics[id].left.unwrap());
            prop_assert!((ours.mean - theirs.mean).abs() < 1e-6, "{id}");
        }
        let ratio = b.body_weight_force.unwrap() / a.body_weight_force.unwrap();
        prop_assert!((ratio - gain).abs() < 1e-9);
    }

    #[test]
    fn an_offset_of_the_insole_changes_nothing_measurable(walk in any_walk(), offset in 0.0..60.0f64) {
        let recording = walk.recording();
        let mut lifted = recording.clone();
        for force in &mut lifted.left.force {
            *force += offset;
        }
        let (a, b) = (run(&recording), run(&lifted));
        let stance = |a: &Analysis| a.metrics["stance_pct"].left.unwrap().mean;
        prop_assert!((stance(&a) - stance(&b)).abs() < 0.3);
    }

    #[test]
    fn a_later_start_shifts_every_event(walk in any_walk(), samples in 1..400usize) {
        let recording = walk.recording();
        let mut later = recording.clone();
        for force in [&mut later.left.force, &mut later.right.force] {
            force.splice(0..0, std::iter::repeat_n(0.0, samples));
        }
        let (a, b) = (run(&recording), run(&later));
        prop_assert_eq!(a.strides.len(), b.strides.len());
        for (x, y) in a.strides.iter().zip(&b.strides) {
            prop_assert!((y.start_s - x.start_s - samples as f64 / 100.0).abs() < 1e-6);
            prop_assert_eq!(x.reason, y.reason);
        }
    }

    #[test]
    fn noise_and_nonsense_never_panic(
        left in prop::collection::vec(prop_oneof![any::<f64>(), -1e3..1e3f64], 0..600),
        right in prop::collection::vec(prop_oneof![any::<f64>(), -1e3..1e3f64], 0..600),
        hz in prop_oneof![any::<f64>(), 10.0..500.0f64],
        gap in (any::<usize>(), any::<usize>()), uncalibrated: bool,
    ) {
        let foot = |force: Vec<f64>| FootSignal { force, sensors: Vec::new(), missing: vec![gap.0..gap.1, 3..9], ..FootSignal::default() };
        let force_unit = if uncalibrated { ForceUnit::Uncalibrated } else { ForceUnit::Newton };
        let recording = Recording { sampling_hz: hz, force_unit, left: foot(left), right: foot(right), ..Walk::default().recording() };
        let a = run(&recording);
        prop_assert!(a.strides.iter().all(|s| !s.is_valid() || s.stride_time_s() <= 3.0));
        serde_json::to_string(&a.to_json(true)).unwrap();
    }
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    let recording = Walk::default().recording();
    assert_eq!(
        run(&recording).to_json(true).to_string(),
        run(&recording).to_json(true).to_string()
    );
}
