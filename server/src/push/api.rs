//! JSON: what a browser needs to be reminded.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Subscription, WebPushTerms, service, web_push};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::Json;
use crate::http::guard::Patient;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};

/// The routes of this file; taking the address away stands with the one that gives it.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/push-key").get(Access::Public, push_key),
        at("/v1/me/push-subscription").put(Access::Patient, subscribe),
    ]
}

/// The server's key for web push.
#[derive(Serialize, ToSchema)]
pub struct PushKey {
    /// The `applicationServerKey` to subscribe with: an uncompressed P-256 point in base64url.
    key: String,
}

fn terms(app: &App) -> Result<&WebPushTerms> {
    let terms = app.doors.push.web_push();
    terms.ok_or_else(|| Error::detailed(Code::NotFound, "web push is not set up on this server"))
}

/// The key a browser subscribes with; 404 where web push is not set up.
#[utoipa::path(get, path = "/v1/push-key", tag = "access",
    responses((status = 200, body = PushKey), (status = "4XX", body = Problem)))]
pub async fn push_key(app: web::Data<App>) -> Result<HttpResponse> {
    let key = terms(&app)?.public_key.clone();
    Ok(HttpResponse::Ok().json(PushKey { key }))
}

/// A browser's subscription, as `PushSubscription.toJSON` gives it, without its expiry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSubscription {
    /// Where messages are posted: https, public.
    #[schema(max_length = 2048)]
    endpoint: String,
    /// For whom they are encrypted.
    keys: PushSubscriptionKeys,
}

/// The keys of a subscription, in base64url.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSubscriptionKeys {
    /// The browser's public key: an uncompressed P-256 point.
    p256dh: String,
    /// The authentication secret: 16 bytes.
    auth: String,
}

/// Reminds the caller's browser through this subscription; one that another device had moves to this one.
#[utoipa::path(put, path = "/v1/me/push-subscription", tag = "patient", security(("token" = [])),
    request_body = PushSubscription, responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn subscribe(
    app: web::Data<App>,
    me: Patient,
    body: Json<PushSubscription>,
) -> Result<HttpResponse> {
    let subscription = checked(&body.0, terms(&app)?)?;
    service::subscribe(&app, me.scope, me.id, me.device, &subscription).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn checked(body: &PushSubscription, terms: &WebPushTerms) -> Result<Subscription> {
    let PushSubscriptionKeys { p256dh, auth } = &body.keys;
    let subscription = Subscription::new(&body.endpoint, p256dh, auth, terms.reach)
        .map_err(|error| Error::field(error.pointer, error.rule))?;
    if web_push::is_public_key(subscription.public_key()) {
        Ok(subscription)
    } else {
        Err(Error::field(
            "/keys/p256dh",
            "must be a point of the curve P-256",
        ))
    }
}

/// Stops prompts to the caller's device.
#[utoipa::path(delete, path = "/v1/me/push-token", tag = "patient", security(("token" = [])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn turn_off(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    service::turn_off(&app, me.scope, me.id, me.device).await?;
    Ok(HttpResponse::NoContent().finish())
}
