//! Examinations: dated records that are never rewritten.

use diesel::prelude::*;

use super::Tx;
use super::backend::kept::KeptExt;
use super::schema::exams;
use super::types::{ClinicianId, DateText, ExamId, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// How something was found.
    ExamKind {
        /// By examination: posture, leg length, arch, range of motion.
        Physical = "physical",
        /// On an image.
        Imaging = "imaging",
    }
}

/// An examination.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = exams, treat_none_as_default_value = false)]
pub struct Exam {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The record.
    pub id: ExamId,
    /// Of whom.
    pub patient_id: PatientId,
    /// How it was found.
    pub kind: ExamKind,
    /// On which of the patient's dates.
    pub exam_date: DateText,
    /// What was found, as JSON.
    pub body: String,
    /// The record it corrects.
    pub replaces: Option<ExamId>,
    /// By whom.
    pub recorded_by: ClinicianId,
    /// When.
    pub recorded_at: UtcMicros,
}

/// Adds a record.
pub fn insert(tx: &mut Tx<'_>, row: &Exam) -> Result<()> {
    diesel::insert_into(exams::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Every record of a patient, the newest examination first, corrected ones among them.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Exam>> {
    let tenant = tx.tenant();
    Ok(exams::table
        .filter(
            exams::tenant_id
                .eq(tenant)
                .and(exams::patient_id.eq(patient)),
        )
        .order((
            exams::exam_date.desc(),
            exams::recorded_at.desc(),
            exams::id.desc(),
        ))
        .select(Exam::as_select())
        .kept()
        .load(tx.connection())?)
}
