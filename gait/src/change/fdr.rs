//! Many values watched at once: the share of false discoveries is held (Benjamini & Hochberg 1995).

/// Share of false discoveries that is accepted in a weekly report (A).
pub const FALSE_DISCOVERY_RATE: f64 = 0.10;

/// Which of the p-values are discoveries at this false discovery rate, in their own order.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64], rate: f64) -> Vec<bool> {
    let m = p_values.len() as f64;
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let kept = order
        .iter()
        .enumerate()
        .rposition(|(rank, (_, p))| *p <= rate * (rank + 1) as f64 / m)
        .map_or(0, |last| last + 1);
    let mut found = vec![false; p_values.len()];
    for (index, _) in order.into_iter().take(kept) {
        if let Some(slot) = found.get_mut(index) {
            *slot = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_up_rule_by_hand() {
        // Limits at 10 % of five: .02 .04 .06 .08 .10. The third (.05) passes, so the second (.045 > .04) is kept too.
        let p = [0.045, 0.9, 0.001, 0.05, 0.2];
        assert_eq!(
            benjamini_hochberg(&p, 0.10),
            [true, false, true, true, false]
        );
        assert_eq!(
            benjamini_hochberg(&[0.03, 0.5, 0.6, 0.7, 0.8], 0.10),
            [false; 5]
        );
        assert_eq!(benjamini_hochberg(&[0.09], 0.10), [true]);
        assert!(benjamini_hochberg(&[], 0.10).is_empty());
    }
}
