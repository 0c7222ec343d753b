//! The kill matrix: every bug that can be planted is found within forty seeds, by the rule that is written down.

/// Seeds within which a planted bug must be found.
#[cfg(feature = "planted")]
const WITHIN: u64 = 40;

#[cfg(not(feature = "planted"))]
#[test]
fn every_planted_bug_is_found() {
    skip_without_the_feature();
}

/// The matrix is run by a command of its own, with the feature; in every other run it says so, and is no failure there.
#[cfg(not(feature = "planted"))]
fn skip_without_the_feature() {
    let required = std::env::var_os("FOOTING_REQUIRE_PLANTED").is_some();
    assert!(!required, "the feature `planted` is missing");
    eprintln!(
        "SKIPPED every_planted_bug_is_found: cargo test -p footing-tests --features planted --test simulation"
    );
}

#[cfg(feature = "planted")]
#[test]
fn every_planted_bug_is_found() {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use footing_server::planted::Bug;

    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(bug) = Bug::ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let row = row(*bug);
                    rows.lock().unwrap().push((*bug as usize, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort();
    let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
    let matrix = format!("{HEAD}{}\n", rows.join("\n"));
    eprintln!("{matrix}");
    let path = footing_tests::repository().join("docs/kill-matrix.md");
    if std::env::var_os("FOOTING_WRITE_MATRIX").is_some() {
        std::fs::write(&path, &matrix).unwrap();
    }
    assert!(!matrix.contains("not found"), "a planted bug lives");
    assert!(Bug::ALL.len() >= 25);
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        matrix, written,
        "FOOTING_WRITE_MATRIX=1 writes docs/kill-matrix.md anew"
    );
}

#[cfg(feature = "planted")]
const HEAD: &str = "# Kill matrix

Bugs planted on purpose (server/src/planted.rs, feature `planted`), each alone, under the scenario `storm` from seed 0 on: the first
seed that finds it, and the rules of the checker it breaks there (simulator/src/clinic/checker). Written by
`FOOTING_WRITE_MATRIX=1 cargo test -p footing-tests --features planted --test simulation planted`, and held against a fresh run by
`.ci/run`.

| bug | what is wrong | found by seed | rules broken |
|---|---|---|---|
";

#[cfg(feature = "planted")]
fn row(bug: footing_server::planted::Bug) -> String {
    for seed in 0..WITHIN {
        let seed = seed.to_string();
        let seeds = crate::command::seeds(&["storm", "--seed", &seed, "--planted", bug.name()]);
        let findings = seeds[0]["findings"].as_array().unwrap();
        if !findings.is_empty() {
            let rules: std::collections::BTreeSet<&str> = findings
                .iter()
                .map(|finding| finding["rule"].as_str().unwrap())
                .collect();
            let rules: Vec<&str> = rules.into_iter().collect();
            return format!(
                "| {} | {} | {seed} | {} |",
                bug.name(),
                bug.what().trim(),
                rules.join(", ")
            );
        }
    }
    format!("| {} | {} | not found | |", bug.name(), bug.what().trim())
}
