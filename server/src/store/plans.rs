//! Plan versions and their items; a version never changes once published.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
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
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// A patient's versions, newest first. There is one for every publication by hand: never many.
pub fn versions(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<PlanVersion>> {
    let tenant = tx.tenant();
    Ok(plan_versions::table
        .filter(
            plan_versions::tenant_id
                .eq(tenant)
                .and(plan_versions::patient_id.eq(patient)),
        )
        .order(plan_versions::version.desc())
        .select(PlanVersion::as_select())
        .kept()
        .load(tx.connection())?)
}

/// One version, if there is it.
pub fn version(tx: &mut Tx<'_>, patient: PatientId, version: i64) -> Result<Option<PlanVersion>> {
    let tenant = tx.tenant();
    Ok(plan_versions::table
        .find((tenant, patient, version))
        .select(PlanVersion::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// The newest version of each of these patients' plans.
pub fn latest_of(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<BTreeMap<PatientId, i64>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, Option<i64>)> = plan_versions::table
        .filter(
            plan_versions::tenant_id
                .eq(tenant)
                .and(plan_versions::patient_id.among(patients.iter().copied())),
        )
        .group_by(plan_versions::patient_id)
        .select((
            plan_versions::patient_id,
            diesel::dsl::max(plan_versions::version),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .filter_map(|(patient, version)| Some((patient, version?)))
        .collect())
}

/// The lines of one version of each of these patients, in order.
pub fn items_of(
    tx: &mut Tx<'_>,
    versions: &BTreeMap<PatientId, i64>,
) -> Result<BTreeMap<PatientId, Vec<PlanItemRow>>> {
    let tenant = tx.tenant();
    let patients: Vec<PatientId> = versions.keys().copied().collect();
    let mut numbers: Vec<i64> = versions.values().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows = plan_items::table
        .filter(
            plan_items::tenant_id
                .eq(tenant)
                .and(plan_items::patient_id.among(patients)),
        )
        .filter(plan_items::plan_version.among(numbers))
        .order((plan_items::patient_id, plan_items::position))
        .select(PlanItemRow::as_select())
        .kept()
        .load::<PlanItemRow>(tx.connection())?;
    let mut by_patient: BTreeMap<PatientId, Vec<PlanItemRow>> = BTreeMap::new();
    for row in rows {
        if versions.get(&row.patient_id) == Some(&row.plan_version) {
            by_patient.entry(row.patient_id).or_default().push(row);
        }
    }
    Ok(by_patient)
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
        .kept()
        .load(tx.connection())?)
}

/// Adds a version with its lines.
pub fn insert(tx: &mut Tx<'_>, version: &PlanVersion, items: &[PlanItemRow]) -> Result<()> {
    diesel::insert_into(plan_versions::table)
        .values(version)
        .kept()
        .execute(tx.connection())?;
    on_each!(tx.connection(), connection => diesel::insert_into(plan_items::table).values(items).execute(connection))?;
    Ok(())
}

/// These lines, of whichever version.
pub fn items_by_id(tx: &mut Tx<'_>, ids: &[PlanItemId]) -> Result<Vec<PlanItemRow>> {
    let tenant = tx.tenant();
    Ok(plan_items::table
        .filter(
            plan_items::tenant_id
                .eq(tenant)
                .and(plan_items::id.among(ids.iter().copied())),
        )
        .select(PlanItemRow::as_select())
        .kept()
        .load(tx.connection())?)
}
