//! The wire contract: small, self-checking, hashed by content, exactly mergeable.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;
#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use gait::moments::Moments;
use gait::summary::{Device, MergeError, SessionSource, SummaryHeader, Tag, merge};
use gait::{Options, SessionSummary, analyze, assess};
use proptest::prelude::*;
use serde_json::{Value, json};
use synthetic::Walk;

fn header(n: u32) -> SummaryHeader {
    SummaryHeader {
        session_id: format!("0195c1a0-7b1e-7d3a-9c55-{n:012x}"),
        device: Device {
            model: "OpenGo".into(),
            layout_id: "moticon-16".into(),
            serial_left: Some("SN5968".into()),
            serial_right: Some("SN9171".into()),
        },
        start_utc: format!("2026-03-01T08:{:02}:00Z", n % 60),
        tz: "Europe/Berlin".into(),
        tag: Tag::Usual,
        source: SessionSource::Simulated,
    }
}

fn summary(walk: &Walk, n: u32) -> SessionSummary {
    analyze(&walk.recording(), &Options::default()).summary(header(n))
}

fn usual() -> SessionSummary {
    summary(
        &Walk {
            strides: 600,
            ..Walk::default()
        },
        1,
    )
}

#[test]
fn a_sound_summary_is_small_and_survives_the_wire() {
    let s = usual();
    assert_eq!(s.violations(), []);
    let json = serde_json::to_string(&s).unwrap();
    assert!(json.len() < 4096, "{} bytes", json.len());
    let back: SessionSummary = serde_json::from_str(&json).unwrap();
    assert_eq!(back, s);
    assert_eq!(back.content_hash(), s.content_hash());
    assert_eq!(s.content_hash().len(), 64);
    let a = analyze(
        &Walk {
            strides: 600,
            ..Walk::default()
        }
        .recording(),
        &Options::default(),
    );
    assert_eq!(
        assess(&s).observations.len(),
        a.observations.len(),
        "one way of judging"
    );
    assert_abs_diff_eq!(
        assess(&s).score.value.unwrap().points,
        a.score.value.unwrap().points,
        epsilon = 1e-6
    );
}

#[test]
fn the_hash_ignores_key_order_and_sees_every_value() {
    let s = usual();
    let text = serde_json::to_string_pretty(&serde_json::to_value(&s).unwrap()).unwrap();
    let reordered: SessionSummary = serde_json::from_str(&text).unwrap();
    assert_eq!(reordered.content_hash(), s.content_hash());
    let mut other = s.clone();
    other.steps.left += 1;
    assert_ne!(other.content_hash(), s.content_hash());
}

#[test]
fn unknown_fields_are_refused_at_every_level() {
    for pointer in [
        "",
        "/device",
        "/thresholds",
        "/quality",
        "/steps",
        "/strides",
        "/strides/left",
        "/bouts",
        "/metrics/stride_time_s",
        "/metrics/stride_time_s/left",
    ] {
        let mut value = serde_json::to_value(usual()).unwrap();
        value
            .pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("extra".into(), json!(1));
        assert!(
            serde_json::from_value::<SessionSummary>(value).is_err(),
            "{pointer}"
        );
    }
}

/// Each spoiled field is reported at its own pointer.
#[test]
fn violations_point_at_the_spoiled_field() {
    let cases: &[(&str, Value)] = &[
        ("/schema_version", json!(2)),
        ("/session_id", json!("not-a-uuid")),
        ("/start_utc", json!("2026-02-30T00:00:00Z")),
        ("/tz", json!("+01:00")),
        ("/duration_s", json!(86_401)),
        ("/duration_s", json!(-1)),
        ("/sampling_hz", json!(0)),
        ("/sampling_hz", json!(1e6)),
        ("/device/model", json!("x\u{0007}")),
        ("/device/model", json!("")),
        ("/device/layout_id", json!("x".repeat(65))),
        ("/recording", json!("a\nb")),
        ("/thresholds/off_bw", json!(0.9)),
        ("/quality/missing_pct_left", json!(101)),
        ("/quality/body_weight_force", json!(1e9)),
        ("/quality/sync_ms", json!(-1)),
        ("/quality/flags/0", json!("Not A Code")),
        ("/steps/left", json!(1_000_000_000)),
        ("/strides/left/valid", json!(100_000)),
        ("/strides/left/used", json!(100_000)),
        ("/bouts/longest_s", json!(1e5)),
        ("/metrics/stride_time_s/left/mean", json!(9.0)),
        ("/metrics/stride_time_s/left/max", json!(9.0)),
        ("/metrics/stride_time_s/left/m2", json!(-1.0)),
        ("/metrics/stride_time_s/left/m2", json!(1e6)),
        ("/metrics/stride_time_s/left/n", json!(1_000_000)),
        ("/metrics/stride_time_s/left/n", json!(0)),
        ("/metrics/swing_pct/left/mean", json!(39.5)),
        ("/pairs/phase_left_deg/max", json!(400)),
    ];
    for (pointer, value) in cases {
        let mut document = serde_json::to_value(usual()).unwrap();
        if *pointer == "/quality/flags/0" {
            document["quality"]["flags"] = json!(["x"]);
        }
        if *pointer == "/quality/sync_ms" {
            document["quality"]["sync_ms"] = json!(0);
        }
        *document.pointer_mut(pointer).unwrap() = value.clone();
        let spoiled: SessionSummary = serde_json::from_value(document).unwrap();
        let found = spoiled.violations();
        assert!(
            found.iter().any(|v| v.pointer == *pointer),
            "{pointer}: {found:?}"
        );
    }
}

