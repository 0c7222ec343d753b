//! Rules of the numbers: known ids, credible ranges, counts that fit, identities between metrics.

use std::collections::BTreeMap;

use super::{Findings, member};
use crate::metrics::histogram::Histogram;
use crate::metrics::{self, MetricDef, Scope};
use crate::recording::Side;
use crate::summary::decode::known;
use crate::summary::{Sample, SessionSummary};

/// Allowed distance of mean double support from stance left + stance right - 100, percentage points.
const DOUBLE_SUPPORT_TOLERANCE_PP: f64 = 3.0;

/// Pointers of the numbers of a sample.
struct Places {
    mean: String,
    m2: String,
    n: String,
}

impl Places {
    /// Of a sample by itself.
    fn of(base: &str) -> Self {
        Self {
            mean: format!("{base}/0"),
            m2: format!("{base}/1"),
            n: format!("{base}/2"),
        }
    }
}

/// What a count may be at most, and the count that is meant where none is stated.
struct Counts {
    usual: u64,
    most: u64,
}

impl SessionSummary {
    pub(super) fn check_metrics(&self, found: &mut Findings) {
        known_ids(&self.metrics, "/metrics", Scope::Foot, found);
        for (id, feet) in &self.metrics {
            let Some(def) = known(id, Scope::Foot) else {
                continue;
            };
            found.unless(
                feet.0.is_some() || feet.1.is_some(),
                &member("/metrics", id),
                "has at least one foot",
            );
            for (index, side) in Side::BOTH.into_iter().enumerate() {
                let used = self.strides.foot(side).used;
                if let Some(sample) = feet.foot(side) {
                    let base = format!("/metrics/{id}");
                    let places = Places {
                        mean: format!("{base}/{}", 2 * index),
                        m2: format!("{base}/{}", 2 * index + 1),
                        n: format!("{base}/{}", 4 + index),
                    };
                    let counts = Counts {
                        usual: used,
                        most: used,
                    };
                    check_sample(def, sample, &counts, &places, found);
                }
            }
        }
        known_ids(&self.pairs, "/pairs", Scope::Pair, found);
        let most = self.strides.left.used.max(self.strides.right.used);
        for (id, sample) in &self.pairs {
            if let Some(def) = known(id, Scope::Pair) {
                let usual = self.strides.usual_pair_n(id);
                let counts = Counts { usual, most };
                let places = Places::of(&format!("/pairs/{id}"));
                check_sample(def, sample, &counts, &places, found);
            }
        }
    }

    pub(super) fn check_by_bout(&self, found: &mut Findings) {
        for (id, classes) in &self.by_bout {
            let pointer = member("/by_bout", id);
            let Some(def) = metrics::def(id).filter(|def| def.by_bout) else {
                found.unless(false, &pointer, "is a metric id of this place");
                continue;
            };
            let parts = classes.iter().zip(self.bouts.classes());
            for (index, (sample, class)) in parts.enumerate() {
                let Some(sample) = sample else { continue };
                let counts = Counts {
                    usual: class.strides(),
                    most: class.strides(),
                };
                let places = Places::of(&format!("{pointer}/{index}"));
                check_sample(def, sample, &counts, &places, found);
            }
        }
    }

    pub(super) fn check_histograms(&self, found: &mut Findings) {
        for (id, feet) in &self.histograms {
            let binned = crate::metrics::histogram::binning(id).is_some();
            if !binned {
                let pointer = member("/histograms", id);
                found.unless(false, &pointer, "is a metric id of this place");
                continue;
            }
            let counts = Side::BOTH.map(|side| self.count(id, side));
            let wanted: Vec<u64> = match feet.as_slice() {
                [_] => vec![counts.iter().fold(0, |sum, n| sum.saturating_add(*n))],
                _ => counts.to_vec(),
            };
            let found_counts: Vec<u64> = feet.iter().map(Histogram::total).collect();
            found.unless(
                found_counts == wanted,
                &format!("/histograms/{id}"),
                "counts as many strides as the moments of the feet",
            );
        }
    }

    /// Count of a metric on one foot.
    fn count(&self, id: &str, side: Side) -> u64 {
        let sample = self.metrics.get(id).and_then(|feet| feet.foot(side));
        sample.map_or(0, |s| s.n.unwrap_or(self.strides.foot(side).used))
    }

    pub(super) fn check_identities(&self, found: &mut Findings) {
        let mean = |id: &str, side| Some(self.metrics.get(id)?.foot(side)?.mean);
        let stance = (
            mean("stance_pct", Side::Left),
            mean("stance_pct", Side::Right),
        );
        for (index, side) in Side::BOTH.into_iter().enumerate() {
            if let (Some(both), (Some(l), Some(r))) = (mean("double_support_pct", side), stance) {
                // Running has flight instead of double support: the identity then holds with the overlap clamped at zero.
                let flight = l + r < 100.0 && both <= DOUBLE_SUPPORT_TOLERANCE_PP;
                let close = (both - (l + r - 100.0)).abs() <= DOUBLE_SUPPORT_TOLERANCE_PP;
                found.unless(
                    close || flight,
                    &format!("/metrics/double_support_pct/{}", 2 * index),
                    "lies within 3 points of stance left + stance right - 100",
                );
            }
            let parts = (
                mean("initial_double_support_pct", side),
                mean("double_support_pct", side),
                mean("stance_pct", side),
            );
            if let (Some(initial), Some(both), Some(stance)) = parts {
                found.unless(
                    initial <= both + 1e-6 && both <= stance + 1e-6,
                    &format!("/metrics/initial_double_support_pct/{}", 2 * index),
                    "is part of double support, which is part of stance",
                );
            }
        }
    }
}

fn known_ids<T>(map: &BTreeMap<String, T>, base: &str, scope: Scope, found: &mut Findings) {
    for id in map.keys().filter(|id| known(id, scope).is_none()) {
        found.unless(false, &member(base, id), "is a metric id of this place");
    }
}

fn check_sample(
    def: &MetricDef,
    sample: &Sample,
    counts: &Counts,
    places: &Places,
    found: &mut Findings,
) {
    let n = sample.n.unwrap_or(counts.usual);
    found.unless(
        n >= 1 && n <= counts.most,
        &places.n,
        "is at least 1 and not above the strides used",
    );
    found.range(&places.mean, sample.mean, def.low, def.high);
    // Values between two limits with this mean spread at most so far (Bhatia & Davis 2000). The slack covers the grid.
    let (below, above) = (sample.mean - def.low, def.high - sample.mean);
    let most = n as f64 * (below * above).max(0.0);
    let slack = 1e-6 * most + n as f64 * def.step * (def.high - def.low);
    found.unless(
        sample.m2 >= 0.0 && sample.m2 <= most + slack,
        &places.m2,
        "is not negative and fits the credible range",
    );
}
