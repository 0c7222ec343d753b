//! Use cases of the sandbox clock. Whoever changes it holds it: one at a time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::MutexGuard;

use super::{Keeper, Kept, Sandbox, Standing, pace};
use crate::app::App;
use crate::app::passing::{Until, pass_time};
use crate::error::{Code, Error, Result};
use crate::rt::clock::{Clock, real_timeout};
use crate::store::audit::{self, Entry};
use crate::store::sandbox::{self, ClockState};
use crate::store::types::UtcMicros;
use crate::store::{Scope, System, Tx, clinics};

/// How far time goes at once.
const FURTHEST: SignedDuration = SignedDuration::from_hours(400 * 24);
/// A clock that runs is moved five times a second: whoever wants to stop it waits so long for a step to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// Instants a clock can be created at, in seconds since 1970: the years 2000 to 2099.
const CREATED_FROM_S: i64 = 946_684_800;
const CREATED_BEFORE_S: i64 = 4_102_444_800;

const BUSY: &str = "the clock is being moved: wait until that has ended";
const ABSENT: &str = "there is no clock yet: create it with POST /v1/sandbox/clock";

/// The clock as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// What it does.
    pub state: ClockState,
    /// What time it is.
    pub now: Timestamp,
    /// When the first job wants to be woken.
    pub next_tick_at: Option<Timestamp>,
}

/// The clock of this server, for a clinic that is marked as sandbox.
async fn of(app: &App, scope: Scope) -> Result<&Sandbox> {
    let clinic = app.store.read("clinic", scope, clinics::current).await?;
    if clinic.sandbox != 1 {
        return Err(Error::not_found());
    }
    app.sandbox.as_ref().ok_or_else(|| {
        Error::detailed(
            Code::Conflict,
            "this server lives in real time: start it with sandbox_clock = true",
        )
    })
}

/// The clock once every job is asleep: what a request changed a moment ago is among what it wants to be woken for.
async fn view(app: &App, sandbox: &Sandbox) -> View {
    app.signals.settle_all().await;
    View {
        state: sandbox.standing().name(),
        now: sandbox.clock.now(),
        next_tick_at: sandbox.clock.next_wake(),
    }
}

pub(super) async fn look(app: &App, scope: Scope) -> Result<View> {
    let own = of(app, scope).await?;
    Ok(view(app, own).await)
}

/// Creates the clock, frozen at an instant. While nobody is a patient that may be any; afterwards time passes to it, as
/// in an advance.
pub(super) async fn create(app: &App, scope: Scope, at: Timestamp) -> Result<View> {
    let own = of(app, scope).await?;
    let mut kept = held_within(own, PATIENCE).await?;
    if own.standing() != Standing::Absent {
        return Err(Error::detailed(
            Code::Conflict,
            "the clock exists already: move it with POST /v1/sandbox/clock/advance",
        ));
    }
    if !(CREATED_FROM_S..CREATED_BEFORE_S).contains(&at.as_second()) {
        return Err(Error::field("/at", "must be in the years 2000 to 2099"));
    }
    let (at, now, holder) = (UtcMicros::from(at).timestamp(), own.clock.now(), own.holder);
    let entry = app.audit("sandbox.create", "sandbox_clock", None);
    let place = app
        .store
        .write("create_sandbox_clock", System, move |tx| {
            let place = first_place(tx, now, at)?;
            sandbox::set(tx, holder, place, ClockState::Frozen)?;
            note(tx, scope, entry)?;
            Ok(place)
        })
        .await?;
    own.place(place);
    kept.through = place;
    own.state.send_replace(Standing::Frozen);
    pass_to(app, own, &mut kept, Until::Instant(at)).await?;
    Ok(view(app, own).await)
}

/// Where a new clock begins: at the instant itself, unless a patient has lived on this one until now.
fn first_place(tx: &mut Tx<'_, System>, now: Timestamp, at: Timestamp) -> Result<Timestamp> {
    if sandbox::holds_patients(tx)? {
        check_within_reach("/at", now, at)?;
        return Ok(now);
    }
    sandbox::begin_sweeps_at(tx, at)?;
    Ok(at)
}

