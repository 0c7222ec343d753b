//! A log that goes to a pipe: read by nobody, or late.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStderr, Stdio};
use std::time::Duration;

use footing_tests::{Caller, Database};

use super::{PATIENCE, Scene, in_time, upload};
use crate::installed::Server;

/// Requests that fill pipe and memory with lines about them.
const REQUESTS: usize = 1500;

/// A server that says all it can, to a pipe.
fn talkative(scene: &Scene) -> (Server, ChildStderr) {
    let mut command = scene.shell.command(&["serve", "--log", "trace"]);
    let mut server = Server::start(command.stderr(Stdio::piped())).expect("it listens");
    let said = server.child.stderr.take().unwrap();
    (server, said)
}

async fn ask(caller: &Caller, times: usize) {
    for _ in 0..times {
        in_time(caller.get("/v1/me")).await.expect(200);
    }
}

#[tokio::test]
async fn a_log_nobody_reads_holds_nobody_up_and_what_was_lost_is_counted() {
    let scene = Scene::new(Database::sqlite()).await;
    let (mut server, said) = talkative(&scene);
    let phone = scene.phone(&server);
    ask(&phone, REQUESTS).await;
    upload(&phone, 0..1).await.expect(200);

    // Somebody reads again: what waited comes, then how much did not.
    let mut lines = BufReader::new(said).lines();
    let lost = lines.find(|line| {
        let line = line.as_ref().unwrap();
        line.contains("WARN") && line.contains("lines of the log were lost")
    });
    let lost = lost.unwrap().unwrap();
    let (_, count) = lost.rsplit_once("lost=").expect("a number");
    assert!(count.trim().parse::<u64>().unwrap() > 0, "{lost}");
    upload(&phone, 1..2).await.expect(200);

    // Nobody reads again, and it ends as it should.
    ask(&phone, REQUESTS / 10).await;
    server.signal("TERM");
    let status = server.ended(PATIENCE).await.expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn what_waits_at_the_end_is_written_before_the_process_is_gone() {
    let scene = Scene::new(Database::sqlite()).await;
    let (mut server, mut said) = talkative(&scene);
    let phone = scene.phone(&server);
    // More than a pipe holds, less than waits in memory.
    ask(&phone, REQUESTS / 10).await;
    server.signal("TERM");
    // Everything else is over soon, and nobody reads yet.
    let ended = server.ended(Duration::from_millis(400)).await;
    assert!(ended.is_none(), "it did not wait for who reads");
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    let status = server.ended(PATIENCE).await.expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert!(text.len() > 128 * 1024, "{} bytes of log", text.len());
    let stopping = text.find("stopping").expect("the last words");
    let end = &text[stopping..];
    assert!(end.ends_with('\n'), "a whole line: {end}");
}
