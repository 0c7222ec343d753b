//! The uploads load is made of: one simulated walk, sent again and again under fresh ids.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use footing_server::rt::clock::{Clock, WallClock};
use gait::summary::Simulation;
use gait::{Options, SessionSummary};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::replay::summarise;
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;

/// Stands where an id goes: as long as one, and nowhere else in the body.
const MARK: &str = "99999999-9999-7999-8999-999999999999";

/// The session every upload is made of: two minutes of a simulated walk.
fn summary() -> anyhow::Result<SessionSummary> {
    let scenario = scenario::by_name("neutral").context("the neutral scenario")?;
    let walk = simulate(&scenario.plan(StreamKey::from_seed(1)))?;
    let analysis = gait::analyze(&walk.recording, &Options::default());
    let began = Timestamp::from_second(1_760_000_000)?;
    Ok(summarise(
        &analysis,
        "moticon-16",
        Some(Simulation {
            seed: 1,
            scenario: scenario.name.to_owned(),
        }),
        began,
        "UTC",
    ))
}

/// Ids that never repeat: not within a run, and not in the next one on the same database.
#[derive(Debug)]
pub(super) struct Ids {
    run_ms: u64,
    next: AtomicU64,
}

impl Ids {
    /// Those of a run that begins now.
    pub(super) fn new() -> Self {
        Self {
            run_ms: u64::try_from(WallClock.now().as_millisecond()).unwrap_or(0),
            next: AtomicU64::new(0),
        }
    }

    /// The next one: 42 bits of the run's instant and 32 that count, in the shape of version 7.
    pub(super) fn next(&self) -> Uuid {
        let count = self.next.fetch_add(1, Ordering::Relaxed) & 0xffff_ffff;
        let high = 0x0199_0000_0000_7000 | (self.run_ms >> 30 & 0xfff);
        let low = 1 << 63 | (self.run_ms & 0x3fff_ffff) << 32 | count;
        Uuid::from_u64_pair(high, low)
    }
}

/// The JSON of an upload whose session ids are written anew for each sending.
#[derive(Debug, Clone)]
pub(super) struct Body {
    bytes: Vec<u8>,
    ids_at: Vec<usize>,
}

impl Body {
    /// So many summaries.
    ///
    /// # Errors
    /// When the summary cannot be made.
    pub(super) fn new(batch: u32) -> anyhow::Result<Self> {
        let one = SessionSummary {
            session_id: MARK.to_owned(),
            ..summary()?
        };
        let sessions: Vec<&SessionSummary> = (0..batch).map(|_| &one).collect();
        let text = json!({ "sessions": sessions }).to_string();
        Ok(Self {
            ids_at: text.match_indices(MARK).map(|(at, _)| at).collect(),
            bytes: text.into_bytes(),
        })
    }

    /// The same behind some bytes that go ahead of it.
    pub(super) fn after(self, head: &[u8]) -> Self {
        let ids_at = self.ids_at.iter();
        Self {
            ids_at: ids_at.map(|at| at + head.len()).collect(),
            bytes: [head, &self.bytes].concat(),
        }
    }

    /// Writes fresh ids.
    pub(super) fn renew(&mut self, ids: &Ids) {
        for &at in &self.ids_at {
            let mut text = [0; 36];
            ids.next().hyphenated().encode_lower(&mut text);
            if let Some(place) = self.bytes.get_mut(at..at + text.len()) {
                place.copy_from_slice(&text);
            }
        }
    }

    /// The bytes as they are to be sent.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Summaries in one request.
    pub(super) fn batch(&self) -> usize {
        self.ids_at.len()
    }
}
