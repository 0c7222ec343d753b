//! Initial contact and toe-off of one foot: a state machine with hysteresis finds the stances, then each event is placed
//! between samples by the rule that fits the signal.

use crate::summary::Thresholds;

/// Shorter unloadings inside a stance are merged away, s.
const MIN_SWING_S: f64 = 0.08;
/// Shorter loadings are not stances, s.
const MIN_STANCE_S: f64 = 0.10;
/// A contact lies at most this far before the load that starts the stance, s.
const CONTACT_SEARCH_S: f64 = 0.10;

/// One stance. Times in samples from the first sample, fractional.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stance {
    /// Initial contact.
    pub(crate) contact: f64,
    /// Toe-off.
    pub(crate) toe_off: f64,
    /// Largest load between them.
    pub(crate) peak: f64,
}

/// How an event is placed once the stance is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Placement {
    /// Where load crosses a level: for calibrated force, whose zero and scale are known.
    Level,
    /// Where loading starts and unloading ends: for relative load, whose zero is known only within a few percent.
    Onset,
}

/// All stances of one foot, ascending and disjoint. Stances that the recording cuts off are left out.
pub(crate) fn stances(
    load: &[f64],
    sampling_hz: f64,
    thresholds: &Thresholds,
    placement: Placement,
) -> Vec<Stance> {
    let mut spans = spans(load, thresholds);
    merge_short_swings(&mut spans, MIN_SWING_S * sampling_hz);
    spans.retain(|span| (span.off - span.on) as f64 >= MIN_STANCE_S * sampling_hz);
    let smooth = match placement {
        Placement::Level => Vec::new(),
        Placement::Onset => smoothed(load, sampling_hz),
    };
    let slope = slope(&smooth, sampling_hz);
    let mut found: Vec<Stance> = Vec::with_capacity(spans.len());
    for (k, span) in spans.iter().enumerate() {
        let earliest = k
            .checked_sub(1)
            .and_then(|p| spans.get(p))
            .map_or(0, |p| p.off);
        let latest = spans
            .get(k + 1)
            .map_or(load.len().saturating_sub(1), |n| n.on);
        let after = found.last().map_or(0.0, |s| s.toe_off);
        let (contact, toe_off) = match placement {
            Placement::Level => level_events(load, span, earliest, thresholds, sampling_hz),
            Placement::Onset => onset_events(
                &smooth,
                &slope,
                span,
                earliest,
                latest,
                thresholds.fc_bw,
                sampling_hz,
            ),
        };
        let contact = contact.max(after);
        if toe_off > contact {
            let loaded = load.get(span.on..=span.off).unwrap_or_default();
            found.push(Stance {
                contact,
                toe_off,
                peak: loaded.iter().copied().fold(0.0, f64::max),
            });
        }
    }
    found
}

/// A stance in whole samples: `on` is the first sample at or above the on threshold, `off` the first one below off.
struct Span {
    on: usize,
    off: usize,
}

fn spans(load: &[f64], thresholds: &Thresholds) -> Vec<Span> {
    let mut spans = Vec::new();
    // A foot that is loaded at the first sample has no contact to report: wait until it unloads once.
    let mut unloaded_once = false;
    let mut on = None;
    for (i, &value) in load.iter().enumerate() {
        match on {
            None if !unloaded_once => unloaded_once = value < thresholds.off_bw,
            None if value >= thresholds.on_bw => on = Some(i),
            Some(start) if value < thresholds.off_bw => {
                spans.push(Span { on: start, off: i });
                on = None;
            }
            _ => {}
        }
    }
    spans
}

fn merge_short_swings(spans: &mut Vec<Span>, least: f64) {
    spans.dedup_by(|next, kept| {
        let short = ((next.on - kept.off) as f64) < least;
        if short {
            kept.off = next.off;
        }
        short
    });
}

/// Contact: from the trigger back to the rising crossing of the off level. Toe-off: the last falling crossing of its level.
fn level_events(
    load: &[f64],
    span: &Span,
    earliest: usize,
    thresholds: &Thresholds,
    sampling_hz: f64,
) -> (f64, f64) {
    let at = |i: usize| load.get(i).copied().unwrap_or(0.0);
    let reach = (CONTACT_SEARCH_S * sampling_hz).round() as usize;
    let first = span.on.saturating_sub(reach).max(earliest);
    let mut i = span.on;
    while i > first && at(i - 1) >= thresholds.off_bw {
        i -= 1;
    }
    let contact = crossing(at(i.saturating_sub(1)), at(i), thresholds.off_bw, i);
    let mut j = span.off;
    while j > span.on + 1 && at(j - 1) < thresholds.fc_bw {
        j -= 1;
    }
    (
        contact,
        crossing(at(j.saturating_sub(1)), at(j), thresholds.fc_bw, j),
    )
}

/// Where a straight line from sample `i - 1` to sample `i` meets the level.
fn crossing(before: f64, after: f64, level: f64, i: usize) -> f64 {
    let rise = after - before;
    if rise == 0.0 || i == 0 {
        i as f64
    } else {
        i as f64 - 1.0 + ((level - before) / rise).clamp(0.0, 1.0)
    }
}

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
    let half = ((SLOPE_HALF_S * sampling_hz).round() as usize).max(1);
    let last = load.len().saturating_sub(1);
    let at = |i: usize| load.get(i).copied().unwrap_or(0.0);
    (0..load.len())
        .map(|i| at((i + half).min(last)) - at(i.saturating_sub(half)))
        .collect()
}

