//! The settings of push.

use std::num::NonZeroU32;
use std::path::PathBuf;

use super::Layers;
use crate::push::{Quota, Reach};

/// Where prompts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushConfig {
    /// Prompts to apps.
    pub apps: AppsConfig,
    /// Messages to FCM in any minute.
    pub quota: Quota,
    /// Prompts to browsers.
    pub web: Option<WebPushSettings>,
    /// Prompts to patients no device reaches.
    pub webhook: Option<WebhookSettings>,
    /// Which addresses web push and webhook may speak to.
    pub reach: Reach,
}

/// Where prompts to apps go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppsConfig {
    /// A file.
    Log(PathBuf),
    /// Firebase Cloud Messaging.
    Fcm {
        /// The key.
        service_account_file: PathBuf,
        /// The API's base address.
        endpoint: String,
        /// A further root certificate.
        root_ca_file: Option<PathBuf>,
    },
}

/// How browsers are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPushSettings {
    /// The server's key.
    pub key_file: PathBuf,
    /// Whom push services may write to.
    pub subject: String,
}

/// How the clinic's own system is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The receiver.
    pub url: String,
    /// What messages are signed with.
    pub secrets_file: PathBuf,
}

impl Layers {
    pub(super) fn push(&mut self) -> Option<PushConfig> {
        let apps = self.apps();
        let quota = self
            .number("push_quota_per_minute", 1, 100_000_000)
            .and_then(NonZeroU32::new);
        let reach = match self.one_of("push_allow_private", &["true", "false"])? {
            "true" => Reach::PrivateToo,
            _ => Reach::PublicOnly,
        };
        let web = self
            .pair("web_push_key_file", "web_push_subject")
            .map(|(file, subject)| WebPushSettings {
                key_file: file.into(),
                subject,
            });
        let webhook = self
            .pair("webhook_url", "webhook_secrets_file")
            .map(|(url, file)| WebhookSettings {
                url,
                secrets_file: file.into(),
            });
        Some(PushConfig {
            apps: apps?,
            quota: Quota::per_minute(quota?),
            web,
            webhook,
            reach,
        })
    }

    fn apps(&mut self) -> Option<AppsConfig> {
        if self.one_of("push", &["log", "fcm"])? == "log" {
            return self
                .text("push_log")
                .map(|path| AppsConfig::Log(path.into()));
        }
        let Some(service_account_file) = self.text("fcm_service_account_file") else {
            self.wrong("fcm_service_account_file", "is needed for push = fcm");
            return None;
        };
        Some(AppsConfig::Fcm {
            service_account_file: service_account_file.into(),
            endpoint: self.text("fcm_endpoint")?,
            root_ca_file: self.text("fcm_root_ca_file").map(PathBuf::from),
        })
    }

    /// Two settings that make sense together only; one without the other is an error.
    fn pair(&mut self, first: &'static str, second: &'static str) -> Option<(String, String)> {
        match (self.text(first), self.text(second)) {
            (Some(one), Some(other)) => Some((one, other)),
            (Some(_), None) => {
                self.wrong(second, &format!("is needed with {first}"));
                None
            }
            (None, Some(_)) => {
                self.wrong(first, &format!("is needed with {second}"));
                None
            }
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_prompts_go_to_a_file_and_nowhere_else() {
        let push = Layers::defaults().check().unwrap().push;
        assert_eq!(push.apps, AppsConfig::Log("push.log".into()));
        assert_eq!((push.web, push.webhook), (None, None));
        assert_eq!((push.reach, push.quota), (Reach::PublicOnly, Quota::FCM));
    }

    #[test]
    fn half_a_channel_is_an_error() {
        for (given, missing) in [
            ("web_push_key_file", "web_push_subject"),
            ("web_push_subject", "web_push_key_file"),
            ("webhook_url", "webhook_secrets_file"),
            ("webhook_secrets_file", "webhook_url"),
        ] {
            let errors = Layers::defaults()
                .flags([(given, "x".into())])
                .check()
                .unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].starts_with(missing), "{errors:?}");
        }
    }

    #[test]
    fn the_gate_to_private_networks_is_opened_by_one_word_only() {
        let reach = |value: &str| {
            let layers = Layers::defaults().flags([("push_allow_private", value.into())]);
            layers.check().map(|config| config.push.reach)
        };
        assert_eq!(reach("true"), Ok(Reach::PrivateToo));
        assert_eq!(reach("false"), Ok(Reach::PublicOnly));
        for wrong in ["yes", "1", "TRUE", ""] {
            assert!(reach(wrong).is_err(), "{wrong}");
        }
    }
}
