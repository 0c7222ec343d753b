//! Use cases of templates; each is one transaction.

use serde_json::json;

use super::{
    Owner, Template, TemplateLine, TemplateRef, Written, built_in, check_lines, find_built_in,
};
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::plan_templates::{self, TemplateRow};
use crate::store::types::{ClinicianId, PlanTemplateId};
use crate::store::{Scope, Tx, audit};

impl TryFrom<TemplateRow> for Template {
    type Error = Error;

    fn try_from(row: TemplateRow) -> Result<Self> {
        let lines: Vec<TemplateLine> = serde_json::from_str(&row.lines).map_err(Error::internal)?;
        Ok(Self {
            id: row.id.to_string(),
            owner: Owner::Clinic,
            version: row.version.to_string(),
            name: row.name,
            reason: row.reason,
            evidence: row.evidence,
            source: row.source,
            lines,
            retired: row.retired != 0,
            written_by: Some(row.written_by),
            written_at: Some(row.written_at.timestamp()),
        })
    }
}

/// Every template: the clinic's own by name, then the built-in ones; retired ones last.
pub async fn list(app: &App, scope: Scope) -> Result<Vec<Template>> {
    let rows = app
        .store
        .read("plan_templates", scope, plan_templates::newest)
        .await?;
    let own: Result<Vec<Template>> = rows.into_iter().map(Template::try_from).collect();
    let mut all = own?;
    all.extend(built_in());
    all.sort_by(|a, b| {
        let rank = |one: &Template| (one.retired, one.owner == Owner::BuiltIn);
        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });
    Ok(all)
}

/// One template.
///
/// # Errors
/// Not found when there is none.
pub async fn find(app: &App, scope: Scope, template: &TemplateRef) -> Result<Template> {
    match template {
        TemplateRef::BuiltIn(key) => find_built_in(key).ok_or_else(Error::not_found),
        TemplateRef::Clinic(id) => {
            let id = *id;
            let row = app
                .store
                .read("plan_template", scope, move |tx| {
                    plan_templates::find(tx, id)
                })
                .await?;
            row.try_into()
        }
    }
}

fn row(
    tx: &Tx<'_>,
    (id, version): (PlanTemplateId, i64),
    written: &Written,
    by: ClinicianId,
    now: jiff::Timestamp,
) -> Result<TemplateRow> {
    Ok(TemplateRow {
        tenant_id: tx.tenant(),
        id,
        version,
        name: written.name.to_string(),
        reason: written.reason.to_string(),
        evidence: written.evidence.to_string(),
        source: written.source.to_string(),
        lines: serde_json::to_string(&written.lines).map_err(Error::internal)?,
        retired: 0,
        written_by: by,
        written_at: now.into(),
    })
}

fn checked(written: &Written) -> Result<()> {
    let errors = check_lines(&written.lines);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(errors))
    }
}

/// Writes a new template.
///
/// # Errors
/// Invalid lines with every broken rule.
pub async fn create(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    written: Written,
) -> Result<Template> {
    checked(&written)?;
    let now = app.now();
    let id = PlanTemplateId::from(app.ids.uuid());
    let entry = app.audit("plan_template.write", "plan_template", Some(*id.bytes()));
    app.store
        .write("write_plan_template", scope, move |tx| {
            let row = row(tx, (id, 1), &written, by, now)?;
            plan_templates::insert(tx, &row)?;
            audit::append(tx, &[entry])?;
            row.try_into()
        })
        .await
}

/// Writes the next version of a template; one that was retired is offered again.
///
/// # Errors
/// Not found when there is none; conflict when somebody wrote since `base_version`; invalid lines.
pub async fn edit(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    id: PlanTemplateId,
    base_version: i64,
    written: Written,
) -> Result<Template> {
    checked(&written)?;
    let now = app.now();
    let entry = app.audit("plan_template.write", "plan_template", Some(*id.bytes()));
    app.store
        .write("write_plan_template", scope, move |tx| {
            let known = plan_templates::find(tx, id)?;
            let next = row(tx, (id, known.version + 1), &written, by, now)?;
            add(tx, base_version, &known, &next)?;
            audit::append(tx, &[entry])?;
            next.try_into()
        })
        .await
}

/// Retires a template: it is no longer offered. Plans made from it stay as they are.
///
/// # Errors
/// Not found when there is none.
pub async fn retire(app: &App, scope: Scope, by: ClinicianId, id: PlanTemplateId) -> Result<()> {
    let now = app.now();
    let entry = app.audit("plan_template.retire", "plan_template", Some(*id.bytes()));
    app.store
        .write("retire_plan_template", scope, move |tx| {
            let known = plan_templates::find(tx, id)?;
            if known.retired != 0 {
                return Ok(());
            }
            let next = TemplateRow {
                version: known.version + 1,
                retired: 1,
                written_by: by,
                written_at: now.into(),
                ..known.clone()
            };
            add(tx, known.version, &known, &next)?;
            audit::append(tx, &[entry])
        })
        .await
}

/// Adds a version on top of the one the caller looked at.
fn add(tx: &mut Tx<'_>, base: i64, known: &TemplateRow, next: &TemplateRow) -> Result<()> {
    let conflict = |current: i64| {
        Error::conflict(
            format!("the template is at version {current} by now, not {base}: look at it again"),
            json!({ "base_version": base, "current_version": current }),
        )
    };
    if known.version != base {
        return Err(conflict(known.version));
    }
    if !plan_templates::insert(tx, next)? {
        return Err(conflict(next.version));
    }
    Ok(())
}
