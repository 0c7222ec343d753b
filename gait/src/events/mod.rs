//! Initial contact and toe-off of one foot: a state machine with hysteresis finds the stances, then each event is placed
//! between samples by the rule that fits the signal.

mod place;

pub(crate) use place::Placement;
use place::Placer;

use crate::signal::largest;
use crate::summary::Thresholds;

/// Shorter loadings are not stances, s.
const MIN_STANCE_S: f64 = 0.10;
/// Load that every footfall reaches, body weights (or amplitudes): less is shuffling, unweighting, a dragged toe.
pub(crate) const FOOTFALL_LOAD: f64 = 0.5;
/// Unloading that stays above this share of the off threshold has not left the ground: a weak loading after it is the
/// end of the same stance.
const GROUND_SHARE: f64 = 0.5;

/// How events are told, whatever the levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) placement: Placement,
    /// Shorter unloadings inside a stance are merged away, s.
    pub(crate) min_swing_s: f64,
}

impl Rule {
    /// Force in newtons, levels in body weights.
    pub(crate) const LEVEL: Self = Self {
        placement: Placement::Level,
        min_swing_s: 0.08,
    };
    /// Force in newtons against one absolute level: the published protocols merge phases under 0.1 s.
    pub(crate) const ABSOLUTE: Self = Self {
        placement: Placement::Level,
        min_swing_s: 0.10,
    };
    /// Relative load.
    pub(crate) const ONSET: Self = Self {
        placement: Placement::Onset,
        min_swing_s: 0.08,
    };
}

/// The levels that tell stances of one foot, in the unit of its signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Levels {
    on: f64,
    off: f64,
    fc: f64,
    ground: f64,
    footfall: f64,
    zero: f64,
    unit: f64,
}

impl Levels {
    /// Thresholds are fractions of `unit` above `zero`, both in the unit of the signal.
    pub(crate) fn new(thresholds: &Thresholds, zero: f64, unit: f64) -> Self {
        let level = |fraction: f64| fraction.mul_add(unit, zero);
        Self {
            on: level(thresholds.on_bw),
            off: level(thresholds.off_bw),
            fc: level(thresholds.fc_bw),
            ground: level(GROUND_SHARE * thresholds.off_bw),
            footfall: level(FOOTFALL_LOAD),
            zero,
            unit,
        }
    }

    fn load(&self, signal: f64) -> f64 {
        (signal - self.zero) / self.unit
    }
}

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

/// The contacts of one foot, ascending and disjoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Footfalls {
    /// Stances that begin and end within the recording.
    pub(crate) stances: Vec<Stance>,
    /// Initial contact of a last stance that the recording cuts off: it ends a stride and begins none.
    pub(crate) open_contact: Option<f64>,
}

impl Footfalls {
    /// Number of initial contacts.
    pub(crate) fn count(&self) -> usize {
        self.stances.len() + usize::from(self.open_contact.is_some())
    }

    /// Every initial contact with the toe-off that follows it within the recording.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = (f64, Option<f64>)> {
        let closed = self.stances.iter().map(|s| (s.contact, Some(s.toe_off)));
        closed.chain(self.open_contact.map(|contact| (contact, None)))
    }

    /// Each stance with the next initial contact of the foot.
    pub(crate) fn cycles(&self) -> impl Iterator<Item = (&Stance, f64)> {
        self.cycles_from(0)
    }

    /// The same from a stance on.
    pub(crate) fn cycles_from(&self, first: usize) -> impl Iterator<Item = (&Stance, f64)> {
        let stances = self.stances.get(first..).unwrap_or_default();
        let next = self.stances.get(first + 1..).unwrap_or_default();
        let next = next.iter().map(|s| s.contact).chain(self.open_contact);
        stances.iter().zip(next)
    }
}

