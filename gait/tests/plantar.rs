//! Pressure under the foot: stances computed by hand, properties, and figures published for the recordings at hand.
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

use approx::assert_abs_diff_eq;
use gait::layout::Layout;
use gait::plantar::{FootPressure, PATH_POINTS, Plantar, StancePhases};
use gait::strides::Stride;
use gait::{Analysis, Options, Recording, Side, analyze};
use insole::rolling;
use proptest::prelude::*;
use synthetic::Walk;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

fn walk(strides: usize) -> Walk {
    Walk {
        strides,
        ..Walk::default()
    }
}

fn stances(a: &Analysis, side: Side) -> Vec<&Plantar> {
    let used = a.strides.iter().filter(|s| s.foot == side && s.is_used());
    used.filter_map(|s| s.plantar.as_ref()).collect()
}

/// Three thirds of stance: sensor 1, then 7 and 8 as 1 : 3, then 9.
fn in_thirds(layout: &Layout, phase: f64) -> Vec<f64> {
    let mut shares = vec![0.0; layout.sensors.len()];
    match phase {
        p if p < 1.0 / 3.0 => shares[0] = 1.0,
        p if p < 2.0 / 3.0 => (shares[6], shares[7]) = (0.25, 0.75),
        _ => shares[8] = 1.0,
    }
    shares
}

#[test]
fn a_stance_in_thirds_by_hand() {
    let walk = walk(20);
    let recording = insole::recording(&walk, "moticon-16", in_thirds);
    let a = run(&recording);
    let found = stances(&a, Side::Left);
    assert!(found.len() >= 15);
    // Sensor 1 at (-0.404, 0.109); 7 and 8 at (0.08, 0.242) and (-0.012, -0.392); 9 at (0.256, 0.274).
    let middle = (0.25 * 0.08 - 0.75 * 0.012, 0.25 * 0.242 - 0.75 * 0.392);
    for stance in &found {
        assert_abs_diff_eq!(stance.malr.unwrap(), 0.25, epsilon = 1e-5);
        // No lateral forefoot: all of the forefoot is medial; medial = thirds 1 and 3 and a quarter of the second.
        assert_abs_diff_eq!(stance.fmlr.unwrap(), 1.0, epsilon = 1e-6);
        let mid = stance.mid_load.unwrap();
        assert_abs_diff_eq!(stance.mlr.unwrap(), 1.0 - 0.75 * mid, epsilon = 1e-5);
        let path = stance.path.unwrap();
        for (k, expected) in [(3, (-0.404, 0.109)), (10, middle), (17, (0.256, 0.274))] {
            assert_abs_diff_eq!(path.x[k], expected.0, epsilon = 1e-5);
            assert_abs_diff_eq!(path.y[k], expected.1, epsilon = 1e-5);
        }
        assert_abs_diff_eq!(stance.cop_length.unwrap(), 0.66, epsilon = 1e-5);
        assert_abs_diff_eq!(stance.cop_width.unwrap(), 0.274 - middle.1, epsilon = 1e-5);
        // The path passes x = 1/6 on its way from the middle to sensor 9, whatever the sample.
        let slope = (0.274 - 0.109) / 0.66;
        let line = 0.109 + slope * (1.0 / 6.0 + 0.404);
        let share = (1.0 / 6.0 - middle.0) / (0.256 - middle.0);
        let passes = middle.1 + share * (0.274 - middle.1);
        let expected = 100.0 * (line - passes) * (slope * slope + 1.0_f64).sqrt().recip();
        assert_abs_diff_eq!(stance.cpei_pct.unwrap(), expected, epsilon = 1e-3);
        // Heel, then midfoot alone (flat), then forefoot alone.
        assert_eq!(stance.phases, StancePhases::Typical);
    }
    let pressure = a.pressure[0].as_ref().unwrap();
    let names = ["heel_medial", "heel_lateral", "midfoot_medial"];
    assert_eq!(pressure.regions.len(), 13, "{names:?} ...");
    let shares: Vec<f64> = pressure
        .regions
        .iter()
        .map(|r| r.impulse_share.mean)
        .collect();
    // The whole is divided in three; the outer thirds carry the peaks.
    assert_abs_diff_eq!(shares.iter().sum::<f64>(), 1.0, epsilon = 1e-6);
    assert_abs_diff_eq!(shares[3] / shares[4], 3.0, epsilon = 1e-4);
    // Peak: 1.1 BW of 800 N on 12.37 cm2, in kPa; the force of the walker peaks at the end of its rise, sample by sample.
    let peak = pressure.regions[0].peak_pressure_kpa.as_ref().unwrap();
    let most = recording.left.sensors[0]
        .iter()
        .copied()
        .fold(0.0, f32::max);
    assert_abs_diff_eq!(peak.largest_kpa, 10.0 * f64::from(most), epsilon = 0.5);
}

