//! The real server in this process, on one thread, in virtual time: its database on a disk in memory that can break (or on
//! PostgreSQL), its process able to end at any piece of work.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use actix_web::http::Method;
use actix_web::web::Bytes;
use footing_disk::{Disk, Fault, Survival};
use footing_server::access::service::NewClinic;
use footing_server::app::StartOptions;
use footing_server::app::in_process::{InProcess, Request};
use footing_server::push::Guarded;
use footing_server::push::circuit::CircuitRules;
use footing_server::rt::Doors;
use footing_server::rt::entropy::SeededEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::{Blocking, Moment, Steps, Turn};
use footing_server::store::StoreOptions;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use tokio::sync::watch;

use super::chance::{Use, stream};
use super::gateway::Gateway;
use super::ledger::{End, Life, Offer};
use super::site::{Call, Reply, Site, Woken};
use super::staff::Staff;
use super::time::SimClock;
use super::weather::Blow;

/// The database's file on its disk.
pub(crate) const FILE: &str = "footing.db";

/// Where something came in, every job looks again so much later at the latest. On a machine that is a minute; here what somebody
/// forgot to wake a job for is seen to be late.
const HEARTBEAT: SignedDuration = SignedDuration::from_hours(1);
/// More pieces of work than this in one second are a loop.
const STEPS_OF_A_SECOND: u64 = 500_000;

/// Where the data lies.
#[derive(Clone)]
pub(crate) enum Place {
    /// On a disk in memory.
    Memory(Disk),
    /// Anywhere a database URL names.
    Url(String),
}

impl Place {
    fn url(&self) -> String {
        match self {
            Self::Memory(disk) => disk.database_url(FILE),
            Self::Url(url) => url.clone(),
        }
    }

    fn disk(&self) -> Option<&Disk> {
        match self {
            Self::Memory(disk) => Some(disk),
            Self::Url(_) => None,
        }
    }
}

/// The server and what it stands on.
pub(crate) struct House {
    truth: SimClock,
    clock: SimClock,
    entropy: Arc<SeededEntropy>,
    gateway: Arc<Gateway>,
    place: Place,
    watch: Arc<Watch>,
    node: Option<InProcess>,
    lives: Vec<Life>,
    /// Whether something was asked for since the jobs were woken last, and when that was.
    is_stirred: bool,
    beaten_at: Timestamp,
}

/// Counts the pieces of work of a process and ends it where it is told.
struct Watch {
    seed: u64,
    yields: f64,
    disk: Option<Disk>,
    truth: SimClock,
    steps: AtomicU64,
    /// Steps so far when the last second began, and that second.
    since: AtomicU64,
    instant: AtomicI64,
    crash_at: AtomicU64,
    dead: watch::Sender<Option<End>>,
    /// How the disk dies when it does.
    died_by: std::sync::Mutex<End>,
}

impl Watch {
    fn end(&self) -> Option<End> {
        *self.dead.borrow()
    }

    fn die(&self, end: End) {
        if let Some(disk) = &self.disk {
            disk.kill();
        }
        self.dead.send_replace(Some(end));
    }

