//! One foot of a stream: frames find their sample by the insole's own counter; the host's clock is asked only when the
//! counter alone cannot tell.

use super::super::columns::{FootColumns, Frame, Shape};
use crate::issue::{Issue, IssueCode};
use crate::recording::{Arrival, Side};

/// A frame that is at most so many counts behind is late; further behind, the counter has started anew (A).
const LATE: i64 = 64;
/// Counts of a 16-bit counter.
const TURN: f64 = 65_536.0;
/// How far the counter may run ahead of the host's clock, s: no insole sends a frame before it is taken (A, leaves room
/// for a host clock that was set).
const AHEAD_S: f64 = 10.0;

/// What tells how much time passed, beside the foot's own counter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Host's clock at arrival, s.
    pub(super) host_s: Option<f64>,
    /// Samples of the other foot so far.
    pub(super) other: usize,
}

/// The last frame in order.
#[derive(Clone, Copy)]
struct Last {
    counter: u16,
    sample: usize,
    clock: Clock,
}

/// One foot as its frames arrive.
pub(super) struct Track {
    pub(super) columns: FootColumns,
    /// Host times are as given, not yet from the first.
    pub(super) arrivals: Vec<Arrival>,
    last: Option<Last>,
    frames: usize,
    duplicates: usize,
    late: usize,
    dropped: usize,
    restarts: usize,
    backward: usize,
}

/// Where the counter puts a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Forward(usize),
    Back(usize),
    Same,
    Restart(usize),
}

impl Track {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            columns: FootColumns::new(shape),
            arrivals: Vec::new(),
            last: None,
            frames: 0,
            duplicates: 0,
            late: 0,
            dropped: 0,
            restarts: 0,
            backward: 0,
        }
    }

    /// Takes a frame: its sample if it is the newest one so far.
    pub(super) fn take(
        &mut self,
        counter: u16,
        clock: Clock,
        sampling_hz: f64,
        frame: Frame<'_>,
    ) -> Option<usize> {
        self.frames += 1;
        let (sample, newest) = self.place(counter, clock, sampling_hz)?;
        self.columns.push(sample, frame);
        if !newest {
            return None;
        }
        self.last = Some(Last {
            counter,
            sample,
            clock: Clock {
                host_s: clock
                    .host_s
                    .or(self.last.and_then(|last| last.clock.host_s)),
                ..clock
            },
        });
        if let Some(host_s) = clock.host_s {
            self.arrive(sample, host_s);
        }
        Some(sample)
    }

    /// Samples and frames up to now, for the rule on losses.
    pub(super) fn extent(&self, counter: u16, clock: Clock, sampling_hz: f64) -> (usize, usize) {
        let ahead = match self.last.map(|last| last.step(counter, clock, sampling_hz)) {
            Some(Step::Forward(n) | Step::Restart(n)) => n,
            _ => 0,
        };
        (self.columns.len().saturating_add(ahead), self.frames)
    }

    fn place(&mut self, counter: u16, clock: Clock, sampling_hz: f64) -> Option<(usize, bool)> {
        let Some(last) = self.last else {
            return Some((0, true));
        };
        match last.step(counter, clock, sampling_hz) {
            Step::Forward(n) => Some((last.sample + n, true)),
            Step::Restart(n) => {
                self.restarts += 1;
                Some((last.sample + n, true))
            }
            Step::Same => {
                self.duplicates += 1;
                None
            }
            Step::Back(n) => match last.sample.checked_sub(n) {
                Some(sample) if self.columns.is_missing(sample) => {
                    self.late += 1;
                    Some((sample, false))
                }
                Some(_) => {
                    self.duplicates += 1;
                    None
                }
                None => {
                    self.dropped += 1;
                    None
                }
            },
        }
    }

    fn arrive(&mut self, sample: usize, host_s: f64) {
        if self
            .arrivals
            .last()
            .is_none_or(|last| last.host_s <= host_s)
        {
            self.arrivals.push(Arrival { sample, host_s });
        } else {
            self.backward += 1;
        }
    }

    /// When sample 0 was taken by the host's clock, as the least delayed of the first frames tells.
    pub(super) fn origin_s(&self, sampling_hz: f64) -> Option<f64> {
        const FIRST: usize = 1000;
        let origins = self.arrivals.iter().take(FIRST);
        origins
            .map(|a| a.host_s - a.sample as f64 / sampling_hz)
            .min_by(f64::total_cmp)
    }

    pub(super) fn issues(&self, side: Side) -> impl Iterator<Item = Issue> {
        let reordered = format!(
            "{} frames came late and were put in their place, {} came before the first and were dropped",
            self.late, self.dropped
        );
        let told = [
            (
                self.duplicates,
                IssueCode::DuplicateFrames,
                format!("{} frames came twice", self.duplicates),
            ),
            (
                self.late + self.dropped,
                IssueCode::ReorderedFrames,
                reordered,
            ),
            (
                self.restarts,
                IssueCode::CounterRestart,
                format!("the sample counter started anew {} times", self.restarts),
            ),
            (
                self.backward,
                IssueCode::TimeNotIncreasing,
                format!(
                    "{} host times run backwards and were left out",
                    self.backward
                ),
            ),
        ];
        told.into_iter()
            .filter(|(count, _, _)| *count > 0)
            .map(move |(_, code, detail)| Issue::new(code, detail).on(side))
    }
}

