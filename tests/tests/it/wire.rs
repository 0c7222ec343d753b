//! HTTP by hand, for what a well-behaved client does not send.

use std::time::Duration;

use footing_server::rt::clock::real_timeout;
use footing_tests::{Reply, TestServer};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No answer takes longer, the slowest time limit of the server included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens a connection.
pub(crate) async fn connect(server: &TestServer) -> TcpStream {
    let base = server.base();
    TcpStream::connect(base.trim_start_matches("http://"))
        .await
        .expect("the server listens")
}

/// Sends bytes on a connection of its own and reads the first answer.
pub(crate) async fn exchange(server: &TestServer, request: &[u8]) -> Reply {
    let mut stream = connect(server).await;
    // A server that has seen enough closes while we still send; what it said is there to be read.
    let _ = stream.write_all(request).await;
    read(&mut stream).await
}

/// Reads one answer.
pub(crate) async fn read(stream: &mut TcpStream) -> Reply {
    real_timeout(PATIENCE, read_reply(stream))
        .await
        .expect("the server answers in time")
}

/// Whether the server ends the connection, whatever it still says.
pub(crate) async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    real_timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .is_some()
}

async fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if !more(stream, &mut bytes).await {
            break bytes.len();
        }
    };
    let (status, headers) = parse_head(&bytes[..end]);
    let length = headers
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let start = (end + 4).min(bytes.len());
    while length.is_none_or(|length: usize| bytes.len() < start + length) {
        if status == 0 || !more(stream, &mut bytes).await {
            break;
        }
    }
    Reply {
        status,
        headers,
        body: bytes[start..].to_vec(),
    }
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 4096];
    match stream.read(&mut chunk).await {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            bytes.extend_from_slice(&chunk[..count]);
            true
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Status 0 where the server closed without a word.
fn parse_head(head: &[u8]) -> (u16, HeaderMap) {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let name: HeaderName = name.parse().expect("a header's name");
        headers.append(
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        );
    }
    (status.unwrap_or(0), headers)
}