/// All contacts of one foot. A stance that the start of the recording cuts off is left out; of one that the end cuts off
/// the contact remains.
pub(crate) fn footfalls(
    signal: &[f64],
    sampling_hz: f64,
    levels: &Levels,
    rule: &Rule,
) -> Footfalls {
    let spans = spans(signal, sampling_hz, levels, rule);
    let place = Placer::new(signal, sampling_hz, levels, rule.placement);
    let mut found = Footfalls::default();
    for (k, span) in spans.iter().enumerate() {
        let before = k.checked_sub(1).and_then(|p| spans.get(p));
        let earliest = before.and_then(|p| p.off).unwrap_or(0);
        let after = found.stances.last().map_or(0.0, |s| s.toe_off);
        let contact = place.contact(span.on, earliest).max(after);
        let Some(off) = span.off else {
            found.open_contact = Some(contact);
            break;
        };
        let latest = spans
            .get(k + 1)
            .map_or(signal.len().saturating_sub(1), |n| n.on);
        let toe_off = place.toe_off(span.on, off, latest);
        if toe_off > contact {
            found.stances.push(Stance {
                contact,
                toe_off,
                peak: levels.load(span.peak).max(0.0),
            });
        }
    }
    found
}

/// A stance in whole samples: `on` is the first sample at or above the on threshold, `off` the first one below off;
/// the last stance has none when the recording ends first.
#[derive(Clone, Copy)]
struct Span {
    on: usize,
    off: Option<usize>,
    /// Largest value of the signal in it.
    peak: f64,
}

/// Loadings long enough to be stances; short unloadings, and weak loadings after an unloading that stays above the
/// ground, belong to the stance before.
fn spans(signal: &[f64], sampling_hz: f64, levels: &Levels, rule: &Rule) -> Vec<Span> {
    let mut spans = loadings(signal, levels);
    let lifted = |from: usize, to: usize| {
        let unloaded = signal.get(from..to).unwrap_or_default();
        unloaded.iter().any(|v| *v < levels.ground)
    };
    spans.dedup_by(|next, kept| {
        let same = kept.off.is_some_and(|off| {
            ((next.on - off) as f64) < rule.min_swing_s * sampling_hz
                || (next.peak < levels.footfall && !lifted(off, next.on))
        });
        if same {
            kept.off = next.off;
            kept.peak = kept.peak.max(next.peak);
        }
        same
    });
    spans.retain(|span| {
        (span.off.unwrap_or(signal.len()) - span.on) as f64 >= MIN_STANCE_S * sampling_hz
    });
    spans
}

fn loadings(signal: &[f64], levels: &Levels) -> Vec<Span> {
    let mut spans = Vec::new();
    let below = |from: usize| position(signal, from, |v| v < levels.off);
    // A foot that is loaded at the first sample has no contact to report: wait until it unloads once.
    let mut unloaded = below(0);
    while let Some(on) = unloaded.and_then(|from| position(signal, from, |v| v >= levels.on)) {
        unloaded = below(on + 1);
        let loaded = signal.get(on..unloaded.unwrap_or(signal.len()));
        spans.push(Span {
            on,
            off: unloaded,
            peak: largest(loaded.unwrap_or_default()),
        });
    }
    spans
}

