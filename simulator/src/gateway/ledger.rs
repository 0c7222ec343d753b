//! What the gateway accepted and refused, written down as it happened.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::GatewayError;

/// A message the gateway took responsibility for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// 1, 2, 3, … in the order of acceptance.
    pub order: u64,
    /// When, in milliseconds since the Unix epoch.
    pub at_unix_ms: i64,
    /// The device it is for.
    pub token: String,
    /// Its collapse key on Android.
    pub collapse_key: Option<String>,
    /// The gateway's name for it: `projects/<project>/messages/<order>`.
    pub message_id: String,
    /// Its data map.
    pub data: BTreeMap<String, String>,
    /// Whether the sender was told.
    pub answered: bool,
    /// The protocol it came by, such as `HTTP/2.0`.
    pub http_version: String,
}

/// A request that broke the protocol or the health-free rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// When, in milliseconds since the Unix epoch.
    pub at_unix_ms: i64,
    /// Where in the request, such as `message.data.id`.
    pub field: String,
    /// The rule it breaks.
    pub rule: String,
}

/// How often what happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Requests for access tokens.
    pub token_requests: u64,
    /// Access tokens issued.
    pub tokens_issued: u64,
    /// Requests to send.
    pub send_requests: u64,
    /// Of these, those that came by HTTP/2.
    pub http2_send_requests: u64,
    /// Of these, those with an expired access token.
    pub expired_bearers: u64,
    /// Messages accepted.
    pub accepted: u64,
}

/// What is about to be accepted.
pub(super) struct Entry {
    pub(super) at_unix_ms: i64,
    pub(super) project_id: String,
    pub(super) token: String,
    pub(super) collapse_key: Option<String>,
    pub(super) data: BTreeMap<String, String>,
    pub(super) answered: bool,
    pub(super) http_version: String,
}

#[derive(Default)]
pub(super) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    accepted: Vec<Accepted>,
    violations: Vec<Violation>,
    counts: Counts,
    file: Option<File>,
}

impl Ledger {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, GatewayError> {
        let file = path.map(open_file).transpose()?;
        Ok(Self(Mutex::new(Book {
            file,
            ..Book::default()
        })))
    }

    /// Accepts a message: in memory and on file before the sender can be told. Gives its name.
    pub(super) fn accept(&self, entry: Entry) -> std::io::Result<String> {
        let mut book = self.book();
        let order = book.counts.accepted + 1;
        let accepted = Accepted {
            order,
            at_unix_ms: entry.at_unix_ms,
            token: entry.token,
            collapse_key: entry.collapse_key,
            message_id: format!("projects/{}/messages/{order}", entry.project_id),
            data: entry.data,
            answered: entry.answered,
            http_version: entry.http_version,
        };
        if let Some(file) = &mut book.file {
            let mut line = serde_json::to_vec(&accepted)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        let message_id = accepted.message_id.clone();
        book.counts.accepted = order;
        book.accepted.push(accepted);
        Ok(message_id)
    }

    pub(super) fn violate(&self, at_unix_ms: i64, field: &str, rule: &str) {
        self.book().violations.push(Violation {
            at_unix_ms,
            field: field.to_owned(),
            rule: rule.to_owned(),
        });
    }

    pub(super) fn count(&self, update: impl FnOnce(&mut Counts)) {
        update(&mut self.book().counts);
    }

    pub(super) fn accepted_after(&self, order: u64) -> Vec<Accepted> {
        let book = self.book();
        let start = usize::try_from(order)
            .unwrap_or(usize::MAX)
            .min(book.accepted.len());
        book.accepted.get(start..).unwrap_or_default().to_vec()
    }

    pub(super) fn violations(&self) -> Vec<Violation> {
        self.book().violations.clone()
    }

    pub(super) fn counts(&self) -> Counts {
        self.book().counts
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_file(path: &Path) -> Result<File, GatewayError> {
    let what = format!("cannot open the ledger {}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(GatewayError::io(what.clone()))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(GatewayError::io(what))
}
