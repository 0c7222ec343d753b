//! A server that is told to stop, once and twice.

use footing_server::rt::clock::real_timeout;
use footing_tests::{Caller, Database};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{PATIENCE, Scene, UPLOADS, in_time, session};
use crate::installed::Server;

/// A request that was begun and not finished.
struct Begun {
    line: TcpStream,
    rest: Vec<u8>,
}

impl Begun {
    /// Sends all but the last bytes.
    async fn send(server: &Server, request: &[u8]) -> Self {
        let mut line = answered(server).await;
        let (now, later) = request.split_at(request.len() - 2);
        line.write_all(now).await.unwrap();
        Self {
            line,
            rest: later.to_vec(),
        }
    }

    /// Sends the rest and gives the whole answer.
    async fn finish(mut self) -> String {
        self.line.write_all(&self.rest).await.unwrap();
        let mut answer = Vec::new();
        let read = in_time(self.line.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        read.unwrap_or_else(|error| panic!("{error} after {answer}"));
        answer
    }
}

/// A connection on which one request was answered, so that it is known to be served.
async fn answered(server: &Server) -> TcpStream {
    let mut line = TcpStream::connect(server.address()).await.unwrap();
    let head = "GET /livez HTTP/1.1\r\nHost: test\r\n\r\n";
    line.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = in_time(line.read_buf(&mut answer)).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
    }
    line
}

fn upload_of(phone: &Caller, number: u64) -> Vec<u8> {
    let body = json!({ "sessions": [session(number)] }).to_string();
    let token = phone.token().unwrap();
    format!(
        "POST {UPLOADS} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Waits until it takes no new connection.
async fn closed(server: &Server) {
    let closed = async {
        while TcpStream::connect(server.address()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    real_timeout(PATIENCE, closed).await.expect("it closes");
}

async fn what_is_under_way_is_answered(signal: &str) {
    let scene = Scene::new(Database::sqlite()).await;
    let mut server = scene.shell.serve(&[]);
    let phone = scene.phone(&server);
    let begun = Begun::send(&server, &upload_of(&phone, 1)).await;
    let mut idle = answered(&server).await;
    server.signal(signal);
    // A balancer that asks whether it is ready finds the door shut, also on a line it kept.
    closed(&server).await;
    let mut nothing = Vec::new();
    in_time(idle.read_to_end(&mut nothing)).await.unwrap();
    assert!(nothing.is_empty());

    let answer = begun.finish().await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(answer.contains("created"), "{answer}");
    let status = server.ended(PATIENCE).await.expect("it ends");
    assert_eq!(status.code(), Some(0), "{}", scene.shell.log());

    let next = scene.shell.serve(&[]);
    let listed = scene.phone(&next).get(UPLOADS).await.expect(200);
    let sessions: &Vec<Value> = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "what was answered is there");
}

#[tokio::test]
async fn told_to_stop_it_takes_nothing_new_and_answers_what_is_under_way() {
    what_is_under_way_is_answered("TERM").await;
}

#[tokio::test]
async fn interrupted_it_takes_nothing_new_and_answers_what_is_under_way() {
    what_is_under_way_is_answered("INT").await;
}

#[tokio::test]
async fn told_twice_it_waits_for_nobody_and_says_so() {
    let scene = Scene::new(Database::sqlite()).await;
    for (first, second) in [("TERM", "TERM"), ("INT", "TERM"), ("TERM", "INT")] {
        let mut server = scene.shell.serve(&[]);
        let phone = scene.phone(&server);
        let begun = Begun::send(&server, &upload_of(&phone, 1)).await;
        server.signal(first);
        closed(&server).await;
        assert!(server.child.try_wait().unwrap().is_none(), "it waits");
        server.signal(second);
        let status = server.ended(PATIENCE).await.expect("it ends");
        assert_eq!(status.code(), Some(1), "{first}, {second}");
        drop(begun);
    }
    let log = scene.shell.log();
    let said = log.matches("stopped before everything had ended").count();
    assert_eq!(said, 3, "{log}");
    let next = scene.shell.serve(&[]);
    let listed = scene.phone(&next).get(UPLOADS).await.expect(200);
    assert_eq!(listed["sessions"], json!([]), "nothing half was kept");
}