#[test]
fn unknown_metrics_reasons_and_broken_identities_are_violations() {
    let pointers = |s: &SessionSummary| {
        s.violations()
            .into_iter()
            .map(|v| v.pointer)
            .collect::<Vec<_>>()
    };
    let mut s = usual();
    let moments = s.metrics["stride_time_s"];
    s.metrics.insert("stride~time/\u{1b}".into(), moments);
    assert_eq!(pointers(&s), ["/metrics/stride~0time~1"]);
    let mut s = usual();
    s.strides.excluded.insert("bored".into(), 0);
    assert_eq!(pointers(&s), ["/strides/excluded/bored"]);
    let mut s = usual();
    *s.strides.excluded.get_mut("first_of_bout").unwrap() += 1;
    assert_eq!(pointers(&s), ["/strides/excluded"]);
    let mut s = usual();
    let ds = s
        .metrics
        .get_mut("double_support_pct")
        .unwrap()
        .left
        .as_mut()
        .unwrap();
    *ds = Moments {
        mean: ds.mean + 5.0,
        min: ds.min + 5.0,
        max: ds.max + 5.0,
        ..*ds
    };
    assert_eq!(pointers(&s), ["/metrics/double_support_pct/left/mean"]);
}

fn close(a: &SessionSummary, b: &SessionSummary) {
    assert_eq!(
        (a.steps, &a.strides, a.bouts.count, &a.session_id),
        (b.steps, &b.strides, b.bouts.count, &b.session_id)
    );
    assert_eq!(
        (&a.quality.flags, a.quality.longest_gap_s, &a.device),
        (&b.quality.flags, b.quality.longest_gap_s, &b.device)
    );
    let near = |x: f64, y: f64| assert_abs_diff_eq!(x, y, epsilon = 1e-9 * x.abs().max(1.0));
    near(a.duration_s, b.duration_s);
    near(a.walking_s, b.walking_s);
    near(a.quality.missing_pct_left, b.quality.missing_pct_left);
    near(
        a.quality.body_weight_force.unwrap_or(0.0),
        b.quality.body_weight_force.unwrap_or(0.0),
    );
    let moments = |x: &Moments, y: &Moments| {
        assert_eq!((x.n, x.min, x.max), (y.n, y.min, y.max));
        near(x.mean, y.mean);
        near(x.m2, y.m2);
    };
    assert!(a.metrics.keys().eq(b.metrics.keys()) && a.pairs.keys().eq(b.pairs.keys()));
    for (id, x) in &a.metrics {
        moments(
            x.left.as_ref().unwrap(),
            b.metrics[id].left.as_ref().unwrap(),
        );
        moments(
            x.right.as_ref().unwrap(),
            b.metrics[id].right.as_ref().unwrap(),
        );
    }
    for (id, x) in &a.pairs {
        moments(x, &b.pairs[id]);
    }
}

