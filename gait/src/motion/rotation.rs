//! Rotations in space as unit quaternions: from the insole's axes to axes that stand upright on the ground.

use std::array::from_fn;

use super::lanes::{Lanes, Number};

/// A vector: x forward, y to the left, z up.
pub(super) type Vector<T = f64> = [T; 3];

/// A rotation from the insole's axes to the ground's, or one for each of several strides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rotation<T = f64> {
    w: T,
    v: Vector<T>,
}

impl<T: Number> Rotation<T> {
    /// The same vector in the ground's axes.
    #[inline]
    pub(super) fn apply(&self, a: Vector<T>) -> Vector<T> {
        let t = cross(self.v, a).map(|c| c + c);
        let u = cross(self.v, t);
        from_fn(|i| a[i] + self.w * t[i] + u[i])
    }

    /// The orientation after turning by twice `half` (radians about the insole's own axes). Series of sine and cosine,
    /// exact to 1e-8 up to 40 degrees per step, so that over the few hundred steps of a stride the length stays one.
    #[inline]
    pub(super) fn turned(&self, half: Vector<T>) -> Self {
        let of = T::of;
        let s = dot(half, half);
        let c = of(1.0) - s * (of(0.5) - s * (of(1.0 / 24.0) - s * of(1.0 / 720.0)));
        let sinc = of(1.0) - s * (of(1.0 / 6.0) - s * (of(1.0 / 120.0) - s * of(1.0 / 5040.0)));
        let d = half.map(|h| h * sinc);
        let x = cross(self.v, d);
        Self {
            w: self.w * c - dot(self.v, d),
            v: from_fn(|i| self.w * d[i] + c * self.v[i] + x[i]),
        }
    }
}

impl Rotation<Lanes> {
    /// One rotation per lane; lanes without one stay as they are.
    pub(super) fn side_by_side(of: &[Rotation]) -> Self {
        let part = |f: fn(&Rotation) -> f64| {
            Lanes(from_fn(|lane| of.get(lane).map_or(0.0, |r| f(r) as f32)))
        };
        Self {
            w: part(|r| r.w),
            v: [part(|r| r.v[0]), part(|r| r.v[1]), part(|r| r.v[2])],
        }
    }

    /// The rotation of one lane.
    pub(super) fn lane(&self, lane: usize) -> Rotation {
        Rotation {
            w: self.w.lane(lane),
            v: self.v.map(|c| c.lane(lane)),
        }
    }
}

impl Rotation {
    /// The shortest rotation that turns `up`, as the resting insole feels it, upright. `None` when `up` has no direction
    /// or points straight down.
    pub(super) fn upright(up: Vector) -> Option<Self> {
        let length = dot(up, up).sqrt();
        let [x, y, z] = up.map(|c| c / length);
        // Half-angle form of the rotation from (x, y, z) to (0, 0, 1); the axis is their cross product.
        let w = (0.5 * (1.0 + z)).sqrt();
        let rotation = Self {
            w,
            v: [0.5 * y / w, -0.5 * x / w, 0.0],
        };
        (w.is_finite() && w > 1e-3).then_some(rotation)
    }

    /// Direction in which the toes point over the ground, radians, positive to the left.
    pub(super) fn heading(&self) -> f64 {
        let [x, y, _] = self.apply([1.0, 0.0, 0.0]);
        y.atan2(x)
    }

    /// How far the toes point above the horizon, radians.
    pub(super) fn toes_up(&self) -> f64 {
        let [_, _, z] = self.apply([1.0, 0.0, 0.0]);
        z.clamp(-1.0, 1.0).asin()
    }
}

#[inline]
fn dot<T: Number>(a: Vector<T>, b: Vector<T>) -> T {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline]
fn cross<T: Number>(a: Vector<T>, b: Vector<T>) -> Vector<T> {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    fn level() -> Rotation {
        Rotation::upright([0.0, 0.0, 1.0]).unwrap()
    }

    fn assert_vector(a: Vector, b: Vector) {
        for (a, b) in a.into_iter().zip(b) {
            assert_abs_diff_eq!(a, b, epsilon = 1e-9);
        }
    }

    #[test]
    fn gravity_is_turned_upright_without_a_change_of_heading() {
        for up in [[0.0, 0.0, 1.0], [-0.19, 0.05, 0.97], [0.6, -0.4, 0.2]] {
            let rotation = Rotation::upright(up).unwrap();
            let length = dot(up, up).sqrt();
            assert_vector(rotation.apply(up), [0.0, 0.0, length]);
        }
        let pitched = Rotation::upright([-0.19, 0.0, 0.98]).unwrap();
        assert_abs_diff_eq!(pitched.heading(), 0.0, epsilon = 1e-12);
        assert!(Rotation::upright([0.0; 3]).is_none());
        assert!(Rotation::upright([0.0, 0.0, -1.0]).is_none());
        assert!(Rotation::upright([f64::NAN, 0.0, 1.0]).is_none());
    }

    #[test]
    fn signs_are_those_of_the_recording() {
        let degrees = 20_f64.to_radians();
        let half = 0.5 * degrees;
        // Positive about y turns the toes down, positive about z turns them to the left.
        let down = level().turned([0.0, half, 0.0]);
        assert_abs_diff_eq!(down.toes_up(), -degrees, epsilon = 1e-9);
        let left = level().turned([0.0, 0.0, half]);
        assert_abs_diff_eq!(left.heading(), degrees, epsilon = 1e-9);
    }

    #[test]
    fn small_steps_add_up_to_a_full_turn() {
        let half = std::f64::consts::PI / 1000.0;
        let axis = [0.6 * half, 0.0, 0.8 * half];
        let mut rotation = level();
        for _ in 0..1000 {
            rotation = rotation.turned(axis);
        }
        assert_vector(rotation.apply([0.3, -0.2, 0.9]), [0.3, -0.2, 0.9]);
    }
}
