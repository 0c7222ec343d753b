//! Kills the server and brings it back, and writes down when.

use std::time::Duration;

use footing_server::rt::clock::real_sleep;

use crate::chance::Chance;
use crate::evidence::{End, Life};
use crate::installation::{Installation, Server};

/// Holds the running server.
pub(crate) struct Killer {
    installation: Installation,
    chance: Chance,
    server: Server,
    lives: Vec<Life>,
}

/// How a server ended that was told to.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    /// Its exit code; `None` when it had to be killed, or died by a signal.
    pub(crate) code: Option<i32>,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Killer {
    pub(crate) fn new(installation: Installation, server: Server) -> Self {
        Self {
            installation,
            chance: Chance::of("killer", 0),
            server,
            lives: Vec::new(),
        }
    }

    /// Where the servers run.
    pub(crate) fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Every life so far, the present one last.
    pub(crate) fn lives(&self) -> Vec<Life> {
        let mut lives = self.lives.clone();
        lives.push(self.server.so_far());
        lives
    }

    /// Kills taken so far.
    pub(crate) fn kills(&self) -> usize {
        self.lives.len()
    }

    /// When the last one was.
    pub(crate) fn last_kill_ms(&self) -> i64 {
        let ends = self.lives.iter().filter_map(|life| life.end);
        ends.filter(|(_, end)| *end == End::Killed)
            .map(|(at_ms, _)| at_ms)
            .max()
            .unwrap_or(0)
    }

    /// Lets the server live for a random time of `low` to `high` ms.
    pub(crate) async fn live_for(&self, low_ms: u64, high_ms: u64) {
        real_sleep(self.chance.millis(low_ms, high_ms)).await;
    }

    /// Kills the server and starts the next one at once.
    pub(crate) async fn kill(&mut self) {
        self.lives.push(self.server.kill());
        self.server = self.installation.serve().await;
    }

    /// Tells the server to stop, gives it `patience`, and starts the next one.
    pub(crate) async fn stop(&mut self, patience: Duration) -> Stop {
        let (life, status, took) = self.server.stop(patience).await;
        self.lives.push(life);
        self.server = self.installation.serve().await;
        Stop {
            code: status.and_then(|status| status.code()),
            took,
        }
    }
}
