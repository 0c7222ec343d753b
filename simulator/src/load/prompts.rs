//! `footing-sim load prompts`: prompts of many patients due in one minute, and how long until the push gateway has them.
//!
//! Server and gateway run in real time: it waits for the minute. The gateway is the fake one with all its checks; the
//! server is always one started for the run, since a running one sends elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use footing_server::rt::clock::{Clock, WallClock, real_sleep};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::clinic::{Patient, zone_where_it_is};
use super::http::Ending;
use super::outcome::{Outcome, Output};
use super::server::{Gateway, Own, OwnArguments};
use super::tally::Tally;
use crate::folder::Folder;
use crate::gateway::{Behaviour, FakeGateway, GatewayOptions};
use crate::progress;

/// It is this hour where the patients are: outside quiet hours.
const HOUR: i8 = 10;
/// How often the gateway is asked how many it has.
const LOOK: Duration = Duration::from_millis(50);

/// How many prompts, and where they go.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    /// Patients, each with one prompt in the minute, 1 to 2000
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    patients: u32,
    /// Milliseconds the gateway takes to answer, 0 to 1000
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
    gateway_ms: u64,
    /// Seconds after which what was not sent has failed, 1 to 3600
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    within: u64,
    /// The server.
    #[command(flatten)]
    server: OwnArguments,
    /// How results are given.
    #[command(flatten)]
    output: Output,
}

/// Waits for the minute and for the gateway, shows what came of it, and gives the exit code.
///
/// # Errors
/// When server or gateway do not start, or the plans took longer than there was time for.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    let folder = Folder::new("load-gateway")?;
    let gateway = FakeGateway::start(GatewayOptions::default())?;
    gateway.write_files(folder.path())?;
    gateway.set_default_behaviour(match arguments.gateway_ms {
        0 => Behaviour::Success,
        ms => Behaviour::Slow(Duration::from_millis(ms)),
    });
    let files = Gateway {
        endpoint: &gateway.endpoint(),
        folder: folder.path(),
    };
    let own = Own::start(&arguments.server, Some(&files)).await?;
    let (patients, due) = prepared(&own, arguments.patients).await?;
    wait(&gateway, patients.len() as u64, due, arguments.within).await?;
    let tally = tally(&gateway, &patients, due)?;
    own.close().await?;
    gateway.stop();
    let outcome = Outcome {
        name: "load prompts",
        protocol: vec![format!(
            "{} prompts due at {due}; a gateway that answers after {} ms. A time counts from that instant until the gateway \
             accepted the message, by milliseconds.",
            patients.len(),
            arguments.gateway_ms
        )],
        asked: json!({
            "patients": arguments.patients, "gateway_ms": arguments.gateway_ms, "within_s": arguments.within,
            "due": due.to_string(),
        }),
        items: "prompts accepted",
        tally,
    };
    outcome.give(&arguments.output)
}

/// Patients whose one prompt is due at the instant.
async fn prepared(own: &Own, count: u32) -> anyhow::Result<(Vec<Patient>, Timestamp)> {
    let began = WallClock.now();
    let zone = zone_where_it_is(HOUR, began);
    let patients = own.staff.admit(count, &zone).await?;
    // A patient takes three requests and a plan one: the plans are there in time with as much again to spare.
    let spare = WallClock.now().duration_since(began) + SignedDuration::from_secs(3);
    let due = whole_minute_after(WallClock.now().checked_add(spare)?)?;
    let local = due.to_zoned(TimeZone::get(&zone)?);
    let (date, at) = (
        local.date().to_string(),
        local.strftime("%H:%M").to_string(),
    );
    own.staff.prescribe(&patients, &date, &at).await?;
    ensure!(
        WallClock.now() < due,
        "the plans were published after their prompts were due; the machine is too busy for {count} patients"
    );
    Ok((patients, due))
}

fn whole_minute_after(at: Timestamp) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::from_second((at.as_second() / 60 + 1) * 60)?)
}

/// Until the gateway has them all, or the time is over.
async fn wait(
    gateway: &FakeGateway,
    all: u64,
    due: Timestamp,
    within_s: u64,
) -> anyhow::Result<()> {
    let until_due = WallClock.now().duration_until(due).as_secs().unsigned_abs();
    let bar = progress::bar(
        until_due,
        "Until the prompts are due  {bar:40} {pos} of {len} s",
    );
    while WallClock.now() < due {
        let left = WallClock.now().duration_until(due);
        bar.set_position(until_due.saturating_sub(left.as_secs().unsigned_abs()));
        real_sleep(
            Duration::try_from(left)
                .unwrap_or(LOOK)
                .min(Duration::from_millis(200)),
        )
        .await;
    }
    bar.finish_and_clear();
    let end = due
        .checked_add(Duration::from_secs(within_s))
        .context("the end")?;
    let bar = progress::bar(all, "Prompts at the gateway  {bar:40} {pos} of {len}");
    while gateway.counts().accepted < all && WallClock.now() < end {
        bar.set_position(gateway.counts().accepted);
        real_sleep(LOOK).await;
    }
    bar.finish_and_clear();
    Ok(())
}

/// How late each patient's first message was; what did not come, or broke a rule of the gateway, has failed.
fn tally(gateway: &FakeGateway, patients: &[Patient], due: Timestamp) -> anyhow::Result<Tally> {
    let mut first: HashMap<String, i64> = HashMap::new();
    for message in gateway.accepted() {
        first.entry(message.token).or_insert(message.at_unix_ms);
    }
    let mut tally = Tally::new()?;
    for patient in patients {
        let Some(at_ms) = first.get(&patient.push_token) else {
            let why = format!("no message for {}", patient.push_token);
            tally.count(&Ending::failed("not sent", why), 1);
            continue;
        };
        let late_ms = at_ms - due.as_millisecond();
        if late_ms < 0 {
            let why = format!("{} ms before it was due", -late_ms);
            tally.count(&Ending::failed("sent early", why), 1);
            continue;
        }
        let late = Duration::from_millis(late_ms.unsigned_abs());
        tally.length = tally.length.max(late);
        tally.time("accepted after due", late)?;
        tally.ended(&Ending::good(1), late);
    }
    for violation in gateway.violations() {
        let why = format!("{}: {}", violation.field, violation.rule);
        tally.count(&Ending::failed("refused by the gateway", why), 1);
    }
    Ok(tally)
}
