//! What a shell and a reader want of the command line: completions, and a manual page of each command.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

use crate::out;

/// The name the commands are called by.
const NAME: &str = "footing-sim";

/// Writes the completions for a shell.
///
/// # Errors
/// When they cannot be written.
pub fn completions(mut command: Command, shell: Shell, mut to: impl Write) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, NAME, &mut script);
    out::told(to.write_all(&script))
}

/// Writes the manual pages of the command and of each of its commands into a folder, which is made where it is missing.
///
/// # Errors
/// When the folder or a page cannot be written.
pub fn pages(command: Command, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    clap_mangen::generate_to(command, folder).with_context(|| folder.display().to_string())?;
    out::line(&format!("Manual pages are in {}", folder.display()))
}
