//! Who is signed in, and where: what the head of a clinician's page says.

use crate::app::App;
use crate::error::Result;
use crate::http::guard::Clinician;
use crate::store::clinics::Role;
use crate::store::{System, clinics};

/// A clinician and their clinic by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The clinic.
    pub clinic: String,
    /// The clinic's zone.
    pub time_zone: String,
    /// Who is signed in.
    pub clinician: String,
    /// Whether they look after the clinic's clinicians.
    pub is_admin: bool,
}

/// The names behind a session.
///
/// # Errors
/// Not found when the account is gone.
pub async fn identity(app: &App, caller: &Clinician) -> Result<Identity> {
    let id = caller.id;
    app.store
        .read("identity", caller.scope, move |tx| {
            let clinic = clinics::current(tx)?;
            let clinician = clinics::clinician(tx, id)?;
            Ok(Identity {
                clinic: clinic.name,
                time_zone: clinic.time_zone,
                is_admin: clinician.role == Role::Admin,
                clinician: clinician.name,
            })
        })
        .await
}

/// The short name to offer at sign-in: that of the only clinic, if there is only one.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn only_clinic(app: &App) -> Result<Option<String>> {
    app.store
        .read("only_clinic", System, clinics::only_slug)
        .await
}
