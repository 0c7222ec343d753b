//! `footing-sim generate`: synthetic recordings and the truth about them, as files.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use gait::Format;
use walker::export::{write_gaitpdb, write_moticon};
use walker::random::StreamKey;
use walker::scenario;
use walker::{Walk, simulate};

/// The file formats that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    /// Moticon text export, 16 sensors a foot.
    Moticon,
    /// gaitpdb text, 8 sensors a foot.
    Gaitpdb,
    /// Footing's own stream, one frame a line, 16 sensors a foot.
    Ndjson,
    /// The same as comma-separated columns.
    Csv,
    /// The same as Parquet columns.
    Parquet,
}

impl FileFormat {
    /// Sensor layout of the insoles that write it.
    const fn layout_id(self) -> &'static str {
        match self {
            Self::Gaitpdb => "gaitpdb-8",
            Self::Moticon | Self::Ndjson | Self::Csv | Self::Parquet => "moticon-16",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Moticon | Self::Gaitpdb => "txt",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    fn write(self, walk: &Walk, out: &mut BufWriter<std::fs::File>) -> anyhow::Result<()> {
        let mut stream = |format| gait::format::write(&walk.recording, format, out);
        match self {
            Self::Ndjson => stream(Format::StreamNdjson)?,
            Self::Csv => stream(Format::StreamCsv)?,
            Self::Parquet => stream(Format::StreamParquet)?,
            Self::Moticon => write_moticon(walk, out)?,
            Self::Gaitpdb => write_gaitpdb(walk, out)?,
        }
        Ok(())
    }
}

/// What to generate.
#[derive(Debug, Clone)]
pub struct Request {
    /// Name in the catalogue.
    pub scenario: String,
    /// Who and when.
    pub key: StreamKey,
    /// How many sessions, one a day from the key's.
    pub sessions: u32,
    /// How to write them.
    pub format: FileFormat,
    /// Where.
    pub folder: PathBuf,
}

/// Writes each session as `NAME.txt` (or the ending of its format) beside `NAME.truth.json`. Returns the recordings' paths.
///
/// # Errors
/// When the scenario is unknown or a file cannot be written.
pub fn run(request: &Request) -> anyhow::Result<Vec<PathBuf>> {
    let Some(scenario) = scenario::by_name(&request.scenario) else {
        let names: Vec<&str> = scenario::names().collect();
        anyhow::bail!("no scenario of that name; there are {}", names.join(", "));
    };
    std::fs::create_dir_all(&request.folder)?;
    let mut written = Vec::new();
    for offset in 0..request.sessions {
        let mut plan = scenario.plan(StreamKey {
            day: request.key.day + offset,
            ..request.key
        });
        request.format.layout_id().clone_into(&mut plan.layout_id);
        let walk = simulate(&plan)?;
        written.push(write(&walk, &plan.name, request)?);
    }
    Ok(written)
}

fn write(walk: &Walk, name: &str, request: &Request) -> anyhow::Result<PathBuf> {
    let path = request
        .folder
        .join(format!("{name}.{}", request.format.ending()));
    whole(&path, |out| request.format.write(walk, out))?;
    whole(&request.folder.join(format!("{name}.truth.json")), |out| {
        Ok(serde_json::to_writer_pretty(out, &walk.truth)?)
    })?;
    Ok(path)
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
