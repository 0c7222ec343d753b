//! From simulated insoles to an observation about weeks: walk, analyse, summarise, day by day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use gait::change::{Changes, Day, DayNotes, Direction, Level, REGISTERED, changes};
use gait::summary::{Device, SessionSource, SummaryHeader, Tag};
use gait::{Options, analyze};
use walker::random::StreamKey;
use walker::{scenario, simulate};

/// The day of one two-minute session of a scenario.
fn day(name: &str, patient: u64, day: u32) -> Day {
    let key = StreamKey {
        seed: 5,
        patient,
        day,
        session: 0,
    };
    let walk = simulate(&scenario::by_name(name).unwrap().plan(key)).unwrap();
    let header = SummaryHeader {
        session_id: format!("0195c1a0-7b1e-7d3a-9c55-{day:012x}"),
        device: Device {
            model: "simulated".into(),
            layout_id: "moticon-16".into(),
            serial_left: None,
            serial_right: None,
            ..Device::default()
        },
        shoe_id: None,
        orthotic_id: None,
        simulation: None,
        start_utc: "2026-03-01T08:00:00Z".into(),
        tz: "Europe/Berlin".into(),
        tag: Tag::Usual,
        source: SessionSource::Simulated,
    };
    let summary = analyze(&walk.recording, &Options::default()).summary(header);
    Day::of(20_000 + i64::from(day), &[summary], DayNotes::default()).unwrap()
}

const USUAL_DAYS: u32 = 16;
const LATER_DAYS: u32 = 8;

fn told(found: &Changes, metric: &str) -> Option<(Direction, Level, i64)> {
    let change = found.changes.iter().find(|c| c.metric == metric)?;
    Some((change.direction, change.level, change.start_date))
}

/// Sixteen days of the usual walk, then eight of another scenario, of the same person.
#[test]
fn one_person_unchanged_unsteady_and_sparing_a_foot() {
    let usual: Vec<Day> = (0..USUAL_DAYS).map(|d| day("neutral", 1, d)).collect();
    assert!(usual.iter().all(Day::is_valid));
    let then = |scenario: &str| {
        let later = (USUAL_DAYS..USUAL_DAYS + LATER_DAYS).map(|d| day(scenario, 1, d));
        changes(
            &usual.iter().cloned().chain(later).collect::<Vec<Day>>(),
            &REGISTERED,
        )
    };
    let unchanged = then("neutral");
    assert!(
        unchanged
            .changes
            .iter()
            .all(|c| c.level == Level::Information),
        "{unchanged:?}"
    );
    assert_eq!(unchanged.speed, None);

    let (direction, level, start) = told(&then("unsteady"), "stride_time_cv_pct").unwrap();
    assert_eq!(
        (direction, level),
        (Direction::Higher, Level::ClinicianList)
    );
    assert!((20_014..=20_017).contains(&start), "from day {start}");

    let (direction, level, _) = told(&then("antalgic_R"), "si_stance_pct").unwrap();
    assert_eq!(direction, Direction::Lower, "right stance became shorter");
    assert!(level >= Level::WorthALook);
}
