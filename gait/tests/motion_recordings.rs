//! The foot's way through space on the recordings with inertial sensors, against the vendor's own reports.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use approx::assert_abs_diff_eq;
use common::{load, mean, recordings};
use gait::motion::StrideMotion;
use gait::strides::{Exclusion, Stride};
use gait::{Analysis, Options, analyze};

fn measured(analysis: &Analysis) -> Vec<(&Stride, StrideMotion)> {
    let strides = analysis.strides.iter();
    strides.filter_map(|s| Some((s, s.motion?))).collect()
}

/// Mean stride length and speed of the vendor's own reports of the two walks (sheet "Report Data"/"ReGo").
const VENDOR: [(&str, f64, f64); 2] = [
    ("moticon/230927_102114.txt", 1.4656, 1.1229),
    ("moticon/230927_102231.txt", 1.9539, 1.9398),
];

#[test]
fn stride_length_and_speed_agree_with_the_vendor() {
    let Some(data) = recordings("stride_length_and_speed_agree_with_the_vendor") else {
        return;
    };
    for (file, length_m, speed) in VENDOR {
        let path = data.join(file);
        let analysis = analyze(&load(&path), &Options::default());
        let inner: Vec<StrideMotion> = measured(&analysis)
            .into_iter()
            .filter(|(s, _)| s.is_used() || s.reason == Some(Exclusion::Outlier))
            .map(|(_, m)| m)
            .collect();
        let mean_of = |f: fn(&StrideMotion) -> f64| mean(&inner.iter().map(f).collect::<Vec<_>>());
        let (our_length, our_speed) =
            (mean_of(|m| m.stride_length_m), mean_of(|m| m.speed_m_per_s));
        println!(
            "{file}: {} strides inside the walk, length {our_length:.3} m (vendor {length_m:.3}), speed {our_speed:.3} m/s (vendor {speed:.3}), all {}",
            inner.len(),
            measured(&analysis).len()
        );
        assert!((our_length / length_m - 1.0).abs() <= 0.03, "{our_length}");
        assert!((our_speed / speed - 1.0).abs() <= 0.04, "{our_speed}");
        assert_eq!(analysis.turns, Some(Vec::new()), "a straight walk");
        let invalid = analysis.strides.iter().filter(|s| !s.is_valid()).count();
        assert_eq!(invalid, 0, "every swing is confirmed");
    }
}

/// The convention of the axes: push-off turns the toes down, which is positive about y, on both feet.
#[test]
fn push_off_peaks_are_those_of_the_recordings() {
    let Some(data) = recordings("push_off_peaks_are_those_of_the_recordings") else {
        return;
    };
    for (file, push_off) in [(VENDOR[0].0, 379.0), (VENDOR[1].0, 547.0)] {
        let path = data.join(file);
        let recording = load(&path);
        let analysis = analyze(&recording, &Options::default());
        let peak = |s: &Stride| {
            let motion = recording.foot(s.foot).motion.as_ref().unwrap();
            let [_, y, _] = &motion.angular_velocity_dps;
            let (from, to) = ((s.start_s * 100.0) as usize, (s.end_s * 100.0) as usize);
            y[from..to].iter().copied().fold(f32::MIN, f32::max)
        };
        let used = analysis.strides.iter().filter(|s| s.is_used());
        let peaks: Vec<f64> = used.map(|s| f64::from(peak(s))).collect();
        println!("{file}: push-off {:+.0} degrees per second", mean(&peaks));
        assert_abs_diff_eq!(mean(&peaks), push_off, epsilon = 0.10 * push_off);
    }
}
