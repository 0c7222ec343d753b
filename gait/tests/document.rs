//! The analysis document, as others read it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_relative_eq;
use gait::metrics::{METRICS, MetricDef, Scope, Source};
use gait::{Options, analyze};
use serde_json::Value;
use synthetic::Walk;

fn document(strides: usize) -> Value {
    let walk = Walk {
        strides,
        ..Walk::default()
    };
    analyze(&walk.recording(), &Options::default()).to_json(false)
}

#[test]
fn every_foot_entry_has_its_four_numbers_however_short_the_walk() {
    for strides in [8, 29, 60] {
        let document = document(strides);
        let measurable = |def: &&MetricDef| matches!(def.source, Source::Timing | Source::Force);
        let rows = METRICS.iter().filter(|def| def.scope == Scope::Foot);
        for def in rows.filter(measurable) {
            for side in ["left", "right"] {
                let entry = &document["metrics"][def.id][side];
                let number = |field: &str| {
                    let value = &entry[field];
                    value.as_f64().unwrap_or_else(|| {
                        panic!("{} {side} {field} of {strides} strides: {value}", def.id)
                    })
                };
                assert!(number("n") >= 2.0);
                assert_relative_eq!(
                    number("cv_pct"),
                    100.0 * number("sd") / number("mean"),
                    max_relative = 1e-9
                );
            }
        }
    }
}

#[test]
fn variability_of_the_session_still_needs_its_strides() {
    let (short, long) = (document(29), document(60));
    for id in ["stride_time_cv_pct", "swing_time_cv_pct"] {
        assert_eq!(short["absent"][id], "too_few_strides");
        assert!(short["metrics"].get(id).is_none());
        assert!(long["metrics"][id]["value"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn what_is_not_known_is_null_or_has_its_reason() {
    let document = document(60);
    for field in ["turns", "clock", "creep_pct"] {
        assert_eq!(document.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(document["standing"]["absent"], "no_standing");
    assert!(document["spatial_estimate"]["stride_length_m"].is_number());
    assert!(document["exposure"]["seconds"]["walking"].is_number());
    assert_eq!(document["pressure"]["left"], Value::Null);
    assert_eq!(document["sensor_faults"]["right"], serde_json::json!([]));
}
