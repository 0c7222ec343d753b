//! Transcendental functions in software, so that a walk has the same bits on every machine (the platform's own
//! `exp`, `ln`, `sin` may differ in the last place). Roots and products are exact by IEEE 754 and need no stand-in.

pub(crate) use libm::{atan, cos, exp, hypot, log as ln, pow, sin};

/// `x` squared.
pub(crate) fn square(x: f64) -> f64 {
    x * x
}

/// The bell `exp(-x^2 / 2)`.
pub(crate) fn bell(x: f64) -> f64 {
    exp(-0.5 * square(x))
}

/// 0 to 1 with level ends: `3 u^2 - 2 u^3`, held beyond.
pub(crate) fn smooth(u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    u * u * (3.0 - 2.0 * u)
}

/// Adding this to a number of ordinary size leaves no room for digits after the point.
const NO_FRACTION: f64 = 6_755_399_441_055_744.0;

/// The nearest whole number, ties to even; for numbers below 2^51 in size.
pub(crate) fn nearest(x: f64) -> f64 {
    (x + NO_FRACTION) - NO_FRACTION
}

/// Where a time lies between two others, 0 to 1, held beyond.
pub(crate) fn part(time_s: f64, from_s: f64, to_s: f64) -> f64 {
    ((time_s - from_s) / (to_s - from_s)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::nearest;

    proptest! {
        #[test]
        fn nearest_is_rounding(x in -1e9..1e9f64) {
            prop_assert_eq!(nearest(x), x.round_ties_even());
        }
    }
}
