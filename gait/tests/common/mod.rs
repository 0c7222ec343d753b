//! Finds the public recordings, which stay outside the repository.
#![allow(unreachable_pub, reason = "shared by several test programs")]
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: a failure here is a test failure"
)]

use std::path::{Path, PathBuf};

use gait::Recording;
use gait::format::{SourceFile, companions, read};

/// The folder of recordings, or `None` after saying that `test` is skipped. With `FOOTING_REQUIRE_ALL=1` it must exist.
pub fn recordings(test: &str) -> Option<PathBuf> {
    let fallback = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("FOOTING_TEST_DATA").map_or_else(fallback, PathBuf::from);
    if folder.join("reference").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("FOOTING_REQUIRE_ALL").is_none_or(|v| v != "1"),
        "{test}: recordings not found"
    );
    eprintln!("SKIPPED {test}: recordings not found");
    None
}

/// A file with its name.
pub fn file(path: &Path) -> SourceFile {
    SourceFile {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: std::fs::read(path).unwrap(),
    }
}

/// A recording with the companions its header names.
pub fn load(path: &Path) -> Recording {
    let lead = file(path);
    let beside = companions(&lead);
    let mut files = vec![lead];
    files.extend(beside.iter().map(|name| file(&path.with_file_name(name))));
    read(&files, None).unwrap_or_else(|e| panic!("{e}"))
}

/// Files of a folder with an extension, sorted.
pub fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

/// Rows of a CSV file by column name.
pub struct Csv {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Csv {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text
            .lines()
            .map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
        Self {
            header: lines.next().unwrap(),
            rows: lines.collect(),
        }
    }

    /// The number in the row whose first cell is `key`.
    pub fn number(&self, key: &str, column: &str) -> f64 {
        let index = self
            .header
            .iter()
            .position(|h| h == column)
            .unwrap_or_else(|| panic!("no column {column}"));
        let row = self
            .rows
            .iter()
            .find(|r| r.first().is_some_and(|k| k == key))
            .unwrap_or_else(|| panic!("no row {key}"));
        row[index].parse().unwrap_or(f64::NAN)
    }
}

/// Quantile by nearest rank.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * p).round() as usize]
}

pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn sd(values: &[f64]) -> f64 {
    let m = mean(values);
    (values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}
