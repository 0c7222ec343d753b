//! What clinicians decided on suggested templates. The suggestions themselves are alerts.

use diesel::prelude::*;

use super::Tx;
use super::backend::kept::KeptExt;
use super::schema::suggestion_decisions;
use super::types::{ClinicianId, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// What became of a suggestion.
    DecisionKind {
        /// A version was published with it.
        Accepted = "accepted",
        /// A clinician does not want it, for a reason.
        Rejected = "rejected",
    }
}

/// A decision.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = suggestion_decisions, treat_none_as_default_value = false)]
pub struct DecisionRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// About whom.
    pub patient_id: PatientId,
    /// The observation that suggested it.
    pub observation: String,
    /// When it was decided.
    pub decided_at: UtcMicros,
    /// How.
    pub decision: DecisionKind,
    /// The template.
    pub template: String,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// What was seen by then, as JSON.
    pub evidence: String,
    /// The version published with it.
    pub plan_version: Option<i64>,
    /// How its lines differ from the template's, as JSON.
    pub edits: Option<String>,
    /// Who decided.
    pub decided_by: ClinicianId,
}

/// Every decision about a patient, newest first.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<DecisionRow>> {
    let tenant = tx.tenant();
    Ok(suggestion_decisions::table
        .filter(
            suggestion_decisions::tenant_id
                .eq(tenant)
                .and(suggestion_decisions::patient_id.eq(patient)),
        )
        .order((
            suggestion_decisions::decided_at.desc(),
            suggestion_decisions::observation,
        ))
        .select(DecisionRow::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The newest decision about a patient under an observation, or under the rule of a graded exercise.
pub fn latest(
    tx: &mut Tx<'_>,
    patient: PatientId,
    observation: &str,
) -> Result<Option<DecisionRow>> {
    let tenant = tx.tenant();
    Ok(suggestion_decisions::table
        .filter(
            suggestion_decisions::tenant_id
                .eq(tenant)
                .and(suggestion_decisions::patient_id.eq(patient)),
        )
        .filter(suggestion_decisions::observation.eq(observation))
        .order(suggestion_decisions::decided_at.desc())
        .select(DecisionRow::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Adds a decision.
pub fn insert(tx: &mut Tx<'_>, row: &DecisionRow) -> Result<()> {
    diesel::insert_into(suggestion_decisions::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}
