//! How weight is shared between the feet while standing: wandering around a mode, with shifts from side to side.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::laws::laws;
use crate::maths::exp;
use crate::random::normal;

/// Both feet keep some weight [A].
const SHARE_RANGE: (f64, f64) = (0.1, 0.9);

/// The share of body weight on one foot, sample by sample.
#[derive(Clone, Debug)]
pub struct StandingShare {
    rng: ChaCha8Rng,
    mode: f64,
    goal: f64,
    wander: f64,
    bias: f64,
    /// A fidget under way: when it ends and the share to return to.
    fidget: Option<(f64, f64)>,
    /// Shifts so far.
    pub shifts: Vec<Shift>,
}

impl StandingShare {
    /// Starts at one of the two preferred modes; `bias` is added for good (a leg-length difference).
    #[must_use]
    pub fn new(mut rng: ChaCha8Rng, bias: f64) -> Self {
        let mode = laws().constants.standing_share_mode.value;
        let goal = if rng.random::<bool>() {
            mode
        } else {
            1.0 - mode
        };
        Self {
            rng,
            mode: goal,
            goal,
            wander: 0.0,
            bias,
            fidget: None,
            shifts: Vec::new(),
        }
    }

    /// The share now.
    #[must_use]
    pub fn share(&self) -> f64 {
        (self.mode + self.wander + self.bias).clamp(SHARE_RANGE.0, SHARE_RANGE.1)
    }

    /// Moves on by `dt_s` from `time_s`: first-order autoregression; shifts towards the other side and fidgets (out and
    /// back) at exponential waiting times.
    pub fn advance(&mut self, time_s: f64, dt_s: f64) {
        let c = &laws().constants;
        let keep = exp(-dt_s / c.standing_share_time_s.value);
        let sd = c.standing_share_sd.value;
        self.wander = keep * self.wander + sd * (1.0 - keep * keep).sqrt() * normal(&mut self.rng);
        let (shift, fidget): (f64, f64) = (self.rng.random(), self.rng.random());
        if let Some((back_s, home)) = self.fidget {
            if time_s >= back_s {
                self.goal = home;
                self.fidget = None;
            }
        } else if shift < dt_s / c.standing_jump_interval_s.value {
            self.shift(time_s);
        } else if fidget < dt_s / c.standing_fidget_interval_s.value {
            let length = c.standing_fidget_min_s.value..c.standing_fidget_max_s.value;
            let home = self.goal;
            let back_s = time_s + self.rng.random_range(length);
            self.shift(time_s);
            if let Some(shift) = self.shifts.last_mut() {
                shift.back_s = Some(back_s);
            }
            self.fidget = Some((back_s, home));
        }
        // A shift takes about the time of a weight transfer.
        let pace = exp(-dt_s * 3.0 / c.weight_transfer_s.value);
        self.mode = self.goal + (self.mode - self.goal) * pace;
    }

    /// Moves the goal towards the other side.
    fn shift(&mut self, time_s: f64) {
        let c = &laws().constants;
        let size = self
            .rng
            .random_range(c.standing_jump_min.value..c.standing_jump_max.value);
        let from = self.goal;
        self.goal += if from > 0.5 { -size } else { size };
        self.shifts.push(Shift {
            time_s,
            from,
            to: self.goal,
            back_s: None,
        });
    }
}

/// A shift of weight from one foot to the other; shares are those aimed at, before wandering and bias.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// When it begins, s.
    pub time_s: f64,
    /// Share before.
    pub from: f64,
    /// Share after.
    pub to: f64,
    /// When weight goes back again: a fidget. Absent for a shift that stays.
    pub back_s: Option<f64>,
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::random::{Purpose, StreamKey};

    #[test]
    fn the_share_stays_on_both_feet_and_moves_slowly() {
        let mut standing =
            StandingShare::new(StreamKey::from_seed(5).rng(Purpose::Standing, 0), 0.0);
        let mut before = standing.share();
        let mut sum = 0.0;
        for k in 0..120_000 {
            standing.advance(0.01 * f64::from(k), 0.01);
            let share = standing.share();
            assert!((0.1..=0.9).contains(&share));
            assert!((share - before).abs() < 0.04, "jump of {}", share - before);
            before = share;
            sum += share;
        }
        assert_abs_diff_eq!(sum / 120_000.0, 0.5, epsilon = 0.15);
    }

    #[test]
    fn shifts_and_fidgets_come_as_often_as_asked() {
        let mut standing =
            StandingShare::new(StreamKey::from_seed(6).rng(Purpose::Standing, 0), 0.0);
        for k in 0..3_600_000 {
            standing.advance(0.01 * f64::from(k), 0.01);
        }
        let fidgets = standing
            .shifts
            .iter()
            .filter(|shift| shift.back_s.is_some());
        let (fidgets, all) = (fidgets.count() as f64, standing.shifts.len() as f64);
        // Ten hours: a shift every 90 s and a fidget every 60 s, fewer by the time fidgets take.
        assert_abs_diff_eq!(all - fidgets, 400.0, epsilon = 60.0);
        assert_abs_diff_eq!(fidgets, 600.0, epsilon = 75.0);
        for shift in &standing.shifts {
            let size = (shift.to - shift.from).abs();
            assert!((0.1..=0.4).contains(&size), "{shift:?}");
            assert!(
                shift
                    .back_s
                    .is_none_or(|back_s| back_s - shift.time_s < 4.0)
            );
        }
    }

    #[test]
    fn a_bias_moves_the_share_to_the_short_leg() {
        let mean = |bias| {
            let mut standing =
                StandingShare::new(StreamKey::from_seed(5).rng(Purpose::Standing, 0), bias);
            (0..2000)
                .map(|k| {
                    standing.advance(0.01 * f64::from(k), 0.01);
                    standing.share()
                })
                .sum::<f64>()
                / 2000.0
        };
        assert_abs_diff_eq!(mean(0.03) - mean(0.0), 0.03, epsilon = 1e-6);
    }
}
