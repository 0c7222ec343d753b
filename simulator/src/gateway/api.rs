//! The three endpoints.

use std::collections::BTreeMap;

use actix_web::http::Version;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use footing_server::rt::clock::real_sleep;
use serde::Deserialize;
use serde_json::{Value, json};

use super::State;
use super::answer::{bad_request, error, html, oversized, retry_later, sent};
use super::behaviour::{Behaviour, TokenBehaviour};
use super::credentials::Bearer;
use super::ledger::Entry;
use super::shape::Fault;
use super::{policy, rules, shape};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Largest request read.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(MAX_REQUEST_BYTES))
        .route("/token", web::post().to(token))
        .route("/v1/projects/{project}/messages:send", web::post().to(send))
        .route("/ledger", web::get().to(ledger));
}

#[derive(Deserialize)]
struct Grant {
    grant_type: String,
    assertion: String,
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    after: u64,
}

impl State {
    fn now_ms(&self) -> i64 {
        (self.options.clock)()
    }

    fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    fn violate(&self, faults: &[Fault]) {
        for fault in faults {
            self.ledger.violate(self.now_ms(), &fault.field, fault.rule);
        }
    }

    /// Never answers, as far as anybody waits.
    async fn no_answer(&self) -> HttpResponse {
        real_sleep(self.options.hold).await;
        error(504, "DEADLINE_EXCEEDED", None)
    }
}

/// `POST /token`: the JWT bearer grant.
async fn token(state: web::Data<State>, grant: Option<web::Form<Grant>>) -> HttpResponse {
    state.unless_stopped().await;
    state.ledger.count(|counts| counts.token_requests += 1);
    if let Err(fault) = check_grant(&state, grant.as_deref()) {
        state.violate(std::slice::from_ref(&fault));
        return denied(fault.rule);
    }
    match state.script.token_behaviour() {
        TokenBehaviour::Grant => issued(&state),
        TokenBehaviour::Slow(wait) => {
            real_sleep(wait).await;
            issued(&state)
        }
        TokenBehaviour::InvalidGrant => denied("The fake gateway was told to say so."),
        TokenBehaviour::Unavailable => html(503),
        TokenBehaviour::Timeout => state.no_answer().await,
    }
}

fn check_grant(state: &State, grant: Option<&Grant>) -> Result<(), Fault> {
    let grant =
        grant.ok_or_else(|| Fault::new("token", "must be a form with grant_type and assertion"))?;
    if grant.grant_type != JWT_BEARER {
        return Err(Fault::new(
            "token.grant_type",
            "must be the JWT bearer grant",
        ));
    }
    let checked = state
        .credentials
        .check_assertion(&grant.assertion, state.now_s());
    checked.map_err(|rule| Fault::new("token.assertion", rule))
}

fn issued(state: &State) -> HttpResponse {
    state.ledger.count(|counts| counts.tokens_issued += 1);
    HttpResponse::Ok().json(json!({
        "access_token": state.credentials.issue(state.now_s()),
        "expires_in": state.credentials.lifetime_s(),
        "token_type": "Bearer",
    }))
}

fn denied(description: &str) -> HttpResponse {
    HttpResponse::BadRequest()
        .json(json!({"error": "invalid_grant", "error_description": description}))
}

/// `POST /v1/projects/{project}/messages:send`.
async fn send(
    state: web::Data<State>,
    request: HttpRequest,
    project: web::Path<String>,
    body: web::Bytes,
) -> HttpResponse {
    state.unless_stopped().await;
    let http2 = u64::from(request.version() == Version::HTTP_2);
    state.ledger.count(|counts| {
        counts.send_requests += 1;
        counts.http2_send_requests += http2;
    });
    if let Some(answer) = refusal(&state, &request, &project) {
        return answer;
    }
    let message = match read(&request, &body) {
        Ok(message) => message,
        Err(faults) => {
            state.violate(&faults);
            return bad_request(&faults);
        }
    };
    let token = text(&message, "/message/token").unwrap_or_default();
    let entry = |answered: bool| Entry {
        at_unix_ms: state.now_ms(),
        project_id: state.options.project_id.clone(),
        token: token.clone(),
        collapse_key: text(&message, "/message/android/collapse_key"),
        data: data(&message),
        answered,
        http_version: format!("{:?}", request.version()),
    };
    perform(&state, state.script.play(&token), entry).await
}

