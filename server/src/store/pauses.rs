//! Times in which nothing is asked of a patient.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Tx;
use super::schema::pauses;
use super::types::{ClinicianId, DateText, PatientId, PauseId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// How a pause ends.
    ResumeRule {
        /// By itself, after its last date.
        Automatic = "automatic",
        /// When a clinician says so, not before its last date.
        Confirm = "confirm",
    }
}

/// A pause.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pauses, treat_none_as_default_value = false)]
pub struct Pause {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The pause.
    pub id: PauseId,
    /// Whose.
    pub patient_id: PatientId,
    /// First paused local date.
    pub from_date: DateText,
    /// Last paused local date.
    pub through_date: DateText,
    /// Why, one of the known reasons.
    pub reason: String,
    /// Who entered it.
    pub created_by: ClinicianId,
    /// When.
    pub created_at: UtcMicros,
    /// Whether it ends by its date or by a clinician's word.
    pub resume_rule: ResumeRule,
    /// The first date on which things are asked again, once somebody said so.
    pub resumed_date: Option<DateText>,
    /// When they said so.
    pub resumed_at: Option<UtcMicros>,
    /// Percent of the dose in each week after the return, as JSON.
    pub ramp_pct: Option<String>,
}

/// Adds a pause.
pub fn insert(tx: &mut Tx<'_>, pause: &Pause) -> Result<()> {
    diesel::insert_into(pauses::table)
        .values(pause)
        .execute(tx.connection())?;
    Ok(())
}

/// The pauses of these patients, earliest first.
pub fn of_patients(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, Vec<Pause>>> {
    let tenant = tx.tenant();
    let rows = pauses::table
        .filter(
            pauses::tenant_id
                .eq(tenant)
                .and(pauses::patient_id.eq_any(patients.to_vec())),
        )
        .order((pauses::from_date, pauses::id))
        .select(Pause::as_select())
        .load::<Pause>(tx.connection())?;
    let mut by_patient: BTreeMap<PatientId, Vec<Pause>> = BTreeMap::new();
    for pause in rows {
        by_patient.entry(pause.patient_id).or_default().push(pause);
    }
    Ok(by_patient)
}
