//! How a foot rotates between two stances: push-off, swing, and the slap of the forefoot after contact.

use crate::jet::Jet;

/// Angular velocity laws over speed, degrees per second at v m/s: `at 0 + per m/s` (three walks of one person).
const SWING_DPS: (f64, f64) = (130.0, 147.0);
const PUSH_OFF_DPS: (f64, f64) = (70.0, 246.0);
/// Shape of the swing: (share of swing time, factor on the push-off rate, on the swing rate, on the slap rate).
const SHAPE: [(f64, f64, f64, f64); 6] = [
    (0.0, 1.0, 0.0, 0.0),
    (0.2, 0.0, -0.65, 0.0),
    (0.4, 0.0, -1.0, 0.0),
    (0.65, 0.0, -0.83, 0.0),
    (0.9, 0.0, 0.05, 0.0),
    (1.0, 0.0, 0.0, 1.0),
];
/// The foot is flat after this share of the next stance.
const SLAP_SHARE: f64 = 0.18;
/// The heel rises over this share of the stance before, at least and at most.
const RISE_SHARE: (f64, f64) = (0.10, 0.55);

/// Knots of a profile: before push-off, the shape's, and flat again.
const KNOTS: usize = SHAPE.len() + 2;

/// Times and speed that shape the rotation around one swing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SwingTimes {
    /// Stance before it, s.
    pub stance_before_s: f64,
    /// The foot leaves the ground, s.
    pub off_s: f64,
    /// The foot meets the ground, s.
    pub on_s: f64,
    /// Stance after it, s.
    pub stance_after_s: f64,
}

/// Angular velocities that shape the rotation, degrees per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// At push-off, toes turning down.
    pub push_off_dps: f64,
    /// In mid-swing, toes turning up.
    pub swing_dps: f64,
    /// At contact, toes turning down.
    pub slap_dps: f64,
}

impl Rates {
    /// Of walking at a speed.
    #[must_use]
    pub fn at_speed(speed_mps: f64, slap_dps: f64) -> Self {
        let law = |(at_0, per_mps): (f64, f64)| at_0 + per_mps * speed_mps;
        Self {
            push_off_dps: law(PUSH_OFF_DPS),
            swing_dps: law(SWING_DPS),
            slap_dps,
        }
    }
}

/// Pitch of the insole against level ground over time, toes down positive: angular velocity between knots follows a
/// cubic with level ends, so angle and angular velocity are smooth and their integral is exact.
#[derive(Clone, Debug, PartialEq)]
pub struct Pitch {
    time_s: [f64; KNOTS],
    rate_dps: [f64; KNOTS],
    angle_deg: [f64; KNOTS],
}

impl Pitch {
    /// The rotation around a swing, from flat to flat. The heel begins to rise just early enough that the foot comes out
    /// flat; where stance leaves no room for that, the rate in swing gives way.
    #[must_use]
    pub fn of_swing(times: &SwingTimes, rates: &Rates) -> Self {
        let swing_s = times.on_s - times.off_s;
        let slap_s = SLAP_SHARE * times.stance_after_s;
        // Angles of everything after push-off, per unit of swing rate and the rest.
        let part = |pick: fn(&(f64, f64, f64, f64)) -> f64| -> f64 {
            let pairs = SHAPE.windows(2);
            let mean = |pair: &[(f64, f64, f64, f64)]| 0.5 * (pick(&pair[0]) + pick(&pair[1]));
            pairs
                .map(|pair| swing_s * (pair[1].0 - pair[0].0) * mean(pair))
                .sum()
        };
        let rest = rates.push_off_dps * part(|knot| knot.1)
            + rates.slap_dps * (part(|knot| knot.3) + 0.5 * slap_s);
        let wanted_s = 2.0 * (-rates.swing_dps * part(|knot| knot.2) - rest) / rates.push_off_dps;
        let rise_s = wanted_s.clamp(
            RISE_SHARE.0 * times.stance_before_s,
            RISE_SHARE.1 * times.stance_before_s,
        );
        let swing_dps = -(rest + 0.5 * rise_s * rates.push_off_dps) / part(|knot| knot.2);
        let mut time_s = [times.off_s - rise_s; KNOTS];
        let mut rate_dps = [0.0; KNOTS];
        for (k, (share, push, swing, slap)) in SHAPE.iter().enumerate() {
            time_s[k + 1] = times.off_s + share * swing_s;
            rate_dps[k + 1] = push * rates.push_off_dps + swing * swing_dps + slap * rates.slap_dps;
        }
        time_s[KNOTS - 1] = times.on_s + slap_s;
        Self::through(time_s, rate_dps)
    }

