//! What commands say on standard output, and the code they end with.

use std::io::{self, ErrorKind, Write};

/// Under the help of each command.
pub const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 failed or a goal was missed, 2 wrong usage.\nNO_COLOR is respected.";

/// Whoever read the output has seen enough, as `head` has.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
struct ReaderGone;

/// Arguments that are well formed and still make no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

impl Usage {
    /// As an error of a command.
    pub fn error(text: impl Into<String>) -> anyhow::Error {
        Self(text.into()).into()
    }
}

/// Prints a line at once.
///
/// # Errors
/// When standard output cannot be written; [`exit_code`] tells a reader that went from a failure.
pub fn line(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    told(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// The outcome of writing to standard output, a reader that went told from a failure.
///
/// # Errors
/// As it came.
pub fn told(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

/// What a command that ended like this gives its caller; why it failed goes to standard error.
pub fn exit_code(outcome: anyhow::Result<i32>) -> i32 {
    match outcome {
        Ok(code) => code,
        Err(error) if is_reader_gone(&error) => 0,
        Err(error) => {
            complain(&format!("{error:#}"));
            if error.is::<Usage>() { 2 } else { 1 }
        }
    }
}

/// Whether nobody reads what is printed any more: told by [`told`], or as the system says it.
fn is_reader_gone(error: &anyhow::Error) -> bool {
    let of_system = error.downcast_ref::<io::Error>();
    error.is::<ReaderGone>() || of_system.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Says what is wrong on standard error.
pub fn complain(text: &str) {
    // Nobody reads it, and nobody can be told so.
    let _ = writeln!(io::stderr().lock(), "footing-sim: {text}");
}
