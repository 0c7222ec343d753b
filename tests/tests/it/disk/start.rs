//! The command `footing` before a database that is empty, damaged, lost, newer than itself, or being made by somebody else.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use footing_tests::example::clinic_create;
use footing_tests::{Database, Raw, on_both_engines};
use tempfile::TempDir;

/// A folder with a database `footing.db`, in which commands are run.
struct Folder(TempDir);

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    said: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// One row of one number.
#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With a database in use: a clinic was opened in it, and nobody has it open.
    fn in_use() -> Self {
        let folder = Self::new();
        let made = Ended::from(folder.create("demo").wait_with_output().unwrap());
        assert_eq!(made.code, Some(0), "{}", made.said);
        folder
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn footing(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_footing-under-test"))
            .args(arguments)
            .env_clear()
            .current_dir(self.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn create(&self, slug: &str) -> Child {
        self.footing(&create(slug))
    }

    /// Starts a server, which must refuse.
    #[track_caller]
    fn must_refuse(&self, words: &[&str]) {
        let before = fs::read(self.file("footing.db")).ok();
        let mut child = self.footing(&["serve", "--listen", "127.0.0.1:0"]);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        if !line.is_empty() {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it serves: {line}");
        }
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
        for word in words {
            assert!(said.contains(word), "{word} is missing in\n{said}");
        }
        assert_eq!(
            fs::read(self.file("footing.db")).ok(),
            before,
            "it was changed"
        );
    }

    fn number(&self, sql: &str) -> i64 {
        let path = self.file("footing.db");
        let mut sqlite = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let row: NumberRow = diesel::sql_query(sql).get_result(&mut sqlite).unwrap();
        row.value
    }

    /// Overwrites a page, counted from 1.
    fn spoil(&self, page: i64) {
        let size = usize::try_from(self.number("SELECT page_size AS value FROM pragma_page_size"));
        let (size, page) = (size.unwrap(), usize::try_from(page).unwrap());
        let mut bytes = fs::read(self.file("footing.db")).unwrap();
        bytes[(page - 1) * size..page * size].fill(0xA5);
        fs::write(self.file("footing.db"), bytes).unwrap();
    }

    fn check(&self) -> Ended {
        self.footing(&["check"]).wait_with_output().unwrap().into()
    }
}

fn create(slug: &str) -> [&str; 12] {
    clinic_create(slug, "test.clinician@example.org")
}

/// What an operator does about it.
const RESTORE: &str = "mkdir damaged && mv footing.db* damaged/ && cp BACKUP footing.db";

#[test]
fn an_empty_file_of_a_database_that_was_in_use_is_not_made_anew() {
    let folder = Folder::in_use();
    fs::write(folder.file("footing.db"), "").unwrap();
    folder.must_refuse(&["footing.db is empty", "length: 0 bytes", RESTORE]);
}

#[test]
fn an_empty_file_of_unknown_origin_is_not_made_a_database() {
    let folder = Folder::new();
    fs::write(folder.file("footing.db"), "").unwrap();
    for _ in 0..2 {
        folder.must_refuse(&["footing.db is empty", "remove it and start again"]);
        fs::remove_file(folder.file("footing.db-start")).unwrap();
    }
}

#[test]
fn a_first_start_that_was_cut_off_is_made_good() {
    let folder = Folder::new();
    fs::write(folder.file("footing.db"), "").unwrap();
    fs::write(folder.file("footing.db-start"), "").unwrap();
    let made = Ended::from(folder.create("demo").wait_with_output().unwrap());
    assert_eq!(made.code, Some(0), "{}", made.said);
}

#[test]
fn a_log_without_its_database_is_not_thrown_away() {
    let folder = Folder::in_use();
    fs::remove_file(folder.file("footing.db")).unwrap();
    fs::write(folder.file("footing.db-wal"), vec![7; 4096]).unwrap();
    folder.must_refuse(&["footing.db is gone", "footing.db-wal", RESTORE]);
    assert_eq!(
        fs::read(folder.file("footing.db-wal")).unwrap(),
        vec![7; 4096]
    );
}

#[test]
fn a_damaged_file_is_refused_with_the_check_that_failed() {
    let refused = ["the database footing.db is damaged", RESTORE];
    let folder = Folder::in_use();
    let root = "SELECT rootpage AS value FROM sqlite_schema WHERE name = 'occurrences'";
    folder.spoil(folder.number(root));
    folder.must_refuse(&[refused[0], refused[1], "quick_check"]);
    assert_eq!(folder.check().code, Some(1));

    let folder = Folder::in_use();
    let bytes = fs::read(folder.file("footing.db")).unwrap();
    fs::write(
        folder.file("footing.db"),
        &bytes[..bytes.len() / 8192 * 4096],
    )
    .unwrap();
    folder.must_refuse(&refused);

    let folder = Folder::in_use();
    fs::write(folder.file("footing.db"), vec![0xA5; 65536]).unwrap();
    folder.must_refuse(&[refused[0], refused[1], "file is not a database"]);
    assert_eq!(folder.check().code, Some(1));
}

#[test]
fn check_looks_further_than_a_start() {
    let folder = Folder::in_use();
    let whole = folder.check();
    assert_eq!(whole.code, Some(0), "{}", whole.said);
    // An index that holds another value than its table: no page is damaged.
    let path = folder.file("footing.db");
    let mut sqlite = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    sqlite
        .batch_execute(
            "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON;
             CREATE TABLE spare (a INTEGER); CREATE INDEX spare_a ON spare (a);
             INSERT INTO spare VALUES (1);
             CREATE TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'spare_a';
             DELETE FROM sqlite_schema WHERE name = 'spare_a'; PRAGMA writable_schema = RESET",
        )
        .unwrap();
    sqlite
        .batch_execute(
            "UPDATE spare SET a = 2; PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema SELECT * FROM hidden; DROP TABLE hidden;
             PRAGMA writable_schema = RESET",
        )
        .unwrap();
    drop(sqlite);
    let damaged = folder.check();
    assert_eq!(damaged.code, Some(1));
    assert!(
        damaged.said.contains("missing from index"),
        "{}",
        damaged.said
    );
    let started = Ended::from(folder.create("other").wait_with_output().unwrap());
    assert_eq!(started.code, Some(0), "{}", started.said);

    let absent = Folder::new().check();
    assert_eq!(absent.code, Some(1));
    assert!(
        absent.said.contains("footing.db is not there"),
        "{}",
        absent.said
    );
}

#[test]
fn of_four_first_starts_at_once_one_migrates_and_the_others_wait() {
    for _ in 0..3 {
        let folder = Folder::new();
        let children = ["one", "two", "three", "four"].map(|slug| folder.create(slug));
        for child in children {
            let ended = Ended::from(child.wait_with_output().unwrap());
            assert_eq!(ended.code, Some(0), "{}", ended.said);
        }
        assert_eq!(folder.number("SELECT count(*) AS value FROM clinics"), 4);
    }
}

async fn a_database_of_a_newer_version_is_refused(database: Database) {
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000001')";
    Raw::connect(&database).execute(newer).unwrap();
    let folder = Folder::new();
    let address = database.address();
    let arguments = [&create("demo")[..], &["--database-url", &address]].concat();
    let ended = Ended::from(folder.footing(&arguments).wait_with_output().unwrap());
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    for words in ["belongs to a newer version", "20990101000001"] {
        assert!(ended.said.contains(words), "{}", ended.said);
    }
    let clinics = Raw::connect(&database).number("SELECT count(*) AS value FROM clinics");
    assert_eq!(clinics, 0);
}

on_both_engines!(a_database_of_a_newer_version_is_refused);
