//! The pages in a real browser: a demonstration clinic is lived through, then Chromium goes through the
//! journeys of `tests/browser/journeys.mjs` at the widths of a desk and a phone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::path::{Path, PathBuf};

use footing_simulator::demo;
use footing_tests::require::skip_or_fail;
use tokio::process::Command;

/// Days the clinic lives before the browser looks: enough for a trend, a pause and a dead push token.
const DAYS: u32 = 21;

/// Where a program stands on this machine.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_find_their_way_in_a_real_browser() {
    const NAME: &str = "people_find_their_way_in_a_real_browser";
    let Some(chromium) = program(&["chromium", "chromium-browser", "google-chrome"]) else {
        skip_or_fail(NAME, "Chromium");
        return;
    };
    let Some(node) = program(&["node", "nodejs"]) else {
        skip_or_fail(NAME, "Node.js");
        return;
    };
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    if !scripts.join("node_modules/playwright-core").is_dir() {
        skip_or_fail(NAME, "playwright-core (npm ci in tests/browser)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let request = demo::Request {
        listen: "127.0.0.1:0".parse().unwrap(),
        folder: folder.path().join("demo"),
        seed: 1,
        days: DAYS,
    };
    let demo = demo::live(&request).await.expect("the clinic lives");
    // Kept after the test, so that a person can look at them.
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    let output = Command::new(node)
        .arg(scripts.join("journeys.mjs"))
        .args([&demo.clinician_link, &demo.patient_link])
        .arg(&pictures)
        .env("FOOTING_CHROMIUM", chromium)
        .kill_on_drop(true)
        .output()
        .await
        .expect("node starts");
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{said}{complained}pictures: {}",
        pictures.display()
    );
    demo.running.stop().await;
    demo.gateway.stop();
}
