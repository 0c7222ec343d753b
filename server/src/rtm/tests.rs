//! Properties of the ledger's rules.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::days::{Window, windows};
use super::rules::{Found, Month, Status, device, management};
use super::table::{self, RuleTable};
use super::time::{Span, on_patient, union, within};
use crate::store::types::{ClinicianId, PatientId};

fn day(number: i32) -> Date {
    date(2026, 1, 1).saturating_add(number.days())
}

fn days(numbers: &BTreeSet<i32>) -> BTreeSet<Date> {
    numbers.iter().map(|number| day(*number)).collect()
}

fn table_of(year: i16) -> &'static RuleTable {
    table::on(date(year, 6, 1)).unwrap()
}

fn status(found: &[Found], code: &str) -> Option<Status> {
    found
        .iter()
        .find(|one| one.code == code)
        .map(|one| one.status)
}

fn is(found: &[Found], code: &str) -> bool {
    status(found, code) == Some(Status::Eligible)
}

fn window(count: i32) -> Window {
    Window {
        from: day(0),
        through: day(29),
        days: (0..count).map(day).collect(),
    }
}

fn month(seconds: i64, live_calls: usize) -> Month {
    Month {
        first: date(2026, 1, 1),
        last: date(2026, 1, 31),
        seconds,
        live_calls,
        forgotten: 0,
    }
}

/// How much is eligible: more of it is better.
fn rank(found: &[Found]) -> i64 {
    let own = |code: &str| match code {
        "98985" | "98979" => 1,
        "98977" | "98980" => 2,
        _ => 3,
    };
    let eligible = found.iter().filter(|one| one.status == Status::Eligible);
    eligible.map(|one| own(&one.code) * one.units).sum()
}

#[test]
fn the_tables_are_in_order_and_name_only_codes_of_theirs() {
    let tables = table::tables();
    assert!(
        tables
            .standing
            .contains("not checked against the final rule")
    );
    assert!(tables.table.is_sorted_by_key(|table| table.valid_from));
    for table in &tables.table {
        assert!(!table.sources.is_empty(), "{}", table.version);
        for (place, code) in table.code.iter().enumerate() {
            let before: BTreeSet<&String> =
                table.code[..place].iter().map(|one| &one.code).collect();
            for other in code.excluded_by.iter().chain(&code.needs) {
                assert!(
                    before.contains(other),
                    "{} must stand after {other}",
                    code.code
                );
            }
        }
    }
    assert_eq!(
        table::on(date(2025, 12, 31)).unwrap().version,
        "us-rtm-2022"
    );
    assert_eq!(table::on(date(2026, 1, 1)).unwrap().version, "us-rtm-2026");
    assert!(table::on(date(2021, 12, 31)).is_none());
}

#[test]
fn the_thresholds_of_days_are_2_and_16() {
    let today = day(40);
    let of = |count| device(table_of(2026), &window(count), today);
    assert_eq!(status(&of(1), "98985"), Some(Status::NotMet));
    assert!(is(&of(2), "98985") && is(&of(15), "98985"));
    assert_eq!(status(&of(15), "98977"), Some(Status::NotMet));
    assert!(is(&of(16), "98977"));
    assert_eq!(status(&of(16), "98985"), Some(Status::Excluded));
    // Before 2026 there was no code for few days.
    let before = device(table_of(2025), &window(15), today);
    assert_eq!(status(&before, "98985"), None);
    assert!(is(&device(table_of(2025), &window(16), today), "98977"));
}

#[test]
fn begun_minutes_do_not_count_and_a_call_must_be_live() {
    let of = |seconds, calls| management(table_of(2026), &month(seconds, calls), date(2026, 2, 1));
    assert!(!is(&of(599, 1), "98979") && is(&of(600, 1), "98979"));
    let almost = of(19 * 60 + 59, 1);
    assert!(is(&almost, "98979") && !is(&almost, "98980"));
    assert!(is(&of(1200, 1), "98980"));
    assert_eq!(status(&of(1200, 1), "98979"), Some(Status::Excluded));
    assert!(!is(&of(1200, 0), "98980") && !is(&of(1200, 0), "98979"));
    let units = |seconds| {
        let found = of(seconds, 1);
        found.iter().find(|one| one.code == "98981").unwrap().units
    };
    assert_eq!([2399, 2400, 3599, 3600, 4800].map(units), [0, 1, 1, 2, 3]);
    assert!(!is(&of(4800, 0), "98981"), "only beside 98980");
}

