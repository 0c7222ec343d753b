//! The command line of `footing-sim clinic`.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use footing_server::rt::clock::{Clock, WallClock};
use jiff::Timestamp;
use serde_json::json;

use super::compare::compare;
use super::engine::{Elsewhere, Order, Outcome, elsewhere, in_process};
use super::failure::Failure;
use super::remote::{Codes, SpawnOptions};
use super::scenario::{self, Scenario, catalogue};
use super::shrink::shrink;
use crate::client::address;
use crate::out::Usage;
use crate::progress::bar;

/// Under the command's help.
pub const HELP: &str = "Start here:\n  footing-sim clinic scenarios\n  footing-sim clinic run everyday\n  footing-sim clinic run storm --seeds 0..20\n  footing-sim clinic run everyday --spawn --kill-at 2026-03-20T12:00:00Z\n  footing-sim clinic show everyday > own.toml";

/// Let a whole clinic live before the real server.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Live through a scenario's days in virtual time
    Run(RunArguments),
    /// List the scenarios that come with Footing
    Scenarios,
    /// Print a scenario that comes with Footing, to begin another from
    Show {
        /// Which
        name: String,
    },
    /// Say whether a scenario can be lived
    Check {
        /// File, or name of a scenario that comes with Footing
        scenario: String,
    },
    /// Print the JSON schema of scenario files
    Schema,
    /// Run a failure again that was written down
    Replay {
        /// `failure-<seed>.json`
        failure: PathBuf,
    },
    /// Say which patients, alerts and scores differ between two scenarios under the same seed
    Compare(CompareArguments),
}

/// How much of a scenario is lived.
#[derive(Debug, Args)]
struct Size {
    /// Days instead of the scenario's
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: Option<u32>,
    /// Patients instead of the scenario's
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    patients: Option<u32>,
    /// Stop at this instant, RFC 3339
    #[arg(long)]
    until: Option<Timestamp>,
}

impl Size {
    fn of(&self, name: &str) -> anyhow::Result<Scenario> {
        Scenario::load(name)?.sized(self.days, self.patients)
    }
}

#[derive(Debug, Args)]
struct CompareArguments {
    /// File, or name of a scenario that comes with Footing
    first: String,
    /// The other
    second: String,
    /// Decides everything
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    size: Size,
    /// One JSON object for each patient and kind
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RunArguments {
    /// File, or name of a scenario that comes with Footing
    scenario: String,
    /// Decides everything
    #[arg(long, default_value_t = 1, conflicts_with = "seeds")]
    seed: u64,
    /// Many seeds, FROM..TO, the last not included
    #[arg(long, value_name = "FROM..TO", value_parser = range)]
    seeds: Option<(u64, u64)>,
    #[command(flatten)]
    size: Size,
    /// Kill the process at this instant, RFC 3339, between two acts; it is back a second later (repeatable)
    #[arg(long, value_name = "INSTANT", conflicts_with = "server")]
    kill_at: Vec<Timestamp>,
    #[command(flatten)]
    place: PlaceArguments,
    /// Write the event log here, one line an event
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Write what the server says in the end here: the lines the state hash is of
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// One JSON object for each seed
    #[arg(long)]
    json: bool,
    /// Plant a bug in the server, by name (builds with the feature `planted`)
    #[cfg(feature = "planted")]
    #[arg(long, value_name = "BUG")]
    planted: Option<String>,
    /// Folder for `failure-<seed>.json`
    #[arg(long, value_name = "DIR", default_value = ".")]
    failures: PathBuf,
    /// Write failures down as they are, without making them smaller
    #[arg(long)]
    no_shrink: bool,
}

/// Where the server is.
#[derive(Debug, Args)]
struct PlaceArguments {
    /// Database instead of a disk in memory, or a file in a temporary folder with --spawn: an empty one, sqlite:PATH or
    /// postgres://...
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Live before `footing serve` in a process of its own, over sockets
    #[arg(long)]
    spawn: bool,
    /// The command footing [default: the one beside this]
    #[arg(long, value_name = "PATH", requires = "spawn")]
    binary: Option<PathBuf>,
    /// Live before a staging server: a sandbox at this address, which keeps what it is sent
    #[arg(long, value_name = "URL", requires = "code_file", value_parser = address,
        conflicts_with_all = ["spawn", "database_url", "seeds"])]
    server: Option<String>,
    /// File with the one-time code of each of the scenario's clinics, one a line, as `footing clinic create --sandbox`
    /// prints it; - reads standard input
    #[arg(long, value_name = "FILE", requires = "server")]
    code_file: Option<PathBuf>,
}

