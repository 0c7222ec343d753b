//! Quantities that need both feet of one stride.

use super::collect::Sums;
use super::{METRICS, MetricDef, Scope};
use crate::recording::Side;
use crate::strides::Stride;

/// Accumulates the pair quantities. Phases (Plotnik 2007) are taken with each foot as the reference, because which one
/// serves is known only when all sessions are merged; differences are right minus left.
pub(super) fn collect(strides: &[Stride]) -> Vec<(&'static MetricDef, Sums)> {
    let [left, right] = Side::BOTH.map(|side| {
        let used = strides
            .iter()
            .filter(move |s| s.foot == side && s.is_used());
        used.filter_map(phase_deg).collect::<Vec<f64>>()
    });
    let deviation = |phases: &[f64]| {
        phases
            .iter()
            .map(|p| (p - 180.0).abs())
            .collect::<Vec<f64>>()
    };
    let (mut stance, mut swing, mut peak) = (Vec::new(), Vec::new(), Vec::new());
    for (l, r) in coupled(strides) {
        stance.push(r.stance_time_s() - l.stance_time_s());
        swing.push(r.swing_time_s() - l.swing_time_s());
        let peaks = l.force.as_ref().zip(r.force.as_ref());
        peak.extend(peaks.map(|(l, r)| r.f1_bw - l.f1_bw));
    }
    let values = [
        ("phase_left_dev_deg", deviation(&left)),
        ("phase_right_dev_deg", deviation(&right)),
        ("phase_left_deg", left),
        ("phase_right_deg", right),
        ("stance_time_diff_s", stance),
        ("swing_time_diff_s", swing),
        ("f1_diff_bw", peak),
    ];
    let rows = METRICS.iter().filter(|def| def.scope == Scope::Pair);
    rows.map(|def| {
        let mut sums = Sums::default();
        let own = values.iter().filter(|(id, _)| *id == def.id);
        for value in own.flat_map(|(_, values)| values) {
            sums.add(def, *value);
        }
        (def, sums)
    })
    .collect()
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
