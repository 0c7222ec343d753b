//! What each kind of rule plans, by example.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::plans::spec::{Progression, RecurrenceKind, Rung, RungKind, Weekday};

fn item(recurrence: Recurrence, times: &[&str], starts_on: Date) -> PlanItemSpec {
    PlanItemSpec {
        recurrence,
        starts_on,
        ..daily(times)
    }
}

fn plan(
    item: &PlanItemSpec,
    context: &PlanContext,
    from: Date,
    through: Date,
) -> Vec<PlannedOccurrence> {
    let table = table_for(&zone("Europe/Berlin"), from, through);
    occurrences_in(item, &table, context, from, through)
}

fn dates(all: &[PlannedOccurrence]) -> Vec<String> {
    all.iter().map(|it| it.local_date.to_string()).collect()
}

/// 1 April 2026 is a Wednesday.
#[test]
fn weeks_count_from_the_monday_of_the_week_of_the_first_day() {
    let rule = Recurrence::every_n_weeks(2, &[Weekday::Mon, Weekday::Thu]);
    let item = item(rule, &["08:00"], date(2026, 4, 1));
    let all = plan(
        &item,
        &PlanContext::default(),
        date(2026, 3, 1),
        date(2026, 5, 1),
    );
    assert_eq!(
        dates(&all),
        [
            "2026-04-02",
            "2026-04-13",
            "2026-04-16",
            "2026-04-27",
            "2026-04-30"
        ]
    );
}

#[test]
fn a_flexible_one_is_open_for_its_week_and_cut_by_first_and_last_day() {
    let spec = PlanItemSpec {
        ends_on: Some(date(2026, 4, 16)),
        ..item(Recurrence::times_per_week(3), &["18:00"], date(2026, 4, 1))
    };
    let all = plan(
        &spec,
        &PlanContext::default(),
        date(2026, 3, 1),
        date(2026, 5, 1),
    );
    let spans: Vec<String> = all
        .iter()
        .map(|it| {
            format!(
                "{} {} {} {}",
                it.local_date, it.opens_at, it.due_at, it.closes_at
            )
        })
        .collect();
    assert_eq!(
        spans,
        [
            // The first week begins on Wednesday: what was suggested for Tuesday is not asked for.
            "2026-04-02 2026-03-31T22:00:00Z 2026-04-02T16:00:00Z 2026-04-05T22:00:00Z",
            "2026-04-04 2026-03-31T22:00:00Z 2026-04-04T16:00:00Z 2026-04-05T22:00:00Z",
            "2026-04-07 2026-04-05T22:00:00Z 2026-04-07T16:00:00Z 2026-04-12T22:00:00Z",
            "2026-04-09 2026-04-05T22:00:00Z 2026-04-09T16:00:00Z 2026-04-12T22:00:00Z",
            "2026-04-11 2026-04-05T22:00:00Z 2026-04-11T16:00:00Z 2026-04-12T22:00:00Z",
            "2026-04-14 2026-04-12T22:00:00Z 2026-04-14T16:00:00Z 2026-04-16T22:00:00Z",
            "2026-04-16 2026-04-12T22:00:00Z 2026-04-16T16:00:00Z 2026-04-16T22:00:00Z",
        ]
    );
    assert!(all.iter().all(|it| it.flexible));
}

#[test]
fn nothing_is_due_while_an_event_has_no_date_and_then_from_its_offset() {
    let rule = Recurrence {
        kind: RecurrenceKind::AfterEvent,
        event: Some(EventKind::Surgery),
        offset_days: Some(14),
        n_days: Some(2),
        for_days: Some(5),
        ..Recurrence::default()
    };
    let spec = item(rule, &["08:00"], date(2026, 1, 1));
    let mut context = PlanContext::default();
    context.events.set(EventKind::Visit, date(2026, 4, 1));
    let (from, through) = (date(2026, 1, 1), date(2026, 12, 31));
    assert_eq!(plan(&spec, &context, from, through), []);
    context.events.set(EventKind::Surgery, date(2026, 4, 1));
    let all = plan(&spec, &context, from, through);
    assert_eq!(dates(&all), ["2026-04-15", "2026-04-17", "2026-04-19"]);
    // The item's own days cut it, without moving what it counts from.
    let later = PlanItemSpec {
        starts_on: date(2026, 4, 16),
        ..spec
    };
    assert_eq!(
        dates(&plan(&later, &context, from, through)),
        ["2026-04-17", "2026-04-19"]
    );
}

