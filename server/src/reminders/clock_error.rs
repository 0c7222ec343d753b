//! Device clocks that are wrong: by how much is measured at the upload, small errors are corrected, large ones are
//! not believed (care design, S7). Pure.

use crate::planted::{self, Bug};
use jiff::{SignedDuration, Timestamp};

/// What lies this far in the future cannot have happened.
pub const FUTURE: SignedDuration = SignedDuration::from_mins(5);
/// A clock that is wrong by more than this says nothing.
const BROKEN: SignedDuration = SignedDuration::from_hours(24);
/// The way of a message, and what nobody notices.
const UNNOTICED: SignedDuration = SignedDuration::from_secs(30);

/// When an upload was heard, and what time the device took it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// By the server.
    pub now: Timestamp,
    /// By the device, where it said so.
    pub device_time: Option<Timestamp>,
}

/// Why a time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockError {
    /// The device's clock is wrong by more than a day.
    Clock,
    /// It lies in the future.
    Future,
}

impl ClockError {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Future => "future",
        }
    }
}

impl Heard {
    /// Seconds the device's clock is ahead, as far as anyone notices.
    pub fn ahead_s(self) -> i64 {
        let ahead = self.device_time.map_or(SignedDuration::ZERO, |device| {
            device.duration_since(self.now)
        });
        if ahead.abs() <= UNNOTICED {
            0
        } else {
            ahead.as_secs()
        }
    }

    /// A time the device gave, corrected, and by how many seconds it was ahead.
    ///
    /// # Errors
    /// When the clock is broken or the time lies in the future all the same.
    pub fn believe(self, said: Timestamp) -> Result<(Timestamp, i64), ClockError> {
        let ahead_s = self.ahead_s();
        let ahead = SignedDuration::from_secs(ahead_s);
        if ahead.abs() > BROKEN {
            return Err(ClockError::Clock);
        }
        let ahead = if planted::is(Bug::CorrectsTheWrongWay) {
            -ahead
        } else {
            ahead
        };
        let at = said.checked_sub(ahead).map_err(|_| ClockError::Clock)?;
        if at.duration_since(self.now) > FUTURE {
            return Err(ClockError::Future);
        }
        Ok((at, ahead_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn heard(ahead_s: i64) -> Heard {
        Heard {
            now: at(0),
            device_time: Some(at(ahead_s)),
        }
    }

    #[test]
    fn a_clock_that_is_ahead_is_set_right() {
        assert_eq!(heard(7200).believe(at(7000)), Ok((at(-200), 7200)));
        assert_eq!(heard(-7200).believe(at(-7300)), Ok((at(-100), -7200)));
        assert_eq!(
            heard(30).believe(at(10)),
            Ok((at(10), 0)),
            "what nobody notices is left"
        );
    }

    #[test]
    fn a_broken_clock_and_the_future_are_not_believed() {
        assert_eq!(heard(86_401).believe(at(86_000)), Err(ClockError::Clock));
        assert_eq!(heard(86_400).believe(at(86_000)), Ok((at(-400), 86_400)));
        let unsaid = Heard {
            now: at(0),
            device_time: None,
        };
        assert_eq!(unsaid.believe(at(300)), Ok((at(300), 0)));
        assert_eq!(unsaid.believe(at(301)), Err(ClockError::Future));
    }
}
