//! Rules of the house that no compiler knows: who may open which door, and how large a room may be.

use std::fs;
use std::path::{Path, PathBuf};

use footing_tests::repository;

/// A source file and its path from the root of the repository.
struct Source {
    path: String,
    text: String,
}

/// Every Rust file of these folders.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(&repository().join(folder), &mut paths);
    }
    let of_root = |path: &Path| {
        path.strip_prefix(repository())
            .unwrap()
            .display()
            .to_string()
    };
    paths
        .iter()
        .map(|path| Source {
            path: of_root(path),
            text: fs::read_to_string(path).unwrap(),
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

impl Source {
    /// The code without comments, and without its tests where they stand at the end.
    fn code(&self) -> String {
        let production = self
            .text
            .split("\n#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let lines = production
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Where these words stand in code, as `path: word`.
fn found(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for source in sources {
        let code = source.code();
        let here = words.iter().filter(|word| code.contains(**word));
        all.extend(here.map(|word| format!("{}: {word}", source.path)));
    }
    all
}

const NOTHING: Vec<String> = Vec::new();

#[test]
fn gait_opens_no_door() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::time::SystemTime",
        "std::time::Instant",
        "SystemTime::now",
        "Instant::now",
        "rand::",
        "tokio",
        "diesel",
        "async fn",
        "println!",
        "eprintln!",
    ];
    assert_eq!(found(&sources(&["gait/src"]), &words), NOTHING);
    let manifest = fs::read_to_string(repository().join("gait/Cargo.toml")).unwrap();
    let normal = manifest.split("[dev-dependencies]").next().unwrap();
    for name in [
        "tokio",
        "rand",
        "diesel",
        "actix",
        "reqwest",
        "footing-server",
        "footing-simulator",
    ] {
        assert!(!normal.contains(name), "gait depends on {name}");
    }
}

#[test]
fn nothing_but_the_tests_depends_on_the_simulator() {
    for package in ["gait", "server"] {
        let manifest = fs::read_to_string(repository().join(package).join("Cargo.toml")).unwrap();
        assert!(
            !manifest.contains("footing-simulator"),
            "{package} depends on the simulator"
        );
    }
}

#[test]
fn the_simulator_meets_the_server_at_its_front_door() {
    let simulator = sources(&["simulator/src"]);
    assert_eq!(found(&simulator, &["diesel"]), NOTHING);
    let rooms = [
        "access",
        "patients",
        "plans",
        "reminders",
        "insoles",
        "adherence",
        "jobs",
    ];
    for source in &simulator {
        for line in source.code().lines() {
            // Starting a server takes the options of its store, opening a clinic what the operator says.
            let is_option = ["StoreOptions", "DatabaseUrl", "NewClinic"]
                .iter()
                .any(|name| line.contains(name));
            let enters = line.contains("footing_server::store")
                || rooms
                    .iter()
                    .any(|room| line.contains(&format!("footing_server::{room}")));
            assert!(is_option || !enters, "{}: {line}", source.path);
            // The door for measuring single passes of the jobs, which no request reaches.
            let measures = source.path.starts_with("simulator/src/care_bench/");
            let by_bench = line.contains("footing_server::bench");
            assert!(measures || !by_bench, "{}: {line}", source.path);
        }
    }
}

#[test]
fn sql_is_spoken_in_the_store_only() {
    let mut outside = sources(&["server/src"]);
    // The error table knows what the store's errors mean; nothing else outside names diesel.
    outside.retain(|source| {
        !source.path.starts_with("server/src/store/") && source.path != "server/src/error.rs"
    });
    assert!(outside.len() > 30);
    let words = [
        "diesel",
        "SELECT ",
        "INSERT INTO",
        "UPDATE ",
        "DELETE FROM",
        "store::schema",
    ];
    assert_eq!(found(&outside, &words), NOTHING);
}

#[test]
fn dialects_are_spoken_in_one_file() {
    let mut store = sources(&["server/src/store"]);
    store.retain(|source| source.path != "server/src/store/backend.rs");
    let words = [
        "sql_query",
        "PgConnection",
        "SqliteConnection",
        "SKIP LOCKED",
        "PRAGMA",
        "pg_",
        "sqlite_",
    ];
    let mut places = found(&store, &words);
    // One statement both engines understand but for the clause backend.rs gives; diesel has no words for it.
    places.retain(|place| place != "server/src/store/leases.rs: sql_query");
    assert_eq!(places, NOTHING);
}

#[test]
fn doors_are_opened_in_rt_only() {
    let mut outside = sources(&["server/src", "simulator/src"]);
    outside.retain(|source| !source.path.starts_with("server/src/rt/"));
    let words = ["clippy::disallowed_methods"];
    let mut places = found(&outside, &words);
    places.retain(|place| {
        !place.starts_with("simulator/src/cli.rs") && !place.starts_with("simulator/src/main.rs")
    });
    assert_eq!(places, NOTHING, "a door was opened past the lint");
}

#[test]
fn an_exception_from_a_lint_has_a_reason() {
    let mut bare = Vec::new();
    for source in sources(&ALL) {
        for (place, attribute) in attributes(&source.text) {
            if !attribute.contains("reason") {
                bare.push(format!("{}:{place}: {attribute}", source.path));
            }
        }
    }
    assert_eq!(bare, NOTHING);
}

const ALL: [&str; 5] = [
    "gait",
    "server/src",
    "simulator",
    "tests/src",
    "tests/tests",
];

/// Every `allow` and `expect` of lints with its line, up to the bracket that closes it.
fn attributes(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let opens = ["#[allow(", "#![allow(", "#[expect(", "#![expect("]
            .iter()
            .any(|start| line.starts_with(start));
        if opens {
            let rest: Vec<&str> = text.lines().skip(number).collect();
            let rest = rest.join(" ");
            let end = rest.find(")]").map_or(rest.len(), |end| end + 2);
            all.push((number + 1, rest.get(..end).unwrap_or_default().to_owned()));
        }
    }
    all
}

#[test]
fn no_file_is_longer_than_can_be_read_at_a_sitting() {
    let long: Vec<String> = sources(&ALL)
        .iter()
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_eq!(long, NOTHING);
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("unimplemented", "!"),
    ];
    let mut places = Vec::new();
    for source in sources(&ALL) {
        for mark in marks {
            if source.text.contains(mark) {
                places.push(format!("{}: {mark}", source.path));
            }
        }
    }
    assert_eq!(places, NOTHING);
}

/// The rules above find what they forbid.
#[test]
fn the_rules_can_fail() {
    let source = |text: &str| Source {
        path: "x.rs".to_owned(),
        text: text.to_owned(),
    };
    let sample = [
        source("use std::fs;\n// diesel\n#[cfg(test)]\nmod tests {\ntokio"),
        source("diesel::insert"),
    ];
    assert_eq!(
        found(&sample, &["std::fs", "diesel", "tokio"]),
        ["x.rs: std::fs", "x.rs: diesel"]
    );
    let text = "#[allow(\n    dead_code\n)]\nfn a() {}\n#[expect(unused, reason = \"b\")]";
    let found = attributes(text);
    assert_eq!(found.len(), 2);
    assert!(!found[0].1.contains("reason") && found[1].1.contains("reason"));
}
