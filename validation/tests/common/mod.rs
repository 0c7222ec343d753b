//! Finds the public recordings, which stay outside the repository.
#![allow(unreachable_pub, reason = "shared by several test programs")]
#![allow(
    clippy::panic,
    reason = "test support: a failure here is a test failure"
)]

use std::path::{Path, PathBuf};

/// A set of recordings, or `None` after saying that `test` is skipped. With `FOOTING_REQUIRE_ALL=1` it must exist.
pub fn recordings(test: &str, set: &str) -> Option<PathBuf> {
    let fallback = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("FOOTING_TEST_DATA").map_or_else(fallback, PathBuf::from);
    let folder = folder.join(set);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("FOOTING_REQUIRE_ALL").is_none_or(|v| v != "1"),
        "{test}: recordings not found"
    );
    eprintln!("SKIPPED {test}: recordings not found");
    None
}
