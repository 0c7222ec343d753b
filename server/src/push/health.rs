//! How the gateways are, for operators.

use jiff::Timestamp;

/// The gateway behind a target, as a channel tells them apart: empty where there is only one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Upstream(String);

impl Upstream {
    /// A gateway named by its host.
    pub fn new(host: &str) -> Self {
        Self(host.to_owned())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a channel is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelHealth {
    /// Gateways that are being left alone.
    pub open: Vec<OpenCircuit>,
    /// How often a gateway began to be left alone since the process started.
    pub openings: u64,
}

/// A gateway that is being left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCircuit {
    /// Which channel.
    pub channel: &'static str,
    /// Which gateway of it.
    pub upstream: Upstream,
    /// Since when.
    pub since: Timestamp,
    /// What it said last.
    pub code: String,
}

impl ChannelHealth {
    /// Whether every gateway is being used.
    pub fn is_healthy(&self) -> bool {
        self.open.is_empty()
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.open.extend(other.open);
        self.openings += other.openings;
        self
    }
}