fn any_session() -> impl Strategy<Value = SessionSummary> {
    (
        12..40usize,
        0.9..1.4f64,
        0.58..0.66f64,
        0.58..0.66f64,
        0..1000u32,
    )
        .prop_map(|(strides, stride_s, l, r, n)| {
            summary(
                &Walk {
                    strides,
                    stride_s,
                    stance: [l, r],
                    ..Walk::default()
                },
                n,
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_commutative_and_associative(a in any_session(), b in any_session(), c in any_session()) {
        let ab = merge(&a, &b).unwrap();
        close(&ab, &merge(&b, &a).unwrap());
        close(&merge(&ab, &c).unwrap(), &merge(&a, &merge(&b, &c).unwrap()).unwrap());
        prop_assert_eq!(ab.strides.left.used, a.strides.left.used + b.strides.left.used);
        prop_assert_eq!(ab.violations(), vec![]);
    }

    /// Every summary of the engine is one the server accepts.
    #[test]
    fn the_engine_never_breaks_its_own_rules(s in any_session()) {
        prop_assert_eq!(s.violations(), vec![]);
        let back: SessionSummary = serde_json::from_slice(&serde_json::to_vec(&s).unwrap()).unwrap();
        prop_assert_eq!(back.content_hash(), s.content_hash());
    }

    /// Whatever numbers serde lets through: a judgement, no panic, and only finite numbers accepted.
    #[test]
    fn hostile_numbers_never_panic(x: f64, n: u64, y in -1e12..1e12f64) {
        let mut s = usual();
        let m = Moments { n, mean: x, m2: y, min: -x, max: x };
        s.metrics.get_mut("swing_time_s").unwrap().left = Some(m);
        s.pairs.insert("phase_right_deg".into(), m);
        s.duration_s = x;
        s.steps.right = n;
        s.strides.right.used = n;
        prop_assert!(!s.violations().is_empty());
        let _ = (assess(&s), s.content_hash());
        let _ = merge(&s, &usual());
    }
}

#[test]
fn only_like_merges_with_like() {
    let a = usual();
    type Spoil = fn(&mut SessionSummary);
    let change: [(&str, Spoil); 7] = [
        ("engine_version", |s| s.engine_version = "gait-0.0.1".into()),
        ("norms_version", |s| s.norms_version = "0".into()),
        ("device/layout_id", |s| {
            s.device.layout_id = "gaitpdb-8".into()
        }),
        ("thresholds", |s| s.thresholds.fc_bw = 0.13),
        ("sampling_hz", |s| s.sampling_hz = 50.0),
        ("tag", |s| s.tag = Tag::After),
        ("source", |s| s.source = SessionSource::Worn),
    ];
    for (field, spoil) in change {
        let mut b = a.clone();
        spoil(&mut b);
        assert_eq!(merge(&a, &b), Err(MergeError(field)));
    }
}

#[test]
fn merged_sessions_derive_what_one_long_session_derives() {
    // Both halves of one recording against the moments of the union: pair metrics included.
    let (a, b) = (
        summary(
            &Walk {
                stance: [0.60, 0.63],
                ..Walk::default()
            },
            1,
        ),
        summary(
            &Walk {
                stance: [0.64, 0.61],
                strides: 90,
                ..Walk::default()
            },
            2,
        ),
    );
    let merged = merge(&a, &b).unwrap();
    let union = |id: &str| {
        a.metrics[id]
            .left
            .unwrap()
            .merge(&b.metrics[id].left.unwrap())
    };
    assert_eq!(
        merged.metrics["swing_time_s"].left,
        Some(union("swing_time_s"))
    );
    let judged = assess(&merged);
    assert!(judged.score.value.is_some() || judged.score.absent.is_some());
    assert_eq!(judged.score.coverage, 9);
}

#[test]
fn every_real_recording_makes_a_sound_and_small_summary() {
    let Some(data) = common::recordings("every_real_recording_makes_a_sound_and_small_summary")
    else {
        return;
    };
    let files = [("gaitpdb", "txt"), ("gaitndd", "hea"), ("moticon", "txt")]
        .map(|(folder, ext)| common::with_extension(&data.join(folder), ext));
    let mut largest = 0;
    let about = [
        "format.txt",
        "demographics.txt",
        "subject-description.txt",
        "SHA256SUMS.txt",
    ];
    for path in files
        .iter()
        .flatten()
        .filter(|p| !about.iter().any(|name| p.ends_with(name)))
    {
        let s = analyze(&common::load(path), &Options::default()).summary(header(1));
        assert_eq!(s.violations(), [], "{}", path.display());
        largest = largest.max(serde_json::to_vec(&s).unwrap().len());
    }
    println!("largest summary {largest} bytes");
    assert!(largest < 4096);
}
