//! JSON: plan templates.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Template, TemplateLine, TemplateRef, Written, service};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Json, Path, Text};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::PlanTemplateId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/plan-templates")
            .get(Access::Clinician, templates)
            .post(Access::Clinician, create),
        at("/v1/plan-templates/{template}")
            .get(Access::Clinician, template)
            .put(Access::Clinician, edit)
            .delete(Access::Clinician, retire),
    ]
}

/// Templates on offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Templates {
    /// The clinic's own, then the built-in ones; retired ones last.
    templates: Vec<Template>,
}

/// A template as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    /// The version it replaces; absent for a new one.
    #[serde(default)]
    #[schema(minimum = 1)]
    base_version: Option<i64>,
    /// Its name.
    name: Text<80>,
    /// What it is for.
    reason: Text<500>,
    /// How sure anyone is that it helps.
    evidence: Text<300>,
    /// Where dose and evidence come from.
    source: Text<300>,
    /// Its lines, 1 to 40.
    #[schema(min_items = 1, max_items = 40)]
    lines: Vec<TemplateLine>,
}

impl TemplateBody {
    fn written(self) -> Written {
        Written {
            name: self.name,
            reason: self.reason,
            evidence: self.evidence,
            source: self.source,
            lines: self.lines,
        }
    }
}

/// Every template.
#[utoipa::path(get, path = "/v1/plan-templates", tag = "clinician", security(("token" = [])),
    responses((status = 200, body = Templates), (status = "4XX", body = Problem)))]
pub async fn templates(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    let templates = service::list(&app, clinician.scope).await?;
    Ok(HttpResponse::Ok().json(Templates { templates }))
}

/// One template, by the key of a built-in one or the id of the clinic's own.
#[utoipa::path(get, path = "/v1/plan-templates/{template}", tag = "clinician", security(("token" = [])),
    params(("template" = String, Path)), responses((status = 200, body = Template), (status = "4XX", body = Problem)))]
pub async fn template(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<TemplateRef>,
) -> Result<HttpResponse> {
    let found = service::find(&app, clinician.scope, &template.0).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Writes a template of the clinic's own.
#[utoipa::path(post, path = "/v1/plan-templates", tag = "clinician", security(("token" = [])), request_body = TemplateBody,
    responses((status = 201, body = Template), (status = "4XX", body = Problem)))]
pub async fn create(
    app: web::Data<App>,
    clinician: Clinician,
    body: Json<TemplateBody>,
) -> Result<HttpResponse> {
    let written = body.0.written();
    let made = service::create(&app, clinician.scope, clinician.id, written).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Writes the next version of one of the clinic's own. A retired one is offered again.
#[utoipa::path(put, path = "/v1/plan-templates/{template}", tag = "clinician", security(("token" = [])),
    params(("template" = String, Path)), request_body = TemplateBody,
    responses((status = 200, body = Template), (status = 409, body = Problem), (status = "4XX", body = Problem)))]
pub async fn edit(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<PlanTemplateId>,
    body: Json<TemplateBody>,
) -> Result<HttpResponse> {
    let base = body.0.base_version.unwrap_or(0);
    let (scope, by) = (clinician.scope, clinician.id);
    let made = service::edit(&app, scope, by, template.0, base, body.0.written()).await?;
    Ok(HttpResponse::Ok().json(made))
}

/// Retires one of the clinic's own: it is no longer offered. Plans made from it stay as they are.
#[utoipa::path(delete, path = "/v1/plan-templates/{template}", tag = "clinician", security(("token" = [])),
    params(("template" = String, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn retire(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<PlanTemplateId>,
) -> Result<HttpResponse> {
    service::retire(&app, clinician.scope, clinician.id, template.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
