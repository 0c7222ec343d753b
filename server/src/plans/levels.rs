//! Levels of graded exercises: looked at, and set by a clinician, whose word is the signature.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service::in_force;
use super::spec::Progression;
use crate::app::App;
use crate::attention;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Path2};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::reminders::patient_day::Place;
use crate::reminders::replan::replan;
use crate::reminders::watch::progress::{rule_of, tell};
use crate::store::alerts::AlertState;
use crate::store::care_events::{self, ExerciseLevel};
use crate::store::types::PatientId;
use crate::store::{Scope, Tx, audit, patients};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/levels").get(Access::Clinician, levels),
        at("/v1/patients/{patient}/levels/{exercise}").put(Access::Clinician, set),
    ]
}

/// How far along a graded exercise is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LevelView {
    /// Which exercise.
    exercise: String,
    /// The level, from 0.
    level: usize,
    /// The highest there is.
    top: usize,
    /// The dose of the level, in words.
    dose: String,
    /// Since which of the patient's dates; absent at the level the plan began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    since: Option<String>,
    /// `clinician` or `rule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// The graded exercises of a plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct Levels {
    /// In the order of the plan.
    levels: Vec<LevelView>,
}

/// The levels of a patient's graded exercises.
#[utoipa::path(get, path = "/v1/patients/{patient}/levels", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), responses((status = 200, body = Levels), (status = "4XX", body = Problem)))]
pub async fn levels(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let levels = read(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(Levels { levels }))
}

async fn read(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<LevelView>> {
    app.store
        .read("levels", scope, move |tx| {
            let Some(plan) = in_force(tx, patient)? else {
                return Ok(Vec::new());
            };
            let known = care_events::levels(tx, &[patient])?;
            let graded = plan
                .items
                .iter()
                .filter_map(|(_, spec)| Some((spec, spec.progression.as_ref()?)));
            Ok(graded
                .map(|(spec, rule)| {
                    let row = known.iter().find(|row| row.exercise_key == spec.exercise);
                    let level = row
                        .map_or(0, |row| usize::try_from(row.level).unwrap_or(0))
                        .min(rule.top());
                    LevelView {
                        exercise: spec.exercise.clone(),
                        level,
                        top: rule.top(),
                        dose: rule.dose(&spec.dose, level).words(),
                        since: row
                            .and_then(|row| row.since_date.date().ok())
                            .map(|date| date.to_string()),
                        source: row.map(|row| row.source.clone()),
                    }
                })
                .collect())
        })
        .await
}

/// A level to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelBody {
    /// 0 to the highest the plan's line has.
    #[schema(maximum = 19)]
    level: u32,
}

/// Sets the level of a graded exercise: what is still to come on days that have not begun has its dose.
#[utoipa::path(put, path = "/v1/patients/{patient}/levels/{exercise}", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("exercise" = String, Path)), request_body = LevelBody,
    responses((status = 200, body = Levels), (status = "4XX", body = Problem)))]
pub async fn set(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, String>,
    body: Json<LevelBody>,
) -> Result<HttpResponse> {
    let Path2(patient, exercise) = path;
    let (now, level) = (app.now(), body.0.level);
    let entry = app.audit("exercise.level", "patient", Some(*patient.bytes()));
    app.store
        .write("set_level", clinician.scope, move |tx| {
            write(tx, patient, &exercise, level, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    let levels = read(&app, clinician.scope, patient).await?;
    Ok(HttpResponse::Ok().json(Levels { levels }))
}

fn write(
    tx: &mut Tx<'_>,
    patient: PatientId,
    exercise: &str,
    level: u32,
    now: Timestamp,
) -> Result<()> {
    let row = patients::lock(tx, patient)?;
    let plan = in_force(tx, patient)?.ok_or_else(Error::not_found)?;
    let rule: Option<&Progression> = plan
        .items
        .iter()
        .find(|(_, spec)| spec.exercise == exercise)
        .and_then(|(_, spec)| spec.progression.as_ref());
    let top = rule.ok_or_else(Error::not_found)?.top();
    if usize::try_from(level).map_or(true, |level| level > top) {
        return Err(Error::field(
            "/level",
            format!("must be between 0 and {top}"),
        ));
    }
    let set = ExerciseLevel {
        tenant_id: tx.tenant(),
        patient_id: patient,
        exercise_key: exercise.to_owned(),
        level: i64::from(level),
        since_date: Place::of(&row)?.date_at(now).into(),
        source: "clinician".to_owned(),
        decided_at: now.into(),
    };
    care_events::set_level(tx, &set)?;
    attention::settle(
        tx,
        patient,
        &rule_of(exercise),
        AlertState::Resolved,
        "signed",
        now,
    )?;
    tell(tx, patient, exercise, now)?;
    replan(tx, patient, now)
}
