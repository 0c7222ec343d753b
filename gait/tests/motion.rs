//! The foot's way through space: known trajectories, turns, steps that are none, and the vendor's stride lengths.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;
#[path = "common/trajectory.rs"]
mod trajectory;

use approx::assert_abs_diff_eq;
use gait::motion::{EstimateAbsent, StrideMotion, WalkRatio};
use gait::strides::{Exclusion, Stride};
use gait::{Analysis, InsoleMotion, IssueCode, Options, Recording, Side, analyze};
use proptest::prelude::*;
use synthetic::Walk;
use trajectory::{Advance, Errors, REAL, felt};

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

/// A walk whose k-th stride has a known length, change of heading and rise, the same on both feet.
fn walk(of: impl Fn(usize) -> (f64, f64, f64), errors: Errors) -> Recording {
    walk_rotating(1.0, of, errors)
}

/// The same with less rotation than walking has.
fn walk_rotating(
    rotation: f64,
    of: impl Fn(usize) -> (f64, f64, f64),
    errors: Errors,
) -> Recording {
    let walk = Walk {
        strides: 40,
        wobble_s: 0.0,
        ..Walk::default()
    };
    let mut recording = walk.recording();
    let samples = recording.samples();
    for (k, foot) in [&mut recording.left, &mut recording.right]
        .into_iter()
        .enumerate()
    {
        let advance = |(i, pair): (usize, &[f64])| {
            let (length_m, yaw_deg, rise_m) = of(i);
            // The foot is at rest in the middle of stance.
            let stride_s = pair[1] - pair[0];
            Advance {
                start_s: pair[0] + 0.40 * stride_s,
                end_s: pair[1] + 0.15 * stride_s,
                length_m,
                yaw_deg,
                rise_m,
                rotation,
            }
        };
        let contacts = walk.contacts(k);
        let strides: Vec<Advance> = contacts.windows(2).enumerate().map(advance).collect();
        foot.motion = Some(felt(&strides, samples, walk.sampling_hz, errors));
    }
    recording
}

fn measured(analysis: &Analysis) -> Vec<(&Stride, StrideMotion)> {
    let with = analysis.strides.iter().filter_map(|s| Some((s, s.motion?)));
    with.collect()
}

/// Largest relative error of the stride lengths of a straight walk.
fn length_error(length_m: f64, errors: Errors) -> f64 {
    let analysis = run(&walk(|_| (length_m, 0.0, 0.0), errors));
    let found = measured(&analysis);
    assert_eq!(found.len(), 78, "both feet, all strides");
    let error = |m: &StrideMotion| (m.stride_length_m / length_m - 1.0).abs();
    found.iter().map(|(_, m)| error(m)).fold(0.0, f64::max)
}

#[test]
fn the_length_of_a_known_way() {
    for length_m in [0.5, 1.0, 1.4, 2.0] {
        let (clean, real) = (
            length_error(length_m, Errors::default()),
            length_error(length_m, REAL),
        );
        println!(
            "{length_m} m: clean {:.3} %, with sensor errors {:.2} %",
            100.0 * clean,
            100.0 * real
        );
        assert!(clean <= 0.005, "{clean}");
        assert!(real <= 0.02, "{real}");
    }
}

#[test]
fn speed_lift_pitch_and_rise_of_a_known_way() {
    let analysis = run(&walk(|_| (1.3, 0.0, 0.05), REAL));
    for (stride, motion) in measured(&analysis) {
        assert_abs_diff_eq!(
            motion.speed_m_per_s,
            motion.stride_length_m / stride.stride_time_s()
        );
        assert_abs_diff_eq!(motion.clearance_m, 0.10, epsilon = 0.02);
        assert_abs_diff_eq!(motion.height_gain_m, 0.05, epsilon = 0.02);
        assert_abs_diff_eq!(motion.yaw_deg, 0.0, epsilon = 1.0);
        assert!(
            (1.0..20.0).contains(&motion.contact_pitch_deg),
            "{motion:?}"
        );
    }
    assert_eq!(analysis.turns, Some(Vec::new()));
    assert_eq!(analysis.spatial_estimate, Err(EstimateAbsent::Measured));
}

/// Adds to the gyroscope about y from sample to sample.
fn tilt_rate(recording: &mut Recording, range: std::ops::Range<usize>, dps: f32) {
    for foot in [&mut recording.left, &mut recording.right] {
        let [_, y, _] = &mut foot.motion.as_mut().unwrap().angular_velocity_dps;
        y[range.clone()].iter_mut().for_each(|v| *v += dps);
    }
}

