//! A gateway that refuses or fails is left alone, seen from the gateway's side.

use std::sync::Arc;
use std::time::Duration;

use footing_server::push::circuit::CircuitRules;
use footing_server::push::fcm::FcmChannel;
use footing_server::push::{Guarded, Outcome, PushChannel};
use footing_server::rt::clock::VirtualClock;
use footing_simulator::gateway::{Behaviour, FakeGateway, GatewayOptions};
use jiff::Timestamp;

use crate::kit::{START_UNIX_S, config, is_accepted, message, target, unauthorized};

fn start() -> Timestamp {
    Timestamp::from_second(START_UNIX_S).unwrap()
}

struct World {
    gateway: FakeGateway,
    clock: VirtualClock,
    channel: Guarded<FcmChannel>,
}

impl World {
    fn new() -> Self {
        let clock = VirtualClock::new(start());
        let gateway = FakeGateway::start(GatewayOptions {
            clock: Arc::new(|| START_UNIX_S * 1000),
            ..GatewayOptions::default()
        })
        .unwrap();
        let fcm = FcmChannel::new(config(&gateway), Box::new(|| START_UNIX_S)).unwrap();
        let channel = Guarded::new(fcm, CircuitRules::default(), Arc::new(clock.clone()));
        Self {
            gateway,
            clock,
            channel,
        }
    }

    async fn send(&self) -> Outcome {
        self.channel.send(&target("device-01"), &message(1)).await
    }

    fn requests(&self) -> u64 {
        self.gateway.counts().send_requests
    }

    fn at(&self, second: u64) {
        self.clock.advance_to(start() + Duration::from_secs(second));
    }
}

#[tokio::test]
async fn a_refusal_of_the_project_stops_everything_until_a_probe_succeeds() {
    let world = World::new();
    world
        .gateway
        .set_default_behaviour(Behaviour::PermissionDenied);
    assert_eq!(world.send().await, unauthorized("PERMISSION_DENIED"));
    for _ in 0..20 {
        assert_eq!(world.send().await.code(), Some("CIRCUIT_OPEN"));
    }
    assert_eq!(world.requests(), 1);
    assert!(!world.channel.health().is_healthy());
    world.gateway.set_default_behaviour(Behaviour::Success);
    world.at(29);
    assert_eq!(world.send().await.code(), Some("CIRCUIT_OPEN"));
    world.at(30);
    assert!(is_accepted(&world.send().await));
    assert!(is_accepted(&world.send().await));
    assert!(world.channel.health().is_healthy());
    assert_eq!((world.requests(), world.channel.health().openings), (3, 1));
}

#[tokio::test]
async fn an_outage_opens_it_after_ten_failures_and_a_dead_token_never() {
    let world = World::new();
    world.gateway.set_default_behaviour(Behaviour::Unregistered);
    for _ in 0..30 {
        assert_eq!(world.send().await, Outcome::TokenGone);
    }
    world
        .gateway
        .set_default_behaviour(Behaviour::Unavailable(None));
    for _ in 0..30 {
        world.send().await;
    }
    assert_eq!(world.requests(), 40);
    assert_eq!(world.channel.health().openings, 1);
}