/// Lets time pass to an instant, or to the next tick before it. Gives the clock and how many ticks there were.
pub(super) async fn advance(
    app: &App,
    scope: Scope,
    to: Timestamp,
    stop_at_next_tick: bool,
) -> Result<(View, u64)> {
    let own = of(app, scope).await?;
    let runs = || {
        let words = "the clock runs: stop it with POST /v1/sandbox/clock/freeze";
        Err(Error::detailed(Code::Conflict, words))
    };
    if let Standing::Running { .. } = own.standing() {
        return runs();
    }
    let mut kept = own.moving.try_lock().map_err(|_| busy())?;
    match own.standing() {
        Standing::Frozen => {}
        Standing::Absent => return Err(Error::detailed(Code::Conflict, ABSENT)),
        Standing::Running { .. } => return runs(),
    }
    let (to, now) = (UtcMicros::from(to).timestamp(), own.clock.now());
    check_within_reach("/to", now, to)?;
    change(app, own, scope, "sandbox.advance", ClockState::Frozen).await?;
    let until = if stop_at_next_tick {
        Until::NextTick(to)
    } else {
        Until::Instant(to)
    };
    let ticks = pass_to(app, own, &mut kept, until).await?;
    Ok((view(app, own).await, ticks))
}

/// Stops a running clock. A repeat changes nothing.
pub(super) async fn freeze(app: &App, scope: Scope) -> Result<View> {
    let own = of(app, scope).await?;
    let mut kept = held_within(own, PATIENCE).await?;
    match own.standing() {
        Standing::Absent => return Err(Error::detailed(Code::Conflict, ABSENT)),
        Standing::Frozen => return Ok(view(app, own).await),
        Standing::Running { .. } => {}
    }
    change(app, own, scope, "sandbox.freeze", ClockState::Frozen).await?;
    kept.through = own.clock.now();
    own.state.send_replace(Standing::Frozen);
    Ok(view(app, own).await)
}

/// Lets the clock go on at the pace of real time. A repeat changes nothing.
pub(super) async fn run(app: &App, scope: Scope) -> Result<View> {
    let own = of(app, scope).await?;
    let _kept = held_within(own, PATIENCE).await?;
    match own.standing() {
        Standing::Absent => return Err(Error::detailed(Code::Conflict, ABSENT)),
        Standing::Running { .. } => return Ok(view(app, own).await),
        Standing::Frozen => {}
    }
    change(app, own, scope, "sandbox.run", ClockState::Running).await?;
    own.state.send_replace(pace::running_from(own.clock.now()));
    Ok(view(app, own).await)
}

/// Writes what the clock does from its present instant on, and who said so. It stands while this is written.
async fn change(
    app: &App,
    own: &Sandbox,
    scope: Scope,
    action: &'static str,
    state: ClockState,
) -> Result<()> {
    let (now, holder) = (own.clock.now(), own.holder);
    let entry = app.audit(action, "sandbox_clock", None);
    app.store
        .write("change_sandbox_clock", System, move |tx| {
            sandbox::set(tx, holder, now, state)?;
            note(tx, scope, entry)
        })
        .await
}

fn note(tx: &mut Tx<'_, System>, scope: Scope, entry: Entry) -> Result<()> {
    audit::append(&mut tx.within(scope), &[entry])
}

async fn pass_to(app: &App, own: &Sandbox, kept: &mut Kept, until: Until) -> Result<u64> {
    let mut keeper = Keeper {
        sandbox: own,
        store: &app.store,
        kept,
    };
    pass_time(app, &own.clock, until, &mut keeper).await
}

async fn held_within(own: &Sandbox, patience: Duration) -> Result<MutexGuard<'_, Kept>> {
    real_timeout(patience, own.moving.lock())
        .await
        .ok_or_else(busy)
}

fn busy() -> Error {
    Error::detailed(Code::Conflict, BUSY)
}

/// Never back, and not so far at once that nobody waits for it.
fn check_within_reach(pointer: &str, now: Timestamp, to: Timestamp) -> Result<()> {
    if to < now {
        return Err(Error::field(
            pointer,
            "must not be earlier than the clock: time never goes back",
        ));
    }
    if to.duration_since(now) > FURTHEST {
        return Err(Error::field(
            pointer,
            "must be at most 400 days after the clock",
        ));
    }
    Ok(())
}
