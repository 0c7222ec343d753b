//! Chance from a seed: what the run does at which moment, though not how fast the machine is.

use std::time::Duration;

use footing_server::rt::entropy::{Entropy, SeededEntropy};

/// A stream of random numbers.
pub(crate) struct Chance(SeededEntropy);

impl Chance {
    /// The stream of one actor in this run. `FOOTING_CHAOS_SEED` chooses another run.
    pub(crate) fn of(actor: &str, number: usize) -> Self {
        let seed = std::env::var("FOOTING_CHAOS_SEED")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(1_u64);
        // FNV-1a keeps actors apart; nothing depends on its quality.
        let name = format!("{seed} {actor} {number}");
        let mixed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(SeededEntropy::new(mixed))
    }

    /// One of `0..bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A time from `low` to `high` ms.
    pub(crate) fn millis(&self, low: u64, high: u64) -> Duration {
        Duration::from_millis(low + self.below(high - low))
    }
}
