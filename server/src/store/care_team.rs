//! Who else looks after a patient, beside the owner.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::kept::KeptExt;
use super::schema::care_team;
use super::types::{ClinicianId, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// What somebody is to a patient beside the owner.
    TeamRole {
        /// Gets what the owner does not look at in time.
        Deputy = "deputy",
    }
}

/// A patient has one deputy, in the first place.
const FIRST: i64 = 1;

/// Somebody in a patient's care team.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = care_team, treat_none_as_default_value = false)]
pub struct Member {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The patient.
    pub patient_id: PatientId,
    /// What they are to the patient.
    pub role: TeamRole,
    /// Who is asked first, from 1.
    pub place: i64,
    /// Who has it.
    pub clinician_id: ClinicianId,
    /// Since when.
    pub since_at: UtcMicros,
}

/// A patient's deputy.
pub fn deputy(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<ClinicianId>> {
    let tenant = tx.tenant();
    Ok(care_team::table
        .find((tenant, patient, TeamRole::Deputy, FIRST))
        .select(care_team::clinician_id)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Sets or takes away a patient's deputy.
pub fn set_deputy(
    tx: &mut Tx<'_>,
    patient: PatientId,
    deputy: Option<ClinicianId>,
    now: Timestamp,
) -> Result<()> {
    let tenant_id = tx.tenant();
    diesel::delete(care_team::table.find((tenant_id, patient, TeamRole::Deputy, FIRST)))
        .kept()
        .execute(tx.connection())?;
    if let Some(clinician_id) = deputy {
        let row = Member {
            tenant_id,
            patient_id: patient,
            role: TeamRole::Deputy,
            place: FIRST,
            clinician_id,
            since_at: now.into(),
        };
        diesel::insert_into(care_team::table)
            .values(&row)
            .kept()
            .execute(tx.connection())?;
    }
    Ok(())
}

/// The patients a clinician is deputy of.
pub fn deputy_of(tx: &mut Tx<'_>, clinician: ClinicianId) -> Result<Vec<PatientId>> {
    let tenant = tx.tenant();
    Ok(care_team::table
        .filter(
            care_team::tenant_id
                .eq(tenant)
                .and(care_team::clinician_id.eq(clinician)),
        )
        .order(care_team::patient_id)
        .select(care_team::patient_id)
        .kept()
        .load(tx.connection())?)
}
