//! `footing-sim clinic run` before servers of other processes: started for the run, killed, and staging ones.

use std::path::Path;
use std::process::Output;

use footing_server::access::service::NewClinic;
use footing_server::store::backend::Engine;
use footing_tests::{Database, TestServer, on_both_engines};
use serde_json::Value;
use tempfile::TempDir;

use super::{err, object, out, sim};

/// What is run everywhere: it begins on Monday, 16 March 2026, in Berlin.
const RUN: [&str; 7] = [
    "clinic",
    "run",
    "everyday",
    "--patients",
    "3",
    "--days",
    "3",
];
/// A moment at which nobody acts, and one in the second before the clinicians begin their day and find something to do: it
/// ends after them.
const KILLS: [&str; 4] = [
    "--kill-at",
    "2026-03-16T20:30:00Z",
    "--kill-at",
    "2026-03-18T07:59:59.5Z",
];
const BINARY: &str = env!("CARGO_BIN_EXE_footing-under-test");

async fn run(folder: &Path, more: &[&str]) -> Output {
    sim(folder, &[&RUN[..], more, &["--json"]].concat()).await
}

/// The one outcome of a run in which no promise was broken.
async fn lived(folder: &TempDir, more: &[&str]) -> Value {
    let outcome = object(&run(folder.path(), more).await, 0);
    assert_eq!(outcome["findings"], serde_json::json!([]), "{outcome}");
    outcome
}

fn hashes(outcome: &Value) -> (&Value, &Value) {
    (&outcome["state_hash"], &outcome["events_hash"])
}

/// Another empty database of the same engine.
fn another(database: &Database) -> Database {
    match database.engine() {
        Engine::Sqlite => Database::sqlite(),
        Engine::Postgres => Database::postgres("clinic").unwrap(),
    }
}

async fn a_scenario_comes_to_the_same_in_this_process_in_another_and_through_kills(
    database: Database,
) {
    let folder = TempDir::new().unwrap();
    let reference = lived(&folder, &[]).await;
    assert!(reference["messages"].as_u64() > Some(10), "{reference}");
    let databases = [another(&database), another(&database)].map(|one| (one.address(), one));
    let (address, spawn) = (database.address(), ["--spawn", "--binary", BINARY]);
    let on = |address| ["--database-url", address];
    let same = lived(&folder, &on(&address)).await;
    assert_eq!(hashes(&same), hashes(&reference), "in process");
    let [(first, _), (second, _)] = &databases;
    let same = lived(&folder, &[&spawn[..], &on(first)].concat()).await;
    assert_eq!(hashes(&same), hashes(&reference), "spawned");
    assert_eq!(same["messages"], reference["messages"]);
    let same = lived(&folder, &[&spawn[..], &on(second), &KILLS].concat()).await;
    assert_eq!(hashes(&same), hashes(&reference), "spawned and killed");
    assert_eq!(same["processes"], 3, "{same}");
}

on_both_engines!(a_scenario_comes_to_the_same_in_this_process_in_another_and_through_kills);

/// The other way round: hashes that never differ would say nothing.
#[tokio::test]
async fn another_seed_is_another_state_and_kills_in_process_are_none() {
    let folder = TempDir::new().unwrap();
    let reference = lived(&folder, &[]).await;
    let killed = lived(&folder, &KILLS).await;
    assert_eq!(hashes(&killed), hashes(&reference));
    assert_eq!(
        (&reference["processes"], &killed["processes"]),
        (&1.into(), &3.into())
    );
    let other = lived(&folder, &["--seed", "2"]).await;
    assert_ne!(other["state_hash"], reference["state_hash"]);
    assert_ne!(other["events_hash"], reference["events_hash"]);
}

/// S20 as it is written, smaller, with the lines the hash is of.
#[tokio::test]
async fn the_replay_scenario_says_the_same_line_by_line() {
    let folder = TempDir::new().unwrap();
    let small = |file| {
        [
            "clinic",
            "run",
            "s20_replay",
            "--patients",
            "3",
            "--days",
            "3",
            "--state",
            file,
        ]
    };
    let here = sim(folder.path(), &small("here")).await;
    let kills = ["--kill-at", "2026-02-02T18:00:30Z"];
    let spawn = ["--spawn", "--binary", BINARY];
    let there = sim(
        folder.path(),
        &[&small("there")[..], &spawn, &kills].concat(),
    )
    .await;
    for run in [&here, &there] {
        assert_eq!(run.status.code(), Some(0), "{}{}", out(run), err(run));
    }
    let [here, there] =
        ["here", "there"].map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap());
    assert!(here.lines().count() > 20, "{here}");
    assert_eq!(here, there);
}

