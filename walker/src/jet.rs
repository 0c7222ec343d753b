//! Values with their first and second derivatives by time: a trajectory written once yields its velocity and
//! acceleration exactly.

use std::ops::{Add, Mul, Sub};

use crate::maths::{cos, sin};

/// A value, its rate and its second derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Jet {
    /// The value.
    pub value: f64,
    /// First derivative, per second.
    pub rate: f64,
    /// Second derivative, per second squared.
    pub bend: f64,
}

impl Jet {
    /// A value that does not change.
    #[must_use]
    pub const fn constant(value: f64) -> Self {
        Self {
            value,
            rate: 0.0,
            bend: 0.0,
        }
    }

    /// From 0 to 1 between two times with level, unaccelerated ends: `10 u^3 - 15 u^4 + 6 u^5`.
    #[must_use]
    pub fn ramp(time_s: f64, from_s: f64, to_s: f64) -> Self {
        let span = to_s - from_s;
        let u = (time_s - from_s) / span;
        if u <= 0.0 {
            return Self::default();
        }
        if u >= 1.0 {
            return Self::constant(1.0);
        }
        let v = 1.0 - u;
        Self {
            value: u * u * u * (10.0 + u * (6.0 * u - 15.0)),
            rate: 30.0 * u * u * v * v / span,
            bend: 60.0 * u * v * (v - u) / (span * span),
        }
    }

    /// From 0 up to 1 and back between two times, with level, unaccelerated ends: `64 u^3 (1 - u)^3`.
    #[must_use]
    pub fn bump(time_s: f64, from_s: f64, to_s: f64) -> Self {
        let span = to_s - from_s;
        let u = (time_s - from_s) / span;
        if !(0.0..=1.0).contains(&u) {
            return Self::default();
        }
        let (v, w) = (1.0 - u, u * (1.0 - u));
        Self {
            value: 64.0 * w * w * w,
            rate: 192.0 * w * w * (v - u) / span,
            bend: 384.0 * w * ((v - u) * (v - u) - w) / (span * span),
        }
    }

    /// Sine of an angle in radians.
    #[must_use]
    pub fn sin(self) -> Self {
        let (sin, cos) = (sin(self.value), cos(self.value));
        Self {
            value: sin,
            rate: cos * self.rate,
            bend: cos * self.bend - sin * self.rate * self.rate,
        }
    }

    /// Cosine of an angle in radians.
    #[must_use]
    pub fn cos(self) -> Self {
        let (sin, cos) = (sin(self.value), cos(self.value));
        Self {
            value: cos,
            rate: -sin * self.rate,
            bend: -sin * self.bend - cos * self.rate * self.rate,
        }
    }
}

impl Add for Jet {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            rate: self.rate + other.rate,
            bend: self.bend + other.bend,
        }
    }
}

impl Sub for Jet {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other * -1.0
    }
}

impl Mul for Jet {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            rate: self.rate * other.value + self.value * other.rate,
            bend: self.bend * other.value + 2.0 * self.rate * other.rate + self.value * other.bend,
        }
    }
}

impl Mul<f64> for Jet {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            rate: self.rate * factor,
            bend: self.bend * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    fn mixed(time_s: f64) -> Jet {
        let angle = Jet::ramp(time_s, 0.1, 0.9) * 2.0;
        Jet::bump(time_s, 0.0, 1.0) * angle.sin() - angle.cos() * 0.3
    }

    proptest! {
        #[test]
        fn derivatives_are_those_of_the_values(time_s in 0.02..0.98f64) {
            let h = 1e-5;
            let (before, now, after) = (mixed(time_s - h), mixed(time_s), mixed(time_s + h));
            prop_assert!((now.rate - (after.value - before.value) / (2.0 * h)).abs() < 1e-5);
            prop_assert!((now.bend - (after.rate - before.rate) / (2.0 * h)).abs() < 1e-3);
        }
    }

    #[test]
    fn ramps_and_bumps_begin_and_end_at_rest() {
        for (jet, value) in [
            (Jet::ramp(2.0, 2.0, 3.0), 0.0),
            (Jet::ramp(3.0, 2.0, 3.0), 1.0),
            (Jet::bump(2.0, 2.0, 3.0), 0.0),
            (Jet::bump(3.0, 2.0, 3.0), 0.0),
        ] {
            assert_abs_diff_eq!(jet.value, value);
            assert_abs_diff_eq!(jet.rate, 0.0);
            assert_abs_diff_eq!(jet.bend, 0.0);
        }
        assert_abs_diff_eq!(Jet::bump(2.5, 2.0, 3.0).value, 1.0, epsilon = 1e-12);
    }
}
