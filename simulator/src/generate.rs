//! `footing-sim generate`: synthetic recordings and the truth about them, as files.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

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

/// Writes each session as `NAME.txt` beside `NAME.truth.json`. Returns the recordings' paths.
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
        plan.layout_id = match request.format {
            FileFormat::Moticon => "moticon-16",
            FileFormat::Gaitpdb => "gaitpdb-8",
        }
        .to_owned();
        let walk = simulate(&plan)?;
        written.push(write(&walk, &plan.name, request)?);
    }
    Ok(written)
}

fn write(walk: &Walk, name: &str, request: &Request) -> anyhow::Result<PathBuf> {
    let path = request.folder.join(format!("{name}.txt"));
    whole(&path, |out| {
        match request.format {
            FileFormat::Moticon => write_moticon(walk, out)?,
            FileFormat::Gaitpdb => write_gaitpdb(walk, out)?,
        }
        Ok(())
    })?;
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
