//! From the strides used to sums: one pass over the strides, every metric at once.

use super::pairs;
use super::{METRICS, MetricDef, Scope};
use crate::bouts::{Bout, BoutClass};
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Stride;

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

/// What takes in values one by one.
pub(crate) trait Accumulate: Copy + Default {
    /// Takes a credible value of a metric.
    fn add(&mut self, def: &MetricDef, value: f64);
}

impl Accumulate for Option<Moments> {
    fn add(&mut self, _: &MetricDef, value: f64) {
        *self = Some(self.map_or(Moments::one(value), |m| m.push(value)));
    }
}

/// One metric, accumulated per foot and, both feet together, per class of bout.
pub(crate) struct Slot<A> {
    pub(crate) def: &'static MetricDef,
    measure: Measure,
    pub(crate) feet: [A; 2],
    pub(crate) by_bout: [A; BoutClass::ALL.len()],
}

/// Everything accumulated from the strides used.
pub(crate) struct Collected<A> {
    pub(crate) slots: Vec<Slot<A>>,
    pub(crate) pairs: Vec<(&'static MetricDef, A)>,
}

/// One pass over the strides used. Values outside the credible range of their metric are left out (the times were
/// judged before). `strides` and `bouts` are ordered by start.
pub(crate) fn collect<A: Accumulate>(
    strides: &[Stride],
    bouts: &[Bout],
    wanted: fn(&MetricDef) -> bool,
) -> Collected<A> {
    let mut slots: Vec<Slot<A>> = METRICS
        .iter()
        .filter(|def| def.scope == Scope::Foot && wanted(def))
        .filter_map(|def| {
            Some(Slot {
                def,
                measure: measure(def.id)?,
                feet: [A::default(); 2],
                by_bout: [A::default(); BoutClass::ALL.len()],
            })
        })
        .collect();
    let mut bouts = bouts.iter().peekable();
    for stride in strides.iter().filter(|s| s.is_used()) {
        while bouts.next_if(|b| b.end_s <= stride.start_s).is_some() {}
        let class = bouts.peek().map(|b| b.class().index());
        for slot in &mut slots {
            slot.take(stride, class);
        }
    }
    Collected {
        slots,
        pairs: pairs::collect(strides),
    }
}

impl<A: Accumulate> Slot<A> {
    fn take(&mut self, stride: &Stride, class: Option<usize>) {
        let Some(value) = (self.measure)(stride).filter(|v| self.def.contains(*v)) else {
            return;
        };
        let [left, right] = &mut self.feet;
        match stride.foot {
            Side::Left => left.add(self.def, value),
            Side::Right => right.add(self.def, value),
        }
        let class = class.filter(|_| self.def.by_bout);
        if let Some(slot) = class.and_then(|c| self.by_bout.get_mut(c)) {
            slot.add(self.def, value);
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
