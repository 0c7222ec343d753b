//! One seed decides everything: each use of chance has a stream of its own, so that adding one never moves another, and nothing
//! but the seed has to be kept to go on where a run was left.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a stream is for. The numbers are part of every event-log hash: append, never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Ids, tokens, salts and jitter of the server.
    Server = 1,
    /// What a person does on a day.
    Day = 3,
    /// What the clinicians do on a day.
    Desk = 4,
    /// What goes wrong, and when.
    Weather = 5,
    /// The network, message by message.
    Network = 6,
    /// The push gateway, message by message.
    Gateway = 7,
    /// In which order tasks get their turn.
    Turns = 8,
    /// Ids a phone makes.
    Ids = 9,
    /// Whether there are two servers, and what befalls each.
    Nodes = 10,
    /// Which of two servers answers, request by request.
    Balance = 11,
}

/// The stream of one use, for one person or thing, on one day.
pub(crate) fn stream(seed: u64, purpose: Use, who: u64, day: u32) -> ChaCha8Rng {
    let words = [seed, who, u64::from(day), purpose as u64];
    let mut key = [0; 32];
    for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    // Apart from the walkers' streams, whose keys are laid out alike.
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(1 << 32);
    rng
}