/// The zero of the gyroscope moves after the rest that told it: 2 degrees of tilt per stride would cost 3 % of length.
#[test]
fn gravity_at_both_ends_takes_a_moving_zero_out() {
    let mut recording = walk(|_| (1.3, 0.0, 0.0), Errors::default());
    let end = recording.samples() - 250;
    tilt_rate(&mut recording, 150..end, 2.0);
    for (_, motion) in &measured(&run(&recording))[4..70] {
        assert_abs_diff_eq!(motion.stride_length_m, 1.3, epsilon = 0.013);
    }
}

/// No half second of rest anywhere: the zero is told by the stillest moments of the stances.
#[test]
fn a_walk_without_rest_tells_the_zero_by_its_stances() {
    let errors = Errors {
        gyro_bias_dps: [3.0, -3.0, 4.0],
        ..Errors::default()
    };
    let mut recording = later(walk(|_| (1.3, 0.0, 0.0), errors), 200);
    let end = recording.samples() - 350;
    for foot in [&mut recording.left, &mut recording.right] {
        foot.force.truncate(end);
        let motion = foot.motion.as_mut().unwrap();
        let columns = motion.acceleration_g.iter_mut();
        columns
            .chain(&mut motion.angular_velocity_dps)
            .for_each(|c| c.truncate(end));
    }
    let analysis = run(&recording);
    assert!(measured(&analysis).len() > 60);
    for (_, motion) in measured(&analysis) {
        assert_abs_diff_eq!(motion.yaw_deg, 0.0, epsilon = 0.3);
        assert_abs_diff_eq!(motion.stride_length_m, 1.3, epsilon = 0.01);
    }
}

/// Strides 20 and 21 turn by 60 degrees each.
fn turning(errors: Errors) -> Recording {
    walk(
        |k| (1.2, if k == 20 || k == 21 { 60.0 } else { 0.0 }, 0.0),
        errors,
    )
}

#[test]
fn a_turn_is_found_left_out_and_does_not_end_the_bout() {
    let analysis = run(&turning(REAL));
    let turns = analysis.turns.as_ref().unwrap();
    assert_eq!(turns.len(), 1, "{turns:?}");
    assert_eq!(turns[0].side, Side::Left);
    assert_abs_diff_eq!(turns[0].angle_deg, 120.0, epsilon = 3.0);
    for side in Side::BOTH {
        let reasons: Vec<_> = analysis
            .strides
            .iter()
            .filter(|s| s.foot == side)
            .map(|s| s.reason)
            .collect();
        let turn = reasons
            .iter()
            .filter(|r| **r == Some(Exclusion::Turn))
            .count();
        let near = reasons
            .iter()
            .filter(|r| **r == Some(Exclusion::NearTurn))
            .count();
        assert_eq!((turn, near), (2, 2), "{side}: {reasons:?}");
    }
    assert_eq!(analysis.bouts.len(), 1);
    assert!(analysis.strides.iter().all(Stride::is_valid));
}

#[test]
fn the_mirror_image_turns_to_the_other_side() {
    let (one, other) = (
        run(&turning(Errors::default())),
        run(&turning(Errors::default()).mirrored()),
    );
    let (one, other) = (one.turns.unwrap(), other.turns.unwrap());
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one.side, other.side.other());
        assert_abs_diff_eq!(one.angle_deg, -other.angle_deg, epsilon = 1e-6);
    }
}

/// Drops the first samples of every column.
fn later(mut recording: Recording, samples: usize) -> Recording {
    for foot in [&mut recording.left, &mut recording.right] {
        foot.force.drain(..samples);
        let motion = foot.motion.as_mut().unwrap();
        for column in motion
            .acceleration_g
            .iter_mut()
            .chain(&mut motion.angular_velocity_dps)
        {
            column.drain(..samples);
        }
    }
    recording
}