    fn disk_end(&self) -> End {
        *self
            .died_by
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether so much was done in one second that it never ends.
    fn is_busy_without_end(&self, step: u64) -> bool {
        let now = self.truth.truth().as_second();
        if self.instant.swap(now, Ordering::Relaxed) != now {
            self.since.store(step, Ordering::Relaxed);
        }
        step - self.since.load(Ordering::Relaxed) > STEPS_OF_A_SECOND
    }

    async fn died(&self) -> End {
        let mut dead = self.dead.subscribe();
        // The sender lives in `self`.
        match dead.wait_for(Option::is_some).await {
            Ok(end) => end.unwrap_or(End::Crashed),
            Err(_) => End::Crashed,
        }
    }
}

impl Steps for Watch {
    fn step(&self, _: &'static str, _: Moment) -> Turn {
        if self.end().is_some() {
            return Turn::Dead;
        }
        if self.disk.as_ref().is_some_and(Disk::is_dead) {
            self.dead.send_replace(Some(self.disk_end()));
            return Turn::Dead;
        }
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        if self.is_busy_without_end(step) {
            self.die(End::Stuck);
            return Turn::Dead;
        }
        if step >= self.crash_at.load(Ordering::Relaxed) {
            self.crash_at.store(u64::MAX, Ordering::Relaxed);
            self.die(End::Crashed);
            return Turn::Dead;
        }
        if self.yields > 0.0 && stream(self.seed, Use::Turns, step, 0).random_bool(self.yields) {
            return Turn::Yield;
        }
        Turn::Go
    }
}

/// What a house is built of.
pub(crate) struct Plan {
    /// Decides everything.
    pub(crate) seed: u64,
    /// Where the data lies.
    pub(crate) place: Place,
    /// How often tasks let others go first.
    pub(crate) yields: f64,
    /// The gateway.
    pub(crate) gateway: Arc<Gateway>,
    /// The true time.
    pub(crate) truth: SimClock,
}

impl House {
    /// Builds the house and starts the server.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub(crate) async fn build(plan: Plan) -> anyhow::Result<Self> {
        let mut seed = [0_u8; 8];
        stream(plan.seed, Use::Server, 0, 0).fill(&mut seed);
        let watch = Watch {
            seed: plan.seed,
            yields: plan.yields,
            disk: plan.place.disk().cloned(),
            truth: plan.truth.clone(),
            steps: AtomicU64::new(0),
            since: AtomicU64::new(0),
            instant: AtomicI64::new(0),
            crash_at: AtomicU64::new(u64::MAX),
            dead: watch::Sender::new(None),
            died_by: std::sync::Mutex::new(End::Crashed),
        };
        let mut house = Self {
            clock: plan.truth.beside(),
            truth: plan.truth,
            entropy: Arc::new(SeededEntropy::new(u64::from_le_bytes(seed))),
            gateway: plan.gateway,
            place: plan.place,
            watch: Arc::new(watch),
            node: None,
            lives: Vec::new(),
            is_stirred: false,
            beaten_at: Timestamp::MIN,
        };
        anyhow::ensure!(house.restart().await?, "the server does not start");
        Ok(house)
    }

    fn doors(&self) -> Doors {
        let guarded = Guarded::new(
            self.gateway.clone(),
            CircuitRules::default(),
            Arc::new(self.clock.clone()),
        );
        Doors {
            clock: Arc::new(self.clock.clone()),
            entropy: self.entropy.clone(),
            push: Arc::new(guarded),
            blocking: Blocking::Inline(self.watch.clone()),
            password_cost: PasswordCost::LEAST,
        }
    }

    fn options(&self) -> anyhow::Result<StartOptions> {
        Ok(StartOptions {
            listen: ([127, 0, 0, 1], 1).into(),
            public_url: None,
            store: StoreOptions {
                url: self.place.url().parse().map_err(anyhow::Error::msg)?,
                connections: 2,
            },
            workers: 1,
            push_in_flight: 1000,
        })
    }

    /// After the end of a process: nothing of it is left but what lies on the disk.
    async fn bury(&mut self, end: End) {
        if let Some(node) = self.node.take() {
            node.crash();
        }
        // Tasks that were ended let go of what they held.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        if let Some(life) = self.lives.last_mut() {
            life.until = Some(self.truth.truth());
            life.end = Some(end);
        }
    }
}

impl Site for House {
    fn now(&self) -> Timestamp {
        self.truth.truth()
    }

    async fn until(&mut self, at: Timestamp) -> anyhow::Result<Woken> {
        let Some(node) = &self.node else {
            self.truth.until(at).await;
            return Ok(Woken::InTime);
        };
        // The heartbeat goes by the machine's clock: who moves another has the jobs look at what came in.
        let beats_at = (self.beaten_at + HEARTBEAT).max(self.truth.truth());
        let beats = self.is_stirred && beats_at <= at;
        if beats {
            (self.is_stirred, self.beaten_at) = (false, beats_at);
        }
        let beat = async {
            if beats {
                self.truth.until(beats_at).await;
                node.settle().await;
            }
            std::future::pending::<()>().await;
        };
        let end = tokio::select! {
            biased;
            end = self.watch.died() => end,
            () = beat => return Ok(Woken::InTime),
            () = self.truth.until(at) => return Ok(Woken::InTime),
        };
        self.bury(end).await;
        anyhow::ensure!(
            end != End::Stuck,
            "the server works without end within one second"
        );
        Ok(Woken::Died(end))
    }

    async fn call(&mut self, call: Call) -> anyhow::Result<Reply> {
        let Some(node) = &self.node else {
            return Ok(Reply::Unreachable);
        };
        let body = call.text().map(Bytes::from);
        self.is_stirred |= call.method != Method::GET;
        let request = Request {
            method: call.method,
            path: call.path,
            token: call.token,
            body,
        };
        let answer = tokio::select! {
            biased;
            _ = self.watch.died() => None,
            answer = node.call(request) => Some(answer),
        };
        // Who died while it answered answered nobody.
        match answer.filter(|_| self.watch.end().is_none()) {
            None => Ok(Reply::Lost),
            Some(answer) => {
                let answer = answer?;
                let body = serde_json::from_slice(&answer.body).unwrap_or_default();
                Ok(Reply::Answer {
                    status: answer.status,
                    body,
                })
            }
        }
    }

