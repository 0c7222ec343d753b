//! Footing's own stream: one table of sensors, motion and clocks of both feet, in three spellings (NDJSON, CSV, Parquet)
//! that hold the same columns. `docs/FORMATS.md` describes it for makers of insoles.

mod assemble;
#[cfg(feature = "parquet")]
mod parquet;
mod row;
mod schema;
mod text;
mod track;
mod write;

use std::io::{self, BufRead, Write};

use thiserror::Error;

use super::ReadError;
use super::lines::Text;
use crate::recording::{Format, Recording};

/// Version of the table that is read and written.
const VERSION: u32 = 1;
/// How the CSV spelling starts.
const CSV_MARK: &str = "# footing-stream ";
/// Key that marks the first line of the NDJSON spelling, and the metadata of the Parquet spelling.
const KEY: &str = "footing_stream";

/// The spelling, if these bytes start one.
pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line = head.split(|&b| b == b'\n').next().unwrap_or(head);
    let quoted = format!("\"{KEY}\"");
    let names_key = || {
        line.windows(quoted.len())
            .any(|part| part == quoted.as_bytes())
    };
    if head.starts_with(CSV_MARK.as_bytes()) {
        Some(Format::StreamCsv)
    } else if head.starts_with(b"PAR1") {
        Some(Format::StreamParquet)
    } else if line.starts_with(b"{") && names_key() {
        Some(Format::StreamNdjson)
    } else {
        None
    }
}

pub(super) fn read<R: BufRead>(text: Text<R>, format: Format) -> Result<Recording, ReadError> {
    match format {
        Format::StreamNdjson => text::read_ndjson(text),
        Format::StreamCsv => text::read_csv(text),
        _ => read_parquet(text),
    }
}

#[cfg(feature = "parquet")]
fn read_parquet<R: BufRead>(text: Text<R>) -> Result<Recording, ReadError> {
    parquet::read(text)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet<R: BufRead>(text: Text<R>) -> Result<Recording, ReadError> {
    Err(text.broken_file("is Parquet, which this program was built without"))
}

/// Why a recording could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// Only the spellings of Footing's own stream are written.
    #[error("recordings are written as ndjson, csv or parquet, not as {0}")]
    NotAStream(Format),
    /// The Parquet spelling is not built in.
    #[error("this program was built without Parquet")]
    NoParquet,
    /// The recording has a number of sensors, motion or centre values that does not fit its samples.
    #[error("the {0} foot has columns of different lengths")]
    Uneven(crate::recording::Side),
    /// The destination failed.
    #[error("could not write the recording: {0}")]
    Io(#[from] io::Error),
}

/// Writes a recording in one of the spellings of Footing's own stream. Reading it gives the same signals, missing
/// samples, arrivals and layout again; step marks and issues are not part of the stream, and samples that are missing
/// on both feet at the very start are left out.
///
/// # Errors
/// [`WriteError`] for another format, a recording whose columns differ in length, or a destination that fails.
pub fn write(
    recording: &Recording,
    format: Format,
    out: &mut (impl Write + Send),
) -> Result<(), WriteError> {
    match format {
        Format::StreamNdjson | Format::StreamCsv => write::text(recording, format, out),
        Format::StreamParquet => write_parquet(recording, out),
        other => Err(WriteError::NotAStream(other)),
    }
}

#[cfg(feature = "parquet")]
fn write_parquet(recording: &Recording, out: &mut (impl Write + Send)) -> Result<(), WriteError> {
    parquet::write(recording, out)
}

#[cfg(not(feature = "parquet"))]
fn write_parquet(_: &Recording, _: &mut (impl Write + Send)) -> Result<(), WriteError> {
    Err(WriteError::NoParquet)
}
