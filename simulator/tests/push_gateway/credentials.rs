//! Access tokens: fetched once, refreshed once, and never a storm.

use std::time::Duration;

use footing_server::push::PushChannel;
use footing_server::push::fcm::FcmChannel;
use footing_simulator::gateway::{Behaviour, TokenBehaviour};

use crate::kit::{START_UNIX_S, World, config, is_accepted, message, retry, target, unauthorized};

#[tokio::test]
async fn two_hundred_sends_at_once_fetch_one_token() {
    let world = World::new();
    world
        .gateway
        .set_token_behaviour(TokenBehaviour::Slow(Duration::from_millis(100)));
    let outcomes = world.send_many("device-01", 200).await;
    assert!(outcomes.iter().all(is_accepted), "{outcomes:?}");
    let counts = world.gateway.counts();
    assert_eq!((counts.token_requests, counts.send_requests), (1, 200));
    let mut keys: Vec<_> = world
        .gateway
        .accepted()
        .into_iter()
        .map(|entry| entry.collapse_key)
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 200);
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once_for_all_who_hold_it() {
    let world = World::new();
    assert!(is_accepted(&world.send("device-01").await));
    world.gateway.expire_access_tokens();
    let outcomes = world.send_many("device-01", 50).await;
    assert!(outcomes.iter().all(is_accepted), "{outcomes:?}");
    let counts = world.gateway.counts();
    assert_eq!(counts.token_requests, 2);
    assert!(counts.expired_bearers >= 1);
    assert_eq!(counts.send_requests, 1 + 50 + counts.expired_bearers);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let world = World::new();
    for _ in 0..3 {
        assert!(is_accepted(&world.send("device-01").await));
        world.advance_s(3300);
    }
    let counts = world.gateway.counts();
    assert_eq!((counts.token_requests, counts.expired_bearers), (3, 0));
}

#[tokio::test]
async fn a_gateway_that_refuses_every_token_gets_one_refresh_in_thirty_seconds() {
    let world = World::new();
    world.gateway.set_default_behaviour(Behaviour::ExpiredAuth);
    assert_eq!(
        world.send("device-01").await,
        unauthorized("UNAUTHENTICATED")
    );
    let counts = world.gateway.counts();
    assert_eq!((counts.token_requests, counts.send_requests), (2, 2));
    let outcomes = world.send_many("device-01", 20).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == unauthorized("UNAUTHENTICATED"))
    );
    let counts = world.gateway.counts();
    assert_eq!(
        (counts.token_requests, counts.send_requests),
        (2, 22),
        "no second refresh"
    );
    world.advance_s(30);
    world.gateway.set_default_behaviour(Behaviour::Success);
    world.gateway.expire_access_tokens();
    assert!(
        is_accepted(&world.send("device-01").await),
        "it heals by itself"
    );
}

#[tokio::test]
async fn one_stale_answer_costs_nothing_but_a_refresh() {
    let world = World::new();
    world
        .gateway
        .set_sequence("device-01", [Behaviour::ExpiredAuth]);
    assert!(is_accepted(&world.send("device-01").await));
    assert_eq!(world.gateway.counts().token_requests, 2);
}

#[tokio::test]
async fn revoked_credentials_are_reported_and_asked_for_once_a_minute() {
    let world = World::new();
    world
        .gateway
        .set_token_behaviour(TokenBehaviour::InvalidGrant);
    let outcomes = world.send_many("device-01", 100).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == unauthorized("invalid_grant")),
        "{outcomes:?}"
    );
    world.advance_s(59);
    assert_eq!(world.send("device-01").await, unauthorized("invalid_grant"));
    let counts = world.gateway.counts();
    assert_eq!((counts.token_requests, counts.send_requests), (1, 0));
    world.gateway.set_token_behaviour(TokenBehaviour::Grant);
    world.advance_s(1);
    assert!(is_accepted(&world.send("device-01").await));
}

#[tokio::test]
async fn a_token_endpoint_that_is_away_means_later_and_is_not_stormed() {
    let world = World::new();
    world
        .gateway
        .set_token_behaviour(TokenBehaviour::Unavailable);
    let outcomes = world.send_many("device-01", 100).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == retry(None, "TOKEN_HTTP_503")),
        "{outcomes:?}"
    );
    assert_eq!(world.gateway.counts().token_requests, 1);
    world.advance_s(1);
    world.gateway.set_token_behaviour(TokenBehaviour::Grant);
    assert!(is_accepted(&world.send("device-01").await));
}

#[tokio::test]
async fn a_token_endpoint_that_never_answers_costs_one_time_out() {
    let world = World::new();
    world.gateway.set_token_behaviour(TokenBehaviour::Timeout);
    let outcomes = world.send_many("device-01", 20).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == retry(None, "TOKEN_TIMEOUT")),
        "{outcomes:?}"
    );
    assert_eq!(world.gateway.counts().token_requests, 1);
}

#[tokio::test]
async fn a_clock_an_hour_ahead_is_refused_as_credentials_not_retried() {
    let world = World::new();
    let ahead = Box::new(|| START_UNIX_S + 3600);
    let channel = FcmChannel::new(config(&world.gateway), ahead).unwrap();
    let outcome = channel.send(&target("device-01"), &message(1)).await;
    assert_eq!(outcome, unauthorized("invalid_grant"));
    assert_eq!(
        world.gateway.violations()[0].rule,
        "iat must not be in the future"
    );
}
