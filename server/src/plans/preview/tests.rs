use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::plans::rules::DayStart;
use crate::plans::rules::EventDates;
use crate::plans::spec::{EventKind, Recurrence, RecurrenceKind, Window};
use crate::reminders::patient_day::Place;
use crate::store::patients::Patient;
use crate::store::pauses::{Pause, ResumeRule};
use crate::store::types::{ClinicianId, PatientId, PauseId, TenantId, UtcMicros};

const CALF: &str = "calf-wall-stretch";

fn patient(zone: &str) -> Patient {
    Patient {
        tenant_id: TenantId(1),
        id: PatientId::from([1; 16]),
        name: "Test Patient 01".to_owned(),
        time_zone: zone.to_owned(),
        status: PatientStatus::Active,
        locale: "en".to_owned(),
        owner_id: ClinicianId::from([2; 16]),
        planned_through: None,
        created_at: UtcMicros(0),
        day_starts_min: 0,
        settings: None,
        reminders_stopped_at: None,
        watch_at: None,
    }
}

fn line(exercise: &str, times: &[&str]) -> PlanItemSpec {
    let dose = Dose {
        sets: 3,
        reps: None,
        hold_s: Some(30),
        minutes: None,
        each_side: true,
    };
    let windows = times.iter().map(|at| Window::at(at)).collect();
    PlanItemSpec::plain(
        exercise,
        dose,
        Recurrence::daily(),
        windows,
        date(2026, 3, 1),
    )
}

