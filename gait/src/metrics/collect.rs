//! From the strides used to sums: one pass over the strides, every metric at once.

use super::histogram::{self, Binning, Histogram};
use super::pairs;
use super::series::CycleCounts;
use super::{METRICS, MetricDef, Scope};
use crate::bouts::{Bout, BoutClass};
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Stride;
use crate::summary::Tally;

/// One value of one stride; `None` where the stride does not have it.
type Measure = fn(&Stride) -> Option<f64>;

/// How each per-foot metric is read from a stride.
const MEASURES: &[(&str, Measure)] = &[
    ("stride_time_s", |s| Some(s.stride_time_s())),
    ("step_time_s", Stride::step_time_s),
    ("stance_time_s", |s| Some(s.stance_time_s())),
    ("swing_time_s", |s| Some(s.swing_time_s())),
    ("stance_pct", |s| Some(s.stance_pct())),
    ("swing_pct", |s| Some(s.swing_pct())),
    ("double_support_pct", Stride::double_support_pct),
    (
        "initial_double_support_pct",
        Stride::initial_double_support_pct,
    ),
    ("terminal_double_support_pct", |s| {
        Some(s.double_support_pct()? - s.initial_double_support_pct()?)
    }),
    ("single_support_pct", |s| {
        Some(s.stance_pct() - s.double_support_pct()?)
    }),
    ("f1_bw", |s| Some(s.force.as_ref()?.f1_bw)),
    ("fv_bw", |s| Some(s.force.as_ref()?.fv_bw)),
    ("f2_bw", |s| Some(s.force.as_ref()?.f2_bw)),
    ("t_f1", |s| Some(s.force.as_ref()?.t_f1)),
    ("t_fv", |s| Some(s.force.as_ref()?.t_fv)),
    ("t_f2", |s| Some(s.force.as_ref()?.t_f2)),
    ("loading_rate_bw_per_s", |s| {
        s.force.as_ref()?.loading_rate_bw_per_s
    }),
    ("impulse_bw_s", |s| Some(s.force.as_ref()?.impulse_bw_s)),
    ("cpei_pct", |s| s.plantar.as_ref()?.cpei_pct),
    ("cop_length", |s| s.plantar.as_ref()?.cop_length),
    ("cop_width", |s| s.plantar.as_ref()?.cop_width),
    ("mid_load", |s| s.plantar.as_ref()?.mid_load),
    ("malr", |s| s.plantar.as_ref()?.malr),
    ("mlr", |s| s.plantar.as_ref()?.mlr),
    ("fmlr", |s| s.plantar.as_ref()?.fmlr),
    ("forefoot_share", |s| s.plantar.as_ref()?.forefoot_share),
    ("stride_length_m", |s| {
        Some(s.motion.as_ref()?.stride_length_m)
    }),
    ("speed_m_per_s", |s| Some(s.motion.as_ref()?.speed_m_per_s)),
    ("clearance_m", |s| Some(s.motion.as_ref()?.clearance_m)),
    ("contact_pitch_deg", |s| {
        Some(s.motion.as_ref()?.contact_pitch_deg)
    }),
];

/// The measure of a per-foot metric.
pub(crate) fn measure(id: &str) -> Option<Measure> {
    MEASURES.iter().find(|(of, _)| *of == id).map(|(_, m)| *m)
}

/// Sums of one quantity, as measured and on the grid of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) moments: Option<Moments>,
    pub(crate) tally: Tally,
}

impl Sums {
    /// Takes a value of a metric, when it is credible. Returns whether it is.
    pub(super) fn add(&mut self, def: &MetricDef, value: f64) -> bool {
        let credible = def.contains(value);
        if credible {
            self.moments = Some(self.moments.map_or(Moments::one(value), |m| m.push(value)));
            self.tally.add(value, def.step);
        }
        credible
    }
}

/// One metric per foot and, both feet together, per class of bout.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) def: &'static MetricDef,
    pub(crate) feet: [Sums; 2],
    pub(crate) by_bout: [Sums; BoutClass::ALL.len()],
    pub(crate) histograms: Option<(&'static Binning, [Histogram; 2])>,
}

/// Everything accumulated from the strides used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Collected {
    pub(crate) slots: Vec<Slot>,
    pub(crate) pairs: Vec<(&'static MetricDef, Sums)>,
    pub(crate) cycles: [CycleCounts; 2],
}

/// One pass over the strides used. Values outside the credible range of their metric are left out (the times were
/// judged before). `strides` and `bouts` are ordered by start.
pub(crate) fn collect(strides: &[Stride], bouts: &[Bout]) -> Collected {
    let rows = METRICS.iter().filter(|def| def.scope == Scope::Foot);
    let (mut slots, measures): (Vec<Slot>, Vec<Measure>) = rows
        .filter_map(|def| Some((Slot::new(def), measure(def.id)?)))
        .unzip();
    let mut cycles = [CycleCounts::default(); 2];
    let mut bouts = bouts.iter().peekable();
    for stride in strides.iter().filter(|s| s.is_used()) {
        while bouts.next_if(|b| b.end_s <= stride.start_s).is_some() {}
        let class = bouts.peek().map(|b| b.class().index());
        let foot = usize::from(stride.foot == Side::Right);
        for (slot, measure) in slots.iter_mut().zip(&measures) {
            if let Some(value) = measure(stride) {
                slot.add(value, foot, class);
            }
        }
        if let Some((counts, plantar)) = cycles.get_mut(foot).zip(stride.plantar.as_ref()) {
            counts.add(plantar.phases);
        }
    }
    Collected {
        slots,
        pairs: pairs::collect(strides),
        cycles,
    }
}

impl Slot {
    fn new(def: &'static MetricDef) -> Self {
        let binning = histogram::binning(def.id);
        Self {
            def,
            feet: <[Sums; 2]>::default(),
            by_bout: <[Sums; 4]>::default(),
            histograms: binning.map(|b| (b, <[Histogram; 2]>::default())),
        }
    }

    fn add(&mut self, value: f64, foot: usize, class: Option<usize>) {
        let def = self.def;
        if !self
            .feet
            .get_mut(foot)
            .is_some_and(|sums| sums.add(def, value))
        {
            return;
        }
        let class = class.filter(|_| def.by_bout);
        if let Some(sums) = class.and_then(|c| self.by_bout.get_mut(c)) {
            sums.add(def, value);
        }
        if let Some((binning, feet)) = &mut self.histograms
            && let Some(histogram) = feet.get_mut(foot)
        {
            histogram.add(binning, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_per_foot_row_has_one_measure_and_every_measure_a_row() {
        let rows: Vec<&str> = METRICS
            .iter()
            .filter(|d| d.scope == Scope::Foot)
            .map(|d| d.id)
            .collect();
        assert_eq!(rows, MEASURES.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    }
}
