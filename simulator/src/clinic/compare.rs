//! What differs between two runs: which patients, occurrences, alerts and scores.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::engine::Outcome;

/// Something that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Which patient, by number; none where it is about everybody.
    pub(crate) patient: Option<u64>,
    /// `occurrence`, `session`, `alert`, `adherence` or `worklist`.
    pub(crate) what: String,
    /// Only in the first run, as far as it goes.
    pub(crate) first: Vec<String>,
    /// Only in the second.
    pub(crate) second: Vec<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.patient {
            Some(patient) => writeln!(f, "patient {patient}: {}", self.what)?,
            None => writeln!(f, "{}", self.what)?,
        }
        for line in &self.first {
            writeln!(f, "  - {line}")?;
        }
        for line in &self.second {
            writeln!(f, "  + {line}")?;
        }
        Ok(())
    }
}

/// Everything that differs, by patient and kind.
pub fn compare(first: &Outcome, second: &Outcome) -> Vec<Difference> {
    let lines =
        |outcome: &Outcome| -> BTreeSet<String> { outcome.observed.lines().into_iter().collect() };
    let (first, second) = (lines(first), lines(second));
    let mut found: BTreeMap<(Option<u64>, String), Difference> = BTreeMap::new();
    let only = |these: &BTreeSet<String>, others: &BTreeSet<String>| -> Vec<String> {
        these.difference(others).cloned().collect()
    };
    for (line, is_first) in only(&first, &second)
        .into_iter()
        .map(|line| (line, true))
        .chain(only(&second, &first).into_iter().map(|line| (line, false)))
    {
        let (patient, what) = about(&line);
        let entry = found
            .entry((patient, what.clone()))
            .or_insert_with(|| Difference {
                patient,
                what,
                first: Vec::new(),
                second: Vec::new(),
            });
        if is_first {
            entry.first.push(line);
        } else {
            entry.second.push(line);
        }
    }
    found.into_values().collect()
}

fn about(line: &str) -> (Option<u64>, String) {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let kinds = ["session", "alert", "worklist", "phase", "adherence", "gone"];
    let kind = kinds.into_iter().find(|kind| value.get(kind).is_some());
    let what = match kind {
        Some("phase") | None => "occurrence",
        Some(kind) => kind,
    };
    (value["patient"].as_u64(), what.to_owned())
}
