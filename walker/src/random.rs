//! One seed decides everything: each use of chance has its own named stream, so adding one never moves another.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

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

/// One draw from the standard normal distribution.
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// One normal draw held within two standard deviations, for traits that must stay plausible.
pub(crate) fn trait_normal(rng: &mut ChaCha8Rng, mean: f64, sd: f64) -> f64 {
    mean + sd * normal(rng).clamp(-2.0, 2.0)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

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