#[test]
fn force_sensors_have_shares_and_a_path_but_no_pressures() {
    let a = run(&insole::recording(&walk(20), "gaitpdb-8", rolling));
    let found = stances(&a, Side::Right);
    assert!(found.len() >= 15);
    for stance in found {
        assert_eq!(stance.regions.len(), 8);
        assert!(stance.regions.iter().all(|r| r.peak_pressure_kpa.is_none()));
        assert!(stance.path.is_some() && stance.cpei_pct.unwrap() > 0.0);
        assert_eq!(stance.phases, StancePhases::Typical);
    }
}

/// Numbers of a stance that do not depend on the unit of the readings.
fn numbers(p: &Plantar) -> Vec<f64> {
    let single = [
        p.cpei_pct,
        p.cop_length,
        p.cop_width,
        p.mid_load,
        p.malr,
        p.mlr,
        p.fmlr,
    ];
    let shares = p.regions.iter().map(|r| r.impulse_share);
    let path = p
        .path
        .iter()
        .flat_map(|path| path.x.into_iter().chain(path.y));
    let single = single.into_iter().map(|v| v.unwrap_or(-9.0));
    single
        .chain(p.forefoot_share)
        .chain(shares)
        .chain(path)
        .collect()
}

fn assert_equal(a: &[&Plantar], b: &[&Plantar], epsilon: f64) {
    assert_eq!(a.len(), b.len());
    assert!(!a.is_empty());
    for (one, other) in a.iter().zip(b) {
        assert_eq!(one.phases, other.phases);
        for (x, y) in numbers(one).into_iter().zip(numbers(other)) {
            assert_abs_diff_eq!(x, y, epsilon = epsilon);
        }
    }
}

