//! The wire contract on real recordings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;
#[path = "common/full.rs"]
mod full;
#[path = "common/synthetic.rs"]
mod synthetic;

use full::header;
use gait::{Options, analyze};

#[test]
fn every_real_recording_makes_a_sound_and_small_summary() {
    let Some(data) = common::recordings("every_real_recording_makes_a_sound_and_small_summary")
    else {
        return;
    };
    let files = [("gaitpdb", "txt"), ("gaitndd", "hea"), ("moticon", "txt")]
        .map(|(folder, ext)| common::with_extension(&data.join(folder), ext));
    let mut largest = 0;
    let about = [
        "format.txt",
        "demographics.txt",
        "subject-description.txt",
        "SHA256SUMS.txt",
    ];
    for path in files
        .iter()
        .flatten()
        .filter(|p| !about.iter().any(|name| p.ends_with(name)))
    {
        let recording = common::load(path);
        let mut header = header(1);
        header.device.layout_id = recording.layout_id.clone().unwrap_or("none".into());
        let s = analyze(&recording, &Options::default()).summary(header);
        assert_eq!(s.violations(), [], "{}", path.display());
        largest = largest.max(serde_json::to_vec(&s).unwrap().len());
    }
    println!("largest summary {largest} bytes");
    assert!(largest < 4096);
}
