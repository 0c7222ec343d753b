//! One exchange with a gateway, bounded in time by its client and in size here.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::outbound;

/// Most of an answer that is read. FCM's own answers have a few hundred bytes.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// `None` when it is longer than this reads.
    pub(super) body: Option<Vec<u8>>,
}

impl Reply {
    /// The `Retry-After` header as text.
    pub(super) fn retry_after(&self) -> Option<&str> {
        self.headers.get(RETRY_AFTER)?.to_str().ok()
    }
}

/// Sends the request and reads the answer. The error is a short code for what broke on the way.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Reply, &'static str> {
    let response = request
        .send()
        .await
        .map_err(|error| transport_code(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = capped_body(response)
        .await
        .map_err(|error| transport_code(&error))?;
    Ok(Reply {
        status,
        headers,
        body,
    })
}

async fn capped_body(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn transport_code(error: &reqwest::Error) -> &'static str {
    if outbound::was_refused(error) {
        outbound::REFUSED
    } else if error.is_timeout() {
        "TIMEOUT"
    } else if error.is_connect() {
        "CONNECT"
    } else {
        "TRANSPORT"
    }
}
