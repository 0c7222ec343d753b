//! Whether this is a sandbox: the setting, and what makes a configuration one of production, which it is refused with.

use super::Layers;
use super::push::{AppsConfig, PushConfig};

/// FCM itself, under whichever of its names.
const GOOGLES: &str = "googleapis.com";
/// The word a host of a sandbox carries.
const WORD: &str = "sandbox";

impl Layers {
    /// The setting; an error for each thing that makes this configuration one of production.
    pub(super) fn sandbox_clock(
        &mut self,
        public_url: Option<&str>,
        push: Option<&PushConfig>,
    ) -> Option<bool> {
        if self.one_of("sandbox_clock", &["true", "false"])? == "false" {
            return Some(false);
        }
        if public_url.is_some_and(is_for_the_public) {
            self.wrong(
                "public_url",
                "with sandbox_clock an https address must have the word sandbox in its host, as sandbox.example.org: name it so or turn sandbox_clock off",
            );
        }
        let Some(push) = push else {
            return Some(true);
        };
        if let AppsConfig::Fcm { endpoint, .. } = &push.apps
            && host(endpoint).to_ascii_lowercase().ends_with(GOOGLES)
        {
            self.wrong(
                "fcm_endpoint",
                "with sandbox_clock must be a gateway of your own, not Google's: set it or use push = log",
            );
        }
        if push.web.is_some() {
            self.wrong(
                "web_push_key_file",
                "with sandbox_clock reaches real browsers: leave it out",
            );
        }
        if push.webhook.is_some() {
            self.wrong(
                "webhook_url",
                "with sandbox_clock reaches a system outside: leave it out",
            );
        }
        Some(true)
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.split(':').next().unwrap_or_default()
}

/// An address people trust with their data: https, and nothing in its name says otherwise.
fn is_for_the_public(url: &str) -> bool {
    let says_sandbox = |host: &str| {
        let mut words = host.split(['.', '-']);
        words.any(|word| word.eq_ignore_ascii_case(WORD))
    };
    url.starts_with("https://") && !says_sandbox(host(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(flags: &[(&'static str, &str)]) -> Vec<String> {
        let owned = flags
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let layers = Layers::defaults()
            .flags([("sandbox_clock", "true".to_owned())])
            .flags(owned);
        layers.check().err().unwrap_or_default()
    }

    #[test]
    fn each_thing_of_production_is_refused_by_name() {
        for (flags, named) in [
            (
                &[("public_url", "https://footing.example.org")][..],
                "public_url",
            ),
            (
                &[("push", "fcm"), ("fcm_service_account_file", "x")],
                "fcm_endpoint",
            ),
            (
                &[
                    ("push", "fcm"),
                    ("fcm_service_account_file", "x"),
                    ("fcm_endpoint", "https://FCM.googleapis.com:443/"),
                ],
                "fcm_endpoint",
            ),
            (
                &[
                    ("web_push_key_file", "x"),
                    ("web_push_subject", "mailto:test@example.org"),
                ],
                "web_push_key_file",
            ),
            (
                &[
                    ("webhook_url", "https://example.org"),
                    ("webhook_secrets_file", "x"),
                ],
                "webhook_url",
            ),
        ] {
            let errors = errors(flags);
            assert_eq!(errors.len(), 1, "{flags:?}: {errors:?}");
            assert!(errors[0].starts_with(named), "{errors:?}");
            assert!(errors[0].contains("sandbox_clock"), "{errors:?}");
        }
    }

    #[test]
    fn what_reaches_nobody_is_taken() {
        for flags in [
            &[][..],
            &[("public_url", "http://127.0.0.1:8080")],
            &[("public_url", "https://sandbox.example.org")],
            &[("public_url", "https://footing-sandbox.example.org:8443")],
            &[
                ("push", "fcm"),
                ("fcm_service_account_file", "x"),
                ("fcm_endpoint", "https://127.0.0.1:9443"),
            ],
        ] {
            assert_eq!(errors(flags), Vec::<String>::new(), "{flags:?}");
        }
        assert_eq!(
            errors(&[("public_url", "https://sandboxes.example.org")]).len(),
            1
        );
    }
}
