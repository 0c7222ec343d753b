use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::plans::rules::{PlanContext, falls_on};
use crate::plans::spec::{Dose, PlanItemSpec, RecurrenceKind, Weekday};

/// A Wednesday.
const START: Date = date(2026, 4, 1);

fn item(recurrence: Recurrence, starts_on: Date, ends_on: Option<Date>) -> PlanItemSpec {
    let dose = Dose {
        sets: 1,
        reps: None,
        hold_s: None,
        minutes: None,
        each_side: false,
    };
    PlanItemSpec {
        ends_on,
        ..PlanItemSpec::plain("walk", dose, recurrence, Vec::new(), starts_on)
    }
}

fn days(text: &str) -> Recurrence {
    let read = read(text, START).unwrap();
    assert_eq!((read.times, read.ends_on), (vec![], None), "{text}");
    read.recurrence
}

#[test]
fn what_both_can_say_is_read() {
    use Weekday::{Mon, Sun, Thu, Wed};
    assert_eq!(days("FREQ=DAILY"), Recurrence::daily());
    assert_eq!(days("freq=daily;interval=1"), Recurrence::daily());
    assert_eq!(days("INTERVAL=3;FREQ=DAILY"), Recurrence::every_n_days(3));
    assert_eq!(
        days("FREQ=WEEKLY;BYDAY=TH,MO,MO"),
        Recurrence::on(&[Mon, Thu])
    );
    assert_eq!(days("FREQ=DAILY;BYDAY=SU"), Recurrence::on(&[Sun]));
    assert_eq!(days("FREQ=WEEKLY"), Recurrence::on(&[Wed]));
    assert_eq!(days("FREQ=WEEKLY;WKST=SU;BYDAY=MO"), Recurrence::on(&[Mon]));
    assert_eq!(
        days("FREQ=WEEKLY;INTERVAL=2"),
        Recurrence::every_n_weeks(2, &[Wed])
    );
    assert_eq!(
        days("FREQ=WEEKLY;INTERVAL=52;BYDAY=SU;WKST=MO"),
        Recurrence::every_n_weeks(52, &[Sun])
    );
}

#[test]
fn ends_and_times_are_read() {
    let ends = |text: &str| read(text, START).unwrap().ends_on;
    assert_eq!(ends("FREQ=DAILY;UNTIL=20260401"), Some(START));
    assert_eq!(ends("FREQ=DAILY;COUNT=1"), Some(START));
    assert_eq!(
        ends("FREQ=DAILY;INTERVAL=2;COUNT=3"),
        Some(date(2026, 4, 5))
    );
    assert_eq!(
        ends("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3"),
        Some(date(2026, 4, 9))
    );
    assert_eq!(
        ends("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=3"),
        Some(date(2026, 4, 16))
    );
    assert_eq!(
        ends("FREQ=DAILY;BYHOUR=8,20;COUNT=4"),
        Some(date(2026, 4, 2))
    );
    let times = |text: &str| read(text, START).unwrap().times;
    assert_eq!(times("FREQ=DAILY;BYHOUR=20,8"), ["08:00", "20:00"]);
    assert_eq!(
        times("FREQ=DAILY;BYHOUR=7;BYMINUTE=30,5"),
        ["07:05", "07:30"]
    );
}

#[test]
fn what_has_no_equivalent_is_refused_for_its_reason() {
    let long = format!("FREQ=DAILY;BYHOUR={}", "8,".repeat(250_000));
    for (text, error) in [
        (long.as_str(), RuleError::TooLong),
        ("", RuleError::Malformed),
        ("FREQ", RuleError::Malformed),
        ("FREQ=", RuleError::Malformed),
        ("FREQ=OFTEN", RuleError::Malformed),
        ("FREQ=DAILY;", RuleError::Malformed),
        ("FREQ=DAILY;COLOUR=1", RuleError::Malformed),
        ("FREQ=DAILY\r\nDTSTART:20260101", RuleError::Malformed),
        ("FREQ=DAILY;INTERVAL=-1", RuleError::Malformed),
        ("FREQ=DAILY;INTERVAL=1.5", RuleError::Malformed),
        ("FREQ=DAILY;INTERVAL=", RuleError::Malformed),
        ("FREQ=WEEKLY;BYDAY=", RuleError::Malformed),
        ("FREQ=WEEKLY;BYDAY=XX", RuleError::Malformed),
        ("FREQ=WEEKLY;WKST=1", RuleError::NumberedWeekday),
        ("FREQ=DAILY;BYHOUR=24", RuleError::Malformed),
        ("FREQ=DAILY;UNTIL=20260230", RuleError::Malformed),
        ("FREQ=DAILY;UNTIL=2026ää", RuleError::Malformed),
        ("FREQ=DAILY;UNTIL=202604011", RuleError::Malformed),
        ("INTERVAL=2", RuleError::NoFrequency),
        ("FREQ=DAILY;FREQ=DAILY", RuleError::PartTwice),
        ("FREQ=SECONDLY", RuleError::Frequency),
        ("FREQ=HOURLY", RuleError::Frequency),
        ("FREQ=MONTHLY", RuleError::Frequency),
        ("FREQ=YEARLY", RuleError::Frequency),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", RuleError::Part),
        ("FREQ=DAILY;BYMONTH=2", RuleError::Part),
        ("FREQ=DAILY;BYSECOND=0", RuleError::Part),
        ("FREQ=DAILY;INTERVAL=0", RuleError::Interval),
        ("FREQ=DAILY;INTERVAL=91", RuleError::Interval),
        ("FREQ=WEEKLY;INTERVAL=53", RuleError::Interval),
        ("FREQ=DAILY;INTERVAL=99999999999", RuleError::Interval),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO",
            RuleError::WeekStart,
        ),
        ("FREQ=WEEKLY;BYDAY=1MO", RuleError::NumberedWeekday),
        ("FREQ=WEEKLY;BYDAY=-1MO", RuleError::NumberedWeekday),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", RuleError::WeekdaysOfDays),
        ("FREQ=DAILY;BYMINUTE=30", RuleError::Times),
        (
            "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,15,30",
            RuleError::Times,
        ),
        (
            "FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9,10,11,12,13",
            RuleError::Times,
        ),
        (
            "FREQ=DAILY;UNTIL=20260501T080000Z",
            RuleError::UntilNotADate,
        ),
        ("FREQ=DAILY;UNTIL=20260331", RuleError::UntilBeforeStart),
        (
            "FREQ=DAILY;UNTIL=20260501;COUNT=2",
            RuleError::UntilAndCount,
        ),
        ("FREQ=DAILY;COUNT=0", RuleError::Count),
        ("FREQ=DAILY;COUNT=2147483648", RuleError::Count),
        ("FREQ=WEEKLY;INTERVAL=52;COUNT=10000", RuleError::Count),
        ("FREQ=DAILY;BYHOUR=8,20;COUNT=3", RuleError::CountCutsADay),
    ] {
        assert_eq!(
            read(text, START),
            Err(error),
            "{}",
            text.get(..40).unwrap_or(text)
        );
    }
}

