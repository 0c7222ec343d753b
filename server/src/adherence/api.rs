//! JSON: how much of what was prescribed was done.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{By, Figures, Key};
use super::service::{self, Answer, Group, Wanted};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Query};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::plans::library::CareKind;
use crate::store::adherence::{Cause, DayFigures};
use crate::store::types::{PatientId, PlanItemId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/adherence").get(Access::Clinician, adherence),
        at("/v1/me/adherence").get(Access::Patient, my_adherence),
    ]
}

/// Dates in the patient's zone; the last 28 days when absent, at most 400.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodQuery {
    /// First date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>, format = Date)]
    through: Option<Date>,
    /// Gives the figures of each part as well.
    #[param(value_type = Option<By>)]
    by: Option<String>,
}

impl TryFrom<PeriodQuery> for Wanted {
    type Error = Error;

    fn try_from(query: PeriodQuery) -> Result<Self> {
        let PeriodQuery { from, through, by } = query;
        // Read here and not by serde, which cannot say which parameter is wrong where it expects one of a few words.
        let known = |name: String| {
            By::from_name(&name).ok_or_else(|| Error::field("?by", "must be item, day or kind"))
        };
        let by = by.map(known).transpose()?;
        Ok(Self { from, through, by })
    }
}

/// Adherence by every measure, and of each part where `by` was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdherenceBody {
    #[serde(flatten)]
    figures: Figures,
    /// Parts in order: days by date, lines of the plan by when they were first due, kinds by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupBody>>,
}

/// The figures of a part.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupBody {
    /// By day: the date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    date: Option<String>,
    /// By day: the revision of its figures that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<Kept>,
    /// By item: the plan's line.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<PlanItemId>,
    /// By item: its exercise.
    #[serde(skip_serializing_if = "Option::is_none")]
    exercise: Option<String>,
    /// By kind: the kind of care.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<CareKind>,
    #[serde(flatten)]
    figures: Figures,
}

/// A revision of a day's figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kept {
    /// 1 when the day was first computed.
    revision: i64,
    /// When it was computed.
    #[schema(value_type = String, format = DateTime)]
    computed_at: Timestamp,
    /// Why.
    cause: Cause,
}

impl From<DayFigures> for Kept {
    fn from(row: DayFigures) -> Self {
        Self {
            revision: row.revision,
            computed_at: row.computed_at.timestamp(),
            cause: row.cause,
        }
    }
}

impl From<Group> for GroupBody {
    fn from(group: Group) -> Self {
        let mut body = Self {
            date: None,
            kept: group.kept.map(Kept::from),
            item: None,
            exercise: None,
            kind: None,
            figures: group.figures,
        };
        match group.key {
            Key::Day(date) => body.date = Some(date.to_string()),
            Key::Item { item, exercise } => {
                (body.item, body.exercise) = (Some(item), Some(exercise));
            }
            Key::Kind(kind) => body.kind = kind,
        }
        body
    }
}

fn body(answer: Answer, by: Option<By>) -> HttpResponse {
    let groups = answer.groups.into_iter().map(GroupBody::from).collect();
    HttpResponse::Ok().json(AdherenceBody {
        figures: answer.figures,
        groups: by.map(|_| groups),
    })
}

/// A patient's adherence.
#[utoipa::path(get, path = "/v1/patients/{patient}/adherence", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), PeriodQuery),
    responses((status = 200, body = AdherenceBody), (status = "4XX", body = Problem)))]
pub async fn adherence(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<PeriodQuery>,
) -> Result<HttpResponse> {
    let wanted = Wanted::try_from(query.0)?;
    let answer = service::adherence(&app, clinician.scope, patient.0, wanted).await?;
    Ok(body(answer, wanted.by))
}

/// The caller's own adherence.
#[utoipa::path(get, path = "/v1/me/adherence", tag = "patient", params(PeriodQuery), security(("token" = [])),
    responses((status = 200, body = AdherenceBody), (status = "4XX", body = Problem)))]
pub async fn my_adherence(
    app: web::Data<App>,
    me: Patient,
    query: Query<PeriodQuery>,
) -> Result<HttpResponse> {
    let wanted = Wanted::try_from(query.0)?;
    let answer = service::adherence(&app, me.scope, me.id, wanted).await?;
    Ok(body(answer, wanted.by))
}
