//! The clocks of the two insoles: a walk seen through a right clock that is ahead, with and without arrival times.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/insole.rs"]
mod insole;
#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use gait::metrics::def;
use gait::{Analysis, Arrival, IssueCode, Options, Recording, analyze};
use insole::rolling;
use synthetic::Walk;

fn run(recording: &Recording) -> Analysis {
    analyze(recording, &Options::default())
}

fn codes(a: &Analysis) -> Vec<IssueCode> {
    a.issues.iter().map(|i| i.code).collect()
}

/// Arrivals of each tenth sample of a clock that is ahead by `offset_s` and runs fast by `ppm`.
fn arrivals(samples: usize, offset_s: f64, ppm: f64, seed: f64) -> Vec<Arrival> {
    let one = |k: usize| {
        let sample = 10 * k;
        let uneven = (k as f64 * 0.618_034 + seed).fract();
        let host_s = (sample as f64 / 100.0 - offset_s) / (1.0 + 1e-6 * ppm);
        Arrival {
            sample,
            host_s: host_s + 0.004 + 0.03 * uneven * uneven,
        }
    };
    (0..samples / 10).map(one).collect()
}

/// The same walk seen through a right clock that is ahead.
fn skewed(offset_s: f64, ppm: f64) -> (Recording, Recording) {
    let walk = Walk {
        strides: 200,
        ..Walk::default()
    };
    let mut truth = insole::recording(&walk, "moticon-16", rolling);
    let samples = truth.samples();
    truth.left.arrivals = arrivals(samples, 0.0, 0.0, 0.2);
    truth.right.arrivals = arrivals(samples, 0.0, 0.0, 0.7);
    let mut skewed = truth.clone();
    skewed.right.arrivals = arrivals(samples, offset_s, ppm, 0.7);
    let at = |i: usize| {
        let own_s = i as f64 / 100.0;
        ((own_s - offset_s) / (1.0 + 1e-6 * ppm) * 100.0).max(0.0)
    };
    let sampled = |values: &dyn Fn(usize) -> f64, position: f64| {
        let k = position.floor() as usize;
        let (a, b) = (values(k), values((k + 1).min(samples - 1)));
        a + (b - a) * position.fract()
    };
    let old = truth.right.clone();
    for i in 0..samples {
        let position = at(i).min(samples as f64 - 1.0);
        skewed.right.force[i] = sampled(&|k| old.force[k], position);
        for (column, old) in skewed.right.sensors.iter_mut().zip(&old.sensors) {
            column[i] = sampled(&|k| f64::from(old[k]), position) as f32;
        }
    }
    (truth, skewed)
}

#[test]
fn a_right_clock_that_is_ahead_is_told_and_put_right() {
    let (truth, skewed) = skewed(0.020, 50.0);
    let (a, b) = (run(&truth), run(&skewed));
    let clock = b.clock.unwrap();
    assert_abs_diff_eq!(clock.offset_s, 0.020, epsilon = 1e-3);
    assert_abs_diff_eq!(clock.skew_ppm, 50.0, epsilon = 10.0);
    assert!(clock.sync_ms < 2.0);
    assert_abs_diff_eq!(a.clock.unwrap().offset_s, 0.0, epsilon = 1e-3);
    let value = |a: &Analysis, id: &str| a.session_metrics()[id].unwrap().value;
    // One millisecond of misplacement is 0.36 points of step-time asymmetry and 0.18 of PCI.
    for (id, of_a_millisecond) in [("pci_pct", 0.18), ("si_step_time_pct", 0.36)] {
        assert_abs_diff_eq!(value(&a, id), value(&b, id), epsilon = of_a_millisecond);
    }
}

#[test]
fn without_arrivals_only_the_metrics_named_as_sensitive_move() {
    let (truth, mut blind) = skewed(0.020, 0.0);
    blind.right.arrivals.clear();
    let (a, c) = (run(&truth), run(&blind));
    assert_eq!(c.clock, None);
    let value = |a: &Analysis, id: &str| a.session_metrics()[id].unwrap().value;
    // 20 ms in steps of 550 ms.
    let moved = value(&c, "si_step_time_pct") - value(&a, "si_step_time_pct");
    assert_abs_diff_eq!(moved.abs(), 7.3, epsilon = 0.3);
    assert!(value(&c, "pci_pct") - value(&a, "pci_pct") > 2.0);
    let session = a.session_metrics();
    let immune = |id: &str| !def(id).unwrap().needs_sync;
    let told = session
        .iter()
        .filter(|(id, found)| immune(id) && found.is_ok());
    assert!(told.clone().count() > 8);
    for (id, _) in told {
        assert_abs_diff_eq!(value(&a, id), value(&c, id), epsilon = 0.02);
    }
    for (id, feet) in a.metrics.iter().filter(|(id, _)| immune(id)) {
        let (left, _) = feet.both().unwrap();
        let moved = c.metrics[id].left.unwrap().mean;
        assert_abs_diff_eq!(left.mean, moved, epsilon = 0.02);
    }
}

fn walk_of_twenty() -> Recording {
    let walk = Walk {
        strides: 20,
        ..Walk::default()
    };
    insole::recording(&walk, "moticon-16", rolling)
}

#[test]
fn arrivals_that_tell_nothing_are_an_issue() {
    let mut recording = walk_of_twenty();
    recording.left.arrivals = vec![
        Arrival {
            sample: 5,
            host_s: 0.1
        };
        3
    ];
    let a = run(&recording);
    assert_eq!(a.clock, None);
    assert!(codes(&a).contains(&IssueCode::ClocksUntold));
    assert!(!codes(&run(&walk_of_twenty())).contains(&IssueCode::ClocksUntold));
}
