//! Events and strides on constructed loads: channels without a unit, contacts in two rises, weak touches, the absolute
//! contact level, and recordings cut and joined.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use gait::strides::{Cleaning, Exclusion, Stride};
use gait::{Analysis, ForceUnit, IssueCode, Options, Recording, Side, analyze};
use proptest::prelude::*;
use synthetic::Walk;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

fn valid(analysis: &Analysis, side: Side) -> Vec<&Stride> {
    let of_side = |s: &&Stride| s.foot == side && s.is_valid();
    analysis.strides.iter().filter(of_side).collect()
}

fn feet(recording: &mut Recording) -> [&mut Vec<f64>; 2] {
    [&mut recording.left.force, &mut recording.right.force]
}

/// The walk in converter steps: each foot with its own gain (negative: load lowers the reading) and zero.
fn without_unit(walk: &Walk, gain: [f64; 2], zero: [f64; 2]) -> Recording {
    let mut recording = walk.recording();
    recording.force_unit = ForceUnit::Uncalibrated;
    for ((force, gain), zero) in feet(&mut recording).into_iter().zip(gain).zip(zero) {
        force.iter_mut().for_each(|f| *f = *f * gain + zero);
    }
    recording
}

fn any_walk() -> impl Strategy<Value = Walk> {
    (
        40..70usize,
        0.9..1.4f64,
        0.58..0.68f64,
        0.58..0.68f64,
        0.0..0.03f64,
    )
        .prop_map(|(strides, stride_s, left, right, wobble_s)| Walk {
            strides,
            stride_s,
            stance: [left, right],
            wobble_s,
            ..Walk::default()
        })
}

fn same_times(a: &Analysis, b: &Analysis, reach_s: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.strides.len(), b.strides.len());
    for (x, y) in a.strides.iter().zip(&b.strides) {
        prop_assert!(
            (x.start_s - y.start_s).abs() <= reach_s,
            "{} {}",
            x.start_s,
            y.start_s
        );
        prop_assert!((x.toe_off_s - y.toe_off_s).abs() <= reach_s);
        prop_assert_eq!(x.reason, y.reason);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gain_zero_and_sign_of_a_channel_change_nothing(
        walk in any_walk(),
        gain in (0.05..9.0f64, 0.05..9.0f64),
        zero in (-2000.0..2000.0f64, -2000.0..2000.0f64),
        turned: (bool, bool),
    ) {
        let sign = |turned: bool| if turned { -1.0 } else { 1.0 };
        let plain = run(&without_unit(&walk, [1.0, 1.0], [0.0, 0.0]));
        let gain = [gain.0 * sign(turned.0), gain.1 * sign(turned.1)];
        let other = run(&without_unit(&walk, gain, [zero.0, zero.1]));
        same_times(&plain, &other, 1e-6)?;
        for (side, turned) in Side::BOTH.into_iter().zip([turned.0, turned.1]) {
            let told = other.issues.iter().any(|i| i.code == IssueCode::InvertedSignal && i.side == Some(side));
            prop_assert_eq!(told, turned);
        }
    }

    #[test]
    fn mirrored_channels_mirror_the_strides(walk in any_walk()) {
        let recording = without_unit(&walk, [0.5, 2.0], [100.0, -700.0]);
        let (a, b) = (run(&recording), run(&recording.clone().mirrored()));
        for side in Side::BOTH {
            let (ours, theirs) = (valid(&a, side), valid(&b, side.other()));
            prop_assert_eq!(ours.len(), theirs.len());
            for (x, y) in ours.iter().zip(theirs) {
                prop_assert!((x.start_s - y.start_s).abs() < 1e-9 && x.reason == y.reason);
            }
        }
    }

    #[test]
    fn two_walks_with_a_pause_between_are_two_walks(first in any_walk(), second in any_walk()) {
        let (a, b) = (first.recording(), second.recording());
        let rest = vec![400.0; 800];
        let mut joined = a.clone();
        for (force, next) in feet(&mut joined).into_iter().zip([&b.left.force, &b.right.force]) {
            force.extend_from_slice(&rest);
            force.extend_from_slice(next);
        }
        let (alone, both) = ([run(&a), run(&b)], run(&joined));
        prop_assert_eq!(both.bouts.len(), 2);
        let shift_s = (a.left.force.len() + rest.len()) as f64 / a.sampling_hz;
        let starts = |analysis: &Analysis, shift: f64| -> Vec<f64> {
            analysis.strides.iter().filter(|s| s.is_valid()).map(|s| s.start_s + shift).collect()
        };
        let expected = [starts(&alone[0], 0.0), starts(&alone[1], shift_s)].concat();
        let found = starts(&both, 0.0);
        // Standing in between ends the last stance of the first walk, and begins none of the second.
        prop_assert!(found.len().abs_diff(expected.len()) <= 2, "{} {}", found.len(), expected.len());
        let near = |t: &f64| found.iter().any(|f| (f - t).abs() < 0.005);
        prop_assert!(expected.iter().filter(|t| !near(t)).count() <= 2);
    }
}

