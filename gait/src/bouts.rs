//! Walking bouts: valid strides that follow each other (Mobilise-D conventions: at least four strides, breaks of at
//! most three seconds).

use serde::Serialize;

use crate::recording::Side;
use crate::strides::{Exclusion, Stride};

/// Longest break inside a bout, s.
const MAX_BREAK_S: f64 = 3.0;
/// Fewest strides (both feet together) of a bout.
const MIN_STRIDES: usize = 4;

/// A stretch of walking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bout {
    /// Start of its first stride, s from the first sample.
    pub start_s: f64,
    /// End of its last stride, s from the first sample.
    pub end_s: f64,
    /// Valid strides of both feet.
    pub strides: usize,
}

impl Bout {
    /// End minus start.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.end_s - self.start_s
    }
}

/// Finds the bouts and marks strides outside them, and each foot's first and last stride inside them.
/// A stretch that is no stride of walking (a pause of more than three seconds, a long gap) ends a bout, because no valid
/// stride bridges it. `strides` are ordered by start.
pub(crate) fn find(strides: &mut [Stride]) -> Vec<Bout> {
    let mut bouts = Vec::new();
    let mut members: Vec<usize> = Vec::new();
    let mut end_s = f64::NEG_INFINITY;
    let order: Vec<(usize, f64, f64)> = strides
        .iter()
        .enumerate()
        .filter(|(_, s)| s.is_valid())
        .map(|(i, s)| (i, s.start_s, s.end_s))
        .collect();
    for (i, start_s, stride_end_s) in order {
        if start_s - end_s > MAX_BREAK_S || interrupted(strides, end_s, start_s) {
            close(strides, &mut members, &mut bouts);
        }
        members.push(i);
        end_s = if members.len() == 1 {
            stride_end_s
        } else {
            end_s.max(stride_end_s)
        };
    }
    close(strides, &mut members, &mut bouts);
    bouts
}

/// Whether both feet stop between two moments: a stretch that is too long for a stride on either foot spans the break.
fn interrupted(strides: &[Stride], end_s: f64, start_s: f64) -> bool {
    end_s < start_s
        && strides.iter().any(|s| {
            s.reason == Some(Exclusion::TooLong) && s.start_s <= end_s && s.end_s >= start_s
        })
}

fn close(strides: &mut [Stride], members: &mut Vec<usize>, bouts: &mut Vec<Bout>) {
    let bout = Bout {
        start_s: members
            .iter()
            .filter_map(|i| strides.get(*i))
            .map(|s| s.start_s)
            .fold(f64::INFINITY, f64::min),
        end_s: members
            .iter()
            .filter_map(|i| strides.get(*i))
            .map(|s| s.end_s)
            .fold(f64::NEG_INFINITY, f64::max),
        strides: members.len(),
    };
    if members.len() >= MIN_STRIDES {
        bouts.push(bout);
        for side in Side::BOTH {
            let of_side = |i: &&usize| strides.get(**i).is_some_and(|s| s.foot == side);
            let ends = (
                members.iter().find(of_side).copied(),
                members.iter().rev().find(of_side).copied(),
            );
            mark(strides, ends.0, Exclusion::FirstOfBout);
            mark(strides, ends.1, Exclusion::LastOfBout);
        }
    } else {
        for &i in members.iter() {
            mark(strides, Some(i), Exclusion::Isolated);
        }
    }
    members.clear();
}

fn mark(strides: &mut [Stride], index: Option<usize>, reason: Exclusion) {
    if let Some(stride) = index.and_then(|i| strides.get_mut(i)) {
        stride.reason.get_or_insert(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(from_s: f64, count: usize) -> Vec<Stride> {
        (0..count)
            .flat_map(|k| {
                let start = from_s + k as f64;
                [(Side::Left, start), (Side::Right, start + 0.5)]
            })
            .map(|(foot, start_s)| Stride {
                foot,
                start_s,
                toe_off_s: start_s + 0.6,
                end_s: start_s + 1.0,
                reason: None,
                contralateral_s: None,
                double_support_s: None,
                initial_double_support_s: None,
                force: None,
                plantar: None,
                motion: None,
            })
            .collect()
    }

    #[test]
    fn a_break_of_more_than_three_seconds_ends_a_bout() {
        let mut strides = walk(0.0, 5);
        strides.extend(walk(8.6, 5));
        strides.extend(walk(16.5, 5));
        let bouts = find(&mut strides);
        assert_eq!(bouts.len(), 2, "{bouts:?}");
        assert_eq!(
            bouts.iter().map(|b| b.strides).collect::<Vec<_>>(),
            [10, 20]
        );
        let marked = |reason| strides.iter().filter(|s| s.reason == Some(reason)).count();
        assert_eq!(
            (
                marked(Exclusion::FirstOfBout),
                marked(Exclusion::LastOfBout)
            ),
            (4, 4)
        );
    }

    #[test]
    fn three_strides_are_no_bout() {
        let mut strides = walk(0.0, 2);
        strides.pop();
        assert!(find(&mut strides).is_empty());
        assert!(
            strides
                .iter()
                .all(|s| s.reason == Some(Exclusion::Isolated))
        );
    }
}
