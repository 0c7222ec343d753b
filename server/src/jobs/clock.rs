//! A clock that jumped, or is far from the database's, is not believed: nothing that depends on the time is done until an
//! operator accepts it or it goes back.

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::error::Result;
use crate::store::System;
use crate::store::sweeps;

/// A clock that is not believed is looked at again after this long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// Whether the clock is believed; what an operator accepted on any server counts for all.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn is_believed(app: &App) -> Result<bool> {
    app.look_at_house_clock().await?;
    let clock = app.doors.clock.as_ref();
    if !app.house.is_near(clock) {
        return Ok(false);
    }
    if app.steps.believes(clock) {
        return Ok(true);
    }
    let since = app.steps.tripped_at().unwrap_or_else(|| app.now());
    let accepted = app
        .store
        .read("clock_accepted", System, move |tx| {
            sweeps::clock_accepted_since(tx, since)
        })
        .await?;
    if accepted {
        app.steps.accept(clock);
        // The others waited as well.
        app.signals.wake();
    }
    Ok(accepted)
}

/// When to look again at a clock that is not believed.
pub(super) fn look_again(app: &App) -> Timestamp {
    app.now() + LOOK_AGAIN
}
