//! The only door to the database.
//!
//! [`Store::read`] and [`Store::write`] run a closure in a transaction bound to a [`Scope`]; a write
//! is answered when it is durable. The closure may run more than once (a serialisation failure is
//! retried), so it must have no effects besides its statements.

pub mod backend;
mod inline;
mod schema;
mod tx;
pub mod types;
mod writer;

pub mod adherence;
pub mod alert_turns;
pub mod alerts;
pub mod audit;
pub mod bulk;
pub mod care_events;
pub mod care_team;
pub mod checkins;
pub mod clinic_report;
pub mod clinics;
pub mod consents;
pub mod credentials;
pub mod days;
pub mod deliveries;
pub mod devices;
pub mod erasures;
pub mod exams;
pub mod export;
pub mod handovers;
pub mod history;
pub mod insoles;
pub mod leases;
pub mod live;
pub mod messages;
pub mod notices;
pub mod occurrences;
pub mod patients;
pub mod pauses;
pub mod plan_templates;
pub mod plans;
pub mod quarantine;
pub mod receipts;
pub mod rtm;
pub mod sandbox;
pub mod scale_results;
pub mod suggestions;
pub mod suspensions;
pub mod sweeps;
pub mod tallies;
pub mod unwritten;
pub mod wear;
pub mod worklist;

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::Pool;
use jiff::Timestamp;
use tokio::sync::Semaphore;

pub use tx::{Principal, Scope, System, Tx};

use crate::error::{Code, Error, Result};
use crate::rt::clock::real_timeout;
use crate::rt::spawn::Blocking;
use backend::{AnyConnection, DatabaseUrl, Engine, Manager};
use inline::{InlineConnections, Use};

/// A transaction that met a serialisation failure or a deadlock is run at most this often.
const TRIES: usize = 4;
/// How long a request may wait for a connection before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where the data lies.
    pub url: DatabaseUrl,
    /// Connections held at most (besides SQLite's writer).
    pub connections: u32,
}

/// The database, shared by every request and job.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    blocking: Blocking,
    engine: Engine,
}

enum Connections {
    /// Many, each used by whatever thread has work for it.
    Pooled {
        pool: Pool<Manager>,
        /// One permit a connection: requests wait here, in order, and never pile up on threads.
        permits: Arc<Semaphore>,
        writer: Option<writer::GroupWriter>,
    },
    /// For a server on one thread.
    Inline(Arc<InlineConnections>),
}

impl Connections {
    fn open(options: &StoreOptions, blocking: &Blocking) -> Result<Self> {
        if matches!(blocking, Blocking::Inline(_)) {
            let connections = InlineConnections::new(options.url.clone());
            return Ok(Self::Inline(Arc::new(connections)));
        }
        let pool = Pool::builder()
            .max_size(options.connections)
            .min_idle(Some(1))
            .test_on_check_out(options.url.engine() == Engine::Postgres)
            .connection_timeout(PATIENCE)
            .build(Manager(options.url.clone()))
            .map_err(Error::unavailable)?;
        let writer = match options.url.engine() {
            Engine::Sqlite => Some(writer::GroupWriter::start(&options.url)?),
            Engine::Postgres => None,
        };
        let permits = usize::try_from(options.connections).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self::Pooled {
            pool,
            permits: Arc::new(Semaphore::new(permits)),
            writer,
        })
    }

    fn writer(&self) -> Option<&writer::GroupWriter> {
        match self {
            Self::Pooled { writer, .. } => writer.as_ref(),
            Self::Inline(_) => None,
        }
    }
}

