//! Recordings on disk: the one place of the simulator that reads them. Files are opened and streamed, never held.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use gait::format::{ReadError, read_from};
use gait::{Format, Recording};

use crate::report::Unreadable;

/// Bytes taken from a file at a time.
const BUFFER: usize = 1 << 16;
/// Bytes from which a format is told.
const HEAD: u64 = 8192;

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// Which path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The content is no recording.
    #[error("{path}: {source}")]
    Read {
        /// Which path.
        path: String,
        /// Where and why.
        source: ReadError,
    },
    /// Nothing to compare with.
    #[error("{path}: holds no {format} recording")]
    Nothing {
        /// Which path.
        path: String,
        /// What was sought.
        format: Format,
    },
}

fn io(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.display().to_string();
    move |source| FileError::Io { path, source }
}

fn open(path: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(BUFFER, File::open(path)?))
}

/// A file beside the leading one; `None` if there is none of this name.
fn beside(lead: &Path, name: &str) -> io::Result<Option<BufReader<File>>> {
    match open(&lead.with_file_name(name)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the recording at `path`: a file, with the files it names beside it. A WFDB recording may be
/// named by its header, by one of its signals, or without an ending.
///
/// # Errors
/// When a file cannot be read or is no recording.
pub fn read(path: &Path, format: Option<Format>) -> Result<Recording, FileError> {
    let lead = lead_of(path);
    let name = lead.file_name().unwrap_or_default().to_string_lossy();
    let file = open(&lead).map_err(io(&lead))?;
    let companion = |name: &str| beside(&lead, name);
    read_from(&name, file, companion, format).map_err(|source| FileError::Read {
        path: path.display().to_string(),
        source,
    })
}

/// The WFDB header beside a signal or an ending-less name; else the path itself.
fn lead_of(path: &Path) -> PathBuf {
    let signal = matches!(
        path.extension().and_then(|e| e.to_str()),
        Some("let" | "rit" | "dat")
    );
    let header = path.with_extension("hea");
    if (signal || !path.exists()) && header.exists() {
        header
    } else {
        path.to_owned()
    }
}

/// The recordings a path stands for: itself, or those in a folder whose content is known.
///
/// # Errors
/// When a folder cannot be listed.
pub fn recordings(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io(path))? {
        let file = entry.map_err(io(path))?.path();
        if file.is_file() && is_recording(&file) {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}

fn is_recording(path: &Path) -> bool {
    format_of(path).is_some()
}

/// The format of a file by its content; `None` when it is no recording or cannot be opened.
fn format_of(path: &Path) -> Option<Format> {
    let mut head = Vec::new();
    let file = File::open(path).ok()?;
    file.take(HEAD).read_to_end(&mut head).ok()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    gait::format::detect(&head, &name)
}

/// The recordings of one format in a folder.
#[derive(Debug)]
pub struct Found {
    /// Those that could be read, by path.
    pub readable: Vec<(PathBuf, Recording)>,
    /// Those that could not.
    pub unreadable: Vec<Unreadable>,
}

/// Reads every recording of a format in a folder (or the one file named); recordings of other formats are passed over,
/// and one that cannot be read does not stop the rest.
///
/// # Errors
/// When the folder cannot be listed or holds no recording of the format.
pub fn read_each(folder: &Path, format: Format) -> Result<Found, FileError> {
    let mut found = Found {
        readable: Vec::new(),
        unreadable: Vec::new(),
    };
    for path in recordings(folder)? {
        if format_of(&path) != Some(format) {
            continue;
        }
        match read(&path, Some(format)) {
            Ok(recording) => found.readable.push((path, recording)),
            Err(error) => found.unreadable.push(Unreadable {
                record: path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
                why: error.to_string(),
            }),
        }
    }
    if found.readable.is_empty() && found.unreadable.is_empty() {
        return Err(FileError::Nothing {
            path: folder.display().to_string(),
            format,
        });
    }
    Ok(found)
}

/// A file as text, bytes that are no UTF-8 replaced.
///
/// # Errors
/// When it cannot be read.
pub fn text(path: &Path) -> Result<String, FileError> {
    let bytes = std::fs::read(path).map_err(io(path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
