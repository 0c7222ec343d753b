//! Missing samples: filled by straight lines so that filters and thresholds have something to read, and remembered so
//! that no event or stride is taken from them.

use std::borrow::Cow;
use std::ops::Range;

use crate::recording::FootSignal;

/// Values beyond this are no force and no converter step.
const CREDIBLE: f64 = 1e7;

/// A gap-free force signal and where it is not real.
pub(crate) struct Clean<'a> {
    /// Force, finite everywhere, one value per sample of the recording.
    pub(crate) force: Cow<'a, [f64]>,
    /// Ranges without measurement: ascending, disjoint, not adjacent.
    pub(crate) missing: Vec<Range<usize>>,
}

/// The signal of one foot over `samples` samples. Ranges outside the signal, non-finite and absurd values, and a foot
/// shorter than the recording all count as missing.
pub(crate) fn clean(foot: &FootSignal, samples: usize) -> Clean<'_> {
    let whole = foot.force.len() == samples && foot.missing.is_empty();
    if whole && foot.force.iter().all(|f| credible(*f)) {
        return Clean {
            force: Cow::Borrowed(&foot.force),
            missing: Vec::new(),
        };
    }
    let mut absent = vec![false; samples];
    for range in &foot.missing {
        let end = range.end.min(samples);
        if let Some(part) = absent.get_mut(range.start.min(end)..end) {
            part.fill(true);
        }
    }
    let mut force = vec![0.0; samples];
    for (i, slot) in force.iter_mut().enumerate() {
        match foot.force.get(i).filter(|f| credible(**f)) {
            Some(value) => *slot = *value,
            None => {
                if let Some(flag) = absent.get_mut(i) {
                    *flag = true;
                }
            }
        }
    }
    let missing = ranges(&absent);
    for range in &missing {
        fill(&mut force, range);
    }
    Clean {
        force: Cow::Owned(force),
        missing,
    }
}

fn credible(value: f64) -> bool {
    value.abs() <= CREDIBLE
}

fn ranges(flags: &[bool]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (i, _) in flags.iter().enumerate().filter(|(_, flag)| **flag) {
        match found.last_mut() {
            Some(last) if last.end == i => last.end = i + 1,
            _ => found.push(i..i + 1),
        }
    }
    found
}

/// A straight line between the neighbours; at the ends of the recording the one neighbour is held.
fn fill(force: &mut [f64], range: &Range<usize>) {
    let before = range
        .start
        .checked_sub(1)
        .and_then(|i| force.get(i))
        .copied();
    let after = force.get(range.end).copied();
    let (from, to) = match (before, after) {
        (Some(from), Some(to)) => (from, to),
        (Some(one), None) | (None, Some(one)) => (one, one),
        (None, None) => (0.0, 0.0),
    };
    let steps = (range.len() + 1) as f64;
    for (k, slot) in force
        .iter_mut()
        .skip(range.start)
        .take(range.len())
        .enumerate()
    {
        *slot = from + (to - from) * (k + 1) as f64 / steps;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foot(force: &[f64], missing: &[Range<usize>]) -> FootSignal {
        FootSignal {
            force: force.to_vec(),
            sensors: Vec::new(),
            missing: missing.to_vec(),
            ..FootSignal::default()
        }
    }

    #[test]
    fn gaps_become_straight_lines_and_stay_known() {
        let broken = [1.0, 0.0, 0.0, 4.0, f64::NAN, f64::INFINITY];
        let foot = foot(&broken, &[1..2, 2..3]);
        let c = clean(&foot, 7);
        assert_eq!(*c.force, [1.0, 2.0, 3.0, 4.0, 4.0, 4.0, 4.0]);
        assert_eq!(c.missing, [1..3, 4..7]);
    }

    #[test]
    fn nothing_at_all_is_all_missing() {
        let backwards = Range { start: 9, end: 3 };
        let foot = foot(&[], &[backwards, 0..usize::MAX]);
        let c = clean(&foot, 2);
        assert_eq!(*c.force, [0.0, 0.0]);
        assert!(c.missing.iter().eq([&(0..2)]));
    }
}
