//! Reminders in a browser, from the channel to the browser's own key.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use footing_server::push::web_push::{VapidKey, WebPushChannel, WebPushConfig};
use footing_server::push::{
    DeviceToken, Locale, Outcome, Platform, PushChannel, PushKind, PushMessage, PushPayload,
    PushTarget, Reach, Subscription,
};
use footing_simulator::gateway::{FakeWebPush, PostBehaviour};
use serde_json::{Value, json};
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

use crate::kit::{START_UNIX_S, is_accepted, message, rejected, retry, unauthorized};

const AUTH: [u8; 16] = [7; 16];
const TIMEOUT: Duration = Duration::from_secs(2);

struct World {
    service: FakeWebPush,
    channel: WebPushChannel,
    browser_key: SecretKey,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(reach: Reach) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = WebPushConfig {
            key: VapidKey::create(&folder.path().join("key.pem")).unwrap(),
            subject: "mailto:push@example.org".to_owned(),
            reach,
            request_timeout: TIMEOUT,
        };
        Self {
            service: FakeWebPush::start(Arc::new(|| START_UNIX_S * 1000)).unwrap(),
            channel: WebPushChannel::new(config, Box::new(|| START_UNIX_S)).unwrap(),
            browser_key: SecretKey::from_slice(&[9; 32]).unwrap(),
            _folder: folder,
        }
    }

    fn target(&self, browser: &str) -> PushTarget {
        let public = self.browser_key.public_key().to_encoded_point(false);
        let subscription = Subscription::new(
            &self.service.endpoint(browser),
            &URL_SAFE_NO_PAD.encode(public),
            &URL_SAFE_NO_PAD.encode(AUTH),
            Reach::PrivateToo,
        );
        PushTarget {
            token: DeviceToken::new(subscription.unwrap().to_json()).unwrap(),
            platform: Platform::Web,
        }
    }

    async fn send(&self, browser: &str, message: &PushMessage) -> Outcome {
        self.channel.send(&self.target(browser), message).await
    }

    /// What the browser reads of the last message.
    fn read(&self) -> Value {
        let body = self.service.deliveries().pop().unwrap().body;
        let plain = web_push_native::decrypt(body, &self.browser_key, &AUTH.into()).unwrap();
        serde_json::from_slice(&plain).unwrap()
    }
}

fn of(kind: PushKind) -> PushMessage {
    let message = message(7);
    PushMessage {
        payload: PushPayload::of(kind, message.payload.message_id()),
        locale: Locale::De,
        ..message
    }
}

#[tokio::test]
async fn a_browser_reads_what_it_is_to_show_and_the_service_nothing() {
    let world = World::new(Reach::PrivateToo);
    assert!(is_accepted(
        &world.send("browser-01", &of(PushKind::Digest)).await
    ));
    let key = "00000000000000000000000000000007";
    assert_eq!(
        world.read(),
        json!({
            "v": "1", "kind": "digest", "id": "00000000-0000-0000-0000-000000000007", "tag": key,
            "lang": "de", "title": "Footing", "body": "Sie haben Erinnerungen.",
        })
    );
    let [delivery] = world.service.deliveries().try_into().unwrap();
    assert_eq!((delivery.ttl_s, delivery.topic.as_str()), (1800, key));
    assert_eq!(delivery.urgency, "high");
    let terms = world.channel.web_push().unwrap();
    assert_eq!(delivery.sender_key, terms.public_key);
    let clear = String::from_utf8_lossy(&delivery.body);
    assert!(!clear.contains("Footing") && !clear.contains("digest"));
    assert_eq!(world.service.violations(), [""; 0]);
}

#[tokio::test]
async fn a_withdrawal_shows_nothing_and_is_as_long_as_any_other() {
    let world = World::new(Reach::PrivateToo);
    let mut lengths = Vec::new();
    for kind in PushKind::ALL {
        assert!(is_accepted(&world.send("browser-01", &of(kind)).await));
        let read = world.read();
        assert_eq!(read["kind"], kind.name());
        assert_eq!(read["title"].is_null(), kind.is_silent());
        let delivery = world.service.deliveries().pop().unwrap();
        assert_eq!(delivery.urgency == "normal", kind.is_silent());
        lengths.push(delivery.body.len());
    }
    lengths.dedup();
    assert_eq!(lengths.len(), 1);
}

#[tokio::test]
async fn each_refusal_has_its_outcome() {
    let world = World::new(Reach::PrivateToo);
    for (behaviour, expected) in [
        (PostBehaviour::Status(404, None), Outcome::TokenGone),
        (PostBehaviour::Status(410, None), Outcome::TokenGone),
        (PostBehaviour::Status(400, None), rejected("HTTP_400")),
        (PostBehaviour::Status(413, None), rejected("HTTP_413")),
        (PostBehaviour::Status(401, None), unauthorized("HTTP_401")),
        (PostBehaviour::Status(403, None), unauthorized("HTTP_403")),
        (
            PostBehaviour::Status(429, Some(9)),
            retry(Some(9), "HTTP_429"),
        ),
        (PostBehaviour::Status(503, None), retry(None, "HTTP_503")),
        (PostBehaviour::Oversized(200_000), retry(None, "HTTP_200")),
        (PostBehaviour::Hang, retry(None, "TIMEOUT")),
    ] {
        world.service.set_behaviour("browser-01", behaviour.clone());
        let outcome = world.send("browser-01", &of(PushKind::Prompt)).await;
        assert_eq!(outcome, expected, "{behaviour:?}");
    }
    assert_eq!(world.service.deliveries(), []);
    assert_eq!(world.service.violations(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::new(Reach::PrivateToo);
    let elsewhere = world.service.endpoint("browser-02");
    world
        .service
        .set_behaviour("browser-01", PostBehaviour::Redirect(elsewhere));
    let outcome = world.send("browser-01", &of(PushKind::Prompt)).await;
    assert_eq!(outcome, retry(None, "HTTP_307"));
    assert_eq!(
        (world.service.requests(), world.service.deliveries().len()),
        (1, 0)
    );
}

/// The subscription was stored while private networks were allowed.
#[tokio::test]
async fn a_stored_address_of_a_neighbour_is_not_spoken_to() {
    let world = World::new(Reach::PublicOnly);
    let outcome = world.send("browser-01", &of(PushKind::Prompt)).await;
    assert_eq!(outcome, rejected("ADDRESS_REFUSED"));
    assert_eq!(world.service.requests(), 0);
}

/// The name is public to look at; where it leads is seen only when connecting.
#[tokio::test]
async fn a_name_that_leads_to_a_neighbour_is_not_spoken_to() {
    let world = World::new(Reach::PublicOnly);
    let mut target = world.target("browser-01");
    let json = world.service.endpoint("browser-01");
    let by_name = json.replace("http://127.0.0.1", "https://localhost");
    let public = world.browser_key.public_key().to_encoded_point(false);
    let subscription = Subscription::new(
        &by_name,
        &URL_SAFE_NO_PAD.encode(public),
        &URL_SAFE_NO_PAD.encode(AUTH),
        Reach::PublicOnly,
    );
    target.token = DeviceToken::new(subscription.unwrap().to_json()).unwrap();
    let outcome = world.channel.send(&target, &of(PushKind::Prompt)).await;
    assert_eq!(outcome, rejected("ADDRESS_REFUSED"));
    assert_eq!(world.service.requests(), 0);
}
