//! What limits a recording: sensors that fail or saturate, readings without load, creep. Faults are put into walks that are
//! otherwise known, and what must not change is compared with the walk without them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;
#[path = "common/insole.rs"]
mod insole;
#[path = "common/synthetic.rs"]
mod synthetic;

use std::ops::Range;

use approx::assert_abs_diff_eq;
use gait::layout::{self, Layout};
use gait::plantar::Plantar;
use gait::strides::Stride;
use gait::{
    Analysis, Arrival, FaultKind, FootSignal, IssueCode, Options, Recording, Side, analyze,
};
use insole::rolling;
use proptest::prelude::*;
use synthetic::Walk;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

fn walk(strides: usize) -> Recording {
    let walk = Walk {
        strides,
        ..Walk::default()
    };
    insole::recording(&walk, "moticon-16", rolling)
}

fn codes(a: &Analysis) -> Vec<IssueCode> {
    a.issues.iter().map(|i| i.code).collect()
}

fn used(a: &Analysis, side: Side) -> impl Iterator<Item = &Stride> {
    let of_side = a.strides.iter().filter(move |s| s.foot == side);
    of_side.filter(|s| s.is_used())
}

fn mean(a: &Analysis, side: Side, measure: fn(&Stride) -> Option<f64>) -> f64 {
    common::mean(&used(a, side).filter_map(measure).collect::<Vec<_>>())
}

fn times(a: &Analysis) -> Vec<(Side, f64, f64, f64)> {
    let times = |s: &Stride| (s.foot, s.start_s, s.toe_off_s, s.end_s);
    a.strides.iter().map(times).collect()
}

/// Takes what `fault` makes of a sensor's readings over some samples; the device's total lacks what the sensor lacks.
fn spoil(foot: &mut FootSignal, number: usize, samples: Range<usize>, fault: fn(f32) -> f32) {
    let layout = layout::by_id("moticon-16").unwrap();
    let area = layout.sensors[number - 1].area_cm2.unwrap();
    let readings = foot.sensors[number - 1].iter_mut().zip(&mut foot.force);
    for (reading, force) in readings.take(samples.end).skip(samples.start) {
        let spoilt = fault(*reading);
        *force += area * f64::from(spoilt - *reading);
        *reading = spoilt;
    }
}

const ALL: Range<usize> = 0..usize::MAX;

#[test]
fn a_sound_insole_has_no_faults() {
    let a = run(&walk(150));
    assert_eq!(a.sensor_faults, [vec![], vec![]]);
    assert!(!codes(&a).contains(&IssueCode::DeadSensor));
    assert_eq!((a.creep_pct, a.clock), (None, None));
}

#[test]
fn a_dead_sensor_is_named_and_filled_in_while_times_stay() {
    let sound = walk(60);
    let mut dead = sound.clone();
    spoil(&mut dead.left, 3, ALL, |_| 0.0);
    let (a, b) = (run(&sound), run(&dead));
    let [left, right] = &b.sensor_faults;
    assert_eq!(right.len(), 0);
    assert_eq!(left.len(), 1);
    let fault = &left[0];
    assert_eq!((fault.sensor, fault.region.as_str()), (3, "heel_medial"));
    assert_eq!((fault.kind, fault.start_s), (FaultKind::Dead, 0.0));
    assert!(
        b.issues
            .iter()
            .any(|i| i.code == IssueCode::DeadSensor && i.side == Some(Side::Left))
    );
    // Contacts come from the device's own total.
    for (x, y) in times(&a).into_iter().zip(times(&b)) {
        assert_eq!(x.0, y.0);
        assert_abs_diff_eq!(x.1, y.1, epsilon = 0.005);
        assert_abs_diff_eq!(x.2, y.2, epsilon = 0.005);
    }
    // The first peak is given back to within 3 %; without the neighbours it would lack a tenth.
    let f1 = |a: &Analysis, side| mean(a, side, |s| s.force.map(|f| f.f1_bw));
    assert_abs_diff_eq!(f1(&b, Side::Left) / f1(&a, Side::Left), 1.0, epsilon = 0.03);
    assert_abs_diff_eq!(
        f1(&b, Side::Right) / f1(&a, Side::Right),
        1.0,
        epsilon = 0.03
    );
    let lacking = dead.left.force.iter().copied().fold(0.0, f64::max);
    let whole = sound.left.force.iter().copied().fold(0.0, f64::max);
    assert!(
        lacking < 0.97 * whole,
        "{lacking} of {whole}: the fault matters"
    );
    // Only its region is marked, and its share is near what it was.
    let (sound, filled) = (
        a.pressure[0].as_ref().unwrap(),
        b.pressure[0].as_ref().unwrap(),
    );
    let marked: Vec<usize> = (0..13).filter(|k| filled.regions[*k].imputed > 0).collect();
    assert_eq!(marked, [0]);
    let share = |p: &gait::plantar::FootPressure| p.regions[0].impulse_share.mean;
    assert_abs_diff_eq!(share(filled) / share(sound), 1.0, epsilon = 0.1);
}

