//! A connection past the store, for what the database itself must refuse.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use footing_server::store::backend::Engine;

use crate::Database;

/// A raw connection.
pub enum Raw {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// One row of one text.
#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

/// One row of one number.
#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl Raw {
    /// Connects to a database of the harness.
    pub fn connect(database: &Database) -> Self {
        let address = database.address();
        match database.engine() {
            Engine::Postgres => Self::at(&address),
            Engine::Sqlite => {
                let path = address.trim_start_matches("sqlite:");
                let mut sqlite = SqliteConnection::establish(path).expect("SQLite opens");
                sqlite
                    .batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON")
                    .expect("SQLite obeys");
                Self::Sqlite(sqlite)
            }
        }
    }

    /// Connects to a PostgreSQL database by its address.
    pub fn at(address: &str) -> Self {
        Self::Postgres(PgConnection::establish(address).expect("PostgreSQL answers"))
    }

    /// Runs statements.
    ///
    /// # Errors
    /// The database's.
    pub fn execute(&mut self, sql: &str) -> QueryResult<()> {
        match self {
            Self::Postgres(pg) => pg.batch_execute(sql),
            Self::Sqlite(sqlite) => sqlite.batch_execute(sql),
        }
    }

    /// The column `value` of a query, as text.
    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let rows: QueryResult<Vec<TextRow>> = match self {
            Self::Postgres(pg) => query.load(pg),
            Self::Sqlite(sqlite) => query.load(sqlite),
        };
        rows.expect(sql).into_iter().map(|row| row.value).collect()
    }

    /// The column `value` of the only row of a query.
    pub fn number(&mut self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let row: QueryResult<NumberRow> = match self {
            Self::Postgres(pg) => query.get_result(pg),
            Self::Sqlite(sqlite) => query.get_result(sqlite),
        };
        row.expect(sql).value
    }

    /// How many deliveries are on their way: named by claims.
    pub fn claimed(&mut self) -> i64 {
        self.number(
            "SELECT coalesce(sum(length(prompt_ids) + length(delivery_ids)), 0) / 16 AS value FROM delivery_claims",
        )
    }

    /// Bytes as the engine writes them.
    pub fn bytes(&self, hex: &str) -> String {
        match self {
            Self::Postgres(_) => format!("'\\x{hex}'::bytea"),
            Self::Sqlite(_) => format!("x'{hex}'"),
        }
    }

    /// The folder of the engine's migrations.
    pub fn migrations(&self) -> FileBasedMigrations {
        let engine = match self {
            Self::Postgres(_) => "postgres",
            Self::Sqlite(_) => "sqlite",
        };
        let folder = crate::repository().join("migrations").join(engine);
        FileBasedMigrations::from_path(folder).expect("a folder of migrations")
    }

    /// Reverts every migration.
    pub fn down(&mut self) {
        let migrations = self.migrations();
        match self {
            Self::Postgres(pg) => pg.revert_all_migrations(migrations).map(drop),
            Self::Sqlite(sqlite) => sqlite.revert_all_migrations(migrations).map(drop),
        }
        .expect("every migration can be reverted");
    }

    /// Reverts the newest migration.
    pub fn down_once(&mut self) {
        let migrations = self.migrations();
        match self {
            Self::Postgres(pg) => pg.revert_last_migration(migrations).map(drop),
            Self::Sqlite(sqlite) => sqlite.revert_last_migration(migrations).map(drop),
        }
        .expect("the newest migration can be reverted");
    }

    /// Runs every migration.
    pub fn up(&mut self) {
        let migrations = self.migrations();
        match self {
            Self::Postgres(pg) => pg.run_pending_migrations(migrations).map(drop),
            Self::Sqlite(sqlite) => sqlite.run_pending_migrations(migrations).map(drop),
        }
        .expect("every migration can be run");
    }
}