impl PlaceArguments {
    /// Whether a failure can be lived again in this process.
    fn is_repeatable(&self) -> bool {
        self.database_url.is_none() && !self.spawn && self.server.is_none()
    }

    /// The server of another process, if it is one.
    fn elsewhere(&self, scenario: &Scenario) -> anyhow::Result<Option<Elsewhere>> {
        if let (Some(base), Some(file)) = (&self.server, &self.code_file) {
            let codes = Codes::read(file, 1 + usize::from(scenario.clinic.neighbour))?;
            let base = base.clone();
            return Ok(Some(Elsewhere::Staging { base, codes }));
        }
        if !self.spawn {
            return Ok(None);
        }
        let beside = || anyhow::Ok(std::env::current_exe()?.with_file_name("footing"));
        let binary = self.binary.clone().map_or_else(beside, Ok)?;
        if !binary.is_file() {
            let shown = binary.display();
            return Err(Usage::error(format!("{shown}: there is no such command")));
        }
        let database_url = self.database_url.clone();
        Ok(Some(Elsewhere::Spawned(SpawnOptions {
            binary,
            database_url,
        })))
    }

    fn live(&self, order: &Order, progress: Box<dyn Fn(u32)>) -> anyhow::Result<Outcome> {
        match self.elsewhere(&order.scenario)? {
            Some(server) => elsewhere(order, server, progress),
            None => in_process(order, self.database_url.as_deref(), progress),
        }
    }
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = text.split_once("..").ok_or("must be FROM..TO")?;
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no number"));
    let (from, to) = (number(from)?, number(to)?);
    if from < to {
        Ok((from, to))
    } else {
        Err("FROM must be below TO".to_owned())
    }
}

/// Runs; gives the exit code: 0 every promise held, 1 one was broken.
///
/// # Errors
/// When a file cannot be read, a scenario cannot be lived, or the database cannot be used.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<i32> {
    match &arguments.command {
        Command::Run(arguments) => run_seeds(arguments, out),
        Command::Scenarios => {
            for (name, text) in catalogue::ALL {
                writeln!(out, "{name:<12} {}", scenario::read(text)?.about)?;
            }
            Ok(0)
        }
        Command::Show { name } => {
            let text = catalogue::by_name(name).with_context(|| {
                format!("there is no scenario {name:?}; `footing-sim clinic scenarios` lists them")
            })?;
            write!(out, "{text}")?;
            Ok(0)
        }
        Command::Check { scenario } => {
            let scenario = Scenario::load(scenario)?;
            writeln!(
                out,
                "{}: {} patients, {} days",
                scenario.about, scenario.clinic.patients, scenario.clinic.days
            )?;
            Ok(0)
        }
        Command::Replay { failure } => replay(failure, out),
        Command::Compare(arguments) => compare_two(arguments, out),
        Command::Schema => {
            writeln!(out, "{}", scenario::schema())?;
            Ok(0)
        }
    }
}

fn run_seeds(arguments: &RunArguments, out: &mut impl Write) -> anyhow::Result<i32> {
    let scenario = arguments.size.of(&arguments.scenario)?;
    let (from, to) = arguments
        .seeds
        .unwrap_or((arguments.seed, arguments.seed + 1));
    let mut broken = 0;
    for seed in from..to {
        let mut order = Order::new(scenario.clone(), seed);
        order.until = arguments.size.until;
        #[cfg(feature = "planted")]
        order.planted.clone_from(&arguments.planted);
        let order = order.killed_at(&arguments.kill_at)?;
        let began = WallClock.running_for();
        let progress = progress(from..to, seed, scenario.days());
        let outcome = arguments
            .place
            .live(&order, progress)
            .with_context(|| format!("seed {seed}"))?;
        let took_s = (WallClock.running_for() - began).as_secs_f64();
        for (path, lines) in [
            (&arguments.events, &outcome.events),
            (&arguments.state, &outcome.observed.lines()),
        ] {
            if let Some(path) = path {
                std::fs::write(path, lines.join("\n") + "\n")
                    .with_context(|| path.display().to_string())?;
            }
        }
        if arguments.json {
            writeln!(out, "{}", as_json(seed, &outcome, took_s))?;
        } else {
            print(out, seed, &outcome, took_s)?;
        }
        if !outcome.findings.is_empty() {
            broken += 1;
            if arguments.place.is_repeatable() {
                keep(arguments, &order, outcome)?;
            }
        }
    }
    Ok(i32::from(broken > 0))
}

