//! The assembled server: what every handler and job shares, starting and stopping.

pub mod in_process;
pub mod ops;
pub mod passing;
mod start;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use tokio::sync::Semaphore;

pub use start::{Running, StartOptions, assemble_for_command, start, start_sandbox};

use crate::access::throttle::Throttle;
use crate::error::Result;
use crate::insoles::ingest::Ingest;
use crate::jobs::Signals;
use crate::live::Hub;
use crate::planted::{self, Bug};
use crate::rt::Doors;
use crate::rt::house::{HouseClock, Reading};
use crate::rt::ids::Ids;
use crate::rt::step::StepGuard;
use crate::sandbox::Sandbox;
use crate::store::Store;
use crate::store::audit::Entry;
use crate::store::types::AuditId;

/// What every handler and job shares.
pub struct App {
    /// The database.
    pub store: Store,
    /// Time, chance and push.
    pub doors: Doors,
    /// New ids.
    pub ids: Ids,
    /// What the server knows of itself.
    pub settings: Settings,
    /// Limits on guessing.
    pub throttle: Throttle,
    /// Where uploads gather into groups.
    pub ingest: Ingest,
    /// Wakes the background jobs.
    pub signals: Signals,
    /// Messages that may be under way at once.
    pub sends: Arc<Semaphore>,
    /// Set when the process is to stop: nothing new is begun.
    pub stopping: AtomicBool,
    /// Whether the database's files may still hold bytes of what was erased; after a start nobody knows.
    pub has_traces: AtomicBool,
    /// Pages that are open, and hear what changes.
    pub live: Hub,
    /// Notices a clock that was set.
    pub steps: StepGuard,
    /// The clock it shares with other servers.
    pub house: HouseClock,
    /// The clock an admin moves, where this is a sandbox.
    pub sandbox: Option<Sandbox>,
}

/// What the server knows of itself.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How browsers reach it, such as `https://footing.example.org`.
    pub public_url: String,
}

impl Settings {
    /// Scheme, host and port of the public address.
    pub fn public_origin(&self) -> String {
        self.public_url.trim_end_matches('/').to_owned()
    }

    /// Whether cookies can be bound to https.
    pub fn secure_cookies(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

impl App {
    /// A line for the audit trail, with time and id taken now so that the transaction stays pure.
    pub fn audit(
        &self,
        action: &'static str,
        entity: &'static str,
        entity_id: Option<[u8; 16]>,
    ) -> Entry {
        let id = AuditId::from(self.ids.uuid());
        Entry {
            id,
            at: self.doors.clock.now(),
            action,
            entity,
            entity_id,
            principal: None,
            patient: None,
        }
    }

    /// Whether the process is to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.doors.clock.now()
    }

    /// The current instant by the clock that all servers on one database share: what claims are made and judged by.
    pub fn house_now(&self) -> Timestamp {
        if planted::is(Bug::GoesByItsOwnClock) {
            return self.now();
        }
        self.house.now(self.doors.clock.as_ref())
    }

    /// Compares this machine's clock with the database's, where that was not done a moment ago.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn look_at_house_clock(&self) -> Result<()> {
        let clock = &self.doors.clock;
        if self.house.is_stale(clock.as_ref()) {
            let beside = clock.clone();
            let read = self.store.clock(move |database| Reading {
                database,
                own: beside.now(),
                running_for: beside.running_for(),
            });
            if let Some(reading) = read.await? {
                self.house.note(reading);
            }
        }
        self.house.tell(clock.as_ref());
        Ok(())
    }
}
