//! Sway: how the centre of pressure of both feet together moves along the foot in quiet standing.

use std::ops::Range;

use serde::Serialize;

use super::columns::{Both, Sensors};

/// Length over which sway is taken, s: the spread grows with time, so only equal lengths compare.
const BLOCK_S: f64 = 30.0;
/// Averaging before the path is measured, s: pressures come in coarse steps, whose jumps are not movement.
const BIN_S: f64 = 0.1;

/// Sway along the foot (forward and back), over blocks of 30 s of quiet standing. Across the feet it is not given: their
/// distance is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sway {
    /// Blocks of 30 s.
    pub blocks: usize,
    /// Root mean square distance from the block's mean, insole lengths; mean of the blocks.
    pub rms_length: f64,
    /// Path length over time, insole lengths per second; mean of the blocks.
    pub mean_velocity_length_per_s: f64,
}

impl Sway {
    /// Quiet standing behind it, s.
    #[must_use]
    pub fn quiet_s(&self) -> f64 {
        self.blocks as f64 * BLOCK_S
    }
}

/// Sway over the quiet ranges of samples; `None` when none is long enough or loaded throughout.
pub(super) fn of(
    sensors: &Sensors<'_>,
    both: &Both<'_>,
    quiet: &[Range<usize>],
    sampling_hz: f64,
) -> Option<Sway> {
    let size = ((BIN_S * sampling_hz).round() as usize).max(1);
    let block = ((BLOCK_S * sampling_hz).round() as usize).max(size);
    let (mut rms, mut velocity, mut blocks) = (0.0, 0.0, 0);
    for range in quiet {
        for from in (range.start..range.end).step_by(block) {
            if from + block > range.end {
                break;
            }
            let Some((spread, speed)) = of_block(sensors, both, from..from + block, size) else {
                continue;
            };
            rms += spread;
            velocity += speed / (size as f64 / sampling_hz);
            blocks += 1;
        }
    }
    (blocks > 0).then(|| Sway {
        blocks,
        rms_length: rms / blocks as f64,
        mean_velocity_length_per_s: velocity / blocks as f64,
    })
}

/// Root mean square distance from the mean, and mean step from bin to bin.
fn of_block(
    sensors: &Sensors<'_>,
    both: &Both<'_>,
    block: Range<usize>,
    size: usize,
) -> Option<(f64, f64)> {
    let centre = |from: usize| {
        let mut sum = (0.0, 0.0);
        for part in both.present(from..(from + size).min(block.end)) {
            for load in sensors.load(&part) {
                sum = (sum.0 + load.moment, sum.1 + load.force);
            }
        }
        Some(sum.0 / sum.1).filter(|x| x.is_finite())
    };
    // A bin without samples is left out; its neighbours are joined.
    let path: Vec<f64> = block.clone().step_by(size).filter_map(centre).collect();
    let n = path.len() as f64;
    let mean = path.iter().sum::<f64>() / n;
    let spread = (path.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    let walked: f64 = path
        .windows(2)
        .map(|p| match p {
            [a, b] => (b - a).abs(),
            _ => 0.0,
        })
        .sum();
    let speed = walked / (n - 1.0).max(1.0);
    (spread.is_finite() && speed.is_finite()).then_some((spread, speed))
}
