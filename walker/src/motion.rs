//! The inertial sensors of one insole: the swings of its foot, and what bias, noise, range and resolution make of them.

use gait::recording::{InsoleMotion, Side};
use rand_chacha::ChaCha8Rng;

use crate::activity::Posture;
use crate::bout::Bout;
use crate::course::Print;
use crate::device::MotionDevice;
use crate::faults::Faults;
use crate::insole::quantised;
use crate::laws::laws;
use crate::pattern::GaitPattern;
use crate::person::side_sign;
use crate::pitch::{Pitch, Rates, SwingTimes};
use crate::posture::Episode;
use crate::random::{Purpose, StreamKey, normal};
use crate::swing::{MotionSample, Swing};

/// Speeds of rotation are those of a speed within this range, m/s [A].
const RATE_SPEEDS: (f64, f64) = (0.2, 3.0);
/// The sole gives way at contact by this much per m/s beyond a speed, m: peaks of some 1.4, 2.4 and 4.3 g at 0.51, 1.12
/// and 1.94 m/s (one person's Moticon walks).
const IMPACT_PER_MPS: f64 = 0.0019;
const IMPACT_FROM_MPS: f64 = 0.3;
/// Taking a shoe off or putting it on takes this long, tilts and lifts it this much [A].
const HANDLING_S: f64 = 2.0;
const HANDLING_DPS: f64 = 60.0;
const HANDLING_LIFT_M: f64 = 0.15;

/// All movements of one foot in a bout, in order of time.
#[must_use]
pub fn bout_swings(bout: &Bout, side: Side) -> Vec<Swing> {
    let transfer_s = laws().constants.weight_transfer_s.value;
    let stance = |k: usize| {
        let contact = bout.contacts.get(k);
        contact.map_or((bout.closing_s, transfer_s), |c| (c.ic_s, c.fc_s - c.ic_s))
    };
    let mut swings = Vec::new();
    if side == bout.first_side() {
        let (on_s, stance_after_s) = stance(1);
        let times = SwingTimes {
            stance_before_s: transfer_s,
            off_s: bout.lift_s,
            on_s,
            stance_after_s,
        };
        swings.push(swing(
            &bout.pattern,
            &times,
            bout.first_print,
            bout.prints[1],
        ));
    }
    let last = bout.contacts.len() - 1;
    for (k, contact) in bout.contacts.iter().enumerate().take(last) {
        if contact.side != side {
            continue;
        }
        let (on_s, stance_after_s) = stance(k + 2);
        let times = SwingTimes {
            stance_before_s: contact.fc_s - contact.ic_s,
            off_s: contact.fc_s,
            on_s,
            stance_after_s,
        };
        let (from, to) = (bout.prints[k], bout.prints[k + 2]);
        swings.push(swing(&bout.pattern, &times, from, to));
    }
    swings
}

fn swing(pattern: &GaitPattern, times: &SwingTimes, from: Print, to: Print) -> Swing {
    let row = pattern.numbers();
    let mut swing = Swing {
        off_s: times.off_s,
        on_s: times.on_s,
        from,
        to,
        pitch: Pitch::handled(times.off_s, times.on_s, 0.0),
        lift_m: row.lift_m,
        impact_m: 0.0,
    };
    // Shorter steps (the first, the last, those of a turn) are rotated as slower walking is.
    let stride_share = swing.length_m() / (2.0 * pattern.step_length_m());
    let speed_mps = (pattern.speed_mps * stride_share).clamp(RATE_SPEEDS.0, RATE_SPEEDS.1);
    let rates = Rates::at_speed(speed_mps, row.slap_dps_per_mps * speed_mps);
    swing.pitch = Pitch::of_swing(
        times,
        &Rates {
            push_off_dps: rates.push_off_dps * row.push_off_rate,
            swing_dps: rates.swing_dps * row.swing_rate,
            ..rates
        },
    );
    swing.impact_m = IMPACT_PER_MPS * (speed_mps - IMPACT_FROM_MPS).max(0.0);
    swing
}

