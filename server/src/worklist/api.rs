//! JSON: the worklist, and what was done with a row.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::arrange::{Part, Row, Worklist};
use super::rules::{self, Section, WorklistRules};
use super::service::{self, Handling};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Json, Path, Query, Text};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{AlertId, ClinicianId, PatientId};
use crate::store::worklist::TurnKind;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/worklist").get(Access::Clinician, worklist),
        at("/v1/patients/{patient}/worklist").post(Access::Clinician, turn),
    ]
}

/// Whose patients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Those the clinician looks after or stands in for, and those an alert of theirs is about.
    #[default]
    Mine,
    /// The whole clinic's.
    Everyones,
}

/// Which list.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct WorklistQuery {
    /// Whose patients: `mine` when absent.
    #[param(inline)]
    pub of: Of,
}

/// A patient's row: one reason, in the first section that holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistRow {
    /// Who.
    patient: PatientId,
    /// The name the clinic uses.
    name: String,
    /// Who looks after them.
    owner: ClinicianId,
    /// The one reason, in words.
    reason: String,
    /// What changed.
    changed: Option<String>,
    /// Further reasons that are open.
    further: usize,
    /// Since when; null where it has no beginning.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Until when somebody must act before it is handed on.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// What to do next.
    next: &'static str,
    /// The rule that found it.
    rule: String,
    /// Its version.
    rule_version: String,
    /// The alert behind it.
    alert: Option<AlertId>,
    /// It was seen to, and came back with new evidence.
    came_back: bool,
    /// Since when something the patient wrote waits for an answer, whatever the reason of the row is.
    #[schema(value_type = Option<String>, format = DateTime)]
    wrote_at: Option<Timestamp>,
}

impl From<Row> for WorklistRow {
    fn from(row: Row) -> Self {
        let (rule, rule_version) = row.rule;
        Self {
            patient: row.patient,
            name: row.name,
            owner: row.owner,
            reason: row.reason,
            changed: row.changed,
            further: row.further,
            since: row.since,
            due_at: row.due_at,
            next: row.next.label,
            rule,
            rule_version,
            alert: row.alert,
            came_back: row.came_back,
            wrote_at: row.wrote_at,
        }
    }
}

/// A section.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistSection {
    /// Which.
    section: Section,
    /// What puts a patient here, in words, with the clinic's thresholds.
    threshold: String,
    /// Patients who would be here and were seen to.
    seen_to: usize,
    /// Its rows, the most pressing first.
    rows: Vec<WorklistRow>,
}

impl From<Part> for WorklistSection {
    fn from(part: Part) -> Self {
        Self {
            section: part.section,
            threshold: part.threshold,
            seen_to: part.seen_to,
            rows: part.rows.into_iter().map(Into::into).collect(),
        }
    }
}

/// A worklist.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistBody {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Version of the rules that arrange it.
    rule_version: &'static str,
    /// The thresholds it was made with.
    rules: WorklistRules,
    /// Patients on it, shown or seen to: the sum over all sections.
    patients: usize,
    /// Patients who belong on it and had no room: it takes 10,000, those an alert is about first.
    left_out: i64,
    /// Alerts that came to the clinician in the last 24 hours.
    alerts_today: i64,
    /// Every section, in order.
    sections: Vec<WorklistSection>,
}

impl From<Worklist> for WorklistBody {
    fn from(list: Worklist) -> Self {
        Self {
            at: list.now,
            rule_version: rules::VERSION,
            rules: list.rules,
            patients: list.patients,
            left_out: list.left_out,
            alerts_today: list.alerts_today,
            sections: list.parts.into_iter().map(Into::into).collect(),
        }
    }
}

/// Who needs somebody: every patient once, in the first section that holds.
#[utoipa::path(get, path = "/v1/worklist", tag = "clinician", security(("token" = [])), params(WorklistQuery),
    responses((status = 200, body = WorklistBody), (status = "4XX", body = Problem)))]
pub async fn worklist(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<WorklistQuery>,
) -> Result<HttpResponse> {
    let everyones = query.0.of == Of::Everyones;
    let list = service::worklist(&app, clinician.scope, clinician.id, everyones).await?;
    Ok(HttpResponse::Ok().json(WorklistBody::from(list)))
}

/// What was done with a patient's row.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnBody {
    /// The section the row is in.
    section: Section,
    /// What was done.
    kind: TurnKind,
    /// Why, in a few words.
    reason: Text<200>,
    /// Of a snooze, until when: within 4 hours in `safety`, within 90 days elsewhere.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// What a turn reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct TurnDone {
    /// Alerts that were acted on with it.
    alerts: usize,
}

/// Notes that a row was reviewed, acted on or put off: it leaves the list until there is new evidence. Every live alert of
/// the section is acted on with it.
#[utoipa::path(post, path = "/v1/patients/{patient}/worklist", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = TurnBody,
    responses((status = 200, body = TurnDone), (status = "4XX", body = Problem)))]
pub async fn turn(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<TurnBody>,
) -> Result<HttpResponse> {
    let TurnBody {
        section,
        kind,
        reason,
        until,
    } = body.0;
    let what = Handling {
        kind,
        reason: reason.into_string(),
        until,
    };
    let scope = clinician.scope;
    let alerts = service::handle(&app, scope, clinician.id, patient.0, section, what).await?;
    Ok(HttpResponse::Ok().json(TurnDone { alerts }))
}
