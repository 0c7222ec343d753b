//! Filled-in questionnaires and their scores.

use diesel::prelude::*;

use super::Tx;
use super::backend::kept::KeptExt;
use super::schema::scale_results;
use super::types::{
    ClinicianId, DateText, DeviceId, PatientId, ScaleResultId, TenantId, UtcMicros,
};
use crate::error::Result;

/// A filled-in questionnaire.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = scale_results, treat_none_as_default_value = false)]
pub struct ScaleResultRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The result.
    pub id: ScaleResultId,
    /// Whose.
    pub patient_id: PatientId,
    /// Key of the questionnaire.
    pub scale: String,
    /// The patient's date it belongs to.
    pub local_date: DateText,
    /// The zone of that day.
    pub time_zone: String,
    /// When it was filled in.
    pub taken_at: UtcMicros,
    /// When it arrived.
    pub received_at: UtcMicros,
    /// From which device of the patient.
    pub device_id: Option<DeviceId>,
    /// The clinician who recorded it.
    pub recorded_by: Option<ClinicianId>,
    /// The answers, JSON.
    pub answers: String,
    /// The score; absent when too little was answered.
    pub score: Option<f64>,
    /// The parts of the score, JSON.
    pub parts: String,
    /// The version of the scoring rules.
    pub engine_version: String,
}

/// Adds a result.
pub fn insert(tx: &mut Tx<'_>, row: &ScaleResultRow) -> Result<()> {
    diesel::insert_into(scale_results::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The result with this id, whoever's it is.
pub fn find(tx: &mut Tx<'_>, id: ScaleResultId) -> Result<Option<ScaleResultRow>> {
    let tenant = tx.tenant();
    Ok(scale_results::table
        .find((tenant, id))
        .select(ScaleResultRow::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// A patient's results of one questionnaire, or of all, newest first.
pub fn of_patient(
    tx: &mut Tx<'_>,
    patient: PatientId,
    scale: Option<&str>,
    limit: i64,
) -> Result<Vec<ScaleResultRow>> {
    let tenant = tx.tenant();
    let mut query = scale_results::table
        .filter(
            scale_results::tenant_id
                .eq(tenant)
                .and(scale_results::patient_id.eq(patient)),
        )
        .order((scale_results::taken_at.desc(), scale_results::id.desc()))
        .limit(limit)
        .select(ScaleResultRow::as_select())
        .into_boxed();
    if let Some(scale) = scale {
        query = query.filter(scale_results::scale.eq(scale.to_owned()));
    }
    Ok(query.kept().load(tx.connection())?)
}
