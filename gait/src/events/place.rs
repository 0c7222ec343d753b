//! Where an event lies between samples, once the state machine knows its stance.

use super::Levels;

/// A contact lies at most this far before the load that starts the stance, s.
const CONTACT_SEARCH_S: f64 = 0.10;
/// Half width of the moving average before onsets are sought, s.
const SMOOTHING_HALF_S: f64 = 0.0067;
/// Half width of the slope estimate, s.
const SLOPE_HALF_S: f64 = 0.010;
/// The steepest point lies within this much before and after the trigger, s.
const STEEPEST_BEFORE_S: f64 = 0.060;
const STEEPEST_AFTER_S: f64 = 0.020;
/// Loading has started when load rises by the level over this time, s: a heel strike is abrupt.
const CONTACT_WINDOW_S: f64 = 0.040 / 3.0;
/// Unloading has ended when load falls by less than the level over this time, s: toe-off tails off.
const TOE_OFF_WINDOW_S: f64 = 0.050;
/// Farthest distance of an onset from its trigger, s.
const ONSET_SEARCH_S: f64 = 0.5;
/// A foot may touch down in two rises: heel first, weight later. The first one is the contact when it lies at most this
/// far before the second, s, ...
const FIRST_TOUCH_SEARCH_S: f64 = 0.20;
/// ... and at least this far (a heel strike with its dent is over sooner, and is one rise), s, ...
const FIRST_TOUCH_LEAST_S: f64 = 0.08;
/// ... and reaches this load above the lowest of the swing ...
const FIRST_TOUCH_LOAD: f64 = 0.15;
/// ... and is at least this steep against the second. A slow preload before an abrupt strike is the shoe, not the ground.
const FIRST_TOUCH_STEEPNESS: f64 = 0.5;
/// The steepest point of a first touch lies within this much before it reaches its load, s.
const FIRST_TOUCH_RISE_S: f64 = 0.06;

/// How an event is placed once the stance is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Placement {
    /// Where load crosses a level: for calibrated force, whose zero and scale are known.
    Level,
    /// Where loading starts and unloading ends: for relative load, whose zero is known only within a few percent.
    Onset,
}

/// Places the events of one foot's load.
pub(super) enum Placer<'a> {
    /// [`Placement::Level`] on the load as it is.
    Level {
        load: &'a [f64],
        levels: Levels,
        sampling_hz: f64,
    },
    /// [`Placement::Onset`] on the load after a moving average.
    Onset {
        smooth: Vec<f64>,
        slope: Vec<f64>,
        level: f64,
        sampling_hz: f64,
    },
}

impl<'a> Placer<'a> {
    pub(super) fn new(
        load: &'a [f64],
        sampling_hz: f64,
        levels: &Levels,
        placement: Placement,
    ) -> Self {
        match placement {
            Placement::Level => Self::Level {
                load,
                levels: *levels,
                sampling_hz,
            },
            Placement::Onset => {
                let smooth = smoothed(load, sampling_hz);
                let slope = slope(&smooth, sampling_hz);
                Self::Onset {
                    smooth,
                    slope,
                    level: levels.fc,
                    sampling_hz,
                }
            }
        }
    }

    /// Initial contact of the stance triggered at sample `on`, not before sample `earliest`.
    pub(super) fn contact(&self, on: usize, earliest: usize) -> f64 {
        match self {
            Self::Level {
                load,
                levels,
                sampling_hz,
            } => level_contact(load, on, earliest, levels.off, *sampling_hz),
            Self::Onset {
                smooth,
                slope,
                level,
                sampling_hz,
            } => onset_contact(smooth, slope, on, earliest, *level, *sampling_hz),
        }
    }

    /// Toe-off of the stance of samples `on` to `off`, not after sample `latest`.
    pub(super) fn toe_off(&self, on: usize, off: usize, latest: usize) -> f64 {
        match self {
            Self::Level { load, levels, .. } => level_toe_off(load, on, off, levels.fc),
            Self::Onset {
                smooth,
                slope,
                level,
                sampling_hz,
            } => onset_toe_off(smooth, slope, off, latest, *level, *sampling_hz),
        }
    }
}

/// From the trigger back to the rising crossing of the off level.
fn level_contact(load: &[f64], on: usize, earliest: usize, level: f64, sampling_hz: f64) -> f64 {
    let reach = (CONTACT_SEARCH_S * sampling_hz).round() as usize;
    let first = on.saturating_sub(reach).max(earliest);
    let mut i = on;
    while i > first && at(load, i - 1) >= level {
        i -= 1;
    }
    crossing(load, level, i)
}

/// The last falling crossing of the level.
fn level_toe_off(load: &[f64], on: usize, off: usize, level: f64) -> f64 {
    let mut j = off;
    while j > on + 1 && at(load, j - 1) < level {
        j -= 1;
    }
    crossing(load, level, j)
}

fn at(load: &[f64], i: usize) -> f64 {
    load.get(i).copied().unwrap_or(0.0)
}

/// Where a straight line from sample `i - 1` to sample `i` meets the level.
fn crossing(load: &[f64], level: f64, i: usize) -> f64 {
    let (before, after) = (at(load, i.saturating_sub(1)), at(load, i));
    let rise = after - before;
    if rise == 0.0 || i == 0 {
        i as f64
    } else {
        i as f64 - 1.0 + ((level - before) / rise).clamp(0.0, 1.0)
    }
}

