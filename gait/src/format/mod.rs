//! Readers: bytes to a [`Recording`] plus issues. A foreign or damaged file is a typed error that names the place and
//! the rule; a readable file with faults becomes a recording that says so.

mod columns;
mod forceplates;
mod fscan;
mod gaitndd;
mod gaitpdb;
mod gaps;
mod grid;
mod lines;
mod moticon;
mod number;
mod pedar;
mod rows;
mod stream;

use std::fmt;
use std::io::{self, BufRead, Cursor, Read};

use thiserror::Error;

use crate::recording::{Format, Recording};
use lines::Text;
pub use stream::{WriteError, write};

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
        "{file}: not a known recording format (Footing stream, gaitpdb text, WFDB header, Moticon or Pedar text export, F-Scan movie, force plates)"
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
    /// The file could not be read to its end.
    #[error("{file}: {reason}")]
    Source {
        /// File name.
        file: String,
        /// What the source said.
        reason: String,
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

    fn source(file: &str, error: &io::Error) -> Self {
        Self::Source {
            file: shown(file),
            reason: error.to_string(),
        }
    }
}

/// Bytes from which a format is told.
const HEAD: u64 = 8192;

/// The format of a file, told by its content (the first 8 KiB are enough); `None` for anything foreign, signal files
/// of WFDB records included (they carry no mark of their own: give their header).
#[must_use]
pub fn detect(bytes: &[u8], _name: &str) -> Option<Format> {
    let head = bytes.get(..bytes.len().min(HEAD as usize)).unwrap_or(bytes);
    type LooksLike = fn(&[u8]) -> bool;
    let known: [(Format, LooksLike); 6] = [
        (Format::MoticonText, moticon::looks_like),
        (Format::Pedar, pedar::looks_like),
        (Format::FScan, fscan::looks_like),
        (Format::ForcePlates, forceplates::looks_like),
        (Format::GaitNdd, gaitndd::looks_like),
        (Format::GaitPdb, gaitpdb::looks_like),
    ];
    let told = known.into_iter().find(|(_, looks_like)| looks_like(head));
    stream::detect(head).or(told.map(|(format, _)| format))
}

/// Names of the further files that must be loaded from the same folder: the signal files a WFDB header names, the other
/// foot's file of an F-Scan movie. Empty for every other file, and for a header that breaks its rules ([`read`] then
/// says why). The head of the file is enough.
#[must_use]
pub fn companions(file: &SourceFile) -> Vec<String> {
    match detect(&file.bytes, &file.name) {
        Some(Format::GaitNdd) => gaitndd::companions(file),
        Some(Format::FScan) => fscan::companion(&file.name).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Reads one recording from files in memory. With several files the first of a known format leads; the others are its
/// companions. [`read_from`] does the same without holding the text.
///
/// # Errors
/// [`ReadError`] when no file is of a known format (or of the demanded one), a companion is missing, or a rule of the
/// format is broken.
pub fn read(files: &[SourceFile], demanded: Option<Format>) -> Result<Recording, ReadError> {
    let first = files.first().ok_or(ReadError::NoFile)?;
    let known = |file: &&SourceFile| detect(&file.bytes, &file.name).is_some();
    let lead = files.iter().find(known).unwrap_or(first);
    let open = |name: &str| {
        let found = files.iter().find(|file| base_name(&file.name) == name);
        Ok(found.map(|file| file.bytes.as_slice()))
    };
    read_from(&lead.name, lead.bytes.as_slice(), open, demanded)
}

/// Reads one recording from a stream of bytes: text is never held, memory is that of the decoded columns. (Parquet keeps
/// its table of contents at the end, so such a file is taken in whole.) `open` opens a companion by name from the same
/// folder, `None` when there is none of that name; see [`companions`].
///
/// # Errors
/// [`ReadError`] as of [`read`], and [`ReadError::Source`] when the source fails.
pub fn read_from<R: BufRead>(
    name: &str,
    mut reader: R,
    mut open: impl FnMut(&str) -> io::Result<Option<R>>,
    demanded: Option<Format>,
) -> Result<Recording, ReadError> {
    let mut head = Vec::new();
    let read = Read::take(&mut reader, HEAD).read_to_end(&mut head);
    read.map_err(|error| ReadError::source(name, &error))?;
    let format =
        detect(&head, name).ok_or_else(|| ReadError::UnknownFormat { file: shown(name) })?;
    if let Some(wanted) = demanded.filter(|wanted| *wanted != format) {
        let rule = format!("is a {format} file, not {wanted}");
        return Err(ReadError::broken(name, Place::File, rule));
    }
    let mut open = |companion: &str| match open(companion) {
        Ok(Some(reader)) => Ok(Cursor::new(Vec::new()).chain(reader)),
        Ok(None) => Err(ReadError::MissingCompanion {
            file: shown(name),
            companion: shown(companion),
        }),
        Err(error) => Err(ReadError::source(companion, &error)),
    };
    let text = Text::new(name, Cursor::new(head).chain(reader));
    match format {
        Format::GaitPdb => gaitpdb::read(text),
        Format::GaitNdd => gaitndd::read(text, &mut open),
        Format::MoticonText => moticon::read(text),
        Format::Pedar => pedar::read(text),
        Format::FScan => fscan::read(text, &mut open),
        Format::ForcePlates => forceplates::read(text),
        Format::StreamNdjson | Format::StreamCsv | Format::StreamParquet => {
            stream::read(text, format)
        }
        Format::Simulated => Err(ReadError::UnknownFormat { file: shown(name) }),
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
