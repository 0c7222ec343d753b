//! An analysis as the document others read: the JSON contract of the command line.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::analysis::Analysis;
use crate::bouts::BoutClass;
use crate::metrics::collect::measure;
use crate::metrics::derive::Measured;
use crate::metrics::flags::Flags;
use crate::metrics::histogram::{Histogram, binning};
use crate::metrics::{METRICS, MIN_STRIDES_ANY, MetricDef, Scope};
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Stride;
use crate::summary::convert;

impl Analysis {
    /// The analysis as JSON (docs/GAIT.md, "The analysis document"). `with_strides` adds the stride table.
    #[must_use]
    pub fn to_json(&self, with_strides: bool) -> Value {
        let (metrics, absent) = self.metric_values();
        let bouts: Vec<Value> = self
            .bouts
            .iter()
            .map(|b| json!({"start_s": b.start_s, "end_s": b.end_s, "strides": b.strides}))
            .collect();
        let mut document = json!({
            "recording": self.recording,
            "format": self.format,
            "engine_version": self.engine_version,
            "norms_version": self.norms_version,
            "sampling_hz": self.sampling_hz,
            "duration_s": self.duration_s,
            "force_unit": self.force_unit,
            "thresholds": self.thresholds,
            "issues": self.issues,
            "bouts": bouts,
            "strides_total": self.strides.len(),
            "strides_used": self.strides.iter().filter(|s| s.is_used()).count(),
            "excluded": self.excluded(),
            "metrics": metrics,
            "by_bout": self.by_bout(),
            "absent": absent,
            "observations": self.observations,
            "score": self.score,
            "load_balance": self.load_balance,
            "pressure": {"left": self.pressure[0], "right": self.pressure[1]},
            "exposure": self.activity.exposure,
            "turns": self.turns,
            "spatial_estimate": told(self.spatial_estimate.as_ref()),
            "standing": told(self.standing.as_ref().map(convert::standing)),
            "drift": self.drift,
            "clock": self.clock,
            "creep_pct": self.creep_pct,
            "sensor_faults": {"left": self.sensor_faults[0], "right": self.sensor_faults[1]},
        });
        if let Some(map) = document.as_object_mut() {
            if let Some(force) = self.body_weight_force {
                map.insert("body_weight_force".to_owned(), json!(force));
            }
            if with_strides {
                map.insert(
                    "strides".to_owned(),
                    self.strides.iter().map(stride).collect(),
                );
                map.insert("events".to_owned(), json!(self.events));
                map.insert("epochs".to_owned(), json!(self.activity.epochs));
            }
        }
        document
    }

