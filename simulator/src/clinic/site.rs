//! Where the server is: in this process, in one of its own, or somewhere else. The same people live before each.

use std::sync::Arc;

use actix_web::http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::ledger::{End, Life, Offer, Stood};
use super::staff::Staff;
use super::weather::Blow;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method.
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    /// Whose it is.
    pub(crate) token: Option<String>,
    /// JSON.
    pub(crate) body: Option<Value>,
    /// Only so much of the body is sent.
    pub(crate) cut: bool,
}

impl Call {
    /// GET.
    pub(crate) fn get(token: &str, path: impl Into<String>) -> Self {
        Self::new(Method::GET, Some(token), path, None)
    }

    /// POST.
    pub(crate) fn post(token: &str, path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, Some(token), path, Some(body))
    }

    /// PUT.
    pub(crate) fn put(token: &str, path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, Some(token), path, Some(body))
    }

    /// POST by nobody in particular.
    pub(crate) fn anonymous(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, None, path, Some(body))
    }

    fn new(
        method: Method,
        token: Option<&str>,
        path: impl Into<String>,
        body: Option<Value>,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            token: token.map(str::to_owned),
            body,
            cut: false,
        }
    }

    /// The body as it is sent.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = self.body.as_ref()?.to_string();
        if self.cut {
            text.truncate(text.len() / 2);
        }
        Some(text)
    }

    /// What it is, without ids.
    pub(crate) fn name(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let parts = path
            .split('/')
            .map(|part| if part.contains('_') { "…" } else { part });
        format!("{} {}", self.method, parts.collect::<Vec<_>>().join("/"))
    }
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its body; null where it has none or none that is JSON.
        body: Value,
    },
    /// None; it may have had its effect or not.
    Lost,
    /// Nobody is there.
    Unreachable,
}

/// Why time stopped passing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// The instant has come.
    InTime,
    /// A server is gone.
    Died {
        /// Which.
        node: usize,
        /// How.
        end: End,
    },
}

/// A server somewhere.
pub(crate) trait Site {
    /// The true time.
    fn now(&self) -> Timestamp;

    /// Lets time pass.
    async fn until(&mut self, at: Timestamp) -> anyhow::Result<Woken>;

    /// Sends a request.
    async fn call(&mut self, call: Call) -> anyhow::Result<Reply>;

    /// Opens a clinic as its operator does; gives the code that sets its first clinician's password.
    async fn open_clinic(&mut self, slug: &str, time_zone: &str) -> anyhow::Result<String>;

    /// The first clinician of each clinic has a password: a server whose time somebody has to move is given into their
    /// hands. A session that is no good any more is another one afterwards.
    async fn take_over(&mut self, staffs: &mut [Staff]) -> anyhow::Result<()>;

    /// How many servers share the database, numbered from 0 on.
    fn nodes(&self) -> usize {
        1
    }

    /// Breaks something of a server; false where this cannot be broken here.
    async fn strike(&mut self, node: usize, blow: &Blow) -> anyhow::Result<bool>;

    /// What was broken for a time is whole again.
    fn mend(&mut self, node: usize, blow: &Blow);

    /// A server that is gone comes back; false when it cannot yet.
    async fn restart(&mut self, node: usize) -> anyhow::Result<bool>;

    /// The gateway does not know this token any more.
    fn forget_token(&mut self, token: &str);

    /// What the gateway was asked to deliver; `None` where nobody here can see it.
    fn offers(&self) -> Option<Vec<Offer>>;

    /// The processes so far.
    fn lives(&self) -> Vec<Life>;

    /// When which server stood still.
    fn stood(&self) -> Vec<Stood> {
        Vec::new()
    }

    /// What its files hold, byte for byte; `None` where nobody here can see them.
    fn files(&self) -> Option<Vec<Arc<Vec<u8>>>>;
}