impl Last {
    fn step(self, counter: u16, clock: Clock, sampling_hz: f64) -> Step {
        // Two's complement of the difference: the shorter way around the turn.
        let ahead = i64::from(counter.wrapping_sub(self.counter) as i16);
        let by_host = match (clock.host_s, self.clock.host_s) {
            (Some(now), Some(then)) => Some(((now - then) * sampling_hz).max(0.0)),
            _ => None,
        };
        // The other foot knows of no more than what it received itself.
        let elapsed = by_host.unwrap_or(clock.other.saturating_sub(self.clock.other) as f64);
        // Whole turns of the counter that passed meanwhile.
        let turns = ((elapsed - ahead as f64) / TURN).round().clamp(0.0, 1e6);
        let steps = ahead + (turns * TURN) as i64;
        if steps <= 0 && (-LATE..=0).contains(&ahead) {
            return match usize::try_from(-ahead) {
                Ok(n) if n > 0 => Step::Back(n),
                _ => Step::Same,
            };
        }
        let too_far = by_host.is_some_and(|e| steps as f64 > e + AHEAD_S * sampling_hz);
        match usize::try_from(steps) {
            Ok(n) if n > 0 && !too_far => Step::Forward(n),
            _ => Step::Restart((elapsed.round() as usize).max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn last(host_s: Option<f64>) -> Last {
        Last {
            counter: 65_530,
            sample: 7,
            clock: Clock { host_s, other: 3 },
        }
    }

    #[test]
    fn the_counter_tells_losses_lateness_and_turns() {
        let step = |counter| {
            last(None).step(
                counter,
                Clock {
                    host_s: None,
                    other: 3,
                },
                100.0,
            )
        };
        assert_eq!(step(65_531), Step::Forward(1));
        assert_eq!(step(4), Step::Forward(10));
        assert_eq!(step(65_530), Step::Same);
        assert_eq!(step(65_528), Step::Back(2));
        assert_eq!(step(40_000), Step::Restart(1));
        let other = Clock {
            host_s: None,
            other: 40_003,
        };
        assert_eq!(
            last(None).step(39_994, other, 100.0),
            Step::Forward(40_000),
            "the other foot went on"
        );
    }

    #[test]
    fn the_hosts_clock_tells_whole_turns_and_restarts() {
        let step = |counter, now| {
            last(Some(10.0)).step(
                counter,
                Clock {
                    host_s: Some(now),
                    other: 3,
                },
                100.0,
            )
        };
        assert_eq!(
            step(65_531, 10.0 + 655.37),
            Step::Forward(65_537),
            "a whole turn was lost"
        );
        assert_eq!(step(65_530, 10.0 + 655.36), Step::Forward(65_536));
        assert_eq!(
            step(40_000, 10.0 + 400.06),
            Step::Forward(40_006),
            "more than half a turn was lost"
        );
        assert_eq!(
            step(0, 10.01),
            Step::Forward(6),
            "six frames at once are a burst"
        );
        assert_eq!(
            step(20_000, 10.5),
            Step::Restart(50),
            "200 s ahead of the clock"
        );
        assert_eq!(
            step(65_531, 40.0),
            Step::Forward(1),
            "a burst after a stall of the host"
        );
        assert_eq!(step(65_529, 9.0), Step::Back(1));
    }
}
