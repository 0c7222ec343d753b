//! The door through which a benchmark drives single passes of the jobs, which no request reaches: it takes a whole clinic in at
//! once, then plans, sweeps and sends when it is told to, with the code the running server uses. Nothing listens and no job
//! runs by itself.

mod newcomers;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::access::service::{self, NewClinic, OpenedClinic};
use crate::app::{App, StartOptions, assemble_for_command};
use crate::error::Result;
use crate::jobs::Next;
use crate::reminders::{dispatcher, planner, sweep};
use crate::rt::Doors;
use crate::store::backend::Engine;
use crate::store::bulk::{self, Arrivals};
use crate::store::sweeps::{self, SHARDS};
use crate::store::types::LeaseId;
use crate::store::{Scope, System};

pub use newcomers::{Newcomer, Term};

/// What a sweep takes at once when it is measured alone.
const SWEEP_BATCH: i64 = 1000;
/// What a measured sweep claims stays claimed, so that nothing of it is sent while the rest is measured.
const CLAIMED_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A clinic whose jobs run when they are told to.
pub struct BenchClinic {
    app: Arc<App>,
    opened: OpenedClinic,
}

impl BenchClinic {
    /// Opens the store, which must be empty, and a clinic in it.
    ///
    /// # Errors
    /// When the database cannot be opened, or the clinic is there already.
    pub async fn open(options: &StartOptions, doors: Doors, new: NewClinic) -> Result<Self> {
        let app = Arc::new(assemble_for_command(options, doors)?);
        let opened = service::open_clinic(&app, new).await?;
        Ok(Self { app, opened })
    }

    /// Which engine keeps it.
    pub fn engine(&self) -> Engine {
        self.app.store.engine()
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Takes patients in, in one transaction, with their plans and phones.
    ///
    /// # Errors
    /// When a zone or a time cannot be read, or the database does not take them.
    pub async fn take_in(&self, newcomers: &[Newcomer], term: &Term) -> Result<()> {
        let mut arrivals = Arrivals::default();
        for one in newcomers {
            one.add(&self.app, &self.opened, term, &mut arrivals)?;
        }
        let scope = Scope::operator(self.opened.tenant);
        self.app
            .store
            .write("arrive", scope, move |tx| bulk::insert(tx, &arrivals))
            .await
    }

    /// Waits for what the database does by itself within hours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hours_pass(&self) -> Result<()> {
        self.app.store.tidy_up().await
    }

    /// Plans until every patient's occurrences reach the horizon.
    ///
    /// # Errors
    /// When a plan cannot be read or the database fails.
    pub async fn plan(&self) -> Result<()> {
        while planner::pass(self.app.clone()).await? == Next::Now {}
        Ok(())
    }

    /// What became due before now is over: sweeps begin here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_sweeps(&self) -> Result<()> {
        let now = self.now();
        self.app
            .store
            .write("begin_sweeps", System, move |tx| sweeps::begin(tx, now))
            .await
    }

    /// Sweeps what is due in one of `parts` equal parts of the shards, and sends nothing of it. Gives how many occurrences
    /// were looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_part(&self, part: usize, parts: usize) -> Result<u64> {
        let mut seen = 0;
        for shard in (0..SHARDS).skip(part).step_by(parts.max(1)) {
            loop {
                let swept = self.sweep_shard(shard).await?;
                if swept == 0 {
                    break;
                }
                seen += swept;
            }
        }
        Ok(seen)
    }

    async fn sweep_shard(&self, shard: i64) -> Result<u64> {
        let now = self.now();
        let claim = sweep::Claim {
            lease: LeaseId::from(self.app.ids.uuid()),
            now,
            until: now + CLAIMED_FOR,
            limit: SWEEP_BATCH,
        };
        let swept = self
            .app
            .store
            .write("sweep", System, move |tx| sweep::sweep(tx, shard, claim))
            .await?;
        Ok(swept.seen as u64)
    }

    /// Sends all that is due, as the dispatcher does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send(&self) -> Result<()> {
        while dispatcher::pass(self.app.clone()).await? == Next::Now {}
        Ok(())
    }
}
