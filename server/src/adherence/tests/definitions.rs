//! The measures again, by brute force and straight from their definitions. Shares no code with the ones the server uses.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::events::{Change, Event, Planned};
use super::super::figures::Figures;
use super::cases::{Case, FIRST, UNITS};

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
pub(super) fn close(got: f64, wanted: f64, what: &str) {
    assert!(
        (got - wanted).abs() < 1e-6,
        "{what}: {got}, and by definition {wanted}"
    );
}

#[track_caller]
pub(super) fn same(got: Option<f64>, wanted: Option<f64>, what: &str) {
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

pub(super) fn agree(case: &Case, got: &Figures) {
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
