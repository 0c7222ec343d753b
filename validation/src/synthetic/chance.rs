//! Chance for values that no walk is simulated for: seeded, the same on every machine.

use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, neither included.
    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Of mean 0 and spread 1 (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    /// A series of spread 1 whose neighbours are correlated.
    pub(super) fn neighbours(&mut self, n: usize, correlation: f64) -> Vec<f64> {
        let mut value = self.normal();
        let fresh = (1.0 - correlation * correlation).sqrt();
        let mut next = || {
            let this = value;
            value = correlation * value + fresh * self.normal();
            this
        };
        (0..n).map(|_| next()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_and_correlation_are_what_they_are_called() {
        let series = Chance::new(7).neighbours(20_000, 0.3);
        let n = series.len() as f64;
        let mean = series.iter().sum::<f64>() / n;
        let variance = series.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        let pairs = series.iter().zip(series.iter().skip(1));
        let lag = pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n / variance;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04 && (lag - 0.3).abs() < 0.03);
    }
}
