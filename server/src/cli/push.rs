//! Push on the command line: the channels as configured, and the key for browsers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Failure, USAGE, read};
use crate::config::{AppsConfig, PushConfig, WebPushSettings, WebhookSettings};
use crate::push::circuit::CircuitRules;
use crate::push::fcm::{FcmChannel, FcmConfig, ServiceAccount};
use crate::push::web_push::{VapidKey, WebPushChannel, WebPushConfig};
use crate::push::webhook::{Secrets, WebhookChannel, WebhookConfig};
use crate::push::{Guarded, LogChannel, Paced, PushChannel, Reach, RoutedChannel, UnixClock};
use crate::rt::clock::{Clock, WallClock};

/// Limit for one request to a push service or a webhook's receiver.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Credentials are checked by somebody else's clock.
fn credentials_clock() -> UnixClock {
    Box::new(|| WallClock.now().as_second())
}

fn guarded<C: PushChannel>(channel: C, clock: &Arc<dyn Clock>) -> Guarded<C> {
    Guarded::new(channel, CircuitRules::default(), clock.clone())
}

/// The channels as configured, behind one door. What they note and how long they leave a gateway alone goes by the
/// server's clock.
pub(super) fn channel(
    config: &PushConfig,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn PushChannel>, Failure> {
    let mut routed = RoutedChannel::new(apps(config, clock)?);
    if let Some(web) = &config.web {
        routed = routed.with_browsers(Box::new(guarded(web_push(web, config.reach)?, clock)));
    }
    if let Some(settings) = &config.webhook {
        routed = routed.with_webhook(Box::new(guarded(webhook(settings, config.reach)?, clock)));
    }
    Ok(Arc::new(routed))
}

fn apps(config: &PushConfig, clock: &Arc<dyn Clock>) -> Result<Box<dyn PushChannel>, Failure> {
    match &config.apps {
        AppsConfig::Log(path) => {
            let noted = clock.clone();
            let channel = LogChannel::open(path, Box::new(move || noted.now().as_second()))
                .map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(Box::new(channel))
        }
        AppsConfig::Fcm {
            service_account_file,
            endpoint,
            root_ca_file,
        } => {
            let mut fcm = FcmConfig::new(ServiceAccount::from_file(service_account_file)?);
            fcm.endpoint = endpoint.clone();
            fcm.extra_root_ca_pem = root_ca_file.as_deref().map(read).transpose()?;
            let channel = guarded(FcmChannel::new(fcm, credentials_clock())?, clock);
            Ok(Box::new(Paced::new(channel, config.quota)))
        }
    }
}

fn web_push(settings: &WebPushSettings, reach: Reach) -> Result<WebPushChannel, Failure> {
    let config = WebPushConfig {
        key: VapidKey::from_file(&settings.key_file)?,
        subject: settings.subject.clone(),
        reach,
        request_timeout: REQUEST_TIMEOUT,
    };
    Ok(WebPushChannel::new(config, credentials_clock())?)
}

fn webhook(settings: &WebhookSettings, reach: Reach) -> Result<WebhookChannel, Failure> {
    let secrets = Secrets::from_text(&read(&settings.secrets_file)?)
        .map_err(|rule| Failure(USAGE, format!("webhook_secrets_file: {rule}")))?;
    let config = WebhookConfig {
        url: settings.url.clone(),
        secrets,
        reach,
        request_timeout: REQUEST_TIMEOUT,
    };
    Ok(WebhookChannel::new(config, credentials_clock())?)
}

/// `footing push-key`.
pub(super) fn key_command() -> Command {
    let out = Arg::new("out")
        .long("out")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("Where to write it; a file that is there is never overwritten");
    Command::new("push-key")
        .about("The key by which browsers and push services know this server")
        .subcommand_required(true)
        .subcommand(
            Command::new("create")
                .about("Make a key for web push and write it to a file only its owner can read")
                .arg(out),
        )
}

pub(super) fn create_key(matches: &ArgMatches) -> Result<(), Failure> {
    let Some(path) = matches.get_one::<PathBuf>("out") else {
        return Ok(());
    };
    let key = VapidKey::create(path)?;
    println!("The key is in {}. Its public half:", path.display());
    println!("{}", key.public_key());
    Ok(())
}
