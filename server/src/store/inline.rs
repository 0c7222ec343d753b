//! Connections for a server that runs on one thread: each transaction runs where it is asked for, and ends before anybody
//! else goes on.

use std::sync::{Mutex, PoisonError};

use diesel::connection::SimpleConnection;

use super::backend::{AnyConnection, DatabaseUrl};
use crate::error::{Code, Error, Result};

/// One connection that reads and one that writes, as beside SQLite's single writer.
pub(super) struct InlineConnections {
    url: DatabaseUrl,
    reader: Mutex<Option<AnyConnection>>,
    writer: Mutex<Option<AnyConnection>>,
}

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// Read-only transactions.
    Read,
    /// Transactions that write.
    Write,
}

impl InlineConnections {
    /// Opened when they are first needed.
    pub(super) fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            reader: Mutex::default(),
            writer: Mutex::default(),
        }
    }

    /// Runs `work` on a connection; one on which something failed that is not the work's own is opened anew next time.
    pub(super) fn run<T>(
        &self,
        which: Use,
        work: impl FnOnce(&mut AnyConnection) -> Result<T>,
    ) -> Result<T> {
        let slot = match which {
            Use::Read => &self.reader,
            Use::Write => &self.writer,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.url.connect().map_err(Error::unavailable)?,
        };
        let outcome = work(&mut connection);
        // Work that failed half way may have left a transaction open, one that cannot be ended leaves a connection nobody
        // can use, and after a failed sync nobody knows what of its pages is on the disk.
        let sound = match &outcome {
            Ok(_) => true,
            Err(error) if error.code == Code::Unavailable => false,
            Err(_) => {
                let _ = connection.batch_execute("ROLLBACK");
                connection.batch_execute("BEGIN; ROLLBACK").is_ok()
            }
        };
        if sound {
            *slot = Some(connection);
        }
        outcome
    }
}
