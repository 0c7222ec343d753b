//! Tasks, threads and blocking work: started here, counted, and awaited at shutdown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clock::real_timeout;

/// Starts background work and can stop all of it.
#[derive(Clone, Default)]
pub struct Spawner {
    inner: Arc<Inner>,
}

struct Inner {
    tasks: Mutex<Vec<(&'static str, JoinHandle<()>)>>,
    stopping: watch::Sender<bool>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            tasks: Mutex::default(),
            stopping: watch::Sender::new(false),
        }
    }
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
        let mut stopping = self.inner.stopping.subscribe();
        // The sender lives as long as `self`; an error would mean it is gone, which is stopping too.
        let _ = stopping.wait_for(|stop| *stop).await;
    }

    /// Asks every task to stop, and does not wait.
    pub fn ask_to_stop(&self) {
        self.inner.stopping.send_replace(true);
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

/// Runs `work` where it may block. A panic inside becomes `None`.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the door to blocking work"
)]
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
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
