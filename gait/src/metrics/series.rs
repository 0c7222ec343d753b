//! What a session keeps beside the moments per metric: bouts classes, histograms, cycle counts, long memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::collect::Collected;
use super::dfa::{self, Scaling};
use super::flags::Conditions;
use super::histogram::Histogram;
use crate::bouts::Bout;
use crate::moments::Moments;
use crate::plantar::StancePhases;
use crate::strides::Stride;
use crate::summary::{FootMoments, Gathered};

/// Names of the classes of bout duration, s: up to 10, above 10 to 30, above 30 to 60, above 60 (Mobilise-D).
pub const BOUT_CLASSES: [&str; 4] = ["up_to_10", "10_30", "30_60", "over_60"];

/// Upper limits of all classes but the last, s.
const CLASS_LIMITS_S: [f64; 3] = [10.0, 30.0, 60.0];

/// Index into [`BOUT_CLASSES`] of a bout of this duration.
#[must_use]
pub fn class_of(duration_s: f64) -> usize {
    CLASS_LIMITS_S
        .iter()
        .take_while(|limit| duration_s > **limit)
        .count()
}

/// Stances by the order of their ground contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct CycleCounts {
    /// Heel, flat, push-off.
    pub typical: u64,
    /// Any other order.
    pub atypical: u64,
}

impl From<(u64, u64)> for CycleCounts {
    fn from((typical, atypical): (u64, u64)) -> Self {
        Self { typical, atypical }
    }
}

impl From<CycleCounts> for (u64, u64) {
    fn from(counts: CycleCounts) -> Self {
        (counts.typical, counts.atypical)
    }
}

impl CycleCounts {
    /// Counts a stance.
    pub(super) const fn add(&mut self, phases: StancePhases) {
        match phases {
            StancePhases::Typical => self.typical += 1,
            StancePhases::Atypical => self.atypical += 1,
            StancePhases::Unknown => {}
        }
    }

    /// Stances whose order is known.
    #[must_use]
    pub const fn known(self) -> u64 {
        self.typical.saturating_add(self.atypical)
    }
}

/// What a session keeps beside its moments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Moments of both feet together per class of bout ([`BOUT_CLASSES`]), by metric id.
    pub by_bout: BTreeMap<String, [Option<Moments>; 4]>,
    /// Histograms by metric id: of the left and the right foot, or one of both ([`super::histogram::Binning::pooled`]).
    pub histograms: BTreeMap<String, Vec<Histogram>>,
    /// Order of ground contacts, left and right.
    pub cycles: [CycleCounts; 2],
    /// Scaling of the stride times of the longest bout.
    pub scaling: Option<Scaling>,
    /// Under which the session was measured.
    pub conditions: Conditions,
}

/// Per-foot moments, pair moments and the rest, of the strides used.
pub(crate) fn gather(
    collected: &Collected,
    strides: &[Stride],
    bouts: &[Bout],
    conditions: Conditions,
) -> Gathered {
    let mut gathered = Gathered {
        series: Series {
            cycles: collected.cycles,
            scaling: dfa::of_longest_bout(strides, bouts),
            conditions,
            ..Series::default()
        },
        ..Gathered::default()
    };
    let series = &mut gathered.series;
    for slot in &collected.slots {
        let id = || slot.def.id.to_owned();
        let [left, right] = slot.feet.map(|sums| sums.moments);
        let feet = FootMoments { left, right };
        if feet != FootMoments::default() {
            gathered.metrics.insert(id(), feet);
        }
        let classes = slot.by_bout.map(|sums| sums.moments);
        if classes.iter().any(Option::is_some) {
            series.by_bout.insert(id(), classes);
        }
        let filled = |(_, feet): &&(_, [Histogram; 2])| feet.iter().any(|h| h.total() > 0);
        if let Some((binning, [left, right])) = slot.histograms.as_ref().filter(filled) {
            let kept = if binning.pooled {
                vec![left.merge(right)]
            } else {
                vec![*left, *right]
            };
            series.histograms.insert(id(), kept);
        }
    }
    let pairs = collected.pairs.iter();
    let pairs = pairs.filter_map(|(def, sums)| Some((def.id.to_owned(), sums.moments?)));
    gathered.pairs = pairs.collect();
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_upper_limit() {
        let classes = [4.0, 10.0, 10.1, 30.0, 30.1, 60.0, 60.1, f64::NAN].map(class_of);
        assert_eq!(classes, [0, 0, 1, 1, 2, 2, 3, 0]);
    }
}