#[test]
fn a_later_start_changes_nothing_but_the_clock() {
    let (whole, cut) = (
        run(&turning(Errors::default())),
        run(&later(turning(Errors::default()), 50)),
    );
    let pairs = measured(&whole)
        .into_iter()
        .zip(measured(&cut))
        .map(|((_, a), (_, b))| (a, b));
    for (a, b) in pairs {
        assert_abs_diff_eq!(a.stride_length_m, b.stride_length_m, epsilon = 1e-3);
        assert_abs_diff_eq!(a.yaw_deg, b.yaw_deg, epsilon = 0.05);
    }
    assert_eq!(measured(&whole).len(), measured(&cut).len());
    let starts = |a: &Analysis| a.turns.as_ref().unwrap()[0].start_s;
    assert_abs_diff_eq!(starts(&whole) - starts(&cut), 0.5, epsilon = 0.01);
}

#[test]
fn stairs_are_told_by_height_and_not_used() {
    let analysis = run(&walk(
        |k| (0.6, 0.0, if (10..20).contains(&k) { 0.34 } else { 0.0 }),
        REAL,
    ));
    let stairs = analysis
        .strides
        .iter()
        .filter(|s| s.reason == Some(Exclusion::Stairs));
    assert_eq!(stairs.count(), 20);
    assert_eq!(analysis.bouts.len(), 1);
    let seconds = analysis.activity.exposure.seconds[&gait::activity::ActivityClass::Stairs];
    assert_abs_diff_eq!(seconds, 11.0, epsilon = 1.5);
}

#[test]
fn loads_without_a_swing_are_no_strides() {
    let analysis = run(&walk_rotating(0.1, |_| (0.02, 0.0, 0.0), REAL));
    assert!(analysis.strides.len() > 70);
    let unconfirmed = |s: &Stride| s.reason == Some(Exclusion::NoSwingRotation) && !s.is_valid();
    assert!(analysis.strides.iter().all(unconfirmed), "feet tapped");
    let shuffle = run(&walk_rotating(0.1, |_| (0.5, 0.0, 0.0), REAL));
    assert!(shuffle.strides.iter().all(Stride::is_valid));
    for (_, motion) in measured(&shuffle) {
        assert_abs_diff_eq!(motion.stride_length_m, 0.5, epsilon = 0.015);
    }
}

/// Rest from start to end: the gyroscope is not dead because nobody walks.
#[test]
fn a_recording_of_rest_has_no_broken_sensor() {
    let mut recording = walk(|_| (0.0, 0.0, 0.0), Errors::default());
    for foot in [&mut recording.left, &mut recording.right] {
        foot.force.fill(400.0);
        let samples = foot.force.len();
        foot.motion = Some(felt(&[], samples, 100.0, REAL));
    }
    let analysis = run(&recording);
    let broken = |i: &gait::Issue| i.code == IssueCode::MotionImplausible;
    assert!(!analysis.issues.iter().any(broken));
    assert_eq!(analysis.turns, Some(Vec::new()));
}

#[test]
fn a_foot_that_comes_down_where_it_left_is_no_stride() {
    let analysis = run(&walk(|k| (if k < 20 { 1.2 } else { 0.02 }, 0.0, 0.0), REAL));
    let spot = analysis
        .strides
        .iter()
        .filter(|s| s.reason == Some(Exclusion::OnTheSpot))
        .count();
    assert!((36..=40).contains(&spot), "{spot}");
    assert!(
        analysis
            .strides
            .iter()
            .filter(|s| s.reason == Some(Exclusion::OnTheSpot))
            .all(|s| s.motion.is_none())
    );
}

#[test]
fn a_length_nobody_walks_is_absent_and_said() {
    let analysis = run(&walk(|k| (if k == 12 { 2.6 } else { 1.4 }, 0.0, 0.0), REAL));
    assert_eq!(measured(&analysis).len(), 76);
    let issue = |i: &&gait::Issue| i.code == IssueCode::ImplausibleStrideLength;
    assert_eq!(
        analysis.issues.iter().filter(issue).count(),
        2,
        "one per foot"
    );
}

#[test]
fn a_dead_gyroscope_is_said_and_spoils_no_stride() {
    let mut recording = walk(|_| (1.3, 0.0, 0.0), REAL);
    let dead = recording.right.motion.as_mut().unwrap();
    dead.angular_velocity_dps
        .iter_mut()
        .flatten()
        .for_each(|v| *v = 0.0);
    let analysis = run(&recording);
    let issue = analysis
        .issues
        .iter()
        .find(|i| i.code == IssueCode::MotionImplausible)
        .unwrap();
    assert_eq!(issue.side, Some(Side::Right));
    assert!(analysis.strides.iter().all(Stride::is_valid));
    assert!(
        measured(&analysis)
            .iter()
            .all(|(s, _)| s.foot == Side::Left)
    );
}

