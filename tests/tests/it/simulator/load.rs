//! `footing-sim load`: what it counts, what it measures, what it says of failures.

use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use footing_server::rt::clock::{Clock, VirtualClock, WallClock, real_sleep};
use footing_server::rt::spawn;
use footing_tests::example::plan_item;
use footing_tests::{Clinic, Database, TestServer, on_both_engines};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use super::{err, object, sim};

/// How long the fake server stalls.
const STALL: Duration = Duration::from_millis(300);

/// A server that takes every upload, one after the other, answers with a status, and stalls once: while it does, nobody
/// is answered.
struct FakeServer {
    base: String,
    seen: Arc<Mutex<usize>>,
}

impl FakeServer {
    async fn start(status: &'static str, stall_at: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(0));
        let counted = seen.clone();
        spawn::driver(async move {
            while let Ok((stream, _)) = listener.accept().await {
                spawn::driver(serve(stream, counted.clone(), status, stall_at));
            }
        });
        Self { base, seen }
    }

    /// Uploads with these arguments and gives what came of it.
    async fn uploads(&self, arguments: &[&str]) -> Output {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("tokens"), "one\ntwo\n").unwrap();
        let head = ["load", "uploads", "--server", &self.base];
        let tail = ["--token-file", "tokens", "--json"];
        sim(folder.path(), &[&head, arguments, &tail[..]].concat()).await
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<usize>>, status: &str, stall_at: usize) {
    let body = r#"{"results":[{"index":0,"disposition":"created"}]}"#;
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = request_end(&buffer) {
                break end;
            }
            if !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
                return;
            }
        };
        buffer.drain(..end);
        let mut seen = seen.lock().await;
        *seen += 1;
        if *seen == stall_at {
            real_sleep(STALL).await;
        }
        drop(seen);
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Where the first request of a buffer ends, if all of it is there.
fn request_end(buffer: &[u8]) -> Option<usize> {
    let body_at = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&buffer[..body_at])
        .unwrap()
        .to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let end = body_at + length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
    (buffer.len() >= end).then_some(end)
}

/// A stalled server holds up one request of a closed loop, which the 99th percentile passes over. In an open loop
/// everything that was meant to leave meanwhile waited as well, and is told so.
#[tokio::test]
async fn an_open_loop_counts_the_wait_that_a_closed_loop_hides() {
    let server = FakeServer::start("200 OK", 100).await;
    let closed = server
        .uploads(&["--connections", "1", "--requests", "300", "--seconds", "60"])
        .await;
    assert_eq!(err(&closed), "", "no bar where there is no terminal");
    let closed = object(&closed, 0);
    assert_eq!(*server.seen.lock().await, 300);
    let server = FakeServer::start("200 OK", 100).await;
    let open = server
        .uploads(&["--connections", "1", "--rate", "100", "--seconds", "3"])
        .await;
    let open = object(&open, 0);
    assert_eq!(*server.seen.lock().await, 300);
    for (run, pace) in [(&closed, "closed"), (&open, "open")] {
        assert_eq!(run["asked"]["pace"]["loop"], pace);
        assert_eq!(run["requests"], 300, "{run}");
        assert_eq!(run["statuses"]["200"], 300, "{run}");
        assert_eq!(run["kept"], 300, "{run}");
        assert_eq!(run["met"], true, "{run}");
        let timeline = run["timeline"].as_array().unwrap();
        let answered = timeline.iter().map(|second| second[0].as_u64().unwrap());
        assert_eq!(answered.sum::<u64>(), 300, "{run}");
    }
    let ms = |run: &Value, what: &str| run["latency_ms"]["upload"][what].as_f64().unwrap();
    assert!(
        ms(&closed, "max") >= 300.0 && ms(&closed, "p99") < 200.0,
        "{closed}"
    );
    assert!(
        ms(&open, "p99") >= 200.0,
        "the wait of 30 requests of 300 is omitted: {open}"
    );
    assert!(ms(&open, "max") >= ms(&open, "p999") && ms(&open, "p999") >= ms(&open, "p99"));
}

#[tokio::test]
async fn answers_are_counted_by_status_and_a_refusal_is_an_error() {
    let server = FakeServer::start("503 Service Unavailable", 0).await;
    let refused = object(
        &server
            .uploads(&["--requests", "7", "--connections", "2"])
            .await,
        1,
    );
    assert_eq!(refused["statuses"]["503"], 7, "{refused}");
    assert_eq!(
        (&refused["errors"], &refused["kept"]),
        (&7.into(), &0.into())
    );
    assert_eq!(refused["met"], false);
    // Of two summaries it tells what became of one.
    let server = FakeServer::start("200 OK", 0).await;
    let short = server.uploads(&["--requests", "2", "--batch", "2"]).await;
    assert_eq!(object(&short, 1)["statuses"]["200, items missing"], 2);
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let server = FakeServer { base, ..server };
    let away = object(&server.uploads(&["--requests", "3"]).await, 1);
    assert_eq!(away["statuses"]["no connection"], 3, "{away}");
}

