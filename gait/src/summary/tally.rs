//! Whole-number sums of values on a grid, and their short decimal form: adding sessions up is exact in any order.

use super::samples::Sample;
use crate::metrics::MetricDef;
use crate::metrics::collect::Accumulate;
use crate::moments::Moments;

/// Largest count, value (in steps) and spread (in steps squared) that are read: sums of them stay within 128 bits.
const MOST_VALUES: u64 = 1_000_000_000_000;
const LARGEST_STEPS: f64 = 1e9;
const LARGEST_SPREAD: f64 = 1e30;
/// Decimals that carry every digit of a double of credible size.
const MOST_DECIMALS: usize = 17;

/// Count, sum and sum of squares of values in whole steps of their metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) n: u64,
    sum: i128,
    squares: i128,
}

impl Accumulate for Tally {
    fn add(&mut self, def: &MetricDef, value: f64) {
        let steps = (value / def.step).round() as i64;
        let steps = i128::from(steps);
        *self = self.merge(Self {
            n: 1,
            sum: steps,
            squares: steps.saturating_mul(steps),
        });
    }
}

impl Tally {
    /// Both together.
    pub(super) const fn merge(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            sum: self.sum.saturating_add(other.sum),
            squares: self.squares.saturating_add(other.squares),
        }
    }

    /// Mean and sum of squared deviations, unit and unit squared; `None` without values.
    pub(super) fn moments(self, step: f64) -> Option<Moments> {
        let n = i128::from(self.n);
        if n == 0 {
            return None;
        }
        let (whole, rest) = (self.sum.div_euclid(n), self.sum.rem_euclid(n));
        let around = self.squares.saturating_sub(offset(n, whole, rest));
        Some(Moments {
            n: self.n,
            mean: self.sum as f64 / n as f64 * step,
            m2: step * step * (around as f64 - rest_spread(n, rest)).max(0.0),
        })
    }

    /// The sums behind decimals; `None` when they are no credible ones.
    pub(super) fn read(n: u64, mean: f64, m2: f64, step: f64) -> Option<Self> {
        let (steps, spread) = (mean / step, m2 / (step * step));
        let credible = (1..=MOST_VALUES).contains(&n)
            && steps.abs() <= LARGEST_STEPS
            && (0.0..=LARGEST_SPREAD).contains(&spread);
        if !credible {
            return None;
        }
        let sum = (steps * n as f64).round() as i128;
        let (whole, rest) = (sum.div_euclid(i128::from(n)), sum.rem_euclid(i128::from(n)));
        let around = (spread + rest_spread(i128::from(n), rest)).round() as i128;
        Some(Self {
            n,
            sum,
            squares: around.saturating_add(offset(i128::from(n), whole, rest)),
        })
    }

    /// The shortest decimals that [`Sample::tally`] reads back as these very sums.
    pub(super) fn sample(self, step: f64, usual_n: u64) -> Option<Sample> {
        let exact = self.moments(step)?;
        let read = |mean, m2| Self::read(self.n, mean, m2, step);
        let mean = shortest(exact.mean, |mean| {
            read(mean, exact.m2).is_some_and(|t| t.sum == self.sum)
        });
        let m2 = shortest(exact.m2, |m2| read(mean, m2) == Some(self));
        Some(Sample {
            mean,
            m2,
            n: (self.n != usual_n).then_some(self.n),
        })
    }
}

/// Sum of squares of `n` values minus their sum of squared distances from the whole part of their mean.
const fn offset(n: i128, whole: i128, rest: i128) -> i128 {
    let squares = whole.saturating_mul(whole).saturating_mul(n);
    squares.saturating_add(whole.saturating_mul(rest).saturating_mul(2))
}

/// What the fractional part of the mean takes from the spread.
fn rest_spread(n: i128, rest: i128) -> f64 {
    let rest = rest as f64;
    rest * rest / n as f64
}

/// The value with as few decimals as will do.
fn shortest(value: f64, does: impl Fn(f64) -> bool) -> f64 {
    (0..=MOST_DECIMALS)
        .filter_map(|decimals| format!("{value:.decimals$}").parse().ok())
        .find(|rounded| does(*rounded))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::metrics::METRICS;
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    fn tally(def: &MetricDef, values: &[f64]) -> Tally {
        values.iter().fold(Tally::default(), |mut sum, v| {
            sum.add(def, *v);
            sum
        })
    }

    #[test]
    fn a_sample_reads_as_ordinary_numbers() {
        let def = crate::metrics::def("stride_time_s").unwrap();
        let sums = tally(def, &[1.0, 1.1, 1.2]);
        let sample = sums.sample(def.step, 3).unwrap();
        assert_eq!(serde_json::to_string(&sample).unwrap(), "[1.1,0.02]");
        let other = sums.sample(def.step, 4).unwrap();
        assert_eq!(serde_json::to_string(&other).unwrap(), "[1.1,0.02,3]");
        for bad in ["[1]", "[]", "{}", "[1,2,3,4]", "[1,2,-3]"] {
            assert!(serde_json::from_str::<Sample>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// Through the wire and added up, in any order, the sums are those of all values together: no error at all.
        #[test]
        fn adding_up_is_exact(row in 0..METRICS.len(), shares in prop::collection::vec(0.0..1.0f64, 2..400), cut in 0.0..1.0f64) {
            let def = &METRICS[row];
            prop_assume!(def.step > 0.0);
            let values: Vec<f64> = shares.iter().map(|p| def.low + p * (def.high - def.low)).collect();
            let at = 1 + ((values.len() - 2) as f64 * cut) as usize;
            let wire = |values: &[f64]| {
                let sample = tally(def, values).sample(def.step, 7).unwrap();
                let text = serde_json::to_string(&sample).unwrap();
                let back: Sample = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(back, sample);
                Ok(back.tally(def.step, 7).unwrap())
            };
            let (a, b, whole) = (wire(&values[..at])?, wire(&values[at..])?, tally(def, &values));
            prop_assert_eq!(a.merge(b), whole);
            prop_assert_eq!(b.merge(a), whole);
            let direct = Moments::of(values.iter().map(|v| (v / def.step).round() * def.step)).unwrap();
            let moments = whole.moments(def.step).unwrap();
            prop_assert!((moments.mean - direct.mean).abs() <= 1e-9 * (1.0 + direct.mean.abs()));
            prop_assert!((moments.m2 - direct.m2).abs() <= 1e-9 * (1.0 + direct.m2));
        }

        #[test]
        fn hostile_numbers_are_no_sums(n: u64, mean: f64, m2: f64) {
            let sample = Sample { mean, m2, n: Some(n) };
            if let Some(m) = sample.tally(0.001, 0).and_then(|t| t.moments(0.001)) {
                prop_assert!(m.mean.is_finite() && m.m2.is_finite());
            }
        }
    }

    #[test]
    fn a_year_of_strides_keeps_its_spread() {
        let def = crate::metrics::def("stance_pct").unwrap();
        let day = tally(def, &[61.0, 62.0, 63.0, 62.5]);
        let year = (0..365 * 2000).fold(Tally::default(), |sum, _| sum.merge(day));
        let back = year
            .sample(def.step, 0)
            .unwrap()
            .tally(def.step, 0)
            .unwrap();
        assert_eq!(back, year);
        let one = day.moments(def.step).unwrap();
        let many = year.moments(def.step).unwrap();
        assert_relative_eq!(many.mean, one.mean, epsilon = 1e-12);
        assert_relative_eq!(many.m2, one.m2 * 730_000.0, max_relative = 1e-12);
    }
}
