//! The scenario language: what comes with Footing can be lived, and what cannot is refused by field and rule.

use serde_json::Value;

use crate::command::{err, out, run, seeds};

fn names() -> Vec<String> {
    let text = out(&run(&["scenarios"]));
    text.lines()
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_scenario_that_comes_with_footing_can_be_lived() {
    let names = names();
    assert!(names.len() >= 6, "{names:?}");
    for name in &names {
        let few = [name.as_str(), "--days", "3", "--patients", "4"];
        let lived = seeds(&few);
        assert_eq!(lived[0]["findings"], serde_json::json!([]), "{name}");
    }
}

#[test]
fn the_stories_break_no_promise() {
    let lived = seeds(&["stories", "--seed", "1"]);
    assert_eq!(lived[0]["findings"], serde_json::json!([]));
}

#[test]
fn lost_doubled_late_packets_wrong_clocks_and_dead_tokens_break_no_promise() {
    let lived = seeds(&["s21_faults", "--seed", "21", "--patients", "10"]);
    assert_eq!(lived[0]["findings"], serde_json::json!([]));
    let reached = &lived[0]["reached"];
    for what in [
        "a request arrived twice",
        "a request was delayed",
        "a phone's clock was wrong",
        "a zone was told",
        "insoles were in the wrong shoes",
    ] {
        assert!(reached[what].as_u64() > Some(0), "{what}: {reached}");
    }
}

/// What is said of the everyday scenario with one thing replaced.
fn refusal(from: &str, to: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = out(&run(&["show", "everyday"]));
    assert!(text.contains(from), "{from}");
    let path = folder.path().join("own.toml");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let output = run(&["check", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{to}");
    err(&output)
}

#[test]
fn a_scenario_that_cannot_be_lived_is_refused_by_field_and_rule() {
    let cases = [
        ("days = 14", "days = 0", "clinic.days: must be 1 to 3660"),
        (
            "patients = 12",
            "patients = 0",
            "clinic.patients: must be 1 to 100000",
        ),
        (
            "time_zone = \"Europe/Berlin\"",
            "time_zone = \"Mars/Olympus\"",
            "\"Mars/Olympus\" is no IANA time zone",
        ),
        (
            "walks = 0.7",
            "walks = 1.7",
            "group[0].walks: must be a share from 0 to 1",
        ),
        (
            "plan = [\"calf\", \"short foot\", \"when it suits\"]",
            "plan = [\"calves\"]",
            "group[0].plan: there is no line \"calves\"",
        ),
        (
            "gait = \"antalgic_R\"",
            "gait = \"gallop\"",
            "group[1].gait: \"gallop\" is no walker's scenario",
        ),
        ("walks = 0.7", "walk = 0.7", "unknown field `walk`"),
        (
            "again_after_min = [45]",
            "again_after_min = [45, 30]",
            "line[1].again_after_min: must be 3 at most",
        ),
        (
            "[\"mon\", \"wed\", \"fri\"]",
            "[\"monday\"]",
            "line[2].days.weekdays: must be some of mon to sun",
        ),
        (
            "times_per_week = 3",
            "times_per_week = 8",
            "days.times_per_week: must be 1 to 7",
        ),
    ];
    for (from, to, says) in cases {
        let said = refusal(from, to);
        assert!(said.contains(says), "{to}: {said}");
    }
}

#[test]
fn an_unknown_scenario_is_named_and_the_list_is_offered() {
    let output = run(&["run", "sunshine"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("there is no scenario \"sunshine\""),
        "{}",
        err(&output)
    );
    assert!(err(&output).contains("footing-sim clinic scenarios"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_footing-sim-under-test"))
        .args([
            "clinic",
            "run",
            "everyday",
            "--days",
            "1",
            "--patients",
            "1",
        ])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
}

#[test]
fn the_schema_knows_every_field_of_the_scenarios() {
    let schema: Value = serde_json::from_str(&out(&run(&["schema"]))).unwrap();
    for part in ["clinic", "line", "group", "story", "faults"] {
        assert!(schema["properties"][part].is_object(), "{part}");
    }
    let defined = schema["$defs"].as_object().unwrap();
    for part in ["Group", "Line", "Story", "Faults"] {
        assert_eq!(defined[part]["additionalProperties"], false, "{part}");
    }
}

#[test]
fn one_changed_threshold_shows_exactly_whom_it_concerns() {
    let folder = tempfile::tempdir().unwrap();
    let text = out(&run(&["show", "everyday"]));
    let settings = "neighbour = true\nsettings = { reminders = { silence = { gentle_days = 1, second_days = 2, silent_days = 3, high_days = 5, stop_days = 8 } } }";
    let path = folder.path().join("strict.toml");
    std::fs::write(&path, text.replacen("neighbour = true", settings, 1)).unwrap();
    let changed = path.to_str().unwrap();
    let compared = |first: &str, second: &str| {
        let output = run(&["compare", first, second, "--seed", "9", "--json"]);
        (output.status.code(), crate::command::lines(&output))
    };
    assert_eq!(compared("everyday", "everyday"), (Some(0), Vec::new()));
    let (code, differences) = compared("everyday", changed);
    assert_eq!(code, Some(1));
    let alerts = differences.iter().filter(|one| one["what"] == "alert");
    assert!(alerts.count() > 0, "{differences:?}");
    // Whoever answers every day is no other by it.
    let same = differences.iter().all(|one| one["what"] != "session");
    assert!(same, "a threshold of silence changes no score");
}
