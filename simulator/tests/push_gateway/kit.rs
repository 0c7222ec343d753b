//! What the tests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use footing_server::push::fcm::{FcmChannel, FcmConfig, ServiceAccount};
use footing_server::push::{
    CollapseKey, DeviceToken, Locale, MessageId, Outcome, Platform, PromptKind, PushChannel,
    PushMessage, PushPayload, PushTarget,
};
use footing_simulator::gateway::{FakeGateway, GatewayOptions};
use futures_util::future::join_all;
use uuid::Uuid;

pub(crate) const START_UNIX_S: i64 = 1_800_000_000;

/// Long for a loopback, short for a test that waits it out.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// A gateway and a channel on one clock that stands until moved.
pub(crate) struct World {
    pub(crate) gateway: FakeGateway,
    pub(crate) channel: FcmChannel,
    now_s: Arc<AtomicI64>,
}

impl World {
    pub(crate) fn new() -> Self {
        let now_s = Arc::new(AtomicI64::new(START_UNIX_S));
        let gateways = now_s.clone();
        let gateway = FakeGateway::start(GatewayOptions {
            clock: Arc::new(move || gateways.load(Ordering::SeqCst) * 1000),
            ..GatewayOptions::default()
        })
        .unwrap();
        let channels = now_s.clone();
        let clock = Box::new(move || channels.load(Ordering::SeqCst));
        let channel = FcmChannel::new(config(&gateway), clock).unwrap();
        Self {
            gateway,
            channel,
            now_s,
        }
    }

    pub(crate) fn advance_s(&self, seconds: i64) {
        self.now_s.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn send(&self, token: &str) -> Outcome {
        self.channel.send(&target(token), &message(1)).await
    }

    /// `count` messages at once, each its own, to one device.
    pub(crate) async fn send_many(&self, token: &str, count: u128) -> Vec<Outcome> {
        let target = target(token);
        let messages: Vec<PushMessage> = (1..=count).map(message).collect();
        join_all(
            messages
                .iter()
                .map(|message| self.channel.send(&target, message)),
        )
        .await
    }
}

/// Access to a gateway as an operator would configure it.
pub(crate) fn config(gateway: &FakeGateway) -> FcmConfig {
    let account = ServiceAccount::from_json(gateway.service_account_json().as_bytes()).unwrap();
    FcmConfig {
        endpoint: gateway.endpoint(),
        extra_root_ca_pem: Some(gateway.ca_pem().to_owned()),
        request_timeout: REQUEST_TIMEOUT,
        ..FcmConfig::new(account)
    }
}

pub(crate) fn target(token: &str) -> PushTarget {
    PushTarget {
        token: DeviceToken::new(token).unwrap(),
        platform: Platform::Android,
    }
}

pub(crate) fn message(id: u128) -> PushMessage {
    PushMessage {
        payload: PushPayload::new(PromptKind::Stretching, MessageId::from(Uuid::from_u128(id))),
        collapse_key: CollapseKey::from(Uuid::from_u128(id)),
        ttl: Duration::from_secs(1800),
        locale: Locale::En,
    }
}

pub(crate) fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}

pub(crate) fn retry(delay_s: Option<u64>, code: &str) -> Outcome {
    Outcome::RetryAfter {
        delay: delay_s.map(Duration::from_secs),
        code: code.to_owned(),
    }
}

pub(crate) fn unauthorized(code: &str) -> Outcome {
    Outcome::Unauthorized {
        code: code.to_owned(),
    }
}

pub(crate) fn rejected(code: &str) -> Outcome {
    Outcome::Rejected {
        code: code.to_owned(),
    }
}

/// An HTTP client that trusts only this gateway, for requests no channel would make.
pub(crate) fn raw_client(gateway: &FakeGateway) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(gateway.ca_pem().as_bytes()).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .build()
        .unwrap()
}
