//! A fake push service for browsers (RFC 8030) on loopback. Strict in what a real one sees: method and
//! headers, the shape of the encrypted body, the sender's token (RFC 8292). It cannot read the message; a
//! test that plays the browser can. It shares no code with the server's channel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::http::header::{AUTHORIZATION, CONTENT_ENCODING};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

use super::plain::{Manners, PlainServer, PostBehaviour, play};
use super::{GatewayError, UnixMillis};

/// What a service must take (RFC 8030, section 7.2).
const MAX_BODY_BYTES: usize = 4096;

/// Salt, record size, length of the key, the key (RFC 8188, section 2.1).
const HEADER_BYTES: usize = 16 + 4 + 1 + 65;

/// A token lives a day at most (RFC 8292, section 2).
const MAX_TOKEN_S: i64 = 24 * 3600;

/// A message the service took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPushDelivery {
    /// For which browser.
    pub browser: String,
    /// How long it may be kept.
    pub ttl_s: u64,
    /// Which waiting message it replaces.
    pub topic: String,
    /// How urgent it is.
    pub urgency: String,
    /// Whose token it came with: the public key.
    pub sender_key: String,
    /// The encrypted body.
    pub body: Vec<u8>,
}

/// A running service; stops when dropped.
pub struct FakeWebPush {
    state: Arc<State>,
    server: PlainServer,
}

struct State {
    clock: UnixMillis,
    manners: Manners,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    deliveries: Vec<WebPushDelivery>,
    violations: Vec<&'static str>,
    requests: u64,
}

impl State {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeWebPush {
    /// Starts a service that reads the time from `clock`.
    ///
    /// # Errors
    /// When port or thread cannot be had.
    pub fn start(clock: UnixMillis) -> Result<Self, GatewayError> {
        let state = Arc::new(State {
            clock,
            manners: Manners::default(),
            book: Mutex::default(),
        });
        let shared = state.clone();
        let server = PlainServer::start("fake-web-push", move |config| {
            config
                .app_data(web::Data::from(shared.clone()))
                .route("/push/{browser}", web::post().to(push));
        })?;
        Ok(Self { state, server })
    }

    /// The endpoint of a browser.
    pub fn endpoint(&self, browser: &str) -> String {
        format!("http://{}/push/{browser}", self.server.address)
    }

    /// From now on messages to this browser meet this behaviour.
    pub fn set_behaviour(&self, browser: &str, behaviour: PostBehaviour) {
        self.state.manners.set(browser, behaviour);
    }

    /// What was accepted, in order.
    pub fn deliveries(&self) -> Vec<WebPushDelivery> {
        self.state.book().deliveries.clone()
    }

    /// Rules that requests broke. Empty after a good run.
    pub fn violations(&self) -> Vec<&'static str> {
        self.state.book().violations.clone()
    }

    /// Requests of any kind.
    pub fn requests(&self) -> u64 {
        self.state.book().requests
    }
}

async fn push(
    state: web::Data<State>,
    browser: web::Path<String>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    state.book().requests += 1;
    let origin = format!("http://{}", request.connection_info().host());
    let now_s = (state.clock)().div_euclid(1000);
    let delivery = match read(&browser, &request, &body, &origin, now_s) {
        Ok(delivery) => delivery,
        Err(rule) => {
            state.book().violations.push(rule);
            return HttpResponse::BadRequest().finish();
        }
    };
    play(state.manners.of(&browser), || {
        let mut book = state.book();
        book.deliveries.push(delivery);
        let location = format!("{origin}/message/{}", book.deliveries.len());
        HttpResponse::Created()
            .insert_header(("location", location))
            .finish()
    })
    .await
}

fn read(
    browser: &str,
    request: &HttpRequest,
    body: &[u8],
    origin: &str,
    now_s: i64,
) -> Result<WebPushDelivery, &'static str> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    if header(CONTENT_ENCODING.as_str()) != Some("aes128gcm") {
        return Err("content-encoding must be aes128gcm");
    }
    check_body(body)?;
    let authorization = header(AUTHORIZATION.as_str()).unwrap_or_default();
    let sender_key = check_token(authorization, origin, now_s)?;
    let ttl_s = header("ttl").and_then(|ttl| ttl.parse().ok());
    let topic = header("topic").filter(|topic| is_topic(topic));
    let urgency = header("urgency")
        .filter(|urgency| matches!(*urgency, "very-low" | "low" | "normal" | "high"));
    Ok(WebPushDelivery {
        browser: browser.to_owned(),
        ttl_s: ttl_s.ok_or("ttl must be a number of seconds")?,
        topic: topic
            .ok_or("topic must be at most 32 of base64url")?
            .to_owned(),
        urgency: urgency
            .ok_or("urgency must be one of the RFC's")?
            .to_owned(),
        sender_key,
        body: body.to_vec(),
    })
}

fn is_topic(topic: &str) -> bool {
    (1..=32).contains(&topic.len())
        && topic
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn check_body(body: &[u8]) -> Result<(), &'static str> {
    // At least one byte of padding delimiter and the tag follow the header.
    let sized = (HEADER_BYTES + 17..=MAX_BODY_BYTES).contains(&body.len());
    let record_size = body.get(16..20).and_then(|bytes| bytes.try_into().ok());
    let record_size = record_size.map(u32::from_be_bytes).unwrap_or_default();
    let one_record =
        usize::try_from(record_size).is_ok_and(|size| size >= body.len() - HEADER_BYTES);
    let key = body.get(20) == Some(&65) && body.get(21) == Some(&4);
    if sized && one_record && key {
        Ok(())
    } else {
        Err("body must be one aes128gcm record with the sender's key")
    }
}

/// Checks a `vapid` authorization and gives the sender's key.
fn check_token(authorization: &str, origin: &str, now_s: i64) -> Result<String, &'static str> {
    let parameters = authorization
        .strip_prefix("vapid ")
        .ok_or("authorization must be vapid")?;
    let parameter = |name: &str| {
        let mut all = parameters.split(',').map(str::trim);
        all.find_map(|one| one.strip_prefix(name)?.strip_prefix('='))
    };
    let (token, key) = parameter("t")
        .zip(parameter("k"))
        .ok_or("vapid needs t and k")?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let (signed, signature) = token.rsplit_once('.').ok_or("t must be a token")?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key))
        .verify(signed.as_bytes(), &decode(signature))
        .map_err(|_| "the token's signature must verify by k")?;
    let claims = signed.split_once('.').map(|(_, claims)| decode(claims));
    let claims: Value =
        serde_json::from_slice(&claims.unwrap_or_default()).map_err(|_| "claims must be JSON")?;
    if claims["aud"] != origin {
        return Err("aud must be this service");
    }
    let left_s = claims["exp"].as_i64().unwrap_or_default() - now_s;
    if !(1..=MAX_TOKEN_S).contains(&left_s) {
        return Err("exp must be within a day");
    }
    let subject = claims["sub"].as_str().unwrap_or_default();
    if !(subject.starts_with("mailto:") || subject.starts_with("https://")) {
        return Err("sub must be a way to reach the sender");
    }
    Ok(key.to_owned())
}
