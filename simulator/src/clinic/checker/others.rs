//! I10, I11, I14 to I16, I18, I20: strangers, the trail, errors, growth, restarts, rest, traces.

use jiff::{SignedDuration, Timestamp};

use super::{Finding, Seen};
use crate::clinic::ledger::{Ledger, PatientBook};
use crate::clinic::observe::Observed;

/// The database with its log before anybody is in it, and twice the log's usual length.
const EMPTY_BYTES: u64 = 16_000_000;
/// What a day of a patient may take: sessions, occurrences, reminders with their attempts, the trail of who looked.
const PATIENT_DAY_BYTES: u64 = 120_000;
/// Within this everything is at rest once nothing breaks any more.
const AT_REST: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn check(ledger: &Ledger, observed: &Observed, days: i64) -> Vec<Finding> {
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
        for text in &patient.traces {
            let text = format!("was erased, and the files hold {text:?}");
            findings.push(Finding::of("I20", number, text));
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
    findings.extend(grown(ledger, observed, days));
    let changed = observed.changed_by_restarts.iter().flatten();
    findings.extend(changed.map(|what| {
        let text = format!("{what}: otherwise after the process ended and began twice");
        Finding::of_all("I16", text)
    }));
    findings
}

/// The files take no more than what is kept can account for.
fn grown(ledger: &Ledger, observed: &Observed, days: i64) -> Option<Finding> {
    let patient_days = i64::try_from(ledger.patients.len()).unwrap_or(0) * (days + 1);
    let most = EMPTY_BYTES + PATIENT_DAY_BYTES * patient_days.unsigned_abs();
    let bytes = observed.bytes.filter(|bytes| *bytes > most)?;
    let text =
        format!("{bytes} bytes for {patient_days} days of patients, at most {most} expected");
    Some(Finding::of_all("I15", text))
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
