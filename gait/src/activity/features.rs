//! What one second says: how much of the body weight the feet carry and how much they turn.

use std::borrow::Cow;
use std::ops::Range;

use super::Evidence;
use crate::motion::{Stillness, block_size};
use crate::recording::{Recording, Side};
use crate::signal;
use crate::stats::quantile;

/// Blocks of stillness in a window of one second.
const BLOCKS: usize = 2;
/// The lightest adult by the lightest insole (40 kg, gain 0.8): without any walking, feet that carry less than this do
/// not carry a standing person, N (A).
const LEAST_STANDING_N: f64 = 300.0;
/// Body weight assumed for such feet, so that all of it counts as sitting, N (A).
const ASSUMED_WEIGHT_N: f64 = 750.0;
/// Share of the largest load (95th percentile) that feet carry when they bear the body: more than a sitting person's.
const LOADED_SHARE: f64 = 0.5;

/// One second of both feet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// Mean load of each foot, body weights; absent when most samples are missing or force tells nothing.
    pub(super) load_bw: Option<[f64; 2]>,
    /// Fastest rotation of either foot (root mean square over half a second), degrees per second; absent without
    /// inertial sensors.
    pub(super) turning_dps: Option<f32>,
}

/// Windows of a recording whose force tells nothing.
pub(super) fn without_force(evidence: &Evidence<'_>) -> Vec<Window> {
    (0..count(evidence.recording))
        .map(|k| Window {
            load_bw: None,
            turning_dps: turning(evidence.stillness, k),
        })
        .collect()
}

/// Windows of a recording in newtons.
pub(super) fn windows(evidence: &Evidence<'_>) -> Vec<Window> {
    let loads = loads(evidence);
    let size = size(evidence.recording);
    let [left, right] = &loads.feet;
    let mut gaps = evidence
        .detection
        .missing
        .each_ref()
        .map(|m| m.iter().peekable());
    (0..count(evidence.recording))
        .map(|k| {
            let range = k * size..((k + 1) * size).min(left.len());
            let lost: usize = gaps
                .iter_mut()
                .map(|gaps| {
                    while gaps.next_if(|gap| gap.end <= range.start).is_some() {}
                    gaps.clone().map_while(|gap| overlap(gap, &range)).sum()
                })
                .max()
                .unwrap_or(0);
            let mean = |load: &[f64]| {
                let part = load.get(range.clone()).unwrap_or_default();
                part.iter().sum::<f64>() / part.len().max(1) as f64 * loads.scale
            };
            Window {
                load_bw: (2 * lost <= range.len()).then(|| [mean(left), mean(right)]),
                turning_dps: turning(evidence.stillness, k),
            }
        })
        .collect()
}

/// Samples of a gap inside a range; `None` once the gap lies beyond it.
fn overlap(gap: &Range<usize>, range: &Range<usize>) -> Option<usize> {
    (gap.start < range.end).then(|| gap.end.min(range.end) - gap.start.max(range.start))
}

/// Samples of a window: a second, but for rounding.
fn size(recording: &Recording) -> usize {
    BLOCKS * block_size(recording.sampling_hz)
}

/// Length of a window, s.
pub(super) fn window_s(recording: &Recording) -> f64 {
    size(recording) as f64 / recording.sampling_hz
}

fn count(recording: &Recording) -> usize {
    recording.samples().div_ceil(size(recording))
}

fn turning(stillness: &[Option<Stillness>; 2], window: usize) -> Option<f32> {
    let of_foot = |s: &Stillness| {
        let part = s.rms_dps.get(window * BLOCKS..(window + 1) * BLOCKS);
        let finite = part.unwrap_or_default().iter().copied();
        finite.filter(|v| v.is_finite()).reduce(f32::max)
    };
    let feet = stillness.iter().flatten();
    feet.filter_map(of_foot).reduce(f32::max)
}

/// Force of both feet and what makes it body weights.
struct Loads<'a> {
    feet: [Cow<'a, [f64]>; 2],
    scale: f64,
}

/// With walking, its load. Without, nobody knows the zero level and the weight: force as it is, divided by what the
/// feet carry when they are loaded.
fn loads<'a>(evidence: &Evidence<'a>) -> Loads<'a> {
    if evidence.detection.body_weight_force.is_some() {
        return Loads {
            feet: evidence
                .detection
                .load
                .each_ref()
                .map(|l| Cow::Borrowed(l.as_slice())),
            scale: 1.0,
        };
    }
    let samples = evidence.recording.samples();
    let feet = Side::BOTH.map(|side| signal::clean(evidence.recording.foot(side), samples).force);
    let [left, right] = &feet;
    let total = left.iter().zip(right.iter()).map(|(l, r)| l + r);
    let mut seconds: Vec<f64> = total.step_by(size(evidence.recording)).collect();
    let weight = standing_force(&mut seconds).unwrap_or(ASSUMED_WEIGHT_N);
    Loads {
        feet,
        scale: 1.0 / weight,
    }
}

/// Mean total force while the feet are loaded, where that can be a standing person.
fn standing_force(totals: &mut [f64]) -> Option<f64> {
    let largest = quantile(totals, 0.95)?;
    let loaded = || totals.iter().filter(|t| **t > LOADED_SHARE * largest);
    let mean = loaded().sum::<f64>() / loaded().count().max(1) as f64;
    (mean >= LEAST_STANDING_N && mean.is_finite()).then_some(mean)
}
