//! What time it is, and waiting for a later time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// A source of time. Rules never see it: they are given an instant.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// How long this process has run, by a clock nobody sets: what tells a stepped clock from time that passed.
    fn running_for(&self) -> Duration;

    /// Resolves once `now() >= at`.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;

    /// Whether it goes as the machine's clock does, so that what watches that one may be relied on.
    fn is_wall(&self) -> bool;

    /// How far it is ahead of the database's clock, where that is known without asking: only the machine's clock has
    /// to be compared.
    fn ahead_of_database(&self) -> Option<SignedDuration> {
        (!self.is_wall()).then_some(SignedDuration::ZERO)
    }
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

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the door to the machine's clock"
    )]
    fn running_for(&self) -> Duration {
        static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        BEGAN.get_or_init(std::time::Instant::now).elapsed()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            while let Some(left) = time_left(WallClock.now(), at) {
                real_sleep(left.min(RECHECK)).await;
            }
        })
    }

    fn is_wall(&self) -> bool {
        true
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
    /// How far this handle is ahead of the others, while the clock stands.
    ahead: SignedDuration,
    /// Wakes who sleeps in the order of going to sleep; a `watch` channel wakes in an order the runtime draws.
    changed: Arc<Notify>,
}

struct VirtualState {
    standing: Standing,
    /// Who sleeps until when, by the order of going to sleep.
    sleepers: BTreeMap<u64, Timestamp>,
    slept: u64,
}

#[derive(Clone, Copy)]
enum Standing {
    Stopped {
        now: Timestamp,
        running_for: Duration,
    },
    /// The wall clock from when it had run so long and the process so long.
    Live { ran_for: Duration, since: Duration },
}

impl VirtualClock {
    /// A clock standing at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            state: Arc::new(Mutex::new(VirtualState {
                standing: Standing::Stopped {
                    now: start,
                    running_for: Duration::ZERO,
                },
                sleepers: BTreeMap::new(),
                slept: 0,
            })),
            ahead: SignedDuration::ZERO,
            changed: Arc::default(),
        }
    }

    /// A handle on the same clock that is wrong by so much: of a second machine, while the database's clock goes as the
    /// first one's.
    #[must_use]
    pub fn ahead_by(&self, ahead: SignedDuration) -> Self {
        Self {
            ahead,
            ..self.clone()
        }
    }

    /// Moves to `at`. Never moves back, and does nothing once the clock is live.
    pub fn advance_to(&self, at: Timestamp) {
        let at = at - self.ahead;
        {
            let mut state = self.lock();
            if let Standing::Stopped { now, running_for } = &mut state.standing
                && at > *now
            {
                *running_for += Duration::try_from(at.duration_since(*now)).unwrap_or_default();
                *now = at;
            }
        }
        self.changed.notify_waiters();
    }

    /// Sets the clock, forth or back, as a wrong time server would: no time passes.
    pub fn step_to(&self, at: Timestamp) {
        if let Standing::Stopped { now, .. } = &mut self.lock().standing {
            *now = at - self.ahead;
        }
        self.changed.notify_waiters();
    }

    /// The earliest instant anyone sleeps until.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let next = self.lock().sleepers.values().min().copied();
        next.map(|at| at + self.ahead)
    }

    /// From here on this clock is the wall clock.
    pub fn go_live(&self) {
        let (ran_for, since) = (self.running_for(), WallClock.running_for());
        self.lock().standing = Standing::Live { ran_for, since };
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, VirtualState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        match self.lock().standing {
            Standing::Stopped { now, .. } => now + self.ahead,
            Standing::Live { .. } => WallClock.now(),
        }
    }

    fn running_for(&self) -> Duration {
        match self.lock().standing {
            Standing::Stopped { running_for, .. } => running_for,
            // It never goes back: limits would last for as long as was lived before.
            Standing::Live { ran_for, since } => {
                ran_for + WallClock.running_for().saturating_sub(since)
            }
        }
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let (clock, by_mine) = (self.clone(), at);
        let at = at.saturating_sub(self.ahead).unwrap_or(at);
        // Counted from the call on: who is told that nothing is left to do can ask when there is.
        let sleeper = Sleeper::new(&clock, at);
        Box::pin(async move {
            let _sleeper = sleeper;
            loop {
                // Before the clock is read: a change between the two is not missed.
                let changed = clock.changed.notified();
                let standing = clock.lock().standing;
                match standing {
                    Standing::Live { .. } => return WallClock.sleep_until(by_mine).await,
                    Standing::Stopped { now, .. } if now >= at => return,
                    Standing::Stopped { .. } => {}
                }
                changed.await;
            }
        })
    }

    fn is_wall(&self) -> bool {
        matches!(self.lock().standing, Standing::Live { .. })
    }

    fn ahead_of_database(&self) -> Option<SignedDuration> {
        (!self.is_wall()).then_some(self.ahead)
    }
}

/// Counted among the sleepers for as long as it lives.
struct Sleeper {
    clock: VirtualClock,
    number: u64,
}

impl Sleeper {
    fn new(clock: &VirtualClock, at: Timestamp) -> Self {
        let mut state = clock.lock();
        let number = state.slept;
        state.slept += 1;
        state.sleepers.insert(number, at);
        drop(state);
        Self {
            clock: clock.clone(),
            number,
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::FuturesUnordered;
    use futures_util::{FutureExt, StreamExt};

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

    #[tokio::test]
    async fn a_stepped_clock_tells_itself_apart_from_time_that_passed() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = VirtualClock::new(start);
        clock.advance_to(start + Duration::from_secs(10));
        clock.step_to(start + Duration::from_secs(1000));
        assert_eq!(clock.now(), start + Duration::from_secs(1000));
        assert_eq!(clock.running_for(), Duration::from_secs(10));
        clock.step_to(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.running_for(), Duration::from_secs(10));
    }

    #[tokio::test]
    async fn time_that_passed_is_not_forgotten_when_the_clock_goes_live() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = VirtualClock::new(start);
        clock.advance_to(start + Duration::from_secs(1_000_000));
        clock.go_live();
        assert!(clock.running_for() >= Duration::from_secs(1_000_000));
        assert!(clock.running_for() < Duration::from_secs(1_000_060));
    }

    #[tokio::test]
    async fn who_went_to_sleep_first_is_woken_first() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = VirtualClock::new(start);
        let at = start + Duration::from_secs(60);
        let sleep = |number: usize| clock.sleep_until(at).map(move |()| number);
        let mut sleepers: FuturesUnordered<_> = (0..16).map(sleep).collect();
        assert!(futures_util::poll!(sleepers.next()).is_pending());
        clock.advance_to(at);
        let woken: Vec<usize> = sleepers.collect().await;
        assert_eq!(woken, (0..16).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn the_clock_knows_who_sleeps_until_when() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = VirtualClock::new(start);
        let later = clock.sleep_until(start + Duration::from_secs(60));
        let sooner = clock.sleep_until(start + Duration::from_secs(30));
        assert_eq!(clock.next_wake(), Some(start + Duration::from_secs(30)));
        drop(sooner);
        assert_eq!(clock.next_wake(), Some(start + Duration::from_secs(60)));
        drop(later);
        assert_eq!(clock.next_wake(), None);
    }
}
