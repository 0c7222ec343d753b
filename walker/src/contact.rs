//! Contacts of the feet with the ground in continuous time, and the scaling that closes the impulse.

use gait::recording::Side;

use crate::grf::StanceCurve;
use crate::maths::smooth;

/// One foot on the ground during walking.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Which foot.
    pub side: Side,
    /// Initial contact, s from the first sample.
    pub ic_s: f64,
    /// Final contact (the foot leaves), s.
    pub fc_s: f64,
    /// Shape of the force over this stance.
    pub curve: StanceCurve,
    /// Factor on the shape that closes the impulse.
    pub scale: f64,
    /// Whether the forefoot lands first.
    pub forefoot_first: bool,
}

/// A foot that lands forefoot first is loaded as late in stance, comes down, and rolls on from there: phases at contact
/// and when the heel is down, and the share of stance that takes [A].
const FOREFOOT_LANDING: (f64, f64, f64) = (0.78, 0.55, 0.3);

impl Contact {
    /// Stance phase at a time: 0 at initial, 1 at final contact; outside that range the foot is in the air.
    #[must_use]
    pub fn phase(&self, time_s: f64) -> f64 {
        (time_s - self.ic_s) / (self.fc_s - self.ic_s)
    }

    /// Phase of the heel-first stance whose pressures this foot has at a time.
    #[must_use]
    pub fn roll_phase(&self, time_s: f64) -> f64 {
        let phase = self.phase(time_s);
        let (contact, flat, until) = FOREFOOT_LANDING;
        if !self.forefoot_first {
            phase
        } else if phase < until {
            contact + (flat - contact) * smooth(phase / until)
        } else {
            flat + (1.0 - flat) * (phase - until) / (1.0 - until)
        }
    }

    /// Force at a time, body weights; 0 outside the contact.
    #[must_use]
    pub fn force_bw(&self, time_s: f64) -> f64 {
        let phase = self.phase(time_s);
        if (0.0..=1.0).contains(&phase) {
            self.scale * self.curve.force_bw(phase)
        } else {
            0.0
        }
    }

    /// Impulse between two times, body weight seconds.
    #[must_use]
    pub fn impulse_bw_s(&self, from_s: f64, to_s: f64) -> f64 {
        self.scale * self.shape_impulse(from_s, to_s)
    }

    /// Times at which the force first exceeds and last falls below a threshold (body weights).
    #[must_use]
    pub fn threshold_times(&self, threshold_bw: f64) -> (f64, f64) {
        let knots = self.curve.knots();
        let above = |phase: f64| self.scale * self.curve.force_bw(phase) > threshold_bw;
        let rise = knots.iter().position(|&knot| above(knot));
        let fall = knots.iter().rposition(|&knot| above(knot));
        let at = |phase: f64| self.ic_s + phase * (self.fc_s - self.ic_s);
        match (rise, fall) {
            (Some(rise), Some(fall)) => {
                let before = knots[rise.saturating_sub(1)];
                let after = knots[(fall + 1).min(knots.len() - 1)];
                (
                    at(bisect(before, knots[rise], above)),
                    at(bisect(after, knots[fall], above)),
                )
            }
            _ => (self.ic_s, self.fc_s),
        }
    }

    fn shape_impulse(&self, from_s: f64, to_s: f64) -> f64 {
        let integral = |time_s: f64| self.curve.integral(self.phase(time_s));
        (self.fc_s - self.ic_s) * (integral(to_s) - integral(from_s))
    }
}

/// The edge between a phase where `holds` is false and one where it is true; 50 halvings reach rounding.
pub(crate) fn bisect(mut outside: f64, mut inside: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..50 {
        let middle = 0.5 * (outside + inside);
        if holds(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

/// The shape impulses of one side in steady gait: before and after the other foot's contact, per step pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NominalImpulse {
    /// From the foot's contact to the other foot's, body weight seconds at scale 1.
    pub leading: f64,
    /// From the other foot's contact to final contact.
    pub trailing: f64,
    /// Time between those two contacts, s.
    pub step_s: f64,
}

/// The common scale of both feet in steady gait, and the impulse that steps of the first foot carry beyond body weight.
///
/// Over a periodic cycle the mean total force is body weight, so `scale = cycle time / shape impulse of both feet`; one
/// scale for both keeps the difference between the feet that the shapes ask for. The excess of one step is taken back
/// by the next.
#[must_use]
pub fn steady_closure(first: NominalImpulse, second: NominalImpulse) -> (f64, f64) {
    let shapes = first.leading + first.trailing + second.leading + second.trailing;
    let scale = (first.step_s + second.step_s) / shapes;
    (
        scale,
        scale * (first.leading + second.trailing) - first.step_s,
    )
}

/// Scales contacts `1..` so that each pair of consecutive steps carries exactly body weight times its duration.
///
/// `contacts[0]` keeps its scale (it is already on the ground when walking starts) and `contacts[k]` belongs to the step
/// that begins with it. With leading part P and trailing part Q of each shape, `a_k P_k = T_k +/- excess - a_{k-1} Q_{k-1}`;
/// Q is about a seventh of P, so a deviation dies out within two steps. The contact after the last closed step is left.
/// What the swinging foot drags (`drag_bw`) is carried by neither contact.
pub fn close_impulse(contacts: &mut [Contact], excess: f64, drag_bw: f64) {
    for k in 1..contacts.len().saturating_sub(1) {
        let (from_s, to_s) = (contacts[k].ic_s, contacts[k + 1].ic_s);
        let trailing = contacts[k - 1].impulse_bw_s(from_s, to_s);
        let surplus = if k % 2 == 1 { excess } else { -excess };
        let dragged = drag_bw * (to_s - contacts[k - 1].fc_s.max(from_s));
        let wanted = to_s - from_s + surplus - trailing - dragged;
        contacts[k].scale = wanted / contacts[k].shape_impulse(from_s, to_s);
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::grf::Peaks;

    fn contact(ic_s: f64, fc_s: f64) -> Contact {
        let curve = StanceCurve::new(Peaks::at_speed(1.2));
        Contact {
            side: Side::Left,
            ic_s,
            fc_s,
            curve,
            scale: 1.0,
            forefoot_first: false,
        }
    }

    #[test]
    fn threshold_times_lie_where_the_force_equals_the_threshold() {
        let contact = contact(2.0, 2.65);
        let (rise, fall) = contact.threshold_times(0.05);
        assert_abs_diff_eq!(contact.force_bw(rise), 0.05, epsilon = 1e-9);
        assert_abs_diff_eq!(contact.force_bw(fall), 0.05, epsilon = 1e-9);
        assert!(rise - 2.0 < 0.002 && 2.65 - fall < 0.006, "{rise} {fall}");
    }

    #[test]
    fn the_scaling_recursion_forgets_a_wrong_start() {
        let chain = |first_scale| {
            let mut contacts: Vec<Contact> = (0..12)
                .map(|k| contact(0.5 * f64::from(k), 0.5 * f64::from(k) + 0.62))
                .collect();
            contacts[0].scale = first_scale;
            close_impulse(&mut contacts, 0.0, 0.0);
            contacts[10].scale
        };
        assert_abs_diff_eq!(chain(1.0), chain(1.3), epsilon = 1e-6);
    }
}
