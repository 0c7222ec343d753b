//! Levels of graded exercises: looked at, and set by a clinician, whose word is the signature.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service::in_force;
use super::spec::{PlanItemSpec, Progression};
use super::words;
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
use crate::store::alerts::{Alert, AlertState};
use crate::store::care_events::{self, ExerciseLevel};
use crate::store::suggestions::{self, DecisionKind, DecisionRow};
use crate::store::types::{ClinicianId, PatientId};
use crate::store::{Scope, Tx, alerts, audit, patients};

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
    let scope = clinician.scope;
    sign(&app, scope, patient, exercise, body.0.level).await?;
    let levels = read(&app, scope, patient).await?;
    Ok(HttpResponse::Ok().json(Levels { levels }))
}

/// Sets a level by a clinician's word.
///
/// # Errors
/// Not found when the plan in force has no such graded exercise; invalid when there is no such level.
pub async fn sign(
    app: &App,
    scope: Scope,
    patient: PatientId,
    exercise: String,
    level: u32,
) -> Result<()> {
    let now = app.now();
    let entry = app.audit("exercise.level", "patient", Some(*patient.bytes()));
    app.store
        .write("set_level", scope, move |tx| {
            write(tx, patient, &exercise, level, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    Ok(())
}

/// A change of dose a rule asks a clinician about.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Which exercise.
    pub exercise: String,
    /// Up, or back.
    pub is_advance: bool,
    /// The level it is at.
    pub level: u32,
    /// The level asked for.
    pub proposed_level: u32,
    /// The dose it is at.
    pub dose: String,
    /// The dose asked for.
    pub proposed_dose: String,
    /// The rule in words.
    pub rule: String,
    /// What it found when it first asked; not kept before this was.
    pub found: Option<Found>,
    /// Since when it is asked.
    pub since: Timestamp,
}

/// What a rule looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Whole days at the level.
    pub days_at_level: u64,
    /// Adherence to the exercise at the level, percent.
    pub adherence_pct: Option<f64>,
    /// The worst pain told at the level, 0 to 10.
    pub worst_pain: Option<f64>,
}

/// The changes of dose a patient's rules ask about.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn proposals(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<Proposal>> {
    app.store
        .read("proposals", scope, move |tx| {
            let plan = in_force(tx, patient)?;
            let items: Vec<PlanItemSpec> = plan
                .into_iter()
                .flat_map(|plan| plan.items.into_iter().map(|(_, spec)| spec))
                .collect();
            let live = alerts::live_of(tx, patient)?;
            let asked = live.iter().filter_map(|alert| proposal(alert, &items));
            Ok(asked.collect())
        })
        .await
}

/// What an alert asks about; nothing where the plan in force has the exercise no more.
fn proposal(alert: &Alert, items: &[PlanItemSpec]) -> Option<Proposal> {
    let item = items
        .iter()
        .find(|item| rule_of(&item.exercise) == alert.rule)?;
    let evidence: serde_json::Value = serde_json::from_str(&alert.evidence).ok()?;
    let number = |name: &str| u32::try_from(evidence[name].as_u64()?).ok();
    let text = |name: &str| evidence[name].as_str().map(str::to_owned);
    Some(Proposal {
        exercise: item.exercise.clone(),
        is_advance: evidence["what"] == "advance",
        level: number("level")?,
        proposed_level: number("proposed_level")?,
        dose: text("dose")?,
        proposed_dose: text("proposed_dose")?,
        rule: item.progression.as_ref().map(words::goes_up_when)?,
        found: found(&evidence["found"]),
        since: alert.first_seen_at.timestamp(),
    })
}

fn found(kept: &serde_json::Value) -> Option<Found> {
    Some(Found {
        days_at_level: kept["days_at_level"].as_u64()?,
        adherence_pct: kept["adherence_pct"].as_f64(),
        worst_pain: kept["worst_pain"].as_f64(),
    })
}

/// Rejects a change of dose a rule asks about, for a reason. It is not put again for as many days as a level lasts.
///
/// # Errors
/// Not found when there is no such patient or nothing is asked.
pub async fn reject(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    exercise: String,
    reason: String,
) -> Result<()> {
    let now = app.now();
    let entry = app.audit("exercise.level_rejected", "patient", Some(*patient.bytes()));
    app.store
        .write("reject_level", scope, move |tx| {
            patients::lock(tx, patient)?;
            let rule = rule_of(&exercise);
            let alert = alerts::live(tx, patient, &rule)?.ok_or_else(Error::not_found)?;
            let row = DecisionRow {
                tenant_id: tx.tenant(),
                patient_id: patient,
                observation: rule,
                decided_at: now.into(),
                decision: DecisionKind::Rejected,
                template: exercise.clone(),
                reason: Some(reason.clone()),
                evidence: alert.evidence.clone(),
                plan_version: None,
                edits: None,
                decided_by: by,
            };
            suggestions::insert(tx, &row)?;
            let state = AlertState::Resolved;
            alerts::set_state(tx, alert.id, state, "rejected", Some(by), now)?;
            audit::append(tx, &[entry])
        })
        .await
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