#[test]
fn a_window_before_the_day_starts_is_the_night_of_the_day_before() {
    let spec = daily(&["02:30", "03:00", "22:00"]);
    let context = PlanContext {
        day_starts_at: DayStart::parse("03:00").unwrap(),
        ..PlanContext::default()
    };
    let day = date(2026, 6, 10);
    let due: Vec<String> = plan(&spec, &context, day, day)
        .iter()
        .map(|it| format!("{} {} {}", it.local_date, it.local_time, it.due_at))
        .collect();
    assert_eq!(
        due,
        [
            "2026-06-10 02:30:00 2026-06-11T00:30:00Z",
            "2026-06-10 03:00:00 2026-06-10T01:00:00Z",
            "2026-06-10 22:00:00 2026-06-10T20:00:00Z",
        ]
    );
    let berlin = zone("Europe/Berlin");
    let begin = day_begin(&berlin, day, context.day_starts_at).unwrap();
    let end = day_end(&berlin, day, context.day_starts_at).unwrap();
    assert_eq!(
        (begin.to_string(), end.to_string()),
        ("2026-06-10T01:00:00Z".into(), "2026-06-11T01:00:00Z".into())
    );
    let second = SignedDuration::from_secs(1);
    for (at, expected) in [
        (begin - second, date(2026, 6, 9)),
        (begin, day),
        (end - second, day),
        (end, date(2026, 6, 11)),
    ] {
        assert_eq!(
            patient_date(&berlin, at, context.day_starts_at),
            Some(expected),
            "{at}"
        );
    }
}

