//! Activity classes on loads made for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;
#[path = "common/synthetic.rs"]
mod synthetic;

use std::f64::consts::PI;

use approx::assert_abs_diff_eq;
use gait::activity::ActivityClass::{
    self, Off, Other, Running, Sitting, Standing, Unknown, Walking,
};
use gait::strides::Exclusion;
use gait::{Analysis, ForceUnit, InsoleMotion, Options, Recording, analyze};
use synthetic::Walk;

const HZ: f64 = 100.0;
const WEIGHT_N: f64 = 800.0;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

/// A walk of about 44 s with constant loads (body weights of the left and right foot) before and after.
fn walk_between(before: &[(f64, f64, f64)], after: &[(f64, f64, f64)]) -> Recording {
    let walk = Walk {
        strides: 40,
        ..Walk::default()
    };
    let mut recording = walk.recording();
    for (k, foot) in [&mut recording.left, &mut recording.right]
        .into_iter()
        .enumerate()
    {
        let rest = |parts: &[(f64, f64, f64)]| -> Vec<f64> {
            let part = |p: &(f64, f64, f64)| {
                let load = if k == 0 { p.1 } else { p.2 };
                vec![WEIGHT_N * load; (p.0 * HZ) as usize]
            };
            parts.iter().flat_map(part).collect()
        };
        let mut force = rest(before);
        force.append(&mut foot.force);
        force.extend(rest(after));
        foot.force = force;
    }
    recording
}

fn classes(analysis: &Analysis) -> Vec<ActivityClass> {
    analysis.activity.epochs.iter().map(|e| e.class).collect()
}

fn seconds(analysis: &Analysis, class: ActivityClass) -> f64 {
    analysis
        .activity
        .exposure
        .seconds
        .get(&class)
        .copied()
        .unwrap_or(0.0)
}

#[test]
fn a_day_in_small() {
    let analysis = run(&walk_between(
        &[(20.0, 0.0, 0.0), (30.0, 0.1, 0.1)],
        &[(40.0, 0.55, 0.45), (15.0, 0.3, 0.3), (20.0, 0.5, 0.5)],
    ));
    assert_eq!(
        classes(&analysis),
        [Off, Sitting, Walking, Standing, Other, Standing]
    );
    assert_abs_diff_eq!(seconds(&analysis, Sitting), 30.0, epsilon = 2.5);
    assert_abs_diff_eq!(seconds(&analysis, Walking), 44.0, epsilon = 3.0);
    assert_abs_diff_eq!(seconds(&analysis, Standing), 60.0, epsilon = 3.0);
    assert_abs_diff_eq!(
        analysis.activity.exposure.longest_standing_s,
        40.0,
        epsilon = 2.0
    );
    let all: f64 = analysis.activity.exposure.seconds.values().sum();
    assert_abs_diff_eq!(all, analysis.duration_s, epsilon = 1e-9);
    for pair in analysis.activity.epochs.windows(2) {
        assert_abs_diff_eq!(pair[0].end_s, pair[1].start_s);
        assert_ne!(pair[0].class, pair[1].class);
    }
}

#[test]
fn standing_needs_rest_where_rotation_is_known() {
    let mut recording = walk_between(&[], &[(60.0, 0.5, 0.5)]);
    let samples = recording.samples();
    let motion = |after_dps: f32| {
        let mut y = vec![0.0; samples];
        for (i, dps) in y.iter_mut().enumerate() {
            // Rough swings while walking, and afterwards what the test asks for.
            let wave = (i as f32 * 0.06).sin();
            *dps = wave * if i < samples - 6000 { 300.0 } else { after_dps };
        }
        let still = vec![0.0; samples];
        InsoleMotion {
            acceleration_g: [still.clone(), still.clone(), vec![1.0; samples]],
            angular_velocity_dps: [still.clone(), y, still],
        }
    };
    recording.left.motion = Some(motion(3.0));
    assert_abs_diff_eq!(seconds(&run(&recording), Standing), 60.0, epsilon = 3.0);
    recording.left.motion = Some(motion(90.0));
    assert_eq!(seconds(&run(&recording), Standing), 0.0);
}

