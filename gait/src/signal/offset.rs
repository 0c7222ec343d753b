//! What sensors read while the foot is in the air: preload of the shoe and drift of the sensor. It is taken off each
//! sensor before pressures are read.

use std::ops::Range;

use super::walking::Block;
use crate::events::Footfalls;
use crate::stats::quantile_f32;

/// The baseline is this quantile of a sensor's readings in swing (docs/GAIT.md, preprocessing).
const BASELINE_QUANTILE: f64 = 0.05;
/// Samples left out at both ends of a swing, s: the foot is not yet or no longer clear.
const SWING_MARGIN_S: f64 = 0.05;
/// Swings longer than this are rest, s.
const SWING_MOST_S: f64 = 1.5;
/// Readings per sensor and block from which the quantile is taken: enough for the 5th percentile, few enough to cost
/// nothing. Standing A.
const READINGS: usize = 120;
/// Most readings from one swing: neighbours in time tell nothing new.
const READINGS_PER_SWING: usize = 8;

/// Samples in mid swing, spread evenly over the swings of a block.
pub(super) fn swing_samples(
    footfalls: &Footfalls,
    block: &Block,
    missing: &[Range<usize>],
    sampling_hz: f64,
) -> Vec<usize> {
    let margin = SWING_MARGIN_S * sampling_hz;
    let swings: Vec<(f64, f64)> = block
        .cycles(footfalls)
        .filter(|(stance, next)| next - stance.toe_off <= SWING_MOST_S * sampling_hz)
        .map(|(stance, next)| (stance.toe_off + margin, next - margin))
        .filter(|(from, to)| from <= to)
        .collect();
    let each = (READINGS / swings.len().max(1)).clamp(1, READINGS_PER_SWING);
    let received = |sample: &usize| {
        let next = missing.partition_point(|gap| gap.end <= *sample);
        missing.get(next).is_none_or(|gap| *sample < gap.start)
    };
    swings
        .into_iter()
        .flat_map(|(from, to)| {
            (1..=each).map(move |k| (from + (to - from) * k as f64 / (each + 1) as f64) as usize)
        })
        .filter(received)
        .collect()
}

/// The baseline of one sensor from its readings in swing; `None` without any.
pub(super) fn baseline(column: &[f32], swing: &[usize], buffer: &mut Vec<f32>) -> Option<f32> {
    buffer.clear();
    let readings = swing.iter().filter_map(|sample| column.get(*sample));
    buffer.extend(readings.filter(|v| v.is_finite()));
    quantile_f32(buffer, BASELINE_QUANTILE)
}
