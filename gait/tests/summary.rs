//! The wire contract: small, self-checking, hashed by content, exactly mergeable.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/full.rs"]
mod full;
#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use full::{day, full, header};
use gait::summary::{FootSamples, MergeError, Sample, SessionSource, Simulation, Tag, merge};
use gait::{Options, SessionSummary, analyze, assess};
use proptest::prelude::*;
use serde_json::{Value, json};
use synthetic::Walk;

fn summary(walk: &Walk, n: u32) -> SessionSummary {
    analyze(&walk.recording(), &Options::default()).summary(header(n))
}

fn long_walk() -> Walk {
    Walk {
        strides: 600,
        ..Walk::default()
    }
}

fn usual() -> SessionSummary {
    summary(&long_walk(), 1)
}

/// Everything at once: 24 h, 16 sensors and inertial sensors, every metric, every part.
#[test]
fn the_largest_summary_is_small() {
    let s = full();
    assert_eq!(s.violations(), []);
    let json = serde_json::to_string(&s).unwrap();
    println!("{} bytes", json.len());
    assert!(json.len() < 4096, "{} bytes", json.len());
    let back: SessionSummary = serde_json::from_str(&json).unwrap();
    assert_eq!(back, s);
    let absent: Vec<_> = gait::metrics::derive::session_metrics(s.gathered().measured())
        .into_iter()
        .filter(|(_, derived)| derived.is_err())
        .collect();
    assert_eq!(absent, [], "every session metric follows from it");
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
    let a = analyze(&long_walk().recording(), &Options::default());
    assert_eq!(
        assess(&s).observations.len(),
        a.observations.len(),
        "one way of judging"
    );
    assert_eq!(assess(&s).score, a.score, "to the last bit");
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
        "/bouts",
        "/exposure",
        "/exposure/hourly",
        "/pressure",
        "/pressure/left",
        "/standing",
    ] {
        let mut value = serde_json::to_value(full()).unwrap();
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

#[test]
fn another_schema_version_is_refused_by_name() {
    for version in [1, 3] {
        let text = serde_json::to_string(&usual()).unwrap();
        let other = text.replacen(
            "\"schema_version\":2",
            &format!("\"schema_version\":{version}"),
            1,
        );
        let error = serde_json::from_str::<SessionSummary>(&other).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("schema version {version} is not supported")),
            "{error}"
        );
    }
    let s = SessionSummary {
        schema_version: 1,
        ..usual()
    };
    assert_eq!(s.violations()[0].pointer, "/schema_version");
}

