//! Zero-velocity integration: the way of the foot between two moments at which it stands still.

use super::midstance::StillMoment;
use super::rotation::{Rotation, Vector};
use super::segment::{Inertial, Segment};

/// Standard gravity, m/s².
const GRAVITY: f64 = 9.80665;

/// The way of one foot from one stance to the next, before it is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Path {
    /// Distance over ground, m.
    pub(super) length_m: f64,
    /// Change of heading, degrees, positive to the left.
    pub(super) yaw_deg: f64,
    /// Rise from start to end, m.
    pub(super) height_gain_m: f64,
    /// Largest height above the straight line from start to end, m.
    pub(super) clearance_m: f64,
    /// Pitch at the contact against the stance that follows, degrees, toes up positive.
    pub(super) contact_pitch_deg: f64,
}

/// Integrates from `from` to `to`; `contact` is the sample of the initial contact between them. `None` where samples
/// are missing or the numbers lead nowhere.
pub(super) fn path(
    inertial: &Inertial<'_>,
    from: &StillMoment,
    to: &StillMoment,
    contact: usize,
    bias_dps: Vector,
) -> Option<Path> {
    let segment = inertial.segment(from.at..to.at + 1)?;
    let step_s = 1.0 / inertial.sampling_hz;
    let start = Rotation::upright(from.up)?;
    let walked = Walked::along(&segment, start, bias_dps, step_s, contact - from.at);
    let path = walked.path(start, to.up, step_s)?;
    let finite = [
        path.length_m,
        path.yaw_deg,
        path.height_gain_m,
        path.clearance_m,
        path.contact_pitch_deg,
    ];
    finite.iter().all(|v| v.is_finite()).then_some(path)
}

/// The state at the end of an integration, with velocity drift still in it.
struct Walked {
    end: Rotation,
    contact: Rotation,
    velocity: Vector,
    position: Vector,
    heights_m: Vec<f64>,
}

impl Walked {
    fn along(
        segment: &Segment<'_>,
        start: Rotation,
        bias_dps: Vector,
        step_s: f64,
        contact: usize,
    ) -> Self {
        let [ax, ay, az] = &segment.acceleration_g;
        let [wx, wy, wz] = &segment.angular_velocity_dps;
        let acceleration = ax.iter().zip(ay.iter()).zip(az.iter());
        let rotation = wx.iter().zip(wy.iter()).zip(wz.iter());
        let (mut q, mut at_contact) = (start, start);
        let (mut v, mut p) = ([0.0; 3], [0.0; 3]);
        let mut heights_m = Vec::with_capacity(ax.len());
        let mut last: Option<(Vector, Vector)> = None;
        let [bx, by, bz] = bias_dps;
        for (k, (((ax, ay), az), ((wx, wy), wz))) in acceleration.zip(rotation).enumerate() {
            let w = [
                f64::from(*wx) - bx,
                f64::from(*wy) - by,
                f64::from(*wz) - bz,
            ];
            if let Some((before, _)) = last {
                q = q.turned(middle(before, w).map(|dps| dps.to_radians() * step_s));
            }
            let felt = [f64::from(*ax), f64::from(*ay), f64::from(*az)];
            let [x, y, z] = q.apply(felt).map(|g| g * GRAVITY);
            let a = [x, y, z - GRAVITY];
            if let Some((_, before)) = last {
                let faster = added(v, middle(before, a), step_s);
                p = added(p, middle(v, faster), step_s);
                v = faster;
            }
            heights_m.push(p[2]);
            if k == contact {
                at_contact = q;
            }
            last = Some((w, a));
        }
        Self {
            end: q,
            contact: at_contact,
            velocity: v,
            position: p,
            heights_m,
        }
    }

    /// The foot stands still at both ends: the velocity left at the end is error that grew evenly, and its integral is
    /// taken out of the position. Gravity must be upright at the end too: a tilt error e that grew evenly over T let
    /// g e t / T leak into the horizontal acceleration, which after the first correction leaves -g e T² / 12.
    fn path(&self, start: Rotation, end_up: Vector, step_s: f64) -> Option<Path> {
        let steps = self.heights_m.len().checked_sub(1).filter(|n| *n > 0)? as f64;
        let time_s = steps * step_s;
        let [x, y, z] = added(self.position, self.velocity, -0.5 * time_s);
        let [tilt_x, tilt_y, _] = self.end.apply(end_up);
        let leak = GRAVITY * time_s * time_s / 12.0;
        let (x, y) = (x + leak * tilt_x, y + leak * tilt_y);
        let drift = self.velocity[2] * step_s / (2.0 * steps);
        let over_chord = |(k, height): (usize, &f64)| {
            let k = k as f64;
            height - drift * k * k - z * k / steps
        };
        let highest = self.heights_m.iter().enumerate().map(over_chord);
        Some(Path {
            length_m: x.hypot(y),
            yaw_deg: wrapped((self.end.heading() - start.heading()).to_degrees()),
            height_gain_m: z,
            clearance_m: highest.fold(0.0, f64::max),
            contact_pitch_deg: (self.contact.toes_up() - self.end.toes_up()).to_degrees(),
        })
    }
}

fn middle(a: Vector, b: Vector) -> Vector {
    [
        0.5 * (a[0] + b[0]),
        0.5 * (a[1] + b[1]),
        0.5 * (a[2] + b[2]),
    ]
}

fn added(a: Vector, b: Vector, scale: f64) -> Vector {
    [
        a[0] + b[0] * scale,
        a[1] + b[1] * scale,
        a[2] + b[2] * scale,
    ]
}

/// The same direction within a half turn to either side.
fn wrapped(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    if turned > 180.0 {
        turned - 360.0
    } else {
        turned
    }
}
