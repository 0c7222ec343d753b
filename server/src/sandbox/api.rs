//! JSON: the sandbox clock.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service::{self, View};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::Json;
use crate::http::guard::Admin;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::sandbox::ClockState;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/sandbox/clock")
            .get(Access::Admin, clock)
            .post(Access::Admin, create),
        at("/v1/sandbox/clock/advance").post(Access::Admin, advance),
        at("/v1/sandbox/clock/freeze").post(Access::Admin, freeze),
        at("/v1/sandbox/clock/run").post(Access::Admin, run),
    ]
}

/// The sandbox clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct SandboxClock {
    /// What it does.
    state: ClockState,
    /// What time it is on this server.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// When the first background job wants to be woken; null while the server stops.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_tick_at: Option<Timestamp>,
}

impl From<View> for SandboxClock {
    fn from(view: View) -> Self {
        let View {
            state,
            now,
            next_tick_at,
        } = view;
        Self {
            state,
            now,
            next_tick_at,
        }
    }
}

/// Where the clock is to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSandboxClock {
    /// In the years 2000 to 2099. Once the database has a patient, not earlier than the clock and at most 400 days later.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// How far time is to pass.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SandboxAdvance {
    /// Not earlier than the clock and at most 400 days later.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Stop at the first instant any job wants, when that comes before `to`.
    #[serde(default)]
    stop_at_next_tick: bool,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SandboxAdvanced {
    /// What time it is now.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// When the first background job wants to be woken next; null while the server stops.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_tick_at: Option<Timestamp>,
    /// Instants on the way at which a job was woken.
    ticks: u64,
}

/// The clock this sandbox lives on: what it does, what time it is, and when the next job wants to be woken.
#[utoipa::path(get, path = "/v1/sandbox/clock", tag = "sandbox", security(("token" = [])),
    responses((status = 200, body = SandboxClock), (status = "4XX", body = Problem)))]
pub async fn clock(app: web::Data<App>, admin: Admin) -> Result<HttpResponse> {
    let view = service::look(&app, admin.scope).await?;
    Ok(HttpResponse::Ok().json(SandboxClock::from(view)))
}

/// Creates the clock, frozen at an instant. It exists once: 409 afterwards.
#[utoipa::path(post, path = "/v1/sandbox/clock", tag = "sandbox", security(("token" = [])), request_body = NewSandboxClock,
    responses((status = 201, body = SandboxClock), (status = "4XX", body = Problem)))]
pub async fn create(
    app: web::Data<App>,
    admin: Admin,
    body: Json<NewSandboxClock>,
) -> Result<HttpResponse> {
    let view = service::create(&app, admin.scope, body.0.at).await?;
    Ok(HttpResponse::Created().json(SandboxClock::from(view)))
}

/// Lets time pass, through every instant at which a job wants to be woken, and answers when it is there. One advance at
/// a time: 409 while another is under way or the clock runs. For a caller who lost the answer the clock says where it
/// stands; what has passed is not undone.
#[utoipa::path(post, path = "/v1/sandbox/clock/advance", tag = "sandbox", security(("token" = [])),
    request_body = SandboxAdvance,
    responses((status = 200, body = SandboxAdvanced), (status = "4XX", body = Problem)))]
pub async fn advance(
    app: web::Data<App>,
    admin: Admin,
    body: Json<SandboxAdvance>,
) -> Result<HttpResponse> {
    let SandboxAdvance {
        to,
        stop_at_next_tick,
    } = body.0;
    let (view, ticks) = service::advance(&app, admin.scope, to, stop_at_next_tick).await?;
    let View {
        now, next_tick_at, ..
    } = view;
    Ok(HttpResponse::Ok().json(SandboxAdvanced {
        now,
        next_tick_at,
        ticks,
    }))
}

/// Stops a running clock where it is. A repeat changes nothing.
#[utoipa::path(post, path = "/v1/sandbox/clock/freeze", tag = "sandbox", security(("token" = [])),
    responses((status = 200, body = SandboxClock), (status = "4XX", body = Problem)))]
pub async fn freeze(app: web::Data<App>, admin: Admin) -> Result<HttpResponse> {
    let view = service::freeze(&app, admin.scope).await?;
    Ok(HttpResponse::Ok().json(SandboxClock::from(view)))
}

/// Lets the clock go on from where it is, at the pace of real time. A repeat changes nothing.
#[utoipa::path(post, path = "/v1/sandbox/clock/run", tag = "sandbox", security(("token" = [])),
    responses((status = 200, body = SandboxClock), (status = "4XX", body = Problem)))]
pub async fn run(app: web::Data<App>, admin: Admin) -> Result<HttpResponse> {
    let view = service::run(&app, admin.scope).await?;
    Ok(HttpResponse::Ok().json(SandboxClock::from(view)))
}
