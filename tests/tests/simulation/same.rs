//! One seed decides everything: the same run comes to the same, on both engines.

use serde_json::Value;

use footing_tests::Database;

use crate::command::seeds;

fn only(arguments: &[&str]) -> Value {
    let mut all = seeds(arguments);
    assert_eq!(all.len(), 1);
    let seed = all.remove(0);
    assert_eq!(seed["findings"], serde_json::json!([]), "{arguments:?}");
    seed
}

fn hashes(seed: &Value) -> (String, String) {
    let hash = |field: &str| seed[field].as_str().unwrap().to_owned();
    (hash("events_hash"), hash("state_hash"))
}

#[test]
fn the_same_seed_comes_to_the_same_and_another_to_something_else() {
    for scenario in ["everyday", "storm"] {
        let run = |seed: &str| only(&[scenario, "--seed", seed, "--days", "4"]);
        let (one, again, other) = (run("3"), run("3"), run("5"));
        assert_eq!(hashes(&one), hashes(&again), "{scenario}");
        assert_ne!(hashes(&one), hashes(&other), "{scenario}");
        // Two replicas of one history are equal to the byte.
        assert!(one["data_hash"].is_string(), "{scenario}: {one}");
        assert_eq!(one["data_hash"], again["data_hash"], "{scenario}");
        assert_ne!(one["data_hash"], other["data_hash"], "{scenario}");
    }
}

#[test]
fn sqlite_and_postgres_come_to_the_same() {
    let Some(database) = Database::postgres("sqlite_and_postgres_come_to_the_same") else {
        return;
    };
    let size = ["everyday", "--seed", "2", "--days", "5", "--patients", "6"];
    let memory = only(&size);
    let postgres = only(&[&size[..], &["--database-url", &database.address()]].concat());
    assert_eq!(hashes(&memory), hashes(&postgres));
}

/// With processes that end at any piece of work, stand still, and whose clocks differ.
#[test]
fn two_servers_on_sqlite_and_on_postgres_come_to_the_same() {
    let Some(database) =
        Database::postgres("two_servers_on_sqlite_and_on_postgres_come_to_the_same")
    else {
        return;
    };
    let size = [
        "two_servers",
        "--seed",
        "3",
        "--days",
        "4",
        "--patients",
        "4",
    ];
    let memory = only(&size);
    let postgres = only(&[&size[..], &["--database-url", &database.address()]].concat());
    assert_eq!(hashes(&memory), hashes(&postgres));
    for met in [
        "two servers shared the database",
        "a server stood still",
        "the process crashed",
    ] {
        assert!(memory["reached"][met].is_number(), "{met}: {memory}");
    }
}

#[test]
fn stopping_earlier_is_the_beginning_of_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let until = [
        "everyday",
        "--seed",
        "4",
        "--days",
        "6",
        "--until",
        "2026-03-18T03:00:00+01:00",
    ];
    only(&[&until[..], &["--events", &file("short")]].concat());
    only(&[
        "everyday",
        "--seed",
        "4",
        "--days",
        "6",
        "--events",
        &file("long"),
    ]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (short, long) = (read("short"), read("long"));
    let acts = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("\"what\""));
        lines.map(str::to_owned).collect()
    };
    let (short, long) = (acts(&short), acts(&long));
    assert!(short.len() > 20 && short.len() < long.len());
    let before: Vec<&String> = long
        .iter()
        .filter(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            value["at"].as_str().unwrap() < "2026-03-18T02:00:00Z"
        })
        .collect();
    for (own, other) in short.iter().zip(before) {
        assert_eq!(own, other);
    }
}

#[test]
fn a_postgres_without_a_server_is_named() {
    let output = crate::command::run(&[
        "run",
        "everyday",
        "--days",
        "1",
        "--database-url",
        "postgres://nobody@127.0.0.1:1/none",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        crate::command::err(&output).contains("seed 1"),
        "{}",
        crate::command::err(&output)
    );
}

/// The file was written on one machine and is held against the run on every other.
#[test]
fn every_machine_comes_to_the_same() {
    let runs = [
        &["everyday", "--seed", "1", "--days", "6"][..],
        &["storm", "--seeds", "0..12"],
    ];
    let lines = runs.into_iter().flat_map(|run| {
        seeds(run).into_iter().map(move |seed| {
            let (events, _) = hashes(&seed);
            format!("{} {} {events}", run[0], seed["seed"])
        })
    });
    let found = format!("{HEAD}{}\n", lines.collect::<Vec<_>>().join("\n"));
    let path = footing_tests::repository().join("tests/hashes.txt");
    if std::env::var_os("FOOTING_WRITE_HASHES").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        found, written,
        "where the server was to behave otherwise, FOOTING_WRITE_HASHES=1 writes tests/hashes.txt anew"
    );
}

const HEAD: &str = "# What runs of the simulation come to: scenario, seed, hash of the log of events.
# Held against each run, on whatever machine; FOOTING_WRITE_HASHES=1 cargo test -p footing-tests --test simulation every_machine
# writes it anew where the server was to behave otherwise.
";
