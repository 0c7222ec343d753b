//! TLS, HTTP/2, and the ends of a connection.

use footing_server::push::PushChannel;
use footing_server::push::fcm::{FcmChannel, FcmConfig, FcmSetupError};
use footing_simulator::gateway::{FakeGateway, GatewayOptions};

use crate::kit::{START_UNIX_S, World, config, is_accepted, message, retry, target};

fn channel(config: FcmConfig) -> FcmChannel {
    FcmChannel::new(config, Box::new(|| START_UNIX_S)).unwrap()
}

#[tokio::test]
async fn a_gateway_whose_authority_is_not_trusted_learns_nothing() {
    let gateway = FakeGateway::start(GatewayOptions::default()).unwrap();
    let another = FakeGateway::start(GatewayOptions::default()).unwrap();
    for pem in [None, Some(another.ca_pem().to_owned())] {
        let channel = channel(FcmConfig {
            extra_root_ca_pem: pem,
            ..config(&gateway)
        });
        let outcome = channel.send(&target("device-01"), &message(1)).await;
        assert_eq!(outcome, retry(None, "TOKEN_CONNECT"));
    }
    assert_eq!(gateway.counts().token_requests, 0);
}

#[tokio::test]
async fn every_send_goes_by_http_2() {
    let world = World::new();
    world.send_many("device-01", 20).await;
    let counts = world.gateway.counts();
    assert_eq!((counts.http2_send_requests, counts.send_requests), (20, 20));
    assert!(
        world
            .gateway
            .accepted()
            .iter()
            .all(|entry| entry.http_version == "HTTP/2.0")
    );
}

#[tokio::test]
async fn a_gateway_that_is_down_means_later_and_one_that_is_back_is_found_again() {
    let world = World::new();
    assert!(is_accepted(&world.send("device-01").await));
    let address = world.gateway.endpoint();
    let address = address.trim_start_matches("https://").parse().unwrap();
    let World {
        gateway, channel, ..
    } = world;
    gateway.stop();
    let outcome = channel.send(&target("device-01"), &message(1)).await;
    assert!(
        matches!(outcome.code(), Some("CONNECT" | "TRANSPORT")) && outcome.name() == "retry_after",
        "{outcome:?}"
    );
    let _back = FakeGateway::start(GatewayOptions {
        address,
        ..GatewayOptions::default()
    })
    .unwrap();
    let outcome = channel.send(&target("device-01"), &message(1)).await;
    // The new gateway has a new authority, so it is reached and refused: nothing was sent in clear.
    assert_eq!(outcome, retry(None, "CONNECT"));
}

#[test]
fn plain_http_is_refused_at_set_up() {
    let gateway = FakeGateway::start(GatewayOptions::default()).unwrap();
    let plain = FcmConfig {
        endpoint: gateway.endpoint().replace("https", "http"),
        ..config(&gateway)
    };
    let refused = FcmChannel::new(plain, Box::new(|| 0)).map(|_| ());
    assert!(
        matches!(refused, Err(FcmSetupError::NotHttps { .. })),
        "{refused:?}"
    );
}

#[test]
fn debug_of_the_configuration_shows_no_key() {
    let gateway = FakeGateway::start(GatewayOptions::default()).unwrap();
    let shown = format!("{:?}", config(&gateway).service_account);
    assert!(shown.contains("footing-test"), "{shown}");
    assert!(
        !shown.contains("PRIVATE") && !shown.contains("iam.gserviceaccount"),
        "{shown}"
    );
}
