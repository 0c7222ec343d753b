//! `footing-sim care-bench`: what planning, sweeping and sending cost with many patients, measured on the code the
//! server runs: its store, its planner, its sweep, its dispatcher.
//!
//! The clock is virtual and jumps from one minute in which something is due to the next; the push channel takes every
//! message at once and counts it. Lateness is real time: from the moment a minute's prompts become due until each
//! leaves. Nothing listens and nothing is sent.

mod arrivals;
mod channel;
mod measure;
mod phases;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use footing_server::access::service::NewClinic;
use footing_server::app::StartOptions;
use footing_server::bench::BenchClinic;
use footing_server::rt::Doors;
use footing_server::rt::clock::VirtualClock;
use footing_server::rt::entropy::SeededEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::Blocking;
use footing_server::store::StoreOptions;
use footing_server::store::backend::DatabaseUrl;
use jiff::{Timestamp, ToSpan};

use crate::folder::Folder;
use crate::out;
use channel::Counting;
use measure::{Figure, Meter};
use phases::Bench;

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Patients, 100 to 2000000
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    patients: u32,
    /// Lines of each patient's plan, each once a day at a time of its own, 1 to 8
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=8))]
    schedules: u8,
    /// An empty PostgreSQL database, such as postgres://user@host/database [default: SQLite in a temporary folder]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Patients of whom one prompt is due in the same minute [default: a fifth of them]
    #[arg(long, value_name = "N")]
    herd: Option<u32>,
    /// Process of the PostgreSQL server, whose processor time is to be counted too
    #[arg(long, value_name = "PID")]
    postgres_pid: Option<u32>,
    /// Milliseconds the push gateway takes to answer, 0 to 1000
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
    gateway_ms: u64,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Connections of the store, as many as the server holds by default.
const CONNECTIONS: u32 = 8;
/// Just after the midnight at which the planner adds days.
const START: &str = "2026-06-01T00:10:00Z";

/// Measures and prints.
///
/// # Errors
/// When the database does not take it, or fewer prompts leave than were planned.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = Folder::new("care-bench")?;
    let url: DatabaseUrl = match &arguments.database_url {
        Some(url) => url.parse().map_err(anyhow::Error::msg)?,
        None => format!("sqlite:{}", folder.path().join("footing.db").display())
            .parse()
            .map_err(anyhow::Error::msg)?,
    };
    let start: Timestamp = START.parse()?;
    let clock = VirtualClock::new(start);
    let push = Arc::new(Counting::answering_after(Duration::from_millis(
        arguments.gateway_ms,
    )));
    let clinic = open(url, clock.clone(), push.clone()).await?;
    let today = start.to_zoned(jiff::tz::TimeZone::UTC).date();
    let bench = Bench {
        clinic,
        clock,
        push,
        day: today.checked_add(8.days())?,
        patients: arguments.patients,
        schedules: arguments.schedules,
        herd: arguments.herd.unwrap_or(arguments.patients / 5),
        meter: Meter::new(arguments.postgres_pid),
    };
    let figures = measure_all(&bench).await?;
    print(arguments, &bench, &figures)
}

async fn measure_all(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![bench.load().await?, bench.plan().await?];
    figures.extend(bench.day().await?);
    bench.check(&figures)?;
    Ok(figures)
}

async fn open(
    url: DatabaseUrl,
    clock: VirtualClock,
    push: Arc<Counting>,
) -> anyhow::Result<BenchClinic> {
    let options = StartOptions {
        listen: "127.0.0.1:0".parse()?,
        public_url: None,
        store: StoreOptions {
            url,
            connections: CONNECTIONS,
        },
        workers: 1,
        push_in_flight: 1000,
    };
    let doors = Doors {
        clock: Arc::new(clock),
        entropy: Arc::new(SeededEntropy::new(1)),
        push,
        blocking: Blocking::Threads,
        password_cost: PasswordCost::LEAST,
    };
    let new = NewClinic {
        slug: "bench".to_owned(),
        name: "Bench Clinic".to_owned(),
        time_zone: "Etc/UTC".to_owned(),
        clinician_name: "Test Clinician".to_owned(),
        email: "test.clinician@example.org".to_owned(),
        sandbox: false,
    };
    Ok(BenchClinic::open(&options, doors, new).await?)
}

fn load_average() -> String {
    let text = std::fs::read_to_string(Path::new("/proc/loadavg")).unwrap_or_default();
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

fn print(arguments: &Arguments, bench: &Bench, figures: &[Figure]) -> anyhow::Result<()> {
    let engine = format!("{:?}", bench.clinic.engine()).to_lowercase();
    let load = load_average();
    let peak_mb = measure::peak_megabytes();
    if arguments.json {
        let all: Vec<_> = figures.iter().map(Figure::json).collect();
        let whole = serde_json::json!({
            "engine": engine, "patients": bench.patients, "schedules": bench.schedules, "herd": bench.herd,
            "load_average": load, "peak_rss_mb": peak_mb, "figures": all,
        });
        return out::line(&whole.to_string());
    }
    out::line(&format!(
        "{engine}: {} patients, {} lines each, a herd of {}; load average {load}; peak {peak_mb:.0} MB",
        bench.patients, bench.schedules, bench.herd
    ))?;
    out::line(Figure::HEAD)?;
    for figure in figures {
        out::line(&figure.to_string())?;
    }
    Ok(())
}
