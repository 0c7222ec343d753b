//! What a test needs from its surroundings, and what becomes of it without.

use std::io::Write;

/// Says that a test cannot run because `what` is not there, and gives `true`: the test then returns.
///
/// # Panics
/// When `FOOTING_REQUIRE_ALL=1`, so that a complete run cannot pass by leaving things out.
pub fn skip_or_fail(test_name: &str, what: &str) -> bool {
    let required = std::env::var("FOOTING_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "{test_name}: {what} not found, and FOOTING_REQUIRE_ALL=1"
    );
    // Past the capture of a passing test's output: what was left out must be seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test_name}: {what} not found");
    true
}
