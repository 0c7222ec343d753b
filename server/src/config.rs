//! Configuration: defaults < file < environment < flags; every error at once.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::store::backend::DatabaseUrl;

mod push;
mod sandbox;

pub use push::{AppsConfig, PushConfig, WebPushSettings, WebhookSettings};

/// Names, defaults and meaning of every setting; the one list behind flags, environment and file.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "listen",
        default: Some("127.0.0.1:8080"),
        secret: false,
        help: "Address and port to listen on",
    },
    Setting {
        name: "public_url",
        default: None,
        secret: false,
        help: "How browsers reach the server, such as https://footing.example.org [default: http://LISTEN]",
    },
    Setting {
        name: "database_url",
        default: Some("sqlite:footing.db"),
        secret: true,
        help: "sqlite:PATH or postgres://USER@HOST/DATABASE",
    },
    Setting {
        name: "database_connections",
        default: Some("8"),
        secret: false,
        help: "Connections held at most, 1 to 100",
    },
    Setting {
        name: "workers",
        default: Some("2"),
        secret: false,
        help: "Threads that answer requests, 1 to 64",
    },
    Setting {
        name: "push",
        default: Some("log"),
        secret: false,
        help: "Where prompts go: log or fcm",
    },
    Setting {
        name: "push_log",
        default: Some("push.log"),
        secret: false,
        help: "File of the log channel, JSON lines",
    },
    Setting {
        name: "fcm_service_account_file",
        default: None,
        secret: false,
        help: "Firebase service account key, JSON; needed for push = fcm",
    },
    Setting {
        name: "fcm_endpoint",
        default: Some("https://fcm.googleapis.com"),
        secret: false,
        help: "Base address of the FCM HTTP v1 API",
    },
    Setting {
        name: "fcm_root_ca_file",
        default: None,
        secret: false,
        help: "PEM of a further root certificate to trust for FCM, as for a gateway of your own",
    },
    Setting {
        name: "push_quota_per_minute",
        default: Some("600000"),
        secret: false,
        help: "Messages this process sends to FCM in any minute at most",
    },
    Setting {
        name: "push_in_flight",
        default: Some("1000"),
        secret: false,
        help: "Messages on their way at once at most, 1 to 1000: what may appear twice when the process is killed",
    },
    Setting {
        name: "web_push_key_file",
        default: None,
        secret: false,
        help: "Key for reminders in browsers, made by `footing push-key create`; without it there are none",
    },
    Setting {
        name: "web_push_subject",
        default: None,
        secret: false,
        help: "Whom push services may write to, mailto: or https; needed with web_push_key_file",
    },
    Setting {
        name: "webhook_url",
        default: None,
        secret: false,
        help: "A system of your own that reaches patients whose devices are all lost",
    },
    Setting {
        name: "webhook_secrets_file",
        default: None,
        secret: false,
        help: "Secrets that sign what is sent there, one whsec_ a line; needed with webhook_url",
    },
    Setting {
        name: "push_allow_private",
        default: Some("false"),
        secret: false,
        help: "true lets web push and webhook speak to private networks and to http on loopback",
    },
    Setting {
        name: "sandbox_clock",
        default: Some("false"),
        secret: false,
        help: "true makes this a sandbox: synthetic patients, on a clock an admin moves over HTTP",
    },
    Setting {
        name: "log",
        default: Some("info"),
        secret: false,
        help: "Log filter, such as info or footing_server=debug",
    },
    Setting {
        name: "log_format",
        default: Some("text"),
        secret: false,
        help: "text or json",
    },
];

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file; `FOOTING_` and upper case in the environment, dashes as a flag.
    pub name: &'static str,
    /// What it is when nobody says.
    pub default: Option<&'static str>,
    /// Whether `config print` masks it.
    pub secret: bool,
    /// What it does.
    pub help: &'static str,
}

impl Setting {
    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("FOOTING_{}", self.name.to_uppercase())
    }

    /// Its flag.
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody said.
    Default,
    /// The file.
    File,
    /// The environment.
    Environment,
    /// The command line.
    Flag,
}