    async fn open_clinic(&mut self, slug: &str, time_zone: &str) -> anyhow::Result<String> {
        let node = self
            .node
            .as_ref()
            .ok_or_else(|| anyhow::anyhow!("no server"))?;
        let opened = node
            .open_clinic(NewClinic {
                slug: slug.to_owned(),
                name: format!("Test Clinic {slug}"),
                time_zone: time_zone.to_owned(),
                clinician_name: "Test Clinician".to_owned(),
                email: super::staff::email(slug),
                sandbox: false,
            })
            .await?;
        Ok(opened.code.reveal().to_owned())
    }

    /// Time passes by itself here.
    async fn take_over(&mut self, _: &mut [Staff]) -> anyhow::Result<()> {
        Ok(())
    }

    async fn strike(&mut self, blow: &Blow) -> anyhow::Result<bool> {
        if self.node.is_none() {
            return Ok(false);
        }
        match *blow {
            Blow::Crash { after, .. } => {
                let at = self.watch.steps.load(Ordering::Relaxed) + after;
                self.watch.crash_at.store(at, Ordering::Relaxed);
            }
            Blow::Kill { .. } => {
                self.settle().await;
                self.bury(End::Killed).await;
            }
            Blow::Stop { .. } => {
                if let Some(node) = self.node.take() {
                    node.stop().await;
                }
                self.bury(End::Stopped).await;
            }
            Blow::ClockStep { by_s, .. } => self.clock.set_error(SignedDuration::from_secs(by_s)),
            Blow::PowerCut { .. } | Blow::DiskError { .. } | Blow::DiskFull { .. } => {
                return Ok(self.strike_disk(blow));
            }
        }
        Ok(true)
    }

    fn mend(&mut self, blow: &Blow) {
        match blow {
            Blow::DiskFull { .. } => {
                if let Some(disk) = self.place.disk() {
                    disk.set_capacity(None);
                }
            }
            Blow::ClockStep { .. } => self.clock.set_error(SignedDuration::ZERO),
            _ => {}
        }
    }

    async fn restart(&mut self) -> anyhow::Result<bool> {
        if self.node.is_some() {
            return Ok(true);
        }
        if let Some(disk) = self.place.disk()
            && disk.is_dead()
        {
            disk.revive();
        }
        self.watch.dead.send_replace(None);
        self.watch.crash_at.store(u64::MAX, Ordering::Relaxed);
        let started = InProcess::start(&self.options()?, self.doors()).await;
        match started {
            Ok(node) => self.node = Some(node),
            // A disk that is full or fails lets nobody start; later it does.
            Err(_) if !self.lives.is_empty() => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        self.lives.push(Life {
            from: self.truth.truth(),
            until: None,
            end: None,
        });
        self.gateway.next_life(self.lives.len() - 1);
        Ok(true)
    }

    fn forget_token(&mut self, token: &str) {
        self.gateway.forget(token);
    }

    fn offers(&self) -> Option<Vec<Offer>> {
        Some(self.gateway.offers())
    }

    fn lives(&self) -> Vec<Life> {
        self.lives.clone()
    }

    fn files(&self) -> Option<Vec<Arc<Vec<u8>>>> {
        Some(self.place.disk()?.image().files.into_values().collect())
    }
}

impl House {
    /// Lets the server end what it is at, as far as that waits for no later time.
    async fn settle(&self) {
        let Some(node) = &self.node else {
            return;
        };
        let soon = self.truth.truth() + SignedDuration::from_millis(1);
        tokio::select! {
            biased;
            _ = self.watch.died() => {}
            () = node.settle() => {}
            () = self.truth.until(soon) => {}
        }
    }

    fn strike_disk(&self, blow: &Blow) -> bool {
        let Some(disk) = self.place.disk() else {
            return false;
        };
        match *blow {
            Blow::PowerCut {
                after, survival, ..
            } => {
                *self
                    .watch
                    .died_by
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = End::PowerCut;
                disk.fail_at(
                    disk.operations() + 1 + after,
                    Fault::Power(survives(survival)),
                );
            }
            Blow::DiskError { after } => disk.fail_at(disk.operations() + 1 + after, Fault::Io),
            Blow::DiskFull { .. } => disk.set_capacity(Some(disk.bytes())),
            _ => return false,
        }
        true
    }
}

fn survives(draw: u64) -> Survival {
    match draw % 3 {
        0 => Survival::Nothing,
        1 => Survival::Prefix { seed: draw },
        _ => Survival::Torn { seed: draw },
    }
}
