//! Adding sessions up: exact sums by addition, counts by addition, like with like only.

use std::collections::BTreeMap;

use thiserror::Error;

use super::plain::to_decimals;
use super::tally::Tally;
use super::{
    BoutTotals, Bouts, Device, Exposure, FootCounts, FootPressure, FootSamples, Pressure, Quality,
    Sample, SessionSummary, Standing, StrideCounts, Strides,
};
use crate::metrics::series::CycleCounts;
use crate::metrics::{self, MetricDef};

/// Why two summaries must not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("summaries differ in {0}: only like may be merged with like")]
pub struct MergeError(
    /// The field that differs.
    pub &'static str,
);

/// Both sessions as one. Moments, histograms and counts add up exactly, in any order; durations up to rounding;
/// pressure under the feet is for display and off by at most half a step of its digits. The identity (id, start, zone)
/// is that of the session that started first; a name, serial number or shoe on which they differ is dropped, and so are
/// the hours and the drift, which belong to one session.
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
    let strides = strides(&a.strides, &b.strides);
    let bouts = bouts(&a.bouts, &b.bouts);
    Ok(SessionSummary {
        device: device(&a.device, &b.device),
        shoe_id: agreed(&a.shoe_id, &b.shoe_id),
        orthotic_id: agreed(&a.orthotic_id, &b.orthotic_id),
        simulation: a
            .simulation
            .clone()
            .filter(|_| a.simulation == b.simulation),
        duration_s: to_decimals(a.duration_s + b.duration_s, 3),
        recording: agreed(&a.recording, &b.recording),
        quality: quality(a, b),
        steps: counts(a.steps, b.steps),
        exposure: either(&a.exposure, &b.exposure, exposure),
        metrics: feet(a, b, &strides),
        pairs: pairs(a, b, &strides),
        by_bout: by_bout(a, b, &bouts),
        bouts,
        histograms: union(&a.histograms, &b.histograms, |_, x, y| {
            x.iter().zip(y).map(|(x, y)| x.merge(y)).collect()
        }),
        cycles: either(&a.cycles, &b.cycles, |[al, ar], [bl, br]| {
            [cycles(*al, *bl), cycles(*ar, *br)]
        }),
        scaling: either(&a.scaling, &b.scaling, |x, y| x.merge(*y)),
        pressure: either(&a.pressure, &b.pressure, |x, y| Pressure {
            left: either(&x.left, &y.left, FootPressure::merge),
            right: either(&x.right, &y.right, FootPressure::merge),
        }),
        drift: BTreeMap::new(),
        standing: either(&a.standing, &b.standing, standing),
        strides,
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

fn device(a: &Device, b: &Device) -> Device {
    Device {
        model: a.model.clone(),
        layout_id: a.layout_id.clone(),
        size: agreed(&a.size, &b.size),
        serial_left: agreed(&a.serial_left, &b.serial_left),
        serial_right: agreed(&a.serial_right, &b.serial_right),
        firmware: agreed(&a.firmware, &b.firmware),
    }
}

/// Percentages and forces are weighted by duration; the largest of what is a worst case stays.
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
    let both = |x: Option<f64>, y: Option<f64>| x.zip(y).map(|(x, y)| weighted(x, y));
    let largest = |x: Option<f64>, y: Option<f64>| x.zip(y).map(|(x, y)| x.max(y));
    Quality {
        missing_pct: {
            let ([al, ar], [bl, br]) = (qa.missing_pct, qb.missing_pct);
            [weighted(al, bl), weighted(ar, br)]
        },
        longest_gap_s: qa.longest_gap_s.max(qb.longest_gap_s),
        sync_ms: largest(qa.sync_ms, qb.sync_ms),
        body_weight_force: both(qa.body_weight_force, qb.body_weight_force),
        force_unit: qa.force_unit,
        creep_pct: qa
            .creep_pct
            .zip(qb.creep_pct)
            .map(|(x, y)| if x.abs() >= y.abs() { x } else { y }),
        saturated_pct: both(qa.saturated_pct, qb.saturated_pct),
        dead_sensors: joined(&qa.dead_sensors, &qb.dead_sensors),
        flags: joined(&qa.flags, &qb.flags),
    }
}

fn joined(a: &[String], b: &[String]) -> Vec<String> {
    let mut all: Vec<String> = a.iter().chain(b).cloned().collect();
    all.sort();
    all.dedup();
    all
}

fn exposure(a: &Exposure, b: &Exposure) -> Exposure {
    let mut seconds = a.seconds;
    for (sum, more) in seconds.iter_mut().zip(b.seconds) {
        *sum = sum.saturating_add(more);
    }
    Exposure {
        seconds,
        longest_standing_s: a.longest_standing_s.max(b.longest_standing_s),
        hourly: None,
    }
}

fn bouts(a: &Bouts, b: &Bouts) -> Bouts {
    let add = |x: BoutTotals, y: BoutTotals| {
        BoutTotals(
            x.count().saturating_add(y.count()),
            to_decimals(x.total_s() + y.total_s(), 2),
            x.strides().saturating_add(y.strides()),
        )
    };
    Bouts {
        up_to_10: add(a.up_to_10, b.up_to_10),
        from_10_to_30: add(a.from_10_to_30, b.from_10_to_30),
        from_30_to_60: add(a.from_30_to_60, b.from_30_to_60),
        over_60: add(a.over_60, b.over_60),
        longest_s: a.longest_s.max(b.longest_s),
        durations: a.durations.merge(&b.durations),
    }
}

/// Sway and shares are weighted by the time behind them; the spread of the share adds what the means differ by.
fn standing(a: &Standing, b: &Standing) -> Standing {
    let duration_s = a.duration_s + b.duration_s;
    let v = if duration_s > 0.0 {
        a.duration_s / duration_s
    } else {
        0.5
    };
    let w = 1.0 - v;
    let variance = v * a.sd_pct.powi(2)
        + w * b.sd_pct.powi(2)
        + v * w * (a.share_left_pct - b.share_left_pct).powi(2);
    let quiet_s = match (a.quiet_s, b.quiet_s) {
        (Some(x), Some(y)) => Some(x + y),
        (x, y) => x.or(y),
    };
    let q = a
        .quiet_s
        .zip(quiet_s)
        .map_or(0.0, |(x, sum)| if sum > 0.0 { x / sum } else { 0.5 });
    let mixed = |x: Option<f64>, y: Option<f64>| match (x, y) {
        (Some(x), Some(y)) => Some(q * x + (1.0 - q) * y),
        (x, y) => x.or(y),
    };
    let squared = |x: Option<f64>| x.map(|x| x * x);
    Standing {
        duration_s,
        share_left_pct: v * a.share_left_pct + w * b.share_left_pct,
        sd_pct: variance.sqrt(),
        shifts: a.shifts.saturating_add(b.shifts),
        fidgets: a.fidgets.saturating_add(b.fidgets),
        quiet_s,
        sway_rms: mixed(squared(a.sway_rms), squared(b.sway_rms)).map(f64::sqrt),
        sway_per_s: mixed(a.sway_per_s, b.sway_per_s),
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
        excluded: union(&a.excluded, &b.excluded, |_, x, y| x.saturating_add(*y)),
    }
}

fn feet(a: &SessionSummary, b: &SessionSummary, sum: &Strides) -> BTreeMap<String, FootSamples> {
    let used = |s: &Strides| [s.left.used, s.right.used];
    let ([al, ar], [bl, br], [l, r]) = (used(&a.strides), used(&b.strides), used(sum));
    let none = FootSamples(None, None);
    rows(&a.metrics, &b.metrics, |def, x, y| {
        let (x, y) = (x.unwrap_or(&none), y.unwrap_or(&none));
        let left = add(def, [(x.0, al), (y.0, bl)], l);
        let right = add(def, [(x.1, ar), (y.1, br)], r);
        (left.is_some() || right.is_some()).then_some(FootSamples(left, right))
    })
}

fn pairs(a: &SessionSummary, b: &SessionSummary, sum: &Strides) -> BTreeMap<String, Sample> {
    rows(&a.pairs, &b.pairs, |def, x, y| {
        let usual = |s: &Strides| s.usual_pair_n(def.id);
        let parts = [
            (x.copied(), usual(&a.strides)),
            (y.copied(), usual(&b.strides)),
        ];
        add(def, parts, usual(sum))
    })
}

fn by_bout(
    a: &SessionSummary,
    b: &SessionSummary,
    sum: &Bouts,
) -> BTreeMap<String, [Option<Sample>; 4]> {
    let usual = [a, b].map(|s| s.bouts.classes().map(|c| c.strides()));
    let [usual_a, usual_b] = usual;
    rows(&a.by_bout, &b.by_bout, |def, x, y| {
        let mut classes = [None; 4];
        let (x, y) = (
            x.copied().unwrap_or_default(),
            y.copied().unwrap_or_default(),
        );
        let parts = x.into_iter().zip(usual_a).zip(y.into_iter().zip(usual_b));
        for ((class, (x, y)), of) in classes.iter_mut().zip(parts).zip(sum.classes()) {
            *class = add(def, [x, y], of.strides());
        }
        Some(classes)
    })
}

/// The exact sums of both, each given with its usual count. What is not credible is left out.
fn add(def: &MetricDef, parts: [(Option<Sample>, u64); 2], usual_n: u64) -> Option<Sample> {
    let sums = parts
        .iter()
        .filter_map(|(sample, n)| sample.as_ref()?.tally(def.step, *n));
    let sum = sums.fold(Tally::default(), Tally::merge);
    sum.sample(def.step, usual_n)
}

/// Every known row of either, whose usual count changes even where the other has none.
fn rows<V, S>(
    a: &BTreeMap<String, V>,
    b: &BTreeMap<String, V>,
    sum: impl Fn(&MetricDef, Option<&V>, Option<&V>) -> Option<S>,
) -> BTreeMap<String, S> {
    let ids = a.keys().chain(b.keys().filter(|id| !a.contains_key(*id)));
    ids.filter_map(|id| {
        let value = sum(metrics::def(id)?, a.get(id), b.get(id))?;
        Some((id.clone(), value))
    })
    .collect()
}

const fn counts(a: FootCounts, b: FootCounts) -> FootCounts {
    FootCounts {
        left: a.left.saturating_add(b.left),
        right: a.right.saturating_add(b.right),
    }
}

const fn cycles(a: CycleCounts, b: CycleCounts) -> CycleCounts {
    CycleCounts {
        typical: a.typical.saturating_add(b.typical),
        atypical: a.atypical.saturating_add(b.atypical),
    }
}

fn agreed(a: &Option<String>, b: &Option<String>) -> Option<String> {
    a.as_ref().filter(|_| a == b).cloned()
}

fn either<T: Clone>(a: &Option<T>, b: &Option<T>, both: impl Fn(&T, &T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (one, None) | (None, one) => one.clone(),
    }
}

fn union<V: Clone>(
    a: &BTreeMap<String, V>,
    b: &BTreeMap<String, V>,
    both: impl Fn(&str, &V, &V) -> V,
) -> BTreeMap<String, V> {
    let mut sum = a.clone();
    for (key, y) in b {
        let value = a.get(key).map_or_else(|| y.clone(), |x| both(key, x, y));
        sum.insert(key.clone(), value);
    }
    sum
}
