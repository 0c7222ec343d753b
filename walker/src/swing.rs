//! The way of an insole from one place on the ground to the next, as one smooth function of time.

use crate::course::Print;
use crate::jet::Jet;
use crate::laws::laws;
use crate::maths::hypot;
use crate::pitch::Pitch;

/// The inertial sensor lies this far behind the line on which the foot rolls off, and this far before the heel, m [A].
const BEHIND_BALL_M: f64 = 0.09;
const BEFORE_HEEL_M: f64 = 0.13;
/// The rolling over the ball has ended, and that over the heel begins, at this share of the swing [A].
const HAND_OVER: f64 = 0.5;
/// How long the sole gives way at contact, s [A].
const IMPACT_S: f64 = 0.05;
/// Moments at which the highest rise of a swing is looked for.
const CLEARANCE_STEPS: u32 = 200;

/// One swing of one foot.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// The foot leaves the ground, s.
    pub off_s: f64,
    /// The foot meets the ground, s.
    pub on_s: f64,
    /// Where it leaves.
    pub from: Print,
    /// Where it lands.
    pub to: Print,
    /// Rotation.
    pub pitch: Pitch,
    /// Lift beyond what the rotation does, m.
    pub lift_m: f64,
    /// How far the sole gives way at contact, m.
    pub impact_m: f64,
}

/// What an inertial sensor of perfect quality reads: x forward, y to the left, z up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotionSample {
    /// Acceleration with gravity, g.
    pub acceleration_g: [f64; 3],
    /// Angular velocity, degrees per second.
    pub angular_velocity_dps: [f64; 3],
}

impl MotionSample {
    /// A foot at rest on level ground.
    pub const REST: Self = Self {
        acceleration_g: [0.0, 0.0, 1.0],
        angular_velocity_dps: [0.0; 3],
    };
}

impl Swing {
    /// First and last time of movement, s.
    #[must_use]
    pub fn span_s(&self) -> (f64, f64) {
        let (from, to) = self.pitch.span_s();
        (from.min(self.off_s), to.max(self.on_s + IMPACT_S))
    }

    /// Distance on the ground, m.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        hypot(self.to.x_m - self.from.x_m, self.to.y_m - self.from.y_m)
    }

    /// Change of heading, degrees, positive to the left.
    #[must_use]
    pub fn yaw_deg(&self) -> f64 {
        (self.to.heading_rad - self.from.heading_rad).to_degrees()
    }

    /// Pitch at contact, degrees, toes up positive.
    #[must_use]
    pub fn contact_pitch_deg(&self) -> f64 {
        -self.pitch.at(self.on_s).value.to_degrees()
    }

    /// Highest rise of the insole over the higher of the two places, m.
    #[must_use]
    pub fn clearance_m(&self) -> f64 {
        let (from_s, to_s) = self.span_s();
        let ground_m = self.from.z_m.max(self.to.z_m);
        let height = |k: u32| {
            let share = f64::from(k) / f64::from(CLEARANCE_STEPS);
            self.height(from_s + share * (to_s - from_s)).value - ground_m
        };
        (0..=CLEARANCE_STEPS).map(height).fold(0.0, f64::max)
    }

    /// How much the foot rolls over its ball and over its heel at a time.
    fn rolling(&self, time_s: f64) -> (Jet, Jet) {
        let middle_s = self.off_s + HAND_OVER * (self.on_s - self.off_s);
        (
            Jet::constant(1.0) - Jet::ramp(time_s, self.off_s, middle_s),
            Jet::ramp(time_s, middle_s, self.on_s),
        )
    }

    /// Height of the insole, m.
    fn height(&self, time_s: f64) -> Jet {
        let (over_ball, over_heel) = self.rolling(time_s);
        let lean = self.pitch.at(time_s).sin();
        let climb = Jet::ramp(time_s, self.off_s, self.on_s) * (self.to.z_m - self.from.z_m);
        over_ball * lean * BEHIND_BALL_M - over_heel * lean * BEFORE_HEEL_M
            + climb
            + Jet::bump(time_s, self.off_s, self.on_s) * self.lift_m
            + Jet::constant(self.from.z_m)
            - Jet::bump(time_s, self.on_s, self.on_s + IMPACT_S) * self.impact_m
    }

    /// What the inertial sensor reads at a time.
    #[must_use]
    pub fn sample(&self, time_s: f64) -> MotionSample {
        let pitch = self.pitch.at(time_s);
        let way = Jet::ramp(time_s, self.off_s, self.on_s);
        let heading = Jet::constant(self.from.heading_rad)
            + way * (self.to.heading_rad - self.from.heading_rad);
        let (sin_pitch, cos_pitch) = (pitch.sin(), pitch.cos());
        let (sin_heading, cos_heading) = (heading.sin(), heading.cos());
        let (over_ball, over_heel) = self.rolling(time_s);
        let short = Jet::constant(1.0) - cos_pitch;
        let rolled = over_ball * short * BEHIND_BALL_M - over_heel * short * BEFORE_HEEL_M;
        let x = way * (self.to.x_m - self.from.x_m) + rolled * cos_heading;
        let y = way * (self.to.y_m - self.from.y_m) + rolled * sin_heading;
        let z = self.height(time_s);
        let gravity = laws().constants.gravity_mps2.value;
        let forward = cos_heading.value * x.bend + sin_heading.value * y.bend;
        let leftward = cos_heading.value * y.bend - sin_heading.value * x.bend;
        let upward = z.bend + gravity;
        let (sin, cos) = (sin_pitch.value, cos_pitch.value);
        MotionSample {
            acceleration_g: [
                (cos * forward - sin * upward) / gravity,
                leftward / gravity,
                (sin * forward + cos * upward) / gravity,
            ],
            angular_velocity_dps: [-sin * heading.rate, pitch.rate, cos * heading.rate]
                .map(f64::to_degrees),
        }
    }
}
