//! Count, mean and sum of squared deviations: the smallest thing that merges exactly.

use serde::{Deserialize, Serialize};

/// Moments of one metric over the strides used. Never empty: what was not measured is absent instead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Moments {
    /// Number of values.
    pub n: u64,
    /// Arithmetic mean, in the unit of the metric id.
    pub mean: f64,
    /// Sum of squared deviations from the mean, unit squared.
    pub m2: f64,
}

impl Moments {
    /// Moments of the values by Welford's recurrence; `None` when there are none or one is not finite.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        values
            .into_iter()
            .try_fold(None, |so_far: Option<Self>, value| {
                if !value.is_finite() {
                    return Err(());
                }
                Ok(Some(so_far.map_or(Self::one(value), |m| m.push(value))))
            })
            .ok()
            .flatten()
    }

    /// Moments of a single value.
    #[must_use]
    pub const fn one(value: f64) -> Self {
        Self {
            n: 1,
            mean: value,
            m2: 0.0,
        }
    }

    /// With one more value (Welford 1962).
    #[must_use]
    pub fn push(self, value: f64) -> Self {
        let n = self.n + 1;
        let delta = value - self.mean;
        let mean = self.mean + delta / n as f64;
        Self {
            n,
            mean,
            m2: delta.mul_add(value - mean, self.m2),
        }
    }

    /// Moments of both sets together (Chan, Golub & LeVeque 1983).
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let (a, b) = (self.n as f64, other.n as f64);
        let n = self.n.saturating_add(other.n);
        if n == 0 {
            return *self;
        }
        let total = a + b;
        let delta = other.mean - self.mean;
        Self {
            n,
            mean: (a * self.mean + b * other.mean) / total,
            m2: self.m2 + other.m2 + delta * delta * (a * b / total),
        }
    }

    /// Sample standard deviation (n - 1); `None` below two values.
    #[must_use]
    pub fn sd(&self) -> Option<f64> {
        (self.n >= 2).then(|| (self.m2.max(0.0) / (self.n - 1) as f64).sqrt())
    }

    /// Coefficient of variation in percent; `None` below two values or with a mean of zero.
    #[must_use]
    pub fn cv_pct(&self) -> Option<f64> {
        self.sd()
            .filter(|_| self.mean != 0.0)
            .map(|sd| 100.0 * sd / self.mean.abs())
    }

    /// Standard error of the mean of a long-range correlated stride series:
    /// SD * n^(H-1) with the Hurst exponent H = [`HURST`].
    #[must_use]
    pub fn se_mean(&self) -> Option<f64> {
        self.sd().map(|sd| sd * (self.n as f64).powf(HURST - 1.0))
    }
}

/// Hurst exponent of healthy stride-time series (Hausdorff 1995; checked on the public recordings): the effective
/// number of independent strides is n^(2-2H) = sqrt(n).
pub const HURST: f64 = 0.75;

/// Rounds to a number of significant decimal digits; monotone, so order is kept.
#[must_use]
pub fn round_significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1))
        .parse()
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let m = Moments::of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(m.n, 8);
        assert_relative_eq!(m.mean, 5.0);
        assert_relative_eq!(m.m2, 32.0, epsilon = 1e-12);
        assert_relative_eq!(
            m.cv_pct().unwrap(),
            100.0 * (32.0_f64 / 7.0).sqrt() / 5.0,
            epsilon = 1e-12
        );
    }

    #[test]
    fn standard_error_knows_long_memory() {
        let m = Moments {
            n: 10_000,
            mean: 1.0,
            m2: 9_999.0,
        };
        // sd = 1; white noise would give 0.01, long memory gives 10000^-0.25 = 0.1
        assert_relative_eq!(m.se_mean().unwrap(), 0.1, epsilon = 1e-12);
    }

    #[test]
    fn nothing_and_non_finite_give_nothing() {
        assert_eq!(Moments::of([]), None);
        assert_eq!(Moments::of([1.0, f64::NAN]), None);
        assert_eq!(Moments::of([1.0]).unwrap().sd(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn merging_parts_equals_the_whole(values in prop::collection::vec(0.2..3.0f64, 2..200), cut in 0.0..1.0f64) {
            let at = 1 + ((values.len() - 2) as f64 * cut) as usize;
            let whole = Moments::of(values.iter().copied()).unwrap();
            let merged = Moments::of(values[..at].iter().copied()).unwrap()
                .merge(&Moments::of(values[at..].iter().copied()).unwrap());
            prop_assert_eq!(merged.n, whole.n);
            assert_abs_diff_eq!(merged.mean, whole.mean, epsilon = 1e-9);
            assert_abs_diff_eq!(merged.m2, whole.m2, epsilon = 1e-9);
        }

        #[test]
        fn rounding_keeps_order(a in -1e3..1e3f64, b in -1e3..1e3f64) {
            prop_assert_eq!(a <= b, round_significant(a, 12) <= round_significant(b, 12) && a <= b);
        }
    }
}
