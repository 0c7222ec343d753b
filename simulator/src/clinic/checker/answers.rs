//! I8 and I12: answers stand as they were given, and adherence is what follows from them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Finding, Seen};
use crate::clinic::ledger::{Answer, PatientBook};

/// A partial dose of so much counts as the whole.
const WHOLE: f64 = 0.8;

pub(super) fn check(
    number: usize,
    book: &PatientBook,
    seen: &[Seen],
    adherence: &Value,
    at: Timestamp,
) -> Vec<Finding> {
    let mut said: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
    for answer in book.answers.values() {
        said.entry(&answer.occurrence).or_default().push(answer);
    }
    let mut findings = Vec::new();
    for one in seen {
        let mut answers = said.remove(one.id.as_str()).unwrap_or_default();
        answers.sort_by_key(|answer| answer.given_at);
        findings.extend(judge(number, book, one, &answers));
        findings.extend(put_aside(number, book, one, &answers));
    }
    findings.extend(added_up(number, seen, adherence, at));
    findings
}

/// What is left of answers in the order they were given: what must be, and what may be.
#[derive(Default)]
struct Left {
    /// Kind of the answer that must stand.
    must: Option<String>,
    /// Kinds of answers that may.
    may: Vec<String>,
    /// When what must stand was given.
    given_at: Option<Timestamp>,
}

fn fold(answers: &[&Answer], closes_at: Timestamp) -> Left {
    let mut left = Left::default();
    let unsure = answers.iter().any(|answer| !is_certain(answer, closes_at));
    for answer in answers {
        match answer.kind.as_str() {
            "snooze" => {}
            "undo" => {
                left.must = None;
                if !unsure {
                    left.may.clear();
                }
                left.given_at = None;
            }
            kind => {
                left.may.push(kind.to_owned());
                if left.must.is_none() {
                    left.must = Some(kind.to_owned());
                    left.given_at = Some(answer.given_at);
                }
            }
        }
    }
    if unsure {
        left.must = None;
    }
    left
}

/// Acknowledged and taken; what came too late, too early or was put aside stands for nothing certain. A `duplicate` may
/// repeat what was too late when it came first, unless it was given within the window.
fn is_certain(answer: &Answer, closes_at: Timestamp) -> bool {
    let taken = match answer.disposition.as_deref() {
        Some("applied") => true,
        Some("duplicate") => answer.given_at <= closes_at,
        _ => false,
    };
    answer.acknowledged_at.is_some() && taken
}

fn judge(number: usize, book: &PatientBook, one: &Seen, answers: &[&Answer]) -> Option<Finding> {
    let left = fold(answers, one.closes_at);
    let stands = match one.phase.as_str() {
        "done" | "done_late" => "done",
        "partial" => "partial",
        "declined" => "skip",
        "missed" | "open" | "upcoming" => "",
        // Not counted for another reason, whatever was answered.
        _ => return None,
    };
    let broken = |text: String| Some(Finding::of("I8", number, format!("{}: {text}", one.name)));
    if stands.is_empty() {
        return match &left.must {
            Some(kind) => broken(format!(
                "answered {kind}, and {}: {}",
                one.phase,
                told(answers)
            )),
            None => None,
        };
    }
    // A partial dose that is nearly whole counts as done.
    let same = |kind: &String| kind == stands || (kind == "partial" && stands == "done");
    match &left.must {
        Some(kind) if !same(kind) => broken(format!("answered {kind}, and {}", one.phase)),
        None if !left.may.iter().any(same) => broken(format!("{}, and nobody said so", one.phase)),
        _ => on_time(
            number,
            book,
            one,
            left.given_at.filter(|_| left.must.is_some()),
        ),
    }
}

/// What was answered when, and what the server said.
fn told(answers: &[&Answer]) -> String {
    let each = answers.iter().map(|answer| {
        let said = answer.disposition.as_deref().unwrap_or("nothing");
        format!("{} at {} ({said})", answer.kind, answer.given_at)
    });
    each.collect::<Vec<_>>().join(", ")
}

/// A clock that is wrong by less than a day is set right, and nothing is put aside.
fn put_aside(
    number: usize,
    book: &PatientBook,
    one: &Seen,
    answers: &[&Answer],
) -> Option<Finding> {
    let aside = |answer: &&&Answer| answer.disposition.as_deref() == Some("quarantined");
    let answer = answers
        .iter()
        .find(aside)
        .filter(|_| !book.clock_beyond_repair)?;
    let text = format!("answered at {}, and put aside", answer.given_at);
    Some(Finding::of("I8", number, format!("{}: {text}", one.name)))
}

/// What was done in its window is not late, and what was done after it is.
fn on_time(
    number: usize,
    book: &PatientBook,
    one: &Seen,
    given_at: Option<Timestamp>,
) -> Option<Finding> {
    let given_at = given_at.filter(|_| !book.clock_beyond_repair)?;
    let minute = SignedDuration::from_mins(1);
    let late = given_at > one.closes_at + minute;
    let early = given_at < one.closes_at - minute;
    let wrong = (one.phase == "done" && late) || (one.phase == "done_late" && early);
    wrong.then(|| {
        let text = format!(
            "{} at {given_at}, and its window ended at {}",
            one.phase, one.closes_at
        );
        Finding::of("I8", number, format!("{}: {text}", one.name))
    })
}

/// The figures of the API are those of the occurrences it lists.
fn added_up(number: usize, seen: &[Seen], adherence: &Value, at: Timestamp) -> Vec<Finding> {
    let (Some(from), Some(through)) = (date(adherence, "from"), date(adherence, "through")) else {
        return vec![Finding::of("I8", number, "there is no adherence")];
    };
    let counted: Vec<&Seen> = seen
        .iter()
        .filter(|one| (from..=through).contains(&one.date))
        .collect();
    let count = |phases: &[&str]| {
        counted
            .iter()
            .filter(|one| phases.contains(&one.phase.as_str()))
            .count()
    };
    let closed = ["done", "done_late", "partial", "missed", "declined"];
    let mut findings = Vec::new();
    let mut same = |field: &str, own: usize| {
        let api = adherence[field].as_u64().unwrap_or(u64::MAX);
        if api != own as u64 {
            let text = format!("adherence says {api} {field}, and its occurrences {own}, at {at}");
            findings.push(Finding::of("I8", number, text));
        }
    };
    same("denominator", count(&closed));
    same("missed", count(&["missed"]));
    same("declined", count(&["declined"]));
    same("late", count(&["done_late"]));
    same("excused", count(&["excused"]));
    let done: f64 = counted.iter().map(|one| share(one)).sum();
    let numerator = adherence["numerator"].as_f64().unwrap_or(f64::NAN);
    if (numerator - done).abs() > 1e-6 {
        let text = format!("adherence says {numerator} were done, and its occurrences {done}");
        findings.push(Finding::of("I8", number, text));
    }
    let phases = [&closed[..], &["excused", "cancelled", "open", "upcoming"]].concat();
    if count(&phases) != counted.len() {
        findings.push(Finding::of(
            "I12",
            number,
            "an occurrence is in no known state",
        ));
    }
    findings
}

fn share(one: &Seen) -> f64 {
    match one.phase.as_str() {
        "done" | "done_late" => 1.0,
        "partial" => match one.done_fraction.unwrap_or(0.0) {
            fraction if fraction >= WHOLE => 1.0,
            fraction => fraction,
        },
        _ => 0.0,
    }
}

fn date(value: &Value, field: &str) -> Option<jiff::civil::Date> {
    value[field].as_str()?.parse().ok()
}
