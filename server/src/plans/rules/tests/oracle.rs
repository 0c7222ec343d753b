//! Planning again from nothing but the words of each rule: days are walked one by one with counters, and
//! instants are found by walking through UTC a quarter of an hour at a time and looking at the clock on
//! the wall. No line of it is shared with the planner.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::plans::spec::{RecurrenceKind, Weekday};

const QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// Every quarter of an hour of some days, with what the wall clock shows.
struct Walk {
    steps: Vec<(Timestamp, DateTime)>,
}

impl Walk {
    fn new(zone: &TimeZone, from: Date, through: Date) -> Self {
        let begin = from.checked_sub(10.days()).unwrap().to_zoned(TimeZone::UTC);
        let end = through
            .checked_add(12.days())
            .unwrap()
            .to_zoned(TimeZone::UTC);
        let (mut at, end) = (begin.unwrap().timestamp(), end.unwrap().timestamp());
        let mut steps = Vec::new();
        while at < end {
            steps.push((at, zone.to_datetime(at)));
            at += QUARTER;
        }
        Self { steps }
    }

    /// The first instant at which the wall shows a time; behind a jump, as much later than the jump
    /// as the time is behind the last that was shown.
    fn instant(&self, wanted: DateTime) -> (Timestamp, ClockRule) {
        let shown: Vec<_> = self.steps.iter().filter(|step| step.1 == wanted).collect();
        match shown.as_slice() {
            [] => {
                let jump = self.steps.iter().position(|step| step.1 > wanted).unwrap();
                let (before_at, before) = self.steps[jump - 1];
                let late = wanted.duration_since(before);
                (before_at + late, ClockRule::GapShiftForward)
            }
            [once] => (once.0, ClockRule::Exact),
            [first, ..] => (first.0, ClockRule::FoldFirst),
        }
    }

    fn has_date(&self, date: Date) -> bool {
        self.steps.iter().any(|step| step.1.date() == date)
    }
}

/// The due days with how many came before each, by counting from the first day on.
fn due_days(item: &PlanItemSpec, context: &PlanContext, through: Date) -> Vec<(Date, u64)> {
    let rule = &item.recurrence;
    let mut days = Vec::new();
    let (mut since_last, mut monday_count) = (0_u32, 0_u32);
    let event = rule.event.and_then(|event| context.events.date(event));
    let mut day = item.starts_on;
    let mut anchored = event.map(|event| {
        let mut first = event;
        for _ in 0..rule.offset_days.unwrap() {
            first = first.tomorrow().unwrap();
        }
        first
    });
    // Days after an event count from it, also those before the item's first day.
    if let Some(first) = anchored {
        day = day.min(first);
    } else if rule.kind == RecurrenceKind::AfterEvent {
        return days;
    }
    let mut since_event = 0_u32;
    while day <= through {
        let weekday = Weekday::of(day);
        if weekday == Weekday::Mon && day != item.starts_on {
            monday_count += 1;
        }
        let due = match rule.kind {
            RecurrenceKind::Daily => true,
            RecurrenceKind::Weekdays => rule.weekdays.contains(&weekday),
            RecurrenceKind::EveryNDays => {
                let due = since_last == 0;
                since_last = (since_last + 1) % rule.n_days.unwrap();
                due
            }
            RecurrenceKind::EveryNWeeks => {
                monday_count % rule.n_weeks.unwrap() == 0 && rule.weekdays.contains(&weekday)
            }
            RecurrenceKind::TimesPerWeek => {
                use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
                let spread: &[Weekday] = match rule.times.unwrap() {
                    1 => &[Thu],
                    2 => &[Tue, Sat],
                    3 => &[Tue, Thu, Sat],
                    4 => &[Mon, Wed, Fri, Sun],
                    5 => &[Mon, Wed, Thu, Fri, Sun],
                    _ => &[Mon, Tue, Wed, Fri, Sat, Sun],
                };
                spread.contains(&weekday)
            }
            RecurrenceKind::AfterEvent => {
                if anchored.is_some_and(|first| day < first) {
                    false
                } else {
                    anchored = None;
                    let due = since_last == 0 && since_event < rule.for_days.unwrap_or(1);
                    since_last = (since_last + 1) % rule.n_days.unwrap_or(1);
                    since_event += 1;
                    due
                }
            }
        };
        let ended = item.ends_on.is_some_and(|end| day > end);
        if due && day >= item.starts_on && !ended {
            days.push((day, days.len() as u64));
        }
        day = day.tomorrow().unwrap();
    }
    days
}

