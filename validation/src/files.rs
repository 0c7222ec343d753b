//! Recordings on disk: the one place of the simulator that reads them. Files are opened and streamed, never held.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use gait::format::{ReadError, SourceFile, read_from};
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

/// The recordings a path stands for: itself, or those in a folder whose content is known. Of files that belong together
/// only the first is named.
///
/// # Errors
/// When a folder or one of its files cannot be read.
pub fn recordings(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    if !std::fs::metadata(lead_of(path)).map_err(io(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io(path))? {
        let file = entry.map_err(io(path))?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    let (mut found, mut companions) = (Vec::new(), HashSet::new());
    for file in files {
        let head = head(&file).map_err(io(&file))?;
        if gait::format::detect(&head.bytes, &head.name).is_some()
            && !companions.contains(&head.name)
        {
            companions.extend(gait::format::companions(&head));
            found.push(file);
        }
    }
    Ok(found)
}

/// The format of a file by its content; `None` when it is no recording or cannot be opened.
fn format_of(path: &Path) -> Option<Format> {
    let head = head(path).ok()?;
    gait::format::detect(&head.bytes, &head.name)
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

/// The first bytes of the recording at `path` (of its header, where that is a file of its own): enough for its format
/// and what its head says.
///
/// # Errors
/// When the file cannot be read.
pub fn head_of(path: &Path) -> io::Result<SourceFile> {
    head(&lead_of(path))
}

/// The start of a file: enough to tell its format and the files that belong to it.
fn head(path: &Path) -> io::Result<SourceFile> {
    let mut bytes = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut bytes)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(SourceFile {
        name: name.into_owned(),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    /// Two files of one F-Scan movie are one recording; a file of another kind is none.
    #[test]
    fn files_that_belong_together_are_listed_once() {
        let folder = tempfile::tempdir().unwrap();
        let movie = |foot: char| {
            format!(
                "DATA_TYPE MOVIE\nVERSION Tekscan 0\nFILENAME w{foot}.fsx\nROWS 1\nCOLS 1\nSENSEL_AREA 25 mm2\nSECONDS_PER_FRAME 0.02\nSTART_FRAME 1\nEND_FRAME 2\nUNITS KPa\nASCII_DATA @@\nFrame 1\n5\n\nFrame 2\n6\n"
            )
        };
        for (name, text) in [
            ("wL.asf", movie('L')),
            ("wR.asf", movie('R')),
            ("notes.txt", "none".to_owned()),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let found = recordings(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("wL.asf")]);
        let both = read(&folder.path().join("wR.asf"), None).unwrap();
        assert_eq!(
            (
                both.samples(),
                both.left.force.len(),
                both.right.force.len()
            ),
            (2, 2, 2)
        );
        std::fs::remove_file(folder.path().join("wR.asf")).unwrap();
        let alone = read(&found[0], None).unwrap_err().to_string();
        assert!(alone.contains("needs its signal file wR.asf"), "{alone}");
    }
}