#[test]
fn a_sensor_that_dies_on_the_way_is_filled_in_from_there_on() {
    let mut recording = walk(200);
    let death = 12_345;
    spoil(&mut recording.right, 11, death..usize::MAX, |_| 0.0);
    let a = run(&recording);
    let [left, right] = &a.sensor_faults;
    assert!(left.is_empty());
    assert_eq!(right.len(), 1);
    assert_eq!(right[0].sensor, 11);
    // To the stance in which it died: its last reading.
    assert_abs_diff_eq!(right[0].start_s, 123.45, epsilon = 1.2);
    let imputed = |s: &&Stride| {
        s.plantar
            .as_ref()
            .unwrap()
            .regions
            .iter()
            .any(|r| r.imputed)
    };
    let (before, after): (Vec<&Stride>, Vec<&Stride>) =
        used(&a, Side::Right).partition(|s| s.start_s < 121.0);
    assert!(before.iter().all(|s| !imputed(s)) && !before.is_empty());
    assert!(after.iter().filter(|s| s.start_s > 124.0).all(imputed));
}

#[test]
fn a_stuck_sensor_is_told_from_a_dead_one() {
    let mut recording = walk(100);
    spoil(&mut recording.left, 12, ALL, |_| 6.25);
    let a = run(&recording);
    assert_eq!(a.sensor_faults[0].len(), 1);
    let fault = &a.sensor_faults[0][0];
    assert_eq!((fault.sensor, fault.kind), (12, FaultKind::Stuck));
    assert!(codes(&a).contains(&IssueCode::StuckSensor));
}

#[test]
fn a_sensor_at_full_scale_is_told_and_kept() {
    let mut recording = walk(60);
    for value in &mut recording.left.sensors[13] {
        *value = if *value > 3.0 { 50.0 } else { *value };
    }
    let a = run(&recording);
    assert_eq!(a.sensor_faults[0].len(), 1);
    assert_eq!(a.sensor_faults[0][0].kind, FaultKind::Saturated);
    assert!(codes(&a).contains(&IssueCode::SaturatedSensor));
    assert!(
        a.pressure[0]
            .as_ref()
            .unwrap()
            .regions
            .iter()
            .all(|r| r.imputed == 0)
    );
}

#[test]
fn with_three_dead_sensors_pressures_are_absent_and_times_kept() {
    let sound = walk(60);
    let mut dead = sound.clone();
    for number in [2, 5, 12] {
        spoil(&mut dead.left, number, ALL, |_| 0.0);
    }
    let (a, b) = (run(&sound), run(&dead));
    assert_eq!(b.sensor_faults[0].len(), 3);
    assert!(codes(&b).contains(&IssueCode::TooManyFailedSensors));
    assert_eq!(b.pressure[0], None);
    assert!(b.pressure[1].is_some());
    assert!(used(&b, Side::Left).all(|s| s.plantar.is_none() && s.force.is_none()));
    assert_eq!(times(&a).len(), times(&b).len());
    assert_abs_diff_eq!(
        b.metrics["stance_pct"].left.unwrap().mean,
        a.metrics["stance_pct"].left.unwrap().mean,
        epsilon = 0.5
    );
}