/// Makes a failure smaller and writes it down.
fn keep(arguments: &RunArguments, order: &Order, outcome: Outcome) -> anyhow::Result<()> {
    let (order, outcome) = if arguments.no_shrink {
        (order.clone(), outcome)
    } else {
        shrink(order, outcome, |step| eprintln!("  smaller: {step}"))?
    };
    let path = Failure::of(&order, &outcome).write(&arguments.failures)?;
    eprintln!(
        "  {}: footing-sim clinic replay {}",
        outcome.findings.len(),
        path.display()
    );
    Ok(())
}

fn replay(path: &Path, out: &mut impl Write) -> anyhow::Result<i32> {
    let failure = Failure::read(path)?;
    let began = WallClock.running_for();
    let outcome = failure.replay()?;
    let took_s = (WallClock.running_for() - began).as_secs_f64();
    print(out, failure.order.seed, &outcome, took_s)?;
    let same = outcome.findings == failure.findings;
    let verdict = match (outcome.findings.is_empty(), same) {
        (true, _) => "it does not fail any more",
        (false, true) => "it fails as it did",
        (false, false) => "it fails otherwise than it did",
    };
    writeln!(out, "{verdict}")?;
    Ok(i32::from(!outcome.findings.is_empty()))
}

fn compare_two(arguments: &CompareArguments, out: &mut impl Write) -> anyhow::Result<i32> {
    let mut outcomes = Vec::new();
    for name in [&arguments.first, &arguments.second] {
        let mut order = Order::new(arguments.size.of(name)?, arguments.seed);
        order.until = arguments.size.until;
        outcomes.push(in_process(&order, None, Box::new(|_| {}))?);
    }
    let differences = match &outcomes[..] {
        [first, second] => compare(first, second),
        _ => Vec::new(),
    };
    for difference in &differences {
        if arguments.json {
            writeln!(out, "{}", serde_json::to_string(difference)?)?;
        } else {
            write!(out, "{difference}")?;
        }
    }
    if !arguments.json {
        let patients: std::collections::BTreeSet<_> =
            differences.iter().filter_map(|one| one.patient).collect();
        writeln!(out, "{} patients differ", patients.len())?;
    }
    Ok(i32::from(!differences.is_empty()))
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(seeds: Range<u64>, seed: u64, days: u32) -> Box<dyn Fn(u32)> {
    let count = seeds.end - seeds.start;
    if count > 1 {
        let template = "seed {pos} of {len}  {bar:40}  {elapsed}";
        bar(count, template).set_position(seed - seeds.start);
        return Box::new(|_| {});
    }
    let bar = bar(u64::from(days), "day {pos} of {len}  {bar:40}  {elapsed}");
    Box::new(move |day| bar.set_position(u64::from(day)))
}

fn print(out: &mut impl Write, seed: u64, outcome: &Outcome, took_s: f64) -> std::io::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = outcome.patient_days as f64 / took_s;
    writeln!(
        out,
        "seed {seed}: {} patient-days in {took_s:.2} s ({rate:.0}/s), {} requests, {} messages, {} processes",
        outcome.patient_days,
        outcome.ledger.answered,
        outcome.ledger.offers.len(),
        outcome.ledger.lives.len(),
    )?;
    let [opening_s, days_s, reading_s] = outcome.took.map(|part| part.as_secs_f64());
    writeln!(
        out,
        "  opening {opening_s:.2} s, days {days_s:.2} s, reading and checking {reading_s:.2} s"
    )?;
    writeln!(out, "  events {}", outcome.events_hash)?;
    writeln!(out, "  state  {}", outcome.state_hash)?;
    for finding in &outcome.findings {
        writeln!(out, "  BROKEN {finding}")?;
    }
    Ok(())
}

fn as_json(seed: u64, outcome: &Outcome, took_s: f64) -> serde_json::Value {
    json!({
        "seed": seed, "patient_days": outcome.patient_days, "seconds": took_s, "requests": outcome.ledger.answered,
        "messages": outcome.ledger.offers.len(), "processes": outcome.ledger.lives.len(),
        "events_hash": outcome.events_hash, "state_hash": outcome.state_hash,
        "data_hash": outcome.data_hash, "took_s": outcome.took.map(|part| part.as_secs_f64()),
        "weather": outcome.weather, "findings": outcome.findings, "reached": outcome.reached,
    })
}
