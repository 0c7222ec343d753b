//! For operators and their machines: is it alive, is it ready, what does it speak.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::error::Result;
use crate::http::router::{Access, Endpoint, at};
use crate::store::System;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/livez").get(Access::Public, livez),
        at("/readyz").get(Access::Public, readyz),
        at("/openapi.json").get(Access::Public, openapi),
    ]
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Version of the server.
    #[schema(value_type = String)]
    version: &'static str,
}

const OK: Health = Health {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// The process answers.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, body = Health)))]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// The database answers too; 503 while it does not.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = Health), (status = 503, body = crate::http::problem::Problem)))]
pub async fn readyz(app: web::Data<App>) -> Result<HttpResponse> {
    app.store
        .read("ready", System, |tx| {
            crate::store::clinics::only_slug(tx).map(drop)
        })
        .await?;
    Ok(HttpResponse::Ok().json(OK))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses((status = 200, description = "OpenAPI 3.1")))]
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(crate::http::openapi::document())
}
