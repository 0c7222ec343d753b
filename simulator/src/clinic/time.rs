//! Virtual time: the runtime's own, paused, so that it jumps to the next thing anybody waits for once nobody has anything to do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use footing_server::rt::clock::{Clock, real_sleep};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

/// A clock of the simulated world. Cloning gives another handle on the same one.
#[derive(Clone)]
pub(crate) struct SimClock {
    epoch: Timestamp,
    began: Instant,
    /// How far this clock goes wrong.
    error: Arc<Mutex<SignedDuration>>,
    /// The database is on another machine, whose clock is right.
    is_apart: bool,
    /// Wakes who sleeps in the order of going to sleep; a `watch` channel wakes in an order drawn by the runtime.
    stepped: Arc<Notify>,
}

impl SimClock {
    /// A right clock that shows `epoch` now. Only inside a runtime whose time is paused.
    pub(crate) fn new(epoch: Timestamp) -> Self {
        Self {
            epoch,
            began: Instant::now(),
            error: Arc::default(),
            is_apart: false,
            stepped: Arc::default(),
        }
    }

    /// The true time, whatever this clock shows.
    pub(crate) fn truth(&self) -> Timestamp {
        self.epoch + self.began.elapsed()
    }

    /// The clock of a machine, which may go wrong by itself.
    pub(crate) fn beside(&self) -> Self {
        Self {
            error: Arc::default(),
            stepped: Arc::default(),
            ..self.clone()
        }
    }

    /// The same on a machine of several that share a database elsewhere.
    pub(crate) fn apart(&self) -> Self {
        Self {
            is_apart: true,
            ..self.beside()
        }
    }

    /// From now on the clock is wrong by `error`.
    pub(crate) fn set_error(&self, error: SignedDuration) {
        *self.error() = error;
        self.stepped.notify_waiters();
    }

    /// Waits until a true instant.
    pub(crate) async fn until(&self, at: Timestamp) {
        sleep_until(self.began + since(self.epoch, at)).await;
    }

    fn error(&self) -> MutexGuard<'_, SignedDuration> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn since(epoch: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(epoch)).unwrap_or_default()
}

/// By the runtime's time, which is paused here: what is real elsewhere is virtual.
async fn sleep_until(at: Instant) {
    real_sleep(at.saturating_duration_since(Instant::now())).await;
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let error = *self.error();
        self.truth().saturating_add(error).unwrap_or(Timestamp::MAX)
    }

    fn ahead_of_database(&self) -> Option<SignedDuration> {
        Some(if self.is_apart {
            *self.error()
        } else {
            SignedDuration::ZERO
        })
    }

    fn is_wall(&self) -> bool {
        false
    }

    fn running_for(&self) -> Duration {
        self.began.elapsed()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            loop {
                // Before the clock is read: a step between the two is not missed.
                let stepped = clock.stepped.notified();
                let now = clock.now();
                if now >= at {
                    return;
                }
                let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
                tokio::select! {
                    biased;
                    () = stepped => {}
                    () = sleep_until(Instant::now() + left) => {}
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::FuturesUnordered;
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_of_the_clock_wakes_in_the_order_of_going_to_sleep() {
        let clock = SimClock::new(Timestamp::UNIX_EPOCH);
        let at = Timestamp::UNIX_EPOCH + Duration::from_secs(60);
        let sleep = |number: usize| clock.sleep_until(at).map(move |()| number);
        let mut sleepers: FuturesUnordered<_> = (0..16).map(sleep).collect();
        assert!(futures_util::poll!(sleepers.next()).is_pending());
        clock.set_error(SignedDuration::from_secs(60));
        let woken: Vec<usize> = sleepers.collect().await;
        assert_eq!(woken, (0..16).collect::<Vec<_>>());
    }
}
