//! What a phone wants the server to have: made once, under an id of its own, and sent until it is acknowledged.

use actix_web::http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::site::Call;

/// A request that is kept until it is answered for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Parcel {
    /// `POST` or `PUT`.
    pub(crate) put: bool,
    /// Where to.
    pub(crate) path: String,
    /// What.
    pub(crate) body: Value,
    /// What is known once it is acknowledged.
    pub(crate) what: What,
    /// When it was sent first.
    pub(crate) sent_at: Option<Timestamp>,
    /// How often it was sent.
    pub(crate) tries: u32,
    /// It is late already; it is not delayed twice.
    pub(crate) delayed: bool,
}

/// What a parcel carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Answers, by id.
    Answers(Vec<String>),
    /// A session.
    Session(String),
    /// Another content under the id of a session.
    Impostor(String),
    /// A check-in.
    CheckIn(String),
    /// Another zone.
    Zone(String),
    /// Another push token.
    PushToken(String),
    /// Consent is taken back.
    Withdrawal,
    /// Own settings.
    Settings,
}

impl Parcel {
    /// POST.
    pub(crate) fn post(path: &str, body: Value, what: What) -> Self {
        Self {
            put: false,
            path: path.to_owned(),
            body,
            what,
            sent_at: None,
            tries: 0,
            delayed: false,
        }
    }

    /// PUT.
    pub(crate) fn put(path: &str, body: Value, what: What) -> Self {
        Self {
            put: true,
            ..Self::post(path, body, what)
        }
    }

    /// As a request.
    pub(crate) fn call(&self, token: &str, cut: bool) -> Call {
        let method = if self.put { Method::PUT } else { Method::POST };
        Call {
            method,
            path: self.path.clone(),
            token: Some(token.to_owned()),
            body: Some(self.body.clone()),
            cut,
        }
    }
}
