//! `footing-sim push-bench`: messages a second through the server's FCM channel, beside a client made anew
//! for each message, in the same run.
//!
//! The gateway is the fake one with all its checks, in a process of its own, so that its processor time
//! is not counted; it answers after a delay, as a distant one does. Everything is on loopback.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use footing_server::push::fcm::{FcmChannel, FcmConfig, ServiceAccount};
use footing_server::push::{
    CollapseKey, DeviceToken, Locale, MessageId, Outcome, Platform, PushChannel, PushKind,
    PushMessage, PushPayload, PushTarget,
};
use footing_server::rt::clock::{Clock, WallClock};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::folder::Folder;
use crate::gateway::{self, Behaviour, GatewayOptions};
use crate::out;

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Messages of a turn through the channel, 1000 to 1000000
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1000..=1_000_000))]
    messages: u32,
    /// Messages under way at once, 1 to 1000
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=1000))]
    in_flight: u16,
    /// Milliseconds the gateway takes to answer, 0 to 1000
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=1000))]
    delay_ms: u64,
    /// Connections of the channel at most, 1 to 100
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    connections: u16,
    /// Turns, 1 to 100
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeats: u32,
    /// One JSON object a line: each client of each turn
    #[arg(long)]
    json: bool,
}

/// How the measured gateway is started.
#[derive(Debug, Clone, clap::Args)]
pub struct TargetArguments {
    /// Folder for its certificate and service account
    #[arg(long)]
    folder: PathBuf,
    /// Milliseconds it takes to answer
    #[arg(long)]
    delay_ms: u64,
}

/// Messages of the baseline in a turn, and how many of them at once.
const BASELINE_MESSAGES: u32 = 1000;
const BASELINE_IN_FLIGHT: usize = 50;

/// Serves one bench until its standard input ends.
///
/// # Errors
/// When the gateway cannot start.
pub async fn serve(arguments: &TargetArguments) -> anyhow::Result<()> {
    let ready = |gateway: &gateway::FakeGateway, _: &gateway::GatewayFiles| {
        let delay = Duration::from_millis(arguments.delay_ms);
        gateway.set_default_behaviour(Behaviour::Slow(delay));
        // Without an address the bench gives up by itself.
        let _ = out::line(&gateway.endpoint());
    };
    let input_ends = async {
        let mut rest = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut rest).await;
    };
    gateway::run(
        GatewayOptions::default(),
        &arguments.folder,
        ready,
        input_ends,
    )
    .await?;
    Ok(())
}

/// Measures and prints.
///
/// # Errors
/// When the gateway does not start or a message is not accepted.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = Folder::new("push-bench")?;
    if !arguments.json {
        out::line(&format!(
            "{} messages a turn, {} at once, {} connections, answers after {} ms",
            arguments.messages, arguments.in_flight, arguments.connections, arguments.delay_ms
        ))?;
        out::line(&format!(
            "{:<18} {:>12} {:>16} {:>8} {:>10}",
            "client", "messages/s", "client us each", "MB", "of pooled"
        ))?;
    }
    for turn in 1..=arguments.repeats {
        let target = Target::start(folder.path(), arguments.delay_ms).await?;
        let [cold, pooled] = pooled(&target, arguments).await?;
        let told = |name, measured: &Measured| {
            let pooled_us = pooled.us_each;
            out::line(&if arguments.json {
                measured.json(name, turn, pooled_us)
            } else {
                measured.text(name, pooled_us)
            })
        };
        told("pooled, cold", &cold)?;
        told("pooled", &pooled)?;
        told("new each message", &fresh(&target).await?)?;
        target.stop().await?;
    }
    Ok(())
}

/// A gateway in a process of its own.
struct Target {
    child: Child,
    endpoint: String,
    account: Vec<u8>,
    ca_pem: String,
}