/// Plays a behaviour for a good message.
async fn perform(
    state: &State,
    behaviour: Behaviour,
    entry: impl Fn(bool) -> Entry,
) -> HttpResponse {
    match behaviour {
        Behaviour::Success => accept(state, entry(true)),
        Behaviour::Slow(wait) => {
            let answer = accept(state, entry(true));
            real_sleep(wait).await;
            answer
        }
        Behaviour::TimeoutAfterAccept => {
            accept(state, entry(false));
            state.no_answer().await
        }
        Behaviour::TimeoutBeforeAccept => state.no_answer().await,
        Behaviour::Unregistered => error(404, "NOT_FOUND", Some("UNREGISTERED")),
        Behaviour::InvalidArgument => error(400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT")),
        Behaviour::SenderIdMismatch => error(403, "PERMISSION_DENIED", Some("SENDER_ID_MISMATCH")),
        Behaviour::QuotaExceeded(after) => {
            let answer = error(429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED"));
            retry_later(answer, after, state.now_ms())
        }
        Behaviour::Unavailable(after) => retry_later(
            error(503, "UNAVAILABLE", Some("UNAVAILABLE")),
            after,
            state.now_ms(),
        ),
        Behaviour::Internal => error(500, "INTERNAL", Some("INTERNAL")),
        Behaviour::HtmlBadGateway => html(502),
        Behaviour::HtmlSuccess => html(200),
        Behaviour::ExpiredAuth => error(401, "UNAUTHENTICATED", None),
        Behaviour::ThirdPartyAuth => error(401, "UNAUTHENTICATED", Some("THIRD_PARTY_AUTH_ERROR")),
        Behaviour::PermissionDenied => error(403, "PERMISSION_DENIED", None),
        Behaviour::OversizedAnswer(bytes) => oversized(bytes),
    }
}

fn accept(state: &State, entry: Entry) -> HttpResponse {
    match state.ledger.accept(entry) {
        Ok(name) => sent(&name),
        Err(cause) => {
            tracing::error!(%cause, "the ledger cannot be written; nothing was accepted");
            error(500, "INTERNAL", Some("INTERNAL"))
        }
    }
}

/// The answer to a request that may not send for this project.
fn refusal(state: &State, request: &HttpRequest, project: &str) -> Option<HttpResponse> {
    let header = request.headers().get(AUTHORIZATION);
    let bearer = header
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .unwrap_or_default();
    match state.credentials.check_bearer(bearer, state.now_s()) {
        Bearer::Good if project == state.options.project_id => None,
        Bearer::Good => Some(error(403, "PERMISSION_DENIED", None)),
        Bearer::Expired => {
            state.ledger.count(|counts| counts.expired_bearers += 1);
            Some(error(401, "UNAUTHENTICATED", None))
        }
        Bearer::Unknown => {
            let fault = Fault::new("authorization", "must be a bearer token issued here");
            state.violate(&[fault]);
            Some(error(401, "UNAUTHENTICATED", None))
        }
    }
}

/// Reads a request and checks everything there is to check.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Value, Vec<Fault>> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = content_type
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    if media_type != Some("application/json") {
        return Err(vec![Fault::new("content-type", "must be application/json")]);
    }
    let message: Value =
        serde_json::from_slice(body).map_err(|_| vec![Fault::new("", "must be JSON")])?;
    let checks: [fn(&Value) -> Vec<Fault>; 3] = [shape::check, rules::check, policy::check];
    match checks
        .into_iter()
        .map(|check| check(&message))
        .find(|faults| !faults.is_empty())
    {
        Some(faults) => Err(faults),
        None => Ok(message),
    }
}

fn text(message: &Value, pointer: &str) -> Option<String> {
    message.pointer(pointer)?.as_str().map(str::to_owned)
}

fn data(message: &Value) -> BTreeMap<String, String> {
    let entries = message
        .pointer("/message/data")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// `GET /ledger?after=N`: what was accepted after the Nth, every violation, and the counts.
async fn ledger(state: web::Data<State>, since: web::Query<Since>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "accepted": state.ledger.accepted_after(since.after),
        "violations": state.ledger.violations(),
        "counts": state.ledger.counts(),
    }))
}
