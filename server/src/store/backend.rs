//! The one file that knows SQL dialects: connections, transactions, locking and bulk statements.
#![expect(
    missing_docs,
    reason = "diesel's derive makes public items of its own; ours are documented"
)]

pub(crate) mod inserts;
pub(crate) mod raw;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError, MultiConnection, QueryableByName, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::types::{PatientId, TenantId};
use crate::error::{Error, Result};
use crate::planted::{self, Bug};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// How long a SQLite connection waits for another one's lock.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to either engine.
#[derive(MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// Embedded SQLite.
    Sqlite(SqliteConnection),
}

/// Runs the same diesel expression on the concrete connection behind an [`AnyConnection`]: for what
/// the enum itself cannot do (`on_conflict`, batch inserts).
macro_rules! on_each {
    ($connection:expr, $inner:ident => $expression:expr) => {
        match $connection {
            $crate::store::backend::AnyConnection::Postgres($inner) => $expression,
            $crate::store::backend::AnyConnection::Sqlite($inner) => $expression,
        }
    };
}
pub(crate) use inserts::insert_new;
pub(crate) use on_each;

/// Which engine a database URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// `postgres://` or `postgresql://`.
    Postgres,
    /// `sqlite:` and a path.
    Sqlite,
}

/// Where the data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    engine: Engine,
    /// What the engine's own client takes: the whole URL, or the file's path.
    target: String,
}

impl std::str::FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self {
                engine: Engine::Postgres,
                target: text.to_owned(),
            });
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.trim().is_empty() => {
                let path = path.strip_prefix("//").unwrap_or(path);
                Ok(Self {
                    engine: Engine::Sqlite,
                    target: path.to_owned(),
                })
            }
            _ => Err("must be sqlite:PATH or postgres://USER@HOST/DATABASE".to_owned()),
        }
    }
}

impl DatabaseUrl {
    /// The engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Readies the database for connections and brings its schema up to date.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when it cannot be reached, internal when a migration fails.
    pub fn prepare(&self) -> Result<()> {
        let mut connection = self.connect().map_err(Error::unavailable)?;
        match &mut connection {
            AnyConnection::Postgres(pg) => {
                // One migrates at a time, for as long as it takes; the lock goes with the connection.
                pg.batch_execute("SET statement_timeout = 0; SELECT pg_advisory_lock(4620774093)")
                    .map_err(Error::from)?;
                pg.run_pending_migrations(POSTGRES_MIGRATIONS)
                    .map(drop)
                    .map_err(Error::internal)
            }
            AnyConnection::Sqlite(sqlite) => {
                // Set once, here: connections that race to set it find the database locked.
                sqlite
                    .batch_execute("PRAGMA journal_mode = WAL")
                    .map_err(Error::from)?;
                sqlite
                    .run_pending_migrations(SQLITE_MIGRATIONS)
                    .map(drop)
                    .map_err(Error::internal)
            }
        }
    }

    /// Opens one connection.
    pub(super) fn connect(&self) -> Result<AnyConnection, ConnectionError> {
        match self.engine {
            Engine::Postgres => {
                let mut pg = PgConnection::establish(&self.target)?;
                // Messages and stored text are UTF-8 and times are ours; nothing depends on the server's settings.
                pg.batch_execute(
                    "SET client_min_messages = warning; SET statement_timeout = '30s'",
                )
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Postgres(pg))
            }
            Engine::Sqlite => {
                let mut sqlite = SqliteConnection::establish(&self.target)?;
                let pragmas = format!(
                    "PRAGMA busy_timeout = {}; PRAGMA synchronous = {}; PRAGMA foreign_keys = ON; \
                     PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY",
                    SQLITE_BUSY_TIMEOUT.as_millis(),
                    if planted::is(Bug::NoSync) {
                        "NORMAL"
                    } else {
                        "FULL"
                    },
                );
                sqlite
                    .batch_execute(&pragmas)
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Sqlite(sqlite))
            }
        }
    }
}

