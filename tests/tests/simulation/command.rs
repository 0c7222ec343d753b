//! `footing-sim clinic`, as a person or a script meets it.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_footing-sim-under-test"));
    command.arg("clinic").args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// Standard output.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error.
pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What `run --json` says of each seed; the run must have come to its end, whatever it found.
pub(crate) fn seeds(arguments: &[&str]) -> Vec<Value> {
    let arguments = [
        &["run", "--json", "--no-shrink", "--failures", failures()],
        arguments,
    ]
    .concat();
    lines(&run(&arguments))
}

/// The JSON lines of an output.
pub(crate) fn lines(output: &Output) -> Vec<Value> {
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        err(output)
    );
    let text = out(output);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Where failures go: they are kept beside what was built.
pub(crate) fn failures() -> &'static str {
    concat!(env!("CARGO_TARGET_TMPDIR"), "/failures")
}
