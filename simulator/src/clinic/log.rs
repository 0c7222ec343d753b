//! The event log: what happened, in words that do not depend on ids, engine or process, so that two runs that came to the same
//! have the same hash.

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::desk::Errand;

/// Lines in the order of what happened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct EventLog {
    lines: Vec<String>,
}

impl EventLog {
    /// Adds a line.
    pub(crate) fn add(&mut self, at: Timestamp, what: &str, with: &Value) {
        self.lines
            .push(json!({ "at": at, "what": what, "with": with }).to_string());
    }

    /// An errand was done.
    pub(crate) fn errand(&mut self, at: Timestamp, errand: &Errand) {
        self.add(
            at,
            "errand",
            &json!({ "patient": errand.patient, "task": errand.what }),
        );
    }

    /// An errand was refused.
    pub(crate) fn refused(&mut self, at: Timestamp, errand: &Errand) {
        self.add(
            at,
            "refused",
            &json!({ "patient": errand.patient, "task": errand.what }),
        );
    }

    /// The lines.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// SHA-256 of lines, hex.
pub(crate) fn hash_of<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    let mut context = Context::new(&SHA256);
    for line in lines {
        context.update(line.as_bytes());
        context.update(b"\n");
    }
    let digest = context.finish();
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
