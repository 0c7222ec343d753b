//! Walks: streams from the walker, through the engine, to the summary a phone uploads. A walk costs milliseconds and is a pure
//! function of its seed, so each kind is walked a few times in the life of the process and worn by many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use gait::SessionSummary;
use gait::summary::Simulation;
use jiff::Timestamp;

use crate::replay::{named, summarise};
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;

/// Different walks of each kind.
pub(crate) const VARIANTS: u64 = 4;

type Key = (String, u64, bool);

static WALKED: Mutex<BTreeMap<Key, Arc<SessionSummary>>> = Mutex::new(BTreeMap::new());

/// A session that began then.
///
/// # Errors
/// When there is no such walker.
pub(crate) fn session(
    gait: &str,
    variant: u64,
    swapped: bool,
    began: Timestamp,
    time_zone: &str,
) -> anyhow::Result<SessionSummary> {
    let template = walked(gait, variant % VARIANTS, swapped)?;
    let mut summary = (*template).clone();
    summary.start_utc = began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    time_zone.clone_into(&mut summary.tz);
    Ok(named(summary, began))
}

fn walked(gait: &str, variant: u64, swapped: bool) -> anyhow::Result<Arc<SessionSummary>> {
    let key = (gait.to_owned(), variant, swapped);
    let known = WALKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(summary) = known.get(&key) {
        return Ok(summary.clone());
    }
    drop(known);
    let summary = Arc::new(walk(gait, variant, swapped)?);
    let mut known = WALKED.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(known.entry(key).or_insert(summary).clone())
}

fn walk(gait: &str, variant: u64, swapped: bool) -> anyhow::Result<SessionSummary> {
    let scenario = scenario::by_name(gait).context("no such walker")?;
    let key = StreamKey {
        seed: 0x00f0_0719,
        patient: variant,
        day: 0,
        session: 0,
    };
    let mut walk = simulate(&scenario.plan(key))?;
    if swapped {
        std::mem::swap(&mut walk.recording.left, &mut walk.recording.right);
    }
    let analysis = gait::analyze(&walk.recording, &gait::Options::default());
    let layout = walk.recording.layout_id.as_deref().unwrap_or("none");
    let simulation = Simulation {
        seed: key.seed,
        scenario: scenario.name.to_owned(),
    };
    Ok(summarise(
        &analysis,
        layout,
        Some(simulation),
        Timestamp::UNIX_EPOCH,
        "UTC",
    ))
}
