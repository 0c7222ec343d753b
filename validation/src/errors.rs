//! Differences of what the engine says from what is held to be true.

/// A set of differences in one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    values: Vec<f64>,
}

impl Errors {
    /// Adds one difference; what is not finite is left out.
    pub fn add(&mut self, difference: f64) {
        if difference.is_finite() {
            self.values.push(difference);
        }
    }

    /// Adds those of another set.
    pub fn merge(&mut self, other: &Self) {
        self.values.extend_from_slice(&other.values);
    }

    /// The differences in the order they came.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many.
    #[must_use]
    pub fn n(&self) -> usize {
        self.values.len()
    }

    /// Mean: the bias. Not a number without any.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.n() as f64
    }

    /// Mean size. Not a number without any.
    #[must_use]
    pub fn mean_size(&self) -> f64 {
        self.values.iter().map(|v| v.abs()).sum::<f64>() / self.n() as f64
    }

    /// Size that a share (0 to 1) of the differences does not exceed, by nearest rank. Not a number without any.
    #[must_use]
    pub fn size_at(&self, share: f64) -> f64 {
        let mut sizes: Vec<f64> = self.values.iter().map(|v| v.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let rank = (share * sizes.len() as f64).ceil() as usize;
        let at = rank.clamp(1, sizes.len().max(1)) - 1;
        sizes.get(at).copied().unwrap_or(f64::NAN)
    }

    /// The largest size. Not a number without any.
    #[must_use]
    pub fn worst(&self) -> f64 {
        self.size_at(1.0)
    }
}

impl FromIterator<f64> for Errors {
    fn from_iter<T: IntoIterator<Item = f64>>(differences: T) -> Self {
        let mut errors = Self::default();
        differences.into_iter().for_each(|d| errors.add(d));
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn bias_size_and_percentiles_of_a_small_set() {
        let errors: Errors = [1.0, -2.0, 4.0, f64::NAN, -3.0].into_iter().collect();
        assert_eq!(errors.n(), 4);
        assert_abs_diff_eq!(errors.mean(), 0.0);
        assert_abs_diff_eq!(errors.mean_size(), 2.5);
        assert_abs_diff_eq!(errors.size_at(0.5), 2.0);
        assert_abs_diff_eq!(errors.worst(), 4.0);
    }

    #[test]
    fn nothing_has_no_numbers() {
        let none = Errors::default();
        assert!(none.mean().is_nan() && none.mean_size().is_nan() && none.worst().is_nan());
    }
}
