//! The server in this process, under a virtual clock, a seed and a push double.

use std::sync::Arc;

use footing_server::access::service::{NewClinic, OpenedClinic};
use footing_server::app::{Running, StartOptions, start, start_sandbox};
use footing_server::error::Error;
use footing_server::rt::Doors;
use footing_server::rt::clock::{Clock, VirtualClock};
use footing_server::rt::entropy::SeededEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::Blocking;
use footing_server::store::StoreOptions;
use jiff::Timestamp;

use crate::{Caller, Database, PushDouble};

/// Where every virtual clock begins: Monday, 07:00 in Berlin.
pub const START: &str = "2026-03-02T06:00:00Z";

/// Database connections of one server: few, so that a test of the pool meets its end.
const CONNECTIONS: u32 = 4;

/// A running server.
pub struct TestServer {
    /// Its clock.
    pub clock: VirtualClock,
    /// Where its prompts go.
    pub push: Arc<PushDouble>,
    running: Running,
    sandbox: bool,
}

impl TestServer {
    /// Starts a server on a database, its clock at [`START`].
    pub async fn start(database: &Database) -> Self {
        let clock = VirtualClock::new(START.parse().expect("an instant"));
        Self::start_at(database, clock).await
    }

    /// Starts a server with a given clock: a second one beside the first, or one after it.
    pub async fn start_at(database: &Database, clock: VirtualClock) -> Self {
        Self::start_with(database, clock, |_, _| ()).await
    }

    /// The same with other options or doors than a test's usual ones.
    pub async fn start_with(
        database: &Database,
        clock: VirtualClock,
        change: impl FnOnce(&mut StartOptions, &mut Doors),
    ) -> Self {
        let (mut options, mut doors, push) = outside(database, &clock);
        change(&mut options, &mut doors);
        let running = start(options, doors).await.expect("the server starts");
        Self {
            clock,
            push,
            running,
            sandbox: false,
        }
    }

    /// Starts a server as a sandbox whose first start is at [`START`].
    pub async fn start_sandbox(database: &Database) -> Self {
        let sandbox = Self::try_start_sandbox(database).await;
        sandbox.expect("the sandbox starts")
    }

    /// The same where it may be refused.
    ///
    /// # Errors
    /// What the server says.
    pub async fn try_start_sandbox(database: &Database) -> Result<Self, Error> {
        let clock = VirtualClock::new(START.parse().expect("an instant"));
        let (options, doors, push) = outside(database, &clock);
        let running = start_sandbox(options, doors, clock.clone()).await?;
        Ok(Self {
            clock,
            push,
            running,
            sandbox: true,
        })
    }

    /// Whether it lives on a sandbox clock.
    pub fn is_sandbox(&self) -> bool {
        self.sandbox
    }

    /// `http://` and where it listens.
    pub fn base(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Opens a clinic as the operator's command line does.
    pub async fn open_clinic(&self, new: NewClinic) -> OpenedClinic {
        self.try_open_clinic(new).await.expect("the clinic opens")
    }

    /// The same where it may be refused.
    ///
    /// # Errors
    /// What the server says.
    pub async fn try_open_clinic(&self, new: NewClinic) -> Result<OpenedClinic, Error> {
        self.running.open_clinic(new).await
    }

    /// A one-time link for a clinician, as the operator's command line makes it.
    pub async fn sign_in_link(&self, slug: &str, email: &str) -> String {
        self.running
            .sign_in_link(slug, email)
            .await
            .expect("a link")
    }

    /// Someone without a token.
    pub fn anonymous(&self) -> Caller {
        Caller::anonymous(&self.base())
    }

    /// The current instant of the server.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass: every job does what it has to do at the instant it wants to do it.
    pub async fn advance(&self, to: &str) {
        let to: Timestamp = to.parse().expect("an instant");
        let passed = self.running.advance(&self.clock, to).await;
        passed.expect("time passes");
    }

    /// Lets time pass in which nobody does anything: the machine slept, or nothing ran.
    pub async fn sleep_through(&self, to: &str) {
        self.clock.advance_to(to.parse().expect("an instant"));
        self.running.settle().await;
    }

    /// Lets every job do what is due now.
    pub async fn settle(&self) {
        self.running.settle().await;
    }

    /// Stops it as SIGTERM would.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// How a server of a test is started, its doors, and the double behind one of them.
fn outside(database: &Database, clock: &VirtualClock) -> (StartOptions, Doors, Arc<PushDouble>) {
    let push = PushDouble::new(clock.clone());
    let doors = Doors {
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(database.next_seed())),
        push: push.clone(),
        blocking: Blocking::Threads,
        password_cost: PasswordCost::LEAST,
    };
    let options = StartOptions {
        listen: "127.0.0.1:0".parse().expect("an address"),
        public_url: None,
        store: StoreOptions {
            url: database.url(),
            connections: CONNECTIONS,
        },
        workers: 1,
        push_in_flight: 1000,
    };
    (options, doors, push)
}
