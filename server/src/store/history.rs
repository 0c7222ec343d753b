//! What happened to occurrences besides being planned and answered.

use diesel::prelude::*;

use super::Tx;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::schema::occurrence_events;
use super::types::{OccurrenceEventId, OccurrenceId, PatientId, TenantId, UtcMicros};
use crate::error::Result;

/// A line of an occurrence's history.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = occurrence_events, treat_none_as_default_value = false)]
pub struct OccurrenceEvent {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The line.
    pub id: OccurrenceEventId,
    /// Whose occurrence.
    pub patient_id: PatientId,
    /// Which.
    pub occurrence_id: OccurrenceId,
    /// When.
    pub at: UtcMicros,
    /// What.
    pub event: String,
    /// More of it, as JSON.
    pub detail: String,
}

/// Adds a line; the same one again stays as it is.
pub fn insert(tx: &mut Tx<'_>, row: &OccurrenceEvent) -> Result<()> {
    on_each!(tx.connection(), connection =>
        diesel::insert_into(occurrence_events::table).values(row).on_conflict_do_nothing().execute(connection))?;
    Ok(())
}

/// The lines of one occurrence, oldest first.
pub fn of_occurrence(tx: &mut Tx<'_>, id: OccurrenceId) -> Result<Vec<OccurrenceEvent>> {
    let tenant = tx.tenant();
    Ok(occurrence_events::table
        .filter(
            occurrence_events::tenant_id
                .eq(tenant)
                .and(occurrence_events::occurrence_id.eq(id)),
        )
        .order((occurrence_events::at, occurrence_events::id))
        .select(OccurrenceEvent::as_select())
        .kept()
        .load(tx.connection())?)
}
