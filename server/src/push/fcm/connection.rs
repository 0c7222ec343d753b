//! One HTTP/2 connection, opened when it is first needed and again when it is gone.
//!
//! On `h2` itself: a general client's pool, redirects and middleware cost more processor time for each message than
//! everything else of it (docs/PERFORMANCE.md), and what FCM needs of them stands here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::web::Bytes;
use h2::client::{Builder, SendRequest};
use h2::{Ping, PingPong, Reason};
use http::Request;
use tokio::sync::Mutex;

use super::dial::{CONNECT, Dialler};
use crate::push::exchange::{MAX_BODY_BYTES, Reply};
use crate::rt::clock::{real_sleep, real_timeout};
use crate::rt::spawn;

/// A connection with requests under way is probed this often, so that a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection broke: the request may or may not have been seen.
const TRANSPORT: &str = "TRANSPORT";

/// A connection, or none yet.
pub(super) struct Connection {
    dialler: Arc<Dialler>,
    /// One dials, the others wait for it.
    open: Mutex<Option<SendRequest<Bytes>>>,
    under_way: Arc<AtomicUsize>,
}

/// Why there is no answer.
enum Broken {
    /// Nobody looked at the request: it can be sent again.
    Unseen,
    /// It may have been looked at.
    Known(&'static str),
}

impl Connection {
    /// Not open yet.
    pub(super) fn new(dialler: Arc<Dialler>) -> Self {
        Self {
            dialler,
            open: Mutex::default(),
            under_way: Arc::default(),
        }
    }

    /// Requests under way or about to be.
    pub(super) fn under_way(&self) -> &AtomicUsize {
        &self.under_way
    }

    /// Sends the request and reads the answer; sent again, once, when the other side says that it did not look at it.
    ///
    /// # Errors
    /// A short code for what broke on the way.
    pub(super) async fn exchange(
        &self,
        request: Request<()>,
        body: Bytes,
    ) -> Result<Reply, &'static str> {
        match self.once(request.clone(), body.clone()).await {
            Err(Broken::Unseen) => self.once(request, body).await.map_err(Broken::code),
            other => other.map_err(Broken::code),
        }
    }

    async fn once(&self, request: Request<()>, body: Bytes) -> Result<Reply, Broken> {
        let mut sender = self.sender().await.map_err(Broken::Known)?;
        let (response, mut sent) = sender
            .send_request(request, false)
            .map_err(|_| Broken::Unseen)?;
        // An error here is the stream's, and the answer says which.
        let _ = sent.send_data(body, true);
        let (head, mut body) = response
            .await
            .map_err(|error| Broken::of(&error))?
            .into_parts();
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body: capped(&mut body)
                .await
                .map_err(|error| Broken::of(&error))?,
        })
    }

    /// A handle on an open connection.
    async fn sender(&self) -> Result<SendRequest<Bytes>, &'static str> {
        let mut open = self.open.lock().await;
        if let Some(sender) = open.as_ref()
            && let Ok(sender) = sender.clone().ready().await
        {
            return Ok(sender);
        }
        *open = None;
        let stream = self.dialler.dial().await?;
        let (sender, mut connection) = Builder::new()
            .enable_push(false)
            .handshake(stream)
            .await
            .map_err(|_| CONNECT)?;
        let pings = connection.ping_pong();
        let under_way = self.under_way.clone();
        spawn::driver(async move {
            tokio::select! {
                // Its end is every request's, which each says for itself.
                _ = connection => {}
                () = stays_silent(pings, &under_way) => {}
            }
        });
        *open = Some(sender.clone());
        Ok(sender)
    }
}

impl Broken {
    /// What became of the request, by RFC 9113: a stream refused, and one above the last of a graceful GOAWAY, was not
    /// processed (sections 6.8 and 8.7).
    fn of(error: &h2::Error) -> Self {
        let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
        let leaving = error.is_go_away() && error.reason() == Some(Reason::NO_ERROR);
        if error.is_remote() && (refused || leaving) {
            Self::Unseen
        } else {
            Self::Known(TRANSPORT)
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Unseen => TRANSPORT,
            Self::Known(code) => code,
        }
    }
}

/// The body, `None` when it is longer than is read.
async fn capped(body: &mut h2::RecvStream) -> Result<Option<Vec<u8>>, h2::Error> {
    let mut read = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        if read.len() + chunk.len() > MAX_BODY_BYTES {
            return Ok(None);
        }
        read.extend_from_slice(&chunk);
        body.flow_control().release_capacity(chunk.len())?;
    }
    Ok(Some(read))
}

/// Ends when the other side no longer answers a probe, or cannot.
async fn stays_silent(pings: Option<PingPong>, under_way: &AtomicUsize) {
    let Some(mut pings) = pings else {
        return std::future::pending().await;
    };
    loop {
        real_sleep(KEEP_ALIVE).await;
        if under_way.load(Ordering::Relaxed) == 0 {
            continue;
        }
        let answered = real_timeout(KEEP_ALIVE_TIMEOUT, pings.ping(Ping::opaque())).await;
        if !matches!(answered, Some(Ok(_))) {
            return;
        }
    }
}
