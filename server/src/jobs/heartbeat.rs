//! The coarse heartbeat: wakes the jobs each minute and tidies up each night, whatever else was missed.
//!
//! tokio-cron-scheduler drives these system ticks and nothing else: it polls twice a second on the
//! machine's clock, does not replay what it slept through and does not know patients' time zones. Due
//! reminders never depend on it (docs/decisions/0003-scheduler.md).

use std::sync::Arc;

use tokio_cron_scheduler::{Job, JobScheduler};

use crate::app::App;
use crate::error::{Error, Result};
use crate::rt::spawn::Spawner;

/// Each minute, UTC.
const HEARTBEAT: &str = "0 * * * * *";
/// Each night at 03:17 UTC.
const NIGHTLY: &str = "0 17 3 * * *";

/// Starts the scheduler; it ends with the server.
pub(super) async fn start(app: &Arc<App>, spawner: &Spawner) -> Result<()> {
    let mut scheduler = JobScheduler::new().await.map_err(Error::internal)?;
    let beating = app.clone();
    let beat = Job::new(HEARTBEAT, move |_, _| beating.signals.wake()).map_err(Error::internal)?;
    scheduler.add(beat).await.map_err(Error::internal)?;
    let tidying = app.clone();
    let tidy = Job::new_async(NIGHTLY, move |_, _| {
        let app = tidying.clone();
        Box::pin(async move {
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
