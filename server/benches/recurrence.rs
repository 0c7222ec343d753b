//! How fast the next due time of a line is found, and how fast lines are planned; beside what the same
//! question costs with jiff alone, croner and rrule. `cargo bench -p footing-server --bench recurrence`
//!
//! Every contestant answers the same questions: eight zones, 08:00 on Monday, Wednesday and Friday, the
//! instants after which is asked spread over ten years. The answers are compared before anything is
//! measured. CPU time of the thread, the best of five runs.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot begin should say so"
)]

use std::hint::black_box;
use std::str::FromStr;

use cpu_time::ThreadTime;
use footing_server::plans::rules::{PlanContext, Schedule, ZoneTable, instant_of};
use footing_server::plans::{Dose, PlanItemSpec, Recurrence, Weekday, Window};
use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "UTC",
];
const FIRST: Date = date(2020, 1, 1);
const LAST: Date = date(2030, 12, 31);

fn item(times: &[&str]) -> PlanItemSpec {
    let dose = Dose {
        sets: 3,
        reps: None,
        hold_s: Some(30),
        minutes: None,
        each_side: true,
    };
    let days = [Weekday::Mon, Weekday::Wed, Weekday::Fri];
    let windows = times.iter().map(|at| Window::at(at)).collect();
    PlanItemSpec::plain(
        "calf-wall-stretch",
        dose,
        Recurrence::on(&days),
        windows,
        FIRST,
    )
}

/// Instants over ten years, in no order that a cache could use.
fn questions(count: u64) -> Vec<Timestamp> {
    let begin = 1_577_923_200_u64;
    (0..count)
        .map(|no| {
            let spread = no.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (10 * 365 * 86_400);
            Timestamp::from_second(i64::try_from(begin + spread).unwrap_or(0)).unwrap_or_default()
        })
        .collect()
}

/// The same rule with jiff alone: the wall clock's date, the next day of the mask, its instant.
fn next_with_jiff(zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let mut day = zone.to_datetime(after).date();
    loop {
        let due = matches!(Weekday::of(day), Weekday::Mon | Weekday::Wed | Weekday::Fri);
        if due
            && let Some((at, _)) = instant_of(zone, day, time(8, 0, 0, 0))
            && at > after
        {
            return Some(at);
        }
        day = day.tomorrow().ok()?;
    }
}

fn next_with_croner(
    cron: &croner::Cron,
    zone: chrono_tz::Tz,
    after: Timestamp,
) -> Option<Timestamp> {
    let after = chrono::DateTime::from_timestamp(after.as_second(), 0)?.with_timezone(&zone);
    let next = cron.find_next_occurrence(&after, false).ok()?;
    Timestamp::from_second(next.timestamp()).ok()
}

fn rrule_set(zone: &str) -> rrule::RRuleSet {
    let text = format!("DTSTART;TZID={zone}:20200101T080000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR");
    rrule::RRuleSet::from_str(&text).expect("the rule is valid")
}

fn next_with_rrule(set: &rrule::RRuleSet, zone: rrule::Tz, after: Timestamp) -> Option<Timestamp> {
    let after = chrono::DateTime::from_timestamp(after.as_second() + 1, 0)?.with_timezone(&zone);
    let found = set.clone().after(after).all(1);
    let next = found.dates.first()?;
    Timestamp::from_second(next.timestamp()).ok()
}

