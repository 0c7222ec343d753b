//! Rank statistics of small samples: medians, Theil-Sen slope, Wilcoxon's signed ranks with their exact distribution,
//! Hodges-Lehmann estimate and interval.

use super::student;

/// Largest number of differences whose signed-rank distribution is counted out; above, the normal approximation.
const EXACT_UP_TO: usize = 25;

/// The median; of an even number of values the middle of the two in the middle. `None` without values.
#[must_use]
pub fn median(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    let half = n / 2;
    if n == 0 {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    if n % 2 == 1 {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(f64::midpoint(lower, upper))
}

/// Median of the slopes between all pairs of points with different x (Theil 1950, Sen 1968). `None` without such a pair.
#[must_use]
pub fn theil_sen(points: &[(f64, f64)]) -> Option<f64> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (i, (x1, y1)) in points.iter().enumerate() {
        for (x2, y2) in points.iter().skip(i + 1) {
            let slope = (y2 - y1) / (x2 - x1);
            if slope.is_finite() {
                slopes.push(slope);
            }
        }
    }
    median(&mut slopes)
}

/// Two-sided p of Wilcoxon's signed-rank test that paired differences lie around zero (Wilcoxon 1945). Zeros are left
/// out, ties share their mean rank; exact, ties included, up to 25 differences. 1 without differences.
#[must_use]
pub fn signed_rank_p(differences: &[f64]) -> f64 {
    let mut sizes: Vec<(f64, bool)> = differences
        .iter()
        .filter(|d| d.is_finite() && **d != 0.0)
        .map(|d| (d.abs(), *d > 0.0))
        .collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks = doubled_ranks(&sizes);
    let total: usize = ranks.iter().sum();
    let positive: usize = ranks
        .iter()
        .zip(&sizes)
        .filter(|(_, (_, up))| *up)
        .map(|(rank, _)| rank)
        .sum();
    let smaller = positive.min(total - positive);
    if ranks.len() <= EXACT_UP_TO {
        exact_p(&ranks, smaller)
    } else {
        normal_p(&ranks, smaller)
    }
}

/// Two-sided p of a sum of doubled ranks by counting.
fn exact_p(ranks: &[usize], smaller: usize) -> f64 {
    let below: f64 = distribution(ranks).iter().take(smaller + 1).sum();
    (2.0 * below).min(1.0)
}

/// The same by the normal approximation with continuity correction.
fn normal_p(ranks: &[usize], smaller: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let variance: f64 = ranks.iter().map(|r| (*r as f64).powi(2)).sum::<f64>() / 4.0;
    // Doubled ranks come in steps of two: half a rank of continuity is one.
    let distance = (total as f64 / 2.0 - smaller as f64 - 1.0).max(0.0);
    student::two_sided_p(distance / variance.sqrt(), NORMAL_DF)
}

/// Degrees of freedom at which t is the normal distribution for every purpose here.
const NORMAL_DF: u32 = 10_000;

/// Twice the mid-rank of each size, ascending: whole numbers even with ties.
fn doubled_ranks(sorted: &[(f64, bool)]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(sorted.len());
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let (before, n) = (ranks.len(), group.len());
        ranks.extend(std::iter::repeat_n(2 * before + n + 1, n));
    }
    ranks
}

/// Probability of each sum of doubled positive ranks when every sign is a fair coin.
fn distribution(ranks: &[usize]) -> Vec<f64> {
    let mut chance = vec![0.0; ranks.iter().sum::<usize>() + 1];
    if let Some(zero) = chance.first_mut() {
        *zero = 1.0;
    }
    let mut reach = 0;
    for &rank in ranks {
        reach += rank;
        for sum in (0..=reach).rev() {
            let with = sum.checked_sub(rank).and_then(|s| chance.get(s)).copied();
            if let Some(slot) = chance.get_mut(sum) {
                *slot = 0.5 * (*slot + with.unwrap_or(0.0));
            }
        }
    }
    chance
}

/// Centre of paired differences without assuming their shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HodgesLehmann {
    /// Median of the means of all pairs of differences, each with itself included.
    pub estimate: f64,
    /// 95 % interval from the signed-rank distribution; absent below six differences, where none exists.
    pub interval: Option<[f64; 2]>,
}

/// Hodges-Lehmann estimate with its interval (Hodges & Lehmann 1963). `None` without finite differences.
#[must_use]
pub fn hodges_lehmann(differences: &[f64]) -> Option<HodgesLehmann> {
    let finite: Vec<f64> = differences
        .iter()
        .copied()
        .filter(|d| d.is_finite())
        .collect();
    let mut walsh: Vec<f64> = finite
        .iter()
        .enumerate()
        .flat_map(|(i, a)| finite.iter().skip(i).map(|b| f64::midpoint(*a, *b)))
        .collect();
    walsh.sort_by(f64::total_cmp);
    let estimate = median(&mut walsh.clone())?;
    let interval = critical_rank_sum(finite.len()).and_then(|outside| {
        let low = walsh.get(outside)?;
        let high = walsh.get(walsh.len().checked_sub(outside + 1)?)?;
        Some([*low, *high])
    });
    Some(HodgesLehmann { estimate, interval })
}

