//! What time it is, and waiting for a later time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;

/// A source of time. Rules never see it: they are given an instant.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// Resolves once `now() >= at`.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallClock;

/// Long sleeps look at the wall clock again this often, so that a stepped clock is noticed.
const RECHECK: Duration = Duration::from_secs(30);

impl Clock for WallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the door to the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            while let Some(left) = time_left(WallClock.now(), at) {
                real_sleep(left.min(RECHECK)).await;
            }
        })
    }
}

fn time_left(now: Timestamp, at: Timestamp) -> Option<Duration> {
    Duration::try_from(at.duration_since(now))
        .ok()
        .filter(|left| !left.is_zero())
}

/// Waits in real time whatever the server's clock says: for sockets and other outside things.
#[expect(clippy::disallowed_methods, reason = "this is the door to waiting")]
pub async fn real_sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Gives a future at most `limit` of real time; `None` when it ran out.
pub async fn real_timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// A clock that stands still until it is told to move, and can join the wall clock later.
///
/// Cloning gives another handle on the same clock.
#[derive(Clone)]
pub struct VirtualClock {
    state: Arc<Mutex<VirtualState>>,
    changed: watch::Sender<()>,
}

#[derive(Clone, Copy)]
enum VirtualState {
    Stopped(Timestamp),
    Live,
}

impl VirtualClock {
    /// A clock standing at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            state: Arc::new(Mutex::new(VirtualState::Stopped(start))),
            changed: watch::Sender::new(()),
        }
    }

    /// Moves to `at`. Never moves back, and does nothing once the clock is live.
    pub fn advance_to(&self, at: Timestamp) {
        {
            let mut state = self.lock();
            if let VirtualState::Stopped(now) = &mut *state
                && at > *now
            {
                *now = at;
            }
        }
        self.changed.send_replace(());
    }

    /// From here on this clock is the wall clock.
    pub fn go_live(&self) {
        *self.lock() = VirtualState::Live;
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, VirtualState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        match *self.lock() {
            VirtualState::Stopped(now) => now,
            VirtualState::Live => WallClock.now(),
        }
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            let mut changed = clock.changed.subscribe();
            loop {
                let state = *clock.lock();
                match state {
                    VirtualState::Live => return WallClock.sleep_until(at).await,
                    VirtualState::Stopped(now) if now >= at => return,
                    VirtualState::Stopped(_) => {}
                }
                // The sender lives in `clock`, so this cannot fail before we return.
                if changed.changed().await.is_err() {
                    return;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_on_a_virtual_clock_wakes_when_the_clock_arrives_and_not_before() {
        let start = Timestamp::UNIX_EPOCH;
        let at = start + Duration::from_secs(60);
        let clock = VirtualClock::new(start);
        let mut sleeper = clock.sleep_until(at);
        assert!(futures_util::poll!(&mut sleeper).is_pending());
        clock.advance_to(start + Duration::from_secs(59));
        assert!(futures_util::poll!(&mut sleeper).is_pending());
        clock.advance_to(at);
        sleeper.await;
        clock.advance_to(start);
        assert_eq!(clock.now(), at, "a virtual clock never goes back");
    }
}
