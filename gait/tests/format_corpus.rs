//! Every kept input of the fuzz targets through the same checks, so that no nightly compiler is needed to keep them true.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::path::Path;

#[path = "../fuzz/checks.rs"]
mod checks;

#[test]
fn the_kept_inputs_hold() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
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
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in checks::TARGETS {
        if target == "parquet" && !cfg!(feature = "parquet") {
            continue;
        }
        let seed = std::fs::read(corpus.join(target).join("seed")).unwrap();
        assert!(checks::reads(target, &seed), "{target}");
    }
}
