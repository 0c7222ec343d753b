//! `footing-sim load`: durable uploads a second on each engine, beside a server that parses the same
//! body and drops it, in the same run.
//!
//! Each cell is a server in a process of its own, so that its processor time can be told from the
//! client's. Cells take turns, so that a busy minute of the machine meets all of them; what counts is
//! the ratio within a turn.

mod cell;
mod target;
mod wire;

use std::path::PathBuf;

pub use target::{TargetArguments, serve};

use cell::{Cell, Measured};

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Also measure PostgreSQL: an empty database, such as postgres://user@host/database
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Seconds each cell is measured, 1 to 600
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Uploads under way at once, 1 to 4096
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    concurrency: u16,
    /// Turns, 1 to 100
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeats: u32,
    /// Summaries in each upload, 1 to 100
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    batch: u32,
    /// Folder for the databases [default: a fresh one among the temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Measures and prints.
///
/// # Errors
/// When a cell cannot be started or answers wrongly.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = arguments.data.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("footing-load-{}", std::process::id()))
    });
    std::fs::create_dir_all(&folder)?;
    let mut cells = vec![Cell::drop(), Cell::sqlite(&folder)];
    cells.extend(arguments.postgres.as_deref().map(Cell::postgres));
    println!(
        "{} summaries a request, {} at once, {} s a cell, {} turns; body {} bytes",
        arguments.batch,
        arguments.concurrency,
        arguments.seconds,
        arguments.repeats,
        wire::body_length(arguments.batch)?
    );
    println!(
        "{:<16} {:>12} {:>10} {:>10} {:>14} {:>10}",
        "cell", "summaries/s", "p50 ms", "p99 ms", "server us each", "of drop"
    );
    for turn in 0..arguments.repeats {
        let mut dropped = None;
        for cell in &cells {
            let measured = cell.measure(arguments, turn).await?;
            let base = *dropped.get_or_insert(measured.per_second);
            print(cell.name(), &measured, base);
        }
    }
    Ok(())
}

fn print(name: &str, measured: &Measured, dropped: f64) {
    println!(
        "{name:<16} {:>12.0} {:>10.2} {:>10.2} {:>14.1} {:>10.2}",
        measured.per_second,
        measured.p50_ms,
        measured.p99_ms,
        measured.server_us_each,
        measured.per_second / dropped
    );
}
