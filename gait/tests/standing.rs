//! Standing: the share of weight on force plates, known shifts, sway, and walks that end in standing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use std::f64::consts::TAU;
use std::path::Path;

use approx::assert_abs_diff_eq;
use common::{Csv, load, recordings, with_extension};
use gait::activity::ActivityClass;
use gait::standing::{Standing, StandingAbsent, share};
use gait::{Analysis, FootSignal, ForceUnit, Format, Options, Recording, analyze, layout};
use proptest::prelude::*;

const HZ: f64 = 100.0;
const WEIGHT_N: f64 = 750.0;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

fn recording(left: FootSignal, right: FootSignal, layout: Option<&str>) -> Recording {
    Recording {
        name: "standing".into(),
        format: Format::Simulated,
        sampling_hz: HZ,
        force_unit: ForceUnit::Newton,
        layout_id: layout.map(str::to_owned),
        left,
        right,
        step_marks: Vec::new(),
        issues: Vec::new(),
    }
}

/// Quiet standing with a share of the weight on the left foot that depends on time, percent.
fn standing(duration_s: f64, share_pct: impl Fn(f64) -> f64) -> Recording {
    let samples = (duration_s * HZ) as usize;
    let foot = |sign: f64| FootSignal {
        force: (0..samples)
            .map(|i| WEIGHT_N * (0.5 + sign * (share_pct(i as f64 / HZ) / 100.0 - 0.5)))
            .collect(),
        ..FootSignal::default()
    };
    recording(foot(1.0), foot(-1.0), None)
}

fn found(recording: &Recording) -> Standing {
    run(recording).standing.unwrap()
}

/// Vertical forces of a force-plate file, dominant leg first.
fn plates(path: &Path) -> [Vec<f64>; 2] {
    let text = std::fs::read_to_string(path).unwrap();
    let column = |k: usize| {
        let cell = |line: &str| {
            line.split('\t')
                .nth(k)
                .unwrap()
                .trim()
                .parse::<f64>()
                .unwrap()
        };
        text.lines()
            .skip(1)
            .filter(|l| !l.trim().is_empty())
            .map(cell)
            .collect()
    };
    [column(2), column(5)]
}

#[test]
fn the_share_of_quiet_standing_is_that_of_the_reference() {
    let Some(data) = recordings("the_share_of_quiet_standing_is_that_of_the_reference") else {
        return;
    };
    let reference = Csv::read(&data.join("reference/standing.csv"));
    let files = with_extension(&data.join("standing"), "txt");
    assert!(!files.is_empty());
    let mut worst = 0.0_f64;
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let [first, second] = plates(&path);
        let (mean, sd) = (
            reference.number(name, "mean_share_side1_pct"),
            reference.number(name, "sd_share_pct"),
        );
        let rule = share(&first, &second).unwrap();
        let foot = |force: Vec<f64>| FootSignal {
            force,
            ..FootSignal::default()
        };
        let analysis = run(&recording(foot(first), foot(second), None));
        let whole = analysis.standing.as_ref().unwrap();
        for stats in [rule, whole.share_left] {
            worst = worst
                .max((stats.mean_pct - mean).abs())
                .max((stats.sd_pct - sd).abs());
            assert_abs_diff_eq!(stats.mean_pct, mean, epsilon = 0.01);
            assert_abs_diff_eq!(stats.sd_pct, sd, epsilon = 0.01);
        }
        assert_eq!(whole.epochs, 1, "{name}: one epoch from start to end");
        let seconds = &analysis.activity.exposure.seconds;
        assert_abs_diff_eq!(seconds[&ActivityClass::Standing], 60.0, epsilon = 1e-9);
        assert!(analysis.bouts.is_empty() && analysis.body_weight_force.is_none());
    }
    println!("standing share: worst difference {worst:.5} points");
}

#[test]
fn known_shares_and_asymmetry() {
    let even = found(&standing(60.0, |_| 50.0));
    assert_abs_diff_eq!(even.share_left.mean_pct, 50.0, epsilon = 1e-9);
    assert_abs_diff_eq!(even.weight_bearing_asymmetry_pct, 0.0, epsilon = 1e-9);
    let left = found(&standing(60.0, |t| 58.0 + 2.0 * (TAU * t / 3.0).sin()));
    assert_abs_diff_eq!(left.share_left.mean_pct, 58.0, epsilon = 1e-6);
    assert_abs_diff_eq!(left.share_left.sd_pct, 2.0 / 2.0_f64.sqrt(), epsilon = 0.01);
    assert_abs_diff_eq!(left.weight_bearing_asymmetry_pct, 16.0, epsilon = 1e-6);
    assert_eq!((left.weight_shifts, left.fidgets), (0, 0));
}

