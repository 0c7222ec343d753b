//! The doors to time, chance and threads.
//!
//! Nothing outside this module reads a clock, draws a random number or starts a task or a thread
//! (`clippy.toml` says so with a reason). That is what lets the whole server run under a virtual
//! clock and a seed without any other code knowing it.

pub mod clock;
pub mod entropy;
pub mod house;
pub mod ids;
pub mod password_cost;
pub mod spawn;
pub mod step;

use std::sync::Arc;

use crate::push::PushChannel;

/// The outside world as the server sees it; handed in when it starts.
#[derive(Clone)]
pub struct Doors {
    /// What time it is, and waiting for a later one.
    pub clock: Arc<dyn clock::Clock>,
    /// Random bytes: ids, tokens, salts, jitter.
    pub entropy: Arc<dyn entropy::Entropy>,
    /// Where prompts leave the house.
    pub push: Arc<dyn PushChannel>,
    /// Where work that may block runs.
    pub blocking: spawn::Blocking,
    /// What hashing a password costs.
    pub password_cost: password_cost::PasswordCost,
}

impl Doors {
    /// The real clock and the operating system's randomness with the given push channel.
    pub fn real(push: Arc<dyn PushChannel>) -> Self {
        Self {
            clock: Arc::new(clock::WallClock),
            entropy: Arc::new(entropy::OsEntropy::default()),
            push,
            blocking: spawn::Blocking::Threads,
            password_cost: password_cost::PasswordCost::OWASP,
        }
    }

    /// Ids made from this world's clock and randomness.
    pub fn ids(&self) -> ids::Ids {
        ids::Ids::new(self.clock.clone(), self.entropy.clone())
    }
}
