//! Points 7 and 8: change over days and drift within a session, and how seldom they are seen where there is none.

use gait::change::baseline::BASELINE_DAYS;
use gait::change::monitor::{Point as DayPoint, follow};
use gait::drift::{Session, within_session};
use serde_json::json;
use walker::faults::{Faults, WORST_CREEP};
use walker::plan::{BoutPlan, PlanError, WalkPlan};

use super::chance::Chance;
use super::cohort::{Case, clean};
use super::{Options, Point};
use crate::report::{Goal, Table};

/// Persons followed over days.
const PEOPLE: u64 = 200;
/// Days each is followed.
const DAYS: usize = 90;
/// Correlation of neighbouring days.
const DAY_CORRELATION: f64 = 0.3;
/// The device's error of measurement is known to this share.
const ERROR_KNOWN_TO: f64 = 0.3;
/// Steps a minute of every day: pace is not the matter here.
const CADENCE: f64 = 110.0;
/// Length of a session for drift, s.
const LONG_S: f64 = 1800.0;
/// One long session for so many persons of the other points.
const PERSONS_A_LONG_SESSION: u64 = 3;

/// Days after the baseline until a shift of so many SD from day 15 on is told.
fn days_to_alarm(chance: &mut Chance, shift_sd: f64) -> Option<usize> {
    let sem = (1.0 + ERROR_KNOWN_TO * chance.normal()).max(0.3);
    let days = chance.neighbours(DAYS, DAY_CORRELATION).into_iter();
    let points: Vec<DayPoint> = days
        .enumerate()
        .map(|(day, value)| DayPoint {
            date: day as i64,
            value: value + if day >= BASELINE_DAYS { shift_sd } else { 0.0 },
            se: 0.0,
            cadence: CADENCE,
        })
        .collect();
    let told = |seen: &usize| {
        let known = points.get(..*seen).unwrap_or_default();
        follow(known, Some(sem), false).is_some_and(|standing| standing.alarm)
    };
    (BASELINE_DAYS + 1..=DAYS)
        .find(told)
        .map(|seen| seen - BASELINE_DAYS)
}

/// Point 7.
pub(super) fn days(options: &Options) -> Point {
    let mut chance = Chance::new(options.seed);
    let mut found = |shift_sd: f64| -> Vec<Option<usize>> {
        (0..PEOPLE)
            .map(|_| days_to_alarm(&mut chance, shift_sd))
            .collect()
    };
    let mut rows = Vec::new();
    let mut results = Vec::new();
    for shift_sd in [0.0, 1.0, 2.0, 3.0] {
        let days = found(shift_sd);
        let told = days.iter().flatten().count() as f64 / days.len() as f64;
        let mut sorted: Vec<usize> = days.iter().map(|d| d.unwrap_or(DAYS)).collect();
        sorted.sort_unstable();
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(DAYS) as f64;
        rows.push(vec![
            format!("{shift_sd}"),
            days.len().to_string(),
            format!("{:.1}", 100.0 * told),
            if told > 0.5 {
                format!("{median}")
            } else {
                "-".to_owned()
            },
        ]);
        results.push((told, median));
    }
    let mut point = Point {
        name: "7 change",
        protocol: "200 persons, one value a day for 90 days (neighbouring days correlated by 0.3, spread as large as the \
                   device's error, which is known to 30 %). 14 days make the baseline; then the value shifts, or does \
                   not. A shift not told within the 90 days counts as 90.",
        tables: vec![Table {
            title: "A shift from one's own baseline".to_owned(),
            columns: [
                "shift, SD",
                "persons",
                "told within 90 days, %",
                "median days until told",
            ]
            .map(str::to_owned)
            .into(),
            rows,
            note: None,
        }],
        ..Point::default()
    };
    if let [(false_alarms, _), _, (_, days_to_two), _] = results.as_slice() {
        let n = PEOPLE as usize;
        point.goal(
            "persons without a change of whom one is told, share",
            Goal::AtMost(0.25),
            *false_alarms,
            n,
        );
        point.goal(
            "days until a shift of 2 SD is told, median",
            Goal::AtMost(8.0),
            *days_to_two,
            n,
        );
        point.json = json!({ "false_alarms": false_alarms, "median_days_2_sd": days_to_two });
    }
    point
}

/// Point 8.
pub(super) fn drift(options: &Options) -> Result<Point, PlanError> {
    let sessions = (options.persons / PERSONS_A_LONG_SESSION).max(1);
    let (mut null, mut creeping) = (0, 0);
    for person in 0..sessions {
        let plan = long(options.seed, 2 * person);
        null += usize::from(tells_drift(&plan)?);
        let faults = Faults {
            creep: Some(WORST_CREEP),
            ..Faults::default()
        };
        creeping += usize::from(tells_drift(&WalkPlan { faults, ..plan })?);
    }
    let n = sessions as usize;
    let share = |count: usize| count as f64 / n as f64;
    let mut point = Point {
        name: "8 drift",
        protocol: "half an hour of steady walking on 16 sensors in which nothing drifts, once on perfect insoles and \
                   once on insoles whose reading creeps up as in the worst published case (17 % in three hours). No \
                   drift of any value may be told.",
        json: json!({ "sessions": n, "told_without_drift": null, "told_on_creep": creeping }),
        ..Point::default()
    };
    point.goal(
        "sessions without drift of which one is told, share",
        Goal::AtMost(0.05),
        share(null),
        n,
    );
    point.goal(
        "sessions with creep alone of which one is told",
        Goal::Exactly(0.0),
        creeping as f64,
        n,
    );
    Ok(point)
}

fn long(seed: u64, person: u64) -> WalkPlan {
    WalkPlan {
        bouts: vec![BoutPlan::usual(3.0, LONG_S)],
        ..clean(seed, person)
    }
}

fn tells_drift(plan: &WalkPlan) -> Result<bool, PlanError> {
    let case = Case::of(plan)?;
    let session = Session {
        creep_corrected: case.analysis.creep_pct.is_some(),
        layout_id: &plan.layout_id,
    };
    let drifts = within_session(&case.analysis.strides, &case.analysis.bouts, session);
    Ok(drifts.iter().any(|drift| drift.told))
}
