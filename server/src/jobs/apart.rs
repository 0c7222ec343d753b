//! Work for many, of which one may fail every time: it holds up no other, the log names it, and the operator sees it for as
//! long as it fails.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Next;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::store::{Scope, Tx};

/// What failed alone is tried again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// Failures remembered at most; more say nothing new.
const REMEMBERED: usize = 10_000;

/// What fails now, by job and what it is about.
#[derive(Debug, Default)]
pub struct Failing(Mutex<BTreeMap<(&'static str, String), Timestamp>>);

/// The failures of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailingJob {
    /// Which job.
    pub job: &'static str,
    /// Since when the first of them failed.
    pub since: Timestamp,
    /// How many.
    pub count: usize,
}

impl Failing {
    fn all(&self) -> MutexGuard<'_, BTreeMap<(&'static str, String), Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something failed.
    pub fn failed(&self, job: &'static str, what: String, now: Timestamp) {
        let mut all = self.all();
        if all.len() < REMEMBERED {
            all.entry((job, what)).or_insert(now);
        }
    }

    /// These did not.
    pub fn worked(&self, job: &'static str, what: impl IntoIterator<Item = String>) {
        let mut all = self.all();
        if !all.is_empty() {
            for what in what {
                all.remove(&(job, what));
            }
        }
    }

    /// By job, without saying what.
    pub fn by_job(&self) -> Vec<FailingJob> {
        let mut jobs: Vec<FailingJob> = Vec::new();
        for ((job, _), since) in self.all().iter() {
            match jobs.last_mut().filter(|last| last.job == *job) {
                Some(last) => {
                    last.count += 1;
                    last.since = last.since.min(*since);
                }
                None => jobs.push(FailingJob {
                    job,
                    since: *since,
                    count: 1,
                }),
            }
        }
        jobs
    }
}

/// What became of many.
#[derive(Debug)]
pub struct Done<K, T> {
    /// What was done gave this.
    pub given: Vec<T>,
    /// What could not be done.
    pub failed: Vec<K>,
}

impl<K, T> Default for Done<K, T> {
    fn default() -> Self {
        Self {
            given: Vec::new(),
            failed: Vec::new(),
        }
    }
}

impl<K, T> Done<K, T> {
    /// Both together.
    pub fn extend(&mut self, other: Self) {
        self.given.extend(other.given);
        self.failed.extend(other.failed);
    }

    /// When to go on: at once while anything was done, else in a while, and not after `next`.
    pub fn next(&self, now: Timestamp, next: Option<Timestamp>) -> Next {
        if !self.given.is_empty() {
            return Next::Now;
        }
        let again = (!self.failed.is_empty()).then(|| now + AGAIN);
        let at = again.into_iter().chain(next).min();
        at.map_or(Next::WhenSignalled, Next::At)
    }

    /// When to go on where nothing else is known to be left until an instant.
    pub fn before(&self, now: Timestamp, next: Timestamp) -> Next {
        Next::At(if self.failed.is_empty() {
            next
        } else {
            next.min(now + AGAIN)
        })
    }
}

/// Does something for all of these in one transaction, and where that fails for each in one of its own. A database that is
/// away is nobody's fault and fails for all.
///
/// # Errors
/// Unavailable.
pub async fn apart<K, T>(
    app: &App,
    (job, name): (&'static str, &'static str),
    scope: Scope,
    keys: Vec<K>,
    named: fn(&K) -> String,
    work: impl Fn(&mut Tx<'_>, &[K]) -> Result<T> + Clone + Send + 'static,
) -> Result<Done<K, T>>
where
    K: Clone + Send + 'static,
    T: Send + 'static,
{
    let mut done = Done::default();
    if keys.len() > 1 {
        let (all, together) = (keys.clone(), work.clone());
        let outcome = app.store.write(name, scope, move |tx| together(tx, &all));
        match outcome.await {
            Ok(given) => {
                app.signals.failing.worked(job, keys.iter().map(named));
                done.given.push(given);
                return Ok(done);
            }
            Err(error) if error.code == Code::Unavailable => return Err(error),
            Err(_) => {}
        }
    }
    for key in keys {
        let (one, alone) = (key.clone(), work.clone());
        let outcome = app
            .store
            .write(name, scope, move |tx| alone(tx, std::slice::from_ref(&one)));
        if let Some(given) = noted(app, job, named(&key), outcome.await)? {
            done.given.push(given);
        } else {
            done.failed.push(key);
        }
    }
    Ok(done)
}

/// Notes how one ended; gives what it gave, unless it failed by itself.
///
/// # Errors
/// Unavailable.
pub fn noted<T>(
    app: &App,
    job: &'static str,
    what: String,
    outcome: Result<T>,
) -> Result<Option<T>> {
    match outcome {
        Ok(given) => {
            app.signals.failing.worked(job, [what]);
            Ok(Some(given))
        }
        Err(error) if error.code == Code::Unavailable => Err(error),
        Err(error) => {
            failed(app, job, what, &error);
            Ok(None)
        }
    }
}

/// Notes that one failed.
pub fn failed(app: &App, job: &'static str, what: String, error: &Error) {
    tracing::error!(event = "job_item_failed", job, what, %error, "one could not be done and holds up no other; tried again in a while");
    app.signals.failing.failed(job, what, app.now());
}