/// What breaks between two acts can break there too, and every promise holds.
#[tokio::test]
async fn a_spawned_server_is_killed_and_stopped_as_the_scenario_has_it() {
    let folder = TempDir::new().unwrap();
    let shown = out(&sim(folder.path(), &["clinic", "show", "everyday"]).await);
    let faults = "\n[faults.process]\ncrashes_each_day = 1\nstops_each_day = 1\n";
    std::fs::write(folder.path().join("own.toml"), shown + faults).unwrap();
    let words = ["clinic", "run", "own.toml", "--patients", "3"];
    let more = [
        "--days", "3", "--spawn", "--binary", BINARY, "--json", "--seed",
    ];
    let outcome = object(
        &sim(folder.path(), &[&words[..], &more, &["2"]].concat()).await,
        0,
    );
    assert!(outcome["processes"].as_u64() > Some(3), "{outcome}");
    for reached in ["the process crashed", "the process was stopped"] {
        assert!(outcome["reached"][reached].is_u64(), "{reached}: {outcome}");
    }
}

fn new_clinic(slug: &str, sandbox: bool) -> NewClinic {
    NewClinic {
        slug: slug.to_owned(),
        name: "Test Clinic".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        clinician_name: "Test Clinician".to_owned(),
        email: format!("whoever@{slug}.example.org"),
        sandbox,
    }
}

/// The codes of two clinics as `footing clinic create` prints them, in a file.
async fn codes(folder: &TempDir, server: &TestServer, sandbox: bool) {
    let mut lines = String::new();
    for slug in ["sim-1", "next-1"] {
        let opened = server.open_clinic(new_clinic(slug, sandbox)).await;
        let code = opened.code.reveal();
        lines += &format!("Clinic {slug} is open:\nhttps://sandbox.example.org/welcome#{code}\n\n");
    }
    std::fs::write(folder.path().join("codes"), lines).unwrap();
}

async fn staged(folder: &TempDir, server: &TestServer) -> Output {
    let base = server.base();
    let more = ["--server", &base, "--code-file", "codes"];
    run(folder.path(), &more).await
}

async fn before_a_staging_server_it_comes_to_the_same_state(database: Database) {
    let folder = TempDir::new().unwrap();
    let reference = lived(&folder, &[]).await;
    let server = TestServer::start_sandbox(&database).await;
    codes(&folder, &server, true).await;
    let staged_once = object(&staged(&folder, &server).await, 0);
    assert_eq!(staged_once["findings"], serde_json::json!([]));
    assert_eq!(staged_once["state_hash"], reference["state_hash"]);
    assert_eq!(staged_once["messages"], 0, "its gateway is not ours");
    // It has lived: another run does not begin on it.
    let folder = TempDir::new().unwrap();
    let more = [new_clinic("sim-1a", true), new_clinic("next-1a", true)];
    let mut lines = String::new();
    for new in more {
        lines += &format!("{}\n", server.open_clinic(new).await.code.reveal());
    }
    std::fs::write(folder.path().join("codes"), lines).unwrap();
    let again = staged(&folder, &server).await;
    assert_eq!(again.status.code(), Some(1), "{}", out(&again));
    assert!(err(&again).contains("fresh sandbox"), "{}", err(&again));
    server.stop().await;
}

on_both_engines!(before_a_staging_server_it_comes_to_the_same_state);

#[tokio::test]
async fn a_server_that_is_no_sandbox_is_refused() {
    for (sandbox, why) in [
        (false, "is no sandbox"),
        (true, "start it with sandbox_clock = true"),
    ] {
        let folder = TempDir::new().unwrap();
        let server = TestServer::start(&Database::sqlite()).await;
        codes(&folder, &server, sandbox).await;
        let refused = staged(&folder, &server).await;
        assert_eq!(refused.status.code(), Some(1), "{}", out(&refused));
        assert!(err(&refused).contains(why), "{}", err(&refused));
        server.stop().await;
    }
}

#[tokio::test]
async fn wrong_flags_are_2() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("codes"), "one\n").unwrap();
    let url = "http://127.0.0.1:1";
    for more in [
        &[
            "--spawn",
            "--server",
            url,
            "--code-file",
            "codes",
            "--seed",
            "1",
        ][..],
        &["--binary", BINARY],
        &["--spawn", "--binary", "no-such-command"],
        &["--server", url],
        &["--code-file", "codes"],
        // Two clinics, and one code.
        &["--server", url, "--code-file", "codes"],
        &["--server", "localhost", "--code-file", "codes"],
        &[
            "--server",
            url,
            "--code-file",
            "codes",
            "--database-url",
            "sqlite:x",
        ],
        &["--server", url, "--code-file", "codes", "--seeds", "1..3"],
        &[
            "--server",
            url,
            "--code-file",
            "codes",
            "--kill-at",
            KILLS[1],
        ],
        &["--kill-at", "yesterday"],
        &["--kill-at", "2026-03-15T12:00:00Z"],
        &["--kill-at", "2026-03-19T12:00:00Z"],
    ] {
        let output = run(folder.path(), more).await;
        let said = err(&output);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {said}");
        assert!(!said.is_empty(), "{more:?}");
    }
}
