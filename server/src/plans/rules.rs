//! When a plan's lines are due: pure, from the first day, safe across every change of the clock.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::spec::{PlanItemSpec, Recurrence, RecurrenceKind, Weekday};
use crate::store::types::{Digest, OccurrenceId, PlanItemId, text_enum};

text_enum! {
    /// How a local time met its zone's clock.
    ClockRule {
        /// It exists once.
        Exact = "exact",
        /// The clock jumps over it: moved later by the length of the jump.
        GapShiftForward = "gap_shift_forward",
        /// The clock shows it twice: the first.
        FoldFirst = "fold_first",
    }
}

/// An occurrence before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedOccurrence {
    /// Which of the item's windows.
    pub window_no: usize,
    /// The patient's date.
    pub local_date: Date,
    /// The planned local time.
    pub local_time: Time,
    /// How it met the clock.
    pub clock_rule: ClockRule,
    /// From when an answer is on time.
    pub opens_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// Until when an answer is on time.
    pub closes_at: Timestamp,
}

/// Whether a rule that begins on `first` falls on `date`. Counted from the first day, never from the
/// last time, so that nothing drifts.
pub fn falls_on(recurrence: &Recurrence, first: Date, date: Date) -> bool {
    if date < first {
        return false;
    }
    match recurrence.kind {
        RecurrenceKind::Daily => true,
        RecurrenceKind::Weekdays => recurrence.weekdays.contains(&Weekday::of(date)),
        RecurrenceKind::EveryNDays => {
            let days = (date - first).get_days();
            recurrence
                .n_days
                .and_then(|n| i32::try_from(n).ok())
                .is_some_and(|n| n > 0 && days % n == 0)
        }
    }
}

/// The instant a local time stands for. A time the clock jumps over moves later by the jump; of a
/// time shown twice the first is taken.
///
/// A date the zone never had (the date line moved) has no instant: `None`.
pub fn instant_of(zone: &TimeZone, date: Date, time: Time) -> Option<(Timestamp, ClockRule)> {
    let local = DateTime::from_parts(date, time);
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let rule = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ClockRule::Exact,
        AmbiguousOffset::Gap { .. } => ClockRule::GapShiftForward,
        AmbiguousOffset::Fold { .. } => ClockRule::FoldFirst,
    };
    let at = ambiguous.compatible().ok()?;
    // Shifted out of its own day, as on a skipped date: that day does not exist there.
    if zone.to_datetime(at).date() != date && day_is_skipped(zone, date) {
        return None;
    }
    Some((at, rule))
}

/// Whether the zone's calendar left this date out.
fn day_is_skipped(zone: &TimeZone, date: Date) -> bool {
    [Time::midnight(), Time::MAX].into_iter().all(|time| {
        zone.to_ambiguous_timestamp(DateTime::from_parts(date, time))
            .compatible()
            .is_ok_and(|at| zone.to_datetime(at).date() != date)
    })
}

/// When a local day begins.
pub fn day_begin(zone: &TimeZone, date: Date) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(DateTime::from_parts(date, Time::midnight()))
        .compatible()
        .ok()
}

/// When the local day after `date` begins: until then a late answer still belongs to the day.
pub fn day_end(zone: &TimeZone, date: Date) -> Option<Timestamp> {
    day_begin(zone, date.checked_add(1.day()).ok()?)
}

/// Every occurrence of an item on the dates from `from` through `through`.
pub fn occurrences(
    item: &PlanItemSpec,
    zone: &TimeZone,
    from: Date,
    through: Date,
) -> Vec<PlannedOccurrence> {
    let first = item.starts_on.max(from);
    let last = item.ends_on.map_or(through, |end| end.min(through));
    if first > last {
        return Vec::new();
    }
    first
        .series(1.day())
        .take_while(|date| *date <= last)
        .filter(|date| falls_on(&item.recurrence, item.starts_on, *date))
        .flat_map(|date| on_day(item, zone, date))
        .collect()
}

fn on_day(item: &PlanItemSpec, zone: &TimeZone, date: Date) -> Vec<PlannedOccurrence> {
    item.windows
        .iter()
        .enumerate()
        .filter_map(|(window_no, window)| {
            let local_time = window.time()?;
            let (due_at, clock_rule) = instant_of(zone, date, local_time)?;
            Some(PlannedOccurrence {
                window_no,
                local_date: date,
                local_time,
                clock_rule,
                opens_at: due_at.checked_sub(minutes(window.opens_before_min)).ok()?,
                due_at,
                closes_at: due_at.checked_add(minutes(window.closes_after_min)).ok()?,
            })
        })
        .collect()
}

fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(count))
}

/// The id of an occurrence: the first 16 bytes of SHA-256 over plan item id, date and window number,
/// so that a phone without a connection computes the same.
pub fn occurrence_id(item: PlanItemId, date: Date, window_no: usize) -> OccurrenceId {
    let Digest(digest) = Digest::of(format!("{item}/{date}/{window_no}").as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(digest.split_at(16).0);
    OccurrenceId::from(id)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;
    use crate::plans::spec::{Dose, Window};

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn daily(times: &[&str]) -> PlanItemSpec {
        PlanItemSpec {
            exercise: "calf-wall-stretch".into(),
            dose: Dose {
                sets: 3,
                reps: None,
                hold_s: Some(30),
                minutes: None,
                each_side: true,
            },
            recurrence: Recurrence {
                kind: RecurrenceKind::Daily,
                weekdays: vec![],
                n_days: None,
            },
            windows: times.iter().map(|at| Window::at(at)).collect(),
            starts_on: date(2026, 3, 1),
            ends_on: None,
        }
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
            item.recurrence = Recurrence { kind: RecurrenceKind::EveryNDays, weekdays: vec![], n_days: Some(n) };
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
}
