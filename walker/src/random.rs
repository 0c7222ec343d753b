//! One seed decides everything: each use of chance has its own named stream, so adding one never moves another.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::maths::ln;

/// Who and when a stream belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamKey {
    /// The seed of the whole run.
    pub seed: u64,
    /// Number of the simulated patient.
    pub patient: u64,
    /// Day number within the run.
    pub day: u32,
    /// Session number within the day.
    pub session: u32,
}

/// What a stream is used for. The numbers are part of every golden value: append, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Body size, age, habits and natural asymmetry of a person.
    Person = 1,
    /// Long-memory part of the step times.
    StepMemory = 2,
    /// White part of the step times.
    StepNoise = 3,
    /// Stance fraction and force peaks of each contact.
    Contacts = 4,
    /// Weight shifts while standing.
    Standing = 5,
    /// Gain and preload of the insoles.
    Gains = 6,
    /// Noise of the sensors.
    SensorNoise = 7,
    /// Lost packets.
    Packets = 8,
    /// Length of each step.
    StepLengths = 9,
    /// Which way a person drifts with fatigue.
    Habits = 10,
    /// Festination: when steps begin to shorten and quicken.
    Festination = 11,
    /// Sitting, getting up, trembling.
    Postures = 12,
    /// Bias and noise of the inertial sensors.
    MotionNoise = 13,
    /// Offset and rate of the insoles' clocks.
    Clocks = 14,
    /// How long samples travel to the host, which come twice or out of turn.
    Arrivals = 15,
    /// How the insole lies in the shoe.
    Placement = 16,
    /// What a scenario varies from session to session.
    Scenario = 17,
}

impl StreamKey {
    /// A key with only a seed.
    #[must_use]
    pub const fn from_seed(seed: u64) -> Self {
        Self {
            seed,
            patient: 0,
            day: 0,
            session: 0,
        }
    }

    /// The generator for one purpose; `index` separates repetitions (bouts, feet).
    ///
    /// The fields are laid side by side in the 256-bit ChaCha key, so distinct keys and purposes never share a stream.
    #[must_use]
    pub fn rng(self, purpose: Purpose, index: u64) -> ChaCha8Rng {
        let words = [
            self.seed,
            self.patient,
            u64::from(self.day) << 32 | u64::from(self.session),
            purpose as u64,
        ];
        let mut key = [0; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(index);
        rng
    }

    /// The key of the person behind the session: the same on every day.
    #[must_use]
    pub const fn of_person(self) -> Self {
        Self {
            day: 0,
            session: 0,
            ..self
        }
    }
}

/// One draw from the standard normal distribution by the polar method (Marsaglia and Bray 1964): only a logarithm and a
/// root, so the bits do not depend on the machine.
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let (x, y) = (symmetric(rng), symmetric(rng));
        let radius = x * x + y * y;
        if radius > 0.0 && radius < 1.0 {
            return x * (-2.0 * ln(radius) / radius).sqrt();
        }
    }
}

/// Uniform between -1 and 1.
fn symmetric(rng: &mut ChaCha8Rng) -> f64 {
    2.0 * rng.random::<f64>() - 1.0
}

/// Waiting time until the next of events that come at random, `mean` apart.
pub(crate) fn waiting(rng: &mut ChaCha8Rng, mean: f64) -> f64 {
    -mean * ln(1.0 - rng.random::<f64>())
}

/// One normal draw held within two standard deviations, for traits that must stay plausible.
pub(crate) fn trait_normal(rng: &mut ChaCha8Rng, mean: f64, sd: f64) -> f64 {
    mean + sd * normal(rng).clamp(-2.0, 2.0)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn normal_draws_have_the_moments_and_tails_of_the_bell() {
        let mut rng = StreamKey::from_seed(3).rng(Purpose::SensorNoise, 0);
        let draws: Vec<f64> = (0..200_000).map(|_| normal(&mut rng)).collect();
        let n = draws.len() as f64;
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / n;
        assert_abs_diff_eq!(moment(1), 0.0, epsilon = 0.01);
        assert_abs_diff_eq!(moment(2), 1.0, epsilon = 0.015);
        assert_abs_diff_eq!(moment(4), 3.0, epsilon = 0.1);
        let beyond_two = draws.iter().filter(|x| x.abs() > 2.0).count() as f64 / n;
        assert_abs_diff_eq!(beyond_two, 0.0455, epsilon = 0.002);
    }

    #[test]
    fn each_field_and_purpose_opens_another_stream() {
        let base = StreamKey {
            seed: 1,
            patient: 2,
            day: 3,
            session: 4,
        };
        let first = |key: StreamKey, purpose, index| key.rng(purpose, index).random::<u64>();
        let mut draws = vec![
            first(base, Purpose::Contacts, 0),
            first(base, Purpose::Contacts, 1),
            first(base, Purpose::Standing, 0),
            first(StreamKey { seed: 9, ..base }, Purpose::Contacts, 0),
            first(StreamKey { patient: 9, ..base }, Purpose::Contacts, 0),
            first(StreamKey { day: 9, ..base }, Purpose::Contacts, 0),
            first(StreamKey { session: 9, ..base }, Purpose::Contacts, 0),
        ];
        assert_eq!(draws[0], first(base, Purpose::Contacts, 0));
        draws.sort_unstable();
        draws.dedup();
        assert_eq!(draws.len(), 7);
    }
}
