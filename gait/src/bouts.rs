//! Walking bouts: valid strides that follow each other (Mobilise-D conventions: at least four strides, breaks of at
//! most three seconds). A stride left out of the metrics for another reason than not being a stride of walking (a turn, an
//! outlier, a missing other foot) is valid, belongs to its bout and splits none.

use serde::{Deserialize, Serialize};

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

    /// Its class of duration.
    #[must_use]
    pub fn class(&self) -> BoutClass {
        BoutClass::of(self.duration_s())
    }
}

/// Class of duration of a bout: the bounds Mobilise-D publishes its aggregates for. Gait in short bouts differs from
/// gait in long ones, so only like compares with like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BoutClass {
    /// At most 10 s.
    #[serde(rename = "up_to_10")]
    UpTo10,
    /// More than 10 s, at most 30 s.
    #[serde(rename = "10_30")]
    From10To30,
    /// More than 30 s, at most 60 s.
    #[serde(rename = "30_60")]
    From30To60,
    /// More than 60 s.
    #[serde(rename = "over_60")]
    Over60,
}

impl BoutClass {
    /// Every class, short to long.
    pub const ALL: [Self; 4] = [
        Self::UpTo10,
        Self::From10To30,
        Self::From30To60,
        Self::Over60,
    ];

    /// The class of a duration in seconds; every number has one.
    #[must_use]
    pub fn of(duration_s: f64) -> Self {
        if duration_s > 60.0 {
            Self::Over60
        } else if duration_s > 30.0 {
            Self::From30To60
        } else if duration_s > 10.0 {
            Self::From10To30
        } else {
            Self::UpTo10
        }
    }

    /// Position in [`BoutClass::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpTo10 => "up_to_10",
            Self::From10To30 => "10_30",
            Self::From30To60 => "30_60",
            Self::Over60 => "over_60",
        }
    }
}

/// The unions of classes that are published besides the classes themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoutUnion {
    /// Every bout.
    All,
    /// Longer than 10 s.
    Over10,
    /// Longer than 30 s.
    Over30,
}

impl BoutUnion {
    /// Every union, widest first.
    pub const ALL: [Self; 3] = [Self::All, Self::Over10, Self::Over30];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Over10 => "over_10",
            Self::Over30 => "over_30",
        }
    }

    /// Whether bouts of a class belong to it.
    #[must_use]
    pub fn contains(self, class: BoutClass) -> bool {
        match self {
            Self::All => true,
            Self::Over10 => class > BoutClass::UpTo10,
            Self::Over30 => class > BoutClass::From10To30,
        }
    }
}

/// Finds the bouts, tells each valid stride its bout, and marks strides outside them and each foot's first and last stride
/// inside them. A stretch that is no stride of walking (a pause of more than three seconds, a long gap) ends a bout,
/// because no valid stride bridges it. `strides` are ordered by start.
pub(crate) fn find(strides: &mut [Stride]) -> Vec<Bout> {
    let mut bouts = Vec::new();
    let mut members: Vec<usize> = Vec::new();
    let mut end_s = f64::NEG_INFINITY;
    let pauses = Pauses::of(strides);
    let order: Vec<(usize, f64, f64)> = strides
        .iter()
        .enumerate()
        .filter(|(_, s)| s.is_valid())
        .map(|(i, s)| (i, s.start_s, s.end_s))
        .collect();
    for (i, start_s, stride_end_s) in order {
        if start_s - end_s > MAX_BREAK_S || pauses.bridge(end_s, start_s) {
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

/// Stretches of either foot that are too long for a stride: the foot stands.
struct Pauses {
    /// Start of each, and the latest end of it and those before, s; ascending.
    stretches: Vec<(f64, f64)>,
}

impl Pauses {
    fn of(strides: &[Stride]) -> Self {
        let mut latest_s = f64::NEG_INFINITY;
        let long = strides
            .iter()
            .filter(|s| s.reason == Some(Exclusion::TooLong));
        Self {
            stretches: long
                .map(|s| {
                    latest_s = latest_s.max(s.end_s);
                    (s.start_s, latest_s)
                })
                .collect(),
        }
    }

    /// Whether one of them spans the break between two moments.
    fn bridge(&self, end_s: f64, start_s: f64) -> bool {
        let begun = self.stretches.partition_point(|(from, _)| *from <= end_s);
        let latest = begun.checked_sub(1).and_then(|k| self.stretches.get(k));
        end_s < start_s && latest.is_some_and(|(_, until)| *until >= start_s)
    }
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
        for i in members.iter() {
            if let Some(stride) = strides.get_mut(*i) {
                stride.bout = Some(bouts.len());
            }
        }
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
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
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
                bout: None,
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
        let of = |bout| strides.iter().filter(|s| s.bout == bout).count();
        assert_eq!((of(Some(0)), of(Some(1)), of(None)), (10, 20, 0));
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
    fn a_pause_of_either_foot_ends_a_bout_however_short_the_break() {
        let mut strides = walk(0.0, 5);
        strides.extend(walk(6.5, 5));
        let mut long = strides[0].clone();
        (long.start_s, long.end_s) = (4.5, 8.0);
        long.exclude(Exclusion::TooLong);
        strides.insert(9, long);
        assert_eq!(find(&mut strides).len(), 2);
    }

    #[test]
    fn a_stride_that_is_only_left_out_splits_nothing() {
        let mut strides = walk(0.0, 12);
        for stride in strides.iter_mut().skip(8).take(8) {
            stride.exclude(Exclusion::Outlier);
        }
        let bouts = find(&mut strides);
        assert_eq!((bouts.len(), bouts[0].strides), (1, 24));
        assert!(strides.iter().all(|s| s.bout == Some(0)));
    }

    #[test]
    fn classes_of_duration_and_their_unions() {
        let class = BoutClass::of;
        assert_eq!(class(10.0), BoutClass::UpTo10);
        assert_eq!(
            (class(10.01), class(30.0)),
            (BoutClass::From10To30, BoutClass::From10To30)
        );
        assert_eq!(
            (class(30.01), class(60.0)),
            (BoutClass::From30To60, BoutClass::From30To60)
        );
        assert_eq!(
            (class(60.01), class(f64::NAN)),
            (BoutClass::Over60, BoutClass::UpTo10)
        );
        let members = |union: BoutUnion| {
            BoutClass::ALL
                .into_iter()
                .filter(|c| union.contains(*c))
                .count()
        };
        assert_eq!(BoutUnion::ALL.map(members), [4, 3, 2]);
        for class in BoutClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
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