#[test]
fn no_stride_of_a_channel_without_unit_crosses_a_gap() {
    for side in Side::BOTH {
        let mut recording = without_unit(&Walk::default(), [1.0, -1.0], [300.0, 300.0]);
        let foot = if side == Side::Left {
            &mut recording.left
        } else {
            &mut recording.right
        };
        foot.missing.push(2000..2600);
        let analysis = run(&recording);
        let strides = valid(&analysis, side);
        assert!(strides.len() > 45);
        assert!(strides.iter().all(|s| s.end_s <= 20.0 || s.start_s >= 26.0));
        assert!(analysis.bouts.len() == 1, "the other foot walks on");
    }
}

/// The heel touches 120 ms before the weight comes: the touch is the contact.
#[test]
fn the_first_of_two_rises_is_the_contact() {
    let walk = Walk::default();
    let mut recording = without_unit(&walk, [1.0, 1.0], [0.0, 0.0]);
    let contacts = walk.contacts(0);
    let touch_s = contacts[20] - 0.12;
    let from = (touch_s * 100.0).ceil() as usize;
    for (k, value) in recording.left.force[from..].iter_mut().take(14).enumerate() {
        *value = value.max(200.0 * (k as f64 / 3.0).min(1.0));
    }
    let strides = run(&recording);
    let starts: Vec<f64> = valid(&strides, Side::Left)
        .iter()
        .map(|s| s.start_s)
        .collect();
    assert_abs_diff_eq!(starts[20], touch_s, epsilon = 0.02);
    assert_abs_diff_eq!(starts[19], contacts[19], epsilon = 0.02);
    assert_abs_diff_eq!(starts[21], contacts[21], epsilon = 0.02);
}

/// A slow preload before an abrupt strike is the shoe.
#[test]
fn a_slow_preload_is_no_contact() {
    let walk = Walk::default();
    let mut recording = without_unit(&walk, [1.0, 1.0], [0.0, 0.0]);
    let contact = walk.contacts(0)[20];
    let from = ((contact - 0.18) * 100.0).ceil() as usize;
    for (k, value) in recording.left.force[from..].iter_mut().take(18).enumerate() {
        *value = value.max(8.0 * k as f64);
    }
    let strides = run(&recording);
    assert_abs_diff_eq!(
        valid(&strides, Side::Left)[20].start_s,
        contact,
        epsilon = 0.03
    );
}

/// After push-off the toe stays on the ground and presses once more: one stance, one stride.
#[test]
fn a_weak_loading_before_the_foot_lifts_belongs_to_its_stance() {
    let walk = Walk::default();
    for unit in [ForceUnit::Newton, ForceUnit::Uncalibrated] {
        let mut recording = walk.recording();
        recording.force_unit = unit;
        let dip = if unit == ForceUnit::Newton {
            30.0
        } else {
            110.0
        };
        let toe_off = walk.contacts(0)[20] + 0.62 * walk.stride_s;
        let from = (toe_off * 100.0) as usize - 6;
        for (k, value) in recording.left.force[from..].iter_mut().take(26).enumerate() {
            *value = if k < 12 { dip } else { 250.0 };
        }
        let analysis = run(&recording);
        let strides = valid(&analysis, Side::Left);
        assert_eq!(strides.len(), walk.strides - 1, "{unit:?}");
        assert_abs_diff_eq!(
            strides[20].stride_time_s(),
            strides[10].stride_time_s(),
            epsilon = 0.06
        );
    }
}