/// Largest rank sum T with P(T+ <= T) <= 2.5 %: as many Walsh averages lie outside the interval at each end.
/// `None` when no sum is that rare.
fn critical_rank_sum(n: usize) -> Option<usize> {
    if n > EXACT_UP_TO {
        let n = n as f64;
        let (mean, sd) = (
            n * (n + 1.0) / 4.0,
            (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt(),
        );
        return Some(
            (mean - student::two_sided_t(0.05, NORMAL_DF) * sd)
                .floor()
                .max(0.0) as usize,
        );
    }
    let ranks: Vec<usize> = (1..=n).collect();
    let mut below = 0.0;
    let rare = distribution(&ranks)
        .iter()
        .take_while(|chance| {
            below += **chance;
            below <= 0.025
        })
        .count();
    rare.checked_sub(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    #[test]
    fn critical_values_of_the_published_table() {
        // Wilcoxon's two-sided 5 % points: T at most this is significant.
        for (n, critical) in [
            (6, 0),
            (7, 2),
            (8, 3),
            (9, 5),
            (10, 8),
            (12, 13),
            (15, 25),
            (20, 52),
            (25, 89),
        ] {
            assert_eq!(critical_rank_sum(n), Some(critical), "n = {n}");
        }
        assert_eq!(
            critical_rank_sum(5),
            None,
            "five pairs cannot be significant"
        );
    }

    #[test]
    fn the_exact_p_by_counting() {
        // 1..5 all positive: the two extreme sign patterns of 32.
        assert_abs_diff_eq!(signed_rank_p(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0);
        // The smallest one negative: T = 1, patterns {} and {1} on each side.
        assert_abs_diff_eq!(signed_rank_p(&[-1.0, 2.0, 3.0, 4.0, 5.0]), 4.0 / 32.0);
        // Two equal sizes of opposite sign say nothing.
        assert_abs_diff_eq!(signed_rank_p(&[1.0, -1.0, 0.0]), 1.0);
        assert_abs_diff_eq!(signed_rank_p(&[]), 1.0);
    }

    #[test]
    fn the_normal_approximation_continues_the_exact_one() {
        // Both sums are exact to the kurtosis of the distribution, -0.14 at n = 25: 0.005 at most.
        let ranks: Vec<usize> = (1..=25).map(|r| 2 * r).collect();
        for smaller in [60, 100, 178, 240, 320] {
            let (exact, normal) = (exact_p(&ranks, smaller), normal_p(&ranks, smaller));
            assert!(
                (exact - normal).abs() < 0.006,
                "{smaller}: {exact} {normal}"
            );
        }
    }

    #[test]
    fn hodges_lehmann_by_hand() {
        // Walsh averages of 1, 2, 6: 1, 1.5, 2, 3.5, 4, 6.
        let found = hodges_lehmann(&[1.0, 2.0, 6.0]).unwrap();
        assert_abs_diff_eq!(found.estimate, 2.75);
        assert_eq!(found.interval, None);
        // Six differences: the interval is the whole range (T = 0 has chance 1/64).
        let six = hodges_lehmann(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        assert_eq!(six.interval, Some([1.0, 6.0]));
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        // T = 8: the ninth of the 55 averages, 1 1.5 2 2 2.5 2.5 3 3 3, and its mirror image.
        assert_eq!(hodges_lehmann(&ten).unwrap().interval, Some([3.0, 8.0]));
    }

    #[test]
    fn theil_sen_ignores_one_wild_point() {
        let mut line: Vec<(f64, f64)> =
            (0..9).map(|i| (f64::from(i), 2.0 * f64::from(i))).collect();
        line[4].1 = 500.0;
        assert_abs_diff_eq!(theil_sen(&line).unwrap(), 2.0);
        assert_eq!(theil_sen(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }

    proptest! {
        #[test]
        fn mirrored_differences_mirror_the_estimate(d in prop::collection::vec(-50.0..50.0_f64, 1..30)) {
            let mirrored: Vec<f64> = d.iter().map(|v| -v).collect();
            let (a, b) = (hodges_lehmann(&d).unwrap(), hodges_lehmann(&mirrored).unwrap());
            prop_assert!((a.estimate + b.estimate).abs() < 1e-9);
            prop_assert!((signed_rank_p(&d) - signed_rank_p(&mirrored)).abs() < 1e-12);
            if let (Some([low, high]), Some([l, h])) = (a.interval, b.interval) {
                prop_assert!((low + h).abs() < 1e-9 && (high + l).abs() < 1e-9);
                prop_assert!(low <= a.estimate && a.estimate <= high);
            }
        }

        #[test]
        fn no_number_breaks_them(d in prop::collection::vec(prop::num::f64::ANY, 0..30)) {
            let p = signed_rank_p(&d);
            prop_assert!((0.0..=1.0).contains(&p));
            let _ = hodges_lehmann(&d);
            let points: Vec<(f64, f64)> = d.iter().map(|v| (*v, *v)).collect();
            prop_assert!(theil_sen(&points).is_none_or(f64::is_finite));
        }
    }
}