/// Nanoseconds for one question, the best of five runs.
fn measure<T>(name: &str, questions: usize, mut run: impl FnMut() -> T) -> f64 {
    let best = (0..5)
        .map(|_| {
            let begin = ThreadTime::now();
            black_box(run());
            begin.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    let ns = best * 1e9 / questions as f64;
    println!("{name:<44} {ns:>12.1} ns  {:>12.3} M/s", 1e3 / ns);
    ns
}

fn sum(answers: impl Iterator<Item = Option<Timestamp>>) -> i64 {
    answers
        .flatten()
        .map(Timestamp::as_second)
        .fold(0, i64::wrapping_add)
}

fn main() {
    let spec = item(&["08:00"]);
    let schedule = Schedule::of(&spec, &PlanContext::default()).expect("no event is needed");
    let zones: Vec<TimeZone> = ZONES
        .iter()
        .map(|name| TimeZone::get(name).expect("a zone"))
        .collect();
    let tables: Vec<ZoneTable> = zones
        .iter()
        .map(|zone| ZoneTable::new(zone, FIRST, LAST))
        .collect();
    let cron = croner::Cron::from_str("0 8 * * 1,3,5").expect("the rule is valid");
    let croner_zones: Vec<chrono_tz::Tz> = ZONES
        .iter()
        .map(|name| name.parse().expect("a zone"))
        .collect();
    let rules: Vec<(rrule::RRuleSet, rrule::Tz)> = ZONES
        .iter()
        .zip(&croner_zones)
        .map(|(name, zone)| (rrule_set(name), rrule::Tz::Tz(*zone)))
        .collect();

    let few = questions(64);
    for no in 0..ZONES.len() {
        for at in &few {
            let ours = schedule.next_due(&tables[no], *at).map(|(at, _)| at);
            assert_eq!(ours, next_with_jiff(&zones[no], *at), "jiff, {}", ZONES[no]);
            assert_eq!(
                ours,
                next_with_croner(&cron, croner_zones[no], *at),
                "croner"
            );
            assert_eq!(
                ours,
                next_with_rrule(&rules[no].0, rules[no].1, *at),
                "rrule"
            );
        }
    }
    println!("All four agree on {} questions.\n", few.len() * ZONES.len());

    println!("Next due time after an instant, weekdays, right across changes of the clock");
    let (many, some) = (questions(200_000), questions(5_000));
    let count = many.len() * ZONES.len();
    let ours = measure("ours, table of the zone", count, || {
        sum(tables.iter().flat_map(|table| {
            many.iter()
                .map(|at| schedule.next_due(table, *at).map(|(at, _)| at))
        }))
    });
    let jiff = measure("jiff alone", count, || {
        sum(zones
            .iter()
            .flat_map(|zone| many.iter().map(|at| next_with_jiff(zone, *at))))
    });
    let croner = measure("croner 3, parsed before", some.len() * ZONES.len(), || {
        sum(croner_zones
            .iter()
            .flat_map(|zone| some.iter().map(|at| next_with_croner(&cron, *zone, *at))))
    });
    let rrule = measure(
        "rrule 0.14, parsed before, from DTSTART",
        few.len() * ZONES.len(),
        || {
            sum(rules
                .iter()
                .flat_map(|(set, zone)| few.iter().map(|at| next_with_rrule(set, *zone, *at))))
        },
    );
    println!(
        "ours is {:.1} x jiff alone, {:.0} x croner, {:.0} x rrule\n",
        jiff / ours,
        croner / ours,
        rrule / ours
    );

    println!("Planning eight days of a line with three times, and the whole of ten years");
    let spec = item(&["08:00", "13:00", "21:00"]);
    let schedule = Schedule::of(&spec, &PlanContext::default()).expect("no event is needed");
    let rows = plan_weeks(&spec, &zones);
    measure(
        "a row, with table and schedule made each time",
        rows,
        || plan_weeks(&spec, &zones),
    );
    let mut all = Vec::new();
    let mut plan_all = || {
        all.clear();
        for table in &tables {
            schedule.plan_into(table, FIRST, LAST, &mut all);
        }
        all.len()
    };
    let rows = plan_all();
    measure("a row, all of ten years at once", rows, plan_all);
}

/// Eight days from each of some days, as the planner asks.
fn plan_weeks(spec: &PlanItemSpec, zones: &[TimeZone]) -> usize {
    let begins = FIRST
        .series(jiff::Span::new().days(8))
        .take_while(|day| *day < LAST);
    begins
        .flat_map(|from| zones.iter().map(move |zone| (from, zone)))
        .map(|(from, zone)| {
            let through = from.saturating_add(jiff::Span::new().days(7));
            footing_server::plans::rules::occurrences(spec, zone, from, through).len()
        })
        .sum()
}