fn calendar_time(day: Date, time: Time, start: Time) -> DateTime {
    if time < start {
        day.tomorrow().unwrap().to_datetime(time)
    } else {
        day.to_datetime(time)
    }
}

fn plan_again(
    item: &PlanItemSpec,
    zone: &TimeZone,
    context: &PlanContext,
    from: Date,
    through: Date,
) -> Vec<PlannedOccurrence> {
    let walk = Walk::new(zone, from, through);
    let start = context.day_starts_at.time();
    let mut all = Vec::new();
    for (day, nth) in due_days(item, context, through) {
        if day < from {
            continue;
        }
        let mut dose = item.dose.clone();
        if let Some(ramp) = item.ramp {
            let mut minutes = ramp.start;
            for k in 1..=nth {
                if k % u64::from(ramp.every_due_days) == 0 {
                    minutes = (minutes + ramp.add).min(item.dose.minutes.unwrap());
                }
            }
            dose.minutes = Some(minutes);
        }
        for (window_no, window) in item.windows.iter().enumerate() {
            let time: Time = window.at.parse().unwrap();
            let wanted = calendar_time(day, time, start);
            if !walk.has_date(wanted.date()) {
                continue;
            }
            let (due_at, clock_rule) = walk.instant(wanted);
            let flexible = item.recurrence.kind == RecurrenceKind::TimesPerWeek;
            let (opens_at, closes_at) = if flexible {
                let mut first = day;
                while Weekday::of(first) != Weekday::Mon && first > item.starts_on {
                    first = first.yesterday().unwrap();
                }
                let mut end = day.tomorrow().unwrap();
                while Weekday::of(end) != Weekday::Mon
                    && item.ends_on.is_none_or(|last| end <= last)
                {
                    end = end.tomorrow().unwrap();
                }
                (
                    walk.instant(first.to_datetime(start)).0,
                    walk.instant(end.to_datetime(start)).0,
                )
            } else {
                (
                    due_at - SignedDuration::from_mins(i64::from(window.opens_before_min)),
                    due_at + SignedDuration::from_mins(i64::from(window.closes_after_min)),
                )
            };
            all.push(PlannedOccurrence {
                window_no,
                local_date: day,
                local_time: time,
                clock_rule,
                flexible,
                opens_at,
                due_at,
                closes_at,
                dose: dose.clone(),
            });
        }
    }
    all
}

/// A zone and a day near something that happened to its clock.
fn places() -> impl Strategy<Value = (&'static str, Date)> {
    prop::sample::select(vec![
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Pacific/Apia", date(2011, 12, 30)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("Asia/Beirut", date(2024, 3, 31)),
        ("Africa/Casablanca", date(2026, 2, 15)),
        ("Asia/Kathmandu", date(2026, 5, 5)),
        ("America/Nuuk", date(2024, 3, 30)),
        ("UTC", date(2026, 1, 1)),
    ])
}

fn weekdays() -> impl Strategy<Value = Vec<Weekday>> {
    prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7)
}

fn recurrences() -> impl Strategy<Value = Recurrence> {
    let series = prop::option::of((1_u32..60, prop::option::of(2_u32..9)));
    prop_oneof![
        Just(Recurrence::daily()),
        weekdays().prop_map(|days| Recurrence::on(&days)),
        (2_u32..12).prop_map(Recurrence::every_n_days),
        (2_u32..5, weekdays()).prop_map(|(n, days)| Recurrence::every_n_weeks(n, &days)),
        (1_u32..7).prop_map(Recurrence::times_per_week),
        (0_u32..30, series).prop_map(|(offset, series)| Recurrence {
            kind: RecurrenceKind::AfterEvent,
            event: Some(EventKind::Surgery),
            offset_days: Some(offset),
            for_days: series.map(|series| series.0),
            n_days: series.and_then(|series| series.1),
            ..Recurrence::default()
        }),
    ]
}

