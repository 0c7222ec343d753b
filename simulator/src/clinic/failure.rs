//! A failure as a file: everything it takes to see it again, and what was seen.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::checker::Finding;
use super::engine::{Order, Outcome, in_process};

/// Version of the file.
const FORMAT: u32 = 1;

/// A failure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// Version of the file.
    format: u32,
    /// Version of Footing that failed.
    footing: String,
    /// What was run.
    pub(crate) order: Order,
    /// What was broken.
    pub(crate) findings: Vec<Finding>,
    /// Of the event log.
    pub(crate) events_hash: String,
}

impl Failure {
    /// Of a run that broke something.
    pub fn of(order: &Order, outcome: &Outcome) -> Self {
        Self {
            format: FORMAT,
            footing: env!("CARGO_PKG_VERSION").to_owned(),
            order: order.clone(),
            findings: outcome.findings.clone(),
            events_hash: outcome.events_hash.clone(),
        }
    }

    /// Writes `failure-<seed>.json` into a folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let path = folder.join(format!("failure-{}.json", self.order.seed));
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(&path, text + "\n").with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it cannot be read, or another version of Footing wrote it in another form.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let failure: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no failure of this version", path.display()))?;
        anyhow::ensure!(
            failure.format == FORMAT,
            "{} has format {}, and this version reads {FORMAT}",
            path.display(),
            failure.format
        );
        Ok(failure)
    }

    /// Runs it again.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn replay(&self) -> anyhow::Result<Outcome> {
        in_process(&self.order, None, Box::new(|_| {}))
    }
}
