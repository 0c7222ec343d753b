//! One request over a socket, and what comes of it.

use std::time::Duration;

use anyhow::Context;
use reqwest::Method;
use serde_json::json;

use crate::clinic::site::{Call, Reply};
use crate::clinic::staff::Staff;

/// An advance of the clock goes through every job: a request without an answer by then is lost.
const PATIENCE: Duration = Duration::from_secs(120);
/// Below what the server keeps an idle connection for, so that none is used that is about to be closed.
const IDLE: Duration = Duration::from_secs(2);

/// Speaks to one server.
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    /// A client for a server.
    ///
    /// # Errors
    /// When none can be made on this machine.
    pub(super) fn new(base: &str) -> anyhow::Result<Self> {
        // A second installation in one process is refused, and is the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Its address.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// When it cannot be made; what becomes of it on the way is a reply.
    pub(super) async fn send(&self, call: &Call) -> anyhow::Result<Reply> {
        let method = Method::from_bytes(call.method.as_str().as_bytes())?;
        let url = format!("{}{}", self.base, call.path);
        let mut request = self.client.request(method, url);
        if let Some(token) = &call.token {
            request = request.bearer_auth(token);
        }
        if let Some(text) = call.text() {
            request = request
                .header("content-type", "application/json")
                .body(text);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Ok(Reply::Unreachable),
            Err(error) if error.is_builder() => return Err(error.into()),
            Err(_) => return Ok(Reply::Lost),
        };
        let status = answer.status().as_u16();
        Ok(match answer.bytes().await {
            Ok(bytes) => Reply::Answer {
                status,
                body: serde_json::from_slice(&bytes).unwrap_or_default(),
            },
            Err(_) => Reply::Lost,
        })
    }

    /// A new session of who runs a clinic.
    ///
    /// # Errors
    /// When they cannot sign in.
    pub(super) async fn sign_in(&self, staff: &Staff) -> anyhow::Result<String> {
        let body =
            json!({ "clinic": staff.slug, "email": staff.email, "password": staff.password });
        let reply = self.send(&Call::anonymous("/v1/sessions", body)).await?;
        let token = match &reply {
            Reply::Answer { status: 201, body } => body["token"].as_str(),
            _ => None,
        };
        let token = token.with_context(|| {
            format!(
                "{} cannot sign in to the clinic {:?} at {}, which has to be called so: {reply:?}",
                staff.email, staff.slug, self.base
            )
        })?;
        Ok(token.to_owned())
    }
}