impl Store {
    /// Brings the schema up to date and opens the connections.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub fn open(options: &StoreOptions, blocking: &Blocking) -> Result<Self> {
        options.url.prepare()?;
        let inner = Inner {
            connections: Connections::open(options, blocking)?,
            blocking: blocking.clone(),
            engine: options.url.engine(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Which engine this is: for reports, never for rules.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// What the database's clock says, as `beside` takes it down at that moment; nothing where the database has no clock
    /// but this machine's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clock<T: Send + 'static>(
        &self,
        beside: impl FnOnce(Timestamp) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        if self.inner.engine == Engine::Sqlite {
            return Ok(None);
        }
        self.on_connection("clock", Use::Read, |connection| {
            Ok(connection.clock()?.map(beside))
        })
        .await
    }

    /// Runs `work` on one consistent state of the data.
    ///
    /// # Errors
    /// What `work` returns, or unavailable when no connection comes free in time.
    pub async fn read<S, T>(
        &self,
        name: &'static str,
        scope: S,
        work: impl FnOnce(&mut Tx<'_, S>) -> Result<T> + Send + 'static,
    ) -> Result<T>
    where
        S: Copy + Send + 'static,
        T: Send + 'static,
    {
        self.on_connection(name, Use::Read, move |connection| {
            looked_at(connection, scope, work)
        })
        .await
    }

    /// Runs `work` in a transaction and answers when it is durable; an error leaves no trace.
    ///
    /// # Errors
    /// What `work` returns, or unavailable when the database cannot take it now.
    pub async fn write<S, T>(
        &self,
        name: &'static str,
        scope: S,
        work: impl Fn(&mut Tx<'_, S>) -> Result<T> + Send + 'static,
    ) -> Result<T>
    where
        S: Copy + Send + 'static,
        T: Send + 'static,
    {
        match self.inner.connections.writer() {
            Some(writer) => {
                writer
                    .write(move |connection| work(&mut Tx::new(connection, scope)))
                    .await
            }
            None => {
                self.on_connection(name, Use::Write, move |connection| {
                    retrying(name, connection, scope, &work)
                })
                .await
            }
        }
    }

    /// Sees to it that deleted rows leave no bytes in the database's files, as far as the engine lets anybody. `false` while
    /// somebody still reads what was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_deleted(&self) -> Result<bool> {
        self.on_connection("forget_deleted", Use::Write, |connection| {
            Ok(connection.empty_log()?)
        })
        .await
    }

    /// What the database does by itself within hours: for a bench, in which a day takes seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy_up(&self) -> Result<()> {
        self.on_connection("tidy_up", Use::Write, |connection| Ok(connection.vacuum()?))
            .await
    }

    async fn on_connection<T: Send + 'static>(
        &self,
        name: &'static str,
        which: Use,
        work: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let blocking = &self.inner.blocking;
        let outcome = match &self.inner.connections {
            Connections::Pooled { pool, permits, .. } => {
                let permit = real_timeout(PATIENCE, permits.clone().acquire_owned())
                    .await
                    .ok_or_else(|| Error::unavailable("no database connection came free in time"))?
                    .map_err(Error::unavailable)?;
                let pool = pool.clone();
                let work = move || {
                    // Held as long as the connection, also when the caller goes away meanwhile.
                    let _permit = permit;
                    let mut connection = pool.get().map_err(Error::unavailable)?;
                    work(&mut connection)
                };
                blocking.run(name, work).await
            }
            Connections::Inline(connections) => {
                let connections = connections.clone();
                blocking
                    .run(name, move || connections.run(which, work))
                    .await
            }
        };
        outcome.unwrap_or_else(|| Err(Error::internal(format!("the transaction {name} panicked"))))
    }
}

fn looked_at<S: Copy, T>(
    connection: &mut AnyConnection,
    scope: S,
    work: impl FnOnce(&mut Tx<'_, S>) -> Result<T>,
) -> Result<T> {
    connection.begin_read()?;
    ended(connection, scope, work)
}

/// Runs `work` in the transaction that was begun, and ends it.
fn ended<S: Copy, T>(
    connection: &mut AnyConnection,
    scope: S,
    work: impl FnOnce(&mut Tx<'_, S>) -> Result<T>,
) -> Result<T> {
    let outcome = work(&mut Tx::new(connection, scope)).and_then(|value| {
        connection.commit()?;
        Ok(value)
    });
    outcome.map_err(|error| rolled_back(connection, error))
}

/// Refused, harmlessly, where the failure ended the transaction. On a dead connection it fails too; the connection is then
/// thrown away, and whatever the statement said, the database was away: not every end of a connection is told as one.
fn rolled_back(connection: &mut AnyConnection, error: Error) -> Error {
    let ended = connection.batch_execute("ROLLBACK").map_err(Error::from);
    match ended {
        Err(ended) if ended.code == Code::Unavailable && error.code == Code::Internal => Error {
            code: Code::Unavailable,
            ..error
        },
        _ => error,
    }
}

fn retrying<S: Copy, T>(
    name: &'static str,
    connection: &mut AnyConnection,
    scope: S,
    work: &impl Fn(&mut Tx<'_, S>) -> Result<T>,
) -> Result<T> {
    let mut tries = 1;
    loop {
        match committed(connection, scope, work) {
            Err(error) if backend::is_transient(&error) && tries < TRIES => {
                tracing::debug!(
                    transaction = name,
                    tries,
                    "run again after a serialisation failure"
                );
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

fn committed<S: Copy, T>(
    connection: &mut AnyConnection,
    scope: S,
    work: &impl Fn(&mut Tx<'_, S>) -> Result<T>,
) -> Result<T> {
    connection.begin_write()?;
    ended(connection, scope, work)
}
