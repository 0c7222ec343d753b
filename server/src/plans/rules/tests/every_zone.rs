//! Every zone of the tz database over sixteen years.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::{Date, DateTime, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::*;

const FIRST: Date = date(2011, 1, 1);
const LAST: Date = date(2026, 12, 31);
const STEP_S: i64 = 15 * 60;

fn zones() -> Vec<(String, TimeZone)> {
    let bundled = TimeZoneDatabase::bundled();
    let zones: Vec<_> = bundled
        .available()
        .map(|name| (name.to_string(), bundled.get(name.as_str()).unwrap()))
        .collect();
    assert!(zones.len() > 550, "{} zones", zones.len());
    zones
}

/// Changes of offset between the first and the last day: instant, offset before and after.
fn changes(zone: &TimeZone) -> Vec<(i64, i64, i64)> {
    let begin = FIRST.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let end = LAST.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let mut offset = i64::from(zone.to_offset(begin).seconds());
    let mut all = Vec::new();
    for change in zone.following(begin).take_while(|it| it.timestamp() < end) {
        let next = i64::from(change.offset().seconds());
        if next != offset {
            all.push((change.timestamp().as_second(), offset, next));
        }
        offset = next;
    }
    all
}

fn zone_offset(zone: &TimeZone, at_s: i64) -> i64 {
    i64::from(
        zone.to_offset(Timestamp::from_second(at_s).unwrap())
            .seconds(),
    )
}

/// What was met on the way.
#[derive(Debug, Default)]
struct Met {
    gaps: usize,
    folds: usize,
    half_hours: usize,
    missing_days: usize,
    exact: usize,
}

/// For two days around each change, every quarter of an hour of the wall clock: who shows it, found by
/// walking through UTC. A time shown is due when first shown; a time jumped over, later by the jump.
fn check_around(
    name: &str,
    zone: &TimeZone,
    change: (i64, i64, i64),
    table: &ZoneTable,
    met: &mut Met,
) {
    let (at_s, before_s, after_s) = change;
    let mut shown: HashMap<i64, (i64, usize)> = HashMap::new();
    let reach_s = 50 * 3600;
    // The grid goes through the change itself, wherever in the hour it is.
    let mut walk_s = at_s - reach_s;
    while walk_s < at_s + reach_s {
        let seen = shown
            .entry(walk_s + zone_offset(zone, walk_s))
            .or_insert((walk_s, 0));
        seen.1 += 1;
        walk_s += STEP_S;
    }
    let dates: BTreeSet<i64> = shown.keys().map(|local| local.div_euclid(86_400)).collect();
    let mut local_s = at_s + before_s - 24 * 3600;
    while local_s < at_s + before_s + 24 * 3600 {
        let local =
            DateTime::new(1970, 1, 1, 0, 0, 0, 0).unwrap() + SignedDuration::from_secs(local_s);
        let found = table.instant_of(local.date(), local.time());
        let expected = match shown.get(&local_s) {
            Some((first_s, 1)) => {
                met.exact += 1;
                Some((*first_s, ClockRule::Exact))
            }
            Some((first_s, _)) => {
                met.folds += 1;
                Some((*first_s, ClockRule::FoldFirst))
            }
            None if !dates.contains(&local_s.div_euclid(86_400)) => {
                met.missing_days += 1;
                None
            }
            None => {
                met.gaps += 1;
                // Read by the clock after the jump it would be before it; the jump is added.
                let jump_s = after_s - before_s;
                Some((local_s - after_s + jump_s, ClockRule::GapShiftForward))
            }
        };
        let seconds = found.map(|(at, rule)| (at.as_second(), rule));
        assert_eq!(seconds, expected, "{name} {local}");
        assert_eq!(
            found,
            instant_of(zone, local.date(), local.time()),
            "{name} {local}"
        );
        local_s += STEP_S;
    }
    if (after_s - before_s).rem_euclid(3600) != 0 {
        met.half_hours += 1;
    }
}

#[test]
fn around_every_change_of_every_zone_each_local_time_has_its_one_instant() {
    let mut met = Met::default();
    let mut seen = BTreeSet::new();
    for (name, zone) in zones() {
        let table = ZoneTable::new(&zone, FIRST, LAST);
        for change in changes(&zone) {
            // The same change of the same clock under another name is looked at with jiff alone.
            if seen.insert(change) {
                check_around(&name, &zone, change, &table, &mut met);
            } else {
                check_quickly(&name, &zone, change, &table);
            }
        }
    }
    assert!(seen.len() > 1000, "{} changes", seen.len());
    assert!(
        met.gaps > 1000 && met.folds > 1000 && met.exact > 100_000,
        "{met:?}"
    );
    // Lord Howe, and zones that moved by half an hour: Caracas, Pyongyang.
    assert!(met.half_hours >= 30, "{met:?}");
    // A whole day on the grid: Apia and Fakaofo left out 30 December 2011.
    assert_eq!(met.missing_days, 2 * 96, "{met:?}");
}

