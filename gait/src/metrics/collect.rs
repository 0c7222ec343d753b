//! From the strides used to moments: per foot, and of quantities that need both feet of one stride.

use std::collections::BTreeMap;

use crate::metrics;
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Stride;
use crate::summary::FootMoments;

/// One value of one stride; `None` where the stride does not have it.
type Measure = fn(&Stride) -> Option<f64>;

/// Per-foot metrics by id.
const FOOT: &[(&str, Measure)] = &[
    ("stride_time_s", |s| Some(s.stride_time_s())),
    ("step_time_s", Stride::step_time_s),
    ("stance_time_s", |s| Some(s.stance_time_s())),
    ("swing_time_s", |s| Some(s.swing_time_s())),
    ("stance_pct", |s| Some(s.stance_pct())),
    ("swing_pct", |s| Some(s.swing_pct())),
    ("double_support_pct", Stride::double_support_pct),
    ("f1_bw", |s| s.force.map(|f| f.f1_bw)),
    ("fv_bw", |s| s.force.map(|f| f.fv_bw)),
    ("f2_bw", |s| s.force.map(|f| f.f2_bw)),
];

/// Moments of every per-foot metric over the strides used. Values outside the credible range of their metric (possible
/// for force only: the times were judged before) are left out.
pub(crate) fn per_foot(strides: &[Stride]) -> BTreeMap<String, FootMoments> {
    FOOT.iter()
        .filter_map(|(id, measure)| {
            let foot = |side| {
                moments(
                    id,
                    strides
                        .iter()
                        .filter(|s| s.foot == side && s.is_used())
                        .filter_map(measure),
                )
            };
            let feet = FootMoments {
                left: foot(Side::Left),
                right: foot(Side::Right),
            };
            (feet != FootMoments::default()).then(|| ((*id).to_owned(), feet))
        })
        .collect()
}

/// Moments of the pair quantities. Phases (Plotnik 2007) are taken with each foot as the reference, because which one
/// serves is known only when all sessions are merged; differences are right minus left.
pub(crate) fn pairs(strides: &[Stride]) -> BTreeMap<String, Moments> {
    let phases = |side| {
        let used = strides
            .iter()
            .filter(move |s| s.foot == side && s.is_used());
        used.filter_map(|s| {
            s.contralateral_s
                .map(|c| 360.0 * (c - s.start_s) / s.stride_time_s())
        })
    };
    let deviation = |phase: f64| (phase - 180.0).abs();
    let coupled = coupled(strides);
    let difference = |measure: fn(&Stride) -> Option<f64>| {
        coupled
            .iter()
            .filter_map(move |(l, r)| Some(measure(r)? - measure(l)?))
            .collect::<Vec<f64>>()
    };
    let steps = strides
        .iter()
        .filter(|s| s.foot == Side::Left && s.is_used())
        .filter_map(|s| s.contralateral_s.map(|c| (c - s.start_s) - (s.end_s - c)));
    [
        (
            "phase_left_deg",
            moments("phase_left_deg", phases(Side::Left)),
        ),
        (
            "phase_left_deviation_deg",
            moments(
                "phase_left_deviation_deg",
                phases(Side::Left).map(deviation),
            ),
        ),
        (
            "phase_right_deg",
            moments("phase_right_deg", phases(Side::Right)),
        ),
        (
            "phase_right_deviation_deg",
            moments(
                "phase_right_deviation_deg",
                phases(Side::Right).map(deviation),
            ),
        ),
        (
            "stance_time_difference_s",
            moments(
                "stance_time_difference_s",
                difference(|s| Some(s.stance_time_s())),
            ),
        ),
        (
            "swing_time_difference_s",
            moments(
                "swing_time_difference_s",
                difference(|s| Some(s.swing_time_s())),
            ),
        ),
        (
            "step_time_difference_s",
            moments("step_time_difference_s", steps),
        ),
        (
            "f1_difference_bw",
            moments("f1_difference_bw", difference(|s| s.force.map(|f| f.f1_bw))),
        ),
    ]
    .into_iter()
    .filter_map(|(id, m)| m.map(|m| (id.to_owned(), m)))
    .collect()
}

/// Each used left stride with the used right stride that begins within it.
fn coupled(strides: &[Stride]) -> Vec<(&Stride, &Stride)> {
    let used = |side| {
        strides
            .iter()
            .filter(move |s: &&Stride| s.foot == side && s.is_used())
    };
    let mut right = used(Side::Right).peekable();
    used(Side::Left)
        .filter_map(|l| {
            while right.next_if(|r| r.start_s <= l.start_s).is_some() {}
            right
                .peek()
                .filter(|r| r.start_s < l.end_s)
                .map(|r| (l, *r))
        })
        .collect()
}

fn moments(id: &str, values: impl IntoIterator<Item = f64>) -> Option<Moments> {
    let (low, high) = metrics::range(id);
    Moments::of(values.into_iter().filter(|v| (low..=high).contains(v)))
}
