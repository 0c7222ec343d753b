//! Student's t distribution for whole degrees of freedom: closed forms, so no special functions are needed.

use std::f64::consts::PI;

/// P(|T| >= |t|) with `df` degrees of freedom (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4). 1 for a `t` that is no
/// number or no degree of freedom.
#[must_use]
pub fn two_sided_p(t: f64, df: u32) -> f64 {
    if df == 0 || t.is_nan() {
        return 1.0;
    }
    let theta = (t.abs() / f64::from(df).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    let odd = df % 2 == 1;
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = 0.0;
    let mut j = df % 2;
    while j + 2 <= df {
        sum += term;
        term *= cos * cos * f64::from(j + 1) / f64::from(j + 2);
        j += 2;
    }
    let inside = if odd {
        2.0 / PI * (theta + sin * sum)
    } else {
        sin * sum
    };
    (1.0 - inside).clamp(0.0, 1.0)
}

/// The t beyond which (on both sides together) lies the probability `p`, by bisection. 0 < p < 1.
#[must_use]
pub fn two_sided_t(p: f64, df: u32) -> f64 {
    let (mut low, mut high) = (0.0, 1.0e3);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if two_sided_p(middle, df) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn published_critical_values() {
        // Two-sided 5 % and 1 % points of the usual tables.
        for (df, five, one) in [
            (1, 12.706, 63.657),
            (2, 4.303, 9.925),
            (5, 2.571, 4.032),
            (10, 2.228, 3.169),
            (23, 2.069, 2.807),
            (120, 1.980, 2.617),
        ] {
            assert_abs_diff_eq!(two_sided_t(0.05, df), five, epsilon = 6e-4);
            assert_abs_diff_eq!(two_sided_t(0.01, df), one, epsilon = 6e-4);
        }
    }

    #[test]
    fn the_middle_and_the_ends() {
        assert_abs_diff_eq!(two_sided_p(0.0, 7), 1.0);
        assert_abs_diff_eq!(two_sided_p(f64::INFINITY, 8), 0.0, epsilon = 1e-12);
        assert_abs_diff_eq!(two_sided_p(f64::NAN, 8), 1.0);
        assert_abs_diff_eq!(two_sided_p(3.0, 0), 1.0);
        // One degree of freedom is the Cauchy distribution.
        assert_abs_diff_eq!(two_sided_p(1.0, 1), 0.5, epsilon = 1e-12);
    }
}
