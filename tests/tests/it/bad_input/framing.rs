//! Media types, sizes, slowness, and bytes that are hardly HTTP.

use footing_tests::{Caller, Database, Reply, TestServer};
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::{CANARY, JsonRoute, assert_refused};
use crate::wire;
use crate::world::World;

/// The head of a request, from a caller, with more headers.
fn head(method: &str, path: &str, caller: &Caller, more: &str) -> String {
    let token = caller.token().map_or(String::new(), |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\n{token}{more}\r\n")
}

async fn send(world: &World, json: &JsonRoute, more: &str, body: &[u8]) -> Reply {
    let path = json.route.filled(&world.ids);
    let mut bytes = head(json.route.method, &path, json.caller(world), more).into_bytes();
    bytes.extend_from_slice(body);
    wire::exchange(&world.server, &bytes).await
}

fn length(body: &[u8]) -> String {
    format!("Content-Length: {}\r\n", body.len())
}

async fn other_media_types_are_refused(database: Database) {
    let world = World::set(&database).await;
    let before = world.state().await;
    for json in JsonRoute::all(&world) {
        let body = json.valid.to_string().into_bytes();
        for media_type in [
            "",
            "Content-Type: text/plain\r\n",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "Content-Type: application/json5\r\n",
            "Content-Type: application/jsonp; a=application/json\r\n",
            "Content-Type: multipart/form-data; boundary=x\r\n",
            "Content-Type: zq9canary7f3a/json\r\n",
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            "Content-Type: application/json\r\nContent-Encoding: identity\r\n",
        ] {
            let reply = send(
                &world,
                &json,
                &(media_type.to_owned() + &length(&body)),
                &body,
            )
            .await;
            assert_refused(&reply, 415, &format!("{} with {media_type:?}", json.name()));
        }
    }
    assert_eq!(world.state().await, before);
}

async fn a_body_has_a_largest_size(database: Database) {
    let world = World::set(&database).await;
    for json in JsonRoute::all(&world) {
        let name = json.name();
        let media_type = "Content-Type: application/json\r\n";
        let mut full = json.valid.to_string().into_bytes();
        // Space after a document is part of the body and changes nothing.
        full.resize(json.limit, b' ');
        let reply = send(
            &world,
            &json,
            &(media_type.to_owned() + &length(&full)),
            &full,
        )
        .await;
        assert_eq!(
            reply.status,
            json.route.status,
            "{name} at its limit: {}",
            reply.text()
        );
        full.push(b' ');
        let reply = send(
            &world,
            &json,
            &(media_type.to_owned() + &length(&full)),
            &full,
        )
        .await;
        assert_refused(&reply, 413, &format!("{name} one byte above its limit"));
        let claim = format!("{media_type}Content-Length: 100000000\r\n");
        let reply = send(&world, &json, &claim, b"").await;
        assert_refused(&reply, 413, &format!("{name} that claims 100 MB"));
        assert_eq!(reply.header("connection"), "close", "{name}");
        let chunked = format!("{media_type}Transfer-Encoding: chunked\r\n");
        let reply = send(&world, &json, &chunked, &chunks(&full)).await;
        let context = format!("{name} in chunks, one byte above its limit");
        assert_refused(&reply, 413, &context);
        full.pop();
        let reply = send(&world, &json, &chunked, &chunks(&full)).await;
        assert_eq!(
            reply.status, json.route.status,
            "{name} in chunks, at its limit"
        );
        let endless = chunks(&vec![b' '; json.limit + 0x8000]);
        let endless = endless.strip_suffix(b"0\r\n\r\n").unwrap();
        let reply = send(&world, &json, &chunked, endless).await;
        assert_refused(&reply, 413, &format!("{name} in chunks without end"));
    }
}

/// A body in chunks of 16 KiB.
fn chunks(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(0x4000) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

async fn a_body_that_ends_early_is_refused(database: Database) {
    let world = World::set(&database).await;
    let before = world.state().await;
    for json in JsonRoute::all(&world) {
        let body = json.valid.to_string().into_bytes();
        let more = format!("Content-Type: application/json\r\n{}", length(&body));
        let path = json.route.filled(&world.ids);
        let mut bytes = head(json.route.method, &path, json.caller(&world), &more).into_bytes();
        bytes.extend_from_slice(&body[..body.len() - 1]);
        let mut stream = wire::connect(&world.server).await;
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let reply = wire::read(&mut stream).await;
        assert!(
            matches!(reply.status, 0 | 400),
            "{}: {}",
            json.name(),
            reply.status
        );
    }
    assert_eq!(world.state().await, before);
}

/// Requests that two servers in a row could read differently, or that are none.
async fn what_is_hardly_http_gets_no_answer_of_ours(database: Database) {
    let server = TestServer::start(&database).await;
    let many: String = (0..200).map(|n| format!("X-{n}: {CANARY}\r\n")).collect();
    let wide = format!("X-Wide: {}\r\n", CANARY.repeat(20_000));
    let requests: Vec<(&str, Vec<u8>)> = vec![
        ("two lengths", b"POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".to_vec()),
        ("length and chunks", b"POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec()),
        ("negative length", b"POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n".to_vec()),
        ("length with a plus", b"POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: +2\r\n\r\n{}".to_vec()),
        ("an unknown coding", b"POST /v1/sessions HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: zip\r\n\r\n".to_vec()),
        ("a wrong chunk size", b"POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n".to_vec()),
        ("a folded header", b"GET /v1/patients HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n".to_vec()),
        ("a space before the colon", b"GET /v1/patients HTTP/1.1\r\nHost : t\r\n\r\n".to_vec()),
        ("HTTP/0.9", b"GET /v1/patients\r\n\r\n".to_vec()),
        ("HTTP/3.0", b"GET /v1/patients HTTP/3.0\r\nHost: t\r\n\r\n".to_vec()),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("noise", vec![0xff; 4096]),
        ("200 headers", format!("GET /v1/patients HTTP/1.1\r\nHost: t\r\n{many}\r\n").into_bytes()),
        ("a header of 260 kB", format!("GET /v1/patients HTTP/1.1\r\nHost: t\r\n{wide}\r\n").into_bytes()),
        ("a NUL in a header", b"GET /v1/patients HTTP/1.1\r\nHost: t\r\nX: a\x00b\r\n\r\n".to_vec()),
    ];
    for (fault, request) in requests {
        let mut stream = wire::connect(&server).await;
        let _ = stream.write_all(&request).await;
        let _ = stream.shutdown().await;
        let reply = wire::read(&mut stream).await;
        let refused = reply.status == 0 || (400..500).contains(&reply.status);
        assert!(refused, "{fault}: {} {}", reply.status, reply.text());
        assert!(!reply.text().contains(CANARY), "{fault}");
        assert!(reply.status != 401, "{fault} got as far as a handler");
    }
    let alive = server.anonymous().get("/livez").await.expect(200);
    assert_eq!(alive["status"], Value::from("ok"));
}

/// Waits in real time: a body has 14 s, a head 5 s.
async fn a_slow_sender_is_let_go(database: Database) {
    let server = TestServer::start(&database).await;
    let slow_body = async {
        let more = "Content-Type: application/json\r\nContent-Length: 100\r\n";
        let mut stream = wire::connect(&server).await;
        let head = head("POST", "/v1/sessions", &server.anonymous(), more);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"{\"clinic\":").await.unwrap();
        let reply = wire::read(&mut stream).await;
        assert_refused(&reply, 408, "a slow body");
        assert_eq!(reply.header("connection"), "close");
        assert!(wire::is_closed(&mut stream).await);
    };
    let slow_head = async {
        let mut stream = wire::connect(&server).await;
        stream
            .write_all(b"GET /v1/patients HTTP/1.1\r\nHos")
            .await
            .unwrap();
        let reply = wire::read(&mut stream).await;
        assert!(
            matches!(reply.status, 0 | 408),
            "a slow head: {}",
            reply.status
        );
        assert!(wire::is_closed(&mut stream).await);
    };
    let others = async {
        // Nobody waits for the slow ones.
        server.anonymous().get("/readyz").await.expect(200);
    };
    tokio::join!(slow_body, slow_head, others);
}

mod sqlite {
    //! What never reaches the store is tried once.

    use footing_tests::{Database, engines::run};

    #[test]
    fn other_media_types_are_refused() {
        run(super::other_media_types_are_refused(Database::sqlite()));
    }

    #[test]
    fn a_body_has_a_largest_size() {
        run(super::a_body_has_a_largest_size(Database::sqlite()));
    }

    #[test]
    fn a_body_that_ends_early_is_refused() {
        run(super::a_body_that_ends_early_is_refused(Database::sqlite()));
    }

    #[test]
    fn what_is_hardly_http_gets_no_answer_of_ours() {
        run(super::what_is_hardly_http_gets_no_answer_of_ours(
            Database::sqlite(),
        ));
    }

    #[test]
    fn a_slow_sender_is_let_go() {
        run(super::a_slow_sender_is_let_go(Database::sqlite()));
    }
}
