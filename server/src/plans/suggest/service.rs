//! Suggestions in the store: raised and settled as alerts, decided on by clinicians; each use case is one transaction.

use jiff::Timestamp;

use super::{Evidence, Newest, is_covered, suggested};
use crate::app::App;
use crate::attention::{self, Finding};
use crate::error::{Error, Result};
use crate::plans::diff::{PlanDiff, diff};
use crate::plans::service::in_force;
use crate::plans::spec::PlanItemSpec;
use crate::plans::templates::{Template, built_in_version, find_built_in};
use crate::reminders::patient_day::Place;
use crate::store::alerts::{self, Alert, AlertState, Severity};
use crate::store::patients::Patient;
use crate::store::suggestions::{self, DecisionKind, DecisionRow};
use crate::store::types::{AlertId, ClinicianId, Digest, PatientId};
use crate::store::{Scope, Tx, audit, patients};

/// What the rules of suggestions begin with.
const PREFIX: &str = "suggestion:";

/// The rule a suggestion stands under.
pub fn rule_of(observation: &str) -> String {
    format!("{PREFIX}{observation}")
}

/// An open suggestion.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// Since when it is there.
    pub since: Timestamp,
    /// What it rests on.
    pub evidence: Evidence,
    /// The template.
    pub template: Template,
}

/// Suggestions of a patient, and what was decided.
#[derive(Debug, Clone)]
pub struct Suggestions {
    /// Waiting for a clinician, newest last.
    pub open: Vec<Suggestion>,
    /// What was decided, newest first.
    pub decided: Vec<DecisionRow>,
}

fn read_evidence(text: &str) -> Result<Evidence> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn live(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Alert>> {
    let mut all = alerts::live_of(tx, patient)?;
    all.retain(|alert| alert.rule.starts_with(PREFIX));
    Ok(all)
}

/// What is open about a patient, and what was decided.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn of_patient(app: &App, scope: Scope, patient: PatientId) -> Result<Suggestions> {
    app.store
        .read("suggestions", scope, move |tx| {
            patients::find(tx, patient)?;
            let mut open = Vec::new();
            for alert in live(tx, patient)? {
                let evidence = read_evidence(&alert.evidence)?;
                // A template this version no longer has suggests nothing.
                if let Some(template) = find_built_in(&evidence.template) {
                    let since = alert.first_seen_at.timestamp();
                    open.push(Suggestion {
                        since,
                        evidence,
                        template,
                    });
                }
            }
            open.sort_by_key(|one| one.since);
            let mut decided = suggestions::of_patient(tx, patient)?;
            decided.retain(|row| !row.observation.contains(':'));
            Ok(Suggestions { open, decided })
        })
        .await
}

/// Raises what the newest usable session suggests, and settles what it no longer does.
pub fn tell(tx: &mut Tx<'_>, patient: PatientId, newest: &Newest, now: Timestamp) -> Result<()> {
    let plan = lines_in_force(tx, patient)?;
    let decided = suggestions::of_patient(tx, patient)?
        .iter()
        .filter(|row| !row.observation.contains(':'))
        .map(|row| read_evidence(&row.evidence))
        .collect::<Result<Vec<_>>>()?;
    let wanted = suggested(newest, &plan, &decided);
    let there = live(tx, patient)?;
    for alert in &there {
        if !wanted
            .iter()
            .any(|one| rule_of(&one.observation) == alert.rule)
        {
            let why = "the newest session no longer suggests it, or the plan has it";
            alerts::set_state(tx, alert.id, AlertState::AutoResolved, why, None, now)?;
        }
    }
    for evidence in wanted {
        let rule = rule_of(&evidence.observation);
        let text = serde_json::to_string(&evidence).map_err(Error::internal)?;
        let known = there.iter().find(|alert| alert.rule == rule);
        if known.is_some_and(|alert| alert.evidence == text) {
            continue;
        }
        let finding = Finding {
            id: alert_id(patient, &rule, now),
            rule,
            rule_version: built_in_version(),
            severity: Severity::Low,
            evidence: serde_json::to_value(&evidence).map_err(Error::internal)?,
            due_at: None,
        };
        attention::raise(tx, patient, &finding, now)?;
    }
    Ok(())
}

