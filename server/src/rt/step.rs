//! A clock that was set while the process ran: noticed, and nothing is sent or closed on its word alone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::clock::Clock;

/// A clock may go this much further than time did before nobody believes it (care design, S12).
pub const BELIEVED: SignedDuration = SignedDuration::from_mins(15);

/// Watches one clock.
#[derive(Debug, Default)]
pub struct StepGuard(Mutex<Option<Watched>>);

#[derive(Debug, Clone, Copy)]
struct Watched {
    wall: Timestamp,
    running_for: Duration,
    /// When the clock went too far, by itself.
    tripped_at: Option<Timestamp>,
}

impl StepGuard {
    /// Whether the clock can be believed now. It cannot once it went more than [`BELIEVED`] further than time did,
    /// until it is set back or somebody accepts it. A clock set back is believed: nothing is found twice by it.
    pub fn believes(&self, clock: &dyn Clock) -> bool {
        let (wall, running_for) = (clock.now(), clock.running_for());
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = *watched else {
            *watched = Some(Watched {
                wall,
                running_for,
                tripped_at: None,
            });
            return true;
        };
        let passed = SignedDuration::try_from(running_for.saturating_sub(last.running_for))
            .unwrap_or(SignedDuration::MAX);
        let ahead = wall.duration_since(last.wall).saturating_sub(passed);
        if ahead > BELIEVED {
            if last.tripped_at.is_none() {
                tracing::error!(
                    event = "clock_step",
                    ahead_s = ahead.as_secs(),
                    "the clock went further than time did: nothing is sent or closed until it is set back or accepted"
                );
            }
            // The last believed pair stays, so that a clock set back is told from one that moved on.
            *watched = Some(Watched {
                tripped_at: last.tripped_at.or(Some(wall)),
                ..last
            });
            return false;
        }
        *watched = Some(Watched {
            wall,
            running_for,
            tripped_at: None,
        });
        true
    }

    /// When the clock went too far, while it is not believed.
    pub fn tripped_at(&self) -> Option<Timestamp> {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watched.and_then(|watched| watched.tripped_at)
    }

    /// The clock is right as it is.
    pub fn accept(&self, clock: &dyn Clock) {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *watched = Some(Watched {
            wall: clock.now(),
            running_for: clock.running_for(),
            tripped_at: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::clock::VirtualClock;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    #[test]
    fn time_that_passes_is_believed_however_long() {
        let (guard, clock) = (StepGuard::default(), VirtualClock::new(at(0)));
        assert!(guard.believes(&clock));
        clock.advance_to(at(3 * 24 * 60));
        assert!(guard.believes(&clock));
    }

    #[test]
    fn a_step_of_a_quarter_of_an_hour_is_believed_and_more_is_not() {
        let (guard, clock) = (StepGuard::default(), VirtualClock::new(at(0)));
        assert!(guard.believes(&clock));
        clock.step_to(at(15));
        assert!(guard.believes(&clock));
        clock.step_to(at(31));
        assert!(!guard.believes(&clock));
        assert_eq!(guard.tripped_at(), Some(at(31)));
        clock.advance_to(at(60));
        assert!(!guard.believes(&clock), "waiting does not make it right");
    }

    #[test]
    fn set_back_or_accepted_it_is_believed_again() {
        let (guard, clock) = (StepGuard::default(), VirtualClock::new(at(0)));
        assert!(guard.believes(&clock));
        clock.step_to(at(2880));
        assert!(!guard.believes(&clock));
        clock.step_to(at(1));
        assert!(guard.believes(&clock));
        clock.step_to(at(2880));
        assert!(!guard.believes(&clock));
        guard.accept(&clock);
        assert!(guard.believes(&clock));
        assert_eq!(guard.tripped_at(), None);
    }
}
