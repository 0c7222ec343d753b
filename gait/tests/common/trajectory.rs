//! A foot on a known way: straight strides along a quintic, lifted along a bump, pitched along a profile, turned along a
//! quintic; differentiated to what an insole would feel. The lengths are exact by construction.
#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]

use std::f64::consts::TAU;

use gait::InsoleMotion;

const GRAVITY: f64 = 9.80665;

/// One stride between two rests of a foot.
#[derive(Clone, Copy, Debug)]
pub struct Advance {
    /// The foot leaves its rest at this time, s.
    pub start_s: f64,
    /// It rests again at this time, s.
    pub end_s: f64,
    pub length_m: f64,
    pub yaw_deg: f64,
    pub rise_m: f64,
    /// Rotation about the ankle, 1 in walking.
    pub rotation: f64,
}

/// How true the sensors are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors {
    pub gyro_bias_dps: [f64; 3],
    pub gyro_noise_dps: f64,
    pub acceleration_noise_g: f64,
}

/// Errors measured on resting insoles: bias 0.5 degrees per second, noise 0.15 and 0.003 g.
pub const REAL: Errors = Errors {
    gyro_bias_dps: [0.5, -0.5, 0.5],
    gyro_noise_dps: 0.15,
    acceleration_noise_g: 0.003,
};

const LIFT_M: f64 = 0.10;
/// Rotation of heel-off and swing, degrees; the foot rests inclined as in a shoe with a heel.
const PUSH_OFF_DEG: f64 = 50.0;
const STRIKE_DEG: f64 = -20.0;
const REST_DEG: f64 = 8.0;

fn quintic(s: f64) -> f64 {
    s.powi(3) * (10.0 - 15.0 * s + 6.0 * s * s)
}

/// Place (m), heading and pitch (radians, toes down positive) at a time.
fn pose(strides: &[Advance], t: f64) -> ([f64; 3], f64, f64) {
    let (mut place, mut heading, mut pitch) = ([0.0; 3], 0.0_f64, REST_DEG);
    for stride in strides.iter().take_while(|a| a.start_s < t) {
        let s = ((t - stride.start_s) / (stride.end_s - stride.start_s)).min(1.0);
        // The way follows the heading of its middle.
        let way = heading + 0.5 * stride.yaw_deg.to_radians();
        let far = stride.length_m * quintic(s);
        place[0] += far * way.cos();
        place[1] += far * way.sin();
        place[2] += stride.rise_m * quintic(s) + LIFT_M * (16.0 * (s * (1.0 - s)).powi(2));
        heading += stride.yaw_deg.to_radians() * quintic(s);
        // Two smooth bumps: toes down at push-off, toes up before the strike.
        let bump = |from: f64, to: f64| {
            let u = ((s - from) / (to - from)).clamp(0.0, 1.0);
            64.0 * (u * (1.0 - u)).powi(3)
        };
        pitch += stride.rotation * (PUSH_OFF_DEG * bump(0.0, 0.55) + STRIKE_DEG * bump(0.45, 1.0));
    }
    (place, heading, pitch.to_radians())
}

/// Columns of the insole's axes in the ground's: heading first, then pitch.
fn axes(heading: f64, pitch: f64) -> [[f64; 3]; 3] {
    let (ch, sh, cp, sp) = (heading.cos(), heading.sin(), pitch.cos(), pitch.sin());
    [
        [ch * cp, sh * cp, -sp],
        [-sh, ch, 0.0],
        [ch * sp, sh * sp, cp],
    ]
}

/// A cheap even spread of unit variance, the same on every machine.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((self.0 >> 33) as f64 + 0.5) / f64::from(1_u32 << 31)
        };
        let (a, b) = (uniform(), uniform());
        (-2.0 * a.ln()).sqrt() * (TAU * b).cos()
    }
}

/// What the insole feels at each sample.
pub fn felt(strides: &[Advance], samples: usize, sampling_hz: f64, errors: Errors) -> InsoleMotion {
    let mut motion = InsoleMotion::default();
    let mut noise = Noise(7);
    let h = 1e-4;
    for i in 0..samples {
        let t = i as f64 / sampling_hz;
        let (before, now, after) = (pose(strides, t - h), pose(strides, t), pose(strides, t + h));
        let axes = axes(now.1, now.2);
        let world = [0, 1, 2].map(|k| {
            let gravity = if k == 2 { GRAVITY } else { 0.0 };
            (after.0[k] - 2.0 * now.0[k] + before.0[k]) / (h * h) + gravity
        });
        let (yaw, pitch) = (
            (after.1 - before.1) / (2.0 * h),
            (after.2 - before.2) / (2.0 * h),
        );
        for (k, [x, y, z]) in axes.into_iter().enumerate() {
            let g = (world[0] * x + world[1] * y + world[2] * z) / GRAVITY;
            motion.acceleration_g[k].push((g + errors.acceleration_noise_g * noise.next()) as f32);
            let turned = yaw * z + if k == 1 { pitch } else { 0.0 };
            let dps = turned.to_degrees() + errors.gyro_bias_dps[k];
            motion.angular_velocity_dps[k]
                .push((dps + errors.gyro_noise_dps * noise.next()) as f32);
        }
    }
    motion
}
