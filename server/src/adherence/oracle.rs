//! The measures again, by brute force and straight from their definitions, against the ones the server uses; and what must hold for
//! every set of events in every order.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::events::{Change, Event, Planned, stand};
use super::figures::{Basis, By, Figures, Key, Period, day, figures, groups};
use super::habit::Line;
use crate::plans::DoseUnit;
use crate::plans::library::CareKind;
use crate::reminders::state::State;
use crate::store::types::{OccurrenceId, PlanItemId};

const FIRST: Date = date(2026, 3, 1);

fn instant(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(hours)
}

fn day_no(number: i64) -> Date {
    FIRST + number.days()
}

/// A set of occurrences and events, and what is asked of it.
#[derive(Debug, Clone)]
struct Case {
    planned: Vec<Planned>,
    events: Vec<Event>,
    lines: Vec<Line>,
    period: Period,
    at: Timestamp,
}

impl Case {
    fn basis(&self) -> Basis<'_> {
        Basis {
            planned: &self.planned,
            events: &self.events,
            lines: &self.lines,
        }
    }

    fn figures(&self) -> Figures {
        figures(self.basis(), self.period, self.at)
    }
}

const UNITS: [DoseUnit; 3] = [
    DoseUnit::Minutes,
    DoseUnit::HoldSeconds,
    DoseUnit::Repetitions,
];
const KINDS: [CareKind; 3] = [
    CareKind::Walking,
    CareKind::Stretching,
    CareKind::Strengthening,
];

fn planned(number: u8, day: i64, hour: i64, item: u8, version: i64, flexible: bool) -> Planned {
    let due = 24 * day + hour;
    let lasts = if number.is_multiple_of(5) { 26 } else { 4 };
    Planned {
        id: OccurrenceId::from([number; 16]),
        item: PlanItemId::from([item + 10 * u8::try_from(version).unwrap(); 16]),
        exercise: format!("exercise-{item}"),
        kind: Some(KINDS[usize::from(item)]),
        version,
        date: day_no(day),
        zone: ["Europe/Berlin", "Asia/Tokyo"][usize::from(day > 9)].to_owned(),
        due_at: instant(due),
        closes_at: instant(due + lasts),
        flexible,
        prescribed: [10.0, 180.0, 24.0][usize::from(item)],
        unit: UNITS[usize::from(item)],
    }
}

fn occurrences(items: u8) -> impl Strategy<Value = Vec<Planned>> {
    let one = (0_i64..14, 0_usize..3, 0..items, 1_i64..3, 0_u8..6);
    proptest::collection::vec(one, 0..24).prop_map(|all| {
        let made = all.into_iter().enumerate();
        made.map(|(number, (day, hour, item, version, flexible))| {
            let number = u8::try_from(number).unwrap();
            planned(number, day, [7, 12, 20][hour], item, version, flexible == 0)
        })
        .collect()
    })
}

fn change(kind: u8, part: f64, prescribed: f64) -> Change {
    let answered = |state, share, amount| Change::Answered {
        state,
        share,
        amount,
    };
    match kind {
        0 => Change::Cancelled,
        1 => Change::Excused,
        2 => Change::Undone,
        3 => Change::Undeliverable,
        4 => answered(State::Declined, 0.0, 0.0),
        5 => answered(State::Partial, 0.79 * part, 0.79 * part * prescribed),
        6 => answered(State::DoneLate, 1.0, prescribed * (0.8 + part)),
        _ => answered(State::Done, 1.0, prescribed * (0.8 + part)),
    }
}

fn case() -> impl Strategy<Value = Case> {
    (1_u8..4)
        .prop_flat_map(occurrences)
        .prop_flat_map(|planned| {
            let count = planned.len().max(1);
            let one = (0..count, -6_i64..60, 0_u8..12, 0.0_f64..1.0);
            let events = proptest::collection::vec(one, 0..40);
            (Just(planned), events, 0_i64..14, 0_i64..14, 0_i64..500)
        })
        .prop_map(|(planned, raw, from, days, at)| {
            let made = raw.into_iter().enumerate();
            let events = made.filter_map(|(number, (which, hours, kind, part))| {
                let of = planned.get(which)?;
                Some(Event {
                    occurrence: of.id,
                    at: of.due_at + SignedDuration::from_hours(hours),
                    id: [u8::try_from(number).unwrap(); 16],
                    change: change(kind, part, of.prescribed),
                })
            });
            Case {
                events: events.collect(),
                lines: lines(),
                period: Period {
                    from: day_no(from),
                    through: day_no(from + days),
                },
                at: instant(at),
                planned,
            }
        })
}

