//! JSON: before and after new footwear.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{Comparison, ComparisonState, MIN_DAYS, RULE_VERSION, SideDays};
use super::service::{self, FootwearEffect};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::Path;
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::care_events::CareEventKind;
use crate::store::types::{CareEventId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/v1/patients/{patient}/effects").get(Access::Clinician, effects)]
}

/// Before and after one change of footwear.
#[derive(Debug, Serialize, ToSchema)]
pub struct EffectBody {
    /// The event that records the change.
    event_id: CareEventId,
    /// Orthotic or shoe.
    kind: CareEventKind,
    /// The date of the change.
    since: String,
    /// The orthotic, as sessions name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    orthotic_id: Option<String>,
    /// The pair of shoes, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    shoe_id: Option<String>,
    /// Whether there is an answer.
    state: ComparisonState,
    /// Valid days a side needs.
    days_needed: usize,
    /// Days before.
    before: SideDays,
    /// Days after, the first left out.
    after: SideDays,
    /// Value by value; empty unless ready.
    comparisons: Vec<Comparison>,
    /// Version of the rules.
    #[schema(value_type = String)]
    rule_version: &'static str,
}

impl From<FootwearEffect> for EffectBody {
    fn from(effect: FootwearEffect) -> Self {
        let found = effect.found;
        Self {
            event_id: effect.event.id,
            kind: effect.event.kind,
            since: effect.since.to_string(),
            orthotic_id: effect.detail.orthotic_id,
            shoe_id: effect.detail.shoe_id,
            state: found.state,
            days_needed: MIN_DAYS,
            before: found.before,
            after: found.after,
            comparisons: found.comparisons,
            rule_version: RULE_VERSION,
        }
    }
}

/// Changes of footwear, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Effects {
    /// Each with what came of it.
    effects: Vec<EffectBody>,
}

/// Before and after each orthotic and pair of shoes a patient was given.
#[utoipa::path(get, path = "/v1/patients/{patient}/effects", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = Effects), (status = "4XX", body = Problem)))]
pub async fn effects(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let found = service::effects(&app, clinician.scope, patient.0).await?;
    Ok(HttpResponse::Ok().json(Effects {
        effects: found.into_iter().map(EffectBody::from).collect(),
    }))
}
