//! A sandbox clock that runs: it follows real time in small steps, through every wake of the jobs.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Keeper, Sandbox, Standing};
use crate::app::App;
use crate::app::passing::{Reaching, Until, pass_time};
use crate::error::{Code, Result};
use crate::rt::clock::{Clock, WallClock, real_sleep};
use crate::rt::spawn::Spawner;
use crate::store::types::UtcMicros;

/// How long a step is.
const STEP: Duration = Duration::from_millis(200);

/// A clock that runs from now on.
pub(super) fn running_from(from: Timestamp) -> Standing {
    Standing::Running {
        from,
        began: WallClock.running_for(),
    }
}

/// Keeps a running clock at the pace of real time until the server stops.
pub(super) async fn keep(app: Arc<App>, stop: Spawner) {
    let Some(sandbox) = &app.sandbox else {
        return;
    };
    let mut state = sandbox.state.subscribe();
    loop {
        let runs = state.wait_for(|standing| matches!(standing, Standing::Running { .. }));
        tokio::select! {
            biased;
            () = stop.stopping() => return,
            // The sender lives in `sandbox`, so this cannot fail before we return.
            outcome = runs => if outcome.is_err() { return },
        }
        tokio::select! {
            biased;
            () = stop.stopping() => return,
            () = real_sleep(STEP) => {}
        }
        match step(&app, sandbox).await {
            Ok(()) => {}
            Err(error) if error.code == Code::Conflict => {
                tracing::error!(%error, "the sandbox clock stands still");
                sandbox.state.send_replace(Standing::Frozen);
            }
            // Time that was missed is made up by the next step.
            Err(error) => tracing::warn!(%error, "the sandbox clock did not move"),
        }
    }
}

/// Moves to where real time has brought the clock by now.
async fn step(app: &App, sandbox: &Sandbox) -> Result<()> {
    let mut kept = sandbox.moving.lock().await;
    let Standing::Running { from, began } = sandbox.standing() else {
        return Ok(());
    };
    let passed = WallClock.running_for().saturating_sub(began);
    let to = from.saturating_add(SignedDuration::try_from(passed).unwrap_or(SignedDuration::ZERO));
    // As exact as what is kept of it.
    let to = UtcMicros::from(to.unwrap_or(from)).timestamp();
    let next = sandbox.clock.next_wake();
    if app.is_stopping() {
        return Ok(());
    }
    let mut keeper = Keeper {
        sandbox,
        store: &app.store,
        kept: &mut kept,
    };
    if next.is_none_or(|next| next > to) {
        // Nobody wants anything before: it moves without waking every job for it.
        keeper.reach(to).await?;
        sandbox.clock.advance_to(to);
        return Ok(());
    }
    pass_time(app, &sandbox.clock, Until::Instant(to), &mut keeper)
        .await
        .map(drop)
}
