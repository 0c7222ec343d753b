//! Tasks, threads and blocking work: started here, counted, and awaited at shutdown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::clock::real_timeout;

/// Starts background work and can stop all of it.
#[derive(Clone, Default)]
pub struct Spawner {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    tasks: Mutex<Vec<(&'static str, JoinHandle<()>)>>,
    is_stopping: AtomicBool,
    /// Tells who waits in the order of coming; a `watch` channel tells in an order the runtime draws.
    told: Notify,
}

impl Spawner {
    /// Runs `future` in the background until it ends. It should end soon after [`Self::stopping`] resolves.
    #[expect(clippy::disallowed_methods, reason = "this is the door to tasks")]
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let handle = tokio::spawn(future);
        self.inner
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name, handle));
    }

    /// Resolves when shutdown begins.
    pub async fn stopping(&self) {
        // Before the look: being told between the two is not missed.
        let told = self.inner.told.notified();
        if !self.inner.is_stopping.load(Ordering::SeqCst) {
            told.await;
        }
    }

    /// Asks every task to stop, and does not wait.
    pub fn ask_to_stop(&self) {
        self.inner.is_stopping.store(true, Ordering::SeqCst);
        self.inner.told.notify_waiters();
    }

    /// Ends every task at whatever it waits for, as the end of the process would.
    pub fn abort(&self) {
        let tasks = std::mem::take(
            &mut *self
                .inner
                .tasks
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for (_, handle) in tasks {
            handle.abort();
        }
    }

    /// Asks every task to stop and waits for them, each at most `patience` of real time.
    pub async fn stop(&self, patience: Duration) {
        self.ask_to_stop();
        let tasks = std::mem::take(
            &mut *self
                .inner
                .tasks
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for (name, mut handle) in tasks {
            match real_timeout(patience, &mut handle).await {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::error!(task = name, %error, "a background task failed")
                }
                None => {
                    tracing::warn!(task = name, "a background task did not stop in time");
                    handle.abort();
                }
            }
        }
    }
}

/// Runs what moves a connection's bytes. It ends by itself when the connection does, or when nobody holds a handle on it
/// any more, so nobody waits for it.
#[expect(clippy::disallowed_methods, reason = "this is the door to tasks")]
pub fn driver(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}

/// Where work that may block runs.
#[derive(Clone, Default)]
pub enum Blocking {
    /// On threads made for it.
    #[default]
    Threads,
    /// Here and now, on the one thread that does everything: for simulation, in which nothing may depend on which thread
    /// is faster.
    Inline(Arc<dyn Steps>),
}

/// Watches work that runs inline: a simulation orders it, and ends the process before or after a piece of it.
pub trait Steps: Send + Sync {
    /// Asked before and after each piece of work, by its name.
    fn step(&self, work: &'static str, moment: Moment) -> Turn;

    /// Resolves when a process that stands still goes on: waited for after [`Turn::Stand`].
    fn goes_on(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Of a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// It has not begun.
    Before,
    /// It is done, and who waits for it does not know.
    After,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It goes on.
    Go,
    /// Others go first.
    Yield,
    /// The process stands still, as one that was sent SIGSTOP does, until [`Steps::goes_on`].
    Stand,
    /// The process is dead: who waits, waits for ever.
    Dead,
}

impl Blocking {
    /// Runs `work`. A panic inside becomes `None`.
    pub async fn run<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        match self {
            Self::Threads => on_threads(work).await,
            Self::Inline(steps) => {
                take_turn(steps.as_ref(), name, Moment::Before).await;
                let done = catch_unwind(AssertUnwindSafe(work)).ok();
                take_turn(steps.as_ref(), name, Moment::After).await;
                done
            }
        }
    }
}

async fn take_turn(steps: &dyn Steps, name: &'static str, moment: Moment) {
    match steps.step(name, moment) {
        Turn::Go => {}
        Turn::Yield => tokio::task::yield_now().await,
        Turn::Stand => steps.goes_on().await,
        Turn::Dead => std::future::pending().await,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the door to blocking work"
)]
async fn on_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Starts a named thread for work that owns it for the life of the process.
///
/// # Errors
/// When the operating system gives no thread.
pub fn thread(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
}

#[cfg(test)]
mod tests {
    use futures_util::stream::FuturesUnordered;
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[tokio::test]
    async fn tasks_are_told_to_stop_in_the_order_they_came_to_wait() {
        let spawner = Spawner::default();
        let wait = |number: usize| {
            let spawner = spawner.clone();
            async move { spawner.stopping().await }
                .map(move |()| number)
                .boxed()
        };
        let mut waiting: FuturesUnordered<_> = (0..16).map(wait).collect();
        assert!(futures_util::poll!(waiting.next()).is_pending());
        spawner.ask_to_stop();
        let told: Vec<usize> = waiting.collect().await;
        assert_eq!(told, (0..16).collect::<Vec<_>>());
        spawner.stopping().await;
    }
}
