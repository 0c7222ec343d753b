use std::str::FromStr;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::plans::rules::{occurrences_in, table_for};
use crate::plans::spec::{Dose, EventKind, Recurrence, RecurrenceKind};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn item(recurrence: Recurrence, times: &[&str], ends_on: Option<Date>) -> PlanItemSpec {
    let dose = Dose {
        sets: 3,
        reps: None,
        hold_s: Some(30),
        minutes: None,
        each_side: true,
    };
    let windows = times.iter().map(|at| Window::at(at)).collect();
    PlanItemSpec {
        ends_on,
        ..PlanItemSpec::plain(
            "calf-wall-stretch",
            dose,
            recurrence,
            windows,
            date(2026, 3, 2),
        )
    }
}

fn file(item: &PlanItemSpec, zone_name: &str, context: &PlanContext, locale: Locale) -> String {
    let zone = TimeZone::get(zone_name).unwrap();
    let calendar = Calendar {
        zone_name,
        zone: &zone,
        locale,
        context,
        published_at: date(2026, 3, 1)
            .to_zoned(TimeZone::UTC)
            .unwrap()
            .timestamp(),
        now: NOW,
    };
    calendar_file(&calendar, &[(PlanItemId::from([7; 16]), item.clone())])
}

#[test]
fn an_event_says_when_and_not_what() {
    let item = item(
        Recurrence::on(&[Weekday::Mon, Weekday::Thu]),
        &["08:00"],
        Some(date(2026, 4, 1)),
    );
    let text = file(&item, "Europe/Berlin", &PlanContext::default(), Locale::De);
    let event = text.split_once("BEGIN:VEVENT").unwrap().1;
    let lines: Vec<&str> = event.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "UID:itm_07070707070707070707070707070707-0@footing",
            "DTSTAMP:20260301T000000Z",
            "DTSTART;TZID=Europe/Berlin:20260302T080000",
            "DURATION:PT15M",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260330T060000Z",
            "SUMMARY:Sie haben eine Erinnerung.",
            "CLASS:PRIVATE",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    );
    for word in ["calf", "stretch", "foot pain", "exercise"] {
        assert!(!text.to_lowercase().contains(word), "{word}");
    }
    let zone =
        "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n";
    assert!(text.contains(zone), "{text}");
}

#[test]
fn a_window_before_the_day_starts_moves_weekdays_and_week_start() {
    let context = PlanContext {
        day_starts_at: DayStart::parse("03:00").unwrap(),
        ..PlanContext::default()
    };
    let item = item(
        Recurrence::every_n_weeks(2, &[Weekday::Mon, Weekday::Sun]),
        &["02:30"],
        None,
    );
    let text = file(&item, "UTC", &context, Locale::En);
    assert!(text.contains("DTSTART:20260303T023000Z\r\n"), "{text}");
    assert!(
        text.contains("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=TU\r\n"),
        "{text}"
    );
    assert!(!text.contains("VTIMEZONE"), "{text}");
}

#[test]
fn lines_are_folded_at_75_octets_between_characters() {
    let mut lines = Lines::default();
    let text = "ä".repeat(100);
    lines.add(&text);
    assert!(lines.0.lines().all(|line| line.len() <= FOLD));
    assert_eq!(lines.0.replace("\r\n ", "").trim_end(), text);
}

#[test]
fn the_icalendar_crate_reads_it() {
    let item = item(Recurrence::times_per_week(3), &["08:00", "20:00"], None);
    for locale in Locale::ALL {
        let text = file(&item, "America/St_Johns", &PlanContext::default(), locale);
        let read: icalendar::Calendar = text.parse().unwrap();
        let events = read.components.iter().filter(|it| it.as_event().is_some());
        assert_eq!(events.count(), 2);
    }
}

fn recurrences() -> impl Strategy<Value = Recurrence> {
    let weekdays = || prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7);
    prop_oneof![
        Just(Recurrence::daily()),
        weekdays().prop_map(|days| Recurrence::on(&days)),
        (2_u32..=90).prop_map(Recurrence::every_n_days),
        (2_u32..=9, weekdays()).prop_map(|(n, days)| Recurrence::every_n_weeks(n, &days)),
        (1_u32..=6).prop_map(Recurrence::times_per_week),
        (0_u32..99, 1_u32..99, prop::option::of(2_u32..9)).prop_map(|(offset, days, n)| {
            Recurrence {
                kind: RecurrenceKind::AfterEvent,
                event: Some(EventKind::Surgery),
                offset_days: Some(offset),
                for_days: Some(days),
                n_days: n,
                ..Recurrence::default()
            }
        }),
    ]
}

/// What the rrule crate makes of the events of a file.
fn with_the_crate(text: &str, count: u16) -> Vec<i64> {
    let mut all = Vec::new();
    let text = text.replace("\r\n ", "");
    for event in text.split("BEGIN:VEVENT").skip(1) {
        let line = |name: &str| event.lines().find(|line| line.starts_with(name));
        let start = line("DTSTART").unwrap();
        match line("RRULE") {
            Some(rule) => {
                let set = rrule::RRuleSet::from_str(&format!("{start}\n{rule}")).unwrap();
                all.extend(set.all(count).dates.iter().map(chrono::DateTime::timestamp));
            }
            None => {
                let set = rrule::RRuleSet::from_str(&format!("{start}\nRRULE:FREQ=DAILY;COUNT=1"));
                all.extend(
                    set.unwrap()
                        .all(1)
                        .dates
                        .iter()
                        .map(chrono::DateTime::timestamp),
                );
            }
        }
    }
    all
}

proptest! {
    /// Times no clock jumps over: what a calendar does there is its own affair.
    #[test]
    fn a_calendar_shows_the_times_the_planner_plans(
        recurrence in recurrences(), end in prop::option::of(0_i32..300), start in 0_u16..=6,
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "UTC"]),
        time in prop::sample::select(vec!["04:30", "05:00", "12:00", "23:00"]),
    ) {
        let ends_on = end.map(|days| date(2026, 3, 2).checked_add(days.days()).unwrap());
        let item = item(recurrence, &[time], ends_on);
        let mut context = PlanContext {
            day_starts_at: DayStart::parse(&format!("{start:02}:00")).unwrap(),
            ..PlanContext::default()
        };
        context.events.set(EventKind::Surgery, date(2026, 3, 10));
        let theirs = with_the_crate(&file(&item, zone, &context, Locale::En), 12);
        let (from, through) = (date(2026, 1, 1), date(2030, 12, 31));
        let table = table_for(&TimeZone::get(zone).unwrap(), from, through);
        let ours: Vec<i64> = occurrences_in(&item, &table, &context, from, through)
            .iter()
            .map(|planned| planned.due_at.as_second())
            .take(12)
            .collect();
        prop_assert_eq!(ours, theirs);
    }
}
