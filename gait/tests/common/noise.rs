//! Chance for tests: a seeded generator, neighbouring days that resemble each other, stride series with long memory.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]

use std::f64::consts::TAU;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    /// Unit-variance series in which neighbours are correlated by `phi`.
    pub fn ar1(&mut self, n: usize, phi: f64) -> Vec<f64> {
        let mut value = self.normal();
        (0..n)
            .map(|_| {
                value = phi * value + (1.0 - phi * phi).sqrt() * self.normal();
                value
            })
            .collect()
    }

    /// Unit-variance fractional Gaussian noise by Hosking's recursion (exact).
    pub fn long_memory(&mut self, n: usize, hurst: f64) -> Vec<f64> {
        let power = |x: f64| x.abs().powf(2.0 * hurst);
        let covariance = |k: usize| {
            let k = k as f64;
            0.5 * (power(k + 1.0) - 2.0 * power(k) + power(k - 1.0))
        };
        let mut series = vec![self.normal()];
        let (mut weights, mut variance) = (Vec::<f64>::new(), 1.0);
        for i in 1..n {
            let known: f64 = weights
                .iter()
                .enumerate()
                .map(|(j, w)| w * covariance(i - 1 - j))
                .sum();
            let partial = (covariance(i) - known) / variance;
            let mirrored: Vec<f64> = weights.iter().rev().copied().collect();
            for (w, m) in weights.iter_mut().zip(mirrored) {
                *w -= partial * m;
            }
            weights.push(partial);
            variance *= 1.0 - partial * partial;
            let mean: f64 = weights
                .iter()
                .zip(series.iter().rev())
                .map(|(w, x)| w * x)
                .sum();
            series.push(mean + variance.sqrt() * self.normal());
        }
        series
    }
}
