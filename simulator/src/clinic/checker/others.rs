//! I10, I11, I14, I18: strangers, the trail, errors, rest.

use jiff::{SignedDuration, Timestamp};

use super::{Finding, Seen};
use crate::clinic::ledger::{Ledger, PatientBook};
use crate::clinic::observe::Observed;

/// Within this everything is at rest once nothing breaks any more.
const AT_REST: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn check(ledger: &Ledger, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    let seen_by_strangers = observed.strangers.iter().filter(|status| **status != 404);
    for status in seen_by_strangers {
        let text = format!("another clinic's patient was answered {status}");
        findings.push(Finding::of_all("I10", text));
    }
    let gone = observed
        .patients
        .iter()
        .filter(|patient| patient.is_gone)
        .count();
    let erased = ledger
        .patients
        .iter()
        .filter(|book| book.erased.is_some())
        .count();
    if gone > erased {
        let text = format!("{gone} patients are gone, and {erased} were erased");
        findings.push(Finding::of_all("I10", text));
    }
    for (number, (book, patient)) in ledger.patients.iter().zip(&observed.patients).enumerate() {
        let over = book
            .erasure_due
            .is_some_and(|due| due + AT_REST < observed.at);
        if over && !patient.is_gone {
            findings.push(Finding::of("I20", number, "was erased, and is there"));
        }
    }
    if observed.listed != observed.patients.len() - gone {
        let text = format!(
            "{} patients are listed of {}",
            observed.listed,
            observed.patients.len() - gone
        );
        findings.push(Finding::of_all("I10", text));
    }
    for (action, times) in &ledger.audited {
        let known = observed.trail.get(action).copied().unwrap_or(0);
        if known < *times {
            let text = format!("{action} was done {times} times, and the trail has {known}");
            findings.push(Finding::of_all("I11", text));
        }
    }
    for error in ledger
        .errors
        .iter()
        .filter(|error| !ledger.excuses(error.at))
    {
        let text = format!(
            "{} was answered {} at {}: {}",
            error.request, error.status, error.at, error.text
        );
        findings.push(Finding::of_all("I14", text));
    }
    for refusal in &ledger.refusals {
        let text = format!(
            "{} was answered {} at {}: {}",
            refusal.request, refusal.status, refusal.at, refusal.text
        );
        findings.push(Finding::of_all("I14", text));
    }
    findings
}

/// What is over is closed.
pub(super) fn at_rest(
    number: usize,
    book: &PatientBook,
    seen: &[Seen],
    at: Timestamp,
) -> Vec<Finding> {
    if book.withdrawn.is_some() {
        return Vec::new();
    }
    seen.iter()
        .filter(|one| matches!(one.phase.as_str(), "open" | "upcoming"))
        .filter(|one| one.closes_at + AT_REST < at)
        .map(|one| {
            Finding::of(
                "I18",
                number,
                format!(
                    "{}: its window ended at {}, and it is {}",
                    one.name, one.closes_at, one.phase
                ),
            )
        })
        .collect()
}