/// Moving average over the contact window: converter noise must not end a search early.
fn smoothed(load: &[f64], sampling_hz: f64) -> Vec<f64> {
    let half = (SMOOTHING_HALF_S * sampling_hz).round() as usize;
    let mut sums = Vec::with_capacity(load.len() + 1);
    sums.push(0.0);
    sums.extend(load.iter().scan(0.0, |sum, v| {
        *sum += v;
        Some(*sum)
    }));
    let at = |i: usize| sums.get(i.min(load.len())).copied().unwrap_or(0.0);
    (0..load.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(half), (i + half + 1).min(load.len()));
            (at(to) - at(from)) / (to - from) as f64
        })
        .collect()
}

fn slope(load: &[f64], sampling_hz: f64) -> Vec<f64> {
    let half = samples(SLOPE_HALF_S, sampling_hz);
    let last = load.len().saturating_sub(1);
    (0..load.len())
        .map(|i| at(load, (i + half).min(last)) - at(load, i.saturating_sub(half)))
        .collect()
}

fn samples(seconds: f64, sampling_hz: f64) -> usize {
    ((seconds * sampling_hz).round() as usize).max(1)
}

/// Sample near the trigger where load changes fastest in the direction of `sign`.
fn steepest(slope: &[f64], trigger: usize, earliest: usize, sign: f64, sampling_hz: f64) -> usize {
    let from = trigger
        .saturating_sub(samples(STEEPEST_BEFORE_S, sampling_hz))
        .max(earliest);
    let to = (trigger + samples(STEEPEST_AFTER_S, sampling_hz)).min(slope.len().saturating_sub(1));
    (from..=to)
        .max_by(|&a, &b| (sign * at(slope, a)).total_cmp(&(sign * at(slope, b))))
        .unwrap_or(trigger)
}

/// From the steepest point of the rise back to where the rise begins, or to where an earlier touch as abrupt as it
/// begins. It asks for the change of load over a short time, so it does not need the exact zero; neither does
/// [`onset_toe_off`].
fn onset_contact(
    load: &[f64],
    slope: &[f64],
    on: usize,
    earliest: usize,
    level: f64,
    sampling_hz: f64,
) -> f64 {
    let first = on
        .saturating_sub(samples(ONSET_SEARCH_S, sampling_hz))
        .max(earliest);
    let main = steepest(slope, on, earliest, 1.0, sampling_hz);
    let onset = rise_begins(load, main, first, level, sampling_hz);
    let touch = first_touch(load, slope, (earliest, onset as usize, main), sampling_hz)
        .map(|touch| rise_begins(load, touch, first, level, sampling_hz))
        .filter(|touch| onset - touch >= FIRST_TOUCH_LEAST_S * sampling_hz);
    touch.unwrap_or(onset)
}

/// From sample `from` back to where load rises by less than the level, not before sample `first`.
fn rise_begins(load: &[f64], from: usize, first: usize, level: f64, sampling_hz: f64) -> f64 {
    let window = samples(CONTACT_WINDOW_S, sampling_hz);
    let last = load.len().saturating_sub(1);
    let held = |i: usize| at(load, i.min(last));
    let rise = |i: usize| held(i) - held(i.saturating_sub(window));
    let mut i = from;
    while i > first && rise(i) > level {
        i -= 1;
    }
    between(rise(i), rise(i + 1), level, i)
}

/// A sample in the rise of an earlier touch, before the onset of the main rise: `span` is the end of the stance before,
/// that onset, and the steepest point of the main rise.
fn first_touch(
    load: &[f64],
    slope: &[f64],
    (earliest, onset, main): (usize, usize, usize),
    sampling_hz: f64,
) -> Option<usize> {
    let lowest = load
        .get(earliest..=main)?
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    let reached = |i: &usize| at(load, *i) > lowest + FIRST_TOUCH_LOAD;
    let from = onset
        .saturating_sub(samples(FIRST_TOUCH_SEARCH_S, sampling_hz))
        .max(earliest);
    // What is left of the stance before does not count.
    let unloaded = (from..onset).find(|i| !reached(i))?;
    let touch = (unloaded..=onset).find(reached)?;
    let rise = touch
        .saturating_sub(samples(FIRST_TOUCH_RISE_S, sampling_hz))
        .max(earliest);
    let abrupt = FIRST_TOUCH_STEEPNESS * at(slope, main);
    (rise..=touch).find(|&i| at(slope, i) >= abrupt)
}

/// From the steepest point of the fall on to where the fall ends.
fn onset_toe_off(
    load: &[f64],
    slope: &[f64],
    off: usize,
    latest: usize,
    level: f64,
    sampling_hz: f64,
) -> f64 {
    let window = samples(TOE_OFF_WINDOW_S, sampling_hz);
    let last = load.len().saturating_sub(1);
    let held = |i: usize| at(load, i.min(last));
    let fall = |j: usize| held(j) - held(j + window);
    let end = (off + samples(ONSET_SEARCH_S, sampling_hz)).min(latest);
    let mut j = steepest(slope, off, 0, -1.0, sampling_hz);
    while j < end && fall(j) > level {
        j += 1;
    }
    let before = j.saturating_sub(1);
    between(fall(before), fall(j), level, before)
}

/// Position between samples `i` and `i + 1` where a quantity passes the level; `i` when it does not.
fn between(here: f64, next: f64, level: f64, i: usize) -> f64 {
    let change = next - here;
    if change == 0.0 {
        i as f64
    } else {
        i as f64 + ((level - here) / change).clamp(0.0, 1.0)
    }
}
