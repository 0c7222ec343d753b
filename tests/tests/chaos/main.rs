//! Footing killed in the middle of its work, twenty times, and stopped once under load: a real server
//! process on real sockets, phones and a push gateway outside it, and a checker that believes only what
//! those outside wrote down. No acknowledged upload or answer may be lost, no due prompt unsent, and no
//! prompt sent twice but one that was under way when the server died or whose answer got lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop where they find something broken"
)]

mod chance;
mod checker;
mod clinic;
mod dump;
mod evidence;
mod installation;
mod killer;
mod phone;
mod prescription;
mod records;
mod report;
mod scenario;
mod wire;

use footing_tests::Database;

/// Runs the scenario, prints what it came to, and fails with every broken promise.
fn run(name: &str, database: Database) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(scenario::run(name, database));
    eprintln!("{name}: {report}");
    let broken = report.broken();
    assert!(
        broken.is_empty(),
        "{name}: {} promises broken\n  {}",
        broken.len(),
        broken.join("\n  ")
    );
}

#[test]
fn twenty_kills_and_a_stop_lose_nothing_on_sqlite() {
    run("sqlite", Database::sqlite());
}

#[test]
fn twenty_kills_and_a_stop_lose_nothing_on_postgres() {
    let name = "twenty_kills_and_a_stop_lose_nothing_on_postgres";
    if let Some(database) = Database::postgres(name) {
        run("postgres", database);
    }
}
