//! `footing-sim load compare`: durable uploads a second on each engine, beside a server that parses the same
//! body and drops it, in the same run.
//!
//! Each cell is a server in a process of its own, so that its processor time can be told from the
//! client's. Cells take turns, so that a busy minute of the machine meets all of them; what counts is
//! the ratio within a turn.

use std::path::PathBuf;

use serde_json::json;

use super::body::Body;
use super::cell::{Cell, Measured};
use crate::folder::Folder;
use crate::out;

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    /// Also measure PostgreSQL: an empty database, such as postgres://user@host/database
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Seconds each cell is measured, 1 to 600
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) seconds: u64,
    /// Uploads under way at once, 1 to 4096
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(super) concurrency: u16,
    /// Turns, 1 to 100
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeats: u32,
    /// Summaries in each upload, 1 to 100
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) batch: u32,
    /// Folder for the databases [default: a temporary one, removed afterwards]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// One JSON object a line: each cell of each turn
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
///
/// # Errors
/// When a cell cannot be started or answers wrongly.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let temporary = Folder::new("load")?;
    let folder = arguments.data.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder)?;
    let mut cells = vec![Cell::drop(), Cell::sqlite(folder)];
    cells.extend(arguments.postgres.as_deref().map(Cell::postgres));
    if !arguments.json {
        out::line(&head(arguments)?)?;
    }
    for turn in 1..=arguments.repeats {
        let mut dropped = None;
        for cell in &cells {
            let measured = cell.measure(arguments).await?;
            let base = *dropped.get_or_insert(measured.per_second);
            out::line(&if arguments.json {
                json_line(cell.name(), turn, &measured, base)
            } else {
                text_line(cell.name(), &measured, base)
            })?;
        }
    }
    Ok(())
}

fn head(arguments: &Arguments) -> anyhow::Result<String> {
    Ok(format!(
        "{} summaries a request, {} at once, {} s a cell, {} turns; body {} bytes\n\
         {:<16} {:>12} {:>10} {:>10} {:>14} {:>10}",
        arguments.batch,
        arguments.concurrency,
        arguments.seconds,
        arguments.repeats,
        Body::new(arguments.batch)?.bytes().len(),
        "cell",
        "summaries/s",
        "p50 ms",
        "p99 ms",
        "server us each",
        "of drop"
    ))
}

fn text_line(name: &str, measured: &Measured, dropped: f64) -> String {
    format!(
        "{name:<16} {:>12.0} {:>10.2} {:>10.2} {:>14.1} {:>10.2}",
        measured.per_second,
        measured.p50_ms,
        measured.p99_ms,
        measured.server_us_each,
        measured.per_second / dropped
    )
}

fn json_line(name: &str, turn: u32, measured: &Measured, dropped: f64) -> String {
    json!({
        "cell": name, "turn": turn, "per_second": measured.per_second, "p50_ms": measured.p50_ms,
        "p99_ms": measured.p99_ms, "server_us_each": measured.server_us_each,
        "of_drop": measured.per_second / dropped,
    })
    .to_string()
}
