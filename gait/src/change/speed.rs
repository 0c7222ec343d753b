//! Taking walking speed out of a value: its straight line over cadence, fitted on days of one condition.

/// Shrinks the slope by this share of the cadence's own spread, so that a constant cadence gives slope 0 instead of a
/// division by zero (A).
pub const RIDGE: f64 = 1e-3;

/// A straight line over cadence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CadenceLine {
    /// Mean value of the fitted days.
    pub mean: f64,
    /// Mean cadence of the fitted days, steps/min.
    pub cadence: f64,
    /// Change of the value per step/min.
    pub slope: f64,
    /// Sum of squared deviations of the cadence, ridge included.
    pub spread: f64,
    /// Sum of squared residuals.
    pub residual_ss: f64,
}

impl CadenceLine {
    /// Fits points of (value, cadence); with `adjust` false the slope is 0 and only the mean is fitted. `None` without
    /// points.
    #[must_use]
    pub fn fit(points: &[(f64, f64)], adjust: bool) -> Option<Self> {
        let n = points.len() as f64;
        if points.is_empty() {
            return None;
        }
        let mean = points.iter().map(|p| p.0).sum::<f64>() / n;
        let cadence = points.iter().map(|p| p.1).sum::<f64>() / n;
        let (mut product, mut square) = (0.0, 0.0);
        for (value, at) in points {
            product += (value - mean) * (at - cadence);
            square += (at - cadence).powi(2);
        }
        let spread = square * (1.0 + RIDGE);
        let slope = if adjust && spread > 0.0 {
            product / spread
        } else {
            0.0
        };
        let mut line = Self {
            mean,
            cadence,
            slope,
            spread: if adjust { spread } else { 0.0 },
            residual_ss: 0.0,
        };
        line.residual_ss = points.iter().map(|p| line.residual(p.0, p.1).powi(2)).sum();
        Some(line)
    }

    /// Distance of a value from the line.
    #[must_use]
    pub fn residual(&self, value: f64, cadence: f64) -> f64 {
        value - self.mean - self.slope * (cadence - self.cadence)
    }

    /// Variance of the line at a cadence that comes from its slope, in units of the residual variance: large where the
    /// fitted days never were.
    #[must_use]
    pub fn leverage(&self, cadence: f64) -> f64 {
        if self.spread > 0.0 {
            (cadence - self.cadence).powi(2) / self.spread
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn a_straight_line_leaves_almost_nothing() {
        let points: Vec<(f64, f64)> = (0..10)
            .map(|i| (5.0 + 0.2 * f64::from(i), 100.0 + f64::from(i)))
            .collect();
        let line = CadenceLine::fit(&points, true).unwrap();
        assert_abs_diff_eq!(line.slope, 0.2 / (1.0 + RIDGE), epsilon = 1e-12);
        assert!(line.residual(7.0, 110.0).abs() < 0.002);
        // Far from the fitted days the line itself is uncertain: (120 - 104.5)^2 / 82.5.
        assert_abs_diff_eq!(
            line.leverage(120.0),
            240.25 / (82.5 * 1.001),
            epsilon = 1e-9
        );
    }

    #[test]
    fn without_adjustment_or_spread_only_the_mean_is_taken() {
        let points = [(1.0, 90.0), (3.0, 110.0)];
        let line = CadenceLine::fit(&points, false).unwrap();
        assert_eq!(
            (line.slope, line.residual(4.0, 130.0), line.leverage(130.0)),
            (0.0, 2.0, 0.0)
        );
        let flat = CadenceLine::fit(&[(1.0, 100.0), (3.0, 100.0)], true).unwrap();
        assert_eq!((flat.slope, flat.residual_ss), (0.0, 2.0));
        assert_eq!(CadenceLine::fit(&[], true), None);
    }
}
