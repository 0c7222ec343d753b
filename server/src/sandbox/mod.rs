//! The sandbox clock: a server whose time an admin creates, moves and stops, with every job at the instant it wants
//! (docs/decisions/0031-sandbox-clock.md).

pub mod api;
mod pace;
mod service;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::app::App;
use crate::app::passing::Reaching;
use crate::error::Result;
use crate::rt::Doors;
use crate::rt::clock::{Clock, VirtualClock};
use crate::rt::spawn::Spawner;
use crate::store::sandbox::{self, ClockState};
use crate::store::types::ClockHolderId;
use crate::store::{Store, System};

/// At the pace of real time the instant is written so far ahead, and not with each step. A restart then goes on a
/// little later than time had come, and never earlier.
const AHEAD: SignedDuration = SignedDuration::from_secs(10);

/// The clock, and the right to move it.
pub struct Sandbox {
    clock: VirtualClock,
    holder: ClockHolderId,
    /// Held by whoever moves the clock or changes what it does: one at a time.
    moving: tokio::sync::Mutex<Kept>,
    state: watch::Sender<Standing>,
}

/// How far time may go before the database has to be told.
struct Kept {
    through: Timestamp,
}

/// What the clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Absent,
    Frozen,
    /// Since this instant, at which the machine had run for so long.
    Running {
        from: Timestamp,
        began: Duration,
    },
}

impl Standing {
    fn name(self) -> ClockState {
        match self {
            Self::Absent => ClockState::Absent,
            Self::Frozen => ClockState::Frozen,
            Self::Running { .. } => ClockState::Running,
        }
    }
}

impl Sandbox {
    /// A clock nobody holds yet; its handle stands at the instant of a first start.
    pub fn new(clock: VirtualClock, doors: &Doors) -> Self {
        let kept = Kept {
            through: clock.now(),
        };
        Self {
            holder: ClockHolderId::from(doors.ids().uuid()),
            moving: tokio::sync::Mutex::new(kept),
            state: watch::Sender::new(Standing::Absent),
            clock,
        }
    }

    fn standing(&self) -> Standing {
        *self.state.borrow()
    }

    /// Sets the clock to an instant, forth or back, before anybody's day rests on it.
    fn place(&self, at: Timestamp) {
        if at > self.clock.now() {
            // As time that passed: a step forth would not be believed.
            self.clock.advance_to(at);
        } else {
            self.clock.step_to(at);
        }
    }

    async fn write(&self, store: &Store, at: Timestamp, state: ClockState) -> Result<()> {
        let holder = self.holder;
        store
            .write("sandbox_clock", System, move |tx| {
                sandbox::set(tx, holder, at, state)
            })
            .await
    }
}

/// Writes where time comes to, for whoever moves the clock.
struct Keeper<'a> {
    sandbox: &'a Sandbox,
    store: &'a Store,
    kept: &'a mut Kept,
}

impl Reaching for Keeper<'_> {
    /// Before it does: whatever is done at that instant, a restart finds the clock there or later, and what was not done
    /// yet is done then.
    fn reach(&mut self, at: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            if at <= self.kept.through {
                return Ok(());
            }
            let standing = self.sandbox.standing();
            let through = match standing {
                // Not past what wants to be woken: a restart must not skip it.
                Standing::Running { .. } => {
                    let next = self.sandbox.clock.next_wake().unwrap_or(at);
                    (at + AHEAD).min(next.max(at))
                }
                Standing::Absent | Standing::Frozen => at,
            };
            let state = standing.name();
            self.sandbox.write(self.store, through, state).await?;
            self.kept.through = through;
            Ok(())
        })
    }
}

/// Holds the clock for this process and sets it to where time had come. Does nothing on a server without one.
///
/// # Errors
/// Conflict when a clinic in the database is not marked as sandbox.
pub async fn take_up(app: &App) -> Result<()> {
    let Some(own) = &app.sandbox else {
        return Ok(());
    };
    let (holder, first_start) = (own.holder, own.clock.now());
    let kept = app
        .store
        .write("hold_sandbox_clock", System, move |tx| {
            sandbox::hold(tx, holder, first_start)
        })
        .await?;
    let now = kept.now_at.timestamp();
    own.place(now);
    own.moving.lock().await.through = now;
    own.state.send_replace(match kept.state {
        ClockState::Absent => Standing::Absent,
        ClockState::Frozen => Standing::Frozen,
        ClockState::Running => pace::running_from(now),
    });
    tracing::warn!(%now, state = %kept.state, "this server is a sandbox and lives on a clock of its own");
    Ok(())
}

/// Starts what keeps a running clock at the pace of real time.
pub fn start(app: &Arc<App>, spawner: &Spawner) {
    if app.sandbox.is_some() {
        let (app, stop) = (app.clone(), spawner.clone());
        spawner.spawn("sandbox-clock", async move { pace::keep(app, stop).await });
    }
}

/// For a command beside a sandbox: its clock stands where the sandbox's does, so that links it makes are good there.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow(app: &App, clock: &VirtualClock) -> Result<()> {
    let kept = app
        .store
        .read("sandbox_clock", System, sandbox::kept)
        .await?;
    if let Some(kept) = kept {
        clock.step_to(kept.now_at.timestamp());
    }
    Ok(())
}
