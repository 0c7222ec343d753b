//! A database whose every state can be told to be right: transactions with numbers, each over several pages.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use footing_disk::Disk;

/// The file all tests use.
pub(crate) const FILE: &str = "footing.db";

/// The settings of the server: what is acknowledged is durable.
pub(crate) const SAFE: Settings = Settings {
    journal: "WAL",
    synchronous: "FULL",
};

/// How a connection writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) journal: &'static str,
    pub(crate) synchronous: &'static str,
}

/// Opens the database; the log is short, so that checkpoints come often.
pub(crate) fn open(disk: &Disk, settings: Settings) -> QueryResult<SqliteConnection> {
    open_at(&disk.path(FILE), settings)
}

/// The same by its path.
pub(crate) fn open_at(path: &str, settings: Settings) -> QueryResult<SqliteConnection> {
    let mut sqlite = SqliteConnection::establish(path).map_err(|error| {
        diesel::result::Error::QueryBuilderError(Box::new(std::io::Error::other(error)))
    })?;
    let Settings {
        journal,
        synchronous,
    } = settings;
    sqlite.batch_execute(&format!(
        "PRAGMA busy_timeout = 0; PRAGMA synchronous = {synchronous}; PRAGMA journal_mode = {journal}; \
         PRAGMA wal_autocheckpoint = 12; PRAGMA cache_size = 20;"
    ))?;
    Ok(sqlite)
}

/// Makes the tables.
pub(crate) fn create(sqlite: &mut SqliteConnection) -> QueryResult<()> {
    sqlite.batch_execute(
        "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, body TEXT NOT NULL); \
         CREATE TABLE IF NOT EXISTS total (entries INTEGER NOT NULL); \
         INSERT INTO total SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM total); COMMIT",
    )
}

/// A new database of these settings with its tables.
pub(crate) fn fresh(disk: &Disk, settings: Settings) -> SqliteConnection {
    let mut sqlite = open(disk, settings).unwrap();
    create(&mut sqlite).unwrap();
    sqlite
}

/// What entry `id` holds: of a length of its own, now and then longer than a page.
pub(crate) fn body(id: i64) -> String {
    let letter = char::from(b'a' + u8::try_from(id % 26).unwrap());
    letter
        .to_string()
        .repeat(usize::try_from(id * 997 % 6000).unwrap())
}

/// One transaction: an entry, and the total of entries.
pub(crate) fn enter(sqlite: &mut SqliteConnection, id: i64) -> QueryResult<()> {
    let body = body(id);
    let done = sqlite.batch_execute(&format!(
        "BEGIN IMMEDIATE; INSERT INTO entry VALUES ({id}, '{body}'); UPDATE total SET entries = entries + 1; COMMIT"
    ));
    if done.is_err() {
        // There may be none to roll back.
        let _ = sqlite.batch_execute("ROLLBACK");
    }
    done
}

/// Writes a database with `count` transactions until the disk is dead, and returns the numbers acknowledged.
pub(crate) fn work(disk: &Disk, settings: Settings, count: i64) -> Vec<i64> {
    let Ok(mut sqlite) = open(disk, settings) else {
        return Vec::new();
    };
    if create(&mut sqlite).is_err() {
        return Vec::new();
    }
    let mut acknowledged = Vec::new();
    for id in 1..=count {
        if enter(&mut sqlite, id).is_ok() {
            acknowledged.push(id);
        }
        if disk.is_dead() {
            break;
        }
    }
    acknowledged
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

/// What a query of one text column `text` gives.
pub(crate) fn texts(sqlite: &mut SqliteConnection, sql: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<OneText> = sql_query(sql).load(sqlite)?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

/// The numbers of the entries.
pub(crate) fn ids(sqlite: &mut SqliteConnection) -> QueryResult<Vec<i64>> {
    let rows: Vec<Entry> = sql_query("SELECT id, body FROM entry ORDER BY id").load(sqlite)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The numbers of the entries, where the database is sound: `Err` says in what way it is not.
pub(crate) fn sound(sqlite: &mut SqliteConnection) -> Result<Vec<i64>, String> {
    let said = |error: diesel::result::Error| error.to_string();
    let check = "SELECT integrity_check AS text FROM pragma_integrity_check";
    let check = texts(sqlite, check).map_err(said)?;
    if check != ["ok"] {
        return Err(check.join("; "));
    }
    let tables = "SELECT name AS text FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    match texts(sqlite, tables).map_err(said)?.len() {
        0 => return Ok(Vec::new()),
        2 => {}
        other => return Err(format!("{other} tables")),
    }
    let rows: Vec<Entry> = sql_query("SELECT id, body FROM entry ORDER BY id")
        .load(sqlite)
        .map_err(said)?;
    if let Some(row) = rows.iter().find(|row| row.body != body(row.id)) {
        return Err(format!("entry {} is not what was written", row.id));
    }
    let total = "SELECT CAST(entries AS TEXT) AS text FROM total";
    let total = texts(sqlite, total).map_err(said)?;
    if total != [rows.len().to_string()] {
        return Err(format!("{total:?} of {} entries", rows.len()));
    }
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What a new process finds.
pub(crate) fn found(disk: &Disk, settings: Settings) -> Result<Vec<i64>, String> {
    let mut sqlite = open(disk, settings).map_err(|error| error.to_string())?;
    sound(&mut sqlite)
}

/// The numbers from 1 to `last`.
pub(crate) fn first(last: usize) -> Vec<i64> {
    (1..=i64::try_from(last).unwrap()).collect()
}