#[test]
fn lost_packets_are_bridged_or_the_stride_has_no_length() {
    let mut recording = walk(|_| (1.3, 0.0, 0.0), REAL);
    let mut lose = |range: std::ops::Range<usize>| {
        let motion = recording.left.motion.as_mut().unwrap();
        for column in motion
            .acceleration_g
            .iter_mut()
            .chain(&mut motion.angular_velocity_dps)
        {
            column[range.clone()].fill(0.0);
        }
        recording.left.missing.push(range);
    };
    lose(1000..1002);
    lose(1950..1958);
    let analysis = run(&recording);
    let of_left = |t: f64| {
        let covers = |s: &&Stride| s.foot == Side::Left && s.start_s <= t && t < s.end_s;
        analysis.strides.iter().find(covers).unwrap().motion
    };
    assert_abs_diff_eq!(of_left(10.0).unwrap().stride_length_m, 1.3, epsilon = 0.06);
    assert_eq!(measured(&analysis).len(), 77);
}

#[test]
fn without_inertial_sensors_length_is_estimated_from_cadence() {
    let fast = Walk {
        stride_s: 1.05,
        ..Walk::default()
    };
    let analysis = run(&fast.recording());
    assert_eq!(analysis.turns, None);
    let estimate = analysis.spatial_estimate.unwrap();
    let cadence = 120.0 / 1.05;
    assert_abs_diff_eq!(
        estimate.stride_length_m,
        2.0 * 6.07e-3 * cadence,
        epsilon = 0.01
    );
    assert_abs_diff_eq!(
        estimate.stride_length_se_m / estimate.stride_length_m,
        0.135,
        epsilon = 0.002
    );
    assert_abs_diff_eq!(
        estimate.speed_m_per_s,
        estimate.stride_length_m / 1.05,
        epsilon = 0.01
    );
    let own = WalkRatio {
        m_per_step_per_min: 7.0e-3,
        relative_sd: 0.03,
    };
    let options = Options {
        walk_ratio: own,
        ..Options::default()
    };
    let personal = analyze(&fast.recording(), &options)
        .spatial_estimate
        .unwrap();
    assert!(personal.stride_length_m > estimate.stride_length_m);
    assert!(personal.stride_length_se_m < 0.05 * personal.stride_length_m);
    let slow = Walk {
        stride_s: 1.30,
        ..Walk::default()
    };
    assert_eq!(
        run(&slow.recording()).spatial_estimate,
        Err(EstimateAbsent::TooSlow)
    );
    let none = Options {
        walk_ratio: WalkRatio {
            m_per_step_per_min: f64::NAN,
            ..own
        },
        ..Options::default()
    };
    assert_eq!(
        analyze(&fast.recording(), &none).spatial_estimate,
        Err(EstimateAbsent::NoRatio)
    );
}

fn any_motion(samples: usize) -> impl Strategy<Value = InsoleMotion> {
    let value = prop_oneof![4 => -3000.0..3000.0f32, 1 => any::<f32>()];
    let column = move || prop::collection::vec(value.clone(), samples.saturating_sub(3)..=samples);
    let axes = move || [column(), column(), column()];
    (axes.clone()(), axes()).prop_map(|(acceleration_g, angular_velocity_dps)| InsoleMotion {
        acceleration_g,
        angular_velocity_dps,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_motion_panics_or_is_not_a_number(motion in any_motion(900), gap in 0..800usize, hz in 40.0..120.0f64) {
        let walk = Walk { strides: 6, sampling_hz: hz, ..Walk::default() };
        let mut recording = walk.recording();
        recording.left.motion = Some(motion.clone());
        recording.right.motion = Some(motion);
        recording.left.missing.push(gap..gap + 9);
        let analysis = run(&recording);
        for (_, m) in measured(&analysis) {
            for value in [m.stride_length_m, m.speed_m_per_s, m.yaw_deg, m.height_gain_m, m.clearance_m, m.contact_pitch_deg] {
                prop_assert!(value.is_finite());
            }
            prop_assert!((0.15..=2.19).contains(&m.stride_length_m));
        }
        for epoch in &analysis.activity.epochs {
            prop_assert!(epoch.end_s >= epoch.start_s);
        }
    }
}
