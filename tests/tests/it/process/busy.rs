//! A database that keeps everybody waiting: statements that hold every connection, a writer that does not end, a reader
//! beside whom SQLite's log grows.

use footing_tests::{Caller, Clinic, Database, Raw, Reply, TestServer};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use super::{PHONES, Scene, in_time, kept, until, upload};

/// Connections of a server of a test.
const CONNECTIONS: i64 = 4;
/// More than those.
const CALLERS: usize = 12;

fn is_put_off(answer: &Reply) -> bool {
    if answer.status != 503 {
        return false;
    }
    assert_eq!(answer.problem(), "unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    true
}

#[tokio::test]
async fn statements_that_hold_every_connection_put_others_off_in_time_and_then_it_goes_on() {
    let name = "process::statements_that_hold_every_connection_put_others_off_in_time";
    let Some(database) = Database::postgres(name) else {
        return;
    };
    let server = TestServer::start(&database).await;
    let clinician = Clinic::open(&server, "demo").await.clinician;
    let path = "/v1/patients";
    let mut raw = Raw::connect(&database);
    raw.execute("BEGIN; LOCK TABLE access_tokens IN ACCESS EXCLUSIVE MODE")
        .unwrap();

    let mut asked: FuturesUnordered<_> = (0..CALLERS).map(|_| clinician.get(path)).collect();
    let mut other = Raw::connect(&database);
    let waiting =
        "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut held = || other.number(&format!("SELECT count(*) AS value FROM {waiting}"));
    tokio::select! {
        answer = asked.next() => panic!("answered: {answer:?}"),
        () = until("held", async || held() == CONNECTIONS) => {}
    }
    // Those that have no connection are told so; meanwhile the process is alive, and not ready.
    let (ready, first) = tokio::join!(in_time(clinician.get("/readyz")), in_time(asked.next()));
    assert!(is_put_off(&first.unwrap()) && is_put_off(&ready));
    in_time(clinician.get("/livez")).await.expect(200);
    for _ in 0..CALLERS - 1 - usize::try_from(CONNECTIONS).unwrap() {
        assert!(is_put_off(&in_time(asked.next()).await.unwrap()));
    }
    // What ends the others is what ends a statement after 30 s.
    let end = format!(
        "DO 'BEGIN PERFORM pg_cancel_backend(pid) FROM {} ; END'",
        waiting.replace('\'', "''")
    );
    other.execute(&end).unwrap();
    while let Some(answer) = in_time(asked.next()).await {
        assert!(is_put_off(&answer), "{}", answer.text());
    }
    raw.execute("COMMIT").unwrap();
    for answer in join_all((0..CALLERS).map(|_| in_time(clinician.get(path)))).await {
        answer.expect(200);
    }
    in_time(clinician.get("/readyz")).await.expect(200);
}

#[tokio::test]
async fn who_waits_for_a_writer_that_does_not_end_is_put_off_together_and_then_it_goes_on() {
    let scene = Scene::new(Database::sqlite()).await;
    let server = scene.shell.serve(&[]);
    let phones = scene.phones(&server);
    let mut raw = Raw::connect(&scene.shell.database);
    raw.execute("BEGIN IMMEDIATE").unwrap();
    // Each alone would wait five seconds after the one before.
    let writes = (0..CALLERS).map(|_| {
        let path = format!("/v1/patients/{}/enrolment-codes", scene.patient);
        let clinician = scene.clinician(&server);
        async move { in_time(clinician.post(&path, &json!({}))).await }
    });
    for answer in join_all(writes).await {
        assert!(is_put_off(&answer), "{} {}", answer.status, answer.text());
    }
    in_time(phones[0].get("/v1/me")).await.expect(200);
    raw.execute("ROLLBACK").unwrap();
    upload(&phones[0], 0..1).await.expect(200);
    assert_eq!(kept(&scene.shell.database).len(), 1);
}

/// What SQLite's log may keep on the disk once nobody reads from it.
const LOG_BYTES: u64 = 16 * 1024 * 1024;

fn log_bytes(database: &Database) -> u64 {
    let file = format!("{}-wal", database.address().trim_start_matches("sqlite:"));
    std::fs::metadata(file).map_or(0, |file| file.len())
}

async fn write(phones: &[Caller], batches: std::ops::Range<u64>) {
    for batch in batches {
        let phone = &phones[usize::try_from(batch).unwrap() % PHONES];
        upload(phone, 100 * batch..100 * batch + 100)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn beside_a_long_reader_the_log_grows_and_after_it_shrinks_again() {
    let scene = Scene::new(Database::sqlite()).await;
    let server = scene.shell.serve(&[]);
    let phones = scene.phones(&server);
    let database = &scene.shell.database;
    write(&phones, 0..1).await;
    let mut reader = Raw::connect(database);
    reader.execute("BEGIN").unwrap();
    let count = "SELECT count(*) AS value FROM insole_sessions";
    assert_eq!(reader.number(count), 100);
    let mut batch = 1;
    while log_bytes(database) <= LOG_BYTES + 1024 * 1024 {
        assert!(batch < 200, "the log does not grow");
        write(&phones, batch..batch + 1).await;
        batch += 1;
    }
    assert_eq!(reader.number(count), 100, "one moment of the data");
    reader.execute("COMMIT").unwrap();
    // The first write after it looks into the log once more, the next begins it anew.
    write(&phones, batch..batch + 3).await;
    let size = log_bytes(database);
    assert!(size <= LOG_BYTES, "{size} bytes");
    assert_eq!(
        kept(database).len(),
        100 * usize::try_from(batch + 3).unwrap()
    );
}