/// Some local times just around a change, as jiff has them.
fn check_quickly(name: &str, zone: &TimeZone, change: (i64, i64, i64), table: &ZoneTable) {
    let (at_s, before_s, after_s) = change;
    for edge in [at_s + before_s, at_s + after_s] {
        for shift in [-1800, -1, 0, 1, 1799] {
            let local = DateTime::new(1970, 1, 1, 0, 0, 0, 0).unwrap()
                + SignedDuration::from_secs(edge + shift);
            let (date, time) = (local.date(), local.time());
            assert_eq!(
                table.instant_of(date, time),
                instant_of(zone, date, time),
                "{name} {local}"
            );
        }
    }
}

#[test]
fn every_day_of_every_zone_has_each_of_its_times_once() {
    let item = PlanItemSpec {
        starts_on: FIRST,
        ..daily(&["00:00", "02:30", "23:45"])
    };
    let days = usize::try_from((LAST - FIRST).get_days()).unwrap() + 1;
    let mut lost = BTreeMap::new();
    let mut clocks = BTreeSet::new();
    let mut planned = Vec::new();
    for (name, zone) in zones() {
        let begin = FIRST.to_zoned(TimeZone::UTC).unwrap().timestamp();
        let first_offset = zone.to_offset(begin).seconds();
        let changes = changes(&zone);
        // The same clock under another name plans the same: it is the same table.
        if !clocks.insert((first_offset, changes.clone())) {
            continue;
        }
        let table = table_for(&zone, FIRST, LAST);
        planned.clear();
        Schedule::of(&item, &PlanContext::default())
            .unwrap()
            .plan_into(&table, FIRST, LAST, &mut planned);
        let missing = days * 3 - planned.len();
        if missing > 0 {
            lost.insert(name.clone(), missing);
        }
        check_days(&name, first_offset.into(), &changes, &planned);
    }
    assert!(clocks.len() > 100, "{} clocks", clocks.len());
    assert_eq!(
        lost.values().copied().collect::<Vec<_>>(),
        [3, 3],
        "{lost:?}"
    );
    assert!(lost.contains_key("Pacific/Apia"), "{lost:?}");
}

/// The due times in order, each day's apart from the next day's by a day on the wall: read by the offset
/// in force, which only the list of changes tells.
fn check_days(
    name: &str,
    first_offset: i64,
    changes: &[(i64, i64, i64)],
    planned: &[PlannedOccurrence],
) {
    let mut changes = changes.iter().peekable();
    let mut offset = first_offset;
    let mut odd = 0;
    let mut local_day = i64::from(calendar::day_number(FIRST)) - 1;
    for (no, occurrence) in planned.iter().enumerate() {
        let due_s = occurrence.due_at.as_second();
        while changes
            .next_if(|change| change.0 <= due_s)
            .is_some_and(|change| {
                offset = change.2;
                true
            })
        {}
        let time_s = [0, 9_000, 85_500][occurrence.window_no];
        if occurrence.window_no == 0 {
            local_day = i64::from(calendar::day_number(occurrence.local_date));
        }
        let wanted = local_day * 86_400 + time_s;
        match occurrence.clock_rule {
            ClockRule::Exact | ClockRule::FoldFirst => {
                assert_eq!(due_s + offset, wanted, "{name} {occurrence:?}");
            }
            ClockRule::GapShiftForward => {
                odd += 1;
                assert!(due_s + offset > wanted, "{name} {occurrence:?}");
            }
        }
        // Only a time moved over midnight, as in Nuuk, may come after one of the next date.
        let before = no.checked_sub(1).and_then(|before| planned.get(before));
        assert!(
            before.is_none_or(|it| {
                it.due_at < occurrence.due_at || it.clock_rule == ClockRule::GapShiftForward
            }),
            "{name} {occurrence:?}"
        );
    }
    assert!(odd <= 40, "{name} {odd}");
}

#[test]
fn outside_its_years_a_table_asks_the_zone() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let table = ZoneTable::new(&zone, date(2026, 1, 1), date(2026, 1, 2));
    for day in [
        date(1893, 4, 1),
        date(1980, 4, 6),
        date(2026, 3, 29),
        date(2026, 10, 25),
        date(2400, 7, 1),
    ] {
        for offset in -1..=1 {
            let day = day.checked_add(offset.days()).unwrap();
            for hour in 0..24 {
                let time = jiff::civil::time(hour, 30, 0, 0);
                assert_eq!(
                    table.instant_of(day, time),
                    instant_of(&zone, day, time),
                    "{day} {hour}"
                );
            }
        }
    }
}
