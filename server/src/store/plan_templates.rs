//! A clinic's plan templates: a row for each version, the newest counts.

use diesel::prelude::*;

use super::Tx;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::schema::plan_templates;
use super::types::{ClinicianId, PlanTemplateId, TenantId, UtcMicros};
use crate::error::Result;

/// A version of a template.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_templates, treat_none_as_default_value = false)]
pub struct TemplateRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The template.
    pub id: PlanTemplateId,
    /// 1, 2, 3, ...
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub reason: String,
    /// How sure anyone is that it helps.
    pub evidence: String,
    /// Where that comes from.
    pub source: String,
    /// Its lines as JSON.
    pub lines: String,
    /// 1 once it is no longer offered.
    pub retired: i64,
    /// Who wrote this version.
    pub written_by: ClinicianId,
    /// When.
    pub written_at: UtcMicros,
}

/// The newest version of each of the clinic's templates.
pub fn newest(tx: &mut Tx<'_>) -> Result<Vec<TemplateRow>> {
    let tenant = tx.tenant();
    // Written by hand: a clinic's few, each with its few versions.
    let mut rows: Vec<TemplateRow> = plan_templates::table
        .filter(plan_templates::tenant_id.eq(tenant))
        .order((plan_templates::id, plan_templates::version.desc()))
        .select(TemplateRow::as_select())
        .kept()
        .load(tx.connection())?;
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// The newest version of one template.
pub fn find(tx: &mut Tx<'_>, id: PlanTemplateId) -> Result<TemplateRow> {
    let tenant = tx.tenant();
    Ok(plan_templates::table
        .filter(
            plan_templates::tenant_id
                .eq(tenant)
                .and(plan_templates::id.eq(id)),
        )
        .order(plan_templates::version.desc())
        .select(TemplateRow::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// Adds a version. Gives whether it is new: somebody else may have written the same number meanwhile.
pub fn insert(tx: &mut Tx<'_>, row: &TemplateRow) -> Result<bool> {
    let added = on_each!(tx.connection(), connection =>
        diesel::insert_into(plan_templates::table).values(row).on_conflict_do_nothing().execute(connection))?;
    Ok(added == 1)
}