impl Target {
    async fn start(folder: &Path, delay_ms: u64) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("push-bench-target")
            .arg("--folder")
            .arg(folder)
            .args(["--delay-ms", &delay_ms.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().context("the gateway's output")?;
        let line = BufReader::new(out).lines().next_line().await?;
        Ok(Self {
            child,
            endpoint: line.context("the gateway did not start")?,
            account: std::fs::read(folder.join("service-account.json"))?,
            ca_pem: std::fs::read_to_string(folder.join("ca.pem"))?,
        })
    }

    fn channel(&self, connections: u16) -> anyhow::Result<FcmChannel> {
        let config = FcmConfig {
            endpoint: self.endpoint.clone(),
            extra_root_ca_pem: Some(self.ca_pem.clone()),
            connections: usize::from(connections),
            ..FcmConfig::new(ServiceAccount::from_json(&self.account)?)
        };
        Ok(FcmChannel::new(
            config,
            Box::new(|| WallClock.now().as_second()),
        )?)
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}

/// One client's turn.
struct Measured {
    per_second: f64,
    us_each: f64,
    megabytes: f64,
}

impl Measured {
    fn text(&self, name: &str, pooled_us: f64) -> String {
        format!(
            "{name:<18} {:>12.0} {:>16.1} {:>8.0} {:>10.1}",
            self.per_second,
            self.us_each,
            self.megabytes,
            self.us_each / pooled_us
        )
    }

    fn json(&self, name: &str, turn: u32, pooled_us: f64) -> String {
        json!({
            "client": name, "turn": turn, "per_second": self.per_second, "client_us_each": self.us_each,
            "megabytes": self.megabytes, "of_pooled": self.us_each / pooled_us,
        })
        .to_string()
    }
}

/// The server's channel, one for all messages: first as a herd finds it, with no connection open, then
/// warm.
async fn pooled(target: &Target, arguments: &Arguments) -> anyhow::Result<[Measured; 2]> {
    let channel = Arc::new(target.channel(arguments.connections)?);
    let send = |number: u32| {
        let channel = channel.clone();
        async move {
            let outcome = channel.send(&device(number)?, &message(number)).await;
            anyhow::ensure!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
            Ok(())
        }
    };
    let in_flight = usize::from(arguments.in_flight);
    Ok([
        measure(u32::from(arguments.in_flight), in_flight, send).await?,
        measure(arguments.messages, in_flight, send).await?,
    ])
}

/// A client, and so a connection, for each message; the access token is kept, which flatters it.
async fn fresh(target: &Target) -> anyhow::Result<Measured> {
    let url = format!("{}/v1/projects/footing-test/messages:send", target.endpoint);
    let ca = reqwest::Certificate::from_pem(target.ca_pem.as_bytes())?;
    measure(BASELINE_MESSAGES, BASELINE_IN_FLIGHT, |number| {
        let (url, ca) = (url.clone(), ca.clone());
        async move {
            let client = reqwest::Client::builder()
                .tls_certs_only([ca])
                .no_proxy()
                .build()?;
            let request = client.post(url).bearer_auth("fake-access-token-1");
            let answer = request.json(&body(number)).send().await?;
            anyhow::ensure!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await?;
            Ok(())
        }
    })
    .await
}

async fn measure<F: Future<Output = anyhow::Result<()>>>(
    messages: u32,
    in_flight: usize,
    send: impl Fn(u32) -> F,
) -> anyhow::Result<Measured> {
    let (began, used_before) = (WallClock.now(), cpu_us());
    drive(messages, in_flight, send).await?;
    let (count, used) = (f64::from(messages), cpu_us().saturating_sub(used_before));
    let seconds = WallClock.now().duration_since(began).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "microseconds of minutes")]
    Ok(Measured {
        per_second: count / seconds,
        us_each: used as f64 / count,
        megabytes: resident_megabytes(),
    })
}

/// Sends so many, so many at once, until all are accepted or one is not.
async fn drive<F: Future<Output = anyhow::Result<()>>>(
    messages: u32,
    in_flight: usize,
    send: impl Fn(u32) -> F,
) -> anyhow::Result<()> {
    let mut sends = stream::iter(0..messages)
        .map(send)
        .buffer_unordered(in_flight);
    while let Some(sent) = sends.next().await {
        sent?;
    }
    Ok(())
}

fn device(number: u32) -> anyhow::Result<PushTarget> {
    // As long as FCM's are.
    let token = DeviceToken::new(format!("bench-{number:0>158}"))?;
    Ok(PushTarget {
        token,
        platform: Platform::Android,
    })
}

fn message(number: u32) -> PushMessage {
    let id = Uuid::from_u128(u128::from(number));
    PushMessage {
        payload: PushPayload::of(PushKind::Prompt, MessageId::from(id)),
        collapse_key: CollapseKey::from(id),
        ttl: Duration::from_secs(1800),
        locale: Locale::En,
    }
}

/// A message of the same kind and size, for the client that shares no code with the channel.
fn body(number: u32) -> serde_json::Value {
    let id = Uuid::from_u128(u128::from(number));
    let key = id.as_simple().to_string();
    json!({"message": {
        "token": format!("bench-{number:0>158}"),
        "data": {"v": "1", "kind": "prompt", "id": id.to_string()},
        "notification": {"title": "Footing", "body": "You have a reminder."},
        "android": {
            "priority": "HIGH", "ttl": "1800s", "collapse_key": key, "notification": {"tag": key},
        },
        "apns": {"headers": {"apns-collapse-id": key, "apns-expiration": "1800001800", "apns-priority": "10"}},
        "webpush": {"headers": {"TTL": "1800", "Topic": key, "Urgency": "high"}},
    }})
}

/// User and system time of this process so far.
fn cpu_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15 (man 5 proc), counted after the name, which may hold spaces; 100 ticks a second.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks * 10_000
}

/// The most memory this process has had resident.
fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}
