//! `footing-sim generate`: synthetic recordings and the truth about them, as files.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use gait::Format;
use serde_json::{Value, json};
use walker::export::{ExportError, gaitndd_files, write_gaitpdb, write_moticon};
use walker::plan::WalkPlan;
use walker::random::StreamKey;
use walker::scenario::{self, Scenario};
use walker::{Walk, simulate};

use crate::out::{self, Usage};

/// Under the help of the command.
pub const HELP: &str = "\
Formats that are read and not written, because a walker does not know what stands in them:
  forceplates   shear forces of quiet standing on two plates; walkers bear vertical load only
  pedar         99 sensors whose places the maker does not publish
  fscan         a matrix of some thousand cells; walkers press on 8 or 16 sensors
gaitndd is written as a recorder by wire has it: 300 Hz, total force in steps of 2 N, nothing lost.
What a format cannot say (gaitndd: a battery that ends) is named and left out.";

/// What to generate.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Kind of walker; `list` shows them
    #[arg(long)]
    scenario: String,
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Seed of everything
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the person
    #[arg(long, default_value_t = 0)]
    person: u64,
    /// Sessions, one a day, 1 to 1000
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    sessions: u32,
    /// File format; `all` writes NAME.FORMAT.* in each
    #[arg(long, value_enum, default_value = "moticon")]
    format: Wanted,
    /// One JSON object a line: each recording with its files
    #[arg(long)]
    json: bool,
}

/// One format, or each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Wanted {
    /// Moticon text export, 16 sensors a foot
    Moticon,
    /// gaitpdb text, 8 sensors a foot
    Gaitpdb,
    /// gaitndd: WFDB header and signals, total force of a foot in converter steps
    Gaitndd,
    /// Footing's own stream, one frame a line, 16 sensors a foot
    Ndjson,
    /// The same as comma-separated columns
    Csv,
    /// The same as Parquet columns
    Parquet,
    /// Each of these
    All,
}

impl Wanted {
    fn formats(self) -> Vec<Format> {
        match self {
            Self::Moticon => vec![Format::MoticonText],
            Self::Gaitpdb => vec![Format::GaitPdb],
            Self::Gaitndd => vec![Format::GaitNdd],
            Self::Ndjson => vec![Format::StreamNdjson],
            Self::Csv => vec![Format::StreamCsv],
            Self::Parquet => vec![Format::StreamParquet],
            Self::All => vec![
                Format::MoticonText,
                Format::GaitPdb,
                Format::GaitNdd,
                Format::StreamNdjson,
                Format::StreamCsv,
                Format::StreamParquet,
            ],
        }
    }
}

/// The device that records in a format: a recorder by wire loses nothing on a link and has one clock.
fn worn(mut plan: WalkPlan, format: Format) -> WalkPlan {
    let layout = match format {
        Format::GaitPdb | Format::GaitNdd => "gaitpdb-8",
        _ => "moticon-16",
    };
    layout.clone_into(&mut plan.layout_id);
    if format == Format::GaitNdd {
        plan.sampling_hz = 300.0;
        plan.faults.loss = None;
        plan.faults.clocks = None;
        plan.faults.duplicated = 0.0;
        plan.faults.reordered = 0.0;
    }
    plan
}

/// Writes each session as `NAME.txt` (or the endings of its format) beside `NAME.truth.json`, and prints what was written.
/// The exit code is 1 when nothing could be.
///
/// # Errors
/// When the scenario is unknown or a file cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    if arguments.scenario == "list" {
        return list(arguments.json);
    }
    let Some(scenario) = scenario::by_name(&arguments.scenario) else {
        let names: Vec<&str> = scenario::names().collect();
        let text = format!("no scenario of that name; there are {}", names.join(", "));
        return Err(Usage::error(text));
    };
    std::fs::create_dir_all(&arguments.out)?;
    let mut written = 0;
    for day in 0..arguments.sessions {
        for format in arguments.format.formats() {
            written += u32::from(session(scenario, day, format, arguments)?);
        }
    }
    Ok(i32::from(written == 0))
}

fn list(json: bool) -> anyhow::Result<i32> {
    for scenario in scenario::all() {
        out::line(&if json {
            json!({"name": scenario.name, "about": scenario.about}).to_string()
        } else {
            format!("{:<12} {}", scenario.name, scenario.about)
        })?;
    }
    Ok(0)
}

/// One session in one format; whether the format can say it.
fn session(
    scenario: &Scenario,
    day: u32,
    format: Format,
    arguments: &Arguments,
) -> anyhow::Result<bool> {
    let key = StreamKey {
        seed: arguments.seed,
        patient: arguments.person,
        day,
        session: 0,
    };
    let plan = worn(scenario.plan(key), format);
    let walk = simulate(&plan)?;
    let name = match arguments.format {
        Wanted::All => format!("{}.{format}", plan.name),
        _ => plan.name.clone(),
    };
    let files = match write(&walk, &name, format, &arguments.out) {
        Err(error) if matches!(error.downcast_ref(), Some(ExportError::Lost)) => {
            out::complain(&format!("{name}: not written as {format}: {error}"));
            return Ok(false);
        }
        files => files?,
    };
    let truth = arguments.out.join(format!("{name}.truth.json"));
    whole(&truth, |out| {
        Ok(serde_json::to_writer_pretty(out, &walk.truth)?)
    })?;
    tell(scenario, day, format, &files, &truth, arguments.json)?;
    Ok(true)
}

/// Writes the files of a recording; the first is the one to read.
fn write(walk: &Walk, name: &str, format: Format, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if format == Format::GaitNdd {
        let files = gaitndd_files(walk, name)?;
        let mut written = Vec::new();
        for (ending, bytes) in files.parts() {
            let path = folder.join(format!("{name}.{ending}"));
            whole(&path, |out| Ok(out.write_all(bytes)?))?;
            written.insert(0, path);
        }
        return Ok(written);
    }
    let path = folder.join(match format {
        Format::MoticonText | Format::GaitPdb => format!("{name}.txt"),
        // Such a file is called by its format already.
        stream => format!("{}.{stream}", name.trim_end_matches(&format!(".{stream}"))),
    });
    whole(&path, |out| {
        match format {
            Format::MoticonText => write_moticon(walk, out)?,
            Format::GaitPdb => write_gaitpdb(walk, out)?,
            stream => gait::format::write(&walk.recording, stream, out)?,
        }
        Ok(())
    })?;
    Ok(vec![path])
}

fn tell(
    scenario: &Scenario,
    day: u32,
    format: Format,
    files: &[PathBuf],
    truth: &Path,
    json: bool,
) -> anyhow::Result<()> {
    let shown = |path: &Path| Value::from(path.display().to_string());
    let Some(recording) = files.first() else {
        return Ok(());
    };
    if !json {
        return out::line(&recording.display().to_string());
    }
    let all: Vec<Value> = files.iter().map(|path| shown(path)).collect();
    out::line(
        &json!({
            "scenario": scenario.name, "day": day, "format": format, "recording": shown(recording),
            "files": all, "truth": shown(truth),
        })
        .to_string(),
    )
}

/// A file appears whole or not at all.
fn whole(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<std::fs::File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let partial = path.with_extension("partial");
    let mut out = BufWriter::new(std::fs::File::create(&partial)?);
    fill(&mut out)?;
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    std::fs::rename(&partial, path)?;
    Ok(())
}
