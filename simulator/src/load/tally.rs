//! What came of a run: how long answers took, what they were, and how many each second brought.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::http::Ending;

/// Longest time told apart, microseconds: an hour.
const LONGEST_US: u64 = 3_600_000_000;
/// Significant digits of a time.
const DIGITS: u8 = 3;
/// Failures that are shown word for word.
const SHOWN_FAILURES: usize = 3;
/// Longest failure shown, characters.
const SHOWN_CHARACTERS: usize = 200;

/// A distribution of times.
#[derive(Debug, Clone)]
pub(super) struct Times {
    pub(super) name: &'static str,
    histogram: Histogram<u64>,
}

impl Times {
    fn new(name: &'static str) -> Result<Self, hdrhistogram::CreationError> {
        let histogram = Histogram::new_with_bounds(1, LONGEST_US, DIGITS)?;
        Ok(Self { name, histogram })
    }

    fn add(&mut self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        self.histogram.saturating_record(us.max(1));
    }

    /// How many.
    pub(super) fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The time that this share of all did not exceed, ms.
    pub(super) fn at_ms(&self, share: f64) -> f64 {
        self.histogram.value_at_quantile(share) as f64 / 1000.0
    }

    /// The longest, ms.
    pub(super) fn max_ms(&self) -> f64 {
        self.histogram.max() as f64 / 1000.0
    }

    /// For machines.
    pub(super) fn json(&self) -> Value {
        json!({
            "count": self.count(), "mean": self.histogram.mean() / 1000.0, "p50": self.at_ms(0.5),
            "p90": self.at_ms(0.9), "p99": self.at_ms(0.99), "p999": self.at_ms(0.999), "max": self.max_ms(),
        })
    }
}

/// What a second brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Second {
    /// Answered as it should be.
    pub(super) good: u64,
    /// Failed.
    pub(super) failed: u64,
}

/// Everything that came of a run.
#[derive(Debug)]
pub(super) struct Tally {
    /// By what was measured, in the order they came up.
    pub(super) times: Vec<Times>,
    /// How much later than intended requests left: the client's share of what is measured.
    pub(super) late: Times,
    /// Requests by status.
    pub(super) statuses: BTreeMap<String, u64>,
    /// By the second in which they ended.
    pub(super) seconds: Vec<Second>,
    /// Items the server took over.
    pub(super) kept: u64,
    /// Requests that failed.
    pub(super) errors: u64,
    /// The first failures in words.
    pub(super) failures: Vec<String>,
    /// How long it took.
    pub(super) length: Duration,
}

impl Tally {
    /// Nothing yet.
    ///
    /// # Errors
    /// When there is no histogram of that range.
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            times: Vec::new(),
            late: Times::new("left late")?,
            statuses: BTreeMap::new(),
            seconds: Vec::new(),
            kept: 0,
            errors: 0,
            failures: Vec::new(),
            length: Duration::ZERO,
        })
    }

    /// A time of something.
    pub(super) fn time(&mut self, name: &'static str, time: Duration) -> anyhow::Result<()> {
        if let Some(times) = self.times.iter_mut().find(|times| times.name == name) {
            times.add(time);
            return Ok(());
        }
        let mut times = Times::new(name)?;
        times.add(time);
        self.times.push(times);
        Ok(())
    }

    /// How much later than intended a request left.
    pub(super) fn left_late(&mut self, by: Duration) {
        self.late.add(by);
    }

    /// An ending, so long after the run began.
    pub(super) fn ended(&mut self, ending: &Ending, at: Duration) {
        self.count(ending, 1);
        let second = usize::try_from(at.as_secs()).unwrap_or(usize::MAX);
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, Second::default());
        }
        if let Some(slot) = self.seconds.get_mut(second) {
            match ending.failure {
                None => slot.good += 1,
                Some(_) => slot.failed += 1,
            }
        }
    }

    /// So many endings of a kind that belong to no second.
    pub(super) fn count(&mut self, ending: &Ending, how_many: u64) {
        *self.statuses.entry(ending.status.clone()).or_default() += how_many;
        self.kept += ending.kept * how_many;
        if let Some(why) = &ending.failure {
            self.errors += how_many;
            if self.failures.len() < SHOWN_FAILURES {
                let why: String = why.chars().take(SHOWN_CHARACTERS).collect();
                self.failures.push(format!("{}: {why}", ending.status));
            }
        }
    }

    /// All endings.
    pub(super) fn requests(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Answered as it should be, a second.
    pub(super) fn per_second(&self) -> f64 {
        (self.requests() - self.errors) as f64 / self.length.as_secs_f64().max(1e-6)
    }
}
