//! Background jobs: input-less, idempotent passes that are woken by a signal, by their own next due
//! instant, and by a coarse heartbeat; all three run the same code.

pub mod apart;
mod clock;
mod heartbeat;
mod tidy;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::app::App;
use crate::error::{Error, Result};
use crate::planted::{self, Bug};
use crate::rt::spawn::Spawner;
use crate::store::{System, alerts};

/// A pass over the work that is due; says when it next wants to be run.
pub type Pass = fn(Arc<App>) -> BoxFuture<'static, Result<Next>>;

/// When a job wants to run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once: there was more than one pass could take.
    Now,
    /// At this instant.
    At(Timestamp),
    /// When something happens.
    WhenSignalled,
}

/// After a failed pass the job waits this long.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// What a job that failed altogether is about.
const WHOLE: &str = "the pass";
/// And never sleeps longer than this, whatever it thinks: the clock may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 3600);

/// Rounds of settling before time passes all the same.
const SETTLED_AFTER: usize = 8;

/// The jobs of one server process, by name.
const JOBS: [(&str, Pass); 8] = [
    ("planner", |app| {
        Box::pin(crate::reminders::planner::pass(app))
    }),
    ("closer", |app| {
        Box::pin(crate::reminders::planner::close_pass(app))
    }),
    // After the closer: what it closes is counted.
    ("adherence", |app| Box::pin(crate::adherence::pass(app))),
    ("watcher", |app| {
        Box::pin(crate::reminders::watch::pass(app))
    }),
    ("escalation", |app| {
        Box::pin(crate::people::alerts::pass(app))
    }),
    ("erasure", |app| {
        Box::pin(crate::consent::erasure::pass(app))
    }),
    ("insole-watch", |app| {
        Box::pin(crate::insoles::watch::pass(app))
    }),
    ("dispatcher", |app| {
        Box::pin(crate::reminders::dispatcher::pass(app))
    }),
];

/// The dispatcher's place among [`JOBS`]: the last of those, as the others give it work.
const DISPATCHER: usize = JOBS.len() - 1;

/// Wakes the jobs.
#[derive(Default)]
pub struct Signals {
    senders: std::sync::OnceLock<Vec<mpsc::UnboundedSender<Wake>>>,
    /// How often somebody woke them.
    woken: AtomicU64,
    /// Where the nightly pass stands under a virtual clock.
    nights: heartbeat::Nights,
    /// What fails again and again.
    pub failing: apart::Failing,
}

/// A wake-up; the sender, if there is one, hears when the job has nothing left to do.
struct Wake(Option<oneshot::Sender<()>>);

impl Signals {
    /// Something changed: jobs look again.
    pub fn wake(&self) {
        self.woken.fetch_add(1, Ordering::Relaxed);
        for sender in self.senders.get().into_iter().flatten() {
            // A job that ended is being shut down and needs no waking.
            let _ = sender.send(Wake(None));
        }
    }

    /// New prompts were planned.
    pub fn wake_dispatcher(&self) {
        self.woken.fetch_add(1, Ordering::Relaxed);
        if let Some(sender) = self
            .senders
            .get()
            .and_then(|senders| senders.get(DISPATCHER))
        {
            let _ = sender.send(Wake(None));
        }
    }

    /// Wakes every job in turn and waits until each has nothing to do at the current instant.
    pub async fn settle(&self) {
        for sender in self.senders.get().into_iter().flatten() {
            let (done, idle) = oneshot::channel();
            if sender.send(Wake(Some(done))).is_ok() {
                let _ = idle.await;
            }
        }
    }

    /// Settles until nothing woke a job meanwhile: each is asleep then, and the next wake is known. A caller who never
    /// stops asking keeps time from passing for a few rounds only.
    pub async fn settle_all(&self) {
        for _ in 0..SETTLED_AFTER {
            let before = self.woken.load(Ordering::Relaxed);
            self.settle().await;
            if self.woken.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// Starts the jobs and the heartbeat.
///
/// # Errors
/// When the heartbeat's scheduler cannot start.
pub async fn start(app: &Arc<App>, spawner: &Spawner) -> Result<()> {
    start_passes(app, spawner);
    heartbeat::start(app, spawner).await
}

/// Starts the jobs without the heartbeat, which is the machine's clock's.
pub fn start_passes(app: &Arc<App>, spawner: &Spawner) {
    let mut senders = Vec::new();
    let nightly = (!app.doors.clock.is_wall()).then_some(heartbeat::NIGHTLY_JOB);
    for (name, pass) in JOBS.into_iter().chain(nightly) {
        let (sender, wakes) = mpsc::unbounded_channel();
        senders.push(sender);
        let (app, stop) = (app.clone(), spawner.clone());
        spawner.spawn(name, async move { run(name, pass, app, wakes, stop).await });
    }
    // Set once: `start` is called once for each `App`.
    let _ = app.signals.senders.set(senders);
}

/// One pass, unless the clock is not believed.
async fn turn(pass: Pass, app: &Arc<App>) -> Result<Next> {
    if !clock::is_believed(app).await? {
        return Ok(Next::At(clock::look_again(app)));
    }
    pass(app.clone()).await
}

async fn run(
    name: &'static str,
    pass: Pass,
    app: Arc<App>,
    mut wakes: mpsc::UnboundedReceiver<Wake>,
    stop: Spawner,
) {
    if planted::is(Bug::CountsAtStart) && name == "watcher" {
        let counted = app.store.write("planted", System, alerts::count_all).await;
        tracing::debug!(?counted, "planted");
    }
    let mut waiting: Vec<oneshot::Sender<()>> = Vec::new();
    loop {
        // A pass that panics is one that failed: the job goes on.
        let outcome = AssertUnwindSafe(turn(pass, &app)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("the pass panicked")));
        if outcome.is_err() && planted::is(Bug::JobsDie) {
            return;
        }
        let next = match outcome {
            Ok(next) => {
                app.signals.failing.worked(name, [WHOLE.to_owned()]);
                next
            }
            Err(error) => {
                tracing::error!(job = name, %error, "a pass failed");
                let now = app.now();
                app.signals.failing.failed(name, WHOLE.to_owned(), now);
                Next::At(now + AFTER_FAILURE)
            }
        };
        let now = app.now();
        let idle = match next {
            Next::Now => false,
            Next::At(at) => at > now,
            Next::WhenSignalled => true,
        };
        if !idle {
            // However much there is to do, shutdown waits for one pass and not for all of it.
            if stop.stopping().now_or_never().is_some() {
                return;
            }
            continue;
        }
        let at = match next {
            Next::At(at) => at.min(now + LONGEST_SLEEP),
            Next::Now | Next::WhenSignalled => now + LONGEST_SLEEP,
        };
        // Asleep before anybody hears that it is idle: a virtual clock then knows when to wake it.
        let sleep = app.doors.clock.sleep_until(at);
        for done in waiting.drain(..) {
            let _ = done.send(());
        }
        tokio::select! {
            // Being told to stop comes before whatever else is ready.
            biased;
            () = stop.stopping() => return,
            () = sleep => {}
            wake = wakes.recv() => match wake {
                Some(Wake(done)) => waiting.extend(done),
                None => return,
            }
        }
        while let Ok(Wake(done)) = wakes.try_recv() {
            waiting.extend(done);
        }
    }
}
