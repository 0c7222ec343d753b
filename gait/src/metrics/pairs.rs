//! Quantities that need both feet of one stride.

use super::collect::Accumulate;
use super::{METRICS, MetricDef, Scope};
use crate::recording::Side;
use crate::strides::Stride;

/// Accumulates the pair quantities. Phases (Plotnik 2007) are taken with each foot as the reference, because which one
/// serves is known only when all sessions are merged; differences are right minus left.
pub(super) fn collect<A: Accumulate>(strides: &[Stride]) -> Vec<(&'static MetricDef, A)> {
    let mut sums: Vec<(&'static MetricDef, A)> = METRICS
        .iter()
        .filter(|def| def.scope == Scope::Pair)
        .map(|def| (def, A::default()))
        .collect();
    let mut take = |id: &str, value: Option<f64>| {
        let slot = sums.iter_mut().find(|(def, _)| def.id == id);
        if let (Some((def, sum)), Some(value)) = (slot, value)
            && def.contains(value)
        {
            sum.add(def, value);
        }
    };
    for stride in strides.iter().filter(|s| s.is_used()) {
        let phase = phase_deg(stride);
        let deviation = phase.map(|p| (p - 180.0).abs());
        match stride.foot {
            Side::Left => {
                take("phase_left_deg", phase);
                take("phase_left_dev_deg", deviation);
            }
            Side::Right => {
                take("phase_right_deg", phase);
                take("phase_right_dev_deg", deviation);
            }
        }
    }
    for (l, r) in coupled(strides) {
        let stance = r.stance_time_s() - l.stance_time_s();
        take("stance_time_diff_s", Some(stance));
        take(
            "swing_time_diff_s",
            Some(r.swing_time_s() - l.swing_time_s()),
        );
        let peaks = l.force.as_ref().zip(r.force.as_ref());
        take("f1_diff_bw", peaks.map(|(l, r)| r.f1_bw - l.f1_bw));
    }
    sums
}

/// When the other foot makes contact, as degrees of the stride.
fn phase_deg(stride: &Stride) -> Option<f64> {
    let contact_s = stride.contralateral_s?;
    Some(360.0 * (contact_s - stride.start_s) / stride.stride_time_s())
}

/// Each used left stride with the used right stride that begins within it.
fn coupled(strides: &[Stride]) -> impl Iterator<Item = (&Stride, &Stride)> {
    let used = |side| {
        strides
            .iter()
            .filter(move |s: &&Stride| s.foot == side && s.is_used())
    };
    let mut right = used(Side::Right).peekable();
    used(Side::Left).filter_map(move |l| {
        while right.next_if(|r| r.start_s <= l.start_s).is_some() {}
        right
            .peek()
            .filter(|r| r.start_s < l.end_s)
            .map(|r| (l, *r))
    })
}