/// Values by setting, each with its source.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, Source)>,
    errors: Vec<String>,
}

impl Layers {
    /// The defaults.
    pub fn defaults() -> Self {
        let mut layers = Self::default();
        for setting in SETTINGS {
            if let Some(default) = setting.default {
                layers
                    .values
                    .insert(setting.name, (default.to_owned(), Source::Default));
            }
        }
        layers
    }

    /// Lays a TOML file over what is there; unknown names and wrong types are errors.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                self.errors
                    .push(format!("{path}: {}", error.to_string().trim_end()));
                return self;
            }
        };
        for (name, value) in table {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                self.errors.push(format!("{path}: unknown setting {name}"));
                continue;
            };
            match value {
                toml::Value::String(text) => {
                    drop(self.values.insert(setting.name, (text, Source::File)))
                }
                toml::Value::Integer(number) => {
                    self.values
                        .insert(setting.name, (number.to_string(), Source::File));
                }
                _ => self
                    .errors
                    .push(format!("{path}: {name} must be a text or a whole number")),
            }
        }
        self
    }

    /// Lays the environment over what is there.
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String>) -> Self {
        for setting in SETTINGS {
            if let Some(value) = lookup(&setting.variable()) {
                self.values
                    .insert(setting.name, (value, Source::Environment));
            }
        }
        self
    }

    /// Lays the flags over what is there.
    pub fn flags(mut self, flags: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        for (name, value) in flags {
            self.values.insert(name, (value, Source::Flag));
        }
        self
    }

    /// Every setting with its value and source, secrets masked: what `config print` shows.
    pub fn shown(&self) -> Vec<(&'static str, String, Source)> {
        SETTINGS
            .iter()
            .map(|setting| match self.values.get(setting.name) {
                Some((value, source)) => (setting.name, mask(setting, value), *source),
                None => (setting.name, String::new(), Source::Default),
            })
            .collect()
    }

    /// The checked configuration.
    ///
    /// # Errors
    /// Every broken setting, each naming where its value came from.
    pub fn check(mut self) -> Result<Config, Vec<String>> {
        let listen = self.parsed(
            "listen",
            "must be an address and a port, such as 127.0.0.1:8080",
        );
        let public_url = self.public_url();
        let database_url = self.parsed(
            "database_url",
            "must be sqlite:PATH or postgres://USER@HOST/DATABASE",
        );
        let database_connections = self.number("database_connections", 1, 100);
        let workers = self.number("workers", 1, 64);
        let push_in_flight = self.number("push_in_flight", 1, 1000);
        let push = self.push();
        let sandbox_clock = self.sandbox_clock(public_url.as_deref(), push.as_ref());
        let log = self.text("log").unwrap_or_else(|| "info".to_owned());
        let log_json = self.one_of("log_format", &["text", "json"]) == Some("json");
        match (
            listen,
            database_url,
            database_connections,
            workers,
            push_in_flight,
            push,
            sandbox_clock,
        ) {
            (
                Some(listen),
                Some(database_url),
                Some(database_connections),
                Some(workers),
                Some(push_in_flight),
                Some(push),
                Some(sandbox_clock),
            ) if self.errors.is_empty() => Ok(Config {
                listen,
                public_url,
                database_url,
                database_connections,
                workers,
                push_in_flight,
                push,
                sandbox_clock,
                log,
                log_json,
            }),
            _ => Err(self.errors),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.values
            .get(name)
            .map(|(value, _)| value.clone())
            .filter(|value| !value.is_empty())
    }

    fn wrong(&mut self, name: &str, rule: &str) {
        let source = match self.values.get(name).map(|(_, source)| *source) {
            Some(Source::Environment) => "environment",
            Some(Source::Flag) => "command line",
            Some(Source::File) => "file",
            Some(Source::Default) | None => "default",
        };
        self.errors.push(format!("{name} ({source}): {rule}"));
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &'static str, rule: &str) -> Option<T> {
        let parsed = self.text(name).and_then(|text| text.parse().ok());
        if parsed.is_none() {
            self.wrong(name, rule);
        }
        parsed
    }

    fn number(&mut self, name: &'static str, low: u32, high: u32) -> Option<u32> {
        let rule = format!("must be a whole number from {low} to {high}");
        let number = self
            .text(name)
            .and_then(|text| text.parse().ok())
            .filter(|n| (low..=high).contains(n));
        if number.is_none() {
            self.wrong(name, &rule);
        }
        number
    }

    fn one_of(&mut self, name: &'static str, values: &[&'static str]) -> Option<&'static str> {
        let text = self.text(name);
        let found = values
            .iter()
            .find(|value| text.as_deref() == Some(**value))
            .copied();
        if found.is_none() {
            self.wrong(name, &format!("must be one of {}", values.join(", ")));
        }
        found
    }

    fn public_url(&mut self) -> Option<String> {
        let url = self.text("public_url")?;
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let well_formed = host.is_some_and(|host| {
            let host = host.trim_end_matches('/');
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
        });
        if !well_formed {
            self.wrong(
                "public_url",
                "must be http:// or https:// and a host, with no path",
            );
        }
        Some(url)
    }
}

