//! When to leave a gateway alone. Pure: outcomes and the time go in, a decision comes out.
//!
//! ```text
//!            refused once, or failed N times in a row
//!   closed ─────────────────────────────────────────────> open ──┐ the wait, doubled each time
//!     ^                                                    ^     v
//!     └───────────────── the probe succeeded ── half-open ─┴── one probe
//! ```
//!
//! A success is any answer that shows a gateway at work for us, also that a token is dead or a message
//! unacceptable. Answers to requests sent before the last change of state count for nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Outcome;

/// How patient a circuit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitRules {
    /// Failures in a row that open it.
    pub failures: u32,
    /// The first wait.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// How long a probe may take before another is sent: longer than the slowest send.
    pub probe_time: Duration,
}

impl Default for CircuitRules {
    /// Ten failures in a row, then half a minute, doubling up to ten minutes.
    fn default() -> Self {
        Self {
            failures: 10,
            first_wait: Duration::from_secs(30),
            longest_wait: Duration::from_secs(600),
            probe_time: Duration::from_secs(60),
        }
    }
}

/// A circuit.
#[derive(Debug, Clone)]
pub struct Circuit {
    rules: CircuitRules,
    state: State,
    /// Raised with each change of state: tells answers of an earlier one.
    generation: u64,
}

#[derive(Debug, Clone)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        opening: Opening,
        until: Timestamp,
        wait: Duration,
    },
    HalfOpen {
        opening: Opening,
        probe_until: Timestamp,
        wait: Duration,
    },
}

/// What opened a circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Since when it is not closed.
    pub since: Timestamp,
    /// What the gateway said last.
    pub code: String,
}

/// Whether to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; the pass goes back with the outcome.
    Allow(Pass),
    /// Not before this instant.
    OpenUntil(Timestamp),
}

/// Names the state a request was sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass(u64);

impl Circuit {
    /// A closed circuit.
    pub fn new(rules: CircuitRules) -> Self {
        Self {
            rules,
            state: State::Closed { failures: 0 },
            generation: 0,
        }
    }

    /// Whether to send now.
    pub fn allow(&mut self, now: Timestamp) -> Verdict {
        match &self.state {
            State::Closed { .. } => Verdict::Allow(Pass(self.generation)),
            State::Open { until, .. } if now < *until => Verdict::OpenUntil(*until),
            State::HalfOpen { probe_until, .. } if now < *probe_until => {
                Verdict::OpenUntil(*probe_until)
            }
            State::Open { opening, wait, .. } | State::HalfOpen { opening, wait, .. } => {
                let (opening, wait) = (opening.clone(), *wait);
                self.enter(State::HalfOpen {
                    opening,
                    probe_until: later(now, self.rules.probe_time),
                    wait,
                });
                Verdict::Allow(Pass(self.generation))
            }
        }
    }

    /// Takes an outcome into account. `Some` when this one opened a closed circuit: once for each
    /// opening, however long it lasts, so that an operator is called once.
    pub fn record(&mut self, pass: Pass, outcome: &Outcome, now: Timestamp) -> Option<Opening> {
        if pass.0 != self.generation {
            return None;
        }
        match (Sign::of(outcome), self.state.clone()) {
            (Sign::Good, State::Closed { failures: 0 }) => None,
            (Sign::Good, _) => {
                self.enter_if_changed(State::Closed { failures: 0 });
                None
            }
            (Sign::Failed { delay, code }, State::Closed { failures }) => {
                if failures + 1 < self.rules.failures {
                    self.state = State::Closed {
                        failures: failures + 1,
                    };
                    return None;
                }
                Some(self.open(now, delay, code))
            }
            (Sign::Refused { code }, State::Closed { .. }) => Some(self.open(now, None, code)),
            (Sign::Failed { delay, code }, State::HalfOpen { opening, wait, .. }) => {
                self.open_again(opening, wait, now, delay, code)
            }
            (Sign::Refused { code }, State::HalfOpen { opening, wait, .. }) => {
                self.open_again(opening, wait, now, None, code)
            }
            // No pass is given out while open.
            (_, State::Open { .. }) => None,
        }
    }

    /// What opened it, while it is not closed.
    pub fn opening(&self) -> Option<&Opening> {
        match &self.state {
            State::Closed { .. } => None,
            State::Open { opening, .. } | State::HalfOpen { opening, .. } => Some(opening),
        }
    }

    /// Whether it stands as a new one would.
    pub fn is_untouched(&self) -> bool {
        matches!(self.state, State::Closed { failures: 0 })
    }

    fn open(&mut self, now: Timestamp, asked: Option<Duration>, code: &str) -> Opening {
        let opening = Opening {
            since: now,
            code: code.to_owned(),
        };
        let wait = self.rules.first_wait;
        self.enter(State::Open {
            opening: opening.clone(),
            until: later(now, self.at_least(wait, asked)),
            wait,
        });
        opening
    }

    fn open_again(
        &mut self,
        opening: Opening,
        wait: Duration,
        now: Timestamp,
        asked: Option<Duration>,
        code: &str,
    ) -> Option<Opening> {
        let wait = (wait * 2).min(self.rules.longest_wait);
        self.enter(State::Open {
            opening: Opening {
                code: code.to_owned(),
                ..opening
            },
            until: later(now, self.at_least(wait, asked)),
            wait,
        });
        None
    }

    /// The gateway's own wish counts, up to the longest wait.
    fn at_least(&self, wait: Duration, asked: Option<Duration>) -> Duration {
        wait.max(asked.unwrap_or_default().min(self.rules.longest_wait))
    }

    fn enter(&mut self, state: State) {
        self.generation += 1;
        self.state = state;
    }

    /// A success between failures changes no state: requests under way keep their passes.
    fn enter_if_changed(&mut self, state: State) {
        match self.state {
            State::Closed { .. } => self.state = state,
            State::Open { .. } | State::HalfOpen { .. } => self.enter(state),
        }
    }
}

/// What an outcome says of its gateway.
enum Sign<'a> {
    Good,
    Failed {
        delay: Option<Duration>,
        code: &'a str,
    },
    Refused {
        code: &'a str,
    },
}

impl<'a> Sign<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Accepted { .. } | Outcome::TokenGone | Outcome::Rejected { .. } => Self::Good,
            Outcome::RetryAfter { delay, code } => Self::Failed {
                delay: *delay,
                code,
            },
            Outcome::Unauthorized { code } => Self::Refused { code },
        }
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
