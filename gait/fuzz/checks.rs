//! What must hold for any bytes: one entry per reader, and one for the whole pipeline. Fuzzing runs these without end,
//! `tests/format_corpus.rs` runs them on the kept inputs.
#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a broken rule must stop the fuzzer"
)]

use gait::format::{SourceFile, companions, read, write};
use gait::{Format, Options, Recording, Side, analyze};

/// Every target by name.
pub(crate) const TARGETS: [&str; 10] = [
    "gaitpdb",
    "gaitndd",
    "moticon",
    "pedar",
    "fscan",
    "forceplates",
    "ndjson",
    "csv",
    "parquet",
    "steps_pipeline",
];

/// Longest input, bytes: the rules on losses bound the memory a byte can ask for, not the time of a fuzzer.
const MAX_BYTES: usize = 1 << 17;

/// Runs the check of a target on an input.
pub(crate) fn run(target: &str, bytes: &[u8]) {
    let bytes = bytes.get(..MAX_BYTES).unwrap_or(bytes);
    let (demanded, files) = files(target, bytes);
    let Ok(recording) = read(&files, demanded) else {
        return;
    };
    sound(&recording);
    match target {
        "steps_pipeline" => pipeline(&recording),
        "ndjson" | "csv" | "parquet" => round_trip(&recording),
        _ => {}
    }
}

/// Whether an input is a recording.
#[allow(dead_code, reason = "the fuzz targets have no use for it")]
pub(crate) fn reads(target: &str, bytes: &[u8]) -> bool {
    let (demanded, files) = files(target, bytes);
    read(&files, demanded).is_ok()
}

/// The files an input stands for. Formats of several files hold them one after the other, each before a line of two
/// percent signs.
fn files(target: &str, bytes: &[u8]) -> (Option<Format>, Vec<SourceFile>) {
    let file = |name: &str, bytes: &[u8]| SourceFile {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    };
    match target {
        "gaitndd" => {
            let [header, left, right] = parts(bytes);
            let files = vec![
                file("a.hea", header),
                file("a.let", left),
                file("a.rit", right),
            ];
            let _ = companions(&files[0]);
            (Some(Format::GaitNdd), files)
        }
        "fscan" => {
            let [left, right, _] = parts(bytes);
            (
                Some(Format::FScan),
                vec![file("aL.asf", left), file("aR.asf", right)],
            )
        }
        _ => (None, vec![file("a.txt", bytes)]),
    }
}

fn parts(bytes: &[u8]) -> [&[u8]; 3] {
    const MARK: &[u8] = b"%%\n";
    let cut = |bytes: &'_ [u8]| bytes.windows(MARK.len()).position(|part| part == MARK);
    let split = |bytes| match cut(bytes) {
        Some(at) => (&bytes[..at], &bytes[at + MARK.len()..]),
        None => (bytes, &bytes[bytes.len()..]),
    };
    let (first, rest) = split(bytes);
    let (second, third) = split(rest);
    [first, second, third]
}

/// Both feet of one length, all numbers finite, missing samples in order.
fn sound(recording: &Recording) {
    let samples = recording.samples();
    assert!(recording.sampling_hz.is_finite() && recording.sampling_hz > 0.0);
    for side in Side::BOTH {
        let foot = recording.foot(side);
        assert_eq!(foot.force.len(), samples, "{side} force");
        assert!(foot.force.iter().all(|v| v.is_finite()), "{side} force");
        let motion = foot.motion.as_ref();
        let motion = motion.map(|m| m.acceleration_g.iter().chain(&m.angular_velocity_dps));
        for column in foot.sensors.iter().chain(motion.into_iter().flatten()) {
            assert_eq!(column.len(), samples, "{side} column");
            assert!(column.iter().all(|v| v.is_finite()), "{side} column");
        }
        let ordered = foot.missing.windows(2).all(|w| w[0].end < w[1].start);
        let inside = foot
            .missing
            .iter()
            .all(|m| m.start < m.end && m.end <= samples);
        assert!(ordered && inside, "{side} missing {:?}", foot.missing);
        assert!(foot.missing_samples() < samples, "{side} is there");
        let arrivals = foot
            .arrivals
            .windows(2)
            .all(|w| w[0].sample < w[1].sample && w[0].host_s <= w[1].host_s);
        assert!(
            arrivals
                && foot
                    .arrivals
                    .iter()
                    .all(|a| a.sample < samples && a.host_s.is_finite())
        );
    }
}

/// Analysis of anything: finite, and in order of time.
fn pipeline(recording: &Recording) {
    let analysis = analyze(recording, &Options::default());
    for side in Side::BOTH {
        let times: Vec<f64> = analysis
            .events
            .iter()
            .filter(|e| e.side == side)
            .map(|e| e.time_s)
            .collect();
        assert!(times.iter().all(|t| t.is_finite()), "{side} events");
        assert!(
            times.windows(2).all(|w| w[0] <= w[1]),
            "{side} events {times:?}"
        );
    }
    let shown = format!("{analysis:?} {:?}", analysis.to_json(true));
    let mut words = shown.split(|c: char| !c.is_ascii_alphanumeric());
    assert!(
        !words.any(|word| word == "NaN" || word == "inf"),
        "a number is not finite"
    );
}

/// What was read can be written and read again, if the feet meet somewhere and a foot is there at both ends.
fn round_trip(recording: &Recording) {
    let there = |side: Side, sample: usize| {
        let missing = &recording.foot(side).missing;
        !missing.iter().any(|m| m.contains(&sample))
    };
    let last = recording.samples() - 1;
    let ends = [0, last]
        .iter()
        .all(|&end| Side::BOTH.iter().any(|&side| there(side, end)));
    let meet = (0..=last).any(|i| Side::BOTH.iter().all(|&side| there(side, i)));
    if !ends || !meet {
        return;
    }
    for format in [Format::StreamNdjson, Format::StreamCsv] {
        let mut bytes = Vec::new();
        write(recording, format, &mut bytes).expect("a recording that was read can be written");
        let name = "a".to_owned();
        let again = read(&[SourceFile { name, bytes }], None).expect("what was written reads back");
        assert_eq!(again.left, recording.left);
        assert_eq!(again.right, recording.right);
    }
}