fn scaled(mut recording: Recording, factor: f64) -> Recording {
    for foot in [&mut recording.left, &mut recording.right] {
        foot.force.iter_mut().for_each(|v| *v *= factor);
        let values = foot.sensors.iter_mut().flatten();
        values.for_each(|v| *v *= factor as f32);
    }
    recording
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mirrored_feet_exchange_their_pressures(wobble_s in 0.0..0.03f64, eight in any::<bool>()) {
        let walk = Walk { wobble_s, stance: [0.60, 0.64], strides: 15, ..Walk::default() };
        let recording = insole::recording(&walk, if eight { "gaitpdb-8" } else { "moticon-16" }, rolling);
        let (a, b) = (run(&recording), run(&recording.clone().mirrored()));
        assert_equal(&stances(&a, Side::Left), &stances(&b, Side::Right), 1e-6);
        // The order in which the feet are added up moves the body weight by a rounding.
        for (one, other) in a.pressure.iter().zip(b.pressure.iter().rev()) {
            let (one, other) = (one.as_ref().unwrap(), other.as_ref().unwrap());
            prop_assert_eq!((one.n, one.path_n, one.phases), (other.n, other.path_n, other.phases));
            let points = one.path_x.iter().chain(&one.path_y).zip(other.path_x.iter().chain(&other.path_y));
            for (x, y) in points {
                prop_assert!((x.mean - y.mean).abs() < 1e-6 && (x.m2 - y.m2).abs() < 1e-6);
            }
            for (x, y) in one.regions.iter().zip(&other.regions) {
                prop_assert!((x.impulse_share.mean - y.impulse_share.mean).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_heavier_person_loads_the_same_shares(factor in 0.4..3.0f64) {
        let recording = insole::recording(&walk(15), "moticon-16", rolling);
        let (a, b) = (run(&recording), run(&scaled(recording, factor)));
        for side in Side::BOTH {
            assert_equal(&stances(&a, side), &stances(&b, side), 1e-4);
        }
        let kpa = |a: &Analysis| {
            let region = &a.pressure[0].as_ref().unwrap().regions[0];
            (region.peak_pressure_kpa.as_ref().unwrap().moments.mean, region.pressure_time_kpa_s.unwrap().mean)
        };
        let ((peak, integral), (peak_b, integral_b)) = (kpa(&a), kpa(&b));
        prop_assert!((peak_b / peak / factor - 1.0).abs() < 1e-4);
        prop_assert!((integral_b / integral / factor - 1.0).abs() < 1e-3);
    }

    #[test]
    fn shares_sum_to_one_and_merging_is_exact(stance in 0.55..0.68f64, cut in 0.1..0.9f64) {
        let walk = Walk { stance: [stance; 2], strides: 24, wobble_s: 0.03, ..Walk::default() };
        let a = run(&insole::recording(&walk, "moticon-16", rolling));
        let all = stances(&a, Side::Left);
        for p in &all {
            prop_assert!((p.regions.iter().map(|r| r.impulse_share).sum::<f64>() - 1.0).abs() < 1e-9);
        }
        let (first, second) = all.split_at((all.len() as f64 * cut).ceil() as usize);
        let of = |part: &[&Plantar]| FootPressure::of(part.iter().copied());
        let whole = of(&all).unwrap();
        let mut merged = of(first).unwrap();
        if let Some(second) = of(second) {
            merged.merge(&second);
        }
        prop_assert_eq!((merged.n, merged.path_n, merged.phases), (whole.n, whole.path_n, whole.phases));
        let points = merged.path_x.iter().chain(&merged.path_y).zip(whole.path_x.iter().chain(&whole.path_y));
        for (m, w) in points {
            prop_assert!((m.mean - w.mean).abs() < 1e-12 && (m.m2 - w.m2).abs() < 1e-12);
        }
        for (m, w) in merged.regions.iter().zip(&whole.regions) {
            prop_assert!((m.impulse_share.m2 - w.impulse_share.m2).abs() < 1e-12);
            let (m, w) = (m.peak_pressure_kpa.as_ref().unwrap(), w.peak_pressure_kpa.as_ref().unwrap());
            prop_assert_eq!(&m.bins, &w.bins);
            prop_assert!((m.quantile_kpa(0.95) - w.quantile_kpa(0.95)).abs() < 1e-9);
        }
    }

    #[test]
    fn no_readings_panic_and_all_numbers_are_finite(
        noise in prop::collection::vec(prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(-1e30f32), Just(1e30f32), -50.0..900.0f32], 40),
        sensors in 0usize..20,
        shorter in 0usize..400,
        eight in any::<bool>(),
    ) {
        let mut recording = insole::recording(&walk(6), if eight { "gaitpdb-8" } else { "moticon-16" }, rolling);
        for foot in [&mut recording.left, &mut recording.right] {
            foot.sensors.resize(sensors.max(1), Vec::new());
            for (k, column) in foot.sensors.iter_mut().enumerate() {
                let keep = column.len().saturating_sub(shorter * k);
                column.truncate(keep);
                for (i, value) in column.iter_mut().enumerate().skip(k).step_by(29) {
                    *value = noise[i % noise.len()];
                }
            }
            foot.missing = vec![50..52, 90..90, 120..usize::MAX];
        }
        let a = run(&recording);
        for stance in a.strides.iter().filter_map(|s| s.plantar.as_ref()) {
            prop_assert!(numbers(stance).iter().all(|v| v.is_finite()));
            prop_assert!(stance.regions.iter().all(|r| r.peak_pressure_kpa.is_none_or(f64::is_finite)));
        }
    }
}

#[test]
fn a_lost_packet_within_stance_changes_next_to_nothing() {
    let whole = insole::recording(&walk(15), "moticon-16", rolling);
    let mut lossy = whole.clone();
    for foot in [&mut lossy.left, &mut lossy.right] {
        for start in (130..1500).step_by(37) {
            foot.missing.push(start..start + 2);
            foot.force[start..start + 2].fill(0.0);
            foot.sensors
                .iter_mut()
                .for_each(|s| s[start..start + 2].fill(0.0));
        }
    }
    let (a, b) = (run(&whole), run(&lossy));
    for side in Side::BOTH {
        let mean = |a: &Analysis, measure: fn(&Plantar) -> Option<f64>| {
            common::mean(
                &stances(a, side)
                    .into_iter()
                    .filter_map(measure)
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(stances(&a, side).len(), stances(&b, side).len());
        assert_abs_diff_eq!(mean(&a, |p| p.malr), mean(&b, |p| p.malr), epsilon = 1e-3);
        assert_abs_diff_eq!(
            mean(&a, |p| p.mid_load),
            mean(&b, |p| p.mid_load),
            epsilon = 1e-3
        );
        assert_abs_diff_eq!(
            mean(&a, |p| p.cpei_pct),
            mean(&b, |p| p.cpei_pct),
            epsilon = 0.2
        );
    }
}

#[test]
fn without_sensors_or_layout_there_is_no_pressure() {
    let bare = run(&walk(12).recording());
    assert!(
        bare.strides
            .iter()
            .all(|s| s.plantar.is_none() && s.force.is_some())
    );
    assert_eq!(bare.pressure, [None, None]);
    let mut unknown = insole::recording(&walk(12), "moticon-16", rolling);
    unknown.layout_id = Some("nobody's".into());
    assert!(run(&unknown).strides.iter().all(|s| s.plantar.is_none()));
    assert_eq!(PATH_POINTS, 21);
}

/// Mean over the used strides of each foot, then of both feet.
fn both_feet(a: &Analysis, measure: fn(&Stride) -> Option<f64>) -> f64 {
    let foot = |side| {
        let used = a.strides.iter().filter(|s| s.foot == side && s.is_used());
        common::mean(&used.filter_map(measure).collect::<Vec<_>>())
    };
    0.5 * (foot(Side::Left) + foot(Side::Right))
}

type Row = (&'static str, fn(&Stride) -> Option<f64>, f64, f64);

fn region(s: &Stride, k: usize) -> Option<f64> {
    Some(s.plantar.as_ref()?.regions[k].impulse_share)
}

/// Mean and SD of the 70 controls of gaitpdb (docs/GAIT.md, pressure and force curve).
const CONTROLS: &[Row] = &[
    ("mid_load", |s| s.plantar.as_ref()?.mid_load, 0.206, 0.077),
    ("malr", |s| s.plantar.as_ref()?.malr, 0.281, 0.129),
    ("mlr", |s| s.plantar.as_ref()?.mlr, 0.444, 0.063),
    ("fmlr", |s| s.plantar.as_ref()?.fmlr, 0.522, 0.075),
    ("cpei_pct", |s| s.plantar.as_ref()?.cpei_pct, 7.3, 7.3),
    ("heel", |s| region(s, 0), 0.170, 0.062),
    ("rear_lateral", |s| region(s, 1), 0.140, 0.031),
    ("rear_medial", |s| region(s, 2), 0.116, 0.036),
    ("midfoot_lateral", |s| region(s, 3), 0.130, 0.038),
    ("midfoot_medial", |s| region(s, 4), 0.060, 0.046),
    ("fore_lateral", |s| region(s, 5), 0.144, 0.033),
    ("fore_medial", |s| region(s, 6), 0.157, 0.033),
    ("toes", |s| region(s, 7), 0.082, 0.032),
    ("f1_bw", |s| Some(s.force?.f1_bw), 1.08, 0.10),
    ("fv_bw", |s| Some(s.force?.fv_bw), 0.83, 0.08),
    ("f2_bw", |s| Some(s.force?.f2_bw), 0.99, 0.09),
    ("t_f1", |s| Some(s.force?.t_f1), 0.24, 0.05),
    ("t_fv", |s| Some(s.force?.t_fv), 0.47, 0.04),
    ("t_f2", |s| Some(s.force?.t_f2), 0.67, 0.08),
    (
        "loading_rate",
        |s| s.force?.loading_rate_bw_per_s,
        10.1,
        4.2,
    ),
];

/// The controls at hand are a few of the 70 the norms were made of: their mean must lie within what drawing that many of
/// 70 explains (99 %), and most rows within 0.3 SD.
#[test]
fn controls_load_their_feet_as_the_norms_say() {
    let Some(data) = common::recordings("controls_load_their_feet_as_the_norms_say") else {
        return;
    };
    let files = common::with_extension(&data.join("gaitpdb"), "txt");
    let walks: Vec<Analysis> = files
        .iter()
        .filter(|p| p.file_stem().unwrap().to_string_lossy().ends_with("_01"))
        .filter(|p| p.file_stem().unwrap().to_string_lossy().contains("Co"))
        .map(|p| run(&common::load(p)))
        .collect();
    let n = walks.len() as f64;
    let reach = 2.576 * ((1.0 - n / 70.0).max(0.1) / n).sqrt();
    let mut near = 0;
    for (name, measure, mean, sd) in CONTROLS {
        let values: Vec<f64> = walks.iter().map(|a| both_feet(a, *measure)).collect();
        let off = (common::mean(&values) - mean) / sd;
        println!(
            "{name}: {:.3} +/- {:.3} (n = {n}), norm {mean} +/- {sd}, off by {off:+.2} SD",
            common::mean(&values),
            common::sd(&values)
        );
        assert!(
            off.abs() <= reach,
            "{name}: {off:.2} SD, {reach:.2} explained"
        );
        near += usize::from(off.abs() <= 0.3);
    }
    assert!(near * 10 >= CONTROLS.len() * 7, "{near} rows within 0.3 SD");
    let typical: u64 = walks
        .iter()
        .flat_map(|a| a.pressure.iter().flatten())
        .map(|p| p.phases.typical)
        .sum();
    let strides: u64 = walks
        .iter()
        .flat_map(|a| a.pressure.iter().flatten())
        .map(|p| p.n)
        .sum();
    println!("typical stances: {typical} of {strides}");
    assert!(typical as f64 >= 0.98 * strides as f64);
    assert!(
        walks
            .iter()
            .all(|a| a.sensor_faults.iter().all(Vec::is_empty))
    );
}
