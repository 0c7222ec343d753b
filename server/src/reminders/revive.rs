//! A device can be reached again: what it missed and is still open comes at once (care design, S9).

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};

use super::planner::utc_date;
use super::state::State;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::deliveries::{self, Delivery, DeliveryState};
use crate::store::types::{OccurrenceId, PatientId};
use crate::store::{occurrences, patients};

/// A flexible occurrence stands under the first day of its week.
const LOOK_BACK_DAYS: i32 = 8;

/// Wakes the newest prompt that reached no device of each open occurrence, and what waits for another try.
pub fn revive(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<()> {
    let today = utc_date(now);
    let from = today
        .checked_sub(LOOK_BACK_DAYS.days())
        .map_err(Error::internal)?;
    // Somewhere it is tomorrow already.
    let through = today.tomorrow().map_err(Error::internal)?;
    let open: Vec<OccurrenceId> = occurrences::between(tx, patient, from, through)?
        .into_iter()
        .filter(|row| row.state == State::Planned && row.closes_at.timestamp() > now)
        .map(|row| row.id)
        .collect();
    let prompts = deliveries::prompts_of(tx, &open)?;
    deliveries::arm(tx, &missed(&prompts, now))?;
    let waiting: Vec<_> = prompts
        .iter()
        .filter(|one| one.state == DeliveryState::Pending && one.attempts > 0)
        .map(|one| one.id)
        .collect();
    deliveries::hasten(tx, &waiting, now)?;
    // The clinic was told that nobody can be reached.
    patients::watch(tx, patient, now)
}

/// Of each occurrence that no device was told of, the newest prompt that went nowhere.
fn missed(prompts: &[Delivery], now: Timestamp) -> Vec<Delivery> {
    let mut newest: BTreeMap<OccurrenceId, &Delivery> = BTreeMap::new();
    for one in prompts {
        let Some(occurrence) = one.occurrence_id else {
            continue;
        };
        if one.state == DeliveryState::Undeliverable {
            let known = newest.entry(occurrence).or_insert(one);
            if known.due_at < one.due_at {
                *known = one;
            }
        }
    }
    for one in prompts {
        if one.state == DeliveryState::Sent
            && let Some(occurrence) = one.occurrence_id
        {
            newest.remove(&occurrence);
        }
    }
    newest
        .into_values()
        .map(|one| Delivery {
            due_at: now.into(),
            state: DeliveryState::Pending,
            next_attempt_at: Some(now.into()),
            ..one.clone()
        })
        .collect()
}
