//! The walker of `synthetic` on insoles with single sensors: force that moves from heel to toes along a known path.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]

use gait::Recording;
use gait::layout::{self, Layout};

use crate::synthetic::Walk;

/// Shares of the force per sensor (summing to 1) at a stance phase of 0 to 1.
pub type Shares = fn(&Layout, f64) -> Vec<f64>;

/// A walk whose sensors carry its force.
pub fn recording(walk: &Walk, layout_id: &str, shares: Shares) -> Recording {
    let layout = layout::by_id(layout_id).unwrap();
    let mut recording = walk.recording();
    recording.layout_id = Some(layout_id.to_owned());
    for (k, foot) in [&mut recording.left, &mut recording.right]
        .into_iter()
        .enumerate()
    {
        let samples = foot.force.len();
        foot.sensors = vec![vec![0.0; samples]; layout.sensors.len()];
        let contacts = walk.contacts(k);
        for pair in contacts.windows(2) {
            let stance = walk.stance[k] * (pair[1] - pair[0]);
            let first = (pair[0] * walk.sampling_hz).ceil() as usize;
            let last = ((pair[0] + stance) * walk.sampling_hz).floor() as usize;
            for i in first..=last.min(samples - 1) {
                let phase = (i as f64 / walk.sampling_hz - pair[0]) / stance;
                let per_sensor = layout.sensors.iter().zip(shares(layout, phase));
                for ((sensor, share), column) in per_sensor.zip(&mut foot.sensors) {
                    let area = sensor.area_cm2.unwrap_or(1.0);
                    column[i] = (share * foot.force[i] / area) as f32;
                }
            }
        }
    }
    recording
}

/// Position along and across the foot, 0 to 1 and -0.5 to 0.5 of the layout's span.
fn place(layout: &Layout, sensor: usize) -> (f64, f64) {
    let span = |value: fn(&layout::Sensor) -> f64| {
        let values = || layout.sensors.iter().map(value);
        let low = values().fold(f64::INFINITY, f64::min);
        (low, values().fold(f64::NEG_INFINITY, f64::max) - low)
    };
    let ((x0, length), (y0, width)) = (span(|s| s.x), span(|s| s.y));
    let sensor = &layout.sensors[sensor];
    ((sensor.x - x0) / length, (sensor.y - y0) / width - 0.5)
}

/// Load rolls from the heel along the outer side to the big toe. Every sensor takes part.
pub fn rolling(layout: &Layout, phase: f64) -> Vec<f64> {
    let along = 0.08 + 0.87 * phase;
    let across = -0.15 * (std::f64::consts::PI * phase).sin() + 0.12 * phase;
    let weight = |k: usize| {
        let (x, y) = place(layout, k);
        (-(x - along).powi(2) / 0.06 - (y - across).powi(2) / 0.25).exp()
    };
    let weights: Vec<f64> = (0..layout.sensors.len()).map(weight).collect();
    let whole: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / whole).collect()
}