#[test]
fn what_rfc_5545_cannot_say_is_not_written() {
    let after = Recurrence {
        kind: RecurrenceKind::AfterEvent,
        ..Recurrence::default()
    };
    for recurrence in [Recurrence::times_per_week(3), after] {
        assert_eq!(write(&item(recurrence, START, None)), None);
    }
}

fn recurrences() -> impl Strategy<Value = Recurrence> {
    let weekdays = || prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7);
    prop_oneof![
        Just(Recurrence::daily()),
        weekdays().prop_map(|days| Recurrence::on(&days)),
        (2_u32..=90).prop_map(Recurrence::every_n_days),
        (2_u32..=52, weekdays()).prop_map(|(n, days)| Recurrence::every_n_weeks(n, &days)),
    ]
}

/// What the rrule crate makes of a rule on the dates from the first day on.
fn with_the_crate(rule: &str, starts_on: Date, count: u16) -> Vec<Date> {
    let start = starts_on.strftime("%Y%m%d");
    // The crate wants UNTIL in the zone of DTSTART.
    let rule = match rule.split_once("UNTIL=") {
        Some((before, date)) => format!("{before}UNTIL={date}T000000Z"),
        None => rule.to_owned(),
    };
    let text = format!("DTSTART:{start}T000000Z\nRRULE:{rule}");
    let set = rrule::RRuleSet::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    set.all(count)
        .dates
        .iter()
        .map(|at| at.format("%Y-%m-%d").to_string().parse().unwrap())
        .collect()
}

fn with_ours(item: &PlanItemSpec, count: usize) -> Vec<Date> {
    item.starts_on
        .series(1.day())
        .take(52 * 7 * 40)
        .filter(|date| falls_on(item, &PlanContext::default(), *date))
        .take(count)
        .collect()
}

proptest! {
    #[test]
    fn what_is_written_reads_back(recurrence in recurrences(), end in prop::option::of(0_i32..900)) {
        let ends_on = end.map(|days| START.checked_add(days.days()).unwrap());
        let item = item(recurrence.clone(), START, ends_on);
        let text = write(&item).unwrap();
        let expected = ReadRule { recurrence, times: Vec::new(), ends_on };
        prop_assert_eq!(read(&text, START), Ok(expected), "{}", text);
    }

    #[test]
    fn the_rrule_crate_finds_the_same_days(
        recurrence in recurrences(), start in 0_i32..400, end in prop::option::of(0_i32..900),
    ) {
        let starts_on = START.checked_add(start.days()).unwrap();
        let ends_on = end.map(|days| starts_on.checked_add(days.days()).unwrap());
        let item = item(recurrence, starts_on, ends_on);
        let text = write(&item).unwrap();
        let theirs = with_the_crate(&text, starts_on, 12);
        prop_assert_eq!(with_ours(&item, 12), theirs, "{}", text);
    }

    #[test]
    fn a_count_ends_where_the_rrule_crate_ends(recurrence in recurrences(), count in 1_usize..12) {
        let text = format!("{};COUNT={count}", write(&item(recurrence.clone(), START, None)).unwrap());
        let last = read(&text, START).unwrap().ends_on;
        prop_assert_eq!(last, with_the_crate(&text, START, 20).last().copied(), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,60}", tail in "(;?(FREQ|UNTIL|COUNT|BYDAY|BYHOUR|WKST|INTERVAL)=[A-Z0-9,+-]{0,9}){0,5}") {
        let _ = read(&text, START);
        let _ = read(&tail, START);
        let _ = read(&format!("FREQ=WEEKLY{tail}"), START);
    }
}
