//! When requests leave. In a closed loop each connection sends its next request when the last was answered; in an open
//! loop request i leaves i / rate seconds after the beginning whatever the answers do, as people do who do not know of
//! each other.
//!
//! In an open loop a time counts from the instant a request was meant to leave: one that had to wait for a connection,
//! because a slow server kept all of them, waited for that server. Counted from the sending, the wait would be omitted
//! exactly when it is longest.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use footing_server::rt::clock::{Clock, WallClock, real_sleep};
use futures_util::future::join_all;
use indicatif::ProgressBar;

use super::http::Ending;
use super::tally::Tally;

/// So long after its end an open loop still sends what had to wait.
const GRACE: Duration = Duration::from_secs(30);

/// How requests leave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pace {
    /// Under way at once at most.
    pub(super) connections: usize,
    /// Requests a second of an open loop.
    pub(super) rate: Option<f64>,
    /// How long.
    pub(super) length: Duration,
    /// How many at most.
    pub(super) requests: Option<u64>,
}

/// How requests leave, as asked for.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PaceArguments {
    /// Requests under way at once, 1 to 4096: of a closed loop exactly, of an open one at most [default: 32, with --rate 1024]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: Option<u16>,
    /// Open loop: so many requests a second leave by schedule, 0.1 to 100000
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// Seconds, 1 to 3600
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Stop after so many requests, 1 to 100000000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    requests: Option<u64>,
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text.parse::<f64>().ok();
    rate.filter(|rate| (0.1..=100_000.0).contains(rate))
        .ok_or("a number from 0.1 to 100000")
}

impl PaceArguments {
    /// The pace they mean.
    pub(super) fn pace(&self) -> Pace {
        let usual = if self.rate.is_some() { 1024 } else { 32 };
        Pace {
            connections: usize::from(self.connections.unwrap_or(usual)),
            rate: self.rate,
            length: Duration::from_secs(self.seconds),
            requests: self.requests,
        }
    }
}

/// One request of a job: what it was, when it was answered, and how it ended.
#[derive(Debug)]
pub(super) struct Part {
    name: &'static str,
    answered: Duration,
    ending: Ending,
}

impl Part {
    /// Sends a request and notes when it was answered.
    pub(super) async fn of(name: &'static str, request: impl Future<Output = Ending>) -> Self {
        let ending = request.await;
        Self {
            name,
            answered: WallClock.running_for(),
            ending,
        }
    }
}

/// A run under way.
struct Run<'a> {
    pace: &'a Pace,
    began: Duration,
    next: AtomicU64,
    tally: Mutex<Tally>,
    bar: &'a ProgressBar,
}

impl Pace {
    /// How many requests an open loop sends, or a closed one at most.
    pub(super) fn total(&self) -> Option<u64> {
        let scheduled = self
            .rate
            .map(|rate| (rate * self.length.as_secs_f64()) as u64);
        match (scheduled, self.requests) {
            (Some(scheduled), Some(most)) => Some(scheduled.min(most)),
            (one, other) => one.or(other),
        }
    }

    /// Steps of a progress bar: requests where their number is known, else seconds.
    pub(super) fn steps(&self) -> u64 {
        self.total().unwrap_or(self.length.as_secs())
    }

    /// Runs `job` with 0, 1, 2, ... at this pace. A job is one or several requests, one after the other; `whole` names the
    /// time from when the first was meant to leave until the last was answered.
    ///
    /// # Errors
    /// When there is no histogram.
    pub(super) async fn drive<F: Future<Output = Vec<Part>>>(
        &self,
        whole: Option<&'static str>,
        bar: &ProgressBar,
        job: impl Fn(u64) -> F,
    ) -> anyhow::Result<Tally> {
        let run = Run {
            pace: self,
            began: WallClock.running_for(),
            next: AtomicU64::new(0),
            tally: Mutex::new(Tally::new()?),
            bar,
        };
        let connections = (0..self.connections).map(|_| run.keep_busy(whole, &job));
        for ended in join_all(connections).await {
            ended?;
        }
        let length = run.now();
        let sent = run.next.into_inner();
        let mut tally = run
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        tally.length = length;
        tally.unsent(self, sent);
        Ok(tally)
    }
}

impl Run<'_> {
    fn now(&self) -> Duration {
        WallClock.running_for() - self.began
    }

    async fn keep_busy<F: Future<Output = Vec<Part>>>(
        &self,
        whole: Option<&'static str>,
        job: impl Fn(u64) -> F,
    ) -> anyhow::Result<()> {
        while let Some((index, intended)) = self.turn().await {
            let late = self.now().saturating_sub(intended);
            let parts = job(index).await;
            let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            if self.pace.rate.is_some() {
                tally.left_late(late);
            }
            self.note(&mut tally, intended, whole, &parts)
                .context("a histogram")?;
            drop(tally);
            match self.pace.total() {
                Some(_) => self.bar.inc(1),
                None => self.bar.set_position(self.now().as_secs()),
            }
        }
        Ok(())
    }

    /// The next request and when it is meant to leave, waited for; none when the run is over.
    async fn turn(&self) -> Option<(u64, Duration)> {
        let over = |now: Duration| match self.pace.rate {
            None => now >= self.pace.length,
            Some(_) => now >= self.pace.length + GRACE,
        };
        if over(self.now()) {
            return None;
        }
        let total = self.pace.total().unwrap_or(u64::MAX);
        let taken = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
                (next < total).then_some(next + 1)
            });
        let index = taken.ok()?;
        let Some(rate) = self.pace.rate else {
            return Some((index, self.now()));
        };
        let intended = Duration::from_secs_f64(index as f64 / rate);
        if let Some(left) = intended.checked_sub(self.now()) {
            real_sleep(left).await;
        }
        Some((index, intended))
    }

    fn note(
        &self,
        tally: &mut Tally,
        intended: Duration,
        whole: Option<&'static str>,
        parts: &[Part],
    ) -> anyhow::Result<()> {
        let mut from = self.began + intended;
        for part in parts {
            tally.time(part.name, part.answered.saturating_sub(from))?;
            tally.ended(&part.ending, part.answered.saturating_sub(self.began));
            // What follows leaves when the one before it was answered.
            from = part.answered;
        }
        if let (Some(name), Some(last)) = (whole, parts.last()) {
            let began = self.began + intended;
            tally.time(name, last.answered.saturating_sub(began))?;
        }
        Ok(())
    }
}

impl Tally {
    /// What an open loop was to send and could not in time has failed.
    fn unsent(&mut self, pace: &Pace, sent: u64) {
        let unsent = match (pace.rate, pace.total()) {
            (Some(_), Some(total)) => total.saturating_sub(sent),
            _ => 0,
        };
        if unsent > 0 {
            let why = "every connection was waiting for an answer until the run was over";
            self.count(&Ending::failed("not sent", why), unsent);
        }
    }
}