    /// The foot tilted and put back, as when a shoe is taken off: up to `rate_dps` between two times.
    #[must_use]
    pub fn handled(from_s: f64, to_s: f64, rate_dps: f64) -> Self {
        let time_s =
            std::array::from_fn(|k| from_s + (to_s - from_s) * k as f64 / (KNOTS - 1) as f64);
        let shape = [0.0, 1.0, 0.5, 0.0, 0.0, -0.5, -1.0, 0.0];
        Self::through(time_s, shape.map(|share| share * rate_dps))
    }

    fn through(time_s: [f64; KNOTS], rate_dps: [f64; KNOTS]) -> Self {
        let mut angle_deg = [0.0; KNOTS];
        for k in 1..KNOTS {
            angle_deg[k] = angle_deg[k - 1]
                + 0.5 * (time_s[k] - time_s[k - 1]) * (rate_dps[k] + rate_dps[k - 1]);
        }
        Self {
            time_s,
            rate_dps,
            angle_deg,
        }
    }

    /// First and last time of rotation, s.
    #[must_use]
    pub const fn span_s(&self) -> (f64, f64) {
        (self.time_s[0], self.time_s[KNOTS - 1])
    }

    /// The pitch at a time, radians; level outside the span.
    #[must_use]
    pub fn at(&self, time_s: f64) -> Jet {
        let k = self.time_s.partition_point(|knot| *knot <= time_s);
        if k == 0 || k == KNOTS {
            return Jet::default();
        }
        let span = self.time_s[k] - self.time_s[k - 1];
        let u = (time_s - self.time_s[k - 1]) / span;
        let (from, change) = (
            self.rate_dps[k - 1],
            self.rate_dps[k] - self.rate_dps[k - 1],
        );
        let (u2, u3) = (u * u, u * u * u);
        Jet {
            value: self.angle_deg[k - 1] + span * (from * u + change * (u3 - 0.5 * u2 * u2)),
            rate: from + change * (3.0 * u2 - 2.0 * u3),
            bend: change * 6.0 * (u - u2) / span,
        } * 1f64.to_radians()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    fn times(stance_s: f64, swing_s: f64) -> SwingTimes {
        SwingTimes {
            stance_before_s: stance_s,
            off_s: 2.0,
            on_s: 2.0 + swing_s,
            stance_after_s: stance_s,
        }
    }

    /// Measured at 1.12 m/s: heel rise over the last third of stance, some 15 degrees toes up at contact.
    #[test]
    fn a_usual_stride_rotates_as_measured() {
        let rates = Rates::at_speed(1.12, 178.0 * 1.12);
        let pitch = Pitch::of_swing(&times(0.83, 0.48), &rates);
        let fastest = |from: f64, to: f64| {
            let rate = |k: u32| pitch.at(from + (to - from) * f64::from(k) / 1000.0).rate;
            (0..=1000)
                .map(rate)
                .fold((0.0f64, 0.0f64), |(low, high), rate| {
                    (low.min(rate), high.max(rate))
                })
        };
        let (low, high) = fastest(1.5, 2.6);
        assert_abs_diff_eq!(low.to_degrees(), -(130.0 + 147.0 * 1.12), epsilon = 1.0);
        assert_abs_diff_eq!(high.to_degrees(), 70.0 + 246.0 * 1.12, epsilon = 1.0);
        let (from, to) = pitch.span_s();
        assert!((0.15..0.45).contains(&((2.0 - from) / 0.83)), "{from}");
        assert!((2.55..2.70).contains(&to));
        let contact = -pitch.at(2.48).value.to_degrees();
        assert!((10.0..22.0).contains(&contact), "{contact}");
    }

    proptest! {
        #[test]
        fn the_foot_comes_out_flat(stance in 0.2..1.5f64, swing in 0.25..0.9f64, speed in 0.3..3.0f64, slap in -200.0..400.0f64) {
            let pitch = Pitch::of_swing(&times(stance, swing), &Rates::at_speed(speed, slap));
            prop_assert!(pitch.angle_deg[KNOTS - 1].abs() < 1e-9);
            let (from, to) = pitch.span_s();
            prop_assert!(from > 2.0 - 0.56 * stance && to < 2.0 + swing + 0.19 * stance);
            for k in 0..KNOTS - 1 {
                let edge = pitch.time_s[k + 1];
                let (before, after) = (pitch.at(edge - 1e-9), pitch.at(edge + 1e-9));
                prop_assert!((before.value - after.value).abs() < 1e-6);
                prop_assert!((before.rate - after.rate).abs() < 1e-4);
            }
        }
    }
}
