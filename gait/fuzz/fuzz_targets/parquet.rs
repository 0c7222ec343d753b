//! See `checks.rs`. The Parquet decoder is foreign and panics on some damaged files; the reader contains that. So a panic
//! alone does not stop this target, one that leaves the check does.
#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| checks::run("parquet", bytes)
);
