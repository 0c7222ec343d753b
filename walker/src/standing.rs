//! How weight is shared between the feet while standing: wandering around a mode, with shifts from side to side.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::laws::laws;
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
        }
    }

    /// The share now.
    #[must_use]
    pub fn share(&self) -> f64 {
        (self.mode + self.wander + self.bias).clamp(SHARE_RANGE.0, SHARE_RANGE.1)
    }

    /// Moves on by `dt_s`: first-order autoregression, shifts at exponential waiting times towards the other side.
    pub fn advance(&mut self, dt_s: f64) {
        let c = &laws().constants;
        let keep = (-dt_s / c.standing_share_time_s.value).exp();
        let sd = c.standing_share_sd.value;
        self.wander = keep * self.wander + sd * (1.0 - keep * keep).sqrt() * normal(&mut self.rng);
        let jump: f64 = self.rng.random();
        if jump < dt_s / c.standing_jump_interval_s.value {
            let size = self
                .rng
                .random_range(c.standing_jump_min.value..c.standing_jump_max.value);
            self.goal = if self.goal > 0.5 {
                self.goal - size
            } else {
                self.goal + size
            };
        }
        // A shift takes about the time of a weight transfer.
        let pace = (-dt_s * 3.0 / c.weight_transfer_s.value).exp();
        self.mode = self.goal + (self.mode - self.goal) * pace;
    }
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
        for _ in 0..120_000 {
            standing.advance(0.01);
            let share = standing.share();
            assert!((0.1..=0.9).contains(&share));
            assert!((share - before).abs() < 0.04, "jump of {}", share - before);
            before = share;
            sum += share;
        }
        assert_abs_diff_eq!(sum / 120_000.0, 0.5, epsilon = 0.15);
    }

    #[test]
    fn a_bias_moves_the_share_to_the_short_leg() {
        let mean = |bias| {
            let mut standing =
                StandingShare::new(StreamKey::from_seed(5).rng(Purpose::Standing, 0), bias);
            (0..2000)
                .map(|_| {
                    standing.advance(0.01);
                    standing.share()
                })
                .sum::<f64>()
                / 2000.0
        };
        assert_abs_diff_eq!(mean(0.03) - mean(0.0), 0.03, epsilon = 1e-6);
    }
}
