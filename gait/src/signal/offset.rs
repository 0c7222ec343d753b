//! What sensors read while the foot is in the air: preload of the shoe and drift of the sensor. It is taken off each
//! sensor before pressures are read.

use std::ops::Range;

use super::walking::Block;
use crate::events::Footfalls;
use crate::stats::quantile_f32;

/// The baseline is the mean of a sensor's readings in swing without this share at either end. The 5th percentile that is
/// common for total force lies below the mean by the noise; on a sensor under the arch, which bears little, the
/// difference adds up over the stance to more than its load (docs/GAIT.md, sensor health). Standing D, on simulated
/// insoles of known load.
const TRIMMED: f64 = 0.05;
/// Samples left out at both ends of a swing, s: the foot is not yet or no longer clear.
const SWING_MARGIN_S: f64 = 0.05;
/// Swings longer than this are rest, s.
const SWING_MOST_S: f64 = 1.5;
/// Readings per sensor and block from which the quantile is taken: enough for a mean within an eighth of the noise, few
/// enough to cost nothing. Standing A.
const READINGS: usize = 60;
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
    let low = quantile_f32(buffer, TRIMMED)?;
    let high = quantile_f32(buffer, 1.0 - TRIMMED)?;
    let inside = buffer.iter().filter(|v| (low..=high).contains(*v));
    let (sum, count) = inside.fold((0.0, 0usize), |(sum, n), v| (sum + f64::from(*v), n + 1));
    let mean = sum / count.max(1) as f64;
    mean.is_finite().then_some(mean as f32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    fn of(column: &[f32]) -> Option<f32> {
        let swing: Vec<usize> = (0..column.len()).collect();
        baseline(column, &swing, &mut Vec::new())
    }

    #[test]
    fn between_two_steps_of_the_converter_lies_their_mean() {
        // Preload of 0.1 N/cm2 and noise seen through steps of 0.25: 40 % of the readings are one step.
        let readings: Vec<f32> = (0..100)
            .map(|k| if k % 5 < 2 { 0.25 } else { 0.0 })
            .collect();
        assert_abs_diff_eq!(of(&readings).unwrap(), 0.1, epsilon = 1e-6);
    }

    #[test]
    fn a_few_touches_of_the_ground_do_not_count() {
        let mut readings = vec![0.2f32; 100];
        readings[50..54].fill(12.0);
        assert_abs_diff_eq!(of(&readings).unwrap(), 0.2, epsilon = 1e-6);
    }

    #[test]
    fn nothing_tells_nothing() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[f32::NAN, f32::INFINITY]), None);
        assert_eq!(baseline(&[1.0], &[7], &mut Vec::new()), None);
    }
}
