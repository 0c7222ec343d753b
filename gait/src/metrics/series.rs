//! What a session keeps beside the moments per metric: bouts classes, histograms, cycle counts, long memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::collect::Collected;
use super::dfa::{self, Scaling};
use super::flags::Conditions;
use super::histogram::Histogram;
use crate::bouts::{Bout, BoutClass};
use crate::moments::Moments;
use crate::plantar::StancePhases;
use crate::strides::Stride;
use crate::summary::{FootMoments, Gathered};

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
    /// Moments of both feet together per class of bout ([`BoutClass::ALL`]), by metric id.
    pub by_bout: BTreeMap<String, [Option<Moments>; BoutClass::ALL.len()]>,
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
