//! A backup made the way docs/OPERATIONS.md says while phones upload, and what a server makes of it.

use std::cell::Cell;
use std::path::Path;
use std::process::Command;

use footing_server::rt::spawn::Blocking;
use footing_server::store::backend::Engine;
use footing_tests::require::skip_or_fail;
use footing_tests::{Caller, Database, Raw, on_both_engines};
use futures_util::future::{join, join_all};
use serde_json::json;

use super::{PHONES, Scene, UPLOADS, kept, session, until, upload};
use crate::installed::Shell;

on_both_engines!(a_backup_made_under_load_is_one_moment_of_the_data_and_serves);

/// Sessions of one phone have numbers from here on.
fn first(phone: usize) -> u64 {
    100_000 * u64::try_from(phone).unwrap()
}

/// How far one phone has come.
#[derive(Default)]
struct Progress {
    begun: Cell<u64>,
    acknowledged: Cell<u64>,
}

impl Progress {
    /// Uploads one session after the other.
    async fn upload(&self, phone: &Caller, first: u64, over: &Cell<bool>) {
        while !over.get() {
            let number = first + self.begun.get();
            self.begun.set(self.begun.get() + 1);
            upload(phone, number..number + 1).await.expect(200);
            self.acknowledged.set(self.begun.get());
        }
    }
}

/// `VACUUM INTO` or `pg_dump`, as OPERATIONS says.
async fn back_up(database: &Database, file: &Path) {
    let file = file.display().to_string();
    match database.engine() {
        Engine::Sqlite => {
            let mut raw = Raw::connect(database);
            let copied = move || raw.execute(&format!("VACUUM INTO '{file}'"));
            Blocking::Threads
                .run("backup", copied)
                .await
                .unwrap()
                .unwrap();
        }
        Engine::Postgres => {
            let (format, file) = ("--format=custom".to_owned(), format!("--file={file}"));
            run("pg_dump", &[format, file, database.address()]).await;
        }
    }
}

/// The backup in an empty place.
async fn restore(beside: &Database, file: &Path) -> Database {
    let empty = beside.empty_beside();
    match empty.engine() {
        Engine::Sqlite => {
            let address = empty.address();
            std::fs::copy(file, address.trim_start_matches("sqlite:")).unwrap();
        }
        Engine::Postgres => {
            let to = format!("--dbname={}", empty.address());
            run("pg_restore", &[to, file.display().to_string()]).await;
        }
    }
    empty
}

async fn run(program: &str, words: &[String]) {
    let output = tokio::process::Command::new(program).args(words).output();
    let output = output
        .await
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
}

async fn a_backup_made_under_load_is_one_moment_of_the_data_and_serves(database: Database) {
    let has_tools = || Command::new("pg_dump").arg("--version").output().is_ok();
    if database.engine() == Engine::Postgres && !has_tools() {
        skip_or_fail("process::backup on PostgreSQL", "pg_dump");
        return;
    }
    let scene = Scene::new(database).await;
    let server = scene.shell.serve(&[]);
    let file = scene.shell.folder().join("backup");
    let phones = scene.phones(&server);
    let (over, progress) = (Cell::new(false), <[Progress; PHONES]>::default());
    let all = |least: [u64; PHONES]| {
        let far = |(one, least): (&Progress, u64)| one.acknowledged.get() >= least;
        progress.iter().zip(least).all(far)
    };
    let load = progress.iter().zip(&phones).enumerate();
    let load = join_all(load.map(|(place, (one, phone))| one.upload(phone, first(place), &over)));
    let backup = async {
        until("under way", async || all([5; PHONES])).await;
        let low: Vec<u64> = progress.iter().map(|one| one.acknowledged.get()).collect();
        back_up(&scene.shell.database, &file).await;
        let high = std::array::from_fn(|place| progress[place].begun.get());
        until("further", async || all(high.map(|begun| begun + 3))).await;
        over.set(true);
        (low, high)
    };
    let (_, (low, high)) = join(load, backup).await;
    drop(server);

    let restored = Shell::new(restore(&scene.shell.database, &file).await);
    if restored.database.engine() == Engine::Sqlite {
        let (code, said) = restored.run(&["check"]);
        assert_eq!(code, Some(0), "{said}");
    }
    let found = kept(&restored.database);
    for place in 0..PHONES {
        let from = first(place);
        let own: Vec<u64> = found.range(from..from + 100_000).copied().collect();
        let count = u64::try_from(own.len()).unwrap();
        let without_gaps: Vec<u64> = (from..from + count).collect();
        assert_eq!(own, without_gaps, "phone {place}: one moment has no gaps");
        let (low, high) = (low[place], high[place]);
        assert!((low..=high).contains(&count), "{count} of {low} to {high}");
    }

    // The phones come again with everything they keep.
    let server = restored.serve(&[]);
    for (place, phone) in scene.phones(&server).iter().enumerate() {
        let sent = progress[place].begun.get();
        for number in first(place)..first(place) + sent {
            let body = json!({ "sessions": [session(number)] });
            let told = phone.post(UPLOADS, &body).await.expect(200);
            let was_there = found.contains(&number);
            let expected = if was_there { "duplicate" } else { "created" };
            assert_eq!(told["results"][0]["disposition"], json!(expected));
        }
    }
    assert_eq!(kept(&restored.database), kept(&scene.shell.database));
}