/// A row with one column, `text`.
#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Gives the pool connections of the engine the URL names, with the engine's own error when it fails.
pub(super) struct Manager(pub(super) DatabaseUrl);

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<AnyConnection, Self::Error> {
        self.0
            .connect()
            .map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), Self::Error> {
        connection
            .batch_execute("SELECT 1")
            .map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        match connection {
            AnyConnection::Postgres(pg) => std::thread::panicking() || pg.is_broken(),
            AnyConnection::Sqlite(sqlite) => std::thread::panicking() || sqlite.is_broken(),
        }
    }
}

impl AnyConnection {
    /// Starts a transaction that sees one state of the data.
    pub(super) fn begin_read(&mut self) -> diesel::QueryResult<()> {
        let sql = match self {
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Sqlite(_) => "BEGIN DEFERRED",
        };
        self.batch_execute(sql)
    }

    /// Starts a transaction that will write.
    pub(super) fn begin_write(&mut self) -> diesel::QueryResult<()> {
        let sql = match self {
            Self::Postgres(_) => "BEGIN",
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        self.batch_execute(sql)
    }

    /// Clears away what PostgreSQL's autovacuum clears away by itself within hours, and lets its planner know what the
    /// tables hold; SQLite plans without. Not inside a transaction.
    pub(super) fn vacuum(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Postgres(pg) => {
                pg.batch_execute("SET statement_timeout = 0")?;
                pg.batch_execute("VACUUM (ANALYZE)")?;
                pg.batch_execute("SET statement_timeout = '30s'")
            }
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Rows of a table, each as a JSON object; bytes are hexadecimal digits, on PostgreSQL after `\\x`. The condition is told how
    /// the engine writes the places of the clinic and the patient.
    pub(super) fn rows_as_json(
        &mut self,
        table: &'static str,
        condition: impl Fn(&str, &str) -> String,
        (tenant, patient): (TenantId, PatientId),
    ) -> diesel::QueryResult<Vec<String>> {
        let rows: Vec<OneText> = match self {
            Self::Postgres(pg) => {
                let condition = condition("$1", "$2");
                let sql =
                    format!("SELECT to_jsonb(t)::text AS text FROM {table} t WHERE {condition}");
                diesel::sql_query(sql)
                    .bind::<BigInt, _>(tenant)
                    .bind::<Binary, _>(patient)
                    .load(pg)?
            }
            Self::Sqlite(sqlite) => {
                let columns: Vec<OneText> =
                    diesel::sql_query("SELECT name AS text FROM pragma_table_info(?)")
                        .bind::<Text, _>(table)
                        .load(sqlite)?;
                let member = |column: &OneText| {
                    let name = &column.text;
                    format!(
                        "'{name}', CASE typeof(t.{name}) WHEN 'blob' THEN lower(hex(t.{name})) ELSE t.{name} END"
                    )
                };
                let members: Vec<String> = columns.iter().map(member).collect();
                let (members, condition) = (members.join(", "), condition("?1", "?2"));
                let sql = format!(
                    "SELECT json_object({members}) AS text FROM {table} t WHERE {condition}"
                );
                diesel::sql_query(sql)
                    .bind::<BigInt, _>(tenant)
                    .bind::<Binary, _>(patient)
                    .load(sqlite)?
            }
        };
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    /// The clause that lets several claimers pass each other; SQLite has one writer and needs none.
    pub(super) fn skip_locked(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "FOR UPDATE SKIP LOCKED",
            Self::Sqlite(_) => "",
        }
    }
}

/// A failure that goes away when the transaction is run again.
pub(super) fn is_transient(error: &Error) -> bool {
    let Some(cause) = error
        .cause
        .as_ref()
        .and_then(|cause| cause.downcast_ref::<diesel::result::Error>())
    else {
        return false;
    };
    match cause {
        // Of two that add the same row at once the second, run again, finds it there.
        diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::SerializationFailure
            | diesel::result::DatabaseErrorKind::UniqueViolation,
            _,
        ) => true,
        diesel::result::Error::DatabaseError(_, info) => {
            info.message().contains("deadlock detected")
                || info.message().contains("database is locked")
        }
        _ => false,
    }
}
