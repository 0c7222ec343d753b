//! Questionnaires filled in: recorded with their score, read with their changes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::function;
use super::item::CLOCK_AHEAD;
use super::scales::{self, Scale};
use super::service::day_of;
use crate::app::App;
use crate::clinic_settings;
use crate::error::{Error, FieldError, Result};
use crate::store::scale_results::{self, ScaleResultRow};
use crate::store::types::{ClinicianId, DeviceId, PatientId, ScaleResultId};
use crate::store::{Principal, Scope, audit, patients};

/// Results one answer shows.
const SHOWN: i64 = 200;

/// A questionnaire as it was filled in.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    /// Named by whoever records it.
    pub id: ScaleResultId,
    /// Which questionnaire.
    pub scale: &'static Scale,
    /// When.
    pub taken_at: Timestamp,
    /// The answers.
    pub answers: Answers,
}

/// The answers as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answers {
    /// One for each item.
    pub items: Vec<Option<u8>>,
    /// What the items are, where the patient names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
}

/// The questionnaire with this key.
///
/// # Errors
/// Invalid at `pointer` when there is none.
pub(super) fn named(key: &str, pointer: &str) -> Result<&'static Scale> {
    scales::find(key).ok_or_else(|| Error::field(pointer, "must be the key of a questionnaire"))
}

fn check(filled: &Filled, now: Timestamp) -> Result<()> {
    let (scale, answers) = (filled.scale, &filled.answers);
    let mut errors = scale.violations(&answers.items, "/answers");
    if filled.taken_at.duration_since(now) > CLOCK_AHEAD {
        errors.push(FieldError::new("/taken_at", "must not be in the future"));
    }
    let names = answers.activities.len();
    if scale.names_items && names != answers.items.len() {
        errors.push(FieldError::new(
            "/activities",
            "must name each item of the answers",
        ));
    }
    if !scale.names_items && names > 0 {
        let rule = "belongs to a questionnaire whose items the patient names";
        errors.push(FieldError::new("/activities", rule));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(errors))
    }
}

fn recorder(scope: Scope) -> (Option<DeviceId>, Option<ClinicianId>) {
    match scope.principal {
        Principal::Patient(_, device) => (Some(device), None),
        Principal::Clinician(id) => (None, Some(id)),
        Principal::Unknown | Principal::Operator | Principal::Job(_) => (None, None),
    }
}

/// Records a questionnaire: `created`, `duplicate` or `conflict`, with the row that stands where it is this patient's.
///
/// # Errors
/// Invalid when it breaks a rule.
pub(super) async fn record(
    app: &App,
    scope: Scope,
    patient: PatientId,
    filled: Filled,
) -> Result<(&'static str, Option<ScaleResultRow>)> {
    let now = app.now();
    let (device_id, recorded_by) = recorder(scope);
    let entry = app
        .audit("scale.record", "scale_result", Some(*filled.id.bytes()))
        .about(patient);
    app.store
        .write("record_scale", scope, move |tx| {
            let patient = patients::lock(tx, patient)?;
            check(&filled, now)?;
            let answers = serde_json::to_string(&filled.answers).map_err(Error::internal)?;
            if let Some(known) = scale_results::find(tx, filled.id)? {
                let same = known.patient_id == patient.id
                    && known.scale == filled.scale.key
                    && known.answers == answers
                    && known.taken_at == filled.taken_at.into();
                return Ok(if same {
                    ("duplicate", Some(known))
                } else {
                    ("conflict", None)
                });
            }
            let score = filled.scale.score(&filled.answers.items);
            let (local_date, time_zone) = day_of(tx, &patient, filled.taken_at)?;
            let row = ScaleResultRow {
                tenant_id: tx.tenant(),
                id: filled.id,
                patient_id: patient.id,
                scale: filled.scale.key.clone(),
                local_date,
                time_zone,
                taken_at: filled.taken_at.into(),
                received_at: now.into(),
                device_id,
                recorded_by,
                answers,
                score: score.value,
                parts: serde_json::to_string(&score.parts).map_err(Error::internal)?,
                engine_version: scales::version().to_owned(),
            };
            scale_results::insert(tx, &row)?;
            let rules = clinic_settings::current(tx)?.pain;
            function::check(tx, filled.scale, &row, &rules, now)?;
            audit::append(tx, &[entry])?;
            Ok(("created", Some(row)))
        })
        .await
}

/// A patient's results of one questionnaire, or of all, newest first.
pub(super) async fn results(
    app: &App,
    scope: Scope,
    patient: PatientId,
    scale: Option<&'static Scale>,
) -> Result<Vec<ScaleResultRow>> {
    app.store
        .read("scale_results", scope, move |tx| {
            patients::find(tx, patient)?;
            let key = scale.map(|scale| scale.key.as_str());
            scale_results::of_patient(tx, patient, key, SHOWN)
        })
        .await
}
