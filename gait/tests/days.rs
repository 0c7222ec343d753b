//! From the sessions of a date to a day, and what the words of change may say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;

use gait::change::effect::{Effect, IntervalKind, TrialSession, Verdict};
use gait::change::{Change, Changes, Day, DayNotes, Direction, Level, SpeedChange};
use gait::change::{effect, observations};
use gait::drift::Drift;
use gait::observation::Observation;
use gait::summary::{Device, SessionSource, SummaryHeader, Tag};
use gait::{Options, SessionSummary, analyze, drift};
use synthetic::Walk;

fn session(n: u32, start: &str, strides: usize, tag: Tag) -> SessionSummary {
    let walk = Walk {
        strides,
        ..Walk::default()
    };
    let header = SummaryHeader {
        session_id: format!("0195c1a0-7b1e-7d3a-9c55-{n:012x}"),
        device: Device {
            model: "OpenGo".into(),
            layout_id: "moticon-16".into(),
            serial_left: None,
            serial_right: None,
            ..Device::default()
        },
        shoe_id: None,
        orthotic_id: None,
        simulation: None,
        start_utc: format!("2026-03-01T{start}Z"),
        tz: "Europe/Berlin".into(),
        tag,
        source: SessionSource::Simulated,
    };
    analyze(&walk.recording(), &Options::default()).summary(header)
}

fn day(sessions: &[SessionSummary]) -> Day {
    Day::of(20_513, sessions, DayNotes::default()).unwrap()
}

#[test]
fn the_sessions_of_a_date_become_one_day() {
    let sessions = [
        session(2, "17:00:00", 60, Tag::Usual),
        session(1, "08:00:00", 60, Tag::Usual),
        session(3, "12:00:00", 60, Tag::Test),
    ];
    let d = day(&sessions);
    assert_eq!(
        (d.date, d.left_out, d.layout_id.as_str()),
        (20_513, 1, "moticon-16")
    );
    assert_eq!(d.bouts_over_10s, 2);
    assert!(d.valid_strides > 200 && d.is_valid());
    let cadence = d.sound("cadence_steps_per_min").unwrap();
    assert!((cadence.value - 120.0 / 1.1).abs() < 0.5 && cadence.se > 0.0);
    let alone = day(&sessions[..1]);
    assert!(cadence.n > alone.sound("cadence_steps_per_min").unwrap().n);
    assert!(d.sound("stance_pct").is_some() && d.sound("si_stance_pct").is_some());
}

#[test]
fn morning_and_evening_need_a_long_day() {
    let at = |start: &str, n: u32| session(n, start, 60, Tag::Usual);
    let long = day(&[at("08:00:00", 1), at("12:00:00", 2), at("17:00:00", 3)]);
    let parts = long.parts.unwrap();
    assert!(parts.morning.contains_key("stance_pct") && parts.evening.contains_key("stance_pct"));
    assert!(day(&[at("08:00:00", 1), at("12:00:00", 2)]).parts.is_none());
}

#[test]
fn clocks_that_were_not_seen_to_agree_spoil_what_needs_them() {
    let mut s = session(1, "08:00:00", 60, Tag::Usual);
    let unknown = day(std::slice::from_ref(&s));
    assert!(!unknown.sync_ok && unknown.sound("pci_pct").is_none());
    assert!(
        unknown.sound("si_stance_pct").is_some(),
        "stance does not need them"
    );
    s.quality.sync_ms = Some(1.0);
    let known = day(std::slice::from_ref(&s));
    assert!(known.sync_ok && known.sound("pci_pct").is_some());
    s.quality.flags.push("saturated".to_owned());
    let clipped = day(std::slice::from_ref(&s));
    assert!(clipped.sound("f1_bw").is_none() && clipped.sound("stance_pct").is_some());
}

#[test]
fn shoes_and_standing_of_the_sessions_are_taken_over() {
    let mut s = session(1, "08:00:00", 60, Tag::Usual);
    let bare = day(std::slice::from_ref(&s));
    assert_eq!((bare.notes.same_shoes, bare.notes.standing), (None, None));
    s.shoe_id = Some("shoe 1".into());
    s.standing = Some(gait::summary::Standing {
        duration_s: 700.0,
        share_left_pct: 54.0,
        sd_pct: 8.0,
        shifts: 3,
        fidgets: 1,
        quiet_s: None,
        sway_rms: None,
        sway_per_s: None,
    });
    let told = day(std::slice::from_ref(&s));
    assert_eq!(told.notes.same_shoes, Some(true));
    assert_eq!(
        told.notes.standing.map(|s| (s.left_pct, s.seconds)),
        Some((54.0, 700.0))
    );
    s.quality.dead_sensors.push("left 3".into());
    assert!(day(std::slice::from_ref(&s)).sound("stance_pct").is_some());
}

