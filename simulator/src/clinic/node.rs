//! One process of the server in this one, with the machine it is on: a clock, chance, and what it has open.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Context, Poll};

use footing_disk::Process;
use footing_server::app::StartOptions;
use footing_server::app::in_process::{Answer, InProcess};
use footing_server::push::Guarded;
use footing_server::push::circuit::CircuitRules;
use footing_server::rt::Doors;
use footing_server::rt::entropy::SeededEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::Blocking;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use rand::RngExt;

use super::chance::{Use, stream};
use super::gateway::Line;
use super::ledger::End;
use super::time::SimClock;
use super::watch::Watch;

/// An answer that is being made.
pub(crate) type Answering = LocalBoxFuture<'static, footing_server::error::Result<Answer>>;

/// A server, there or away.
pub(crate) struct Node {
    /// Watches it.
    pub(crate) watch: Arc<Watch>,
    /// The machine's.
    pub(crate) clock: SimClock,
    /// By how much it is wrong when nothing sets it, seconds.
    pub(crate) skew_s: i64,
    /// The place of its last life among all.
    pub(crate) life: usize,
    entropy: Arc<SeededEntropy>,
    server: Option<InProcess>,
    process: Option<Process>,
    /// Answers nobody waits for any more.
    hanging: RefCell<FuturesUnordered<Answering>>,
}

impl Node {
    /// A machine on which nothing runs yet.
    pub(crate) fn new(seed: u64, number: usize, clock: SimClock, watch: Watch) -> Self {
        let mut own = [0_u8; 8];
        stream(seed, Use::Server, number as u64, 0).fill(&mut own);
        Self {
            watch: Arc::new(watch),
            clock,
            skew_s: 0,
            life: 0,
            entropy: Arc::new(SeededEntropy::new(u64::from_le_bytes(own))),
            server: None,
            process: None,
            hanging: RefCell::default(),
        }
    }

    /// The server, where it is there.
    pub(crate) fn server(&self) -> Option<&InProcess> {
        self.server.as_ref()
    }

    /// Whether it is there and does not stand still.
    pub(crate) fn is_awake(&self) -> bool {
        self.server.is_some() && !self.watch.stands()
    }

    /// A process begins, on the disk as this process of it, where there is one.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub(crate) async fn start(
        &mut self,
        options: &StartOptions,
        process: Option<Process>,
        line: Line,
    ) -> footing_server::error::Result<()> {
        self.watch.begin();
        self.process = process;
        let guarded = Guarded::new(
            Arc::new(line),
            CircuitRules::default(),
            Arc::new(self.clock.clone()),
        );
        let doors = Doors {
            clock: Arc::new(self.clock.clone()),
            entropy: self.entropy.clone(),
            push: Arc::new(guarded),
            blocking: Blocking::Inline(self.watch.clone()),
            password_cost: PasswordCost::LEAST,
        };
        match InProcess::start(options, doors).await {
            Ok(server) => self.server = Some(server),
            Err(error) => {
                self.end_process();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Stops as SIGTERM has it.
    pub(crate) async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// After its end: nothing of it is left but what lies on the disk.
    pub(crate) async fn bury(&mut self, end: End) {
        self.watch.die(end);
        if end != End::Stopped {
            // First, so that nothing is tidied up by who is dead.
            self.end_process();
        }
        self.hanging.get_mut().clear();
        if let Some(server) = self.server.take() {
            server.crash();
        }
        // Tasks that were ended let go of what they held.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        self.end_process();
    }

    fn end_process(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Nobody waits for this answer any more; it is made all the same.
    pub(crate) fn leave_hanging(&self, answer: Answering) {
        self.hanging.borrow_mut().push(answer);
    }

    /// Goes on with answers nobody waits for.
    pub(crate) fn poll_hanging(&self, context: &mut Context<'_>) {
        let mut hanging = self.hanging.borrow_mut();
        while let Poll::Ready(Some(_)) = hanging.poll_next_unpin(context) {}
    }
}
