//! Watches a process of the server in this one: counts its pieces of work, lets it give way, stand still or end where it is told.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use footing_disk::Disk;
use footing_server::rt::spawn::{Moment, Steps, Turn};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use super::chance::{Use, stream};
use super::ledger::End;
use super::time::SimClock;

/// More pieces of work than this in one second are a loop.
const STEPS_OF_A_SECOND: u64 = 500_000;

/// When, in the work of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// After so many pieces of work.
    After(u64),
    /// The next time it comes to a point.
    At(Point),
}

/// Where in its work a server is the most exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Point {
    /// Messages are claimed, and none has left.
    Claimed,
    /// A message has left, and that is not written down.
    Sent,
}

impl Point {
    fn is(self, work: &str, moment: Moment) -> bool {
        match self {
            Self::Claimed => moment == Moment::After && matches!(work, "sweep" | "claim"),
            Self::Sent => moment == Moment::Before && work == "record_delivery",
        }
    }
}

/// Whose work is watched, over all its lives.
pub(crate) struct Watch {
    seed: u64,
    node: usize,
    yields: f64,
    disk: Option<Disk>,
    truth: SimClock,
    steps: AtomicU64,
    /// Steps so far when the last second began, and that second.
    since: AtomicU64,
    instant: AtomicI64,
    crash_at: Mutex<Option<When>>,
    /// When it is to stand still next, and for how long.
    stand_at: Mutex<Option<When>>,
    stand_for: Mutex<SignedDuration>,
    /// From when until when it stood still.
    stood: Mutex<Vec<(Timestamp, Timestamp)>>,
    begins_to_stand: Notify,
    dead: watch::Sender<Option<End>>,
}

impl Watch {
    /// Of a process that is not there yet.
    pub(crate) fn new(
        (seed, node): (u64, usize),
        yields: f64,
        disk: Option<Disk>,
        truth: SimClock,
    ) -> Self {
        Self {
            seed,
            node,
            yields,
            disk,
            truth,
            steps: AtomicU64::new(0),
            since: AtomicU64::new(0),
            instant: AtomicI64::new(0),
            crash_at: Mutex::default(),
            stand_at: Mutex::default(),
            stand_for: Mutex::default(),
            stood: Mutex::default(),
            begins_to_stand: Notify::new(),
            dead: watch::Sender::new(None),
        }
    }

    /// A process begins.
    pub(crate) fn begin(&self) {
        self.dead.send_replace(None);
        *held(&self.crash_at) = None;
        self.wake();
    }

    /// It ends then.
    pub(crate) fn crash(&self, when: When) {
        *held(&self.crash_at) = Some(self.counted(when));
    }

    /// It stands still then, for so long.
    pub(crate) fn stand(&self, when: When, time: SignedDuration) {
        *held(&self.stand_at) = Some(self.counted(when));
        *held(&self.stand_for) = time;
    }

    fn counted(&self, when: When) -> When {
        match when {
            When::After(steps) => When::After(self.steps.load(Ordering::Relaxed) + steps),
            When::At(point) => When::At(point),
        }
    }

    /// It does not stand still any more, nor will it.
    pub(crate) fn wake(&self) {
        *held(&self.stand_at) = None;
        let now = self.truth.truth();
        if let Some((_, until)) = held(&self.stood).last_mut() {
            *until = now.min(*until);
        }
    }

    /// Whether it stands still.
    pub(crate) fn stands(&self) -> bool {
        self.stands_until()
            .is_some_and(|until| self.truth.truth() < until)
    }

    fn stands_until(&self) -> Option<Timestamp> {
        held(&self.stood).last().map(|(_, until)| *until)
    }

    /// Resolves once it stands still.
    pub(crate) async fn stood(&self) {
        loop {
            let begins = self.begins_to_stand.notified();
            if self.stands() {
                return;
            }
            begins.await;
        }
    }

    /// From when until when it stood still, one after another; the last may last.
    pub(crate) fn standstills(&self) -> Vec<(Timestamp, Timestamp)> {
        held(&self.stood).clone()
    }

    /// How it ended, if it did.
    pub(crate) fn end(&self) -> Option<End> {
        *self.dead.borrow()
    }

    /// It ends so.
    pub(crate) fn die(&self, end: End) {
        self.dead.send_replace(Some(end));
    }

    /// Resolves with its end.
    pub(crate) async fn died(&self) -> End {
        let mut dead = self.dead.subscribe();
        // The sender lives in `self`.
        match dead.wait_for(Option::is_some).await {
            Ok(end) => end.unwrap_or(End::Crashed),
            Err(_) => End::Crashed,
        }
    }

    fn gives_way(&self, step: u64) -> bool {
        let node = u32::try_from(self.node).unwrap_or(u32::MAX);
        stream(self.seed, Use::Turns, step, node).random_bool(self.yields)
    }

    /// Whether so much was done in one second that it never ends.
    fn is_busy_without_end(&self, step: u64) -> bool {
        let now = self.truth.truth().as_second();
        if self.instant.swap(now, Ordering::Relaxed) != now {
            self.since.store(step, Ordering::Relaxed);
        }
        step - self.since.load(Ordering::Relaxed) > STEPS_OF_A_SECOND
    }

    fn ends(&self, step: u64, work: &str, moment: Moment) -> Option<End> {
        if self.is_busy_without_end(step) {
            return Some(End::Stuck);
        }
        comes(&self.crash_at, step, work, moment).then_some(End::Crashed)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether it comes with this piece of work; it comes once.
fn comes(at: &Mutex<Option<When>>, step: u64, work: &str, moment: Moment) -> bool {
    let mut at = held(at);
    let comes = at.is_some_and(|when| match when {
        When::After(from) => step >= from,
        When::At(point) => point.is(work, moment),
    });
    if comes {
        *at = None;
    }
    comes
}

impl Steps for Watch {
    fn step(&self, work: &'static str, moment: Moment) -> Turn {
        if self.end().is_some() {
            return Turn::Dead;
        }
        if self.disk.as_ref().is_some_and(Disk::is_dead) {
            self.die(End::PowerCut);
            return Turn::Dead;
        }
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        if let Some(end) = self.ends(step, work, moment) {
            self.die(end);
            return Turn::Dead;
        }
        if comes(&self.stand_at, step, work, moment) {
            let now = self.truth.truth();
            held(&self.stood).push((now, now + *held(&self.stand_for)));
            self.begins_to_stand.notify_waiters();
        }
        if self.stands() {
            return Turn::Stand;
        }
        if self.yields > 0.0 && self.gives_way(step) {
            return Turn::Yield;
        }
        Turn::Go
    }

    fn goes_on(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            while let Some(until) = self.stands_until().filter(|_| self.stands()) {
                self.truth.until(until).await;
            }
        })
    }
}
