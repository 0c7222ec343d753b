//! Every behaviour of the gateway and the outcome it must have.

use std::time::Duration;

use footing_server::push::{Locale, Outcome, PushChannel, PushKind, PushPayload};
use footing_simulator::gateway::{Behaviour, RetryAfter};

use crate::kit::{World, is_accepted, message, rejected, retry, target, unauthorized};

#[tokio::test]
async fn an_accepted_message_carries_the_gateways_name_and_arrives_as_sent() {
    let world = World::new();
    let outcome = world.channel.send(&target("device-01"), &message(7)).await;
    let provider_message_id = "projects/footing-test/messages/1".to_owned();
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: provider_message_id.clone()
        }
    );
    let [accepted] = world.gateway.accepted().try_into().unwrap();
    assert_eq!(accepted.message_id, provider_message_id);
    assert_eq!(accepted.token, "device-01");
    assert_eq!(
        accepted.collapse_key.as_deref(),
        Some("00000000000000000000000000000007")
    );
    assert_eq!(accepted.data["id"], "00000000-0000-0000-0000-000000000007");
    assert_eq!(accepted.data.len(), 3);
    assert_eq!(world.gateway.violations(), []);
}

/// The gateway refuses a message that shows something it should not, or nothing where it should.
#[tokio::test]
async fn every_kind_in_every_language_is_taken_by_the_strict_gateway() {
    let world = World::new();
    for kind in PushKind::ALL {
        for locale in Locale::ALL {
            let mut message = message(7);
            message.payload = PushPayload::of(kind, message.payload.message_id());
            message.locale = locale;
            let outcome = world.channel.send(&target("device-01"), &message).await;
            assert!(is_accepted(&outcome), "{kind:?} {locale:?}: {outcome:?}");
            let accepted = world.gateway.accepted();
            assert_eq!(accepted.last().unwrap().data["kind"], kind.name());
        }
    }
    assert_eq!(world.gateway.violations(), []);
}

#[tokio::test]
async fn each_refusal_has_its_outcome_and_accepts_nothing() {
    let world = World::new();
    let date = RetryAfter::DateIn(Duration::from_secs(90));
    for (behaviour, expected) in [
        (Behaviour::Unregistered, Outcome::TokenGone),
        (Behaviour::InvalidArgument, rejected("INVALID_ARGUMENT")),
        (Behaviour::SenderIdMismatch, rejected("SENDER_ID_MISMATCH")),
        (
            Behaviour::QuotaExceeded(None),
            retry(Some(60), "QUOTA_EXCEEDED"),
        ),
        (
            Behaviour::QuotaExceeded(Some(RetryAfter::Seconds(37))),
            retry(Some(37), "QUOTA_EXCEEDED"),
        ),
        (
            Behaviour::QuotaExceeded(Some(date)),
            retry(Some(90), "QUOTA_EXCEEDED"),
        ),
        (Behaviour::Unavailable(None), retry(None, "UNAVAILABLE")),
        (
            Behaviour::Unavailable(Some(RetryAfter::Seconds(5))),
            retry(Some(5), "UNAVAILABLE"),
        ),
        (
            Behaviour::Unavailable(Some(date)),
            retry(Some(90), "UNAVAILABLE"),
        ),
        (Behaviour::Internal, retry(None, "INTERNAL")),
        (Behaviour::HtmlBadGateway, retry(None, "HTTP_502")),
        (Behaviour::HtmlSuccess, retry(None, "BAD_ANSWER")),
        (
            Behaviour::ThirdPartyAuth,
            unauthorized("THIRD_PARTY_AUTH_ERROR"),
        ),
        (
            Behaviour::PermissionDenied,
            unauthorized("PERMISSION_DENIED"),
        ),
        (
            Behaviour::OversizedAnswer(65 * 1024),
            retry(None, "BAD_ANSWER"),
        ),
        (Behaviour::TimeoutBeforeAccept, retry(None, "TIMEOUT")),
    ] {
        world.gateway.set_behaviour("device-01", behaviour.clone());
        assert_eq!(world.send("device-01").await, expected, "{behaviour:?}");
    }
    assert_eq!(world.gateway.accepted(), []);
    assert_eq!(
        world.gateway.counts().token_requests,
        1,
        "none of these is about the access token"
    );
    assert_eq!(world.gateway.counts().send_requests, 16, "one attempt each");
    assert_eq!(world.gateway.violations(), []);
}

#[tokio::test]
async fn one_devices_trouble_is_no_other_devices() {
    let world = World::new();
    world.gateway.set_behaviour("gone", Behaviour::Unregistered);
    assert_eq!(world.send("gone").await, Outcome::TokenGone);
    assert!(is_accepted(&world.send("well").await));
}

#[tokio::test]
async fn a_slow_answer_within_the_limit_is_waited_for() {
    let world = World::new();
    world
        .gateway
        .set_behaviour("device-01", Behaviour::Slow(Duration::from_millis(200)));
    assert!(is_accepted(&world.send("device-01").await));
}

#[tokio::test]
async fn a_retry_after_a_lost_answer_carries_the_same_id_and_collapse_key() {
    let world = World::new();
    world
        .gateway
        .set_sequence("device-01", [Behaviour::TimeoutAfterAccept]);
    assert_eq!(world.send("device-01").await, retry(None, "TIMEOUT"));
    assert!(is_accepted(&world.send("device-01").await));
    let [first, second] = world.gateway.accepted().try_into().unwrap();
    assert!(!first.answered && second.answered);
    assert_eq!((first.order, second.order), (1, 2));
    assert_eq!(first.data, second.data);
    assert_eq!(first.collapse_key, second.collapse_key);
}
