//! One content, one hash: the server recognises a repeated upload by it.

use std::fmt::Write as _;

use super::SessionSummary;

impl SessionSummary {
    /// Lower-case hex SHA-256 of the canonical JSON (fields in declared order, maps by key, shortest exact numbers).
    /// A summary parsed back from its JSON has the same hash, whatever the key order or white space of the upload.
    #[must_use]
    pub fn content_hash(&self) -> String {
        // Serialising plain structs, text and numbers cannot fail; an empty document would only hash differently.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest = ring::digest::digest(&ring::digest::SHA256, &json);
        digest
            .as_ref()
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}
