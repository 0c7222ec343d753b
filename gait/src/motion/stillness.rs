//! How still an insole is: rotation in half-second blocks, and the zero of the gyroscope from those in which it rests.

use std::ops::Range;

use crate::recording::InsoleMotion;
use crate::stats::median;

/// Length of a block, s: quiet stance lasts at least this long (docs/GAIT.md, motion).
const BLOCK_S: f64 = 0.5;
/// A block is quiet when rotation stays below this throughout, degrees per second.
const QUIET_DPS: f32 = 10.0;
/// A gyroscope that never turns faster than this does not work, degrees per second: each step turns the foot by 200.
const DEAD_DPS: f32 = 20.0;

/// Samples of a block.
pub(crate) fn block_size(sampling_hz: f64) -> usize {
    ((BLOCK_S * sampling_hz).round() as usize).max(2)
}

/// What one pass over the gyroscope of a foot tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stillness {
    /// Reading at rest about x, y, z, degrees per second; absent when the foot never rested.
    pub(crate) bias_dps: Option<[f64; 3]>,
    /// Root mean square of the angular velocity per block of [`block_size`] samples, degrees per second; infinite where samples
    /// are missing.
    pub(crate) rms_dps: Vec<f32>,
    /// Whether the gyroscope moves at all.
    pub(crate) alive: bool,
}

impl Stillness {
    /// One pass; `missing` ascending and disjoint.
    pub(crate) fn of(motion: &InsoleMotion, missing: &[Range<usize>], sampling_hz: f64) -> Self {
        let [x, y, z] = &motion.angular_velocity_dps;
        let size = block_size(sampling_hz);
        let axes = x.chunks(size).zip(y.chunks(size)).zip(z.chunks(size));
        let (mut rms_dps, mut quiet) = (Vec::with_capacity(x.len() / size + 1), Vec::new());
        let (mut gaps, mut fastest) = (missing.iter().peekable(), 0.0_f32);
        for (k, ((x, y), z)) in axes.enumerate() {
            let block = k * size..(k + 1) * size;
            while gaps.next_if(|gap| gap.end <= block.start).is_some() {}
            if gaps.peek().is_some_and(|gap| gap.start < block.end) {
                rms_dps.push(f32::INFINITY);
                continue;
            }
            let found = Block::of(x, y, z);
            if found.fastest.is_finite() {
                fastest = fastest.max(found.fastest);
            }
            rms_dps.push(found.rms_dps);
            if found.fastest < QUIET_DPS && x.len() == size {
                quiet.push(found.mean_dps);
            }
        }
        let axis = |i: usize| median(quiet.iter().filter_map(|m| m.get(i).copied()));
        let bias_dps = match (axis(0), axis(1), axis(2)) {
            (Some(x), Some(y), Some(z)) => Some([x, y, z]),
            _ => None,
        };
        Self {
            bias_dps,
            rms_dps,
            alive: fastest > DEAD_DPS,
        }
    }
}

struct Block {
    mean_dps: [f64; 3],
    rms_dps: f32,
    fastest: f32,
}

impl Block {
    fn of(x: &[f32], y: &[f32], z: &[f32]) -> Self {
        let (mut sum, mut power, mut most) = ([0.0_f32; 3], 0.0_f32, 0.0_f32);
        for ((x, y), z) in x.iter().zip(y).zip(z) {
            let square = x * x + y * y + z * z;
            power += square;
            most = if square > most { square } else { most };
            sum = [sum[0] + x, sum[1] + y, sum[2] + z];
        }
        let n = x.len().min(y.len()).min(z.len()).max(1) as f32;
        // A value that is no number makes the power none; such a block is as good as missing.
        let broken = !power.is_finite();
        Self {
            mean_dps: sum.map(|s| f64::from(s / n)),
            rms_dps: if broken {
                f32::INFINITY
            } else {
                (power / n).sqrt()
            },
            fastest: if broken { f32::INFINITY } else { most.sqrt() },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    fn gyro(y: Vec<f32>) -> InsoleMotion {
        let flat = vec![0.5; y.len()];
        InsoleMotion {
            acceleration_g: Default::default(),
            angular_velocity_dps: [flat.clone(), y, flat],
        }
    }

    #[test]
    fn rest_tells_the_zero_and_walking_does_not_move_it() {
        let mut y = vec![-3.0; 400];
        y[200..300].fill(250.0);
        let found = Stillness::of(&gyro(y), &[], 100.0);
        let bias = found.bias_dps.unwrap();
        assert_abs_diff_eq!(bias[1], -3.0, epsilon = 1e-6);
        assert_abs_diff_eq!(bias[0], 0.5, epsilon = 1e-6);
        assert!(found.alive);
        assert_eq!(found.rms_dps.len(), 8);
        assert!(found.rms_dps[4] > 200.0 && found.rms_dps[0] < 4.0);
    }

    #[test]
    fn blocks_with_missing_samples_tell_nothing() {
        let mut y = vec![4.0; 200];
        y[60..70].fill(0.0);
        let found = Stillness::of(&gyro(y), std::slice::from_ref(&(60..70)), 100.0);
        assert_abs_diff_eq!(found.bias_dps.unwrap()[1], 4.0, epsilon = 1e-6);
        assert!(found.rms_dps[1].is_infinite());
        assert!(!found.alive);
    }

    #[test]
    fn what_is_no_number_is_not_rest() {
        let found = Stillness::of(&gyro(vec![f32::NAN; 100]), &[], 100.0);
        assert_eq!(found.bias_dps, None);
        assert!(!found.alive);
        assert_eq!(Stillness::of(&gyro(Vec::new()), &[], 100.0).bias_dps, None);
    }
}
