//! A fake receiver of webhooks on loopback, as a hospital would run one: it checks the signature of Standard
//! Webhooks 1.0 by one secret, and drops what it has seen. It shares no code with the server's channel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

use super::plain::{Manners, PlainServer, PostBehaviour, play};
use super::{GatewayError, UnixMillis};

/// How old a message may be, or how far ahead its clock.
const TOLERANCE_S: i64 = 300;

/// A message the receiver took.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookDelivery {
    /// Its id; a repeated message has the same.
    pub id: String,
    /// Its body.
    pub body: Value,
}

/// A running receiver; stops when dropped.
pub struct FakeWebhook {
    state: Arc<State>,
    server: PlainServer,
}

struct State {
    clock: UnixMillis,
    key: hmac::Key,
    manners: Manners,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    deliveries: Vec<WebhookDelivery>,
    violations: Vec<&'static str>,
    requests: u64,
}

impl State {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeWebhook {
    /// Starts a receiver that knows these bytes as its secret.
    ///
    /// # Errors
    /// When port or thread cannot be had.
    pub fn start(secret: &[u8], clock: UnixMillis) -> Result<Self, GatewayError> {
        let state = Arc::new(State {
            clock,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            manners: Manners::default(),
            book: Mutex::default(),
        });
        let shared = state.clone();
        let server = PlainServer::start("fake-webhook", move |config| {
            config
                .app_data(web::Data::from(shared.clone()))
                .default_service(web::to(receive));
        })?;
        Ok(Self { state, server })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.server.address)
    }

    /// Another address of it, which should never be asked.
    pub fn elsewhere(&self) -> String {
        format!("http://{}/elsewhere", self.server.address)
    }

    /// From now on every message meets this behaviour.
    pub fn set_behaviour(&self, behaviour: PostBehaviour) {
        self.state.manners.set("/hook", behaviour);
    }

    /// What was accepted, in order.
    pub fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.state.book().deliveries.clone()
    }

    /// Rules that requests broke. Empty after a good run.
    pub fn violations(&self) -> Vec<&'static str> {
        self.state.book().violations.clone()
    }

    /// Requests of any kind, to any of its addresses.
    pub fn requests(&self) -> u64 {
        self.state.book().requests
    }
}

async fn receive(state: web::Data<State>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    state.book().requests += 1;
    let now_s = (state.clock)().div_euclid(1000);
    let delivery = match read(&state, &request, &body, now_s) {
        Ok(delivery) => delivery,
        Err(rule) => {
            state.book().violations.push(rule);
            return HttpResponse::BadRequest().finish();
        }
    };
    play(state.manners.of(request.path()), || {
        let mut book = state.book();
        if book.deliveries.iter().all(|known| known.id != delivery.id) {
            book.deliveries.push(delivery);
        }
        HttpResponse::NoContent().finish()
    })
    .await
}

fn read(
    state: &State,
    request: &HttpRequest,
    body: &[u8],
    now_s: i64,
) -> Result<WebhookDelivery, &'static str> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let id = header("webhook-id").ok_or("webhook-id is required")?;
    let at_s: i64 = header("webhook-timestamp")
        .and_then(|text| text.parse().ok())
        .ok_or("webhook-timestamp must be seconds")?;
    if (now_s - at_s).abs() > TOLERANCE_S {
        return Err("webhook-timestamp must be of now");
    }
    let signed = [format!("{id}.{at_s}.").as_bytes(), body].concat();
    let signatures = header("webhook-signature").unwrap_or_default();
    let verified = signatures.split(' ').any(|signature| {
        let bytes = signature
            .strip_prefix("v1,")
            .and_then(|text| STANDARD.decode(text).ok());
        bytes.is_some_and(|bytes| hmac::verify(&state.key, &signed, &bytes).is_ok())
    });
    if !verified {
        return Err("one webhook-signature must verify");
    }
    Ok(WebhookDelivery {
        id: id.to_owned(),
        body: serde_json::from_slice(body).map_err(|_| "the body must be JSON")?,
    })
}