#[test]
fn what_is_missing_is_said_in_words() {
    let found = device(table_of(2026), &window(15), day(20));
    assert_eq!(
        found[0].missing.as_deref(),
        Some("1 monitored day through Fri 30 Jan (10 days left)")
    );
    let late = device(table_of(2026), &window(3), day(28));
    let missing = late[0].missing.clone().unwrap();
    assert!(
        missing.starts_with("13 monitored days, and 2 days left"),
        "{missing}"
    );
    let over = device(table_of(2026), &window(15), day(30));
    let missing = over[0].missing.clone().unwrap();
    assert!(missing.contains("only data that arrive late"), "{missing}");
    let found = management(table_of(2026), &month(19 * 60 + 59, 0), date(2026, 1, 20));
    let of = |code: &str| found.iter().find(|one| one.code == code).unwrap();
    assert_eq!(
        of("98980").missing.as_deref(),
        Some("1 whole minute and 1 live call")
    );
    assert_eq!(of("98980").status, Status::NotYet);
    assert_eq!(of("98980").reason, "19 min 59 s, 0 live calls");
}

#[test]
fn a_window_that_was_evaluated_as_over_keeps_its_beginning() {
    let all = days(&BTreeSet::from([10, 20, 45]));
    let held = BTreeSet::from([day(20)]);
    let free = windows(&all, &BTreeSet::new(), |_| 30);
    assert_eq!(
        free.windows[0].from,
        day(10),
        "where nothing holds it moves"
    );
    let found = windows(&all, &held, |_| 30);
    assert_eq!(found.windows[0].from, day(20));
    assert_eq!(found.windows[0].days, [day(20), day(45)]);
    assert_eq!(found.outside, [day(10)]);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn interval() -> impl Strategy<Value = (i64, i64)> {
    (0_i64..500, 0_i64..120).prop_map(|(from, length)| (from, from + length))
}

fn span() -> impl Strategy<Value = (u8, u8, i64, i64, i64)> {
    (0_u8..3, 0_u8..3, 0_i64..500, 0_i64..120, 0_i64..1000)
}

fn made(all: &[(u8, u8, i64, i64, i64)]) -> Vec<Span> {
    let one =
        |(number, (clinician, patient, from, length, recorded)): (u8, &(u8, u8, i64, i64, i64))| {
            Span {
                id: [number; 16],
                patient: PatientId::from([*patient; 16]),
                clinician: ClinicianId::from([*clinician; 16]),
                from: at(*from),
                until: at(from + length),
                recorded_at: at(*recorded),
            }
        };
    (0_u8..).zip(all).map(one).collect()
}

fn seconds(spans: &[Span], patient: u8) -> i64 {
    let own = on_patient(spans, PatientId::from([patient; 16]));
    within(&own, at(-10), at(10_000)).as_secs()
}

/// Second by second: who works on whom, what was recorded first holds.
fn counted(spans: &[Span], patient: PatientId) -> i64 {
    let mut total = 0;
    for second in 0..700 {
        let works = |span: &&Span| span.from <= at(second) && at(second) < span.until;
        let clinicians: BTreeSet<ClinicianId> = spans.iter().map(|span| span.clinician).collect();
        let on = clinicians.into_iter().filter_map(|clinician| {
            let own = spans.iter().filter(|span| span.clinician == clinician);
            own.filter(works)
                .min_by_key(|span| (span.recorded_at, span.id))
        });
        total += i64::from(on.into_iter().any(|span| span.patient == patient));
    }
    total
}

proptest! {
    #[test]
    fn a_union_has_each_moment_once(all in vec(interval(), 0..30)) {
        let merged = union(all.iter().map(|(from, until)| (at(*from), at(*until))).collect());
        prop_assert!(merged.windows(2).all(|two| two[0].1 < two[1].0), "apart and in order");
        let covered = |second: i64| all.iter().any(|(from, until)| *from <= second && second < *until);
        let expected = (0..700).filter(|second| covered(*second)).count();
        let total: SignedDuration = merged.iter().map(|(from, until)| from.duration_until(*until)).sum();
        prop_assert_eq!(total.as_secs(), i64::try_from(expected).unwrap());
    }

    #[test]
    fn time_is_counted_as_second_by_second(all in vec(span(), 0..14)) {
        let spans = made(&all);
        for patient in 0..3 {
            let id = PatientId::from([patient; 16]);
            prop_assert_eq!(seconds(&spans, patient), counted(&spans, id));
        }
    }

    #[test]
    fn what_is_recorded_later_takes_no_time_from_others(all in vec(span(), 1..14), more in span()) {
        let mut spans = made(&all);
        let before: Vec<i64> = (0..3).map(|patient| seconds(&spans, patient)).collect();
        let mut later = made(&[more]);
        later[0].id = [99; 16];
        later[0].recorded_at = at(5_000);
        spans.extend(later);
        for (patient, before) in (0..3).zip(before) {
            prop_assert!(seconds(&spans, patient) >= before);
        }
    }

    #[test]
    fn no_two_windows_share_a_day_and_each_day_is_somewhere(numbers in btree_set(0_i32..200, 0..80)) {
        let all = days(&numbers);
        let found = windows(&all, &BTreeSet::new(), |_| 30);
        prop_assert!(found.windows.windows(2).all(|two| two[0].through < two[1].from));
        prop_assert!(found.windows.iter().all(|one| one.days.first() == Some(&one.from)));
        let counted: usize = found.windows.iter().map(|one| one.days.len()).sum();
        prop_assert_eq!(counted, all.len());
    }

    /// A late day: whatever was found over stays, and no window has less of it.
    #[test]
    fn a_late_day_never_takes_anything_away(numbers in btree_set(0_i32..120, 1..60), late in 0_i32..120, year in 2025_i16..2027) {
        let all = days(&numbers);
        let before = windows(&all, &BTreeSet::new(), |_| 30);
        let held: BTreeSet<Date> = before.windows.iter().map(|one| one.from).collect();
        let mut more = all.clone();
        more.insert(day(late));
        let after = windows(&more, &held, |_| 30);
        let table = table_of(year);
        for window in &before.windows {
            let same = after.windows.iter().find(|one| one.from == window.from);
            prop_assert!(same.is_some(), "a window that was evaluated is gone");
            let (was, is) = (device(table, window, day(200)), device(table, same.unwrap(), day(200)));
            prop_assert!(rank(&is) >= rank(&was));
        }
    }

    #[test]
    fn never_both(count in 0_i32..31, spent in 0_i64..10_000, calls in 0_usize..3, year in 2025_i16..2027) {
        let table = table_of(year);
        let of_days = device(table, &window(count), day(10));
        prop_assert!(!(is(&of_days, "98985") && is(&of_days, "98977")));
        let of_time = management(table, &month(spent, calls), date(2026, 1, 10));
        prop_assert!(!(is(&of_time, "98979") && (is(&of_time, "98980") || is(&of_time, "98981"))));
        prop_assert!(is(&of_time, "98980") || !is(&of_time, "98981"));
    }

    #[test]
    fn more_time_and_calls_never_take_anything_away(spent in 0_i64..10_000, more in 0_i64..3_000, calls in 0_usize..3) {
        let of = |seconds, calls| rank(&management(table_of(2026), &month(seconds, calls), date(2026, 2, 1)));
        prop_assert!(of(spent + more, calls) >= of(spent, calls));
        prop_assert!(of(spent, calls + 1) >= of(spent, calls));
    }
}
