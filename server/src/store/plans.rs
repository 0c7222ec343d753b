//! Plan versions and their items; a version never changes once published.

use diesel::prelude::*;

use super::Tx;
use super::backend::on_each;
use super::schema::{plan_items, plan_versions};
use super::types::{ClinicianId, PatientId, PlanItemId, TenantId, UtcMicros};
use crate::error::Result;

/// One published version of a patient's plan.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_versions, treat_none_as_default_value = false)]
pub struct PlanVersion {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose plan.
    pub patient_id: PatientId,
    /// 1, 2, 3, ...
    pub version: i64,
    /// What the clinician noted about this version.
    pub note: String,
    /// Who signed it.
    pub published_by: ClinicianId,
    /// When.
    pub published_at: UtcMicros,
}

/// One line of a version.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_items, treat_none_as_default_value = false)]
pub struct PlanItemRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The line.
    pub id: PlanItemId,
    /// Whose plan.
    pub patient_id: PatientId,
    /// Of which version.
    pub plan_version: i64,
    /// Order within the version.
    pub position: i64,
    /// Which exercise or habit of the library.
    pub exercise_key: String,
    /// Dose, recurrence and windows as JSON.
    pub body: String,
}

/// The newest version of a patient's plan, if there is one.
pub fn latest(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<PlanVersion>> {
    let tenant = tx.tenant();
    Ok(plan_versions::table
        .filter(
            plan_versions::tenant_id
                .eq(tenant)
                .and(plan_versions::patient_id.eq(patient)),
        )
        .order(plan_versions::version.desc())
        .select(PlanVersion::as_select())
        .first(tx.connection())
        .optional()?)
}

/// The lines of one version, in order.
pub fn items(tx: &mut Tx<'_>, patient: PatientId, version: i64) -> Result<Vec<PlanItemRow>> {
    let tenant = tx.tenant();
    Ok(plan_items::table
        .filter(plan_items::tenant_id.eq(tenant))
        .filter(
            plan_items::patient_id
                .eq(patient)
                .and(plan_items::plan_version.eq(version)),
        )
        .order(plan_items::position)
        .select(PlanItemRow::as_select())
        .load(tx.connection())?)
}

/// Adds a version with its lines.
pub fn insert(tx: &mut Tx<'_>, version: &PlanVersion, items: &[PlanItemRow]) -> Result<()> {
    diesel::insert_into(plan_versions::table)
        .values(version)
        .execute(tx.connection())?;
    on_each!(tx.connection(), connection => diesel::insert_into(plan_items::table).values(items).execute(connection))?;
    Ok(())
}
