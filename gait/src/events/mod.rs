//! Initial contact and toe-off of one foot: a state machine with hysteresis finds the stances, then each event is placed
//! between samples by the rule that fits the signal.

mod place;

pub(crate) use place::Placement;
use place::Placer;

use crate::summary::Thresholds;

/// Shorter unloadings inside a stance are merged away, s.
const MIN_SWING_S: f64 = 0.08;
/// Shorter loadings are not stances, s.
const MIN_STANCE_S: f64 = 0.10;
/// Load that every footfall reaches, body weights (or amplitudes): less is shuffling, unweighting, a dragged toe.
pub(crate) const FOOTFALL_LOAD: f64 = 0.5;
/// Unloading that stays above this share of the off threshold has not left the ground: a weak loading after it is the
/// end of the same stance.
const GROUND_SHARE: f64 = 0.5;

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
    load: &[f64],
    sampling_hz: f64,
    thresholds: &Thresholds,
    placement: Placement,
) -> Footfalls {
    let spans = spans(load, sampling_hz, thresholds);
    let place = Placer::new(load, sampling_hz, thresholds, placement);
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
            .map_or(load.len().saturating_sub(1), |n| n.on);
        let toe_off = place.toe_off(span.on, off, latest);
        if toe_off > contact {
            let loaded = load.get(span.on..=off).unwrap_or_default();
            found.stances.push(Stance {
                contact,
                toe_off,
                peak: loaded.iter().copied().fold(0.0, f64::max),
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
}

/// Loadings long enough to be stances; short unloadings, and weak loadings after an unloading that stays above the
/// ground, belong to the stance before.
fn spans(load: &[f64], sampling_hz: f64, thresholds: &Thresholds) -> Vec<Span> {
    let mut spans = loadings(load, thresholds);
    let reaches = |span: &Span| {
        let loaded = load.get(span.on..span.off.unwrap_or(load.len()));
        loaded.is_some_and(|l| l.iter().any(|v| *v >= FOOTFALL_LOAD))
    };
    let lifted = |from: usize, to: usize| {
        let unloaded = load.get(from..to).unwrap_or_default();
        unloaded
            .iter()
            .any(|v| *v < GROUND_SHARE * thresholds.off_bw)
    };
    spans.dedup_by(|next, kept| {
        let same = kept.off.is_some_and(|off| {
            ((next.on - off) as f64) < MIN_SWING_S * sampling_hz
                || (!lifted(off, next.on) && !reaches(next))
        });
        if same {
            kept.off = next.off;
        }
        same
    });
    spans.retain(|span| {
        (span.off.unwrap_or(load.len()) - span.on) as f64 >= MIN_STANCE_S * sampling_hz
    });
    spans
}

fn loadings(load: &[f64], thresholds: &Thresholds) -> Vec<Span> {
    let mut spans = Vec::new();
    // A foot that is loaded at the first sample has no contact to report: wait until it unloads once.
    let mut unloaded_once = false;
    let mut on = None;
    for (i, &value) in load.iter().enumerate() {
        match on {
            None if !unloaded_once => unloaded_once = value < thresholds.off_bw,
            None if value >= thresholds.on_bw => on = Some(i),
            Some(start) if value < thresholds.off_bw => {
                spans.push(Span {
                    on: start,
                    off: Some(i),
                });
                on = None;
            }
            _ => {}
        }
    }
    spans.extend(on.map(|on| Span { on, off: None }));
    spans
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
        let found = footfalls(&trapezoids(4), 100.0, &T, Placement::Level).stances;
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
        let found = footfalls(&cut, 100.0, &T, Placement::Level);
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
        for (placement, t) in [(Placement::Level, T), (Placement::Onset, RELATIVE)] {
            let full = footfalls(&whole, 100.0, &t, placement);
            assert_eq!(full.open_contact, None);
            let cut = footfalls(&whole[..440], 100.0, &t, placement);
            let last = full.stances.last().unwrap();
            assert_abs_diff_eq!(cut.open_contact.unwrap(), last.contact, epsilon = 1e-6);
            assert_eq!(cut.stances, full.stances[..4]);
        }
    }

    #[test]
    fn a_load_too_short_to_be_a_stance_is_no_open_contact() {
        let found = footfalls(&trapezoids(3)[..208], 100.0, &T, Placement::Level);
        assert_eq!((found.stances.len(), found.open_contact), (2, None));
        // Unloading too short to be a swing: the last stance goes on to the end.
        let mut dip = trapezoids(3)[..250].to_vec();
        dip[230..235].fill(0.0);
        let found = footfalls(&dip, 100.0, &T, Placement::Level);
        assert_abs_diff_eq!(found.open_contact.unwrap(), 200.5, epsilon = 1e-9);
    }

    #[test]
    fn toe_off_is_the_last_falling_crossing_of_a_higher_level() {
        let high = Thresholds { fc_bw: 0.13, ..T };
        let found = footfalls(&trapezoids(3), 100.0, &high, Placement::Level).stances;
        assert_abs_diff_eq!(found.first().unwrap().toe_off, 60.7, epsilon = 1e-9);
    }

    #[test]
    fn short_unloading_merges_and_short_loading_is_nothing() {
        let mut load = vec![0.0; 300];
        load[100..160].fill(1.0);
        load[130..134].fill(0.0);
        load[200..206].fill(1.0);
        let found = footfalls(&load, 100.0, &T, Placement::Level).stances;
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().toe_off > 159.0);
    }

    #[test]
    fn onset_finds_the_foot_of_the_rise_above_a_wrong_zero() {
        let load: Vec<f64> = trapezoids(6).iter().map(|v| 0.08 + 0.92 * v).collect();
        for s in footfalls(&load, 100.0, &RELATIVE, Placement::Onset).stances {
            let phase = s.contact % 100.0;
            assert!(!(1.5..=99.5).contains(&phase), "{phase}");
            assert_abs_diff_eq!(s.toe_off % 100.0, 62.0, epsilon = 1.5);
        }
    }

    #[test]
    fn nothing_comes_of_nothing() {
        for load in [vec![], vec![0.0; 500], vec![1.0; 500], vec![1e300; 3]] {
            for placement in [Placement::Level, Placement::Onset] {
                assert_eq!(footfalls(&load, 100.0, &T, placement).count(), 0);
            }
        }
    }
}
