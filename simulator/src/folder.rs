//! A temporary folder that goes with the command.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// A folder of this process among the temporary files, removed when it is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A fresh one, named after the command.
    ///
    /// # Errors
    /// When it exists or cannot be made.
    pub fn new(command: &str) -> anyhow::Result<Self> {
        let name = format!("footing-{command}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left for the machine's own tidying.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
