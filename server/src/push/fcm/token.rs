//! OAuth2 access tokens for a service account: the JWT bearer grant (RFC 7523), signed with `ring`.
//!
//! A token is fetched once, shared, and replaced shortly before it expires. However many sends want
//! one, one request is under way (single flight), and after a failure nobody asks again before a
//! back-off: neither an expired token nor a dead endpoint can become a storm. Why no crate does this:
//! `docs/decisions/*-push-credentials.md`.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::answer::{retry_delay, sanitised};
use super::service_account::ServiceAccount;
use crate::push::Outcome;
use crate::push::exchange::{Reply, exchange};

/// A token is replaced this long before its end, or a tenth of its life if that is shorter.
const REFRESH_MARGIN_S: i64 = 300;

/// After a refused token a new one is asked for at most this often.
const MIN_REPLACE_INTERVAL_S: i64 = 30;

/// Back-off after the first failure; it doubles up to [`MAX_BACKOFF_S`].
const FIRST_BACKOFF_S: i64 = 1;

/// Longest back-off, and the one after a refusal, which only an operator can mend.
const MAX_BACKOFF_S: i64 = 60;

/// Longest life believed of a token; Google's live one hour.
const MAX_LIFETIME_S: i64 = 24 * 3600;

/// A bearer token.
#[derive(Clone)]
pub(super) struct AccessToken {
    header: HeaderValue,
    generation: u64,
}

impl AccessToken {
    /// The value of an `Authorization` header, marked sensitive.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenError {
    /// The credentials are not taken.
    Refused { code: String },
    /// The endpoint is away.
    Unavailable {
        delay: Option<Duration>,
        code: String,
    },
}

impl From<TokenError> for Outcome {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Refused { code } => Self::Unauthorized { code },
            TokenError::Unavailable { delay, code } => Self::RetryAfter { delay, code },
        }
    }
}

/// Fetches and keeps the token.
pub(super) struct TokenSource {
    account: ServiceAccount,
    url: Url,
    http: Client,
    request_timeout: Duration,
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Held while fetching: that is the single flight.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Kept>,
    generation: u64,
    failure: Option<Failure>,
    failures: u32,
    replaced_at_s: Option<i64>,
}

struct Kept {
    token: AccessToken,
    refresh_at_s: i64,
    expires_at_s: i64,
}

struct Failure {
    error: TokenError,
    until_s: i64,
}

/// What to do about a token, by what is known.
enum Step {
    Use(AccessToken),
    Fail(TokenError),
    Fetch,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
    token_type: String,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

impl TokenSource {
    pub(super) fn new(
        account: ServiceAccount,
        url: Url,
        http: Client,
        request_timeout: Duration,
        clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> Self {
        Self {
            account,
            url,
            http,
            request_timeout,
            clock,
            state: Mutex::default(),
        }
    }

    /// A token good for now.
    pub(super) async fn get(&self) -> Result<AccessToken, TokenError> {
        let mut state = self.state.lock().await;
        match state.step((self.clock)()) {
            Step::Use(token) => Ok(token),
            Step::Fail(error) => Err(error),
            Step::Fetch => self.refill(&mut state).await,
        }
    }

    /// A token in the place of one the gateway refused; the same for all whose was refused.
    pub(super) async fn replace(&self, refused: &AccessToken) -> Result<AccessToken, TokenError> {
        let mut state = self.state.lock().await;
        if state.generation == refused.generation {
            state.discard((self.clock)())?;
        }
        match state.step((self.clock)()) {
            Step::Use(token) => Ok(token),
            Step::Fail(error) => Err(error),
            Step::Fetch => self.refill(&mut state).await,
        }
    }

    async fn refill(&self, state: &mut State) -> Result<AccessToken, TokenError> {
        let fetched = self.fetch().await;
        let now_s = (self.clock)();
        match fetched {
            Ok(granted) => state.keep(granted, now_s),
            Err(error) => {
                tracing::warn!(?error, "no access token for the push gateway");
                Err(state.fail(error, now_s))
            }
        }
        .or_else(|error| state.unexpired(now_s).ok_or(error))
    }

    async fn fetch(&self) -> Result<Granted, TokenError> {
        let assertion = self
            .account
            .assertion((self.clock)())
            .ok_or_else(|| refused("SIGNING"))?;
        // Every character of a JWT stands for itself in a form.
        let form = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
        );
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(self.request_timeout)
            .body(form);
        let reply = exchange(request)
            .await
            .map_err(|code| unavailable(None, &format!("TOKEN_{code}")))?;
        read(&reply, (self.clock)())
    }
}

impl State {
    fn step(&self, now_s: i64) -> Step {
        if let Some(kept) = self.token.as_ref().filter(|kept| now_s < kept.refresh_at_s) {
            return Step::Use(kept.token.clone());
        }
        match self
            .failure
            .as_ref()
            .filter(|failure| now_s < failure.until_s)
        {
            None => Step::Fetch,
            Some(failure) => match self.unexpired(now_s) {
                Some(token) => Step::Use(token),
                None => Step::Fail(failure.error.clone()),
            },
        }
    }