#[test]
fn shifts_stay_and_fidgets_come_back() {
    // 20 points to the left at 30 s for good, back at 60 s; out for 1.5 s at 45 s.
    let course = |t: f64| match t {
        t if t < 30.0 => 45.0,
        t if (45.0..46.5).contains(&t) => 50.0,
        t if t < 60.0 => 65.0,
        _ => 45.0,
    };
    let s = found(&standing(90.0, course));
    assert_eq!((s.weight_shifts, s.fidgets), (2, 1));
    assert_abs_diff_eq!(s.weight_shifts_per_15_min, 20.0, epsilon = 1e-9);
    let small = found(&standing(60.0, |t| if t < 30.0 { 46.0 } else { 55.0 }));
    assert_eq!(small.weight_shifts, 0, "under ten points");
    let drift = found(&standing(300.0, |t| 40.0 + t / 15.0));
    assert_eq!(
        (drift.weight_shifts, drift.fidgets),
        (0, 0),
        "20 points in five minutes"
    );
    let slow = found(&standing(60.0, |t| {
        if (30.0..33.0).contains(&t) {
            70.0
        } else {
            50.0
        }
    }));
    assert_eq!((slow.weight_shifts, slow.fidgets), (0, 1), "back after 3 s");
    let three = |t: f64| match t {
        t if t < 20.0 => 50.0,
        t if t < 22.5 => 65.0,
        _ => 80.0,
    };
    assert_eq!(
        found(&standing(60.0, three)).weight_shifts,
        2,
        "one after the other"
    );
}

#[test]
fn the_mirror_image_has_the_other_share() {
    let one = standing(60.0, |t| 40.0 + 25.0 * f64::from(u8::from(t > 31.0)));
    let (a, b) = (found(&one), found(&one.clone().mirrored()));
    assert_abs_diff_eq!(
        a.share_left.mean_pct + b.share_left.mean_pct,
        100.0,
        epsilon = 1e-9
    );
    assert_eq!((a.weight_shifts, a.fidgets), (b.weight_shifts, b.fidgets));
}

/// Quiet standing on 16 sensors whose centre of pressure swings along the foot.
fn swaying(duration_s: f64, amplitude: f64, period_s: f64) -> Recording {
    let layout = layout::by_id("moticon-16").unwrap();
    let samples = (duration_s * HZ) as usize;
    let mut foot = FootSignal {
        sensors: vec![vec![0.0; samples]; layout.sensors.len()],
        ..FootSignal::default()
    };
    // All weight between the rearmost and the foremost sensor, so that the centre is known exactly.
    let (rear, fore) = (1, 13);
    let (xr, xf) = (layout.sensors[rear].x, layout.sensors[fore].x);
    for i in 0..samples {
        let centre = amplitude * (TAU * i as f64 / HZ / period_s).sin();
        let share = (centre - xr) / (xf - xr);
        let force = WEIGHT_N / 2.0;
        foot.force.push(force);
        for (sensor, part) in [(rear, 1.0 - share), (fore, share)] {
            let area = layout.sensors[sensor].area_cm2.unwrap();
            foot.sensors[sensor][i] = (force * part / area) as f32;
        }
    }
    recording(foot.clone(), foot, Some("moticon-16"))
}

#[test]
fn sway_of_a_known_swing() {
    let s = found(&swaying(90.0, 0.05, 5.0));
    let sway = s.sway.unwrap();
    assert_eq!((sway.blocks, sway.quiet_s()), (3, 90.0));
    assert_abs_diff_eq!(sway.rms_length, 0.05 / 2.0_f64.sqrt(), epsilon = 0.0005);
    // Four amplitudes per period.
    assert_abs_diff_eq!(sway.mean_velocity_length_per_s, 0.2 / 5.0, epsilon = 0.001);
    let [left, right] = s.heel_share_pct.unwrap();
    let expected = 100.0 * 0.413 / (0.413 + 0.416);
    assert_abs_diff_eq!(left, expected, epsilon = 0.05);
    assert_abs_diff_eq!(right, expected, epsilon = 0.05);
}

#[test]
fn what_cannot_be_told_is_absent_with_a_reason() {
    assert_eq!(
        found(&standing(60.0, |_| 50.0)).sway,
        Err(StandingAbsent::NoSensors)
    );
    assert_eq!(
        found(&swaying(20.0, 0.02, 5.0)).sway,
        Err(StandingAbsent::NoQuietStanding)
    );
    assert_eq!(
        run(&standing(6.0, |_| 50.0)).standing,
        Err(StandingAbsent::NoStanding)
    );
    let mut raw = standing(60.0, |_| 50.0);
    raw.force_unit = ForceUnit::Uncalibrated;
    assert_eq!(run(&raw).standing, Err(StandingAbsent::UncalibratedForce));
    assert_eq!(
        run(&recording(
            FootSignal::default(),
            FootSignal::default(),
            None
        ))
        .standing,
        Err(StandingAbsent::NoStanding)
    );
}

