//! Alerts whose turn has come: late ones are handed on, those put off open again.

use diesel::prelude::*;
use jiff::Timestamp;

use super::alerts::{AlertState, Severity, is_live};
use super::backend::kept::KeptExt;
use super::backend::raw::Verbatim;
use super::schema::alerts;
use super::types::{AlertId, ClinicianId, PatientId, TenantId, UtcMicros};
use super::{System, Tx};
use crate::error::Result;

/// Alerts that may be handed on; as literals, so that both engines see that a partial index serves.
pub(super) const TO_HAND_ON: &str =
    "state = 'open' AND due_at IS NOT NULL AND escalated_at IS NULL";
/// Alerts that are put off; the same.
const PUT_OFF: &str = "state = 'snoozed' AND snoozed_until_at IS NOT NULL";

/// Hands an open alert on, once, and keeps its time to act: that it was late is part of it. Gives whether it was handed on
/// by this.
pub fn escalate(tx: &mut Tx<'_>, id: AlertId, owner: ClinicianId, now: Timestamp) -> Result<bool> {
    let tenant = tx.tenant();
    let handed = diesel::update(
        alerts::table.find((tenant, id)).filter(
            alerts::state
                .eq(AlertState::Open)
                .and(alerts::due_at.le(UtcMicros::from(now)))
                .and(alerts::escalated_at.is_null()),
        ),
    )
    .set((
        alerts::owner_id.eq(owner),
        alerts::escalated_at.eq(Some(UtcMicros::from(now))),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(handed == 1)
}

/// Writes until when an alert is put off, and what was noted.
pub fn set_snooze(
    tx: &mut Tx<'_>,
    id: AlertId,
    until: Timestamp,
    note: Option<&str>,
) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(alerts::table.find((tenant, id)))
        .set((
            alerts::snoozed_until_at.eq(Some(UtcMicros::from(until))),
            alerts::snooze_note.eq(note),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Alerts over all clinics that were put off until now.
pub fn snooze_ended(
    tx: &mut Tx<'_, System>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, PatientId, AlertId)>> {
    Ok(alerts::table
        .filter(Verbatim(PUT_OFF))
        .filter(alerts::snoozed_until_at.le(UtcMicros::from(now)))
        .order(alerts::snoozed_until_at)
        .limit(limit)
        .select((alerts::tenant_id, alerts::patient_id, alerts::id))
        .kept()
        .load(tx.connection())?)
}

/// Opens an alert again whose putting off has ended, with a new time to act. Gives whether it was opened by this.
pub fn reopen(
    tx: &mut Tx<'_>,
    id: AlertId,
    reason: &str,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let tenant = tx.tenant();
    let opened = diesel::update(
        alerts::table.find((tenant, id)).filter(
            alerts::state
                .eq(AlertState::Snoozed)
                .and(alerts::snoozed_until_at.le(UtcMicros::from(now))),
        ),
    )
    .set((
        alerts::state.eq(AlertState::Open),
        alerts::state_reason.eq(Some(reason)),
        alerts::state_at.eq(UtcMicros::from(now)),
        alerts::state_by.eq(None::<ClinicianId>),
        alerts::due_at.eq(due_at.map(UtcMicros::from)),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(opened == 1)
}

/// When an alert next wants to be handed on or opened again.
pub fn next_turn(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let due: Option<Option<UtcMicros>> = alerts::table
        .filter(Verbatim(TO_HAND_ON))
        .order(alerts::due_at)
        .select(alerts::due_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    let snoozed: Option<Option<UtcMicros>> = alerts::table
        .filter(Verbatim(PUT_OFF))
        .order(alerts::snoozed_until_at)
        .select(alerts::snoozed_until_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    let earliest = due.flatten().into_iter().chain(snoozed.flatten()).min();
    Ok(earliest.map(UtcMicros::timestamp))
}

/// The clinic's live alerts by severity.
pub fn live_by_severity(tx: &mut Tx<'_>) -> Result<Vec<(Severity, i64)>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(alerts::tenant_id.eq(tenant).and(is_live()))
        .group_by(alerts::severity)
        .select((alerts::severity, diesel::dsl::count_star()))
        .kept()
        .load(tx.connection())?)
}

/// The clinic's open alerts whose time to act has passed.
pub fn count_overdue(tx: &mut Tx<'_>, now: Timestamp) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(Verbatim("state = 'open' AND due_at IS NOT NULL"))
                .and(alerts::due_at.le(UtcMicros::from(now))),
        )
        .count()
        .kept()
        .get_result(tx.connection())?)
}
