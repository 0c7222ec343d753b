//! Order statistics on short slices.

/// The value at quantile `p` (0..=1, nearest rank) of the values; reorders them. `None` when there are none.
pub(crate) fn quantile(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let rank = (p.clamp(0.0, 1.0) * last as f64).round() as usize;
    let (_, value, _) = values.select_nth_unstable_by(rank.min(last), f64::total_cmp);
    Some(*value)
}

/// The same for single precision.
pub(crate) fn quantile_f32(values: &mut [f32], p: f64) -> Option<f32> {
    let last = values.len().checked_sub(1)?;
    let rank = (p.clamp(0.0, 1.0) * last as f64).round() as usize;
    let (_, value, _) = values.select_nth_unstable_by(rank.min(last), f32::total_cmp);
    Some(*value)
}

/// The median of an unordered iterator.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    quantile(&mut values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_rank() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 1.0), Some(3.0));
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(median([4.0, 4.0, 9.0]), Some(4.0));
    }
}
