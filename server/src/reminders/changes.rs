//! Changing what is planned: every change goes through [`transition`], is written into the occurrence's history, and
//! takes its prompts back, also from screens that may show them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::planner::span_of;
use super::state::{Event, transition};
use super::sweep::withdrawal;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::deliveries;
use crate::store::devices;
use crate::store::history::{self, OccurrenceEvent};
use crate::store::occurrences::{self, Occurrence, Standing};
use crate::store::types::{DeviceId, Digest, OccurrenceEventId, OccurrenceId, PatientId};

/// Reasons an occurrence can stand in a state for, besides those of pauses, suspensions and skips.
pub mod reason {
    /// A newer plan version.
    pub const SUPERSEDED: &str = "superseded";
    /// What the schedule counts from changed.
    pub const REPLANNED: &str = "replanned";
    /// The patient passed over the date.
    pub const DATE_SKIPPED: &str = "date_skipped";
    /// A change of zone moved it too close to the one before, or into the past.
    pub const TRAVEL: &str = "travel";
    /// Consent was taken back.
    pub const CONSENT: &str = "consent";
    /// The server could not ask.
    pub const OUTAGE: &str = "outage";
}

/// Applies an event that is not an answer to occurrences of one patient. Gives those it changed.
pub fn apply(
    tx: &mut Tx<'_>,
    patient: PatientId,
    rows: &[Occurrence],
    event: Event,
    why: &str,
    now: Timestamp,
) -> Result<Vec<OccurrenceId>> {
    let mut changed = Vec::new();
    for row in rows {
        let Ok((state, _)) = transition(row.state, &span_of(row)?, event) else {
            continue;
        };
        let standing = Standing {
            state,
            reason: Some(why.to_owned()),
            done_fraction: None,
            done_amount: None,
            answered_at: None,
        };
        occurrences::set_standing(tx, row.id, &standing)?;
        note(
            tx,
            row,
            state.as_str(),
            &json!({ "before": row.state, "why": why }),
            now,
        )?;
        changed.push(row.id);
    }
    take_back(tx, patient, &changed, None, now)?;
    Ok(changed)
}

/// Withdraws the prompts of occurrences, and silently from the screens of devices that may show them; not from the
/// one that gave the reason.
pub fn take_back(
    tx: &mut Tx<'_>,
    patient: PatientId,
    ids: &[OccurrenceId],
    except: Option<DeviceId>,
    now: Timestamp,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let shown = deliveries::withdraw(tx, ids)?;
    if shown.is_empty() || !devices::has_live(tx, patient, except)? {
        return Ok(());
    }
    for id in shown {
        let row = deliveries::Delivery {
            except_device: except,
            ..withdrawal(tx.tenant(), patient, id, now)
        };
        deliveries::renew(tx, &row)?;
    }
    Ok(())
}

/// Adds a line to an occurrence's history.
pub fn note(
    tx: &mut Tx<'_>,
    row: &Occurrence,
    event: &str,
    detail: &Value,
    now: Timestamp,
) -> Result<()> {
    let line = OccurrenceEvent {
        tenant_id: tx.tenant(),
        id: event_id(row.id, event, now),
        patient_id: row.patient_id,
        occurrence_id: row.id,
        at: now.into(),
        event: event.to_owned(),
        detail: serde_json::to_string(detail).map_err(Error::internal)?,
    };
    history::insert(tx, &line)
}

/// One event of a kind happens to an occurrence at an instant: the transaction can be run again.
fn event_id(occurrence: OccurrenceId, event: &str, at: Timestamp) -> OccurrenceEventId {
    let Digest(digest) = Digest::of(format!("{occurrence}/{event}/{at}").as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(digest.split_at(16).0);
    OccurrenceEventId::from(id)
}