/// Each spoiled field is reported at its own pointer.
#[test]
fn violations_point_at_the_spoiled_field() {
    let cases: &[(&str, Value)] = &[
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
        ("/device/firmware", json!("")),
        ("/shoe_id", json!(" ")),
        ("/thresholds/off_bw", json!(0.9)),
        ("/quality/missing_pct/1", json!(101)),
        ("/quality/body_weight_force", json!(1e9)),
        ("/quality/sync_ms", json!(-1)),
        ("/quality/creep_pct", json!(-99)),
        ("/quality/saturated_pct", json!(101)),
        ("/quality/dead_sensors/0", json!("Left 7")),
        ("/quality/flags/0", json!("Not A Code")),
        ("/steps/left", json!(1_000_000_000)),
        ("/strides/left/1", json!(100_000)),
        ("/strides/left/2", json!(100_000)),
        ("/exposure/seconds", json!([86_400, 1, 2, 3, 4, 5, 6])),
        ("/exposure/longest_standing_s", json!(86_000)),
        ("/exposure/hourly/steps", json!([60_000])),
        ("/exposure/hourly/walking_min", json!(vec![1; 25])),
        ("/exposure/hourly/walking_min/0", json!(60)),
        ("/bouts/longest_s", json!(1e5)),
        ("/bouts/longest_s", json!(20)),
        ("/bouts/10_30/1", json!(1)),
        ("/bouts/durations", json!("3:1")),
        ("/metrics/stride_time_s/0", json!(9.0)),
        ("/metrics/stride_time_s/1", json!(-1.0)),
        ("/metrics/stride_time_s/3", json!(1e6)),
        ("/metrics/double_support_pct/0", json!(31.0)),
        ("/metrics/initial_double_support_pct/2", json!(26.0)),
        ("/pairs/phase_left_deg/0", json!(400)),
        ("/by_bout/speed_m_per_s/3/0", json!(9)),
        ("/histograms/cpei_pct", json!(["3:1", "3:1"])),
        ("/cycles", json!([[1, 2], [9_999, 0]])),
        ("/scaling/0", json!(3)),
        ("/scaling/1", json!(599)),
        ("/pressure/left/n", json!(0)),
        ("/pressure/left/path", json!("0123")),
        ("/pressure/left/regions", json!("0")),
        ("/pressure/right/regions", json!("0A0B0C")),
        ("/drift/stance_pct/0", json!(7)),
        ("/standing/share_left_pct", json!(101)),
        ("/standing/sway_rms", json!(-1)),
        ("/standing/shifts", json!(1_000_000)),
    ];
    for (pointer, value) in cases {
        let mut document = serde_json::to_value(full()).unwrap();
        *document.pointer_mut(pointer).expect(pointer) = value.clone();
        let spoiled: SessionSummary = serde_json::from_value(document).expect(pointer);
        let found = spoiled.violations();
        assert!(
            found.iter().any(|v| v.pointer.starts_with(pointer)),
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
    let samples = s.metrics["stride_time_s"];
    s.metrics.insert("stride~time/\u{1b}".into(), samples);
    assert_eq!(pointers(&s), ["/metrics/stride~0time~1"]);
    let mut s = usual();
    s.strides.excluded.insert("bored".into(), 0);
    assert_eq!(pointers(&s), ["/strides/excluded/bored"]);
    let mut s = usual();
    *s.strides.excluded.get_mut("first_of_bout").unwrap() += 1;
    assert_eq!(pointers(&s), ["/strides/excluded"]);
    let mut s = usual();
    s.drift.insert(
        "mood".into(),
        gait::summary::Drift::from((0.0, -1.0, 1.0, 6, 30.0)),
    );
    assert_eq!(pointers(&s), ["/drift/mood"]);
    let mut s = usual();
    s.source = SessionSource::Worn;
    s.simulation = Some(Simulation {
        seed: 1,
        scenario: "neutral".into(),
    });
    assert_eq!(pointers(&s), ["/simulation"]);
    let mut s = usual();
    let n = |sample: &mut Option<Sample>| sample.as_mut().unwrap().n = Some(u64::MAX);
    n(&mut s.metrics.get_mut("swing_time_s").unwrap().1);
    assert_eq!(pointers(&s), ["/metrics/swing_time_s/5"]);
}

/// What adds up exactly must be equal to the last bit, whatever the order; the rest up to rounding.
fn close(a: &SessionSummary, b: &SessionSummary) {
    let near = |x: f64, y: f64| assert_abs_diff_eq!(x, y, epsilon = 1e-9 * x.abs().max(1.0));
    near(a.duration_s, b.duration_s);
    for (x, y) in a.quality.missing_pct.iter().zip(b.quality.missing_pct) {
        near(*x, y);
    }
    near(
        a.quality.body_weight_force.unwrap_or(0.0),
        b.quality.body_weight_force.unwrap_or(0.0),
    );
    if let (Some(x), Some(y)) = (a.scaling, b.scaling) {
        near(x.alpha, y.alpha);
    }
    let mut exact = b.clone();
    exact.duration_s = a.duration_s;
    exact.quality.missing_pct = a.quality.missing_pct;
    exact.quality.body_weight_force = a.quality.body_weight_force;
    exact.scaling = a.scaling;
    exact.pressure.clone_from(&a.pressure);
    assert_eq!(*a, exact);
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

    /// Whatever numbers serde lets through: a judgement, no panic, and nothing but finite numbers out of it.
    #[test]
    fn hostile_numbers_never_panic(x: f64, n: u64, y in -1e12..1e12f64) {
        let mut s = usual();
        let sample = Sample { mean: x, m2: y, n: Some(n) };
        s.metrics.insert("swing_time_s".into(), FootSamples(Some(sample), None));
        s.pairs.insert("phase_right_deg".into(), sample);
        s.by_bout.insert("speed_m_per_s".into(), [Some(sample); 4]);
        s.duration_s = x;
        s.steps.right = n;
        s.strides.right.used = n;
        prop_assert!(!s.violations().is_empty());
        let _ = s.content_hash();
        let finite = |s: &SessionSummary| serde_json::to_string(&assess(s)).unwrap().find("null").is_none();
        prop_assert!(finite(&s));
        if let Ok(sum) = merge(&s, &usual()) {
            prop_assert!(finite(&sum));
        }
    }

    /// Any text that happens to be a summary is judged without panic.
    #[test]
    fn any_place_may_hold_anything(place in 0..200usize, value in prop_oneof![
        Just(json!(null)), Just(json!(-1)), Just(json!(1e300)), Just(json!("x")), Just(json!([])), Just(json!({})),
        Just(json!(u64::MAX)), Just(json!("63:1")), Just(json!([[1e9, 1e9, 1e9]])),
    ]) {
        let mut document = serde_json::to_value(full()).unwrap();
        let mut left = place;
        replace(&mut document, &value, &mut left);
        if let Ok(s) = serde_json::from_value::<SessionSummary>(document) {
            let _ = (s.violations(), assess(&s), s.content_hash(), merge(&s, &s));
        }
    }
}

/// Replaces the value at a place of a document, counted in document order.
fn replace(document: &mut Value, value: &Value, left: &mut usize) {
    if *left == 0 {
        *document = value.clone();
    }
    *left = left.wrapping_sub(1);
    match document {
        Value::Object(map) => map.values_mut().for_each(|v| replace(v, value, left)),
        Value::Array(list) => list.iter_mut().for_each(|v| replace(v, value, left)),
        _ => {}
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
        ("source", |s| s.source = SessionSource::Recorded),
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
    let swing = |s: &SessionSummary| s.gathered().metrics["swing_time_s"].left.unwrap();
    let (sum, union) = (swing(&merged), swing(&a).merge(&swing(&b)));
    assert_eq!(sum.n, union.n);
    assert_abs_diff_eq!(sum.mean, union.mean, epsilon = 1e-9);
    assert_abs_diff_eq!(sum.m2, union.m2, epsilon = 1e-9);
    let judged = assess(&merged);
    assert!(judged.score.value.is_some() || judged.score.absent.is_some());
    assert_eq!(judged.score.coverage, 9);
}

/// merge(summary(A), summary(B)) is summary(A and B in one): to 1e-9 is asked, to the last bit is what it is.
#[test]
fn a_day_cut_in_two_adds_up_to_the_whole_day() {
    let whole = day(36, 9);
    for cut in [1, 7, 18, 35] {
        let at_s = whole.bouts[cut].start_s;
        let part = |keep: &dyn Fn(f64) -> bool, n| {
            let strides = whole.strides.iter().filter(|s| keep(s.start_s)).cloned();
            let bouts = whole.bouts.iter().filter(|b| keep(b.start_s)).copied();
            let part = whole
                .clone()
                .with_strides(strides.collect(), bouts.collect());
            part.summary(header(n))
        };
        let sum = merge(&part(&|t| t < at_s, 1), &part(&|t| t >= at_s, 2)).unwrap();
        let one = whole.summary(header(1));
        assert_eq!(sum.metrics, one.metrics);
        assert_eq!(sum.pairs, one.pairs);
        assert_eq!(sum.by_bout, one.by_bout);
        assert_eq!(sum.histograms, one.histograms);
        assert_eq!((sum.cycles, sum.bouts), (one.cycles, one.bouts));
        assert_eq!(sum.strides, one.strides);
        // Display values: within a step of their digits.
        let foot = |s: &SessionSummary| s.pressure.clone().unwrap().left.unwrap();
        let (a, b) = (foot(&sum), foot(&one));
        let path = |f: &gait::summary::FootPressure| f.path().unwrap().series.concat();
        for (x, y) in path(&a).iter().zip(path(&b)) {
            assert_abs_diff_eq!(*x, y, epsilon = 0.0201);
        }
        for (x, y) in a.regions().unwrap().iter().zip(b.regions().unwrap()) {
            assert!(x.share_permille.abs_diff(y.share_permille) <= 1);
        }
    }
}

/// The grid of the wire takes nothing from a mean or a spread that anybody could see.
#[test]
fn the_grid_is_finer_than_any_error() {
    let analysis = day(36, 3);
    let gathered = analysis.summary(header(1)).gathered();
    for (id, wire) in &gathered.metrics {
        let (x, y) = (wire.left.unwrap(), analysis.metrics[id].left.unwrap());
        assert_eq!(x.n, y.n, "{id}");
        let se = y.se_mean().unwrap();
        assert!(
            (x.mean - y.mean).abs() <= 0.05 * se,
            "{id}: {} {}",
            x.mean,
            y.mean
        );
        if ![
            "stance_time_s",
            "single_support_pct",
            "terminal_double_support_pct",
        ]
        .contains(&id.as_str())
        {
            let ratio = x.sd().unwrap() / y.sd().unwrap();
            assert!((ratio - 1.0).abs() <= 0.03, "{id}: {ratio}");
        }
    }
}
