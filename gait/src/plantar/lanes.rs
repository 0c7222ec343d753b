//! Sums and maxima of one sensor over one stance. Eight running values instead of one let the compiler use vector
//! registers, which a single f32 sum forbids: its order of addition would change.

/// Values handled at once.
const LANES: usize = 8;

/// Sum of the values.
pub(super) fn sum(values: &[f32]) -> f64 {
    let mut lanes = [0.0f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    f64::from(lanes.iter().sum::<f32>() + rest)
}

/// Largest value, at least 0.
pub(super) fn largest(values: &[f32]) -> f64 {
    let mut lanes = [0.0f32; LANES];
    for chunk in values.chunks(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    f64::from(lanes.into_iter().fold(0.0, f32::max))
}

/// Adds `factor` times the values.
pub(super) fn add_scaled(sum: &mut [f32], values: &[f32], factor: f32) {
    for (slot, value) in sum.iter_mut().zip(values) {
        *slot += factor * value;
    }
}

/// Keeps the larger value of each place.
pub(super) fn raise(most: &mut [f32], values: &[f32]) {
    for (slot, &value) in most.iter_mut().zip(values) {
        *slot = if value > *slot { value } else { *slot };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_maxima_of_any_length() {
        for n in [0usize, 1, 7, 8, 9, 64, 67] {
            let values: Vec<f32> = (0..n).map(|k| k as f32).collect();
            let expected = (n * n.saturating_sub(1) / 2) as f64;
            assert!((sum(&values) - expected).abs() < 1e-9, "{n}");
            assert!((largest(&values) - n.saturating_sub(1) as f64).abs() < 1e-9);
        }
    }

    #[test]
    fn places_are_added_and_raised_one_by_one() {
        let mut total = vec![1.0, 2.0, 3.0];
        add_scaled(&mut total, &[1.0, 0.0, 2.0], 2.0);
        assert_eq!(total, [3.0, 2.0, 7.0]);
        raise(&mut total, &[4.0, 1.0, 7.5]);
        assert_eq!(total, [4.0, 2.0, 7.5]);
    }
}
