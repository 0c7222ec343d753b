//! Every kept input of the fuzz targets through the same checks, so that no nightly compiler is needed to keep them true.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::path::{Path, PathBuf};

use gait::format::{SourceFile, read};
use gait::{IssueCode, Side};
use proptest::prelude::*;

#[path = "../fuzz/checks.rs"]
mod checks;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

#[test]
fn the_kept_inputs_hold() {
    let corpus = corpus();
    for target in checks::TARGETS {
        let inputs: Vec<_> = std::fs::read_dir(corpus.join(target)).unwrap().collect();
        assert!(!inputs.is_empty(), "{target} has no inputs");
        for input in inputs {
            let path = input.unwrap().path();
            println!("{}", path.display());
            checks::run(target, &std::fs::read(path).unwrap());
        }
    }
}

/// Every whole seed is a recording: a corpus of refusals would test nothing.
#[test]
fn the_seeds_are_read() {
    let corpus = corpus();
    for target in checks::TARGETS {
        if target == "parquet" && !cfg!(feature = "parquet") {
            continue;
        }
        let seed = std::fs::read(corpus.join(target).join("seed")).unwrap();
        assert!(checks::reads(target, &seed), "{target}");
    }
}

/// Wherever a text file is cut, it is refused or says so, and both feet stay. gaitpdb and the force plates say nothing
/// about their length: a cut exactly behind a line end shows nowhere.
#[test]
fn a_text_file_cut_at_any_byte_says_so() {
    // How much may be missing at the end unsaid, s: a head's duration is the recorder's.
    let slacks = [
        ("gaitpdb", f64::INFINITY),
        ("forceplates", f64::INFINITY),
        ("moticon", 0.5),
        ("pedar", 0.1),
    ];
    for (target, slack_s) in slacks {
        let whole = std::fs::read(corpus().join(target).join("seed")).unwrap();
        let samples = |bytes: &[u8]| {
            let (name, bytes) = ("a.txt".to_owned(), bytes.to_vec());
            read(&[SourceFile { name, bytes }], None)
        };
        let full = samples(&whole).unwrap();
        for cut in 0..whole.len() {
            let Ok(part) = samples(&whole[..cut]) else {
                continue;
            };
            for side in Side::BOTH {
                assert!(
                    part.foot(side).missing_samples() < part.samples(),
                    "{target} cut at {cut}"
                );
            }
            let told = part
                .issues
                .iter()
                .any(|i| matches!(i.code, IssueCode::TruncatedRow | IssueCode::Unfinished));
            // Pedar ends each cell in a tab: a row that has all of them is whole.
            let behind_a_row = whole[..cut].ends_with(b"\n") || whole[..cut].ends_with(b"\t");
            let unsaid = behind_a_row && full.duration_s() - part.duration_s() <= slack_s;
            assert!(told || unsaid, "{target} cut at {cut}: {:?}", part.issues);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_seeds_hold(target in 0..checks::TARGETS.len(), cut in any::<prop::sample::Index>(), whole in any::<bool>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..10)) {
        let target = checks::TARGETS[target];
        let mut bytes = std::fs::read(corpus().join(target).join("seed")).unwrap();
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        for (at, value) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        checks::run(target, &bytes);
    }
}
