//! Statistics of validations: small, on plain slices, the same for every protocol.

/// Arithmetic mean; `None` for no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (n - 1); `None` below two values.
#[must_use]
pub fn sd(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let degrees = values.len().checked_sub(1).filter(|d| *d > 0)?;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some((squares / degrees as f64).sqrt())
}

/// Coefficient of variation, percent; `None` below two values or with a mean of zero.
#[must_use]
pub fn cv_pct(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|m| *m != 0.0)?;
    Some(100.0 * sd(values)? / mean.abs())
}

/// Value at quantile `p` (0..=1, nearest rank); `None` for no values.
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let rank = (p.clamp(0.0, 1.0) * last as f64).round() as usize;
    sorted.get(rank).copied()
}

/// The median; of an even number of values the mean of the two in the middle.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let (low, high) = (sorted.get(last / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

/// The values that remain when those further than `sds` standard deviations from the median are left out, repeated until
/// none is: the cleaning of Frenkel-Toledo 2005 and of most stride tables.
#[must_use]
pub fn within_sds(values: &[f64], sds: f64) -> Vec<f64> {
    let mut kept = values.to_vec();
    while let (Some(centre), Some(sd)) = (median(&kept), sd(&kept)) {
        let before = kept.len();
        kept.retain(|v| (v - centre).abs() <= sds * sd);
        if kept.len() == before {
            break;
        }
    }
    kept
}

/// Share of values at or below `limit`, percent; `None` for no values.
#[must_use]
pub fn share_within_pct(values: &[f64], limit: f64) -> Option<f64> {
    let within = values.iter().filter(|v| **v <= limit).count();
    (!values.is_empty()).then(|| 100.0 * within as f64 / values.len() as f64)
}

/// Area under the receiver operating characteristic: the chance that a value of `cases` lies above one of `controls`,
/// ties counted half (Mann & Whitney 1947). `None` when either is empty.
#[must_use]
pub fn auc(controls: &[f64], cases: &[f64]) -> Option<f64> {
    if controls.is_empty() || cases.is_empty() {
        return None;
    }
    let wins: f64 = cases
        .iter()
        .flat_map(|case| controls.iter().map(move |control| (case, control)))
        .map(|(case, control)| match case.total_cmp(control) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    Some(wins / (controls.len() * cases.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert_eq!(sd(&values), Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!(median(&values), Some(4.5));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(quantile(&values, 1.0), Some(9.0));
        assert_eq!(share_within_pct(&values, 4.0), Some(50.0));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!((mean(&[]), sd(&[1.0]), median(&[])), (None, None, None));
        assert_eq!((quantile(&[], 0.5), cv_pct(&[0.0, 0.0])), (None, None));
        assert_eq!((auc(&[], &[1.0]), share_within_pct(&[], 1.0)), (None, None));
        assert!(within_sds(&[], 3.0).is_empty());
    }

    #[test]
    fn cleaning_goes_on_until_nothing_is_left_out() {
        // The pause hides the turn in the first round and not in the second.
        let mut values: Vec<f64> = (0..60).map(|k| 1.0 + 0.01 * f64::from(k % 5)).collect();
        values.extend([1.4, 30.0]);
        let kept = within_sds(&values, 3.0);
        assert_eq!(kept.len(), 60);
        assert!(kept.iter().all(|v| *v < 1.1));
    }

    #[test]
    fn auc_counts_pairs() {
        assert_eq!(auc(&[1.0, 2.0], &[3.0, 4.0]), Some(1.0));
        assert_eq!(auc(&[1.0, 2.0], &[2.0, 0.0]), Some(0.375));
    }
}
