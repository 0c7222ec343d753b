//! The corpus: seeds of the storm, in two processes at once, and every seed that ever failed.

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

use crate::command::{failures, lines, run};

/// Seeds of the storm; more with `FOOTING_SIM_SEEDS`, for a night.
const SEEDS: u64 = 500;
/// Processes at once.
const AT_ONCE: u64 = 2;

/// What has to be met somewhere among the seeds, or they prove nothing.
const REACHED: [&str; 22] = [
    "a message was taken and the server never knew",
    "a phone was off line for days",
    "a phone's clock was wrong",
    "a prompt was sent again by the next process",
    "a request arrived twice",
    "a request was delayed",
    "a server stood still",
    "a start failed",
    "a zone was told",
    "an answer came more than a day late",
    "an answer was lost",
    "an operation of the disk failed",
    "another session under a known id",
    "insoles were in the wrong shoes",
    "kept answers went out at once",
    "the clock was wrong",
    "the disk was full",
    "the gateway forgot a token",
    "the power failed",
    "the process crashed",
    "the process was stopped",
    "two servers shared the database",
];

/// Lives through seeds of the storm in a process of its own.
fn storm(from: u64, to: u64) -> Output {
    let range = format!("{from}..{to}");
    let arguments = [
        "run",
        "storm",
        "--json",
        "--no-shrink",
        "--seeds",
        &range,
        "--failures",
        failures(),
    ];
    run(&arguments)
}

#[test]
fn hundreds_of_storms_break_no_promise_and_every_nasty_state_is_met() {
    let count = std::env::var("FOOTING_SIM_SEEDS").map_or(SEEDS, |count| count.parse().unwrap());
    let bounds: Vec<u64> = (0..=AT_ONCE).map(|part| count * part / AT_ONCE).collect();
    // Each is read as it goes: a process whose pipe is full waits.
    let outputs: Vec<Output> = std::thread::scope(|scope| {
        let parts = bounds.windows(2).map(|pair| (pair[0], pair[1]));
        let running: Vec<_> = parts
            .map(|(from, to)| scope.spawn(move || storm(from, to)))
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let seeds: Vec<Value> = outputs.iter().flat_map(lines).collect();
    assert_eq!(seeds.len() as u64, count);
    let mut met: BTreeMap<&str, u64> = BTreeMap::new();
    let mut broken = Vec::new();
    for seed in &seeds {
        for (what, times) in seed["reached"].as_object().unwrap() {
            *met.entry(what).or_default() += times.as_u64().unwrap();
        }
        for finding in seed["findings"].as_array().unwrap() {
            broken.push(format!("seed {}: {finding}", seed["seed"]));
        }
    }
    let seconds: f64 = seeds
        .iter()
        .map(|seed| seed["seconds"].as_f64().unwrap())
        .sum();
    eprintln!("{count} storms in {seconds:.0} s of one core");
    for (what, times) in &met {
        eprintln!("  {times:>6}  {what}");
    }
    assert!(
        broken.is_empty(),
        "replay: footing-sim clinic run storm --seed N\n{}",
        broken.join("\n")
    );
    let never: Vec<_> = REACHED
        .iter()
        .filter(|what| !met.contains_key(*what))
        .collect();
    assert!(never.is_empty() || count < SEEDS, "never met: {never:?}");
}

/// Scenario and seed, one a line; a line that starts with # is why.
const KEPT: &str = include_str!("../../seeds.txt");

#[test]
fn no_seed_that_ever_failed_fails_again() {
    let kept = KEPT
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    for line in kept {
        let (scenario, seed) = line.split_once(' ').unwrap();
        let seeds = crate::command::seeds(&[scenario, "--seed", seed]);
        assert_eq!(seeds[0]["findings"], serde_json::json!([]), "{line}");
    }
}