fn mask(setting: &Setting, value: &str) -> String {
    if !setting.secret {
        return value.to_owned();
    }
    // Of a database address only the password is secret, wherever it stands.
    let (address, query) = value.split_once('?').unwrap_or((value, ""));
    let address = match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, rest)), Some((_, host))) if rest.contains('@') => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        _ => address.to_owned(),
    };
    let parameters: Vec<&str> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.contains("pass") => "password=***",
            _ => parameter,
        })
        .collect();
    if parameters.is_empty() {
        address
    } else {
        format!("{address}?{}", parameters.join("&"))
    }
}

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How browsers reach the server.
    pub public_url: Option<String>,
    /// The database.
    pub database_url: DatabaseUrl,
    /// Its connections.
    pub database_connections: u32,
    /// Threads that answer requests.
    pub workers: u32,
    /// Messages on their way at once.
    pub push_in_flight: u32,
    /// Where prompts go.
    pub push: PushConfig,
    /// Whether this is a sandbox.
    pub sandbox_clock: bool,
    /// Log filter.
    pub log: String,
    /// Log lines as JSON.
    pub log_json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_layers_win_and_say_where_they_come_from() {
        let layers = Layers::defaults()
            .file(
                "f.toml",
                "workers = 3\nlisten = \"127.0.0.1:1\"\npush_log = \"a\"",
            )
            .environment(|name| (name == "FOOTING_LISTEN").then(|| "127.0.0.1:2".into()))
            .flags([("push_log", "b".into())]);
        let shown: BTreeMap<_, _> = layers
            .shown()
            .into_iter()
            .map(|(n, v, s)| (n, (v, s)))
            .collect();
        assert_eq!(shown["workers"], ("3".into(), Source::File));
        assert_eq!(shown["listen"], ("127.0.0.1:2".into(), Source::Environment));
        assert_eq!(shown["push_log"], ("b".into(), Source::Flag));
        assert_eq!(shown["log"], ("info".into(), Source::Default));
        assert_eq!(layers.check().unwrap().workers, 3);
    }

    #[test]
    fn every_error_is_told_at_once() {
        let errors = Layers::defaults()
            .file("f.toml", "workers = 0\nnonsense = 1\nlog = [1]")
            .flags([
                ("listen", "here".into()),
                ("push", "pigeon".into()),
                ("database_url", "mysql://x".into()),
            ])
            .check()
            .unwrap_err()
            .join("\n");
        for part in [
            "unknown setting nonsense",
            "log must be",
            "workers (file)",
            "listen (command line)",
            "push (",
            "database_url (",
        ] {
            assert!(errors.contains(part), "{part} missing in\n{errors}");
        }
    }

    #[test]
    fn a_database_password_is_masked() {
        let layers = Layers::defaults().flags([(
            "database_url",
            "postgres://footing:hunter2@db/footing".into(),
        )]);
        let shown = layers.shown();
        let (_, value, _) = shown
            .iter()
            .find(|(name, ..)| *name == "database_url")
            .unwrap();
        assert_eq!(value, "postgres://footing:***@db/footing");
    }
}
