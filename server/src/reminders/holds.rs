//! Holding back what is planned while an exercise, or the whole plan, is suspended.
//!
//! A hold reaches as far as occurrences exist. What the planner adds later it plans, or leaves out, by the suspensions
//! that live then.

use jiff::Timestamp;

use super::planner::span_of;
use super::state::{Event, State, transition};
use crate::error::Result;
use crate::store::occurrences::{self, Occurrence, Standing};
use crate::store::suspensions::{self, Suspension};
use crate::store::types::PatientId;
use crate::store::{Tx, prompts};

/// Why an occurrence is excused.
pub const REASON: &str = "suspended";

/// Excuses every occurrence still to come that a live suspension holds back, and withdraws its prompts.
pub fn hold(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<()> {
    let live = suspensions::live(tx, &[patient], now)?;
    let mut held = Vec::new();
    for row in occurrences::planned(tx, patient)? {
        if row.due_at.timestamp() <= now || !is_held(&row, &live) {
            continue;
        }
        let Ok((state, _)) = transition(row.state, &span_of(&row)?, Event::Excused) else {
            continue;
        };
        let standing = Standing {
            state,
            reason: Some(REASON.to_owned()),
            done_fraction: None,
            answered_at: None,
        };
        occurrences::set_standing(tx, row.id, &standing)?;
        held.push(row.id);
    }
    prompts::withdraw(tx, &held)
}

/// Takes a hold back: what is still to come and no live suspension holds is planned again, as it was before.
///
/// Prompts that were withdrawn stay so; the patient sees the occurrence and can answer it.
pub fn release(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<()> {
    let live = suspensions::live(tx, &[patient], now)?;
    for row in occurrences::excused_after(tx, patient, REASON, now)? {
        if is_held(&row, &live) {
            continue;
        }
        let standing = Standing {
            state: State::Planned,
            reason: None,
            done_fraction: None,
            answered_at: None,
        };
        occurrences::set_standing(tx, row.id, &standing)?;
    }
    Ok(())
}

fn is_held(row: &Occurrence, live: &[Suspension]) -> bool {
    live.iter()
        .any(|one| one.holds(&row.exercise_key, row.due_at.timestamp()))
}
