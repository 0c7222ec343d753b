//! HTTP as someone outside hears it: an answer, or nothing.

use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

/// Longer than any good answer takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Milliseconds since the Unix epoch, on the clock that phones, gateway, killer and server share.
pub(crate) fn now_ms() -> i64 {
    WallClock.now().as_millisecond()
}

/// A line to the server.
#[derive(Clone)]
pub(crate) struct Wire {
    http: reqwest::Client,
    base: String,
}

impl Wire {
    pub(crate) fn to(base: String) -> Self {
        // A second installation in one process is refused, and is the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { http, base }
    }

    /// Status and JSON body, or `None` when the line broke before the whole answer was there.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.ok()?;
        Some((
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        ))
    }

    /// The body of a successful answer, for the quiet times before and after.
    pub(crate) async fn sure(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Value {
        let (status, answer) = self
            .ask(method, path, token, body)
            .await
            .expect("the server answers");
        assert!(
            (200..300).contains(&status),
            "{path} answered {status}: {answer}"
        );
        answer
    }

    /// [`Wire::sure`] with GET.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Value {
        self.sure(Method::GET, path, token, None).await
    }
}

/// A text of an answer.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {value}"))
        .to_owned()
}
