//! One channel made of several: each message goes by the kind of its address.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{
    ChannelHealth, Outcome, Platform, PushChannel, PushMessage, PushTarget, Subscription, Upstream,
    WebPushTerms,
};

/// Apps, browsers and the clinic's own system behind one door.
///
/// The dispatcher sends to a patient's devices as ever. When all of them are dead (every outcome
/// [`Outcome::TokenGone`], or no device with an address at all) it asks
/// [`fallback_for`](PushChannel::fallback_for) with the patient's id and, given a target, sends the same
/// message there; [`name_for`](PushChannel::name_for) tells the attempt row which way it went.
pub struct RoutedChannel {
    apps: Box<dyn PushChannel>,
    browsers: Option<Box<dyn PushChannel>>,
    webhook: Option<Box<dyn PushChannel>>,
}

impl RoutedChannel {
    /// Apps only.
    pub fn new(apps: Box<dyn PushChannel>) -> Self {
        Self {
            apps,
            browsers: None,
            webhook: None,
        }
    }

    /// Browsers too.
    #[must_use]
    pub fn with_browsers(mut self, channel: Box<dyn PushChannel>) -> Self {
        self.browsers = Some(channel);
        self
    }

    /// The clinic's own system for patients no device reaches.
    #[must_use]
    pub fn with_webhook(mut self, channel: Box<dyn PushChannel>) -> Self {
        self.webhook = Some(channel);
        self
    }

    /// The channel for a target. The webhook is chosen by a platform no device has, never by a text a
    /// device gave.
    fn route(&self, target: &PushTarget) -> Option<&dyn PushChannel> {
        if target.platform == Platform::Webhook {
            self.webhook.as_deref()
        } else if Subscription::looks_like(target.token.expose()) {
            self.browsers.as_deref()
        } else {
            Some(self.apps.as_ref())
        }
    }

    fn all(&self) -> impl Iterator<Item = &dyn PushChannel> {
        let optional = [self.browsers.as_deref(), self.webhook.as_deref()];
        std::iter::once(self.apps.as_ref()).chain(optional.into_iter().flatten())
    }
}

impl PushChannel for RoutedChannel {
    /// That of the apps' channel: most messages go there. See [`name_for`](PushChannel::name_for).
    fn name(&self) -> &'static str {
        self.apps.name()
    }

    /// Ends when the chosen channel does. A message nobody is set up for is kept for later: an operator
    /// may have taken a setting away for a moment.
    fn send<'a>(
        &'a self,
        target: &'a PushTarget,
        message: &'a PushMessage,
    ) -> BoxFuture<'a, Outcome> {
        match self.route(target) {
            Some(channel) => channel.send(target, message),
            None => Box::pin(std::future::ready(Outcome::Unauthorized {
                code: "CHANNEL_NOT_SET_UP".to_owned(),
            })),
        }
    }

    fn name_for(&self, target: &PushTarget) -> &'static str {
        self.route(target)
            .map_or("none", |channel| channel.name_for(target))
    }

    fn health(&self) -> ChannelHealth {
        self.all()
            .map(PushChannel::health)
            .fold(ChannelHealth::default(), ChannelHealth::and)
    }

    fn upstream(&self, target: &PushTarget) -> Upstream {
        self.route(target)
            .map_or_else(Upstream::default, |channel| channel.upstream(target))
    }

    fn web_push(&self) -> Option<&WebPushTerms> {
        self.browsers.as_deref()?.web_push()
    }

    fn fallback_for(&self, patient: Uuid) -> Option<PushTarget> {
        self.webhook.as_deref()?.fallback_for(patient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::{CollapseKey, DeviceToken, Locale, MessageId, PushKind, PushPayload};
    use std::time::Duration;

    struct Named(&'static str);

    impl PushChannel for Named {
        fn name(&self) -> &'static str {
            self.0
        }

        fn send<'a>(&'a self, _: &'a PushTarget, _: &'a PushMessage) -> BoxFuture<'a, Outcome> {
            Box::pin(std::future::ready(Outcome::Accepted {
                provider_message_id: self.0.to_owned(),
            }))
        }

        fn fallback_for(&self, patient: Uuid) -> Option<PushTarget> {
            (self.0 == "webhook").then(|| PushTarget::webhook(patient))
        }
    }

    fn device(platform: Platform, text: &str) -> PushTarget {
        PushTarget {
            token: DeviceToken::new(text).unwrap(),
            platform,
        }
    }

    async fn way(channel: &RoutedChannel, target: &PushTarget) -> String {
        let message = PushMessage {
            payload: PushPayload::of(PushKind::Notice, MessageId::from(Uuid::nil())),
            collapse_key: CollapseKey::from(Uuid::nil()),
            ttl: Duration::from_secs(60),
            locale: Locale::En,
        };
        match channel.send(target, &message).await {
            Outcome::Accepted {
                provider_message_id,
            } => {
                assert_eq!(channel.name_for(target), provider_message_id);
                provider_message_id
            }
            other => other.code().unwrap_or_default().to_owned(),
        }
    }

    #[tokio::test]
    async fn each_kind_of_address_has_its_way() {
        let full = RoutedChannel::new(Box::new(Named("fcm")))
            .with_browsers(Box::new(Named("web_push")))
            .with_webhook(Box::new(Named("webhook")));
        let bare = RoutedChannel::new(Box::new(Named("fcm")));
        let patient = Uuid::from_u128(7);
        let fallback = full.fallback_for(patient).unwrap();
        let subscription = device(Platform::Web, r#"{"endpoint":"x"}"#);
        for platform in [Platform::Android, Platform::Ios, Platform::Web] {
            assert_eq!(way(&full, &device(platform, "token-01")).await, "fcm");
            // The very text of a webhook target, given by a device, goes to the apps' gateway.
            let forged = device(platform, fallback.token.expose());
            assert_eq!(way(&full, &forged).await, "fcm");
        }
        assert_eq!(way(&full, &subscription).await, "web_push");
        assert_eq!(way(&full, &fallback).await, "webhook");
        assert_eq!(way(&bare, &subscription).await, "CHANNEL_NOT_SET_UP");
        assert_eq!(way(&bare, &fallback).await, "CHANNEL_NOT_SET_UP");
        assert_eq!(bare.fallback_for(patient), None);
        assert_eq!(bare.web_push(), None);
    }
}
