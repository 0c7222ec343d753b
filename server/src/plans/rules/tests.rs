use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;
use crate::plans::spec::{Dose, Ramp, Recurrence, Window};

mod every_zone;
mod examples;
mod oracle;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn daily(times: &[&str]) -> PlanItemSpec {
    let dose = Dose {
        sets: 3,
        reps: None,
        hold_s: Some(30),
        minutes: None,
        each_side: true,
    };
    let windows = times.iter().map(|at| Window::at(at)).collect();
    PlanItemSpec::plain(
        "calf-wall-stretch",
        dose,
        Recurrence::daily(),
        windows,
        date(2026, 3, 1),
    )
}

fn due(item: &PlanItemSpec, zone: &TimeZone, day: Date) -> Vec<String> {
    occurrences(item, zone, day, day)
        .iter()
        .map(|o| format!("{} {}", o.due_at, o.clock_rule))
        .collect()
}

#[test]
fn a_time_the_clock_jumps_over_moves_later_and_the_next_day_is_back() {
    let item = daily(&["02:30", "08:00"]);
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        due(&item, &berlin, date(2026, 3, 28)),
        ["2026-03-28T01:30:00Z exact", "2026-03-28T07:00:00Z exact"]
    );
    assert_eq!(
        due(&item, &berlin, date(2026, 3, 29)),
        [
            "2026-03-29T01:30:00Z gap_shift_forward",
            "2026-03-29T06:00:00Z exact"
        ]
    );
    assert_eq!(
        due(&item, &berlin, date(2026, 3, 30)),
        ["2026-03-30T00:30:00Z exact", "2026-03-30T06:00:00Z exact"]
    );
}

#[test]
fn of_a_time_shown_twice_only_the_first_is_due() {
    let item = daily(&["02:30"]);
    assert_eq!(
        due(&item, &zone("Europe/Berlin"), date(2026, 10, 25)),
        ["2026-10-25T00:30:00Z fold_first"]
    );
    assert_eq!(
        due(
            &daily(&["01:45"]),
            &zone("Australia/Lord_Howe"),
            date(2026, 4, 5)
        ),
        ["2026-04-04T14:45:00Z fold_first"]
    );
}

#[test]
fn a_date_the_zone_never_had_has_no_occurrence() {
    let item = PlanItemSpec {
        starts_on: date(2011, 12, 1),
        ..daily(&["00:00", "08:00", "23:59"])
    };
    let apia = zone("Pacific/Apia");
    assert_eq!(due(&item, &apia, date(2011, 12, 30)), Vec::<String>::new());
    assert_eq!(due(&item, &apia, date(2011, 12, 31)).len(), 3);
}

proptest! {
    #[test]
    fn planning_in_pieces_is_planning_at_once(split in 0_i32..60, n in 2_u32..9, start in 0_i32..20) {
        let from = date(2026, 3, 1);
        let through = from.checked_add(60.days()).unwrap();
        let middle = from.checked_add(split.days()).unwrap();
        let mut item = daily(&["02:30", "21:15"]);
        item.starts_on = from.checked_add(start.days()).unwrap();
        item.recurrence = Recurrence::every_n_days(n);
        let berlin = zone("Europe/Berlin");
        let mut pieces = occurrences(&item, &berlin, from, middle);
        pieces.extend(occurrences(&item, &berlin, middle.tomorrow().unwrap(), through));
        prop_assert_eq!(pieces, occurrences(&item, &berlin, from, through));
    }

    #[test]
    fn a_due_instant_reads_back_as_its_local_time_unless_the_clock_jumped(
        day in 0_i32..4000, hour in 0_i8..24, minute in 0_i8..60, which in 0_usize..6,
    ) {
        let names = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"];
        let zone = zone(names[which]);
        let local = date(2010, 1, 1).checked_add(day.days()).unwrap();
        let wanted = time(hour, minute, 0, 0);
        if let Some((at, rule)) = instant_of(&zone, local, wanted) {
            let back = zone.to_datetime(at);
            if rule == ClockRule::GapShiftForward {
                prop_assert!(back > DateTime::from_parts(local, wanted));
            } else {
                prop_assert_eq!(back, DateTime::from_parts(local, wanted));
            }
        }
    }
}

#[test]
fn an_id_begins_with_its_minute_and_its_patient() {
    let item = PlanItemId::from([7; 16]);
    let patient = |last: u8| PatientId::from([1, 2, 3, 4, 5, last, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    let of = |whose, day, at, window| *occurrence_id(whose, item, day, at, window).bytes();
    let id = |day, at, window| of(patient(6), day, at, window);
    let [day, eight, nine] = [0, 8, 9].map(|hour| (date(2026, 3, 1), time(hour, 0, 0, 0)));
    let minute = |(day, at)| {
        let [a, b, c, d, ..] = id(day, at, 0);
        u32::from_be_bytes([a, b, c, d])
    };
    assert_eq!(minute(day), 20_513 * 24 * 60, "days since 1970-01-01");
    assert_eq!(minute(eight) - minute(day), 480);
    assert!(id(eight.0, eight.1, 0) < id(nine.0, nine.1, 0));
    assert_ne!(id(eight.0, eight.1, 0), id(eight.0, eight.1, 1));
    assert_eq!(
        id(eight.0, eight.1, 0)[4..],
        id(nine.0, nine.1, 0)[4..],
        "the rest says whose, which line, date and window"
    );
    assert_eq!(id(eight.0, eight.1, 0)[4..9], [2, 3, 4, 5, 6]);
    assert!(id(eight.0, eight.1, 0) < of(patient(7), eight.0, eight.1, 0));
}
