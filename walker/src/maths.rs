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

/// Where a time lies between two others, 0 to 1, held beyond.
pub(crate) fn part(time_s: f64, from_s: f64, to_s: f64) -> f64 {
    ((time_s - from_s) / (to_s - from_s)).clamp(0.0, 1.0)
}
