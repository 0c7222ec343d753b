//! Group commit for SQLite: one thread owns the writing connection and commits many transactions at once.
//!
//! Each caller's work runs in a savepoint of its own, so that one failure takes nobody else's work
//! along; all of them are answered only after the one COMMIT (an fsync) that makes them durable.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use tokio::sync::oneshot;

use super::backend::{AnyConnection, DatabaseUrl};
use crate::error::{Error, Result};
use crate::rt::spawn;

/// Transactions waiting for the writer beyond this are refused as unavailable.
const QUEUE: usize = 4096;
/// At most this many transactions share a commit, which bounds how long the first waits for the last.
const GROUP: usize = 256;

/// Tells a caller how it ended, once the commit is known.
type Deliver = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A caller's work. Dropping it unrun tells the caller that the writer has stopped.
type Work = Box<dyn FnOnce(&mut AnyConnection) -> Done + Send>;

/// Work that ran inside its savepoint.
struct Done {
    keep: bool,
    deliver: Deliver,
}

/// A handle on the writing thread.
pub(super) struct GroupWriter {
    queue: SyncSender<Work>,
}

impl GroupWriter {
    /// Opens the writing connection and starts its thread.
    pub(super) fn start(url: &DatabaseUrl) -> Result<Self> {
        let mut connection = Reopened::open(url)?;
        let (queue, work) = sync_channel(QUEUE);
        spawn::thread("store-writer", move || run(&mut connection, &work))
            .map_err(Error::unavailable)?;
        Ok(Self { queue })
    }

    /// Runs `work` in a transaction and answers when it is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, result) = oneshot::channel();
        let job: Work = Box::new(move |connection| {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)))
                .unwrap_or_else(|_| Err(Error::internal("a transaction panicked")));
            Done {
                keep: outcome.is_ok(),
                // A caller that went away has nobody to tell.
                deliver: Box::new(move |commit| drop(answer.send(after_commit(outcome, commit)))),
            }
        });
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::unavailable("the write queue is full"),
            TrySendError::Disconnected(_) => Error::unavailable("the writer has stopped"),
        })?;
        result
            .await
            .map_err(|_| Error::unavailable("the transaction was given up"))?
    }
}

/// Work that failed by itself keeps its own error; work that succeeded did so only if the commit did.
fn after_commit<T>(outcome: Result<T>, commit: Result<(), String>) -> Result<T> {
    let value = outcome?;
    commit.map_err(Error::unavailable)?;
    Ok(value)
}

/// The writing connection, and where to open another one.
struct Reopened {
    url: DatabaseUrl,
    connection: Option<AnyConnection>,
}

impl Reopened {
    fn open(url: &DatabaseUrl) -> Result<Self> {
        Ok(Self {
            url: url.clone(),
            connection: Some(url.connect().map_err(Error::unavailable)?),
        })
    }

    /// Commits a group. A connection that could not is thrown away with all it believes of the file: after a failed sync
    /// nobody knows what of its pages is on the disk.
    fn commit(
        &mut self,
        first: Work,
        queue: &Receiver<Work>,
        delivered: &mut Vec<Deliver>,
    ) -> Result<(), String> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.url.connect().map_err(|error| error.to_string())?,
        };
        commit_group(&mut connection, first, queue, delivered)?;
        self.connection = Some(connection);
        Ok(())
    }
}

fn run(connection: &mut Reopened, queue: &Receiver<Work>) {
    while let Ok(first) = queue.recv() {
        let mut delivered = Vec::new();
        let commit = connection.commit(first, queue, &mut delivered);
        if let Err(cause) = &commit {
            tracing::error!(%cause, "a group of transactions was not committed");
            if delivered.is_empty() {
                // It did not even begin, perhaps after a long wait for another writer: who queued up meanwhile is put off
                // together, and does not wait as long once more, one after the other.
                queue.try_iter().take(QUEUE).for_each(drop);
            }
        }
        for deliver in delivered {
            deliver(commit.clone());
        }
    }
}

fn commit_group(
    connection: &mut AnyConnection,
    first: Work,
    queue: &Receiver<Work>,
    delivered: &mut Vec<Deliver>,
) -> Result<(), String> {
    connection
        .begin_write()
        .map_err(|error| error.to_string())?;
    let mut next = Some(first);
    while let Some(work) = next {
        delivered.push(run_in_savepoint(connection, work)?);
        next = if delivered.len() < GROUP {
            queue.try_recv().ok()
        } else {
            None
        };
    }
    connection.commit().map_err(|error| error.to_string())
}

fn run_in_savepoint(connection: &mut AnyConnection, work: Work) -> Result<Deliver, String> {
    fn execute(connection: &mut AnyConnection, sql: &'static str) -> Result<(), String> {
        connection.word(sql).map_err(|error| error.to_string())
    }
    execute(connection, "SAVEPOINT work")?;
    let Done { keep, deliver } = work(connection);
    if !keep {
        execute(connection, "ROLLBACK TO work")?;
    }
    execute(connection, "RELEASE work")?;
    Ok(deliver)
}
