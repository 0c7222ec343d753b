//! Time that passes on a virtual clock: each instant any job wants, in order, with everything that is due at it done.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::error::{Code, Error, Result};
use crate::rt::clock::{Clock, VirtualClock};

/// A sleeper whose time has come already is about to be woken: it is looked at again so much later.
const A_MOMENT: SignedDuration = SignedDuration::from_millis(1);

/// How far one call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To this instant, through every wake of the jobs.
    Instant(Timestamp),
    /// To the next wake, or to this instant when none comes before it.
    NextTick(Timestamp),
}

/// Is told of each instant before time comes to it.
pub trait Reaching: Send {
    /// Time is about to come to `at`. What is written here is true whenever the process dies.
    fn reach(&mut self, at: Timestamp) -> BoxFuture<'_, Result<()>>;
}

/// Nobody keeps where time has come.
impl Reaching for () {
    fn reach(&mut self, _: Timestamp) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Moves a virtual clock through every instant at which a job wants to be woken, in order, and lets each job do what
/// it has to do there before time goes on. `keeper` is told of each instant first. Gives how many wakes there were. Never
/// moves back.
///
/// # Errors
/// What `keeper` returns, and unavailable when the server is being stopped: the clock then stands where it came to.
pub async fn pass_time(
    app: &App,
    clock: &VirtualClock,
    until: Until,
    keeper: &mut impl Reaching,
) -> Result<u64> {
    let (Until::Instant(to) | Until::NextTick(to)) = until;
    let mut ticks = 0;
    app.signals.settle_all().await;
    loop {
        // Asked in this order: jobs that are stopping sleep no more, and time must not run past what they left.
        let next = clock.next_wake().filter(|next| *next <= to);
        if app.is_stopping() {
            return Err(Error::detailed(
                Code::Unavailable,
                "the server is being stopped; time stands where it came to",
            ));
        }
        let now = clock.now();
        if now >= to {
            return Ok(ticks);
        }
        let at = next.map_or(to, |next| next.max(now + A_MOMENT).min(to));
        keeper.reach(at).await?;
        clock.advance_to(at);
        app.signals.settle_all().await;
        if next.is_some_and(|next| next > now) {
            ticks += 1;
            if matches!(until, Until::NextTick(_)) {
                return Ok(ticks);
            }
        }
        if clock.is_wall() {
            // It went live meanwhile and moves by itself.
            return Ok(ticks);
        }
    }
}