fn times() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(0_u32..96, 1..4).prop_map(|quarters| {
        let text = |quarter: u32| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        quarters.into_iter().map(text).collect()
    })
}

#[derive(Debug)]
struct Case {
    zone: TimeZone,
    item: PlanItemSpec,
    context: PlanContext,
    from: Date,
    through: Date,
}

fn cases() -> impl Strategy<Value = Case> {
    let days = (
        -20_i32..20,
        prop::option::of(0_i32..60),
        -12_i32..2,
        0_i32..14,
    );
    let ramp = prop::option::of((1_u32..60, 1_u32..60, 1_u32..5));
    let event = prop::option::weighted(0.9, -40_i32..10);
    let parts = (
        places(),
        recurrences(),
        times(),
        days,
        ramp,
        0_u16..=24,
        event,
    );
    parts.prop_map(
        |((zone, around), recurrence, times, days, ramp, start, event)| {
            let (starts, ends, from, through) = days;
            let add = |days: i32| around.checked_add(days.days()).unwrap();
            let dose = Dose {
                sets: 1,
                reps: None,
                hold_s: None,
                minutes: Some(90),
                each_side: false,
            };
            let windows = times.iter().map(|at| Window::at(at)).collect();
            let plain =
                PlanItemSpec::plain("wear-orthotics", dose, recurrence, windows, add(starts));
            let mut context = PlanContext {
                day_starts_at: DayStart::parse(&format!("{:02}:{:02}", start / 4, start % 4 * 15))
                    .unwrap(),
                ..PlanContext::default()
            };
            if let Some(days) = event {
                context.events.set(EventKind::Surgery, add(days));
            }
            Case {
                zone: TimeZone::get(zone).unwrap(),
                item: PlanItemSpec {
                    ends_on: ends.map(|days| add(starts + days)),
                    ramp: ramp.map(|(start, add, every_due_days)| Ramp {
                        start,
                        add,
                        every_due_days,
                    }),
                    ..plain
                },
                context,
                from: add(from),
                through: add(through),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_kind_plans_what_walking_by_day_and_clock_finds(case in cases()) {
        let Case { zone, item, context, from, through } = case;
        let table = table_for(&zone, from, through);
        let planned = occurrences_in(&item, &table, &context, from, through);
        prop_assert_eq!(planned, plan_again(&item, &zone, &context, from, through));
    }

    #[test]
    fn planning_in_pieces_is_planning_at_once_for_every_kind(case in cases(), cut in 0_i32..14) {
        let Case { zone, item, context, from, through } = case;
        let middle = from.checked_add(cut.days()).unwrap().min(through);
        let plan = |from, through| {
            occurrences_in(&item, &table_for(&zone, from, through), &context, from, through)
        };
        let mut pieces = plan(from, middle);
        pieces.extend(plan(middle.tomorrow().unwrap(), through));
        prop_assert_eq!(pieces, plan(from, through));
    }

    #[test]
    fn the_next_due_is_the_first_planned_after(case in cases(), hours in 0_i64..300) {
        let Case { zone, item, context, from, through } = case;
        let until = through.checked_add(400.days()).unwrap();
        let table = ZoneTable::new(&zone, from, through);
        let after = table.zone().to_timestamp(from.at(0, 0, 0, 0)).unwrap()
            + SignedDuration::from_hours(hours);
        let begin = from.checked_sub(10.days()).unwrap();
        let first = occurrences_in(&item, &table, &context, begin, until)
            .into_iter()
            .filter(|planned| planned.due_at > after)
            .min_by_key(|planned| planned.due_at)
            .map(|planned| (planned.due_at, planned.clock_rule));
        let next = Schedule::of(&item, &context).and_then(|ready| ready.next_due(&table, after));
        prop_assert_eq!(next, first);
    }
}