/// Three lines in each of two versions; one ends early, so that it is not asked any more.
fn lines() -> Vec<Line> {
    let line = |version: u8, item: u8| Line {
        version: i64::from(version),
        item: PlanItemId::from([item + 10 * version; 16]),
        kind: Some(KINDS[usize::from(item)]),
        per_day: [2.0, 3.0 / 7.0, 0.5][usize::from(item)],
        from: FIRST,
        through: (item == 1).then(|| day_no(8)),
    };
    (1..3)
        .flat_map(|version| (0..3).map(move |item| line(version, item)))
        .collect()
}

/// How an occurrence stands, in words of its own: what it is, the share, the amount, whether it could not be reminded of.
#[derive(Debug, Clone, PartialEq)]
struct Naive {
    word: &'static str,
    share: f64,
    amount: f64,
    unreached: bool,
}

fn order(change: &Change) -> usize {
    match change {
        Change::Cancelled => 1,
        Change::Excused => 2,
        Change::Answered { .. } => 3,
        Change::Undone => 4,
        Change::Undeliverable => 5,
    }
}

fn naive(case: &Case, planned: &Planned) -> Naive {
    let mut left: Vec<&Event> = case
        .events
        .iter()
        .filter(|event| event.occurrence == planned.id)
        .collect();
    left.retain(|event| event.at <= case.at);
    let unreached = left
        .iter()
        .any(|event| event.change == Change::Undeliverable);
    let (mut word, mut share, mut amount) = ("none", 0.0, 0.0);
    while !left.is_empty() {
        let mut first = 0;
        for other in 1..left.len() {
            let key = |place: usize| (left[place].at, order(&left[place].change), left[place].id);
            if key(other) < key(first) {
                first = other;
            }
        }
        let event = left.remove(first);
        // What is excused or cancelled stays so.
        if word == "excused" || word == "cancelled" {
            continue;
        }
        match event.change {
            Change::Cancelled => {
                if word == "none" && event.at < planned.closes_at {
                    word = "cancelled";
                }
            }
            Change::Excused => {
                if word == "none" {
                    word = "excused";
                }
            }
            Change::Undone => (word, share, amount) = ("none", 0.0, 0.0),
            Change::Undeliverable => {}
            Change::Answered {
                state,
                share: s,
                amount: a,
            } => (word, share, amount) = (state.as_str(), s, a),
        }
    }
    if word == "none" {
        word = if case.at < planned.closes_at {
            "open"
        } else {
            "missed"
        };
    }
    Naive {
        word,
        share,
        amount,
        unreached,
    }
}

fn is_closed(naive: &Naive) -> bool {
    ["done", "done_late", "partial", "missed", "declined"].contains(&naive.word)
}

#[track_caller]
fn close(got: f64, wanted: f64, what: &str) {
    assert!(
        (got - wanted).abs() < 1e-6,
        "{what}: {got}, and by definition {wanted}"
    );
}

#[track_caller]
fn same(got: Option<f64>, wanted: Option<f64>, what: &str) {
    match (got, wanted) {
        (Some(got), Some(wanted)) => close(got, wanted, what),
        (got, wanted) => assert_eq!(got, wanted, "{what}"),
    }
}

fn pct(numerator: f64, denominator: f64) -> Option<f64> {
    if denominator == 0.0 {
        None
    } else {
        Some(numerator / denominator * 100.0)
    }
}

/// Whether a day of the patient was done: yes, no, or neither.
fn day_done(case: &Case, of: Date) -> Option<bool> {
    let due: Vec<Naive> = case
        .planned
        .iter()
        .filter(|planned| planned.date == of && !planned.flexible)
        .map(|planned| naive(case, planned))
        .collect();
    if due.iter().any(|one| is_closed(one) && one.share < 0.8) {
        return Some(false);
    }
    let nothing = !due.iter().any(is_closed);
    if nothing || due.iter().any(|one| one.word == "open") {
        return None;
    }
    Some(true)
}

