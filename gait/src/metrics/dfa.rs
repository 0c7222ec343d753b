//! Detrended fluctuation analysis of stride times (Peng 1994; Hausdorff 1995): how long a walk remembers its pace.

use serde::{Deserialize, Serialize};

use super::MIN_STRIDES_FRACTAL;
use crate::bouts::Bout;
use crate::recording::Side;
use crate::strides::Stride;

/// Shortest box, strides.
const SHORTEST_BOX: usize = 16;
/// The longest box is this part of the series.
const LONGEST_BOX_PART: usize = 9;
/// Ratio of one box length to the next.
const BOX_RATIO: f64 = 1.15;
/// Standard error of the exponent at 600 strides, falling with the root of their number: measured on simulated
/// series of exponent 0.75 (docs/GAIT.md).
const SE_AT_600: f64 = 0.09;

/// The scaling exponent of a session's stride times. Not a moment: of several sessions the mean, weighted by strides,
/// is kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, u64)", into = "(f64, u64)")]
pub struct Scaling {
    /// The exponent, mean of both feet: 0.5 is no memory, 1 is 1/f noise.
    pub alpha: f64,
    /// Strides of the foot with fewer.
    pub n: u64,
}

impl From<(f64, u64)> for Scaling {
    fn from((alpha, n): (f64, u64)) -> Self {
        Self { alpha, n }
    }
}

impl From<Scaling> for (f64, u64) {
    fn from(scaling: Scaling) -> Self {
        (scaling.alpha, scaling.n)
    }
}

impl Scaling {
    /// Standard error.
    #[must_use]
    pub fn se(self) -> f64 {
        SE_AT_600 * (MIN_STRIDES_FRACTAL as f64 / self.n.max(1) as f64).sqrt()
    }

    /// Mean of both, weighted by strides.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let (a, b) = (self.n as f64, other.n as f64);
        let total = a + b;
        Self {
            alpha: if total > 0.0 {
                (a * self.alpha + b * other.alpha) / total
            } else {
                self.alpha
            },
            n: self.n.saturating_add(other.n),
        }
    }
}

/// The exponent of the longest bout; `None` when it has fewer than [`MIN_STRIDES_FRACTAL`] strides used on a foot. Bouts
/// are not joined: a change of pace from one to the next would pass for memory.
pub(crate) fn of_longest_bout(strides: &[Stride], bouts: &[Bout]) -> Option<Scaling> {
    let bout = bouts.iter().max_by_key(|b| b.strides)?;
    let feet = Side::BOTH.map(|side| {
        let used = strides.iter().filter(|s| {
            s.foot == side && s.is_used() && bout.start_s <= s.start_s && s.end_s <= bout.end_s
        });
        used.map(Stride::stride_time_s).collect::<Vec<f64>>()
    });
    let [left, right] = &feet;
    let n = left.len().min(right.len()) as u64;
    if n < MIN_STRIDES_FRACTAL {
        return None;
    }
    let alpha = f64::midpoint(exponent(left)?, exponent(right)?);
    Some(Scaling { alpha, n })
}

/// Slope of ln F(n) over ln n, boxes of 16 to N/9 values. `None` for a series too short or without fluctuation.
#[must_use]
pub fn exponent(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let mut sum = 0.0;
    let profile: Vec<f64> = values
        .iter()
        .map(|v| {
            sum += v - mean;
            sum
        })
        .collect();
    let longest = values.len() / LONGEST_BOX_PART;
    let mut points = Vec::new();
    let mut length = SHORTEST_BOX;
    while length <= longest {
        points.push(((length as f64).ln(), fluctuation(&profile, length).ln()));
        length = ((length as f64 * BOX_RATIO) as usize).max(length + 1);
    }
    slope(&points).filter(|s| s.is_finite())
}

/// Root mean square distance of the profile from the straight line through each box.
fn fluctuation(profile: &[f64], length: usize) -> f64 {
    let boxes = profile.chunks_exact(length);
    let count = boxes.len().max(1) * length;
    let residual: f64 = boxes.map(around_line).sum();
    (residual / count as f64).sqrt()
}

/// Sum of squared distances from the least-squares line.
fn around_line(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let (middle, mean) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let (mut xy, mut yy) = (0.0, 0.0);
    for (i, y) in values.iter().enumerate() {
        xy += (i as f64 - middle) * (y - mean);
        yy += (y - mean) * (y - mean);
    }
    let xx = n * (n * n - 1.0) / 12.0;
    (yy - xy * xy / xx).max(0.0)
}

fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    if points.len() < 3 {
        return None;
    }
    let (x, y) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let xy: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let xx: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    Some(xy / xx)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    /// Even noise without memory (a multiplicative congruential generator).
    fn white(n: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        (0..n)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5
            })
            .collect()
    }

    /// Fractional Gaussian noise of Hurst exponent 0.75 by Hosking's recursion (1984).
    fn long_memory(n: usize, seed: u64) -> Vec<f64> {
        let h2 = 1.5;
        let g = |k: f64| {
            0.5 * ((k + 1.0).abs().powf(h2) - 2.0 * k.abs().powf(h2) + (k - 1.0).abs().powf(h2))
        };
        let noise: Vec<f64> = (0..12)
            .map(|j| white(n, 977 * seed + j))
            .fold(vec![0.0; n], |sum, part| {
                sum.iter().zip(part).map(|(a, b)| a + b).collect()
            });
        let (mut phi, mut variance) = (Vec::<f64>::new(), 1.0);
        let mut x = vec![noise[0]];
        for i in 1..n {
            let seen: f64 = phi
                .iter()
                .enumerate()
                .map(|(j, p)| p * g((i - 1 - j) as f64))
                .sum();
            let last = (g(i as f64) - seen) / variance;
            let mut next: Vec<f64> = (0..i - 1).map(|j| phi[j] - last * phi[i - 2 - j]).collect();
            next.push(last);
            variance *= 1.0 - last * last;
            let mean: f64 = next.iter().enumerate().map(|(j, p)| p * x[i - 1 - j]).sum();
            x.push(mean + variance.sqrt() * noise[i]);
            phi = next;
        }
        x
    }

    #[test]
    fn white_noise_has_no_memory_and_its_sum_has_much() {
        let noise = white(4000, 7);
        assert!((exponent(&noise).unwrap() - 0.5).abs() < 0.06);
        let mut sum = 0.0;
        let walk: Vec<f64> = noise
            .iter()
            .map(|v| {
                sum += v;
                sum
            })
            .collect();
        assert!((exponent(&walk).unwrap() - 1.5).abs() < 0.1);
    }

    #[test]
    fn the_standard_error_is_that_of_simulated_walks() {
        let alphas: Vec<f64> = (0..40)
            .map(|k| exponent(&long_memory(600, k)).unwrap())
            .collect();
        let m = crate::moments::Moments::of(alphas).unwrap();
        println!("alpha {:.3} +/- {:.3}", m.mean, m.sd().unwrap());
        assert!((m.mean - 0.75).abs() < 0.05, "{}", m.mean);
        assert!(
            (0.6 * SE_AT_600..1.4 * SE_AT_600).contains(&m.sd().unwrap()),
            "{:?}",
            m.sd()
        );
    }

    #[test]
    fn what_does_not_fluctuate_has_no_exponent() {
        assert_eq!(exponent(&[1.1; 700]), None);
        assert_eq!(exponent(&white(100, 3)), None);
        assert_eq!(exponent(&[]), None);
    }
}
