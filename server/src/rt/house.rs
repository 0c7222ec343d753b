//! The clock that servers on one database share: the database's, as far as this process knows it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::clock::Clock;

/// A machine whose clock differs from the database's by more is told to its operator,
pub const TOLD: SignedDuration = SignedDuration::from_secs(10);
/// and by more than this is not believed: what others plan ten minutes ahead could be behind where it swept.
pub const BELIEVED: SignedDuration = SignedDuration::from_mins(5);

/// The database is asked again after this long,
const ASKED_AGAIN: Duration = Duration::from_secs(10);
/// and at once when this machine's clock and its running time went apart by this much: it was set, or it slept.
const APART: Duration = Duration::from_secs(1);

/// What the clocks said at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The database's.
    pub database: Timestamp,
    /// This machine's.
    pub own: Timestamp,
    /// How long the process had run.
    pub running_for: Duration,
}

/// The database's clock, read now and then and carried on by how long this process runs, so that a machine whose own clock
/// is wrong or is set takes no other one's claims. Where nothing was read it is the machine's own.
#[derive(Debug, Default)]
pub struct HouseClock(Mutex<State>);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    last: Option<Reading>,
    /// The operator was told that the two differ.
    told: bool,
}

impl HouseClock {
    /// What it says.
    pub fn now(&self, clock: &dyn Clock) -> Timestamp {
        let own = clock.now();
        if let Some(ahead) = clock.ahead_of_database() {
            return own.saturating_sub(ahead).unwrap_or(own);
        }
        let Some(last) = self.state().last else {
            return own;
        };
        // The longer of the two: a machine that slept knows by its clock only, and no claim may seem younger than it is.
        let [by_clock, by_running] = passed(&last, own, clock.running_for());
        let passed = by_clock.max(by_running);
        last.database.saturating_add(passed).unwrap_or(own)
    }

    /// How far this machine's clock is ahead of it.
    pub fn ahead(&self, clock: &dyn Clock) -> SignedDuration {
        clock.now().duration_since(self.now(clock))
    }

    /// Whether the two are near enough for this machine to take part.
    pub fn is_near(&self, clock: &dyn Clock) -> bool {
        self.ahead(clock).abs() <= BELIEVED
    }

    /// Whether the database is to be asked.
    pub fn is_stale(&self, clock: &dyn Clock) -> bool {
        if clock.ahead_of_database().is_some() {
            return false;
        }
        self.state().last.is_none_or(|last| {
            let [by_clock, by_running] = passed(&last, clock.now(), clock.running_for());
            let apart = by_clock.saturating_sub(by_running).unsigned_abs();
            by_running.unsigned_abs() >= ASKED_AGAIN || apart >= APART
        })
    }

    /// The database was asked.
    pub fn note(&self, reading: Reading) {
        self.state().last = Some(reading);
    }

    /// Tells the operator, once each time, that the two differ.
    pub fn tell(&self, clock: &dyn Clock) {
        let ahead = self.ahead(clock);
        let differs = ahead.abs() > TOLD;
        let mut state = self.state();
        if differs && !state.told {
            tracing::warn!(
                event = "clock_skew",
                ahead_s = ahead.as_secs(),
                "this machine's clock differs from the database's; beyond five minutes nothing is sent or closed here"
            );
        }
        state.told = differs;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What passed since a reading by the machine's clock and by how long the process ran.
fn passed(last: &Reading, own: Timestamp, running_for: Duration) -> [SignedDuration; 2] {
    let ran = running_for.saturating_sub(last.running_for);
    [
        own.duration_since(last.own),
        SignedDuration::try_from(ran).unwrap_or(SignedDuration::MAX),
    ]
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::*;

    /// A machine's clock at a second, and how long the process ran.
    struct At(i64, u64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            second(self.0)
        }

        fn running_for(&self) -> Duration {
            Duration::from_secs(self.1)
        }

        fn sleep_until(&self, _: Timestamp) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }

        fn is_wall(&self) -> bool {
            true
        }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Read when the database said 1000, a machine ninety seconds ahead 1090, and its process had run for 7 s.
    fn house() -> HouseClock {
        let house = HouseClock::default();
        house.note(Reading {
            database: second(1000),
            own: second(1090),
            running_for: Duration::from_secs(7),
        });
        house
    }

    #[test]
    fn it_goes_on_as_the_process_runs_whatever_the_machine_says() {
        let house = house();
        assert_eq!(house.now(&At(1095, 12)), second(1005));
        assert_eq!(house.ahead(&At(1095, 12)), SignedDuration::from_secs(90));
        assert_eq!(house.now(&At(500, 12)), second(1005), "set back");
        assert_eq!(house.now(&At(1390, 12)), second(1300), "slept, or set on");
    }

    #[test]
    fn it_is_read_again_in_a_while_and_at_once_when_the_machines_clock_was_set() {
        assert!(HouseClock::default().is_stale(&At(0, 0)));
        let house = house();
        assert!(!house.is_stale(&At(1095, 12)));
        assert!(house.is_stale(&At(1100, 17)));
        assert!(house.is_stale(&At(1093, 12)));
        assert!(house.is_stale(&At(1097, 12)));
    }

    #[test]
    fn a_machine_more_than_five_minutes_off_is_not_believed() {
        let house = HouseClock::default();
        for (own, near) in [(700, true), (699, false), (1300, true), (1301, false)] {
            house.note(Reading {
                database: second(1000),
                own: second(own),
                running_for: Duration::ZERO,
            });
            assert_eq!(house.is_near(&At(own, 0)), near, "{own}");
        }
    }
}
