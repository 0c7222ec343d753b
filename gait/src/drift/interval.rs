//! How far a slope may lie from zero by chance alone, when neighbouring blocks resemble each other.
//!
//! Block means of stride series keep the long memory of the strides (H = 0.75): a series without any drift wanders, and
//! looks like drift. The block bootstrap (blocks of two) does not see memory beyond its blocks: on series without drift
//! its 95 % interval leaves out zero in 26 to 53 % of sessions (D, test `the_bootstrap_alone_is_too_liberal`). So the
//! interval here is the wider of the bootstrap's and one calibrated on long-memory series.

use crate::change::ranks::{median, theil_sen};

/// Half width of the 99 % interval of the total change, in residual standard deviations, by number of blocks: the 99th
/// percentile of |slope| * duration / s over simulated fractional Gaussian noise with H = 0.75, cadence taken out
/// (D, test `the_long_memory_table_is_what_simulation_gives`). 99 instead of 95 %, because up to nine values are looked
/// at in every session.
const LONG_MEMORY: [(usize, f64); 10] = [
    (6, 10.4),
    (7, 7.64),
    (8, 6.29),
    (10, 5.19),
    (12, 4.50),
    (15, 3.93),
    (20, 3.51),
    (25, 3.20),
    (30, 2.96),
    (40, 2.70),
];
/// Resamples of the bootstrap, and neighbouring blocks drawn together.
const RESAMPLES: usize = 500;
const TOGETHER: usize = 2;
/// Seed of the bootstrap: the same blocks give the same interval everywhere.
const SEED: u64 = 0x05EE_D0FD_21F7;

/// A straight line through blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Theil-Sen slope.
    pub slope: f64,
    /// Half width of the interval calibrated on long memory.
    pub half_width: f64,
    points: Vec<(f64, f64)>,
    residuals: Vec<f64>,
}

impl Line {
    /// The line through (time, value) with times ascending; `None` below six points.
    #[must_use]
    pub fn through(points: Vec<(f64, f64)>) -> Option<Self> {
        let n = points.len();
        let slope = theil_sen(&points).filter(|_| n >= LONG_MEMORY[0].0)?;
        let mut offsets: Vec<f64> = points.iter().map(|(t, y)| y - slope * t).collect();
        let centre = median(&mut offsets)?;
        let residuals: Vec<f64> = points.iter().map(|(t, y)| y - slope * t - centre).collect();
        let duration = points.last()?.0 - points.first()?.0;
        // Three degrees of freedom are spent: level, slope and cadence.
        let ss: f64 = residuals.iter().map(|r| r * r).sum();
        let half_width = multiple(n) * (ss / (n as f64 - 3.0)).sqrt() / duration;
        half_width.is_finite().then_some(Self {
            slope,
            half_width,
            points,
            residuals,
        })
    }

    /// 95 % percentile interval of the slope by the moving-block bootstrap of the residuals.
    #[must_use]
    pub fn bootstrap(&self) -> [f64; 2] {
        let mut random = SEED;
        let starts = (self.residuals.len() + 1).saturating_sub(TOGETHER).max(1);
        let mut sample = self.points.clone();
        let mut slopes: Vec<f64> = (0..RESAMPLES)
            .filter_map(|_| {
                for pair in sample.chunks_mut(TOGETHER) {
                    let start = (split_mix(&mut random) % starts as u64) as usize;
                    let drawn = self.residuals.iter().skip(start);
                    for (point, residual) in pair.iter_mut().zip(drawn) {
                        point.1 = self.slope * point.0 + residual;
                    }
                }
                theil_sen(&sample)
            })
            .collect();
        slopes.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * slopes.len().saturating_sub(1) as f64).round() as usize;
            slopes.get(index).copied().unwrap_or(self.slope)
        };
        [at(0.025), at(0.975)]
    }
}

/// Straight line through the table over 1/sqrt(n), on which it is nearly straight.
fn multiple(n: usize) -> f64 {
    let scale = |n: usize| 1.0 / (n as f64).sqrt();
    let above = LONG_MEMORY.partition_point(|(m, _)| *m < n);
    let last = LONG_MEMORY.len() - 1;
    let (low, high) = (
        LONG_MEMORY[above.saturating_sub(1).min(last)],
        LONG_MEMORY[above.min(last)],
    );
    if low.0 == high.0 {
        return high.1;
    }
    let share = (scale(n) - scale(low.0)) / (scale(high.0) - scale(low.0));
    low.1 + share * (high.1 - low.1)
}

/// The next number of a SplitMix64 sequence (Steele, Lea & Flood 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn the_table_is_met_at_its_rows_and_between() {
        for (n, half) in LONG_MEMORY {
            assert_abs_diff_eq!(multiple(n), half, epsilon = 1e-12);
        }
        assert!(multiple(9) < multiple(8) && multiple(9) > multiple(10));
        assert_abs_diff_eq!(multiple(60), 2.70);
    }

    #[test]
    fn a_clear_line_is_clear_and_repeats_exactly() {
        let wobble = [0.02, -0.03, 0.01, 0.0, -0.02, 0.03, -0.01, 0.02];
        let points: Vec<(f64, f64)> = (0..8)
            .map(|i| (2.0 * f64::from(i), 0.5 * f64::from(i)))
            .collect();
        let noisy = points
            .iter()
            .zip(wobble)
            .map(|((t, y), w)| (*t, y + w))
            .collect();
        let line = Line::through(noisy).unwrap();
        assert_abs_diff_eq!(line.slope, 0.25, epsilon = 0.01);
        assert!(line.half_width < 0.03, "{}", line.half_width);
        let [low, high] = line.bootstrap();
        assert!(low <= line.slope && line.slope <= high && low > 0.2);
        assert_eq!(line.bootstrap(), [low, high]);
    }

    #[test]
    fn too_few_or_simultaneous_points_have_no_line() {
        assert_eq!(Line::through(vec![(1.0, 2.0); 9]), None);
        assert_eq!(
            Line::through((0..5).map(|i| (f64::from(i), 1.0)).collect()),
            None
        );
    }
}
