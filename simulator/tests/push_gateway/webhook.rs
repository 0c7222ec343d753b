//! The clinic's own system is told whom to reach.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use footing_server::push::webhook::{Secrets, WebhookChannel, WebhookConfig};
use footing_server::push::{Outcome, PushChannel, PushTarget, Reach};
use footing_simulator::gateway::{FakeWebhook, PostBehaviour};
use serde_json::json;
use uuid::Uuid;

use crate::kit::{START_UNIX_S, is_accepted, message, rejected, retry, target};

const PATIENT: Uuid = Uuid::from_u128(0xDEF);
const SECRET: [u8; 24] = [5; 24];
const NEXT_SECRET: [u8; 32] = [6; 32];

fn receiver(secret: &[u8]) -> FakeWebhook {
    FakeWebhook::start(secret, Arc::new(|| START_UNIX_S * 1000)).unwrap()
}

fn channel(url: String, secrets: &[&[u8]], reach: Reach) -> WebhookChannel {
    let lines: Vec<String> = secrets
        .iter()
        .map(|secret| format!("whsec_{}", STANDARD.encode(secret)))
        .collect();
    let config = WebhookConfig {
        url,
        secrets: Secrets::from_text(&lines.join("\n")).unwrap(),
        reach,
        request_timeout: Duration::from_secs(2),
    };
    WebhookChannel::new(config, Box::new(|| START_UNIX_S)).unwrap()
}

async fn send(channel: &WebhookChannel) -> Outcome {
    let target = channel
        .fallback_for(PATIENT)
        .unwrap_or(PushTarget::webhook(PATIENT));
    channel.send(&target, &message(7)).await
}

#[tokio::test]
async fn a_signed_thin_message_arrives_and_a_repeated_one_is_known() {
    let receiver = receiver(&SECRET);
    let channel = channel(receiver.url(), &[&SECRET], Reach::PrivateToo);
    for _ in 0..2 {
        assert!(is_accepted(&send(&channel).await));
    }
    let [delivery] = receiver.deliveries().try_into().unwrap();
    assert_eq!(delivery.id, "prompt_00000000-0000-0000-0000-000000000007");
    assert_eq!(
        delivery.body,
        json!({
            "type": "push.prompt", "timestamp": "2027-01-15T08:00:00Z",
            "data": {
                "id": "00000000-0000-0000-0000-000000000007",
                "patient_id": "pat_00000000000000000000000000000def",
            },
        })
    );
    assert_eq!((receiver.requests(), receiver.violations().len()), (2, 0));
}

#[tokio::test]
async fn a_secret_can_be_replaced_without_losing_a_message() {
    for known in [&SECRET[..], &NEXT_SECRET[..]] {
        let receiver = receiver(known);
        let channel = channel(receiver.url(), &[&NEXT_SECRET, &SECRET], Reach::PrivateToo);
        assert!(is_accepted(&send(&channel).await));
    }
    let stranger = receiver(&[1; 24]);
    let channel = channel(stranger.url(), &[&NEXT_SECRET, &SECRET], Reach::PrivateToo);
    assert_eq!(send(&channel).await, retry(None, "HTTP_400"));
    assert_eq!(stranger.violations(), ["one webhook-signature must verify"]);
}

#[tokio::test]
async fn everything_but_taken_and_stop_is_tried_again() {
    let receiver = receiver(&SECRET);
    let channel = channel(receiver.url(), &[&SECRET], Reach::PrivateToo);
    for (behaviour, expected) in [
        (PostBehaviour::Status(400, None), retry(None, "HTTP_400")),
        (PostBehaviour::Status(401, None), retry(None, "HTTP_401")),
        (
            PostBehaviour::Status(429, Some(9)),
            retry(Some(9), "HTTP_429"),
        ),
        (PostBehaviour::Status(500, None), retry(None, "HTTP_500")),
        (
            PostBehaviour::Redirect(receiver.elsewhere()),
            retry(None, "HTTP_307"),
        ),
        (PostBehaviour::Hang, retry(None, "TIMEOUT")),
    ] {
        let before = receiver.requests();
        receiver.set_behaviour(behaviour.clone());
        assert_eq!(send(&channel).await, expected, "{behaviour:?}");
        assert_eq!(receiver.requests() - before, 1, "no redirect is followed");
    }
    receiver.set_behaviour(PostBehaviour::Oversized(10_000_000));
    assert!(
        is_accepted(&send(&channel).await),
        "2xx is all that is read of an answer"
    );
}

#[tokio::test]
async fn a_receiver_that_says_stop_is_sent_nothing_more() {
    let receiver = receiver(&SECRET);
    let channel = channel(receiver.url(), &[&SECRET], Reach::PrivateToo);
    receiver.set_behaviour(PostBehaviour::Status(410, None));
    assert_eq!(send(&channel).await, Outcome::TokenGone);
    receiver.set_behaviour(PostBehaviour::Accept);
    assert_eq!(send(&channel).await, Outcome::TokenGone);
    assert_eq!(receiver.requests(), 1);
    assert_eq!(channel.fallback_for(PATIENT), None);
}

#[tokio::test]
async fn neither_a_neighbour_nor_a_device_is_taken_for_the_receiver() {
    let receiver = receiver(&SECRET);
    let by_name = receiver
        .url()
        .replace("http://127.0.0.1", "https://localhost");
    let public = channel(by_name, &[&SECRET], Reach::PublicOnly);
    assert_eq!(send(&public).await, retry(None, "ADDRESS_REFUSED"));
    let open = channel(receiver.url(), &[&SECRET], Reach::PrivateToo);
    let outcome = open.send(&target(&PATIENT.to_string()), &message(7)).await;
    assert_eq!(outcome, rejected("NO_WEBHOOK"));
    assert_eq!(receiver.requests(), 0);
}