fn position(signal: &[f64], from: usize, is: impl Fn(f64) -> bool) -> Option<usize> {
    let found = signal.get(from..)?.iter().position(|v| is(*v))?;
    Some(from + found)
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

    const RELATIVE: Thresholds = Thresholds {
        on_bw: 0.3,
        off_bw: 0.2,
        fc_bw: 0.03,
    };

    fn find(load: &[f64], thresholds: &Thresholds, rule: &Rule) -> Footfalls {
        footfalls(load, 100.0, &Levels::new(thresholds, 0.0, 1.0), rule)
    }

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
        let found = find(&trapezoids(4), &T, &Rule::LEVEL).stances;
        assert_eq!(found.len(), 4);
        for (k, s) in found.iter().enumerate() {
            let start = 100.0 * k as f64;
            assert_abs_diff_eq!(s.contact, start + 0.5, epsilon = 1e-9);
            assert_abs_diff_eq!(s.toe_off, start + 61.5, epsilon = 1e-9);
            assert_abs_diff_eq!(s.peak, 1.0, epsilon = 1e-9);
        }
    }

    #[test]
    fn a_stance_cut_off_by_the_start_is_left_out_and_one_cut_off_by_the_end_keeps_its_contact() {
        let cut = trapezoids(3)[30..230].to_vec();
        let found = find(&cut, &T, &Rule::LEVEL);
        assert_eq!((found.stances.len(), found.count()), (1, 2));
        assert_abs_diff_eq!(found.stances.first().unwrap().contact, 70.5, epsilon = 1e-9);
        assert_abs_diff_eq!(found.open_contact.unwrap(), 170.5, epsilon = 1e-9);
        let cycles: Vec<f64> = found.cycles().map(|(s, next)| next - s.contact).collect();
        assert_eq!(cycles.len(), 1);
        assert_abs_diff_eq!(*cycles.first().unwrap(), 100.0, epsilon = 1e-9);
    }

    #[test]
    fn an_open_contact_lies_where_it_would_with_its_toe_off() {
        let whole = trapezoids(5);
        for (rule, t) in [(Rule::LEVEL, T), (Rule::ONSET, RELATIVE)] {
            let full = find(&whole, &t, &rule);
            assert_eq!(full.open_contact, None);
            let cut = find(&whole[..440], &t, &rule);
            let last = full.stances.last().unwrap();
            assert_abs_diff_eq!(cut.open_contact.unwrap(), last.contact, epsilon = 1e-6);
            assert_eq!(cut.stances, full.stances[..4]);
        }
    }

    #[test]
    fn a_load_too_short_to_be_a_stance_is_no_open_contact() {
        let found = find(&trapezoids(3)[..208], &T, &Rule::LEVEL);
        assert_eq!((found.stances.len(), found.open_contact), (2, None));
        // Unloading too short to be a swing: the last stance goes on to the end.
        let mut dip = trapezoids(3)[..250].to_vec();
        dip[230..235].fill(0.0);
        let found = find(&dip, &T, &Rule::LEVEL);
        assert_abs_diff_eq!(found.open_contact.unwrap(), 200.5, epsilon = 1e-9);
    }

    #[test]
    fn toe_off_is_the_last_falling_crossing_of_a_higher_level() {
        let high = Thresholds { fc_bw: 0.13, ..T };
        let found = find(&trapezoids(3), &high, &Rule::LEVEL).stances;
        assert_abs_diff_eq!(found.first().unwrap().toe_off, 60.7, epsilon = 1e-9);
    }

    #[test]
    fn short_unloading_merges_and_short_loading_is_nothing() {
        let mut load = vec![0.0; 300];
        load[100..160].fill(1.0);
        load[130..134].fill(0.0);
        load[200..206].fill(1.0);
        let found = find(&load, &T, &Rule::LEVEL).stances;
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().toe_off > 159.0);
    }

    #[test]
    fn onset_finds_the_foot_of_the_rise_above_a_wrong_zero() {
        let load: Vec<f64> = trapezoids(6).iter().map(|v| 0.08 + 0.92 * v).collect();
        for s in find(&load, &RELATIVE, &Rule::ONSET).stances {
            let phase = s.contact % 100.0;
            assert!(!(1.5..=99.5).contains(&phase), "{phase}");
            assert_abs_diff_eq!(s.toe_off % 100.0, 62.0, epsilon = 1.5);
        }
    }

    #[test]
    fn nothing_comes_of_nothing() {
        for load in [vec![], vec![0.0; 500], vec![1.0; 500], vec![1e300; 3]] {
            for rule in [Rule::LEVEL, Rule::ONSET] {
                assert_eq!(find(&load, &T, &rule).count(), 0);
            }
        }
    }
}