#[test]
fn a_date_without_everyday_walking_is_no_day() {
    assert_eq!(Day::of(1, &[], DayNotes::default()), None);
    let test = session(1, "08:00:00", 60, Tag::Test);
    assert_eq!(
        Day::of(1, std::slice::from_ref(&test), DayNotes::default()),
        None
    );
    // Too short for a valid day, and it says so.
    assert!(!day(&[session(1, "08:00:00", 20, Tag::Usual)]).is_valid());
}

#[test]
fn a_session_of_a_trial_keeps_its_values() {
    let before = session(1, "08:00:00", 60, Tag::Before);
    let found = TrialSession::of(7, &before).unwrap();
    assert!((50..=60).contains(&found.strides) && found.date == 7);
    assert!(found.values.contains_key("cadence_steps_per_min"));
}

// ---- words ---------------------------------------------------------------------------------------------------------

/// Everything this part of the engine can say, once.
fn everything() -> Vec<Observation> {
    let metrics = [
        "si_stance_pct",
        "stride_time_cv_pct",
        "mlr",
        "cadence_steps_per_min",
        "mid_load",
        "cpei_pct",
    ];
    let mut changes = Changes::default();
    for (metric, level) in metrics.iter().zip(
        [Level::Information, Level::WorthALook, Level::ClinicianList]
            .iter()
            .cycle(),
    ) {
        for direction in [Direction::Higher, Direction::Lower] {
            changes.changes.push(Change {
                metric: (*metric).to_owned(),
                direction,
                start_date: 20_513,
                delta: 0.5 * direction.sign(),
                delta_se: 0.1,
                mdc95: 0.2,
                mdc95_single: None,
                days: 8,
                week_p: 0.01,
                level: *level,
            });
        }
    }
    changes.speed = Some(SpeedChange {
        pace: Direction::Lower,
        start_date: 20_513,
        cadence_delta: -8.0,
        moved: vec![("stance_pct".to_owned(), 1.0, 0.2, 8)],
    });
    let mut all = observations(&changes);
    all.extend(drift::observe(&[Drift {
        metric: "mlr".to_owned(),
        slope_per_min: -0.001,
        ci_low: -0.002,
        ci_high: -0.0005,
        blocks: 20,
        minutes: 40.0,
        mdc95: Some(0.036),
        told: true,
    }]));
    all.extend(effect::observe(&[Effect {
        metric: "malr".to_owned(),
        estimate: 0.1,
        median: 0.1,
        interval: [0.05, 0.15],
        interval_kind: IntervalKind::Ranks,
        mdc95: 0.041,
        pairs: 8,
        cadence_delta: 0.0,
        verdict: Verdict::Yes,
    }]));
    all
}

#[test]
fn words_stay_inside_the_boundary() {
    const FORBIDDEN: &[&str] = &[
        "diagnos",
        "normal",
        "treat",
        "cure",
        "prevent",
        "fatigue",
        "risk",
        "patholog",
        "disease",
        "disorder",
        "healthy",
        "improve",
        "better",
        "worse",
        "flat foot",
    ];
    let all = everything();
    assert_eq!(all.len(), 15);
    for o in &all {
        assert!(
            gait::observation::ids().contains(&o.id.as_str()),
            "{}",
            o.id
        );
        assert!(!o.could_also_be.is_empty() && !o.would_raise_confidence.is_empty());
        assert!(
            o.evidence
                .iter()
                .all(|e| e.se > 0.0 && !e.unit.is_empty() && e.n > 0),
            "{o:?}"
        );
        let texts = o
            .could_also_be
            .iter()
            .chain(&o.would_raise_confidence)
            .chain([&o.sentence]);
        for text in texts.map(|t| t.to_lowercase()) {
            for word in FORBIDDEN {
                assert!(!text.contains(word), "\"{word}\" in: {text}");
            }
        }
    }
}
