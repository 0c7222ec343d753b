//! Dated events of an episode, and how far along its levels an exercise is.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::schema::{care_events, exercise_levels};
use super::types::{CareEventId, ClinicianId, DateText, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// What happened.
    CareEventKind {
        /// An operation.
        Surgery = "surgery",
        /// Custom or other orthotics were handed over.
        OrthoticIssued = "orthotic_issued",
        /// Shoes were handed over or chosen.
        ShoeIssued = "shoe_issued",
        /// A fall.
        Fall = "fall",
        /// A visit to the clinic.
        Visit = "visit",
    }
}

/// An event.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = care_events, treat_none_as_default_value = false)]
pub struct CareEvent {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The event.
    pub id: CareEventId,
    /// Of whom.
    pub patient_id: PatientId,
    /// What.
    pub kind: CareEventKind,
    /// On which of the patient's dates.
    pub event_date: DateText,
    /// More of it, as JSON.
    pub detail: String,
    /// Who recorded it; the patient when absent.
    pub recorded_by: Option<ClinicianId>,
    /// When.
    pub recorded_at: UtcMicros,
    /// When it was taken back.
    pub retracted_at: Option<UtcMicros>,
}

/// Adds an event.
pub fn insert(tx: &mut Tx<'_>, row: &CareEvent) -> Result<()> {
    diesel::insert_into(care_events::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The events of these patients that stand, oldest first.
pub fn standing(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<Vec<CareEvent>> {
    let tenant = tx.tenant();
    Ok(care_events::table
        .filter(
            care_events::tenant_id
                .eq(tenant)
                .and(care_events::patient_id.among(patients.iter().copied())),
        )
        .filter(care_events::retracted_at.is_null())
        .order((care_events::event_date, care_events::id))
        .select(CareEvent::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Every event of a patient, taken back or not, the newest first.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<CareEvent>> {
    let tenant = tx.tenant();
    Ok(care_events::table
        .filter(
            care_events::tenant_id
                .eq(tenant)
                .and(care_events::patient_id.eq(patient)),
        )
        .order((care_events::event_date.desc(), care_events::id.desc()))
        .select(CareEvent::as_select())
        .kept()
        .load(tx.connection())?)
}

/// One event of a clinic, whosever it is.
pub fn find(tx: &mut Tx<'_>, id: CareEventId) -> Result<Option<CareEvent>> {
    let tenant = tx.tenant();
    Ok(care_events::table
        .find((tenant, id))
        .select(CareEvent::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Takes an event back; it stays in the record.
pub fn retract(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: CareEventId,
    now: Timestamp,
) -> Result<bool> {
    let tenant = tx.tenant();
    let changed = diesel::update(
        care_events::table.find((tenant, id)).filter(
            care_events::patient_id
                .eq(patient)
                .and(care_events::retracted_at.is_null()),
        ),
    )
    .set(care_events::retracted_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?;
    Ok(changed == 1)
}

/// How far along its graded levels an exercise is.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = exercise_levels, treat_none_as_default_value = false, primary_key(tenant_id, patient_id, exercise_key))]
pub struct ExerciseLevel {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which exercise.
    pub exercise_key: String,
    /// The level, from 0.
    pub level: i64,
    /// Since which of the patient's dates.
    pub since_date: DateText,
    /// `clinician` or `rule`.
    pub source: String,
    /// When it was decided.
    pub decided_at: UtcMicros,
}

/// The levels of these patients' exercises.
pub fn levels(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<Vec<ExerciseLevel>> {
    let tenant = tx.tenant();
    Ok(exercise_levels::table
        .filter(
            exercise_levels::tenant_id
                .eq(tenant)
                .and(exercise_levels::patient_id.among(patients.iter().copied())),
        )
        .select(ExerciseLevel::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Sets an exercise's level.
pub fn set_level(tx: &mut Tx<'_>, row: &ExerciseLevel) -> Result<()> {
    on_each!(tx.connection(), connection => diesel::insert_into(exercise_levels::table)
        .values(row)
        .on_conflict((exercise_levels::tenant_id, exercise_levels::patient_id, exercise_levels::exercise_key))
        .do_update()
        .set(row)
        .execute(connection))?;
    Ok(())
}
