//! Adding sessions up, exactly: moments by Chan's formula, counts by addition, like with like only.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{
    BoutTotals, Device, FootCounts, FootMoments, Quality, SessionSummary, StrideCounts, Strides,
};
use crate::moments::Moments;

/// Why two summaries must not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("summaries differ in {0}: only like may be merged with like")]
pub struct MergeError(
    /// The field that differs.
    pub &'static str,
);

/// Both sessions as one. Commutative and associative up to rounding. The identity (id, start, zone) is that of the
/// session that started first; a name or serial number on which they differ is dropped.
///
/// # Errors
/// [`MergeError`] when schema, engine, norms, device model, layout, thresholds, force unit, sampling rate, tag or
/// source differ: such numbers do not compare.
pub fn merge(a: &SessionSummary, b: &SessionSummary) -> Result<SessionSummary, MergeError> {
    comparable(a, b)?;
    let first = if (&a.start_utc, &a.session_id) <= (&b.start_utc, &b.session_id) {
        a
    } else {
        b
    };
    Ok(SessionSummary {
        device: Device {
            serial_left: agreed(&a.device.serial_left, &b.device.serial_left),
            serial_right: agreed(&a.device.serial_right, &b.device.serial_right),
            ..first.device.clone()
        },
        duration_s: a.duration_s + b.duration_s,
        recording: agreed(&a.recording, &b.recording),
        quality: quality(a, b),
        steps: counts(a.steps, b.steps),
        walking_s: a.walking_s + b.walking_s,
        strides: strides(&a.strides, &b.strides),
        bouts: BoutTotals {
            count: a.bouts.count.saturating_add(b.bouts.count),
            total_s: a.bouts.total_s + b.bouts.total_s,
            longest_s: a.bouts.longest_s.max(b.bouts.longest_s),
        },
        metrics: union(&a.metrics, &b.metrics, |x, y| FootMoments {
            left: add(x.left, y.left),
            right: add(x.right, y.right),
        }),
        pairs: union(&a.pairs, &b.pairs, Moments::merge),
        ..first.clone()
    })
}

fn comparable(a: &SessionSummary, b: &SessionSummary) -> Result<(), MergeError> {
    let same = [
        ("schema_version", a.schema_version == b.schema_version),
        ("engine_version", a.engine_version == b.engine_version),
        ("norms_version", a.norms_version == b.norms_version),
        ("device/model", a.device.model == b.device.model),
        ("device/layout_id", a.device.layout_id == b.device.layout_id),
        ("thresholds", a.thresholds == b.thresholds),
        (
            "quality/force_unit",
            a.quality.force_unit == b.quality.force_unit,
        ),
        ("sampling_hz", a.sampling_hz == b.sampling_hz),
        ("tag", a.tag == b.tag),
        ("source", a.source == b.source),
    ];
    same.iter()
        .find(|(_, equal)| !equal)
        .map_or(Ok(()), |(field, _)| Err(MergeError(field)))
}

fn quality(a: &SessionSummary, b: &SessionSummary) -> Quality {
    let (qa, qb) = (&a.quality, &b.quality);
    let total = a.duration_s + b.duration_s;
    let weighted = |x: f64, y: f64| {
        if total > 0.0 {
            (x * a.duration_s + y * b.duration_s) / total
        } else {
            x.max(y)
        }
    };
    let mut flags: Vec<String> = qa.flags.iter().chain(&qb.flags).cloned().collect();
    flags.sort();
    flags.dedup();
    Quality {
        missing_pct_left: weighted(qa.missing_pct_left, qb.missing_pct_left),
        missing_pct_right: weighted(qa.missing_pct_right, qb.missing_pct_right),
        longest_gap_s: qa.longest_gap_s.max(qb.longest_gap_s),
        sync_ms: qa.sync_ms.zip(qb.sync_ms).map(|(x, y)| x.max(y)),
        body_weight_force: qa
            .body_weight_force
            .zip(qb.body_weight_force)
            .map(|(x, y)| weighted(x, y)),
        force_unit: qa.force_unit,
        flags,
    }
}

fn strides(a: &Strides, b: &Strides) -> Strides {
    let foot = |x: StrideCounts, y: StrideCounts| StrideCounts {
        total: x.total.saturating_add(y.total),
        valid: x.valid.saturating_add(y.valid),
        used: x.used.saturating_add(y.used),
    };
    Strides {
        left: foot(a.left, b.left),
        right: foot(a.right, b.right),
        excluded: union(&a.excluded, &b.excluded, |x, y| x.saturating_add(*y)),
    }
}

const fn counts(a: FootCounts, b: FootCounts) -> FootCounts {
    FootCounts {
        left: a.left.saturating_add(b.left),
        right: a.right.saturating_add(b.right),
    }
}

fn agreed(a: &Option<String>, b: &Option<String>) -> Option<String> {
    a.as_ref().filter(|_| a == b).cloned()
}

fn add(a: Option<Moments>, b: Option<Moments>) -> Option<Moments> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.merge(&b)),
        (one, None) | (None, one) => one,
    }
}

fn union<V: Clone>(
    a: &BTreeMap<String, V>,
    b: &BTreeMap<String, V>,
    both: impl Fn(&V, &V) -> V,
) -> BTreeMap<String, V> {
    let mut sum = a.clone();
    for (key, y) in b {
        let value = a.get(key).map_or_else(|| y.clone(), |x| both(x, y));
        sum.insert(key.clone(), value);
    }
    sum
}
