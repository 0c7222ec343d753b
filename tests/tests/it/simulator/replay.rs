//! `footing-sim replay`: many recordings in their order, at their distance, whatever one of them is like.

use std::path::Path;
use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock};
use footing_tests::{Clinic, Database, TestServer, on_both_engines};
use serde_json::Value;
use tempfile::TempDir;

use super::{err, lines, sim};

/// Three sessions a day apart, the second of them broken.
async fn three_walks(folder: &Path) -> Vec<String> {
    let words = [
        "generate",
        "--scenario",
        "neutral",
        "--sessions",
        "3",
        "--json",
    ];
    let made = sim(folder, &[&words[..], &["--out", "walks"]].concat()).await;
    let made: Vec<String> = lines(&made)
        .iter()
        .map(|line| line["recording"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(made.len(), 3);
    let broken = folder.join(&made[1]);
    let text = std::fs::read_to_string(&broken).unwrap();
    std::fs::write(&broken, text.replace("\n1.00\t", "\nnan\t")).unwrap();
    made
}

async fn a_folder_is_replayed_but_for_what_is_broken(database: Database) {
    let server = TestServer::start(&database).await;
    let clinic = Clinic::open(&server, "demo").await;
    let patient = clinic.patient("Test Patient 01").await;
    let phone = clinic.device(&patient, None).await;
    let folder = TempDir::new().unwrap();
    let made = three_walks(folder.path()).await;
    std::fs::write(folder.path().join("token"), phone.token().unwrap()).unwrap();
    let (base, folder) = (server.base(), folder.path());
    let replay = |more: &'static [&'static str]| {
        let words = [
            "replay",
            "walks",
            "--server",
            &base,
            "--token-file",
            "token",
            "--json",
        ];
        let start = ["--start", "2026-02-20T08:00:00Z"];
        let words = [words.as_slice(), &start, more].concat();
        async move { sim(folder, &words).await }
    };
    let dry = replay(&["--dry-run", "--speed", "86400"]).await;
    assert_eq!(lines(&dry)[0]["disposition"], "dry_run");
    assert_eq!(lines(&dry)[2]["after_s"], 2.0, "two days, a day a second");
    let stored = clinic
        .clinician
        .get(&format!("/v1/patients/{patient}/insole-sessions"))
        .await;
    assert_eq!(
        stored.expect(200)["sessions"].as_array().unwrap().len(),
        0,
        "a dry run"
    );

    let sent = replay(&[]).await;
    assert_eq!(sent.status.code(), Some(1), "{}", err(&sent));
    assert!(err(&sent).contains("neutral-1-0-1-0.txt"), "{}", err(&sent));
    let told = lines(&sent);
    let of = |told: &[Value], what: &str| -> Vec<Value> {
        told.iter().map(|line| line[what].clone()).collect()
    };
    assert_eq!(of(&told, "recording"), made);
    assert_eq!(
        of(&told, "disposition"),
        ["created".into(), Value::Null, "created".into()]
    );
    assert!(told[1]["error"].is_string(), "{}", told[1]);
    // The times in the files are a day apart, and a broken one keeps its place.
    assert_eq!(told[0]["start"], "2026-02-20T08:00:00Z");
    assert_eq!(told[2]["start"], "2026-02-22T08:00:00Z");

    let before = WallClock.running_for();
    let again = replay(&["--speed", "172800"]).await;
    assert!(
        WallClock.running_for() - before >= Duration::from_secs(1),
        "two days, half a second each"
    );
    let again = lines(&again);
    assert_eq!(
        of(&again, "session_id"),
        of(&told, "session_id"),
        "the same sessions"
    );
    assert_eq!(again[0]["disposition"], "duplicate");

    let closer = lines(&replay(&["--every", "12h"]).await);
    assert_eq!(closer[2]["start"], "2026-02-21T08:00:00Z");
    assert_eq!(closer[2]["disposition"], "created", "another session");
    server.stop().await;
}

on_both_engines!(a_folder_is_replayed_but_for_what_is_broken);
