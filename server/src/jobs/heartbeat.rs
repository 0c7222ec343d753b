//! The coarse heartbeat: wakes the jobs each minute and tidies up each night, whatever else was missed.
//!
//! tokio-cron-scheduler drives these system ticks and nothing else: it polls twice a second on the
//! machine's clock, does not replay what it slept through and does not know patients' time zones. Due
//! reminders never depend on it (docs/decisions/0003-scheduler.md).
//!
//! Under a virtual clock it does nothing. Whoever moves such a clock wakes every job at each instant, and the night is
//! a job of its own that sleeps by that clock.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{Next, Pass};
use crate::app::App;
use crate::error::{Error, Result};
use crate::rt::spawn::Spawner;

/// Each minute, UTC.
const HEARTBEAT: &str = "0 * * * * *";
/// Each night at 03:17 UTC,
const NIGHTLY: &str = "0 17 3 * * *";
/// and the same for a virtual clock: hour and minute.
const NIGHT: (i8, i8) = (3, 17);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Starts the scheduler; it ends with the server.
pub(super) async fn start(app: &Arc<App>, spawner: &Spawner) -> Result<()> {
    let mut scheduler = JobScheduler::new().await.map_err(Error::internal)?;
    let beating = app.clone();
    let beat = Job::new(HEARTBEAT, move |_, _| {
        if beating.doors.clock.is_wall() {
            beating.signals.wake();
        }
    })
    .map_err(Error::internal)?;
    scheduler.add(beat).await.map_err(Error::internal)?;
    let tidying = app.clone();
    let tidy = Job::new_async(NIGHTLY, move |_, _| {
        let app = tidying.clone();
        Box::pin(async move {
            if !app.doors.clock.is_wall() {
                return;
            }
            if let Err(error) = super::tidy::pass(&app).await {
                tracing::error!(%error, "the nightly tidying failed");
            }
        })
    })
    .map_err(Error::internal)?;
    scheduler.add(tidy).await.map_err(Error::internal)?;
    scheduler.start().await.map_err(Error::internal)?;
    let stop = spawner.clone();
    spawner.spawn("heartbeat", async move {
        stop.stopping().await;
        if let Err(error) = scheduler.shutdown().await {
            tracing::warn!(%error, "the heartbeat did not stop cleanly");
        }
    });
    Ok(())
}

/// The night under a virtual clock, as a job after all others.
pub(super) const NIGHTLY_JOB: (&str, Pass) = ("nightly", |app| Box::pin(night(app)));

/// When the next night is to be tidied, under a virtual clock.
#[derive(Default)]
pub(super) struct Nights(Mutex<Option<Timestamp>>);

impl Nights {
    /// The next one. At first, and after a clock was set back, that is the one at `now` or the first after it: a
    /// server that ended in the middle of a night begins with that night.
    fn next(&self, now: Timestamp) -> Result<Timestamp> {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = next.filter(|at| at.duration_since(now) <= DAY);
        let at = known.map_or_else(|| night_from(now), Ok)?;
        *next = Some(at);
        Ok(at)
    }

    fn done(&self, now: Timestamp) -> Result<Timestamp> {
        let after = night_from(now + SignedDuration::from_nanos(1))?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(after);
        Ok(after)
    }
}

/// The first 03:17 UTC that is not before `now`.
fn night_from(now: Timestamp) -> Result<Timestamp> {
    let date = now.to_zoned(TimeZone::UTC).date();
    let at = date.at(NIGHT.0, NIGHT.1, 0, 0).to_zoned(TimeZone::UTC);
    let at = at.map_err(Error::internal)?.timestamp();
    if at >= now {
        return Ok(at);
    }
    at.checked_add(DAY).map_err(Error::internal)
}

async fn night(app: Arc<App>) -> Result<Next> {
    if app.doors.clock.is_wall() {
        // It went live, and the scheduler's own night has begun to count.
        return Ok(Next::WhenSignalled);
    }
    let now = app.now();
    let next = app.signals.nights.next(now)?;
    if now < next {
        return Ok(Next::At(next));
    }
    super::tidy::pass(&app).await?;
    app.signals.nights.done(now).map(Next::At)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_is_tidied_once_and_the_one_a_server_ended_in_is_not_lost() {
        let nights = Nights::default();
        let first = at("2026-03-02T03:17:00Z");
        assert_eq!(nights.next(first).unwrap(), first);
        assert_eq!(nights.done(first).unwrap(), at("2026-03-03T03:17:00Z"));
        assert_eq!(
            nights.next(at("2026-03-02T03:17:01Z")).unwrap(),
            at("2026-03-03T03:17:00Z")
        );
    }

    #[test]
    fn nights_that_were_slept_through_are_one_and_a_clock_set_back_finds_its_next() {
        let nights = Nights::default();
        assert_eq!(
            nights.next(at("2026-03-02T06:00:00Z")).unwrap(),
            at("2026-03-03T03:17:00Z")
        );
        let woken = at("2026-03-09T12:00:00Z");
        assert!(nights.next(woken).unwrap() < woken);
        assert_eq!(nights.done(woken).unwrap(), at("2026-03-10T03:17:00Z"));
        assert_eq!(
            nights.next(at("2025-01-01T00:00:00Z")).unwrap(),
            at("2025-01-01T03:17:00Z")
        );
    }
}