/// From the steepest point of the rise back to where the rise begins; from the steepest point of the fall on to where
/// the fall ends. Both ask for the change of load over a short time, so neither needs the exact zero.
fn onset_events(
    load: &[f64],
    slope: &[f64],
    span: &Span,
    earliest: usize,
    latest: usize,
    level: f64,
    sampling_hz: f64,
) -> (f64, f64) {
    let samples = |s: f64| ((s * sampling_hz).round() as usize).max(1);
    let last = load.len().saturating_sub(1);
    let (before, after, reach) = (
        samples(STEEPEST_BEFORE_S),
        samples(STEEPEST_AFTER_S),
        samples(ONSET_SEARCH_S),
    );
    let steepest = |centre: usize, sign: f64| {
        let range = centre.saturating_sub(before).max(earliest)..=(centre + after).min(last);
        range.max_by(|&a, &b| {
            let of = |i: usize| sign * slope.get(i).copied().unwrap_or(0.0);
            of(a).total_cmp(&of(b))
        })
    };
    let at = |i: usize| load.get(i.min(last)).copied().unwrap_or(0.0);
    let window = samples(CONTACT_WINDOW_S);
    let rise = |i: usize| at(i) - at(i.saturating_sub(window));
    let mut i = steepest(span.on, 1.0).unwrap_or(span.on);
    let first = span.on.saturating_sub(reach).max(earliest);
    while i > first && rise(i) > level {
        i -= 1;
    }
    let contact = between(rise(i), rise(i + 1), level, i);
    let window = samples(TOE_OFF_WINDOW_S);
    let fall = |j: usize| at(j) - at(j + window);
    let mut j = steepest(span.off, -1.0).unwrap_or(span.off);
    let end = (span.off + reach).min(latest);
    while j < end && fall(j) > level {
        j += 1;
    }
    (
        contact,
        between(
            fall(j.saturating_sub(1)),
            fall(j),
            level,
            j.saturating_sub(1),
        ),
    )
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    const T: Thresholds = Thresholds {
        on_bw: 0.08,
        off_bw: 0.05,
        fc_bw: 0.05,
    };

    /// Trapezoids at 100 Hz, one per second: loading from 0 to 0.1 s, unloading from 0.52 to 0.62 s.
    fn trapezoids(n: usize) -> Vec<f64> {
        (0..n * 100)
            .map(|i| {
                let t = (i as f64 / 100.0) % 1.0;
                (t / 0.1).min((0.62 - t) / 0.1).clamp(0.0, 1.0)
            })
            .collect()
    }

    #[test]
    fn level_crossings_lie_between_samples() {
        let found = stances(&trapezoids(4), 100.0, &T, Placement::Level);
        assert_eq!(found.len(), 4);
        for (k, s) in found.iter().enumerate() {
            let start = 100.0 * k as f64;
            assert_abs_diff_eq!(s.contact, start + 0.5, epsilon = 1e-9);
            assert_abs_diff_eq!(s.toe_off, start + 61.5, epsilon = 1e-9);
            assert_abs_diff_eq!(s.peak, 1.0, epsilon = 1e-9);
        }
    }

    #[test]
    fn stances_cut_off_by_the_recording_are_left_out() {
        let cut = trapezoids(3)[30..230].to_vec();
        let found = stances(&cut, 100.0, &T, Placement::Level);
        assert_eq!(found.len(), 1);
        assert_abs_diff_eq!(found.first().unwrap().contact, 70.5, epsilon = 1e-9);
    }

    #[test]
    fn toe_off_is_the_last_falling_crossing_of_a_higher_level() {
        let high = Thresholds { fc_bw: 0.13, ..T };
        let found = stances(&trapezoids(3), 100.0, &high, Placement::Level);
        assert_abs_diff_eq!(found.first().unwrap().toe_off, 60.7, epsilon = 1e-9);
    }

    #[test]
    fn short_unloading_merges_and_short_loading_is_nothing() {
        let mut load = vec![0.0; 300];
        load[100..160].fill(1.0);
        load[130..134].fill(0.0);
        load[200..206].fill(1.0);
        let found = stances(&load, 100.0, &T, Placement::Level);
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().toe_off > 159.0);
    }

    #[test]
    fn onset_finds_the_foot_of_the_rise_above_a_wrong_zero() {
        let load: Vec<f64> = trapezoids(6).iter().map(|v| 0.08 + 0.92 * v).collect();
        let relative = Thresholds {
            on_bw: 0.3,
            off_bw: 0.2,
            fc_bw: 0.03,
        };
        for s in stances(&load, 100.0, &relative, Placement::Onset) {
            let phase = s.contact % 100.0;
            assert!(!(1.5..=99.5).contains(&phase), "{phase}");
            assert_abs_diff_eq!(s.toe_off % 100.0, 62.0, epsilon = 1.5);
        }
    }

    #[test]
    fn nothing_comes_of_nothing() {
        for load in [vec![], vec![0.0; 500], vec![1.0; 500], vec![1e300; 3]] {
            for placement in [Placement::Level, Placement::Onset] {
                assert!(stances(&load, 100.0, &T, placement).is_empty());
            }
        }
    }
}
