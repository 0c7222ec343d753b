//! Weight shifts and fidgets: steps in the share of the load that one foot carries.

use std::ops::Range;

use super::columns::Both;

/// Averaging before steps are sought, s: shorter than a shift, longer than a tremor.
const BIN_S: f64 = 0.25;
/// Change of the share that counts, percentage points (gait specification 9; standing A).
const STEP_PCT: f64 = 10.0;
/// A step that holds this long before it goes on elsewhere is a shift, s.
const HOLD_S: f64 = 2.0;
/// Out and back in less than this is a fidget, s.
const FIDGET_S: f64 = 4.0;
/// Share of the new value in the level per bin: about ten seconds of memory, so that slow drift is no shift.
const FOLLOW: f64 = 0.025;

/// What was found in one epoch of standing.
#[derive(Debug, Default)]
pub(super) struct Shifts {
    pub(super) shifts: u64,
    pub(super) fidgets: u64,
    /// Ranges of samples without any step.
    pub(super) quiet: Vec<Range<usize>>,
}

/// Shifts, fidgets and the quiet between them within a range of samples.
pub(super) fn of(both: &Both<'_>, range: Range<usize>, sampling_hz: f64) -> Shifts {
    let size = ((BIN_S * sampling_hz).round() as usize).max(1);
    let bins: Vec<Option<f64>> = range
        .clone()
        .step_by(size)
        .map(|from| both.mean_share(from..(from + size).min(range.end)))
        .collect();
    let mut found = Shifts::default();
    let mut follower = Follower::default();
    let mut quiet_from = range.start;
    for (k, share) in bins.iter().enumerate() {
        let at = range.start + k * size;
        // Where a foot was not received nothing is known: the level starts anew.
        let Some(share) = share else {
            push(&mut found.quiet, quiet_from..at);
            follower = Follower::default();
            quiet_from = (at + size).min(range.end);
            continue;
        };
        let step = follower.next(*share);
        found.shifts += u64::from(step == Step::Shift);
        found.fidgets += u64::from(step == Step::Fidget);
        if step != Step::Still {
            push(&mut found.quiet, quiet_from..at);
            quiet_from = (at + size).min(range.end);
        }
    }
    push(&mut found.quiet, quiet_from..range.end);
    found.shifts += u64::from(follower.ends_shifted());
    found
}

fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    if !range.is_empty() {
        ranges.push(range);
    }
}

/// What one bin means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Still,
    /// Away from the level, not yet known for how long.
    Away,
    Fidget,
    Shift,
}

/// Follows the level of the share and what leaves it.
#[derive(Clone, Copy, Debug, Default)]
struct Follower {
    level: Option<f64>,
    /// Mean of the bins away from the level, how many they are, and for how many the share has been away at all.
    away: Option<(f64, u32, u32)>,
}

impl Follower {
    fn next(&mut self, share: f64) -> Step {
        let level = *self.level.get_or_insert(share);
        let back = (share - level).abs() < STEP_PCT;
        match (self.away, back) {
            (None, true) => {
                self.level = Some(level + FOLLOW * (share - level));
                Step::Still
            }
            (None, false) => {
                self.away = Some((share, 1, 1));
                Step::Away
            }
            (Some(_), true) => {
                self.away = None;
                Step::Fidget
            }
            (Some((mean, n, out)), false) => self.stay(share, mean, n, out),
        }
    }

    fn stay(&mut self, share: f64, mean: f64, n: u32, out: u32) -> Step {
        if (share - mean).abs() >= STEP_PCT {
            // On to a third place.
            let held = seconds(n) >= HOLD_S;
            if held {
                self.level = Some(mean);
            }
            self.away = Some((share, 1, if held { 1 } else { out + 1 }));
            return if held { Step::Shift } else { Step::Away };
        }
        let mean = mean + (share - mean) / f64::from(n + 1);
        if seconds(out + 1) >= FIDGET_S && seconds(n + 1) >= HOLD_S {
            (self.level, self.away) = (Some(mean), None);
            return Step::Shift;
        }
        self.away = Some((mean, n + 1, out + 1));
        Step::Away
    }

    /// The epoch ended away from the level, long enough to be a shift.
    fn ends_shifted(&self) -> bool {
        self.away.is_some_and(|(_, n, _)| seconds(n) >= HOLD_S)
    }
}

fn seconds(bins: u32) -> f64 {
    f64::from(bins) * BIN_S
}
