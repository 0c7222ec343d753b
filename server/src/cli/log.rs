//! The log on standard error, which never holds the server up: lines wait in bounded memory for a thread that writes them,
//! and are dropped and counted while nobody reads. At the end of the command what waits is written.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{FAILED, Failure};
use crate::config::Config;
use crate::rt::spawn;

/// Bytes that wait at most; a line that finds no room is dropped.
const ROOM: usize = 1024 * 1024;
/// How long the end of the command waits for whoever reads.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines on their way to standard error.
#[derive(Clone, Default)]
struct Lines {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    /// Lines dropped since the start.
    lost: u64,
    /// Nothing more comes.
    closed: bool,
    /// All is written, or nothing can be.
    ended: bool,
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.inner.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.text.len() + line.len() > ROOM {
            waiting.lost += 1;
            return;
        }
        waiting.text.extend_from_slice(line);
        self.inner.changed.notify_all();
    }

    /// What waits, and how many lines were lost before it was taken; `None` when nothing more comes.
    fn take(&self) -> Option<(Vec<u8>, u64)> {
        let idle = |waiting: &mut Waiting| waiting.text.is_empty() && !waiting.closed;
        let waiting = self.inner.changed.wait_while(self.lock(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let text = std::mem::take(&mut waiting.text);
        (!text.is_empty()).then_some((text, waiting.lost))
    }

    /// Writes until the end. What cannot be written, as to a pipe whose reader is gone, is let go.
    fn write_all(&self, mut out: impl Write) {
        let mut said = 0;
        while let Some((text, lost)) = self.take() {
            let _ = out.write_all(&text);
            if lost > said {
                said = lost;
                tracing::warn!(
                    lost,
                    "lines of the log were lost since the start: nobody read them"
                );
            }
        }
        self.lock().ended = true;
        self.inner.changed.notify_all();
    }

    /// Starts the thread that writes.
    fn start(out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let lines = Self::default();
        let written = lines.clone();
        spawn::thread("log", move || written.write_all(out))?;
        Ok(lines)
    }

    /// Waits until everything is written, not for ever.
    fn end(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        self.inner.changed.notify_all();
        let unwritten = |waiting: &mut Waiting| !waiting.ended;
        drop(
            self.inner
                .changed
                .wait_timeout_while(waiting, PATIENCE, unwritten),
        );
    }
}

/// One event's text, written whole.
struct Line(Lines);

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes what waits when it goes.
pub(super) struct Log(Lines);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Begins to log as the settings say, until the value goes.
pub(super) fn start(config: &Config) -> Result<Log, Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .map_err(|error| format!("log: {error}"))?;
    let lines = Lines::start(std::io::stderr())?;
    let writer = lines.clone();
    let to = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Line(writer.clone()))
        .with_ansi(std::io::stderr().is_terminal());
    let set = if config.log_json {
        to.json().try_init()
    } else {
        to.try_init()
    };
    set.map_err(|error| Failure(FAILED, error.to_string()))?;
    // Rust's own word about a panic would wait for the reader.
    std::panic::set_hook(Box::new(|panic| {
        let trace = Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| trace.to_string());
        tracing::error!(trace, "{panic}");
    }));
    Ok(Log(lines))
}

/// Says a last word on standard error, though nobody may read it.
pub(super) fn last_word(text: &str) {
    if let Ok(lines) = Lines::start(std::io::stderr()) {
        lines.add(format!("{text}\n").as_bytes());
        lines.end();
    }
}
