//! Real recordings, end to end: file, events, summary, HTTP, stored, score and observations on the
//! clinician's page. And what `footing-sim` promises on its command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod cli;
mod end_to_end;
mod validate;

use std::path::PathBuf;
use std::process::Output;

use footing_tests::require::skip_or_fail;
use tokio::process::Command;

/// The folder of the recordings, or none with the test skipped by name.
fn recordings(test: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("FOOTING_TEST_DATA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    skip_or_fail(test, "recordings");
    None
}

/// Runs `footing-sim` to its end.
async fn footing_sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_footing-sim-under-test"))
        .args(arguments)
        .output()
        .await
        .expect("footing-sim starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
