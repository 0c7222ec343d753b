//! The one file that knows SQL dialects: connections, transactions, locking and bulk statements.
#![expect(
    missing_docs,
    reason = "diesel's derive makes public items of its own; ours are documented"
)]

pub(crate) mod among;
pub(crate) mod inserts;
pub(crate) mod kept;
mod prepare;
pub(crate) mod raw;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::{Pg, PgConnection};
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sql_types::{BigInt, Binary, Integer, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{Connection, ConnectionError, MultiConnection, QueryableByName, RunQueryDsl};
use jiff::Timestamp;

use super::export::Condition;
use super::types::UtcMicros;
use crate::error::{Error, Result};
use crate::planted::{self, Bug};

/// How long a SQLite connection waits for another one's lock.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What SQLite's write-ahead log keeps on the disk, in bytes, when it begins anew: a reader of minutes, such as a backup, lets it
/// grow without bound. Above what it reaches without one, so that it is cut rarely.
const SQLITE_LOG_KEPT: u64 = 16 * 1024 * 1024;

/// Up to this size, in bytes, every page of an SQLite file is looked at when a server starts; of a larger one the beginning
/// of each table, so that a start does not take minutes.
const LOOKED_THROUGH: u64 = 256 * 1024 * 1024;

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
                     PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY; \
                     PRAGMA journal_size_limit = {SQLITE_LOG_KEPT}; PRAGMA secure_delete = {}",
                    SQLITE_BUSY_TIMEOUT.as_millis(),
                    if planted::is(Bug::NoSync) {
                        "NORMAL"
                    } else {
                        "FULL"
                    },
                    if planted::is(Bug::LeavesTraces) {
                        "OFF"
                    } else {
                        "ON"
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

/// What SQLite answers when the log is to be moved.
#[derive(QueryableByName)]
struct LogMoved {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

/// A row with one column, `text`.
#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

/// A row with one column, `key`.
#[derive(QueryableByName)]
struct OneKey {
    #[diesel(sql_type = Binary)]
    key: Vec<u8>,
}

/// A row with one column, `at`.
#[derive(QueryableByName)]
struct OneInstant {
    #[diesel(sql_type = BigInt)]
    at: UtcMicros,
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
    /// Before migrations: PostgreSQL's lock is taken, which goes with the connection, and SQLite's mode is set.
    fn begin_upkeep(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Postgres(pg) => {
                pg.batch_execute("SET statement_timeout = 0; SELECT pg_advisory_lock(4620774093)")
            }
            // Set once, here: connections that race to set it find the database locked.
            Self::Sqlite(sqlite) => sqlite.batch_execute("PRAGMA journal_mode = WAL"),
        }
    }

    /// Looks whether the database is whole, as far as that is quick. Gives the name of the check and what is wrong;
    /// PostgreSQL looks after itself.
    fn look(&mut self) -> (&'static str, diesel::QueryResult<Vec<String>>) {
        let Self::Sqlite(sqlite) = self else {
            return ("none", Ok(Vec::new()));
        };
        match bytes(sqlite) {
            Ok(bytes) if bytes <= LOOKED_THROUGH => {
                let sql = "SELECT quick_check AS text FROM pragma_quick_check LIMIT 5";
                ("quick_check", texts(sqlite, sql).map(not_ok))
            }
            Ok(_) => ("the first row of each table", first_rows(sqlite)),
            Err(error) => ("page_count", Err(error)),
        }
    }

    /// Looks at everything, and gives what is wrong.
    fn look_through(&mut self) -> diesel::QueryResult<Vec<String>> {
        let Self::Sqlite(sqlite) = self else {
            return Ok(Vec::new());
        };
        let pages = "SELECT integrity_check AS text FROM pragma_integrity_check";
        let mut found = not_ok(texts(sqlite, pages)?);
        let astray = "SELECT \"table\" || ' refers to a row of ' || parent || ' that is not there' AS text \
                      FROM pragma_foreign_key_check LIMIT 100";
        found.extend(texts(sqlite, astray)?);
        Ok(found)
    }

    /// Starts a transaction that sees one state of the data.
    pub(super) fn begin_read(&mut self) -> diesel::QueryResult<()> {
        let sql = match self {
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Sqlite(_) => "BEGIN DEFERRED",
        };
        self.word(sql)
    }

    /// Starts a transaction that will write.
    pub(super) fn begin_write(&mut self) -> diesel::QueryResult<()> {
        let sql = match self {
            Self::Postgres(_) => "BEGIN",
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        self.word(sql)
    }

    /// Ends a transaction: what it wrote stays.
    pub(super) fn commit(&mut self) -> diesel::QueryResult<()> {
        self.word("COMMIT")
    }

    /// Begins, takes back or ends something. On SQLite it stays prepared: `batch_execute` would prepare it each time.
    pub(super) fn word(&mut self, sql: &'static str) -> diesel::QueryResult<()> {
        match self {
            Self::Postgres(pg) => pg.batch_execute(sql),
            Self::Sqlite(sqlite) => raw::Statement::<Sqlite>::new(sql).execute(sqlite).map(drop),
        }
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

    /// Moves SQLite's write-ahead log into the database's file and empties it: what was deleted stands in neither afterwards.
    /// `false` while somebody still reads from it. PostgreSQL clears away by itself, in its own time. Not inside a transaction.
    pub(super) fn empty_log(&mut self) -> diesel::QueryResult<bool> {
        match self {
            Self::Postgres(_) => Ok(true),
            Self::Sqlite(sqlite) => {
                let moved: LogMoved =
                    diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(sqlite)?;
                Ok(moved.busy == 0)
            }
        }
    }

    /// Rows of a table, each as a JSON object; bytes are hexadecimal digits, on PostgreSQL after `\\x`.
    pub(super) fn rows_as_json(
        &mut self,
        table: &'static str,
        condition: &Condition<'_>,
    ) -> diesel::QueryResult<Vec<String>> {
        let rows: Vec<OneText> = match self {
            Self::Postgres(pg) => {
                let sql = format!("SELECT to_jsonb(t)::text AS text FROM {table} t WHERE ");
                condition.written(raw::Statement::<Pg>::new(sql)).load(pg)?
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
                let members = members.join(", ");
                let sql = format!("SELECT json_object({members}) AS text FROM {table} t WHERE ");
                condition
                    .written(raw::Statement::<Sqlite>::new(sql))
                    .load(sqlite)?
            }
        };
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    /// The keys of rows of a table, each once and in order.
    pub(super) fn keys(
        &mut self,
        table: &'static str,
        key: &'static str,
        condition: &Condition<'_>,
    ) -> diesel::QueryResult<Vec<Vec<u8>>> {
        let sql = format!("SELECT DISTINCT t.{key} AS key FROM {table} t WHERE ");
        let order = " ORDER BY 1";
        let rows: Vec<OneKey> = match self {
            Self::Postgres(pg) => condition
                .written(raw::Statement::<Pg>::new(sql))
                .text(order)
                .load(pg)?,
            Self::Sqlite(sqlite) => condition
                .written(raw::Statement::<Sqlite>::new(sql))
                .text(order)
                .load(sqlite)?,
        };
        Ok(rows.into_iter().map(|row| row.key).collect())
    }

    /// What the clock of the database's machine says; an SQLite file has none of its own.
    pub(super) fn clock(&mut self) -> diesel::QueryResult<Option<Timestamp>> {
        let Self::Postgres(pg) = self else {
            return Ok(None);
        };
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at";
        let OneInstant { at } = diesel::sql_query(sql).get_result(pg)?;
        Ok(Some(at.timestamp()))
    }

    /// The clause that lets several claimers pass each other; SQLite has one writer and needs none.
    pub(super) fn skip_locked(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "FOR UPDATE SKIP LOCKED",
            Self::Sqlite(_) => "",
        }
    }
}

fn texts(sqlite: &mut SqliteConnection, sql: &str) -> diesel::QueryResult<Vec<String>> {
    let rows: Vec<OneText> = diesel::sql_query(sql).load(sqlite)?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

/// The size of the database in bytes, with what stands in the write-ahead log.
fn bytes(sqlite: &mut SqliteConnection) -> diesel::QueryResult<u64> {
    let sql = "SELECT CAST(page_count * page_size AS TEXT) AS text FROM pragma_page_count, pragma_page_size";
    let found = texts(sqlite, sql)?.join("");
    found
        .parse()
        .map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))
}

/// Reads the root of each table and the way to its first row.
fn first_rows(sqlite: &mut SqliteConnection) -> diesel::QueryResult<Vec<String>> {
    let tables = "SELECT name AS text FROM sqlite_schema WHERE type = 'table'";
    for table in texts(sqlite, tables)? {
        texts(
            sqlite,
            &format!("SELECT 'ok' AS text FROM \"{table}\" LIMIT 1"),
        )?;
    }
    Ok(Vec::new())
}

fn not_ok(mut found: Vec<String>) -> Vec<String> {
    found.retain(|line| line != "ok");
    found
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
