//! What a session keeps beside the moments per metric: bouts classes, histograms, cycle counts, long memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::collect::{Collected, measure};
use super::dfa::{self, Scaling};
use super::flags::Conditions;
use super::histogram::{BINNINGS, Binning, Histogram};
use crate::bouts::{Bout, BoutClass};
use crate::moments::Moments;
use crate::plantar::StancePhases;
use crate::recording::Side;
use crate::strides::Stride;
use crate::summary::FootMoments;

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
    /// Histograms by metric id: of the left and the right foot, or one of both ([`Binning::pooled`]).
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
    collected: Collected<Option<Moments>>,
    strides: &[Stride],
    bouts: &[Bout],
    conditions: Conditions,
) -> (
    BTreeMap<String, FootMoments>,
    BTreeMap<String, Moments>,
    Series,
) {
    let mut by_bout = BTreeMap::new();
    let mut metrics = BTreeMap::new();
    for slot in collected.slots {
        let [left, right] = slot.feet;
        let feet = FootMoments { left, right };
        if feet != FootMoments::default() {
            metrics.insert(slot.def.id.to_owned(), feet);
        }
        if slot.by_bout.iter().any(Option::is_some) {
            by_bout.insert(slot.def.id.to_owned(), slot.by_bout);
        }
    }
    let pairs = collected.pairs.into_iter();
    let pairs = pairs.filter_map(|(def, m)| m.map(|m| (def.id.to_owned(), m)));
    let series = Series {
        by_bout,
        histograms: histograms(strides),
        cycles: Side::BOTH.map(|side| cycles(strides, side)),
        scaling: dfa::of_longest_bout(strides, bouts),
        conditions,
    };
    (metrics, pairs.collect(), series)
}

fn used(strides: &[Stride], side: Side) -> impl Iterator<Item = &Stride> {
    strides
        .iter()
        .filter(move |s| s.foot == side && s.is_used())
}

fn histograms(strides: &[Stride]) -> BTreeMap<String, Vec<Histogram>> {
    let of = |binning: &Binning| {
        let (measure, def) = (measure(binning.id)?, super::def(binning.id)?);
        let feet = Side::BOTH.map(|side| {
            let mut histogram = Histogram::default();
            let values = used(strides, side).filter_map(measure);
            for value in values.filter(|v| def.contains(*v)) {
                histogram.add(binning, value);
            }
            histogram
        });
        let empty = feet.iter().all(|h| h.total() == 0);
        let [left, right] = feet;
        let kept = if binning.pooled {
            vec![left.merge(&right)]
        } else {
            feet.to_vec()
        };
        (!empty).then(|| (binning.id.to_owned(), kept))
    };
    BINNINGS.iter().filter_map(of).collect()
}

fn cycles(strides: &[Stride], side: Side) -> CycleCounts {
    let mut counts = CycleCounts::default();
    for plantar in used(strides, side).filter_map(|s| s.plantar.as_ref()) {
        match plantar.phases {
            StancePhases::Typical => counts.typical += 1,
            StancePhases::Atypical => counts.atypical += 1,
            StancePhases::Unknown => {}
        }
    }
    counts
}
