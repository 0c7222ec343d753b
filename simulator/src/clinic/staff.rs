//! Who works in a clinic, and how they are signed in.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::run::Run;
use super::site::{Call, Reply, Site};

/// A session is used so long; the server ends them after twelve hours.
const SESSION: SignedDuration = SignedDuration::from_hours(10);
/// What the server says to who is not signed in any more.
const UNAUTHENTICATED: u16 = 401;

/// Who works there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Staff {
    /// The clinic's short name.
    pub(crate) slug: String,
    /// The first clinician's e-mail address.
    pub(crate) email: String,
    /// The password.
    pub(crate) password: String,
    /// A session, and since when.
    pub(crate) session: Option<(String, Timestamp)>,
    /// The first clinician, by id.
    pub(crate) clinician: String,
}

/// The e-mail address of a clinic's first clinician.
pub(crate) fn email(slug: &str) -> String {
    format!("test.clinician@{slug}.example.org")
}

impl<S: Site> Run<S> {
    /// A clinician's session, signed in anew where it ended.
    pub(crate) async fn clinician(&mut self) -> anyhow::Result<Option<String>> {
        let now = self.site.now();
        if let Some((token, since)) = &self.staff.session
            && now.duration_since(*since) < SESSION
        {
            return Ok(Some(token.clone()));
        }
        let staff = &self.staff;
        let body =
            json!({ "clinic": staff.slug, "email": staff.email, "password": staff.password });
        let Reply::Answer { status: 201, body } =
            self.call(Call::anonymous("/v1/sessions", body)).await?
        else {
            return Ok(None);
        };
        let token = body["token"].as_str().unwrap_or_default().to_owned();
        self.staff.session = Some((token.clone(), now));
        Ok(Some(token))
    }

    /// A call as a clinician; `None` when nobody can sign in.
    pub(crate) async fn as_clinician(
        &mut self,
        make: impl Fn(&str) -> Call,
    ) -> anyhow::Result<Reply> {
        let Some(token) = self.clinician().await? else {
            return Ok(Reply::Unreachable);
        };
        let reply = self.call(make(&token)).await?;
        if matches!(reply, Reply::Answer { status, .. } if status == UNAUTHENTICATED) {
            self.staff.session = None;
        }
        Ok(reply)
    }
}
