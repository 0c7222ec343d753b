//! I1 and I2: what the plans ask for is planned once, and nothing else.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::expand::{Asked, asked};
use super::{Finding, Seen, Span};
use crate::clinic::ledger::PatientBook;

type Key = (String, Date, String);

pub(super) fn check(number: usize, book: &PatientBook, seen: &[Seen], span: Span) -> Vec<Finding> {
    let wanted: BTreeMap<Key, Asked> = asked(book, span.begin, span.end)
        .into_iter()
        .map(|one| ((one.item.clone(), one.date, one.time.clone()), one))
        .collect();
    let mut found: BTreeMap<Key, Vec<&Seen>> = BTreeMap::new();
    for one in seen {
        let key = (one.item.clone(), one.date, one.time.clone());
        found.entry(key).or_default().push(one);
    }
    let mut findings = Vec::new();
    for (key, one) in wanted.iter().filter(|(_, one)| one.must) {
        match found.get(key).map(Vec::as_slice) {
            None => findings.push(Finding::of(
                "I1",
                number,
                format!("{} {} was not planned", key.1, key.2),
            )),
            Some([only]) if only.due_at == one.due_at => {}
            Some([only]) => findings.push(Finding::of(
                "I1",
                number,
                format!(
                    "{} is due at {} and not at {}",
                    only.name, only.due_at, one.due_at
                ),
            )),
            Some(_) => {}
        }
    }
    for (key, all) in &found {
        if all.len() > 1 {
            let text = format!("{} {} was planned {} times", key.1, key.2, all.len());
            findings.push(Finding::of("I1", number, text));
        }
        // Beyond the days the expansion looks at, and cancelled for a day that came otherwise.
        let known = wanted.contains_key(key);
        let later = all.iter().all(|one| one.due_at > span.end);
        if !known && !later && all.iter().any(|one| one.counts()) {
            let text = format!("{} {} was asked for by no plan", key.1, key.2);
            findings.push(Finding::of("I2", number, text));
        }
    }
    findings
}
