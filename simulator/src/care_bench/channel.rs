//! A push channel that takes every message, at once or after a gateway's delay, counts it and notes how late it is.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use footing_server::push::{Outcome, PushChannel, PushMessage, PushTarget};
use footing_server::rt::clock::{Clock, WallClock, real_sleep};
use futures_util::future::BoxFuture;

use super::measure::Spread;

/// Counts what it takes.
#[derive(Default)]
pub(super) struct Counting {
    /// When what is being sent became due, in microseconds of this process.
    due_at_us: AtomicU64,
    /// How long its answer takes.
    delay: Duration,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    count: u64,
    late: Spread,
}

impl Counting {
    /// A channel that answers after a delay.
    pub(super) fn answering_after(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::default()
        }
    }

    /// What is sent from here on became due just now.
    pub(super) fn due_now(&self) {
        self.due_at_us
            .store(micros(WallClock.running_for()), Ordering::Relaxed);
    }

    /// How many were taken since the last time, and how late they were.
    pub(super) fn take(&self) -> (u64, Spread) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Taken { count, late } = std::mem::take(&mut *taken);
        (count, late)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl PushChannel for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn send<'a>(&'a self, _: &'a PushTarget, _: &'a PushMessage) -> BoxFuture<'a, Outcome> {
        let late = micros(WallClock.running_for()) - self.due_at_us.load(Ordering::Relaxed);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.count += 1;
        taken.late.add(late);
        let provider_message_id = format!("projects/bench/messages/{:020}", taken.count);
        drop(taken);
        let delay = self.delay;
        Box::pin(async move {
            if !delay.is_zero() {
                real_sleep(delay).await;
            }
            Outcome::Accepted {
                provider_message_id,
            }
        })
    }
}