fn alert_id(patient: PatientId, rule: &str, now: Timestamp) -> AlertId {
    let Digest(digest) = Digest::of(format!("{patient}/{rule}/{now}").as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(digest.split_at(16).0);
    AlertId::from(id)
}

fn lines_in_force(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<PlanItemSpec>> {
    let plan = in_force(tx, patient)?;
    let items = plan.into_iter().flat_map(|plan| plan.items);
    Ok(items.map(|(_, spec)| spec).collect())
}

/// Rejects a suggestion, for a reason.
///
/// # Errors
/// Not found when there is no such patient or nothing is suggested by that observation.
pub async fn reject(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    observation: String,
    reason: String,
) -> Result<()> {
    let now = app.now();
    let entry = app.audit("suggestion.reject", "patient", Some(*patient.bytes()));
    app.store
        .write("reject_suggestion", scope, move |tx| {
            patients::lock(tx, patient)?;
            let rule = rule_of(&observation);
            let alert = alerts::live(tx, patient, &rule)?.ok_or_else(Error::not_found)?;
            let row = DecisionRow {
                decision: DecisionKind::Rejected,
                reason: Some(reason.clone()),
                ..decision(tx, &alert, by, now)?
            };
            suggestions::insert(tx, &row)?;
            let state = AlertState::Resolved;
            alerts::set_state(tx, alert.id, state, "rejected", Some(by), now)?;
            audit::append(tx, &[entry])
        })
        .await
}

fn decision(tx: &Tx<'_>, alert: &Alert, by: ClinicianId, now: Timestamp) -> Result<DecisionRow> {
    let evidence = read_evidence(&alert.evidence)?;
    Ok(DecisionRow {
        tenant_id: tx.tenant(),
        patient_id: alert.patient_id,
        observation: evidence.observation,
        decided_at: now.into(),
        decision: DecisionKind::Accepted,
        template: evidence.template,
        reason: None,
        evidence: alert.evidence.clone(),
        plan_version: None,
        edits: None,
        decided_by: by,
    })
}

/// What a published version does to suggestions: those it was published with are accepted, with what was edited; any
/// other whose exercises it has goes away.
///
/// # Errors
/// Conflict when one it was published with is not open any more.
pub fn published(
    tx: &mut Tx<'_>,
    patient: &Patient,
    (version, items): (i64, &[PlanItemSpec]),
    accepted: &[String],
    by: ClinicianId,
    now: Timestamp,
) -> Result<()> {
    let open = live(tx, patient.id)?;
    let today = Place::of(patient)?.date_at(now);
    for observation in accepted {
        let rule = rule_of(observation);
        let alert = open.iter().find(|alert| alert.rule == rule).ok_or_else(|| {
            Error::conflict(
                format!("the suggestion by {observation} is not open any more: look at the plan again"),
                serde_json::json!({ "suggestion": observation }),
            )
        })?;
        let row = decision(tx, alert, by, now)?;
        let template = find_built_in(&row.template).ok_or_else(Error::not_found)?;
        let edits = edits(&template, items, today);
        let row = DecisionRow {
            plan_version: Some(version),
            edits: Some(serde_json::to_string(&edits).map_err(Error::internal)?),
            ..row
        };
        suggestions::insert(tx, &row)?;
        let state = AlertState::Resolved;
        alerts::set_state(tx, alert.id, state, "accepted", Some(by), now)?;
    }
    for alert in &open {
        let evidence = read_evidence(&alert.evidence)?;
        let other = !accepted.contains(&evidence.observation);
        let covered =
            find_built_in(&evidence.template).is_some_and(|template| is_covered(&template, items));
        if other && covered {
            let state = AlertState::AutoResolved;
            alerts::set_state(tx, alert.id, state, "the plan has it", None, now)?;
        }
    }
    Ok(())
}

/// How the lines published for a template's exercises differ from the template's.
fn edits(template: &Template, items: &[PlanItemSpec], today: jiff::civil::Date) -> PlanDiff {
    let lines: Vec<PlanItemSpec> = template.lines.iter().map(|line| line.on(today)).collect();
    let own: Vec<PlanItemSpec> = items
        .iter()
        .filter(|item| lines.iter().any(|line| line.exercise == item.exercise))
        .cloned()
        .collect();
    diff(&lines, &own)
}