/// Load that spares the medial arch: the sensor under it reads nothing.
fn high_arched(layout: &Layout, phase: f64) -> Vec<f64> {
    let mut shares = rolling(layout, phase);
    shares[6] = 0.0;
    let whole: f64 = shares.iter().sum();
    shares.into_iter().map(|s| s / whole).collect()
}

#[test]
fn a_high_arch_is_not_a_dead_sensor() {
    let walk = Walk::default();
    let recording = insole::recording(&walk, "moticon-16", high_arched);
    let a = run(&recording);
    assert_eq!(a.sensor_faults, [vec![], vec![]]);
    assert_eq!(mean(&a, Side::Left, |s| s.plantar.as_ref()?.malr), 0.0);
    // Where the others show the noise of living sensors and this one does not, it is dead, and nothing is said of the arch.
    let mut noisy = recording;
    let mut state = 1u32;
    for (k, column) in noisy
        .left
        .sensors
        .iter_mut()
        .enumerate()
        .filter(|(k, _)| *k != 6)
    {
        for value in column {
            state = state
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223 + k as u32);
            *value += 0.25 * ((state >> 30) as f32 / 3.0).round();
        }
    }
    let b = run(&noisy);
    assert_eq!(b.sensor_faults[0].len(), 1);
    assert_eq!(b.sensor_faults[0][0].sensor, 7);
    let arch = |s: &Stride| s.plantar.as_ref().map(|p| (p.malr, p.mid_load));
    assert!(used(&b, Side::Left).all(|s| arch(s) == Some((None, None))));
    assert!(used(&b, Side::Right).all(|s| arch(s).unwrap().0.is_some()));
}

#[test]
fn preload_of_the_shoe_is_taken_off_each_sensor() {
    let sound = walk(80);
    let mut preloaded = sound.clone();
    for (k, column) in preloaded.right.sensors.iter_mut().enumerate() {
        let preload = 0.1 * (k % 6) as f32;
        column.iter_mut().for_each(|v| *v += preload);
    }
    let (a, b) = (run(&sound), run(&preloaded));
    let measures: [fn(&Plantar) -> Option<f64>; 5] = [
        |p| p.malr,
        |p| p.mlr,
        |p| p.mid_load,
        |p| p.cpei_pct.map(|v| v / 100.0),
        |p| p.regions[13 - 1].peak_pressure_kpa.map(|v| v / 1000.0),
    ];
    for measure in measures {
        let of = |a: &Analysis| {
            let values = used(a, Side::Right).filter_map(|s| measure(s.plantar.as_ref()?));
            common::mean(&values.collect::<Vec<_>>())
        };
        assert_abs_diff_eq!(of(&a), of(&b), epsilon = 1e-4);
    }
}

/// Load that spares the medial arch all but a twentieth.
fn low_loaded_arch(layout: &Layout, phase: f64) -> Vec<f64> {
    let mut shares = rolling(layout, phase);
    shares[6] *= 0.05;
    let whole: f64 = shares.iter().sum();
    shares.into_iter().map(|s| s / whole).collect()
}

#[test]
fn preload_noise_and_the_converters_steps_do_not_fill_the_arch() {
    let sound = insole::recording(&Walk::default(), "moticon-16", low_loaded_arch);
    let mut real = sound.clone();
    let mut state = 7u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    for (k, column) in real.left.sensors.iter_mut().enumerate() {
        let preload = 0.07 * (k % 7) as f32;
        for value in column {
            // Four uniform values: noise of SD 0.1.
            let noise = 0.173 * (uniform() + uniform() + uniform() + uniform());
            let read = (*value + preload + noise).clamp(0.0, 50.0);
            *value = 0.25 * (read / 0.25).round();
        }
    }
    let (a, b) = (run(&sound), run(&real));
    let malr = |a: &Analysis| mean(a, Side::Left, |s| s.plantar.as_ref()?.malr);
    assert!(malr(&a) < 0.06, "{}", malr(&a));
    assert_abs_diff_eq!(malr(&a), malr(&b), epsilon = 0.01);
    assert_eq!(b.sensor_faults[0], []);
    let typical = |a: &Analysis| a.pressure[0].as_ref().unwrap().phases.typical;
    assert_eq!(typical(&a), typical(&b));
}

