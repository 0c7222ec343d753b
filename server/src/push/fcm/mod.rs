//! Firebase Cloud Messaging over its HTTP v1 API.
//!
//! The crate `fcm` (0.9.2, its last release) is the message model: `envelope` composes with its
//! builders, and `answer` reads `Retry-After` with its parser. Its own client is not used, because it
//! posts to the legacy endpoint `/fcm/send` with a server key, which Google switched off from July 2024
//! (<https://firebase.google.com/docs/cloud-messaging/migrate-v1>), and it has no way to set another. What is
//! sent here is the v1 envelope: `POST /v1/projects/{project}/messages:send` with an OAuth2 bearer
//! token (`token`).

pub(super) mod answer;
mod connection;
mod dial;
mod envelope;
mod http;
mod pool;
mod service_account;
mod token;

use std::sync::Arc;
use std::time::Duration;

use ::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use ::http::{HeaderValue, Method, Request, Uri};
use actix_web::web::Bytes;
use futures_util::future::BoxFuture;

use self::answer::Answer;
use self::dial::Dialler;
use self::pool::Pool;
use self::token::{AccessToken, TokenSource};
use super::{Outcome, PushChannel, PushMessage, PushTarget, UnixClock};
use crate::rt::clock::real_timeout;

pub use service_account::{ServiceAccount, ServiceAccountError};

/// Where FCM answers.
pub const FCM_ENDPOINT: &str = "https://fcm.googleapis.com";

/// How to reach FCM.
#[derive(Debug)]
pub struct FcmConfig {
    /// Who sends, and for which project.
    pub service_account: ServiceAccount,
    /// Base address, [`FCM_ENDPOINT`] unless a test or a proxy says otherwise; `https` only.
    pub endpoint: String,
    /// A certificate authority trusted besides the system's, as PEM.
    pub extra_root_ca_pem: Option<String>,
    /// Limit for one request, from connecting to the last byte of the answer. A whole
    /// [`send`](PushChannel::send) ends within three times this.
    pub request_timeout: Duration,
    /// Connections opened at most, at least one: each carries a hundred messages at once.
    pub connections: usize,
}

impl FcmConfig {
    /// Google's endpoint, the system's certificate authorities, ten seconds, ten connections.
    pub fn new(service_account: ServiceAccount) -> Self {
        Self {
            service_account,
            endpoint: FCM_ENDPOINT.to_owned(),
            extra_root_ca_pem: None,
            request_timeout: Duration::from_secs(10),
            connections: pool::CONNECTIONS,
        }
    }
}

/// Why the channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum FcmSetupError {
    /// An address is not an `https` URL. Tokens and credentials are never sent in clear.
    #[error("{what} must be an https address")]
    NotHttps {
        /// Which address.
        what: &'static str,
    },
    /// The extra certificate authority cannot be read.
    #[error("the extra certificate authority is no PEM certificate")]
    RootCa,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// The channel. A few HTTP/2 connections for everything; make one channel and share it.
pub struct FcmChannel {
    pool: Pool,
    send_uri: Uri,
    tokens: TokenSource,
    request_timeout: Duration,
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl FcmChannel {
    /// Sets the channel up; the first send connects.
    ///
    /// # Errors
    /// When an address or certificate in `config` is unusable.
    pub fn new(config: FcmConfig, clock: UnixClock) -> Result<Self, FcmSetupError> {
        let account = config.service_account;
        let base = http::https_url(&config.endpoint, "the FCM endpoint")?;
        let token_url = http::https_url(account.token_uri(), "the service account's token_uri")?;
        let loopback_only = http::is_loopback(&base) && http::is_loopback(&token_url);
        let root_ca = config.extra_root_ca_pem.as_deref();
        let http = http::client(root_ca, loopback_only)?;
        let dialler = Dialler::new(&base, root_ca, loopback_only)?;
        let not_https = || FcmSetupError::NotHttps {
            what: "the FCM endpoint",
        };
        let path = format!("/v1/projects/{}/messages:send", account.project_id());
        let send_url = base.join(&path).map_err(|_| not_https())?;
        let send_uri = send_url.as_str().parse().map_err(|_| not_https())?;
        let clock: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::from(clock);
        let tokens = TokenSource::new(
            account,
            token_url,
            http,
            config.request_timeout,
            clock.clone(),
        );
        Ok(Self {
            pool: Pool::new(dialler, config.connections),
            send_uri,
            tokens,
            request_timeout: config.request_timeout,
            clock,
        })
    }

    /// One attempt; a second one when the first shows that the access token went stale.
    async fn attempt(&self, body: Bytes) -> Outcome {
        let token = match self.tokens.get().await {
            Ok(token) => token,
            Err(outcome) => return outcome.into(),
        };
        let code = match self.post(&token, body.clone()).await {
            Answer::Final(outcome) => return outcome,
            Answer::CredentialsRefused { code } => code,
        };
        tracing::info!(
            code,
            "the push gateway refused the access token; asking for a new one"
        );
        let token = match self.tokens.replace(&token).await {
            Ok(token) => token,
            Err(outcome) => return outcome.into(),
        };
        match self.post(&token, body).await {
            Answer::Final(outcome) => outcome,
            Answer::CredentialsRefused { code } => Outcome::Unauthorized { code },
        }
    }

    async fn post(&self, token: &AccessToken, body: Bytes) -> Answer {
        let place = self.pool.place();
        let exchange = place
            .connection()
            .exchange(self.request(token, body.len()), body);
        match real_timeout(self.request_timeout, exchange).await {
            Some(Ok(reply)) => answer::classify(&reply, (self.clock)()),
            Some(Err(code)) => Answer::Final(retry(code)),
            None => Answer::Final(retry("TIMEOUT")),
        }
    }

    fn request(&self, token: &AccessToken, length: usize) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.send_uri.clone();
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token.header());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(USER_AGENT, HeaderValue::from_static(http::USER_AGENT));
        request
    }
}

impl PushChannel for FcmChannel {
    fn name(&self) -> &'static str {
        "fcm"
    }

    /// Ends within three request time limits. A time-out does not tell whether the gateway accepted.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Ok(body) = envelope::compose(target, message, (self.clock)()) else {
                return Outcome::Rejected {
                    code: "COMPOSE".to_owned(),
                };
            };
            real_timeout(self.request_timeout * 3, self.attempt(Bytes::from(body)))
                .await
                .unwrap_or_else(|| retry("TIMEOUT"))
        })
    }
}

fn retry(code: &str) -> Outcome {
    Outcome::RetryAfter {
        delay: None,
        code: code.to_owned(),
    }
}
