//! The one file that knows SQL dialects: connections, transactions, locking and bulk statements.
#![expect(
    missing_docs,
    reason = "diesel's derive makes public items of its own; ours are documented"
)]

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sql_types::{Array, BigInt, Binary};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError, MultiConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::deliveries::Delivery;
use super::schema::deliveries;
use super::types::{LeaseId, TenantId, UtcMicros};
use crate::error::{Error, Result};

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
pub(crate) use on_each;

/// What PostgreSQL calls an array of a column's type.
pub(crate) trait PgArray {
    const NAME: &'static str;
}

impl PgArray for diesel::sql_types::BigInt {
    const NAME: &'static str = "bigint[]";
}
impl PgArray for diesel::sql_types::Binary {
    const NAME: &'static str = "bytea[]";
}
impl PgArray for diesel::sql_types::Text {
    const NAME: &'static str = "text[]";
}
impl PgArray for diesel::sql_types::Double {
    const NAME: &'static str = "double precision[]";
}
impl<T: PgArray + diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>>
    PgArray for diesel::sql_types::Nullable<T>
{
    const NAME: &'static str = T::NAME;
}

/// The statement that adds rows given as one array a column; rows that exist stay as they are.
pub(crate) fn unnest_sql(table: &str, columns: &[(&str, &str)], tail: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<String> = (1..)
        .zip(columns)
        .map(|(number, (_, array))| format!("${number}::{array}"))
        .collect();
    format!(
        "INSERT INTO {table} ({}) SELECT * FROM UNNEST({}) ON CONFLICT DO NOTHING {tail}",
        names.join(", "),
        arrays.join(", ")
    )
}

/// Adds many rows of one table, and gives the ids of those that were not there yet when asked for them. PostgreSQL
/// gets one array a column: a statement with a placeholder for each value costs more to parse than to run. SQLite
/// gets the same prepared statement for each row, in the one transaction.
macro_rules! insert_new {
    (@query $table:ident, $rows:expr, $tail:literal, { $($column:ident: $type:ty),+ }) => {{
        use $crate::store::backend::PgArray;
        let columns = [$((stringify!($column), <$type>::NAME)),+];
        let query = diesel::sql_query($crate::store::backend::unnest_sql(stringify!($table), &columns, $tail)).into_boxed::<diesel::pg::Pg>();
        $(let query = query.bind::<diesel::sql_types::Array<$type>, _>(
            $rows.iter().map(|row| &row.$column).collect::<Vec<_>>(),
        );)+
        query
    }};
    ($tx:expr, $table:ident, $rows:expr, { $($column:ident: $type:ty),+ $(,)? }) => {
        match $tx.connection() {
            $crate::store::backend::AnyConnection::Postgres(pg) => {
                $crate::store::backend::insert_new!(@query $table, $rows, "", { $($column: $type),+ }).execute(pg)?;
            }
            $crate::store::backend::AnyConnection::Sqlite(sqlite) => {
                for row in $rows {
                    diesel::insert_into($table::table).values(row).on_conflict_do_nothing().execute(sqlite)?;
                }
            }
        }
    };
    ($tx:expr, $table:ident, $rows:expr, returning $id:ty, { $($column:ident: $type:ty),+ $(,)? }) => {{
        #[derive(diesel::QueryableByName)]
        struct Added {
            #[diesel(sql_type = diesel::sql_types::Binary)]
            id: $id,
        }
        match $tx.connection() {
            $crate::store::backend::AnyConnection::Postgres(pg) => {
                let added: Vec<Added> =
                    $crate::store::backend::insert_new!(@query $table, $rows, "RETURNING id", { $($column: $type),+ }).load(pg)?;
                added.into_iter().map(|one| one.id).collect::<Vec<$id>>()
            }
            $crate::store::backend::AnyConnection::Sqlite(sqlite) => {
                let mut added = Vec::with_capacity($rows.len());
                for row in $rows {
                    let new = diesel::insert_into($table::table).values(row).on_conflict_do_nothing().execute(sqlite)?;
                    if new == 1 {
                        added.push(row.id);
                    }
                }
                added
            }
        }
    }};
}
pub(crate) use insert_new;

/// Prompts under one lease, a row each of occurrence, patient, when it is due and when it ends; what they share is given once.
const LEASED_PROMPTS: &str = "INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, state, due_at, \
     expires_at, next_attempt_at, attempts, lease) \
     SELECT $1, id, patient_id, 'prompt', id, 0, 'leased', due_at, expires_at, $2, 1, $3 \
     FROM UNNEST($4::bytea[], $5::bytea[], $6::bigint[], $7::bigint[]) AS due (id, patient_id, due_at, expires_at) \
     ON CONFLICT DO NOTHING";

/// Adds the first prompts of occurrences, leased; those that exist stay as they are. Gives how many are new.
pub(super) fn insert_leased(
    connection: &mut AnyConnection,
    rows: &[&Delivery],
    tenant: TenantId,
    lease: LeaseId,
    until: UtcMicros,
) -> diesel::QueryResult<usize> {
    match connection {
        AnyConnection::Postgres(pg) => diesel::sql_query(LEASED_PROMPTS)
            .bind::<BigInt, _>(tenant)
            .bind::<BigInt, _>(until)
            .bind::<Binary, _>(lease)
            .bind::<Array<Binary>, _>(rows.iter().map(|row| row.id).collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(rows.iter().map(|row| row.patient_id).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.due_at).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.expires_at).collect::<Vec<_>>())
            .execute(pg),
        AnyConnection::Sqlite(sqlite) => rows.iter().try_fold(0, |added, row| {
            let new = diesel::insert_into(deliveries::table)
                .values(*row)
                .on_conflict_do_nothing()
                .execute(sqlite)?;
            Ok(added + new)
        }),
    }
}

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
                    "PRAGMA busy_timeout = {}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY",
                    SQLITE_BUSY_TIMEOUT.as_millis()
                );
                sqlite
                    .batch_execute(&pragmas)
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Sqlite(sqlite))
            }
        }
    }
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

    /// Lets the planner know what the tables hold, as PostgreSQL does by itself within minutes; SQLite plans without.
    pub(super) fn gather_statistics(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Postgres(pg) => pg
                .batch_execute("SET statement_timeout = 0; ANALYZE; SET statement_timeout = '30s'"),
            Self::Sqlite(_) => Ok(()),
        }
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