#[test]
fn creep_is_reported_and_leaves_loads_and_times_alone() {
    let steady = insole::recording(
        &Walk {
            strides: 2400,
            ..Walk::default()
        },
        "moticon-16",
        rolling,
    );
    let mut creeping = steady.clone();
    let length = creeping.left.force.len() as f64;
    for foot in [&mut creeping.left, &mut creeping.right] {
        let grown = |i: usize| 1.0 + 0.15 * i as f64 / length;
        foot.force
            .iter_mut()
            .enumerate()
            .for_each(|(i, v)| *v *= grown(i));
        for column in &mut foot.sensors {
            column
                .iter_mut()
                .enumerate()
                .for_each(|(i, v)| *v *= grown(i) as f32);
        }
    }
    let (a, b) = (run(&steady), run(&creeping));
    assert_abs_diff_eq!(a.creep_pct.unwrap(), 0.0, epsilon = 0.3);
    // 44 min: the first window lies about 5 min in, the last one 42.
    assert!(
        (10.0..14.0).contains(&b.creep_pct.unwrap()),
        "{:?}",
        b.creep_pct
    );
    assert!(!codes(&b).contains(&IssueCode::SensorCreep));
    let f1_over = |from_s: f64, a: &Analysis| {
        let late = used(a, Side::Left).filter(|s| (from_s..from_s + 300.0).contains(&s.start_s));
        common::mean(
            &late
                .filter_map(|s| Some(s.force?.f1_bw))
                .collect::<Vec<_>>(),
        )
    };
    for from_s in [300.0, 1200.0, 2300.0] {
        assert_abs_diff_eq!(
            f1_over(from_s, &b) / f1_over(from_s, &a),
            1.0,
            epsilon = 0.015
        );
    }
    let peak = |a: &Analysis| {
        a.pressure[0].as_ref().unwrap().regions[0]
            .peak_pressure_kpa
            .clone()
    };
    let (before, after) = (peak(&a).unwrap().moments, peak(&b).unwrap().moments);
    assert_abs_diff_eq!(after.mean / before.mean, 1.02, epsilon = 0.02);
    for (x, y) in times(&a).into_iter().zip(times(&b)) {
        assert_abs_diff_eq!(x.1, y.1, epsilon = 0.003);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_arrivals_and_no_faults_panic(
        left in prop::collection::vec((any::<usize>(), any::<f64>()), 0..60),
        right in prop::collection::vec((0usize..3000, -1e3..1e3f64), 0..60),
        sampling_hz in prop_oneof![Just(100.0), Just(10.0), Just(9999.0), Just(f64::NAN), Just(0.0), Just(-5.0)],
        level in prop_oneof![Just(0.0f32), Just(f32::NAN), Just(f32::INFINITY), -3.0..900.0f32],
        from in 0usize..2500,
        failing in prop::collection::vec(0usize..16, 0..5),
    ) {
        let mut recording = walk(20);
        recording.sampling_hz = sampling_hz;
        let arrivals = |all: Vec<(usize, f64)>| {
            all.into_iter().map(|(sample, host_s)| Arrival { sample, host_s }).collect()
        };
        recording.left.arrivals = arrivals(left);
        recording.right.arrivals = arrivals(right);
        for sensor in failing {
            let column = &mut recording.right.sensors[sensor];
            column.iter_mut().skip(from).for_each(|v| *v = level);
        }
        let a = run(&recording);
        let finite = |v: Option<f64>| v.is_none_or(f64::is_finite);
        prop_assert!(a.strides.iter().all(|s| s.start_s.is_finite() && s.end_s > s.start_s));
        for force in a.strides.iter().filter_map(|s| s.force) {
            prop_assert!(force.f1_bw.is_finite() && force.impulse_bw_s.is_finite());
        }
        for p in a.strides.iter().filter_map(|s| s.plantar.as_ref()) {
            prop_assert!([p.cpei_pct, p.malr, p.mlr, p.fmlr, p.mid_load].into_iter().all(finite));
        }
        prop_assert!(a.clock.is_none_or(|c| c.offset_s.is_finite() && c.skew_ppm.abs() <= 200.0));
    }
}
