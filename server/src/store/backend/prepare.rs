//! Readies a database: looks whether it is whole and of a schema this version knows, and brings it up to date.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use diesel::backend::Backend;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConnection, DatabaseUrl, Engine};
use crate::error::{Error, Result};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

impl DatabaseUrl {
    /// Readies the database for connections and brings its schema up to date. Of several processes one does it at a time,
    /// and the others wait for as long as it takes.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when it cannot be reached; internal, with what an operator should do, when the file
    /// is damaged, lost, or of a newer version, and when a migration fails.
    pub fn prepare(&self) -> Result<()> {
        let turn = self.file().as_deref().map(Turn::take).transpose()?;
        let mut connection = self.connect_whole()?;
        connection.begin_upkeep()?;
        match &mut connection {
            AnyConnection::Postgres(pg) => migrate(pg, POSTGRES_MIGRATIONS)?,
            AnyConnection::Sqlite(sqlite) => migrate(sqlite, SQLITE_MIGRATIONS)?,
        }
        turn.map_or(Ok(()), Turn::note_use)
            .map_err(Error::unavailable)
    }

    /// A connection to a database that looks whole.
    fn connect_whole(&self) -> Result<AnyConnection> {
        let mut connection = self.connect().map_err(|error| {
            let found = error.to_string();
            if is_damage(&found) {
                self.damaged("opening", &found)
            } else {
                Error::unavailable(error)
            }
        })?;
        match connection.look() {
            (_, Ok(found)) if found.is_empty() => Ok(connection),
            (name, Ok(found)) => Err(self.damaged(name, &found.join("; "))),
            (name, Err(error)) if is_damage(&error.to_string()) => {
                Err(self.damaged(name, &error.to_string()))
            }
            (_, Err(error)) => Err(error.into()),
        }
    }

    /// Looks through the whole database, and gives what is wrong. Takes long where there is much, and changes nothing.
    ///
    /// # Errors
    /// When it cannot be read, and for PostgreSQL, which has tools of its own.
    pub fn check(&self) -> Result<Vec<String>> {
        if self.engine == Engine::Postgres {
            let text = "PostgreSQL is checked with a tool of its own, amcheck";
            return Err(Error::internal(text));
        }
        let is_empty = |path: PathBuf| length(&path).is_none_or(|bytes| bytes == 0);
        if self.file().is_some_and(is_empty) {
            let text = format!("{} is not there, or empty", self.target);
            return Err(Error::internal(text));
        }
        let found = match self.connect() {
            Ok(mut connection) => connection.look_through(),
            Err(error) if is_damage(&error.to_string()) => return Ok(vec![error.to_string()]),
            Err(error) => return Err(Error::unavailable(error)),
        };
        match found {
            Err(error) if is_damage(&error.to_string()) => Ok(vec![error.to_string()]),
            found => Ok(found?),
        }
    }

    /// What an operator is told of damage.
    fn damaged(&self, check: &str, found: &str) -> Error {
        Error::internal(format!(
            "the database {} is damaged ({check}: {found}). It was left as it is. {}",
            self.target,
            restore(&self.target)
        ))
    }

    /// The file, where the database is one by a plain path.
    fn file(&self) -> Option<PathBuf> {
        let is_path = self.engine == Engine::Sqlite
            && !self.target.starts_with("file:")
            && self.target != ":memory:";
        is_path.then(|| PathBuf::from(&self.target))
    }
}

/// How a backup takes the place of a file.
fn restore(file: &str) -> String {
    format!(
        "Stop whatever uses it and put the last backup in its place: \
         mkdir damaged && mv {file}* damaged/ && cp BACKUP {file} (docs/OPERATIONS.md, Backup and restore)"
    )
}

/// Whether SQLite says that the file is not what it should be.
fn is_damage(message: &str) -> bool {
    message.contains("malformed") || message.contains("file is not a database")
}

/// Runs the migrations that are missing, unless there are more than this version knows.
fn migrate<DB: Backend, C: MigrationHarness<DB>>(
    connection: &mut C,
    ours: EmbeddedMigrations,
) -> Result<()>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = ours.migrations().map_err(Error::internal)?;
    let applied = connection.applied_migrations().map_err(Error::internal)?;
    let is_known = |version: &MigrationVersion<'_>| {
        known
            .iter()
            .any(|migration| migration.name().version() == *version)
    };
    if let Some(newer) = applied.iter().find(|version| !is_known(version)) {
        return Err(Error::internal(format!(
            "the database belongs to a newer version: it has the migration {newer}, which {} does not know. It was left as \
             it is. Start the newer version, or restore the backup taken before the upgrade (docs/OPERATIONS.md, Upgrade)",
            env!("CARGO_PKG_VERSION")
        )));
    }
    let ran = connection.run_pending_migrations(ours);
    ran.map(drop).map_err(Error::internal)
}

/// The right to ready an SQLite file: held by one process at a time, given back when dropped. It is a lock on a file beside
/// the database, which also remembers that the database was in use.
struct Turn {
    beside: File,
    was_in_use: bool,
}

impl Turn {
    /// Waits for it. Nothing has opened the database yet: SQLite would make an empty file anew, and throw away what stands in
    /// its write-ahead log.
    fn take(database: &Path) -> Result<Self> {
        let path = beside(database, "-start");
        let failed = |error| {
            let path = path.display();
            Error::unavailable(format!("unable to open database file: {path}: {error}"))
        };
        let is_new = !path.exists();
        let options = OpenOptions::new().create(true).append(true).open(&path);
        let file = options.map_err(failed)?;
        file.lock().map_err(failed)?;
        let was_in_use = file.metadata().map_err(failed)?.len() > 0;
        let turn = Self {
            beside: file,
            was_in_use,
        };
        turn.must_not_be_lost(database, is_new)?;
        Ok(turn)
    }

    /// Refuses an empty file that held data, or may have: only one that a first start left behind is made a database.
    fn must_not_be_lost(&self, database: &Path, is_new: bool) -> Result<()> {
        let has_log = length(&beside(database, "-wal")).is_some_and(|bytes| bytes > 0);
        let shown = database.display().to_string();
        match length(database) {
            Some(0) if self.was_in_use || has_log || is_new => Err(Error::internal(format!(
                "the database {shown} is empty (length: 0 bytes). It was left as it is. {}. If it never held anything, \
                 remove it and start again",
                restore(&shown)
            ))),
            None if has_log => Err(Error::internal(format!(
                "the database {shown} is gone, and its {shown}-wal is there. It was left as it is. {}",
                restore(&shown)
            ))),
            None if self.was_in_use => {
                tracing::warn!(
                    file = shown,
                    "the database was here before and is gone; a new one is made"
                );
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn note_use(mut self) -> std::io::Result<()> {
        if self.was_in_use {
            return Ok(());
        }
        self.beside.write_all(
            b"The database beside this file is in use: if it is found empty, it was lost.\n",
        )
    }
}

/// The file of this ending beside another.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}

fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|found| found.len())
}
