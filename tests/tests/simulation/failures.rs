//! A failure is a gift: written down, made smaller, run again.

#[cfg(feature = "planted")]
#[test]
fn a_failure_is_made_smaller_written_down_and_fails_again_planted() {
    use crate::command::{err, out, run};

    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let failed = run(&[
        "run",
        "storm",
        "--seed",
        "2",
        "--planted",
        "rounds_sessions",
        "--failures",
        to,
    ]);
    assert_eq!(failed.status.code(), Some(1), "{}", err(&failed));
    let path = folder.path().join("failure-2.json");
    let failure: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let clinic = &failure["order"]["scenario"]["clinic"];
    assert_eq!(clinic["patients"], 1, "one patient is enough");
    let again = run(&["replay", path.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        out(&again).contains("it fails as it did"),
        "{}",
        out(&again)
    );
    assert!(out(&again).contains("I3"), "{}", out(&again));
}

#[test]
fn what_is_no_failure_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failure-1.json");
    std::fs::write(&path, "{}").unwrap();
    let output = crate::command::run(&["replay", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(crate::command::err(&output).contains("is no failure of this version"));
}