/// Running: one hump per stance, both feet in the air between.
fn jog(strides: usize) -> Recording {
    let walk = Walk {
        strides,
        stride_s: 0.72,
        stance: [0.36, 0.36],
        wobble_s: 0.005,
        ..Walk::default()
    };
    let mut recording = walk.recording();
    for (k, foot) in [&mut recording.left, &mut recording.right]
        .into_iter()
        .enumerate()
    {
        foot.force.fill(0.0);
        for pair in walk.contacts(k).windows(2) {
            let stance_s = 0.36 * (pair[1] - pair[0]);
            // The mean over the cycle is body weight: each foot carries half of it.
            let peak = WEIGHT_N * 0.5 / 0.36 * PI / 2.0;
            for i in (pair[0] * HZ).ceil() as usize..((pair[0] + stance_s) * HZ) as usize {
                foot.force[i] = peak * (PI * (i as f64 / HZ - pair[0]) / stance_s).sin();
            }
        }
    }
    recording
}

#[test]
fn running_is_told_from_walking_and_enters_no_metric() {
    let analysis = run(&jog(60));
    assert_eq!(seconds(&analysis, Walking), 0.0);
    assert_abs_diff_eq!(seconds(&analysis, Running), 43.0, epsilon = 2.0);
    assert!(
        analysis
            .strides
            .iter()
            .all(|s| s.reason == Some(Exclusion::Running) && !s.is_valid())
    );
    assert!(analysis.bouts.is_empty() && analysis.metrics.is_empty());
    let hours = &analysis.activity.exposure.hours;
    assert!((118..=122).contains(&hours[0].steps), "{hours:?}");
}

#[test]
fn walking_then_running() {
    let (mut walk, jog) = (walk_between(&[], &[]), jog(40));
    walk.left.force.extend(&jog.left.force);
    walk.right.force.extend(&jog.right.force);
    let analysis = run(&walk);
    let found = classes(&analysis);
    let at = |class| found.iter().position(|c| *c == class).unwrap();
    assert!(at(Walking) < at(Running), "{found:?}");
    assert!(
        analysis
            .strides
            .iter()
            .filter(|s| s.is_used())
            .all(|s| s.end_s < 47.0)
    );
}

#[test]
fn fast_walking_is_no_running() {
    let walk = Walk {
        stride_s: 0.95,
        stance: [0.56, 0.56],
        peak: [1.6, 1.6],
        ..Walk::default()
    };
    let analysis = run(&walk.recording());
    assert_eq!(seconds(&analysis, Running), 0.0);
    assert!(analysis.strides.iter().all(gait::strides::Stride::is_valid));
}

#[test]
fn sitting_all_day_is_no_standing() {
    let mut recording = walk_between(&[], &[]);
    for (foot, force_n) in [(&mut recording.left, 90.0), (&mut recording.right, 70.0)] {
        foot.force = vec![force_n; 12_000];
    }
    let analysis = run(&recording);
    assert_eq!(classes(&analysis), [Sitting]);
    assert_eq!(analysis.activity.exposure.hours.len(), 1);
}

#[test]
fn hours_are_counted_from_the_start() {
    let hour = (3600.0, 0.5, 0.5);
    let analysis = run(&walk_between(&[hour], &[(600.0, 0.1, 0.1)]));
    let hours = &analysis.activity.exposure.hours;
    assert_eq!(hours.len(), 2);
    assert_abs_diff_eq!(hours[0].stand_s, 3600.0, epsilon = 3.0);
    assert_eq!((hours[0].steps, hours[0].walk_s), (0, 0.0));
    assert_abs_diff_eq!(hours[1].walk_s, 44.0, epsilon = 3.0);
    assert!((78..=82).contains(&hours[1].steps), "{hours:?}");
}

#[test]
fn a_limp_is_no_running() {
    let walk = Walk {
        stance: [0.46, 0.66],
        ..Walk::default()
    };
    let analysis = run(&walk.recording());
    assert_eq!(seconds(&analysis, Running), 0.0);
    assert!(seconds(&analysis, Walking) > 60.0);
}

#[test]
fn uncalibrated_force_tells_walking_only() {
    let mut recording = walk_between(&[(20.0, 0.5, 0.5)], &[(20.0, 0.0, 0.0)]);
    recording.force_unit = ForceUnit::Uncalibrated;
    let found = classes(&run(&recording));
    assert!(
        found.contains(&Walking) && found.contains(&Unknown),
        "{found:?}"
    );
    assert!(
        found.iter().all(|c| matches!(c, Walking | Unknown)),
        "{found:?}"
    );
}
