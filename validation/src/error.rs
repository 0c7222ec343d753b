//! Why a validation cannot be run at all. A single record that cannot be read is listed in the report instead.

use crate::files::FileError;

/// Nothing to validate against.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder cannot be listed.
    #[error(transparent)]
    Folder(#[from] FileError),
    /// The folder holds nothing of the database.
    #[error("{folder}: no {what} was found")]
    NothingFound {
        /// Which folder.
        folder: String,
        /// What was looked for.
        what: &'static str,
    },
}
