//! The server in this process, on one thread, its database on a disk in memory.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::Bytes;
use diesel::{Connection, SqliteConnection};
use footing_disk::{Disk, Image};
use footing_server::access::service::{NewClinic, OpenedClinic};
use footing_server::app::StartOptions;
use footing_server::app::in_process::{Answer, InProcess, Request};
use footing_server::error::Error;
use footing_server::rt::Doors;
use footing_server::rt::clock::VirtualClock;
use footing_server::rt::entropy::SeededEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::{Blocking, Moment, Steps, Turn};
use footing_server::store::StoreOptions;
use footing_tests::server::START;
use footing_tests::{PushDouble, Raw};
use serde_json::Value;
use tokio::sync::watch;

/// The database's file on its disk.
pub(super) const FILE: &str = "footing.db";

/// The process died while it was at it: nobody was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Died;

/// Lets work go on as long as the disk lives.
struct Watch {
    disk: Disk,
    dead: watch::Sender<bool>,
}

impl Steps for Watch {
    fn step(&self, _: &'static str, _: Moment) -> Turn {
        if self.disk.is_dead() {
            self.dead.send_replace(true);
            return Turn::Dead;
        }
        Turn::Go
    }
}

/// A server on a disk.
pub(super) struct House {
    pub(super) disk: Disk,
    pub(super) clock: VirtualClock,
    pub(super) push: Arc<PushDouble>,
    watch: Arc<Watch>,
    threads: bool,
    node: Option<InProcess>,
    lives: u64,
}

impl House {
    /// A house on a disk, its clock at an instant; nothing runs yet.
    pub(super) fn on(disk: Disk, now: &str) -> Self {
        let clock = VirtualClock::new(now.parse().unwrap());
        let watch = Watch {
            disk: disk.clone(),
            dead: watch::Sender::new(false),
        };
        Self {
            push: PushDouble::new(clock.clone()),
            clock,
            disk,
            watch: Arc::new(watch),
            threads: false,
            node: None,
            lives: 0,
        }
    }

    /// A house on a new disk, running.
    pub(super) async fn new() -> Self {
        let mut house = Self::on(Disk::new(), START);
        house.start().await.expect("the server starts");
        house
    }

    /// A house on a copy of a disk, running.
    pub(super) async fn of(image: &Image, now: &str) -> Self {
        Self::begun(image, now, false).await
    }

    /// The same with the store on threads of its own, as in a server that serves.
    pub(super) async fn on_threads(image: &Image, now: &str) -> Self {
        Self::begun(image, now, true).await
    }

    async fn begun(image: &Image, now: &str, threads: bool) -> Self {
        let mut house = Self::on(Disk::from_image(image), now);
        house.threads = threads;
        // Ids of the server that left the image come from the first seed.
        house.lives = 100;
        house.start().await.expect("the server starts");
        house
    }

    /// Starts a process. `Err` where it does not start or dies while starting.
    pub(super) async fn start(&mut self) -> Result<(), Option<Error>> {
        self.lives += 1;
        self.watch.dead.send_replace(false);
        let doors = Doors {
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(self.lives)),
            push: self.push.clone(),
            blocking: if self.threads {
                Blocking::Threads
            } else {
                Blocking::Inline(self.watch.clone())
            },
            password_cost: PasswordCost::LEAST,
        };
        let options = StartOptions {
            listen: ([127, 0, 0, 1], 1).into(),
            public_url: None,
            store: StoreOptions {
                url: self.disk.database_url(FILE).parse().unwrap(),
                connections: 2,
            },
            workers: 1,
            push_in_flight: 1000,
        };
        let started = InProcess::start(&options, doors).await;
        if self.disk.is_dead() {
            if let Ok(node) = started {
                node.crash();
            }
            return Err(None);
        }
        self.node = Some(started.map_err(Some)?);
        Ok(())
    }

    /// The process ends as a kill ends it; the disk has power again, and a new process starts.
    pub(super) async fn begin_again(&mut self) {
        if let Some(node) = self.node.take() {
            node.crash();
        }
        // Tasks that were ended let go of what they held.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        self.disk.revive();
        self.start().await.expect("the server starts again");
    }

    fn node(&self) -> &InProcess {
        self.node.as_ref().expect("a server runs")
    }

    /// Awaits `work` for as long as the process lives.
    async fn alive<T>(&self, work: impl Future<Output = T>) -> Result<T, Died> {
        let mut dead = self.watch.dead.subscribe();
        let done = tokio::select! {
            biased;
            _ = dead.wait_for(|dead| *dead) => return Err(Died),
            done = work => done,
        };
        // Who died while it answered answered nobody.
        if self.disk.is_dead() {
            return Err(Died);
        }
        Ok(done)
    }

    /// Opens a clinic as the operator's command line does.
    pub(super) async fn open_clinic(&self, new: NewClinic) -> Result<OpenedClinic, Error> {
        self.node().open_clinic(new).await
    }

    /// Asks the server.
    pub(super) async fn call(
        &self,
        method: Method,
        token: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Died> {
        let request = Request {
            method,
            path: path.to_owned(),
            token: (!token.is_empty()).then(|| token.to_owned()),
            body: body.map(|body| Bytes::from(body.to_string())),
        };
        let answer = self.alive(self.node().call(request)).await?;
        Ok(answer.expect("an answer can be read"))
    }

    /// Lets time pass, and every job do what is due.
    pub(super) async fn pass_to(&self, at: &str) -> Result<(), Died> {
        self.clock.advance_to(at.parse().unwrap());
        self.alive(self.node().settle()).await
    }

    /// A connection past the server.
    fn raw(&self) -> Raw {
        Raw::Sqlite(SqliteConnection::establish(&self.disk.path(FILE)).expect("the file opens"))
    }

    /// The column `value` of a query, as text.
    pub(super) fn texts(&self, sql: &str) -> Vec<String> {
        self.raw().texts(sql)
    }

    /// The column `value` of the only row of a query.
    pub(super) fn number(&self, sql: &str) -> i64 {
        self.raw().number(sql)
    }

    /// Fails unless SQLite finds its file whole, and every reference leading somewhere.
    #[track_caller]
    pub(super) fn must_be_whole(&self) {
        let found = self.texts("SELECT integrity_check AS value FROM pragma_integrity_check");
        assert_eq!(found, ["ok"]);
        let astray = self.number("SELECT count(*) AS value FROM pragma_foreign_key_check");
        assert_eq!(astray, 0, "references lead nowhere");
    }
}

/// How many places of a run are tried, unless `FOOTING_EVERY_OPERATION` is set: then each.
const PLACES: u64 = 24;

/// Places spread over a run of so many operations, the last among them.
pub(super) fn places(operations: u64) -> impl Iterator<Item = u64> {
    let each = std::env::var_os("FOOTING_EVERY_OPERATION").is_some();
    let stride = if each { 1 } else { operations.div_ceil(PLACES) };
    (1..=operations)
        .rev()
        .step_by(usize::try_from(stride).unwrap())
}

/// Runs a scene on a thread of its own rules: nothing in it depends on which thread is faster.
pub(super) fn alone<T>(scene: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(tokio::task::LocalSet::new().run_until(scene))
}
