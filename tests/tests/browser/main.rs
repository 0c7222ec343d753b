//! The pages in a real browser: a demonstration clinic is lived through, then Chromium goes through the
//! journeys of `tests/browser/*.mjs` at the widths of a desk, a tablet and a phone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use footing_simulator::demo;
use footing_tests::crowd;
use footing_tests::require::skip_or_fail;
use tokio::process::Command;

/// Days the clinic lives before the browser looks: enough for a trend, a pause and a dead push token.
const DAYS: u32 = 21;

/// The scripts that live in the demonstration as it is, in this order; each may change it for the next.
const JOURNEYS: [&str; 7] = [
    "journeys.mjs",
    "course.mjs",
    "plan.mjs",
    "talk.mjs",
    "phone.mjs",
    "money.mjs",
    "desk.mjs",
];

/// Where a program stands on this machine.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

/// Patients of a colleague, so many that their list is long.
const CROWD: u32 = 2_000;

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
    let session = folder.path().join("session.json");
    let run = async |script: &str, arguments: [&OsStr; 4]| {
        let output = Command::new(&node)
            .arg(scripts.join(script))
            .args(arguments)
            .env("FOOTING_CHROMIUM", &chromium)
            .kill_on_drop(true)
            .output()
            .await
            .expect("node starts");
        println!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(
            output.status.success(),
            "{}pictures: {}",
            String::from_utf8_lossy(&output.stderr),
            pictures.display()
        );
    };
    let [clinician, patient] = [&demo.clinician_link, &demo.patient_link].map(OsStr::new);
    let arguments = [clinician, patient, pictures.as_ref(), session.as_ref()];
    for script in JOURNEYS {
        run(script, arguments).await;
    }
    crowd::add(&request.folder.join("footing.db"), CROWD).expect("the crowd");
    run("many.mjs", arguments).await;
    demo.running.stop().await;
    demo.gateway.stop();
}
