//! Readers: bytes to a [`Recording`] plus issues. A foreign or damaged file is a typed error that names the place and
//! the rule; a readable file with faults becomes a recording that says so.

mod gaitndd;
mod gaitpdb;
mod gaps;
mod grid;
mod lines;
mod moticon;

use std::fmt;

use thiserror::Error;

use crate::recording::{Format, Recording};

/// A file in memory. Only the last part of the name matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// File name.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Where in a file a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One-based line.
    Line(usize),
    /// Zero-based byte offset.
    Byte(usize),
    /// The file as a whole.
    File,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Byte(byte) => write!(f, ", byte {byte}"),
            Self::File => Ok(()),
        }
    }
}

/// Why files could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// No file was given.
    #[error("no file was given")]
    NoFile,
    /// The content is of no known format.
    #[error(
        "{file}: not a known recording format (gaitpdb text, WFDB header, Moticon text export)"
    )]
    UnknownFormat {
        /// File name.
        file: String,
    },
    /// A signal file that the header names was not given.
    #[error("{file}: needs its signal file {companion}")]
    MissingCompanion {
        /// The header.
        file: String,
        /// The file it names.
        companion: String,
    },
    /// The file breaks a rule of its format.
    #[error("{file}{place}: {rule}")]
    Broken {
        /// File name.
        file: String,
        /// Where.
        place: Place,
        /// The rule that does not hold.
        rule: String,
    },
}

impl ReadError {
    pub(crate) fn broken(file: &str, place: Place, rule: impl Into<String>) -> Self {
        Self::Broken {
            file: shown(file),
            place,
            rule: rule.into(),
        }
    }
}

/// The format of a file, told by its content; `None` for anything foreign, signal files of WFDB records included
/// (they carry no mark of their own: give their header).
#[must_use]
pub fn detect(bytes: &[u8], _name: &str) -> Option<Format> {
    let head = bytes.get(..bytes.len().min(8192)).unwrap_or_default();
    if moticon::looks_like(head) {
        Some(Format::MoticonText)
    } else if gaitndd::looks_like(head) {
        Some(Format::GaitNdd)
    } else if gaitpdb::looks_like(head) {
        Some(Format::GaitPdb)
    } else {
        None
    }
}

/// Names of the further files that must be loaded from the same folder: the signal files a WFDB header names.
/// Empty for every other file, and for a header that breaks its rules ([`read`] then says why).
#[must_use]
pub fn companions(file: &SourceFile) -> Vec<String> {
    if detect(&file.bytes, &file.name) == Some(Format::GaitNdd) {
        gaitndd::companions(file)
    } else {
        Vec::new()
    }
}

/// Reads one recording. With several files the first of a known format leads; the others are its companions.
///
/// # Errors
/// [`ReadError`] when no file is of a known format (or of the demanded one), a companion is missing, or a rule of the
/// format is broken.
pub fn read(files: &[SourceFile], demanded: Option<Format>) -> Result<Recording, ReadError> {
    let first = files.first().ok_or(ReadError::NoFile)?;
    let lead = files
        .iter()
        .find_map(|file| detect(&file.bytes, &file.name).map(|format| (file, format)));
    let (file, format) = match (lead, demanded) {
        (Some((file, found)), Some(wanted)) if found != wanted => {
            let rule = format!("is a {found} file, not {wanted}");
            return Err(ReadError::broken(&file.name, Place::File, rule));
        }
        (Some(lead), _) => lead,
        (None, _) => {
            return Err(ReadError::UnknownFormat {
                file: shown(&first.name),
            });
        }
    };
    match format {
        Format::GaitPdb => gaitpdb::read(file),
        Format::GaitNdd => gaitndd::read(file, files),
        Format::MoticonText => moticon::read(file),
        Format::Pedar
        | Format::FScan
        | Format::ForcePlates
        | Format::StreamNdjson
        | Format::StreamCsv
        | Format::StreamParquet
        | Format::Simulated => Err(ReadError::UnknownFormat {
            file: shown(&file.name),
        }),
    }
}

/// A name fit for a message: last path part, no control characters, at most 80 characters.
fn shown(name: &str) -> String {
    base_name(name)
        .chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect()
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The recording's name: file name without its last extension.
fn stem(name: &str) -> String {
    let base = shown(name);
    base.rsplit_once('.')
        .map_or_else(|| base.clone(), |(stem, _)| stem.to_owned())
}