#[tokio::test]
async fn the_page_of_a_run_has_plots_and_loads_nothing() {
    let server = FakeServer::start("200 OK", 0).await;
    let page = TempDir::new().unwrap();
    let file = page.path().join("load.html").display().to_string();
    let run = server
        .uploads(&["--rate", "200", "--seconds", "1", "--report", &file])
        .await;
    assert_eq!(object(&run, 0)["requests"], 200);
    let html = std::fs::read_to_string(file).unwrap();
    assert_eq!(html.matches("<svg class=\"plot\"").count(), 2, "{html}");
    assert!(html.contains("<h1>Load: load uploads</h1>"), "{html}");
    for forbidden in ["<script", "src=", "href=", "url("] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

/// Today's occurrences of a patient, by phase.
async fn phases(clinic: &Clinic, patient: &str) -> Vec<String> {
    let day = clinic
        .clinician
        .get(&format!("/v1/patients/{patient}/occurrences"))
        .await;
    let day = day.expect(200);
    let occurrences = day["occurrences"].as_array().unwrap().iter();
    occurrences
        .map(|one| one["phase"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_morning_sync_leaves_an_answer_of_each_phone(database: Database) {
    // A phone's clock may be wrong by a day at most, and this phone's is the machine's.
    let morning = format!("{}T06:00:00Z", WallClock.now().strftime("%Y-%m-%d"));
    let clock = VirtualClock::new(morning.parse().unwrap());
    let server = TestServer::start_at(&database, clock).await;
    let clinic = Clinic::open(&server, "demo").await;
    let folder = TempDir::new().unwrap();
    let (mut patients, mut tokens) = (Vec::new(), String::new());
    for number in 0..5 {
        let patient = clinic.patient(&format!("Test Patient {number:02}")).await;
        let items = [plan_item("calf-wall-stretch", &["08:30", "19:00"])];
        clinic.publish(&patient, 0, &items).await;
        let phone = clinic.device(&patient, None).await;
        tokens += &format!("{}\n", phone.token().unwrap());
        patients.push(patient);
    }
    std::fs::write(folder.path().join("tokens"), tokens).unwrap();
    let base = server.base();
    let run = |phones: &'static str| {
        let words = [
            "load",
            "morning-sync",
            "--server",
            &base,
            "--token-file",
            "tokens",
        ];
        let more = ["--phones", phones, "--within", "1", "--json"];
        let (words, folder) = ([words.as_slice(), &more].concat(), folder.path());
        async move { sim(folder, &words).await }
    };
    let synced = object(&run("4").await, 0);
    assert_eq!(
        (&synced["kept"], &synced["requests"]),
        (&8.into(), &8.into()),
        "{synced}"
    );
    for times in ["day_read", "answers_taken", "whole_sync"] {
        assert_eq!(synced["latency_ms"][times]["count"], 4, "{synced}");
    }
    for (number, patient) in patients.iter().enumerate() {
        let expected = if number < 4 { "done" } else { "upcoming" };
        let phases = phases(&clinic, patient).await;
        assert_eq!(phases.len(), 2);
        let all = phases
            .iter()
            .all(|phase| phase == expected || (number == 4 && phase == "open"));
        assert!(all, "{number}: {phases:?}");
    }
    // Nothing is open any more: four phones read, and only the fifth answers.
    let again = object(&run("5").await, 0);
    assert_eq!(
        (&again["kept"], &again["requests"]),
        (&2.into(), &6.into()),
        "{again}"
    );
    let more = run("6").await;
    assert_eq!(
        more.status.code(),
        Some(2),
        "six phones of five tokens: {}",
        err(&more)
    );
    server.stop().await;
}

on_both_engines!(a_morning_sync_leaves_an_answer_of_each_phone);

/// A server and a gateway of its own, in real time: up to a minute is spent waiting for the minute to be whole.
#[tokio::test]
async fn prompts_of_one_minute_are_all_at_the_gateway() {
    let folder = TempDir::new().unwrap();
    let run = sim(
        folder.path(),
        &["load", "prompts", "--patients", "6", "--json"],
    )
    .await;
    let run = object(&run, 0);
    assert_eq!(
        (&run["kept"], &run["errors"]),
        (&6.into(), &0.into()),
        "{run}"
    );
    let late = &run["latency_ms"]["accepted_after_due"];
    assert_eq!(late["count"], 6, "{run}");
    assert!(late["max"].as_f64().unwrap() < 60_000.0, "{run}");
}