#[test]
fn a_day_starts_between_midnight_and_six() {
    for good in ["00:00", "03:00", "06:00"] {
        assert_eq!(DayStart::parse(good).unwrap().to_string(), good);
    }
    for bad in ["06:01", "23:00", "3:00", "", "03:60"] {
        assert_eq!(DayStart::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_ramp_grows_by_due_days_to_the_dose_and_stays() {
    let spec = PlanItemSpec {
        dose: Dose {
            sets: 1,
            reps: None,
            hold_s: None,
            minutes: Some(200),
            each_side: false,
        },
        ramp: Some(Ramp {
            start: 60,
            add: 60,
            every_due_days: 2,
        }),
        ..item(
            Recurrence::on(&[Weekday::Mon, Weekday::Wed]),
            &["08:00", "20:00"],
            date(2026, 3, 2),
        )
    };
    let all = plan(
        &spec,
        &PlanContext::default(),
        date(2026, 3, 1),
        date(2026, 4, 1),
    );
    let minutes: Vec<u32> = all.iter().map(|it| it.dose.minutes.unwrap()).collect();
    assert_eq!(
        minutes,
        [
            60, 60, 60, 60, 120, 120, 120, 120, 180, 180, 180, 180, 200, 200, 200, 200, 200, 200,
            200, 200
        ]
    );
}

#[test]
fn a_ramp_counts_in_the_unit_of_its_dose() {
    let ramp = Ramp {
        start: 1,
        add: 1,
        every_due_days: 1,
    };
    let dose = |sets, reps, hold_s| Dose {
        sets,
        reps,
        hold_s,
        minutes: None,
        each_side: true,
    };
    assert_eq!(
        ramp.dose(&dose(3, Some(10), Some(30)), 4),
        dose(3, Some(10), Some(5))
    );
    assert_eq!(
        ramp.dose(&dose(3, Some(10), None), 4),
        dose(3, Some(5), None)
    );
    assert_eq!(ramp.dose(&dose(3, None, None), 1), dose(2, None, None));
    assert_eq!(
        ramp.dose(&dose(3, None, None), u64::MAX),
        dose(3, None, None)
    );
}

#[test]
fn the_level_chooses_the_dose() {
    let spec: PlanItemSpec = serde_json::from_value(serde_json::json!({
        "exercise": "heel-raise", "dose": { "sets": 1 }, "recurrence": { "kind": "daily" },
        "windows": [{ "at": "08:00" }], "starts_on": "2026-03-01",
        "progression": { "levels": [{ "sets": 2 }, { "sets": 3 }],
            "advance": { "min_adherence_pct": 80, "min_days": 7, "max_pain": 3 } },
    }))
    .unwrap();
    let sets = |level| {
        let context = PlanContext {
            level,
            ..PlanContext::default()
        };
        plan(&spec, &context, spec.starts_on, spec.starts_on)[0]
            .dose
            .sets
    };
    assert_eq!([sets(0), sets(1), sets(2), sets(9)], [1, 2, 3, 3]);
    assert_eq!(spec.progression.as_ref().map(Progression::top), Some(2));
}

#[test]
fn a_ladder_is_in_order_each_instant_once_and_only_while_the_window_is_open() {
    let due = Timestamp::from_second(1_800_000_000).unwrap();
    let min = SignedDuration::from_mins;
    let (opens, closes) = (due - min(120), due + min(240));
    let rung = |when, minutes| Rung { when, minutes };
    let of = |rungs: Option<&[Rung]>| -> Vec<(u8, i64)> {
        ladder_instants(rungs, opens, due, closes)
            .into_iter()
            .map(|(step, at)| (step, at.duration_since(due).as_mins()))
            .collect()
    };
    assert_eq!(of(None), [(0, 0)]);
    assert_eq!(of(Some(&[])), []);
    let all = [
        rung(RungKind::LastChance, 30),
        rung(RungKind::After, 60),
        rung(RungKind::At, 0),
        rung(RungKind::Before, 120),
    ];
    assert_eq!(of(Some(&all)), [(0, -120), (1, 0), (2, 60), (3, 210)]);
    let twice = [rung(RungKind::After, 210), rung(RungKind::LastChance, 30)];
    assert_eq!(of(Some(&twice)), [(0, 210)]);
    let outside = [
        rung(RungKind::Before, 121),
        rung(RungKind::After, 240),
        rung(RungKind::LastChance, 361),
    ];
    assert_eq!(of(Some(&outside)), []);
}

#[test]
fn the_gap_is_four_hours_but_at_most_half_of_the_shortest_spacing() {
    let day = date(2026, 4, 1);
    let hours = |item: &PlanItemSpec| min_gap(item).as_mins();
    assert_eq!(hours(&daily(&["08:00"])), 240);
    assert_eq!(hours(&daily(&["08:00", "12:00", "20:00"])), 120);
    // Over midnight.
    assert_eq!(hours(&daily(&["23:00", "01:00"])), 60);
    // The nights in between make it longer.
    assert_eq!(
        hours(&item(Recurrence::every_n_days(2), &["01:00", "23:00"], day)),
        240
    );
    let asked = |minutes, item: PlanItemSpec| {
        hours(&PlanItemSpec {
            min_gap_min: Some(minutes),
            ..item
        })
    };
    assert_eq!(asked(1440, daily(&["08:00"])), 720);
    assert_eq!(asked(0, daily(&["08:00"])), 0);
    assert_eq!(
        asked(1440, item(Recurrence::every_n_days(3), &["08:00"], day)),
        1440
    );
    assert_eq!(
        asked(
            1440,
            item(
                Recurrence::on(&[Weekday::Sun, Weekday::Mon]),
                &["08:00"],
                day
            )
        ),
        720
    );
    assert_eq!(
        asked(
            1440,
            item(
                Recurrence::every_n_weeks(2, &[Weekday::Sun, Weekday::Mon]),
                &["08:00"],
                day
            )
        ),
        1440
    );
    // Every second week on Sunday and Monday are six days apart, and then eight.
    let once = PlanItemSpec {
        ends_on: Some(day),
        ..daily(&["08:00"])
    };
    assert_eq!(
        asked(
            1440,
            PlanItemSpec {
                starts_on: day,
                ..once
            }
        ),
        1440
    );
}