#[test]
fn samples_that_were_not_received_do_not_count() {
    let mut one = standing(60.0, |_| 55.0);
    one.left.force[2000..2100].fill(0.0);
    one.left.missing.push(2000..2100);
    let s = found(&one);
    assert_abs_diff_eq!(s.share_left.mean_pct, 55.0, epsilon = 1e-9);
    assert_eq!(s.share_left.n, 5900);
    assert_eq!(s.weight_shifts, 0);
}

/// Both walks start and end in standing.
#[test]
fn the_moticon_walks_begin_and_end_in_standing() {
    let Some(data) = recordings("the_moticon_walks_begin_and_end_in_standing") else {
        return;
    };
    for file in ["moticon/230927_102114.txt", "moticon/230927_102231.txt"] {
        let analysis = run(&load(&data.join(file)));
        let classes: Vec<_> = analysis
            .activity
            .epochs
            .iter()
            .map(|e| (e.class, e.start_s, e.end_s))
            .collect();
        println!("{file}: {classes:?}");
        let walking = analysis
            .activity
            .epochs
            .iter()
            .filter(|e| e.class == ActivityClass::Walking);
        assert_eq!(walking.count(), 1, "{classes:?}");
        assert_eq!(
            classes.last().unwrap().0,
            ActivityClass::Standing,
            "{classes:?}"
        );
    }
}

/// Sums of the 99 pressures of each foot of a Pedar export, as a force without a known unit of area.
fn pedar(path: &Path) -> Recording {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip_while(|l| !l.starts_with("time[secs]"))
        .skip(1)
        .map(|l| {
            l.split('\t')
                .filter_map(|c| c.trim().parse().ok())
                .collect()
        })
        .filter(|row: &Vec<f64>| row.len() == 199)
        .collect();
    let foot = |range: std::ops::Range<usize>| FootSignal {
        // kPa over cells of about 1.6 cm².
        force: rows
            .iter()
            .map(|r| 0.16 * r[range.clone()].iter().sum::<f64>())
            .collect(),
        ..FootSignal::default()
    };
    Recording {
        sampling_hz: 50.0,
        ..recording(foot(1..100), foot(100..199), None)
    }
}

/// The walk stops two seconds before the recording does: no stride is made of what follows.
#[test]
fn the_pedar_walk_stops_before_the_recording() {
    let Some(data) = recordings("the_pedar_walk_stops_before_the_recording") else {
        return;
    };
    let analysis = run(&pedar(&data.join("pedar/pressure_example.asc")));
    let epochs = &analysis.activity.epochs;
    println!(
        "pedar: {:?}",
        epochs
            .iter()
            .map(|e| (e.class, e.start_s, e.end_s))
            .collect::<Vec<_>>()
    );
    assert_eq!(epochs[0].class, ActivityClass::Standing);
    // The feet carry a third of the weight at the end: no standing, and no walking.
    assert_eq!(epochs.last().unwrap().class, ActivityClass::Other);
    assert_eq!(analysis.bouts.len(), 1);
    assert!((20.0..20.6).contains(&analysis.bouts[0].end_s));
    assert!(analysis.strides.iter().all(|s| s.end_s < 20.6));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_force_gives_finite_standing_or_a_reason(
        left in prop::collection::vec(prop_oneof![6 => 0.0..900.0f64, 1 => any::<f64>()], 1500),
        level in 0.0..900.0f64,
    ) {
        let foot = |force: Vec<f64>| FootSignal { force, ..FootSignal::default() };
        let steady = vec![level; left.len()];
        for (a, b) in [(left.clone(), steady.clone()), (steady.clone(), steady)] {
            let analysis = run(&recording(foot(a), foot(b), None));
            if let Ok(s) = &analysis.standing {
                for value in [s.share_left.mean_pct, s.share_left.sd_pct, s.weight_bearing_asymmetry_pct, s.duration_s, s.weight_shifts_per_15_min] {
                    prop_assert!(value.is_finite());
                }
                prop_assert!((0.0..=100.0).contains(&s.share_left.mean_pct));
            }
            let total: f64 = analysis.activity.exposure.seconds.values().sum();
            prop_assert!((total - analysis.duration_s).abs() < 1e-6);
        }
    }

    #[test]
    fn the_share_knows_no_unit(share_pct in 5.0..95.0f64, gain in 0.8..2.0f64) {
        let plain = standing(15.0, |t| share_pct + 3.0 * (t / 2.0).sin());
        let mut scaled = plain.clone();
        for foot in [&mut scaled.left, &mut scaled.right] {
            foot.force.iter_mut().for_each(|f| *f *= gain);
        }
        let (a, b) = (found(&plain), found(&scaled));
        prop_assert!((a.share_left.mean_pct - b.share_left.mean_pct).abs() < 1e-9);
    }
}
