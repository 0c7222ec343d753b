//! A clinician's own account: who they are here, and where they are signed in.

use jiff::Timestamp;

use super::token::Token;
use crate::app::App;
use crate::error::Result;
use crate::http::guard::Clinician;
use crate::store::clinics::{self, Clinician as Account};
use crate::store::{Scope, audit, credentials};

/// A live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenSession {
    /// When it began.
    pub began_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
    /// The one that asks.
    pub is_this: bool,
}

/// An account with its sessions, the newest first.
#[derive(Debug, Clone)]
pub struct OwnAccount {
    /// The account.
    pub account: Account,
    /// Where it is signed in.
    pub sessions: Vec<OpenSession>,
}

/// The caller's own account.
///
/// # Errors
/// Not found when the account is gone.
pub async fn own(app: &App, caller: &Clinician) -> Result<OwnAccount> {
    let (id, this, now) = (caller.id, caller.token.digest(), app.now());
    app.store
        .read("own_account", caller.scope, move |tx| {
            let sessions = credentials::sessions_of(tx, id, now)?;
            Ok(OwnAccount {
                account: clinics::clinician(tx, id)?,
                sessions: sessions
                    .into_iter()
                    .map(|row| OpenSession {
                        began_at: row.created_at.timestamp(),
                        ends_at: row.expires_at.map(|at| at.timestamp()),
                        is_this: row.token_hash == this,
                    })
                    .collect(),
            })
        })
        .await
}

/// Ends every session of the caller but the one that asks.
pub async fn end_others(app: &App, scope: Scope, caller: &Clinician, kept: &Token) -> Result<()> {
    let (id, kept, now) = (caller.id, kept.digest(), app.now());
    let entry = app.audit("session.end_others", "clinician", Some(*id.bytes()));
    app.store
        .write("end_other_sessions", scope, move |tx| {
            credentials::revoke_clinician(tx, id, Some(kept), now)?;
            audit::append(tx, &[entry])
        })
        .await
}
