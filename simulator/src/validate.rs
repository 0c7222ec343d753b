//! `footing-sim validate` and `footing-sim norms`: the engine measured, as text, as JSON, and as a page with plots.

use std::path::{Path, PathBuf};

use crate::out::Usage;
use anyhow::Context as _;
use validation::report::Report;
use validation::{gaitndd, gaitpdb, moticon, norms, standing, synthetic};

/// What to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// The authors' stride tables (.ts) of PhysioNet "Gait in Neurodegenerative Disease"
    Gaitndd,
    /// The published table of PhysioNet "Gait in Parkinson's Disease", study Si, and patients against controls
    Gaitpdb,
    /// The vendor's step marks, forces, centres of pressure and reports of Moticon OpenGo exports
    Moticon,
    /// Arithmetic on the files of quiet standing on two force plates
    Standing,
    /// What simulated walkers really did; takes no DIR
    Synthetic,
}

/// What to measure and how to say it.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// What to compare with
    #[arg(value_enum)]
    pub protocol: Protocol,
    /// Folder of the recordings
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How results are given.
    #[command(flatten)]
    pub output: Output,
}

/// How results are given.
#[derive(Debug, Clone, clap::Args)]
pub struct Output {
    /// One JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Also write a page with plots: one HTML file that loads nothing
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// Exit with 1 when a goal is missed or a record could not be read
    #[arg(long)]
    pub strict: bool,
}

/// Runs a protocol, prints its results, and gives the exit code: 0 unless `--strict` and a goal is missed or a record
/// could not be read.
///
/// # Errors
/// When the folder is missing or holds nothing to compare with, or an output cannot be written.
pub fn run(arguments: &Arguments, out: &mut impl std::io::Write) -> anyhow::Result<i32> {
    let report = measure(arguments)?;
    give(&report, &arguments.output, out)
}

/// Which reference values to recompute, and how to say it.
#[derive(Debug, Clone, clap::Args)]
pub struct NormsArguments {
    /// Folder of control walks in the form of PhysioNet "Gait in Parkinson's Disease"
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// How results are given.
    #[command(flatten)]
    pub output: Output,
}

/// Recomputes the reference values from recordings and prints them beside the shipped ones; the exit code as of [`run`].
///
/// # Errors
/// When the folder cannot be listed, or an output cannot be written.
pub fn run_norms(arguments: &NormsArguments, out: &mut impl std::io::Write) -> anyhow::Result<i32> {
    give(&norms::run(&arguments.folder)?, &arguments.output, out)
}

fn measure(arguments: &Arguments) -> anyhow::Result<Report> {
    let folder = arguments.folder.as_deref();
    let needed = || {
        folder.ok_or_else(|| Usage::error("this protocol needs the folder of the recordings: DIR"))
    };
    Ok(match arguments.protocol {
        Protocol::Gaitndd => gaitndd::run(needed()?)?,
        Protocol::Gaitpdb => gaitpdb::run(needed()?)?,
        Protocol::Moticon => moticon::run(needed()?)?,
        Protocol::Standing => standing::run(needed()?)?,
        Protocol::Synthetic => match folder {
            None => synthetic::run(&synthetic::Options::default())?,
            Some(_) => return Err(Usage::error("synthetic walks itself: give no DIR")),
        },
    })
}

/// Prints a report and writes its page. Measuring is what was asked, so a missed goal is a failure only on demand.
fn give(report: &Report, output: &Output, out: &mut impl std::io::Write) -> anyhow::Result<i32> {
    show(report, output.json, output.page.as_deref(), out)?;
    Ok(i32::from(output.strict && !report.is_met()))
}

/// Writes the page of a report where one is wanted, and prints the report as text or JSON.
///
/// # Errors
/// When an output cannot be written.
pub(crate) fn show(
    report: &Report,
    json: bool,
    page: Option<&Path>,
    out: &mut impl std::io::Write,
) -> anyhow::Result<()> {
    if let Some(page) = page {
        write(page, &report.to_page())?;
    }
    let printed = if json {
        writeln!(out, "{}", report.to_json())
    } else {
        write!(out, "{}", report.to_text())
    };
    match printed {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        // A reader such as `head` has seen enough.
        _ => Ok(()),
    }
}

fn write(path: &Path, page: &str) -> anyhow::Result<()> {
    std::fs::write(path, page).with_context(|| format!("{}: cannot be written", path.display()))
}
