//! From the upload document back to what metrics are derived from.

use std::collections::BTreeMap;

use super::{FootMoments, FootSamples, Sample, SessionSummary, StrideCounts, Strides};
use crate::metrics::derive::Measured;
use crate::metrics::flags::Conditions;
use crate::metrics::series::Series;
use crate::metrics::{self, MetricDef, Scope};
use crate::moments::Moments;
use crate::recording::Side;

/// Everything metrics are derived from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// Moments per foot by metric id.
    pub metrics: BTreeMap<String, FootMoments>,
    /// Moments of pair quantities.
    pub pairs: BTreeMap<String, Moments>,
    /// What is no moment.
    pub series: Series,
}

impl Gathered {
    /// As the metrics take it.
    #[must_use]
    pub const fn measured(&self) -> Measured<'_> {
        Measured {
            metrics: &self.metrics,
            pairs: &self.pairs,
            series: &self.series,
        }
    }
}

impl Strides {
    /// Count of a pair quantity where the document does not state one.
    pub(super) fn usual_pair_n(&self, id: &str) -> u64 {
        if id.starts_with("phase_right") {
            self.right.used
        } else {
            self.left.used
        }
    }

    pub(super) const fn foot(&self, side: Side) -> &StrideCounts {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}

impl FootSamples {
    /// One foot.
    #[must_use]
    pub const fn foot(&self, side: Side) -> Option<&Sample> {
        match side {
            Side::Left => self.0.as_ref(),
            Side::Right => self.1.as_ref(),
        }
    }
}

impl SessionSummary {
    /// What the session's metrics are derived from; what is not known or not credible is left out.
    #[must_use]
    pub fn gathered(&self) -> Gathered {
        let mut metrics = self.foot_moments();
        derive_rows(&mut metrics);
        let pairs = self.pairs.iter().filter_map(|(id, sample)| {
            let def = known(id, Scope::Pair)?;
            let moments = read(sample, def, self.strides.usual_pair_n(id))?;
            Some((id.clone(), moments))
        });
        Gathered {
            metrics,
            pairs: pairs.collect(),
            series: Series {
                by_bout: self.bout_moments(),
                histograms: self.histograms.clone(),
                cycles: self.cycles.unwrap_or_default(),
                scaling: self.scaling,
                conditions: Conditions {
                    force_unit: self.quality.force_unit,
                    sync_ms: self.quality.sync_ms,
                    imputed: !self.quality.dead_sensors.is_empty(),
                },
            },
        }
    }

    fn foot_moments(&self) -> BTreeMap<String, FootMoments> {
        let rows = self.metrics.iter().filter_map(|(id, feet)| {
            let def = known(id, Scope::Foot)?;
            let foot = |side| read(feet.foot(side)?, def, self.strides.foot(side).used);
            let feet = FootMoments {
                left: foot(Side::Left),
                right: foot(Side::Right),
            };
            (feet != FootMoments::default()).then(|| (id.clone(), feet))
        });
        rows.collect()
    }

    fn bout_moments(&self) -> BTreeMap<String, [Option<Moments>; 4]> {
        let rows = self.by_bout.iter().filter_map(|(id, classes)| {
            let def = metrics::def(id).filter(|def| def.by_bout)?;
            let mut moments = [None; 4];
            let parts = classes.iter().zip(self.bouts.classes());
            for (moments, (sample, class)) in moments.iter_mut().zip(parts) {
                *moments = sample.as_ref().and_then(|s| read(s, def, class.strides()));
            }
            Some((id.clone(), moments))
        });
        rows.collect()
    }
}

/// The row of an id, when it is an uploaded one of this scope.
pub(super) fn known(id: &str, scope: Scope) -> Option<&'static MetricDef> {
    metrics::def(id).filter(|def| def.scope == scope && def.uploaded)
}

fn read(sample: &Sample, def: &MetricDef, usual_n: u64) -> Option<Moments> {
    sample.tally(def.step, usual_n)?.moments(def.step)
}

/// Rows that follow from others: means exactly, because they are of the same strides. The spread of single support is
/// that of the other foot's swing, which it is by definition; that of terminal double support is that of the other
/// foot's initial one, which is the same overlap seen from the other foot; that of stance time is the most that the
/// spreads of stride and swing time allow.
fn derive_rows(metrics: &mut BTreeMap<String, FootMoments>) {
    let of = |id: &str| metrics.get(id).copied().unwrap_or_default();
    let (stance, both, initial) = (
        of("stance_pct"),
        of("double_support_pct"),
        of("initial_double_support_pct"),
    );
    let each = |row: &dyn Fn(Side) -> Option<Moments>| FootMoments {
        left: row(Side::Left),
        right: row(Side::Right),
    };
    let rest = |whole: Option<&Moments>, part: Option<&Moments>, like: Option<&Moments>| {
        let (whole, part) = whole.zip(part).filter(|(a, b)| a.n == b.n)?;
        let like = like.unwrap_or(whole);
        let scale = whole.n as f64 / like.n.max(1) as f64;
        Some(Moments {
            n: whole.n,
            mean: whole.mean - part.mean,
            m2: like.m2 * scale,
        })
    };
    let (stride, swing) = (of("stride_time_s"), of("swing_time_s"));
    let rows = [
        (
            "stance_time_s",
            each(&|side| {
                let (whole, part) = stride.foot(side).zip(swing.foot(side))?;
                (whole.n == part.n).then(|| Moments {
                    n: whole.n,
                    mean: whole.mean - part.mean,
                    m2: (whole.m2.sqrt() + part.m2.sqrt()).powi(2),
                })
            }),
        ),
        (
            "swing_pct",
            each(&|side| {
                let mean = 100.0 - stance.foot(side)?.mean;
                stance.foot(side).map(|m| Moments { mean, ..*m })
            }),
        ),
        (
            "single_support_pct",
            each(&|side| {
                rest(
                    stance.foot(side),
                    both.foot(side),
                    stance.foot(side.other()),
                )
            }),
        ),
        (
            "terminal_double_support_pct",
            each(&|side| {
                rest(
                    both.foot(side),
                    initial.foot(side),
                    initial.foot(side.other()),
                )
            }),
        ),
    ];
    for (id, feet) in rows {
        if feet != FootMoments::default() {
            metrics.insert(id.to_owned(), feet);
        }
    }
}
