//! Rotations in space as unit quaternions: from the insole's axes to axes that stand upright on the ground.

/// A vector: x forward, y to the left, z up.
pub(super) type Vector = [f64; 3];

/// A rotation from the insole's axes to the ground's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rotation {
    w: f64,
    v: Vector,
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

    /// The same vector in the ground's axes.
    pub(super) fn apply(&self, a: Vector) -> Vector {
        let t = cross(self.v, a).map(|c| 2.0 * c);
        let u = cross(self.v, t);
        [
            a[0] + self.w * t[0] + u[0],
            a[1] + self.w * t[1] + u[1],
            a[2] + self.w * t[2] + u[2],
        ]
    }

    /// The orientation after turning by `angle` (radians about the insole's own axes). Series of sine and cosine: exact
    /// to 1e-6 up to 40 degrees per step.
    pub(super) fn turned(&self, angle: Vector) -> Self {
        let half = angle.map(|c| 0.5 * c);
        let s = dot(half, half);
        let c = 1.0 - s * (0.5 - s * (1.0 / 24.0 - s / 720.0));
        let sinc = 1.0 - s * (1.0 / 6.0 - s * (1.0 / 120.0 - s / 5040.0));
        let d = half.map(|h| h * sinc);
        let x = cross(self.v, d);
        let w = self.w * c - dot(self.v, d);
        let v = [
            self.w * d[0] + c * self.v[0] + x[0],
            self.w * d[1] + c * self.v[1] + x[1],
            self.w * d[2] + c * self.v[2] + x[2],
        ];
        // One Newton step towards unit length: rounding never adds up.
        let scale = 0.5 * (3.0 - w * w - dot(v, v));
        Self {
            w: w * scale,
            v: v.map(|c| c * scale),
        }
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

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
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
        // Positive about y turns the toes down, positive about z turns them to the left.
        let down = level().turned([0.0, degrees, 0.0]);
        assert_abs_diff_eq!(down.toes_up(), -degrees, epsilon = 1e-9);
        let left = level().turned([0.0, 0.0, degrees]);
        assert_abs_diff_eq!(left.heading(), degrees, epsilon = 1e-9);
    }

    #[test]
    fn small_steps_add_up_to_a_full_turn() {
        let step = std::f64::consts::TAU / 1000.0;
        let axis = [0.6 * step, 0.0, 0.8 * step];
        let mut rotation = level();
        for _ in 0..1000 {
            rotation = rotation.turned(axis);
        }
        assert_vector(rotation.apply([0.3, -0.2, 0.9]), [0.3, -0.2, 0.9]);
    }
}
