//! A person's own baseline of one value: its line over cadence and its day-to-day spread, with what is uncertain in both.

use super::speed::CadenceLine;

/// Valid days that make a baseline (A).
pub const BASELINE_DAYS: usize = 14;
/// How many days the device's known error counts for when the spread is estimated (A).
pub const PRIOR_DAYS: f64 = 10.0;
/// Correlation of neighbouring days (A; all figures of docs/GAIT.md are for this one).
pub const DAY_CORRELATION: f64 = 0.3;
/// Two-sided 95 % point of the normal distribution.
pub const Z95: f64 = 1.959_964;

/// Standard error of measurement behind a minimal detectable change: MDC95 = 1.96 sqrt(2) SEM.
#[must_use]
pub fn sem_of(mdc95: f64) -> f64 {
    mdc95 / (Z95 * std::f64::consts::SQRT_2)
}

/// Variance of the mean of `days` neighbouring days that are correlated by [`DAY_CORRELATION`] per day, in units of the
/// variance of one day.
#[must_use]
pub fn mean_variance(days: usize) -> f64 {
    let (k, phi) = (days.max(1) as f64, DAY_CORRELATION);
    let long_run = (1.0 + phi) / (1.0 - phi);
    (long_run - 2.0 * phi * (1.0 - phi.powf(k)) / (k * (1.0 - phi).powi(2))) / k
}

/// Variance of the baseline's own mean in units of the variance of one day: (1 + phi) / ((1 - phi) n).
#[must_use]
pub fn baseline_variance(days: usize) -> f64 {
    (1.0 + DAY_CORRELATION) / ((1.0 - DAY_CORRELATION) * days.max(1) as f64)
}

/// The baseline of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// Mean and slope over cadence.
    pub line: CadenceLine,
    /// Days behind it.
    pub days: usize,
    /// Spread of one day around the line.
    pub sd: f64,
    /// Degrees of freedom of the spread.
    pub df: u32,
    /// Standard error of measurement; the device's where it is known, else the person's own day-to-day spread.
    pub sem: f64,
}

impl Baseline {
    /// Fits (value, cadence) of the baseline days. `sem` is the device's standard error of measurement, if known.
    /// `None` below three days or when nothing ever varies.
    ///
    /// The spread is s^2 = (10 sem^2 + SS) / (10 + df), but not below the days' own spread, corrected for neighbouring
    /// days resembling each other. Without that second part people whose days differ by twice the device's
    /// error would get false alarms in 49 % of 90-day stretches instead of 24 % (D, tests
    /// `a_spread_shrunken_to_the_device_error_misjudges_restless_people`,
    /// `false_alarms_stay_rare_for_restless_people`).
    #[must_use]
    pub fn fit(points: &[(f64, f64)], sem: Option<f64>, adjust: bool) -> Option<Self> {
        let days = points.len();
        if days < 3 {
            return None;
        }
        let line = CadenceLine::fit(points, adjust)?;
        let slopes = if line.slope == 0.0 { 0.0 } else { 1.0 };
        let n = days as f64;
        let own = line.residual_ss / (n * (1.0 - mean_variance(days)) - slopes).max(1.0);
        let df = n - 1.0 - slopes;
        let (variance, df) = match sem {
            None => (own, df),
            Some(sem) => {
                let shrunk = (PRIOR_DAYS * sem * sem + line.residual_ss) / (PRIOR_DAYS + df);
                if own > shrunk {
                    (own, df)
                } else {
                    (shrunk, PRIOR_DAYS + df)
                }
            }
        };
        let sd = variance.sqrt();
        (sd.is_finite() && sd > 0.0).then(|| Self {
            line,
            days,
            sd,
            df: df as u32,
            sem: sem.unwrap_or(sd),
        })
    }

    /// Distance of a day from the line at its cadence.
    #[must_use]
    pub fn residual(&self, value: f64, cadence: f64) -> f64 {
        self.line.residual(value, cadence)
    }

