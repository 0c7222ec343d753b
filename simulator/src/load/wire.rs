//! The least client that keeps a connection busy: so that what is measured is the server.

use std::net::SocketAddr;

use anyhow::Context;
use gait::summary::Simulation;
use gait::{Options, SessionSummary};
use jiff::Timestamp;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::replay::summarise;
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;

/// The session every upload is made of: two minutes of a simulated walk.
fn summary() -> anyhow::Result<SessionSummary> {
    let scenario = scenario::by_name("neutral").context("the neutral scenario")?;
    let walk = simulate(&scenario.plan(StreamKey::from_seed(1)))?;
    let analysis = gait::analyze(&walk.recording, &Options::default());
    let began = Timestamp::from_second(1_760_000_000)?;
    Ok(summarise(
        &analysis,
        "moticon-16",
        Some(Simulation {
            seed: 1,
            scenario: scenario.name.to_owned(),
        }),
        began,
        "UTC",
    ))
}

/// Length of the JSON body of an upload.
///
/// # Errors
/// When the summary cannot be made.
pub(super) fn body_length(batch: u32) -> anyhow::Result<usize> {
    Ok(Template::new("", batch)?.body_length)
}

/// A request whose session ids are written anew for each sending.
#[derive(Clone)]
pub(super) struct Template {
    bytes: Vec<u8>,
    ids_at: Vec<usize>,
    body_length: usize,
}

/// Stands where an id goes: as long as one, and nowhere else in the body.
const MARK: &str = "99999999-9999-7999-8999-999999999999";

impl Template {
    /// The request of a device.
    ///
    /// # Errors
    /// When the summary cannot be made.
    pub(super) fn new(token: &str, batch: u32) -> anyhow::Result<Self> {
        let one = SessionSummary {
            session_id: MARK.to_owned(),
            ..summary()?
        };
        let sessions: Vec<&SessionSummary> = (0..batch).map(|_| &one).collect();
        let body = json!({ "sessions": sessions }).to_string();
        let head = format!(
            "POST /v1/me/insole-sessions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let ids_at = body
            .match_indices(MARK)
            .map(|(at, _)| head.len() + at)
            .collect();
        Ok(Self {
            body_length: body.len(),
            bytes: (head + &body).into_bytes(),
            ids_at,
        })
    }

    /// Writes fresh ids; `counter` never repeats within a run.
    pub(super) fn renew(&mut self, run: u64, counter: &mut u64) {
        for &at in &self.ids_at {
            let id =
                Uuid::from_u64_pair(0x0199_0000_0000_7000 | (run & 0xfff), (1 << 63) | *counter);
            *counter += 1;
            let mut text = [0; 36];
            id.hyphenated().encode_lower(&mut text);
            if let Some(place) = self.bytes.get_mut(at..at + text.len()) {
                place.copy_from_slice(&text);
            }
        }
    }

    /// Summaries in one request.
    pub(super) fn batch(&self) -> usize {
        self.ids_at.len()
    }
}

/// A connection that is kept.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub(super) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends the request and reads the answer; its body is returned.
    ///
    /// # Errors
    /// When the connection breaks or the answer is not 200.
    pub(super) async fn send(&mut self, template: &Template) -> anyhow::Result<&[u8]> {
        self.stream.write_all(&template.bytes).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                anyhow::bail!("the server closed the connection");
            }
            if let Some((body_at, end)) = answer_bounds(&self.buffer)
                && self.buffer.len() >= end
            {
                let text = String::from_utf8_lossy(&self.buffer);
                anyhow::ensure!(self.buffer.starts_with(b"HTTP/1.1 200"), "{text}");
                return self.buffer.get(body_at..end).context("the answer's body");
            }
        }
    }
}

/// Where the body of a complete head begins and where the answer ends.
fn answer_bounds(buffer: &[u8]) -> Option<(usize, usize)> {
    let body_at = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(buffer.get(..body_at)?).ok()?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    Some((body_at, body_at + length.trim().parse::<usize>().ok()?))
}
