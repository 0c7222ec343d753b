//! Holds the ledger against what the server says. Shares no code with the server: it knows the promises, expands recurrences by
//! itself, day by day, and believes only what those outside wrote down.
//!
//! | rule | promise |
//! |---|---|
//! | I1, I2 | what the plans ask for is planned once, and nothing else |
//! | I3 | an acknowledged session is there, once and unchanged; none is there that nobody sent |
//! | I4 | no prompt before it is due |
//! | I5 | none in own quiet hours, in a pause, or after it was answered |
//! | I6 | none after consent was taken back or an erasure was ordered |
//! | I7 | each due prompt is sent in time, or the server says why not; a repeat replaces the first |
//! | I8 | answers stand as they were given, and adherence is what follows from them |
//! | I9 | a score is the library's of the same session, bit for bit |
//! | I10 | nobody sees another clinic |
//! | I11 | the trail knows what clinicians did |
//! | I12 | the states of all occurrences add up |
//! | I13 | no claim outlives twice its lease |
//! | I14 | no error of the server without something broken, and no phone is refused |
//! | I15 | the files take no more than what is kept can account for |
//! | I16 | a process that ends and begins twice with nothing to do changes nothing |
//! | I18 | once nothing breaks any more, everything comes to rest |
//! | I20 | who was erased is gone, and leaves no bytes |

mod answers;
mod expand;
#[cfg(test)]
mod fixture;
mod others;
mod planned;
mod prompts;
mod sessions;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ledger::Ledger;
use super::observe::Observed;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub rule: String,
    /// Which patient, by number; none where it is about everybody.
    pub patient: Option<usize>,
    /// What is wrong.
    pub text: String,
}

impl Finding {
    fn of(rule: &str, patient: usize, text: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            patient: Some(patient),
            text: text.into(),
        }
    }

    /// Nobody could live with it, or read it in the end.
    pub(crate) fn stuck(text: String) -> Self {
        Self::of_all("I18", text)
    }

    fn of_all(rule: &str, text: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            patient: None,
            text: text.into(),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.patient {
            Some(patient) => write!(f, "{} patient {patient}: {}", self.rule, self.text),
            None => write!(f, "{}: {}", self.rule, self.text),
        }
    }
}

/// An occurrence as the server has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    id: String,
    item: String,
    date: Date,
    time: String,
    due_at: Timestamp,
    closes_at: Timestamp,
    phase: String,
    done_fraction: Option<f64>,
    name: String,
}

impl Seen {
    fn of(value: &Value) -> Option<Self> {
        let text = |field: &str| value[field].as_str();
        Some(Self {
            id: text("id")?.to_owned(),
            item: text("plan_item_id")?.to_owned(),
            date: text("date")?.parse().ok()?,
            time: text("time")?.to_owned(),
            due_at: text("due_at")?.parse().ok()?,
            closes_at: text("closes_at")?.parse().ok()?,
            phase: text("phase")?.to_owned(),
            done_fraction: value["done_fraction"].as_f64(),
            name: format!("{} {} {}", text("exercise")?, text("date")?, text("time")?),
        })
    }

    fn counts(&self) -> bool {
        !matches!(self.phase.as_str(), "cancelled" | "excused")
    }
}

/// When the run began and ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    begin: Timestamp,
    end: Timestamp,
}

/// Every broken promise.
pub(crate) fn check(
    ledger: &Ledger,
    observed: &Observed,
    begin: Timestamp,
    end: Timestamp,
) -> Vec<Finding> {
    let span = Span { begin, end };
    let days = end.duration_since(begin).as_hours() / 24;
    let mut findings = others::check(ledger, observed, days);
    let sent = prompts::sent(ledger);
    for (number, (book, patient)) in ledger.patients.iter().zip(&observed.patients).enumerate() {
        findings.extend(prompts::after_the_end(number, book, ledger));
        if patient.is_gone {
            continue;
        }
        let seen: Vec<Seen> = patient.occurrences.iter().filter_map(Seen::of).collect();
        if seen.len() != patient.occurrences.len() {
            findings.push(Finding::of("I2", number, "an occurrence cannot be read"));
        }
        findings.extend(planned::check(number, book, &seen, span));
        findings.extend(sessions::check(number, book, patient));
        findings.extend(answers::check(
            number,
            book,
            &seen,
            &patient.adherence,
            observed.at,
        ));
        findings.extend(prompts::orphans(number, patient, &seen, observed.at));
        findings.extend(others::at_rest(number, book, &seen, observed.at));
        if !ledger.is_gateway_unseen {
            let both = (book, patient);
            findings.extend(prompts::check(number, both, &seen, &sent, ledger, span));
        }
    }
    findings.sort();
    findings
}