/// A touch that never carries half the weight is no footfall: neither the stride before it nor its own is one.
#[test]
fn a_stride_that_ends_in_a_weak_touch_is_none() {
    let walk = Walk::default();
    let mut recording = walk.recording();
    let contacts = walk.contacts(0);
    let range = (contacts[20] * 100.0) as usize..(contacts[21] * 100.0) as usize;
    recording.left.force[range]
        .iter_mut()
        .for_each(|f| *f *= 0.3);
    let analysis = run(&recording);
    let weak: Vec<f64> = analysis
        .strides
        .iter()
        .filter(|s| s.foot == Side::Left && s.reason == Some(Exclusion::LowForce))
        .map(|s| s.start_s)
        .collect();
    assert_eq!(weak.len(), 2);
    assert_abs_diff_eq!(weak[0], contacts[19], epsilon = 0.02);
    assert_abs_diff_eq!(weak[1], contacts[20], epsilon = 0.06);
}

#[test]
fn an_absolute_level_is_crossed_where_it_is_whatever_the_weight_and_the_zero() {
    let options = Options {
        contact_level_n: Some(20.0),
        cleaning: Cleaning::RepeatedSd,
        ..Options::default()
    };
    let mut recording = Walk::default().recording();
    // A preload below the level: the default takes it off, the protocol does not.
    recording.left.force.iter_mut().for_each(|f| *f += 12.0);
    let analysis = analyze(&recording, &options);
    let weight = analysis.body_weight_force.unwrap();
    assert_abs_diff_eq!(analysis.thresholds.on_bw * weight, 20.0, epsilon = 1e-9);
    let hz = recording.sampling_hz;
    for stride in valid(&analysis, Side::Left) {
        let at = stride.start_s * hz;
        let (before, after) = (at.floor() as usize, at.ceil() as usize);
        let force = &recording.left.force;
        let level = force[before] + (force[after] - force[before]) * at.fract();
        assert_abs_diff_eq!(level, 20.0, epsilon = 1e-6);
    }
    assert_ne!(analysis.thresholds, Options::default().calibrated);
}

#[test]
fn the_published_cleaning_narrows_until_nothing_is_left_out() {
    let mut walk = Walk {
        strides: 80,
        wobble_s: 0.01,
        ..Walk::default()
    };
    walk.stance = [0.62, 0.62];
    let clean = |cleaning| {
        let options = Options {
            cleaning,
            ..Options::default()
        };
        let analysis = analyze(&walk.recording(), &options);
        let times: Vec<f64> = analysis
            .strides
            .iter()
            .filter(|s| s.foot == Side::Left && s.is_used())
            .map(Stride::stride_time_s)
            .collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        let variance =
            times.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / (times.len() - 1) as f64;
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        (
            times.iter().map(|t| (t - median).abs()).fold(0.0, f64::max),
            variance.sqrt(),
        )
    };
    let (furthest, sd) = clean(Cleaning::RepeatedSd);
    assert!(furthest <= 3.0 * sd + 1e-3);
}

#[test]
fn every_stride_of_a_bout_knows_it() {
    let analysis = run(&Walk::default().recording());
    assert_eq!(analysis.bouts.len(), 1);
    let members = analysis
        .strides
        .iter()
        .filter(|s| s.bout == Some(0))
        .count();
    assert_eq!(members, analysis.bouts[0].strides);
    assert!(
        analysis
            .strides
            .iter()
            .filter(|s| s.is_used())
            .all(|s| s.bout.is_some())
    );
}
