//! `footing check`: looks through the whole database.

use clap::Command;

use super::{FAILED, Failure};
use crate::config::Config;

pub(super) fn command() -> Command {
    Command::new("check").about(
        "Look through the whole SQLite database, also beside a running server, and say what is damaged",
    )
}

pub(super) fn database(config: &Config) -> Result<(), Failure> {
    let found = config.database_url.check()?;
    if found.is_empty() {
        println!("The database is whole.");
        return Ok(());
    }
    let text = format!(
        "the database is damaged; docs/OPERATIONS.md, Backup and restore\n  {}",
        found.join("\n  ")
    );
    Err(Failure(FAILED, text))
}
