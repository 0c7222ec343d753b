//! Eight numbers that take the same way at once: strides are integrated side by side, because the steps of one stride
//! wait for each other and leave the processor idle.

use std::array::from_fn;
use std::ops::{Add, Mul, Sub};

/// Strides integrated together.
pub(super) const LANES: usize = 8;

/// What rotations need of a number.
pub(super) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// A constant.
    fn of(value: f64) -> Self;
}

impl Number for f64 {
    fn of(value: f64) -> Self {
        value
    }
}

/// One number of each stride. Single precision: a millionth of a stride is a thousandth of a millimetre.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lanes(pub(super) [f32; LANES]);

impl Lanes {
    pub(super) fn lane(&self, lane: usize) -> f64 {
        self.0.get(lane).copied().map_or(0.0, f64::from)
    }
}

impl Number for Lanes {
    fn of(value: f64) -> Self {
        Self([value as f32; LANES])
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
}
