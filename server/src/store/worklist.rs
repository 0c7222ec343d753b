//! What the worklist reads of a whole clinic, and what clinicians did with its rows.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::alerts::{Alert, Severity, is_live};
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::schema::{alerts, worklist_turns};
use super::types::{ClinicianId, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;
use crate::worklist::rules::Section;

text_enum! {
    /// What a clinician did with a row.
    TurnKind {
        /// Looked at it.
        Reviewed = "reviewed",
        /// Did something about it.
        Acted = "acted",
        /// Put it off.
        Snoozed = "snoozed",
    }
}

/// What was done with a patient's row in a section.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = worklist_turns, treat_none_as_default_value = false)]
pub struct Turn {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose row.
    pub patient_id: PatientId,
    /// In which section.
    pub section: Section,
    /// What the row rested on.
    pub evidence: String,
    /// What was done.
    pub kind: TurnKind,
    /// Why.
    pub reason: String,
    /// By whom.
    pub turned_by: ClinicianId,
    /// When.
    pub turned_at: UtcMicros,
    /// The row is back at the latest then.
    pub until_at: UtcMicros,
}

/// The clinic's live alerts.
pub fn live_alerts(tx: &mut Tx<'_>) -> Result<Vec<Alert>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(alerts::tenant_id.eq(tenant).and(is_live()))
        // In the order of the partial index of those that live, so that SQLite takes it.
        .order((alerts::owner_id, alerts::id))
        .select(Alert::as_select())
        .kept()
        .load(tx.connection())?)
}

/// How many alerts came to a clinician since an instant.
pub fn opened_since(tx: &mut Tx<'_>, owner: ClinicianId, since: Timestamp) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(
            alerts::tenant_id
                .eq(tenant)
                .and(alerts::owner_id.eq(owner))
                .and(alerts::first_seen_at.gt(UtcMicros::from(since)))
                // Good news is no alarm.
                .and(alerts::severity.ne(Severity::Info)),
        )
        .count()
        .kept()
        .get_result(tx.connection())?)
}

/// What was done with rows of these patients.
pub fn turns(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<Vec<Turn>> {
    let tenant = tx.tenant();
    Ok(worklist_turns::table
        .filter(
            worklist_turns::tenant_id
                .eq(tenant)
                .and(worklist_turns::patient_id.among(patients.iter().copied())),
        )
        .select(Turn::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Notes what was done with a row; what was done with it before is forgotten, but for the audit.
pub fn turn(tx: &mut Tx<'_>, row: &Turn) -> Result<()> {
    on_each!(tx.connection(), connection =>
        diesel::insert_into(worklist_turns::table)
            .values(row)
            .on_conflict((worklist_turns::tenant_id, worklist_turns::patient_id, worklist_turns::section))
            .do_update()
            .set(row)
            .execute(connection))?;
    Ok(())
}