fn streak(case: &Case) -> u32 {
    let mut days = 0;
    let mut of = case.period.through;
    while of >= FIRST {
        match day_done(case, of) {
            Some(true) => days += 1,
            Some(false) => return days,
            None => {}
        }
        of = of.yesterday().unwrap();
    }
    days
}

/// Loop's score stepped over closed occurrences: raw, and without its start.
fn strength(case: &Case) -> (Option<f64>, Option<f64>) {
    let mut sorted: Vec<&Planned> = case.planned.iter().collect();
    sorted.sort_by(|a, b| a.due_at.cmp(&b.due_at).then(a.id.cmp(&b.id)));
    let (mut h, mut weight_left, mut n) = (0.0_f64, 1.0_f64, 0);
    for planned in sorted {
        let stands = naive(case, planned);
        if planned.date > case.period.through || !is_closed(&stands) {
            continue;
        }
        let mut f = 0.0;
        for line in &case.lines {
            let ended = line.through.is_some_and(|through| planned.date > through);
            if line.version == planned.version && !ended {
                f += line.per_day;
            }
        }
        let m = (0.5_f64.ln() * f.sqrt() / 13.0).exp();
        h = h * m + stands.share * (1.0 - m);
        weight_left *= m;
        n += 1;
    }
    if n < 7 {
        return (None, None);
    }
    (Some(100.0 * h), Some(100.0 * h / (1.0 - weight_left)))
}

