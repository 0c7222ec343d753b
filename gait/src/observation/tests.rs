#![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::collections::BTreeMap;

use super::*;
use crate::metrics::series::Series;
use crate::moments::Moments;
use crate::summary::FootMoments;

/// Moments of `n` strides around `mean` with standard deviation `sd`.
fn moments(n: u64, mean: f64, sd: f64) -> Moments {
    Moments {
        n,
        mean,
        m2: sd * sd * (n - 1) as f64,
    }
}

struct Session {
    metrics: BTreeMap<String, FootMoments>,
    pairs: BTreeMap<String, Moments>,
}

/// A session in the middle of the reference, with the given stance times.
fn session(n: u64, stance_left_s: f64, stance_right_s: f64, stride_sd_s: f64) -> Session {
    let feet = |l: f64, r: f64, sd: f64| FootMoments {
        left: Some(moments(n, l, sd)),
        right: Some(moments(n, r, sd)),
    };
    let stride = 1.088;
    let metrics = [
        ("stride_time_s", feet(stride, stride, stride_sd_s)),
        ("stance_time_s", feet(stance_left_s, stance_right_s, 0.015)),
        (
            "swing_time_s",
            feet(stride - stance_left_s, stride - stance_right_s, 0.01),
        ),
        (
            "stance_pct",
            feet(
                100.0 * stance_left_s / stride,
                100.0 * stance_right_s / stride,
                0.7,
            ),
        ),
        ("double_support_pct", feet(24.7, 24.7, 1.0)),
    ];
    let pairs = [
        (
            "stance_time_diff_s",
            moments(n, stance_right_s - stance_left_s, 0.012),
        ),
        (
            "swing_time_diff_s",
            moments(n, stance_left_s - stance_right_s, 0.012),
        ),
    ];
    Session {
        metrics: metrics.map(|(id, m)| (id.to_owned(), m)).into(),
        pairs: pairs.map(|(id, m)| (id.to_owned(), m)).into(),
    }
}

fn seen(s: &Session, phases: bool) -> Vec<Observation> {
    observe(
        Measured {
            metrics: &s.metrics,
            pairs: &s.pairs,
            series: &Series::default(),
        },
        &Comparable { phases },
        &Worn {
            layout_id: "none",
            shares: &[],
        },
    )
}

fn ids_of(found: &[Observation]) -> Vec<&str> {
    found.iter().map(|o| o.id.as_str()).collect()
}

#[test]
fn a_session_like_the_reference_raises_nothing() {
    assert_eq!(seen(&session(100, 0.68, 0.68, 0.02), true), []);
}

#[test]
fn a_longer_left_stance_is_said_with_side_and_evidence() {
    let found = seen(&session(100, 0.70, 0.66, 0.02), true);
    assert_eq!(ids_of(&found), ["side_to_side_stance_timing"]);
    let first = found.first().unwrap();
    assert!(
        first
            .sentence
            .contains("longer on the left foot than on the right"),
        "{}",
        first.sentence
    );
    let metrics: Vec<&str> = first.evidence.iter().map(|e| e.metric.as_str()).collect();
    assert_eq!(
        metrics,
        ["si_stance_pct", "si_swing_pct"],
        "both readings are evidence of one observation"
    );
    assert!(
        first
            .evidence
            .iter()
            .all(|e| e.n == 100 && e.se > 0.0 && !e.source.is_empty())
    );
}

#[test]
fn what_is_too_uncertain_is_not_said() {
    // 4.4 % is above 3.5 %, but with twelve strides not by its own uncertainty.
    let (left, right) = (0.695, 0.665);
    assert!(
        ids_of(&seen(&session(400, left, right, 0.02), true))
            .iter()
            .any(|id| id.starts_with("side_to_side"))
    );
    assert_eq!(
        ids_of(&seen(&session(12, left, right, 0.02), true)),
        [DATA_NOT_ENOUGH]
    );
}

#[test]
fn uncalibrated_force_speaks_of_contact_times_only() {
    let s = session(100, 0.72, 0.64, 0.08);
    assert_eq!(ids_of(&seen(&s, false)), ["variable_stride_time"]);
}

#[test]
fn words_stay_inside_the_boundary() {
    const FORBIDDEN: &[&str] = &[
        "diagnos",
        "normal",
        "overpronation detected",
        "treat",
        "cure",
        "prevent",
        "medical grade",
        "risk of fall",
        "patholog",
        "disease",
        "disorder",
        "healthy",
    ];
    let check = |text: &str| {
        let lower = text.to_lowercase();
        for word in FORBIDDEN {
            assert!(!lower.contains(word), "\"{word}\" in: {text}");
        }
    };
    for rule in RULES {
        for value in [-12.3, 12.3] {
            check(&(rule.sentence)(value, 4.5));
        }
        rule.could_also_be
            .iter()
            .chain(rule.would_raise_confidence)
            .for_each(|text| check(text));
        assert!(
            !rule.could_also_be.is_empty() && !rule.would_raise_confidence.is_empty(),
            "{}",
            rule.id
        );
    }
    for observation in seen(&session(12, 0.68, 0.68, 0.02), true) {
        check(&observation.sentence);
    }
}

#[test]
fn every_rule_has_a_limit_in_the_norms() {
    for rule in RULES {
        let (reference, _) = norms().of(rule.metric).unwrap();
        let limit = match rule.side {
            Side::Above => reference.p95,
            Side::Below => reference.p5,
        };
        assert!(limit.is_some(), "{}", rule.id);
    }
}
