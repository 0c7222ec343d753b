//! The event log: what happened, in words that do not depend on ids, engine or process, so that two runs that came to the same
//! have the same hash.

use std::sync::Arc;

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
    hex(context)
}

/// SHA-256 of files with their lengths, hex. Of a write-ahead log it is the pages and where they belong: SQLite draws salts, and
/// counts them into its checksums.
pub(crate) fn hash_of_files(files: &[Arc<Vec<u8>>]) -> String {
    let mut context = Context::new(&SHA256);
    for file in files {
        context.update(&(file.len() as u64).to_le_bytes());
        match pages_of_log(file) {
            Some(pages) => pages.for_each(|(place, page)| {
                context.update(place);
                context.update(page);
            }),
            None => context.update(file),
        }
    }
    hex(context)
}

/// The frames of a write-ahead log (<https://sqlite.org/fileformat2.html>, 4.1): what tells where a page belongs, and the page.
fn pages_of_log(file: &[u8]) -> Option<impl Iterator<Item = (&[u8], &[u8])>> {
    let (head, frames) = file.split_at_checked(32)?;
    let magic = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let page_size = u32::from_be_bytes(head.get(8..12)?.try_into().ok()?);
    if magic & !1 != 0x377f_0682 {
        return None;
    }
    let frame = usize::try_from(page_size).ok()?.checked_add(24)?;
    let frames = frames.chunks(frame);
    Some(frames.filter_map(|frame| Some((frame.get(..8)?, frame.get(24..)?))))
}

fn hex(context: Context) -> String {
    let digest = context.finish();
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