fn plan(zone: &str, version: i64, items: &[PlanItemSpec]) -> PatientPlan {
    let ids = items.iter().zip(u128::try_from(version * 100).unwrap()..);
    PatientPlan {
        patient: patient(zone),
        place: Place::named(zone, DayStart::MIDNIGHT).unwrap(),
        version,
        items: ids
            .map(|(item, id)| (PlanItemId::from(id.to_be_bytes()), item.clone()))
            .collect(),
        pauses: Vec::new(),
        suspensions: Vec::new(),
        events: EventDates::default(),
        levels: BTreeMap::new(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn show(
    in_force: Option<&PatientPlan>,
    typed: &PatientPlan,
    there: &[Occurrence],
    now: &str,
) -> Shown {
    let compared = Compared {
        in_force,
        typed,
        there,
        now: at(now),
    };
    compared.show().unwrap()
}

/// Date, time and change of everything shown on a date.
fn told<'a>(shown: &'a Shown, date: &str) -> Vec<(&'a str, Change)> {
    let day = shown.days.iter().find(|day| day.date == date).unwrap();
    day.asks
        .iter()
        .map(|ask| (ask.time.as_str(), ask.change))
        .collect()
}

#[test]
fn fourteen_days_from_the_patients_today_through_the_change_of_the_clock() {
    let typed = plan("Europe/Berlin", 1, &[line(CALF, &["02:30", "08:00"])]);
    // 00:30 of the 28th in Berlin is still the 27th by UTC.
    let shown = show(None, &typed, &[], "2026-03-27T23:30:00Z");
    let dates: Vec<&str> = shown.days.iter().map(|day| day.date.as_str()).collect();
    assert_eq!(
        (dates[0], dates[13], dates.len()),
        ("2026-03-28", "2026-04-10", 14)
    );
    let spring = &shown.days[1];
    assert!((spring.length_h - 23.0).abs() < 1e-9, "{}", spring.length_h);
    assert_eq!(spring.asks[0].clock_rule, ClockRule::GapShiftForward);
    assert_eq!(spring.asks[0].due_at, at("2026-03-29T01:30:00Z"));
    assert_eq!(spring.asks[1].due_at, at("2026-03-29T06:00:00Z"));
    assert_eq!(shown.days[2].asks[0].due_at, at("2026-03-30T00:30:00Z"));
}

#[test]
fn what_is_new_changed_alike_and_withdrawn_is_told_apart() {
    let in_force = plan(
        "Europe/Berlin",
        1,
        &[line(CALF, &["08:00", "12:00", "18:00"])],
    );
    let mut noon = line(CALF, &["12:00"]);
    noon.dose.sets = 2;
    let typed = plan(
        "Europe/Berlin",
        2,
        &[line(CALF, &["08:00"]), noon, line("cat-camel", &["20:00"])],
    );
    let shown = show(Some(&in_force), &typed, &[], "2026-03-10T10:00:00Z");
    let today = [
        ("12:00", Change::Changed),
        ("18:00", Change::Withdrawn),
        ("20:00", Change::Added),
    ];
    assert_eq!(told(&shown, "2026-03-10"), today, "08:00 was due before");
    assert_eq!(told(&shown, "2026-03-11")[0], ("08:00", Change::Same));
}

#[test]
fn what_is_due_or_answered_stays_and_is_not_asked_for_again() {
    let in_force = plan("Europe/Berlin", 1, &[line(CALF, &["08:00", "18:00"])]);
    let mut rows = Rows::default();
    let days = (date(2026, 3, 10), date(2026, 3, 10));
    let morning = at("2026-03-10T05:00:00Z");
    in_force.rows(days.0, days.1, morning, &mut rows).unwrap();
    let mut there = rows.occurrences;
    // The evening was done early; the morning is missed.
    there[0].state = State::Missed;
    there[1].state = State::Done;
    let typed = plan(
        "Europe/Berlin",
        2,
        &[line(CALF, &["08:00", "18:00", "20:00"])],
    );
    let shown = show(Some(&in_force), &typed, &there, "2026-03-10T15:00:00Z");
    let today = [
        ("08:00", Change::Stays),
        ("18:00", Change::Stays),
        ("20:00", Change::Added),
    ];
    assert_eq!(told(&shown, "2026-03-10"), today);
    let phases: Vec<Option<Phase>> = shown.days[0].asks.iter().map(|ask| ask.phase).collect();
    assert_eq!(phases, [Some(Phase::Missed), Some(Phase::Done), None]);
}

#[test]
fn what_is_due_at_this_moment_stays_with_the_version_it_came_from() {
    let in_force = plan("Europe/Berlin", 1, &[line(CALF, &["08:00"])]);
    let mut rows = Rows::default();
    let day = date(2026, 3, 10);
    let before = at("2026-03-10T05:00:00Z");
    in_force.rows(day, day, before, &mut rows).unwrap();
    let typed = plan("Europe/Berlin", 2, &[line("cat-camel", &["20:00"])]);
    for (now, change) in [
        ("2026-03-10T06:59:59Z", Change::Withdrawn),
        ("2026-03-10T07:00:00Z", Change::Stays),
    ] {
        let shown = show(Some(&in_force), &typed, &rows.occurrences, now);
        let today = [("08:00", change), ("20:00", Change::Added)];
        assert_eq!(told(&shown, "2026-03-10"), today, "at {now}");
    }
}

#[test]
fn a_pause_covers_its_days_and_says_so() {
    let mut typed = plan("Europe/Berlin", 1, &[line(CALF, &["08:00"])]);
    typed.pauses.push(Pause {
        tenant_id: TenantId(1),
        id: PauseId::from([3; 16]),
        patient_id: typed.patient.id,
        from_date: date(2026, 3, 12).into(),
        through_date: date(2026, 3, 13).into(),
        reason: "holiday".to_owned(),
        created_by: Some(ClinicianId::from([2; 16])),
        created_at: UtcMicros(0),
        resume_rule: ResumeRule::Automatic,
        resumed_date: None,
        resumed_at: None,
        ramp_pct: None,
    });
    let shown = show(None, &typed, &[], "2026-03-10T10:00:00Z");
    let paused: Vec<&str> = shown
        .days
        .iter()
        .filter(|day| day.paused.is_some())
        .map(|day| day.date.as_str())
        .collect();
    assert_eq!(paused, ["2026-03-12", "2026-03-13"]);
    for day in &shown.days {
        for ask in &day.asks {
            let excused = ask.excused.as_deref();
            assert_eq!(excused, day.paused.as_deref(), "{}", day.date);
            assert_eq!(ask.reminders.is_empty(), day.paused.is_some());
        }
    }
}

#[test]
fn a_line_that_asks_for_nothing_says_why() {
    let mut counted = line(CALF, &["08:00"]);
    counted.recurrence = Recurrence {
        kind: RecurrenceKind::AfterEvent,
        event: Some(EventKind::Surgery),
        offset_days: Some(3),
        ..Recurrence::default()
    };
    let mut later = line("cat-camel", &["08:00"]);
    later.starts_on = date(2026, 4, 10);
    let mut ended = line("bird-dog", &["08:00"]);
    ended.ends_on = Some(date(2026, 3, 9));
    let mut typed = plan("Europe/Berlin", 1, &[counted, later, ended]);
    let now = "2026-03-10T10:00:00Z";
    let reasons = |shown: &Shown| -> Vec<SilentReason> {
        shown.silent.iter().map(|line| line.reason).collect()
    };
    assert_eq!(
        reasons(&show(None, &typed, &[], now)),
        [
            SilentReason::NoEventDate,
            SilentReason::BeginsLater,
            SilentReason::Ended
        ]
    );
    typed.events.set(EventKind::Surgery, date(2026, 3, 9));
    let shown = show(None, &typed, &[], now);
    assert_eq!(told(&shown, "2026-03-12"), [("08:00", Change::Added)]);
    assert_eq!(shown.silent.len(), 2);
}
