//! Use cases of examinations; each is one transaction.

use jiff::civil::Date;

use super::rules::Findings;
use crate::app::App;
use crate::error::{Error, Result};
use crate::insoles::calendar::Calendar;
use crate::store::exams::{self, Exam};
use crate::store::types::{ClinicianId, ExamId, PatientId};
use crate::store::{Scope, audit, patients};

/// The first year an examination may be of.
pub(super) const FIRST_YEAR: i16 = 1900;

/// An examination to be recorded.
#[derive(Debug, Clone)]
pub struct NewExam {
    /// On which of the patient's dates.
    pub date: Date,
    /// What was found.
    pub findings: Findings,
    /// The record it corrects.
    pub replaces: Option<ExamId>,
}

/// Records an examination. A correction is another record; the one it replaces stays as it was.
///
/// # Errors
/// Invalid with every broken rule; conflict when the record it replaces was replaced already.
pub async fn record(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    new: NewExam,
) -> Result<ExamId> {
    let violations = new.findings.violations();
    if !violations.is_empty() {
        return Err(Error::fields(violations));
    }
    let body = match &new.findings {
        Findings::Physical(exam) => serde_json::to_string(exam),
        Findings::Imaging(finding) => serde_json::to_string(finding),
    };
    let now = app.now();
    let row = Exam {
        tenant_id: scope.tenant,
        id: ExamId::from(app.ids.uuid()),
        patient_id: patient,
        kind: new.findings.kind(),
        exam_date: new.date.into(),
        body: body.map_err(Error::internal)?,
        replaces: new.replaces,
        recorded_by: by,
        recorded_at: now.into(),
    };
    let entry = app
        .audit("exam.record", "exam", Some(*row.id.bytes()))
        .about(patient);
    app.store
        .write("record_exam", scope, move |tx| {
            // Held, so that of two corrections of one record the second sees the first.
            patients::lock(tx, patient)?;
            let today = Calendar::of(tx, patient, now, now)?.date_of(now);
            if new.date > today || new.date.year() < FIRST_YEAR {
                return Err(Error::field(
                    "/exam_date",
                    format!("must lie between {FIRST_YEAR} and the patient's today"),
                ));
            }
            if let Some(replaced) = row.replaces {
                let known = exams::of_patient(tx, patient)?;
                if !known.iter().any(|exam| exam.id == replaced) {
                    return Err(Error::field(
                        "/replaces",
                        "must be a record of this patient",
                    ));
                }
                if known.iter().any(|exam| exam.replaces == Some(replaced)) {
                    return Err(Error::detailed(
                        crate::error::Code::Conflict,
                        "the record was replaced already: correct the newest one",
                    ));
                }
            }
            exams::insert(tx, &row)?;
            audit::append(tx, &[entry])?;
            Ok(row.id)
        })
        .await
}

/// Every record of a patient, the newest examination first.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub async fn list(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<Exam>> {
    app.store
        .read("exams", scope, move |tx| {
            patients::find(tx, patient)?;
            exams::of_patient(tx, patient)
        })
        .await
}
