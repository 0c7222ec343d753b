//! An analysis as the documents others read: the JSON contract of the command line, and the summary a phone uploads.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::analysis::Analysis;
use crate::metrics::{METRICS, MIN_STRIDES_ANY, Scope};
use crate::moments::Moments;
use crate::recording::Side;
use crate::strides::Stride;
use crate::summary::{
    BoutTotals, FootMoments, Quality, SCHEMA_VERSION, SessionSummary, StrideCounts, Strides,
    SummaryHeader,
};

/// Significant digits of moments on the wire: far below measurement error, far above what merging needs.
const WIRE_DIGITS: usize = 10;

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
            "absent": absent,
            "observations": self.observations,
            "score": self.score,
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
            }
        }
        document
    }

    /// The upload document. The caller adds what only it knows.
    #[must_use]
    pub fn summary(&self, header: SummaryHeader) -> SessionSummary {
        let [missing_pct_left, missing_pct_right] = self.missing_pct;
        let mut flags: Vec<String> = self
            .issues
            .iter()
            .map(|issue| issue.code.as_str().to_owned())
            .collect();
        flags.sort();
        flags.dedup();
        let walking_s = self.bouts.iter().map(|b| b.duration_s()).sum();
        SessionSummary {
            schema_version: SCHEMA_VERSION,
            engine_version: self.engine_version.clone(),
            norms_version: self.norms_version.clone(),
            session_id: header.session_id,
            device: header.device,
            start_utc: header.start_utc,
            tz: header.tz,
            duration_s: self.duration_s,
            sampling_hz: self.sampling_hz,
            thresholds: self.thresholds,
            tag: header.tag,
            source: header.source,
            recording: (!self.recording.is_empty()).then(|| self.recording.clone()),
            quality: Quality {
                missing_pct_left,
                missing_pct_right,
                longest_gap_s: self.longest_gap_s,
                sync_ms: None,
                body_weight_force: self.body_weight_force,
                force_unit: self.force_unit,
                flags,
            },
            steps: self.steps,
            walking_s,
            strides: Strides {
                left: self.counts(Side::Left),
                right: self.counts(Side::Right),
                excluded: self.excluded(),
            },
            bouts: BoutTotals {
                count: self.bouts.len() as u64,
                total_s: walking_s,
                longest_s: self
                    .bouts
                    .iter()
                    .map(|b| b.duration_s())
                    .fold(0.0, f64::max),
            },
            metrics: self
                .metrics
                .iter()
                .map(|(id, feet)| (id.clone(), rounded(feet)))
                .collect(),
            pairs: self
                .pairs
                .iter()
                .map(|(id, m)| (id.clone(), m.rounded(WIRE_DIGITS)))
                .collect(),
        }
    }

    fn counts(&self, side: Side) -> StrideCounts {
        let of_side = || self.strides.iter().filter(move |s| s.foot == side);
        StrideCounts {
            total: of_side().count() as u64,
            valid: of_side().filter(|s| s.is_valid()).count() as u64,
            used: of_side().filter(|s| s.is_used()).count() as u64,
        }
    }

    fn excluded(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for reason in self.strides.iter().filter_map(|s| s.reason) {
            *counts.entry(reason.as_str().to_owned()).or_default() += 1;
        }
        counts
    }

    /// Metric values by id, and the reasons of the absent ones.
    fn metric_values(&self) -> (Map<String, Value>, Map<String, Value>) {
        let (mut values, mut absent) = (Map::new(), Map::new());
        for def in METRICS.iter().filter(|def| def.scope == Scope::Foot) {
            let feet = self.metrics.get(def.id).copied().unwrap_or_default();
            let mut entry = Map::new();
            for side in Side::BOTH {
                if let Some(m) = feet.foot(side).filter(|m| m.n >= MIN_STRIDES_ANY) {
                    entry.insert(side.as_str().to_owned(), moments(m));
                }
            }
            if entry.is_empty() {
                absent.insert(def.id.to_owned(), json!(self.absence(def.id)));
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

    fn absence(&self, id: &str) -> &'static str {
        let uncalibrated =
            id.ends_with("_bw") && self.force_unit == crate::recording::ForceUnit::Uncalibrated;
        if uncalibrated {
            "uncalibrated_force"
        } else {
            "too_few_strides"
        }
    }
}

fn rounded(feet: &FootMoments) -> FootMoments {
    let round = |m: Option<Moments>| m.map(|m| m.rounded(WIRE_DIGITS));
    FootMoments {
        left: round(feet.left),
        right: round(feet.right),
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
        "min": m.min,
        "max": m.max,
    })
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