    /// The token if it still works, though it is due for replacement.
    fn unexpired(&self, now_s: i64) -> Option<AccessToken> {
        let kept = self
            .token
            .as_ref()
            .filter(|kept| now_s < kept.expires_at_s)?;
        Some(kept.token.clone())
    }

    /// Forgets a refused token, unless that happened just now: then a new one would be refused too.
    fn discard(&mut self, now_s: i64) -> Result<(), TokenError> {
        let recently = |at_s: i64| (now_s - at_s).abs() < MIN_REPLACE_INTERVAL_S;
        if self.replaced_at_s.is_some_and(recently) {
            return Err(refused("UNAUTHENTICATED"));
        }
        self.replaced_at_s = Some(now_s);
        self.token = None;
        Ok(())
    }

    fn keep(&mut self, granted: Granted, now_s: i64) -> Result<AccessToken, TokenError> {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", granted.access_token))
            .map_err(|_| unavailable(None, "TOKEN_BAD_ANSWER"))?;
        header.set_sensitive(true);
        self.generation += 1;
        self.failure = None;
        self.failures = 0;
        let lifetime_s = granted.expires_in.clamp(0, MAX_LIFETIME_S);
        let token = AccessToken {
            header,
            generation: self.generation,
        };
        self.token = Some(Kept {
            token: token.clone(),
            refresh_at_s: now_s + lifetime_s - REFRESH_MARGIN_S.min(lifetime_s / 10),
            expires_at_s: now_s + lifetime_s,
        });
        Ok(token)
    }

    fn fail(&mut self, error: TokenError, now_s: i64) -> TokenError {
        let doubled = FIRST_BACKOFF_S << self.failures.min(16);
        let backoff_s = match &error {
            TokenError::Refused { .. } => MAX_BACKOFF_S,
            TokenError::Unavailable { delay: None, .. } => doubled.min(MAX_BACKOFF_S),
            TokenError::Unavailable {
                delay: Some(delay), ..
            } => i64::try_from(delay.as_secs())
                .unwrap_or(MAX_BACKOFF_S)
                .max(FIRST_BACKOFF_S),
        };
        self.failures += 1;
        self.failure = Some(Failure {
            error: error.clone(),
            until_s: now_s + backoff_s,
        });
        error
    }
}

/// Reads the endpoint's answer (RFC 6749, sections 5.1 and 5.2).
fn read(reply: &Reply, now_unix_s: i64) -> Result<Granted, TokenError> {
    let body = reply.body.as_deref().unwrap_or_default();
    if reply.status == StatusCode::OK {
        return serde_json::from_slice::<Granted>(body)
            .ok()
            .filter(|granted| granted.token_type.eq_ignore_ascii_case("bearer"))
            .ok_or_else(|| unavailable(None, "TOKEN_BAD_ANSWER"));
    }
    let delay = reply
        .retry_after()
        .and_then(|value| retry_delay(value, now_unix_s));
    let http_code = format!("TOKEN_HTTP_{}", reply.status.as_u16());
    match reply.status.as_u16() {
        408 | 429 => Err(unavailable(delay, &http_code)),
        400..500 => {
            let denied = serde_json::from_slice::<Denied>(body).ok();
            let code = denied.and_then(|denied| sanitised(&denied.error));
            Err(refused(code.as_deref().unwrap_or(&http_code)))
        }
        _ => Err(unavailable(delay, &http_code)),
    }
}

fn refused(code: &str) -> TokenError {
    TokenError::Refused {
        code: code.to_owned(),
    }
}

fn unavailable(delay: Option<Duration>, code: &str) -> TokenError {
    TokenError::Unavailable {
        delay,
        code: code.to_owned(),
    }
}

#[cfg(test)]
mod tests;
