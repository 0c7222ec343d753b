//! For operators and their machines: is it alive, is it ready, what does it speak.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::error::{Code, Error, Result};
use crate::http::router::{Access, Endpoint, at};
use crate::jobs::apart::FailingJob;
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

/// How the server is, and whom it leaves alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ok`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Version of the server.
    #[schema(value_type = String)]
    version: &'static str,
    /// How far this machine's clock is ahead of the database's, in milliseconds; 0 where they are the same.
    clock_ahead_ms: i64,
    /// Push gateways that refuse or fail and are left alone for a while.
    push_circuits_open: Vec<CircuitView>,
    /// Jobs of this process of which something failed when it was tried last; the log says what.
    jobs_failing: Vec<FailingView>,
}

/// A job of which something fails.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailingView {
    /// Which job.
    #[schema(value_type = String)]
    job: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: jiff::Timestamp,
    /// How many, such as patients or occurrences.
    count: usize,
}

impl From<FailingJob> for FailingView {
    fn from(one: FailingJob) -> Self {
        Self {
            job: one.job,
            since: one.since,
            count: one.count,
        }
    }
}

/// A gateway that is left alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct CircuitView {
    /// Which channel.
    #[schema(value_type = String)]
    channel: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: jiff::Timestamp,
    /// What it said last.
    code: String,
}

/// The database answers and the clock is believed; 503 while not. A clock that went too far is accepted by
/// `footing clock accept`, or set back; one that is more than five minutes from the database's is set right.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = Readiness), (status = 503, body = crate::http::problem::Problem)))]
pub async fn readyz(app: web::Data<App>) -> Result<HttpResponse> {
    app.store
        .read("ready", System, |tx| {
            crate::store::clinics::only_slug(tx).map(drop)
        })
        .await?;
    if !app.steps.believes(app.doors.clock.as_ref()) {
        return Err(Error::detailed(
            Code::Unavailable,
            "the clock went further than time did: nothing is sent or closed until it is set back or accepted",
        ));
    }
    app.look_at_house_clock().await?;
    let clock_ahead = app.house.ahead(app.doors.clock.as_ref());
    if !app.house.is_near(app.doors.clock.as_ref()) {
        return Err(Error::detailed(
            Code::Unavailable,
            format!(
                "this machine's clock is {} s ahead of the database's: nothing is sent or closed here until they are nearer",
                clock_ahead.as_secs()
            ),
        ));
    }
    let failing = app.signals.failing.by_job();
    let open = app.doors.push.health().open;
    let push_circuits_open = open
        .into_iter()
        .map(|one| CircuitView {
            channel: one.channel,
            since: one.since,
            code: one.code,
        })
        .collect();
    Ok(HttpResponse::Ok().json(Readiness {
        status: OK.status,
        version: OK.version,
        clock_ahead_ms: i64::try_from(clock_ahead.as_millis()).unwrap_or(i64::MAX),
        push_circuits_open,
        jobs_failing: failing.into_iter().map(FailingView::from).collect(),
    }))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses((status = 200, description = "OpenAPI 3.1")))]
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(crate::http::openapi::document())
}