    /// What the session's metrics are derived from.
    #[must_use]
    pub const fn measured(&self) -> Measured<'_> {
        Measured {
            metrics: &self.metrics,
            pairs: &self.pairs,
            series: &self.series,
        }
    }

    /// Metric values by id, and the reasons of the absent ones.
    fn metric_values(&self) -> (Map<String, Value>, Map<String, Value>) {
        let (mut values, mut absent) = (Map::new(), Map::new());
        for def in METRICS.iter().filter(|def| def.scope == Scope::Foot) {
            let mut entry = Map::new();
            for side in Side::BOTH {
                if let Some(value) = self.foot_value(def, side) {
                    entry.insert(side.as_str().to_owned(), value);
                }
            }
            if entry.is_empty() {
                absent.insert(def.id.to_owned(), json!(self.absence(def)));
            } else {
                values.insert(def.id.to_owned(), Value::Object(entry));
            }
        }
        for (id, derived) in self.session_metrics() {
            match derived {
                Ok(estimate) => values.insert(id.to_owned(), json!(estimate)),
                Err(reason) => absent.insert(id.to_owned(), json!(reason)),
            };
        }
        (values, absent)
    }

    /// Why a per-foot metric is absent: too few strides where there are any at all.
    fn absence(&self, def: &MetricDef) -> &'static str {
        if self.metrics.contains_key(def.id) {
            "too_few_strides"
        } else {
            self.measured().absence(def.id).as_str()
        }
    }

    /// Moments of one foot with what the strides themselves tell: extremes, and quantiles where they are kept.
    fn foot_value(&self, def: &MetricDef, side: Side) -> Option<Value> {
        let feet = self.metrics.get(def.id)?;
        let m = feet.foot(side).filter(|m| m.n >= def.min_strides)?;
        let mut value = moments(m);
        let map = value.as_object_mut()?;
        let (low, high) = self.extremes(def, side)?;
        map.insert("min".to_owned(), json!(low));
        map.insert("max".to_owned(), json!(high));
        let flags = Flags::of(def, m.n, &self.series.conditions);
        if !flags.is_empty() {
            map.insert("flags".to_owned(), json!(flags));
        }
        let histogram = match self.series.histograms.get(def.id).map(Vec::as_slice) {
            Some([left, right]) => Some(if side == Side::Left { left } else { right }),
            Some([both]) => Some(both),
            _ => None,
        };
        if let Some(histogram) = histogram {
            quantiles(def.id, histogram, map);
        }
        Some(value)
    }

    fn extremes(&self, def: &MetricDef, side: Side) -> Option<(f64, f64)> {
        let measure = measure(def.id)?;
        let used = self
            .strides
            .iter()
            .filter(|s| s.foot == side && s.is_used());
        let values = used.filter_map(measure).filter(|v| def.contains(*v));
        values.fold(None, |so_far, v| {
            let (low, high) = so_far.unwrap_or((v, v));
            Some((low.min(v), high.max(v)))
        })
    }

    /// Headline metrics per class of bout duration, both feet together.
    fn by_bout(&self) -> Map<String, Value> {
        let row = |classes: &[Option<Moments>; 4]| -> Map<String, Value> {
            let named = BoutClass::ALL.iter().zip(classes);
            named
                .filter_map(|(class, m)| {
                    let m = m.as_ref().filter(|m| m.n >= MIN_STRIDES_ANY)?;
                    Some((class.as_str().to_owned(), moments(m)))
                })
                .collect()
        };
        let rows = self.series.by_bout.iter();
        rows.map(|(id, classes)| (id.clone(), Value::Object(row(classes))))
            .collect()
    }
}

/// A value, or the reason for its absence as `{"absent": reason}`.
fn told<T: Serialize, E: Serialize>(found: Result<T, E>) -> Value {
    match found {
        Ok(value) => json!(value),
        Err(reason) => json!({"absent": reason}),
    }
}

/// Moments of one foot. The coefficient of variation here describes these strides, however few; only the session's own
/// variability metrics ask for enough of them. It is null for a mean of zero.
fn moments(m: &Moments) -> Value {
    json!({
        "n": m.n,
        "mean": m.mean,
        "sd": m.sd(),
        "cv_pct": m.cv_pct(),
        "se": m.se_mean(),
    })
}

fn quantiles(id: &str, histogram: &Histogram, map: &mut Map<String, Value>) {
    let Some(binning) = binning(id) else { return };
    for (name, p) in [("p5", 0.05), ("median", 0.5), ("p90", 0.9), ("p95", 0.95)] {
        map.insert(name.to_owned(), json!(histogram.quantile(binning, p)));
    }
    let mad = histogram.median_and_mad(binning).map(|(_, mad)| mad);
    map.insert("mad".to_owned(), json!(mad));
}

fn stride(s: &Stride) -> Value {
    json!({
        "foot": s.foot,
        "start_s": s.start_s,
        "toe_off_s": s.toe_off_s,
        "end_s": s.end_s,
        "stride_time_s": s.stride_time_s(),
        "stance_time_s": s.stance_time_s(),
        "swing_time_s": s.swing_time_s(),
        "double_support_s": s.double_support_s,
        "valid": s.is_valid(),
        "used": s.is_used(),
        "reason": s.reason,
    })
}
