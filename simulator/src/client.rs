//! Footing's HTTP API as a phone or a clinician's program speaks it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// A request is tried this often when the server is away or asks to wait.
const TRIES: u32 = 5;

/// A request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server cannot be reached.
    #[error("{path}: {source}")]
    Unreachable {
        /// Of which request.
        path: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The server refused.
    #[error("{path}: {status} {problem}")]
    Refused {
        /// Which request.
        path: String,
        /// The status.
        status: StatusCode,
        /// The problem document, as text.
        problem: String,
    },
}

/// The address of a server as a command line names it.
///
/// # Errors
/// When it is no address a server can be spoken to at.
pub fn address(text: &str) -> Result<String, &'static str> {
    let url = reqwest::Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(|_| text.trim_end_matches('/').to_owned())
        .ok_or("an address such as http://127.0.0.1:8080")
}

/// One caller.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A caller without credentials.
    ///
    /// # Errors
    /// When no HTTP client can be made on this machine.
    pub fn new(base: &str) -> Result<Self, reqwest::Error> {
        // A second installation in one process is refused, and is the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            token: None,
        })
    }

    /// The same connection pool with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// GET.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.send::<Value>(Method::GET, path, None).await
    }

    /// POST.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn post(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<Value, ClientError> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// PUT.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn put(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<Value, ClientError> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// Sends the same request until it is answered for good: every body carries ids of its own, so
    /// that a repeated one has one effect.
    async fn send<B: Serialize + ?Sized>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<Value, ClientError> {
        let mut tries = 1;
        loop {
            let answer = self.once(&method, path, body).await;
            let again = match &answer {
                Err(ClientError::Unreachable { .. }) => true,
                Err(ClientError::Refused { status, .. }) => {
                    *status == StatusCode::SERVICE_UNAVAILABLE
                        || *status == StatusCode::TOO_MANY_REQUESTS
                }
                Ok(_) => false,
            };
            if !again || tries == TRIES {
                return answer;
            }
            footing_server::rt::clock::real_sleep(Duration::from_millis(200 << tries)).await;
            tries += 1;
        }
    }

    async fn once<B: Serialize + ?Sized>(
        &self,
        method: &Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<Value, ClientError> {
        let unreachable = |source| ClientError::Unreachable {
            path: path.to_owned(),
            source,
        };
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let text = response.text().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(serde_json::from_str(&text).unwrap_or(json!(null)));
        }
        Err(ClientError::Refused {
            path: path.to_owned(),
            status,
            problem: text,
        })
    }
}
