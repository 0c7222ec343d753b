//! Sums and maxima of one sensor over one stance. Eight running values instead of one let the compiler use vector
//! registers, which a single f32 sum forbids: its order of addition would change.

use std::array::from_fn;

/// Values handled at once.
const LANES: usize = 8;

/// Sum of the values.
pub(crate) fn sum(values: &[f32]) -> f64 {
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
pub(crate) fn largest(values: &[f32]) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let larger = |most: f32, value: f32| if value > most { value } else { most };
    let mut lanes = [0.0f32; LANES];
    for chunk in chunks {
        lanes = from_fn(|k| larger(lanes[k], chunk[k]));
    }
    f64::from(lanes.iter().chain(rest).copied().fold(0.0, larger))
}

/// Lowest and highest value; `None` without values. Not-a-number is passed over.
pub(crate) fn range(values: &[f32]) -> Option<(f32, f32)> {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let smaller = |least: f32, value: f32| if value < least { value } else { least };
    let larger = |most: f32, value: f32| if value > most { value } else { most };
    let mut low = [f32::INFINITY; LANES];
    let mut high = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        low = from_fn(|k| smaller(low[k], chunk[k]));
        high = from_fn(|k| larger(high[k], chunk[k]));
    }
    let low = low.iter().chain(rest).copied().fold(f32::INFINITY, smaller);
    let high = high
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, larger);
    (low <= high).then_some((low, high))
}

/// Values less `base`; 0 for what is beyond `most` or no number.
pub(crate) fn subtract(less: &mut [f32], values: &[f32], base: f32, most: f32) {
    for (slot, &value) in less.iter_mut().zip(values) {
        let above = value - base;
        *slot = if value.abs() <= most { above } else { 0.0 };
    }
}

/// Adds `factor` times the values.
pub(crate) fn add_scaled(sum: &mut [f32], values: &[f32], factor: f32) {
    for (slot, value) in sum.iter_mut().zip(values) {
        *slot += factor * value;
    }
}

/// Adds force (reading times `newtons`) and its moments about both axes in one pass. Readings below zero are noise and add
/// nothing: forces only push, so their centre lies among the sensors.
pub(crate) fn add_forces(
    readings: &[f32],
    newtons: f32,
    at: (f32, f32),
    force: &mut [f32],
    moments: (&mut [f32], &mut [f32]),
) {
    let (along, across) = (newtons * at.0, newtons * at.1);
    let slots = force.iter_mut().zip(moments.0).zip(moments.1);
    for (((force, x), y), &reading) in slots.zip(readings) {
        let reading = if reading > 0.0 { reading } else { 0.0 };
        *force += newtons * reading;
        *x += along * reading;
        *y += across * reading;
    }
}

/// Keeps the larger value of each place.
pub(crate) fn raise(most: &mut [f32], values: &[f32]) {
    for (slot, &value) in most.iter_mut().zip(values) {
        *slot = if value > *slot { value } else { *slot };
    }
}

/// Brings values into the processor's caches: reads one of each line of 64 bytes.
pub(crate) fn touch(values: &[f32]) {
    let (lines, _) = values.as_chunks::<16>();
    let read = lines
        .iter()
        .fold(0, |all, [first, ..]| all ^ first.to_bits());
    std::hint::black_box(read);
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
            let whole = (n > 0).then(|| (0.0, (n - 1) as f32));
            assert_eq!(range(&values), whole);
        }
    }

    #[test]
    fn what_is_no_reading_is_nothing() {
        let mut less = [9.0; 5];
        let values = [3.0, -1.0, 1e8, f32::NAN, f32::NEG_INFINITY];
        subtract(&mut less, &values, 0.5, 1e7);
        assert_eq!(less, [2.5, -1.5, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn extremes_pass_over_what_is_no_number() {
        let mut values = [f32::NAN; 19];
        assert_eq!(range(&values), None);
        assert!(largest(&values).abs() < f64::EPSILON);
        (values[3], values[17]) = (-2.0, 5.0);
        assert_eq!(range(&values), Some((-2.0, 5.0)));
        assert!((largest(&values) - 5.0).abs() < f64::EPSILON);
    }

    #[test]
    fn places_are_added_and_raised_one_by_one() {
        let mut total = vec![1.0, 2.0, 3.0];
        add_scaled(&mut total, &[1.0, 0.0, 2.0], 2.0);
        assert_eq!(total, [3.0, 2.0, 7.0]);
        raise(&mut total, &[4.0, 1.0, 7.5]);
        assert_eq!(total, [4.0, 2.0, 7.5]);
        let (mut force, mut x, mut y) = ([1.0f32], [0.0f32], [0.0f32]);
        add_forces(&[3.0], 2.0, (0.5, -0.25), &mut force, (&mut x, &mut y));
        assert_eq!((force, x, y), ([7.0], [3.0], [-1.5]));
    }
}
