//! Nightly: removes what can never be used again.

use crate::app::App;
use crate::error::Result;
use crate::store::{System, credentials};

/// Codes and tokens that ended are kept this long for the operator's questions.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Removes expired codes and tokens.
pub(super) async fn pass(app: &App) -> Result<()> {
    if !super::clock::is_believed(app).await? {
        return Ok(());
    }
    let before = app
        .now()
        .checked_sub(KEPT)
        .map_err(crate::error::Error::internal)?;
    let removed = app
        .store
        .write("tidy", System, move |tx| {
            credentials::remove_ended(tx, before)
        })
        .await?;
    tracing::info!(removed, "expired codes and tokens removed");
    Ok(())
}
