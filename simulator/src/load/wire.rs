//! The least client that keeps a connection busy: so that what is measured is the server.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::body::Body;

/// The request of a device, whole: its session ids are written anew for each sending.
///
/// # Errors
/// When the summary cannot be made.
pub(super) fn request(token: &str, batch: u32) -> anyhow::Result<Body> {
    let body = Body::new(batch)?;
    let head = format!(
        "POST /v1/me/insole-sessions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.bytes().len()
    );
    Ok(body.after(head.as_bytes()))
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
    pub(super) async fn send(&mut self, request: &Body) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request.bytes()).await?;
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