fn agree(case: &Case, got: &Figures) {
    let inside: Vec<(&Planned, Naive)> = case
        .planned
        .iter()
        .filter(|planned| planned.date >= case.period.from && planned.date <= case.period.through)
        .map(|planned| (planned, naive(case, planned)))
        .collect();
    let count = |word: &str| inside.iter().filter(|(_, one)| one.word == word).count();
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let number = |count: usize| count as f64;
    let closed: Vec<_> = inside.iter().filter(|(_, one)| is_closed(one)).collect();

    // A = (D + D_late + sum of partial fractions) / |closed|
    let done = closed.iter().map(|(_, one)| one.share).sum::<f64>();
    same(got.session.value_pct, pct(done, number(closed.len())), "A");
    close(got.session.numerator, done, "numerator of A");
    assert_eq!(got.session.denominator, closed.len() as u64);
    assert_eq!(got.session.reason.is_some(), closed.is_empty());
    assert_eq!(got.session.open, count("open") as u64);
    assert_eq!(got.session.excused, count("excused") as u64);
    assert_eq!(got.session.late, count("done_late") as u64);
    let unreached = closed
        .iter()
        .filter(|(_, one)| one.word == "missed" && one.unreached);
    assert_eq!(got.undeliverable, unreached.count() as u64);

    // T = D / (D + D_late)
    let (d, late) = (number(count("done")), number(count("done_late")));
    same(got.on_time.value_pct, pct(d, d + late), "T");

    // A_dose and O_dose for each unit
    for unit in UNITS {
        let of: Vec<_> = closed
            .iter()
            .filter(|(planned, _)| planned.unit == unit)
            .collect();
        let prescribed: f64 = of.iter().map(|(planned, _)| planned.prescribed).sum();
        let counted: f64 = of
            .iter()
            .map(|(planned, one)| {
                if one.amount > planned.prescribed {
                    planned.prescribed
                } else {
                    one.amount
                }
            })
            .sum();
        let all: f64 = of.iter().map(|(_, one)| one.amount).sum();
        let found = got.dose.by_unit.iter().find(|found| found.unit == unit);
        same(
            found.map(|found| found.value_pct),
            pct(counted, prescribed),
            "A_dose",
        );
        same(
            found.map(|found| found.over_pct),
            pct(all - counted, prescribed),
            "O_dose",
        );
        if of.len() == closed.len() {
            same(
                got.dose.share.value_pct,
                pct(counted, prescribed),
                "A_dose of one unit",
            );
        }
    }

    // PDC = days with >= 80 % of that day's prescription / days with a prescription
    let mut covered: BTreeMap<Date, (f64, f64, bool)> = BTreeMap::new();
    for (planned, one) in inside.iter().filter(|(planned, _)| !planned.flexible) {
        let entry = covered.entry(planned.date).or_default();
        if is_closed(one) {
            *entry = (entry.0 + one.share, entry.1 + 1.0, entry.2);
        }
        entry.2 |= one.word == "open";
    }
    covered.retain(|_, (_, closed, open)| *closed > 0.0 && !*open);
    let enough = covered
        .values()
        .filter(|(done, due, _)| done / due > 0.8 - 1e-9)
        .count();
    same(
        got.days_covered.value_pct,
        pct(number(enough), number(covered.len())),
        "PDC",
    );

    assert_eq!(got.streak.as_ref().unwrap().days, streak(case), "streak");
    let (raw, corrected) = strength(case);
    let found = got.strength.as_ref().unwrap();
    same(found.value_pct, raw, "strength");
    same(found.corrected_pct, corrected, "corrected strength");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_figures_are_what_the_definitions_say(case in case()) {
        agree(&case, &case.figures());
    }

    #[test]
    fn the_order_in_which_events_arrived_does_not_show(
        (case, events, planned) in case().prop_flat_map(|case| {
            let (events, planned) = (case.events.clone(), case.planned.clone());
            (Just(case), Just(events).prop_shuffle(), Just(planned).prop_shuffle())
        })
    ) {
        let other = Case { events, planned, ..case.clone() };
        prop_assert_eq!(case.figures(), other.figures());
        for by in [By::Item, By::Day, By::Kind] {
            let of = |case: &Case| groups(case.basis(), case.period, by, case.at);
            prop_assert_eq!(of(&case), of(&other));
        }
    }

    #[test]
    fn a_late_event_changes_its_own_day_only(
        case in case(), which in 0_usize..24, kind in 0_u8..12, part in 0.0_f64..1.0,
    ) {
        prop_assume!(which < case.planned.len());
        let of = case.planned[which].clone();
        let mut later = case.clone();
        let change = change(kind, part, of.prescribed);
        later.events.push(Event { occurrence: of.id, at: of.due_at, id: [255; 16], change });
        let days = |case: &Case| -> Vec<String> {
            let all = stand(&case.planned, &case.events, case.at);
            let of = |number| serde_json::to_string(&day(&all, day_no(number))).unwrap();
            (0..14).map(of).collect()
        };
        for (number, (before, after)) in days(&case).iter().zip(&days(&later)).enumerate() {
            if day_no(i64::try_from(number).unwrap()) != of.date {
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn what_is_excused_moves_neither_strength_nor_streak(mut case in case(), day in 0_i64..14) {
        let before = case.figures();
        let extra = planned(200, day, 9, 0, 1, false);
        let change = Change::Excused;
        case.events.push(Event { occurrence: extra.id, at: instant(0), id: [200; 16], change });
        case.planned.push(extra);
        let after = Case { at: case.at.max(instant(0)), ..case }.figures();
        prop_assert_eq!(before.strength, after.strength);
        prop_assert_eq!(before.streak, after.streak);
        prop_assert_eq!(before.session.value_pct, after.session.value_pct);
    }

    #[test]
    fn parts_add_up_to_the_whole(case in case()) {
        let whole = case.figures();
        for by in [By::Item, By::Day, By::Kind] {
            let parts = groups(case.basis(), case.period, by, case.at);
            let closed: u64 = parts.iter().map(|(_, part)| part.session.denominator).sum();
            let open: u64 = parts.iter().map(|(_, part)| part.session.open).sum();
            prop_assert_eq!((closed, open), (whole.session.denominator, whole.session.open));
        }
    }
}

/// A daily item, done on these of the first days (`x` done, `.` missed, `-` excused).
fn daily(pattern: &str) -> Figures {
    let (mut planned_all, mut events) = (Vec::new(), Vec::new());
    for (number, mark) in pattern.chars().enumerate() {
        let number = u8::try_from(number).unwrap();
        let one = planned(number, i64::from(number), 8, 0, 1, false);
        let change = match mark {
            'x' => Some(change(9, 0.2, one.prescribed)),
            '-' => Some(Change::Excused),
            _ => None,
        };
        let (occurrence, at) = (one.id, one.due_at);
        events.extend(change.map(|change| Event {
            occurrence,
            at,
            id: [number; 16],
            change,
        }));
        planned_all.push(one);
    }
    let mut line = lines().remove(0);
    line.per_day = 1.0;
    let basis = Basis {
        planned: &planned_all,
        events: &events,
        lines: &[line],
    };
    let period = Period {
        from: FIRST,
        through: day_no(90),
    };
    figures(basis, period, instant(24 * 100))
}

#[test]
fn a_perfect_first_week_is_31_percent_raw_and_100_corrected_and_60_days_are_96() {
    let week = daily("xxxxxxx").strength.unwrap();
    assert!((week.value_pct.unwrap() - 31.15).abs() < 0.01, "{week:?}");
    close(week.corrected_pct.unwrap(), 100.0, "corrected");
    let sixty = daily(&"x".repeat(60)).strength.unwrap();
    assert!((sixty.value_pct.unwrap() - 95.92).abs() < 0.01, "{sixty:?}");
    let six = daily("xxxxxx").strength.unwrap();
    assert_eq!((six.value_pct, six.reason), (None, Some("too_early")));
}

#[test]
fn a_pause_keeps_a_streak_and_does_not_lengthen_it_and_a_miss_ends_it() {
    let days = |pattern| daily(pattern).streak.unwrap().days;
    assert_eq!(days(".xx---x"), 3);
    assert_eq!(days("xxx---"), 3);
    assert_eq!(days("xx.x"), 1);
    assert_eq!(days("xxx."), 0);
    assert_eq!(days("---"), 0);
    assert_eq!(
        daily(".xx---x").streak.unwrap().since.as_deref(),
        Some("2026-03-02")
    );
}

#[test]
fn nothing_due_is_no_number_of_any_measure() {
    let none = daily("---");
    let reasons = [
        none.session.reason,
        none.on_time.reason,
        none.dose.share.reason,
        none.days_covered.reason,
        none.strength.as_ref().unwrap().reason,
    ];
    assert_eq!(reasons, [Some("nothing_due"); 5]);
    assert_eq!(none.session.excused, 3);
    let values = [
        none.session.value_pct,
        none.on_time.value_pct,
        none.dose.share.value_pct,
        none.days_covered.value_pct,
    ];
    assert_eq!(values, [None; 4]);
}

#[test]
fn too_much_is_not_more_adherence_and_is_told() {
    let (one, two) = (planned(1, 0, 8, 0, 1, false), planned(2, 1, 8, 0, 1, false));
    let event = |of: &Planned, amount| Event {
        occurrence: of.id,
        at: of.due_at,
        id: [1; 16],
        change: Change::Answered {
            state: State::Done,
            share: 1.0,
            amount,
        },
    };
    // 15 of 10 minutes on one day, 8 of 10 on the next.
    let events = [event(&one, 15.0), event(&two, 8.0)];
    let basis = Basis {
        planned: &[one, two],
        events: &events,
        lines: &[],
    };
    let figures = figures(
        basis,
        Period {
            from: FIRST,
            through: day_no(1),
        },
        instant(100),
    );
    same(figures.dose.share.value_pct, Some(90.0), "A_dose");
    same(figures.dose.over_pct, Some(25.0), "O_dose");
    assert_eq!(figures.dose.by_unit[0].unit, DoseUnit::Minutes);
}

#[test]
fn two_units_have_no_sum() {
    let (one, two) = (planned(1, 0, 8, 0, 1, false), planned(2, 0, 8, 1, 1, false));
    let basis = Basis {
        planned: &[one, two],
        events: &[],
        lines: &[],
    };
    let period = Period {
        from: FIRST,
        through: FIRST,
    };
    let figures_all = figures(basis, period, instant(100));
    assert_eq!(figures_all.dose.share.reason, Some("mixed_units"));
    assert_eq!(figures_all.dose.by_unit.len(), 2);
    let kinds = groups(basis, period, By::Kind, instant(100));
    assert_eq!(kinds[0].0, Key::Kind(Some(CareKind::Stretching)));
    assert_eq!(kinds[0].1.dose.share.value_pct, Some(0.0));
}