    /// The same in predictive standard deviations: spread of a day, error of the baseline and, where the day's own
    /// standard error exceeds the usual one, that excess.
    #[must_use]
    pub fn z(&self, value: f64, cadence: f64, se: f64) -> f64 {
        let factor = 1.0 + baseline_variance(self.days) + self.line.leverage(cadence);
        let excess = (se * se - self.sem * self.sem).max(0.0);
        self.residual(value, cadence) / (self.sd * self.sd * factor + excess).sqrt()
    }

    /// Standard error of the difference between the mean of `days` neighbouring days at a mean cadence and the baseline.
    #[must_use]
    pub fn difference_se(&self, days: usize, cadence: f64) -> f64 {
        let factor =
            mean_variance(days) + baseline_variance(self.days) + self.line.leverage(cadence);
        self.sd * factor.sqrt()
    }

    /// Minimal detectable change of such a difference: the error of measurement of means, not of two single walks.
    #[must_use]
    pub fn mdc95_of_means(&self, days: usize) -> f64 {
        Z95 * self.sem * (mean_variance(days) + baseline_variance(self.days)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    fn days(values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().map(|v| (*v, 110.0)).collect()
    }

    #[test]
    fn the_mean_of_correlated_days() {
        assert_abs_diff_eq!(mean_variance(1), 1.0, epsilon = 1e-12);
        // Two days: (1 + 0.3) / 2.
        assert_abs_diff_eq!(mean_variance(2), 0.65, epsilon = 1e-12);
        assert_relative_eq!(mean_variance(1000) * 1000.0, 1.3 / 0.7, max_relative = 1e-3);
        assert_abs_diff_eq!(baseline_variance(14), 0.132_653, epsilon = 1e-6);
    }

    #[test]
    fn quiet_days_are_held_up_by_the_device_error() {
        let quiet = Baseline::fit(&days(&[5.0; 14]), Some(1.0), false).unwrap();
        // (10 * 1 + 0) / (10 + 13)
        assert_abs_diff_eq!(quiet.sd, (10.0_f64 / 23.0).sqrt(), epsilon = 1e-12);
        assert_eq!(quiet.df, 23);
        assert_abs_diff_eq!(
            quiet.z(6.0, 110.0, 0.0),
            1.0 / (quiet.sd * 1.132_653_f64.sqrt()),
            epsilon = 1e-5
        );
    }

    #[test]
    fn restless_days_count_by_themselves() {
        let restless: Vec<f64> = (0..14)
            .map(|i| if i % 2 == 0 { 2.0 } else { 8.0 })
            .collect();
        let found = Baseline::fit(&days(&restless), Some(1.0), false).unwrap();
        // SS = 14 * 9 = 126 over 14 (1 - v).
        assert_abs_diff_eq!(
            found.sd,
            (126.0 / (14.0 * (1.0 - mean_variance(14)))).sqrt(),
            epsilon = 1e-9
        );
        assert_eq!(found.df, 13);
    }

    #[test]
    fn without_a_known_device_error_the_days_speak_alone() {
        let found = Baseline::fit(&days(&[1.0, 2.0, 3.0, 4.0]), None, false).unwrap();
        assert_abs_diff_eq!(found.sem, found.sd);
        assert_eq!(
            Baseline::fit(&days(&[1.0; 14]), None, false),
            None,
            "nothing varies"
        );
        assert_eq!(Baseline::fit(&days(&[1.0, 2.0]), Some(1.0), false), None);
        assert_eq!(
            Baseline::fit(&days(&[f64::NAN; 14]), Some(1.0), false),
            None
        );
    }

    #[test]
    fn an_uncertain_day_counts_less() {
        let b = Baseline::fit(&days(&[5.0; 14]), Some(1.0), false).unwrap();
        assert!(b.z(9.0, 110.0, 4.0).abs() < 0.5 * b.z(9.0, 110.0, 1.0).abs());
        // Means of many days detect less than half of what two walks detect.
        assert!(b.mdc95_of_means(7) < 0.5 * Z95 * std::f64::consts::SQRT_2);
    }
}