/// Movements of taking the shoes off and putting them on.
#[must_use]
pub fn handling(episodes: &[Episode]) -> Vec<Swing> {
    let unworn = episodes
        .iter()
        .filter(|episode| episode.posture == Posture::Unworn);
    unworn
        .flat_map(|episode| {
            let off_s = episode.start_s;
            let on_s = (episode.end_s - HANDLING_S).max(off_s + HANDLING_S);
            [off_s, on_s].map(|from_s| Swing {
                off_s: from_s,
                on_s: from_s + HANDLING_S,
                from: Print::default(),
                to: Print::default(),
                pitch: Pitch::handled(from_s, from_s + HANDLING_S, HANDLING_DPS),
                lift_m: HANDLING_LIFT_M,
                impact_m: 0.0,
            })
        })
        .filter(|swing| swing.on_s <= episodes.last().map_or(0.0, |last| last.end_s))
        .collect()
}

/// The inertial sensors of one insole.
#[derive(Clone, Debug)]
pub struct MotionSensor<'a> {
    device: &'a MotionDevice,
    faults: &'a Faults,
    /// Sign of what a mirror turns around: y of acceleration, x and z of angular velocity.
    mirror: f64,
    /// Bias of the angular velocity, degrees per second.
    pub gyro_bias_dps: [f64; 3],
    noise: ChaCha8Rng,
}

impl<'a> MotionSensor<'a> {
    /// Draws the sensor of foot `index` (0 swings first).
    #[must_use]
    pub fn draw(
        device: &'a MotionDevice,
        faults: &'a Faults,
        key: StreamKey,
        side: Side,
        index: u64,
    ) -> Self {
        let mut noise = key.rng(Purpose::MotionNoise, index);
        let mirror = side_sign(side);
        let bias = [mirror, 1.0, mirror]
            .map(|sign| sign * device.gyro_bias_sd_dps.value * normal(&mut noise));
        Self {
            device,
            faults,
            mirror,
            gyro_bias_dps: if faults.motion { bias } else { [0.0; 3] },
            noise,
        }
    }

    /// Reads the sensor at ascending times; outside the swings the foot is at rest.
    #[must_use]
    pub fn read(
        &mut self,
        swings: &[Swing],
        times_s: impl ExactSizeIterator<Item = f64>,
    ) -> InsoleMotion {
        let mut motion = InsoleMotion::default();
        let columns = motion
            .acceleration_g
            .iter_mut()
            .chain(&mut motion.angular_velocity_dps);
        columns.for_each(|column| column.reserve_exact(times_s.len()));
        let mut next = 0;
        for time_s in times_s {
            while swings
                .get(next)
                .is_some_and(|swing| swing.span_s().1 < time_s)
            {
                next += 1;
            }
            let moving = swings.get(next).filter(|swing| swing.span_s().0 <= time_s);
            let exact = moving.map_or(MotionSample::REST, |swing| swing.sample(time_s));
            let seen = self.perceive(exact);
            for axis in 0..3 {
                motion.acceleration_g[axis].push(seen.acceleration_g[axis] as f32);
                motion.angular_velocity_dps[axis].push(seen.angular_velocity_dps[axis] as f32);
            }
        }
        motion
    }

    fn perceive(&mut self, exact: MotionSample) -> MotionSample {
        let mut seen = exact;
        if self.faults.motion {
            let mirror = self.mirror;
            for (value, sign) in seen.acceleration_g.iter_mut().zip([1.0, mirror, 1.0]) {
                *value += sign * self.device.accel_noise_g.value * normal(&mut self.noise);
            }
            let rates = seen.angular_velocity_dps.iter_mut();
            for ((value, bias), sign) in rates.zip(self.gyro_bias_dps).zip([mirror, 1.0, mirror]) {
                *value += bias + sign * self.device.gyro_noise_dps.value * normal(&mut self.noise);
            }
        }
        if self.faults.clamp {
            clamp(&mut seen.acceleration_g, self.device.accel_range_g.value);
            clamp(
                &mut seen.angular_velocity_dps,
                self.device.gyro_range_dps.value,
            );
        }
        if self.faults.quantise {
            let steps = self.device.accel_steps_per_g.value;
            seen.acceleration_g = seen.acceleration_g.map(|g| (g * steps).round() / steps);
            let quantum = self.device.gyro_quantum_dps.value;
            seen.angular_velocity_dps = seen.angular_velocity_dps.map(|w| quantised(w, quantum));
        }
        seen
    }
}

fn clamp(values: &mut [f64; 3], range: f64) {
    values
        .iter_mut()
        .for_each(|value| *value = value.clamp(-range, range));
}
