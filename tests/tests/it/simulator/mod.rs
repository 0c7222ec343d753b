//! `footing-sim load`, `replay` and `generate`, as a person or a script meets them.

mod clinic;
mod load;
mod replay;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// Runs `footing-sim` to its end in a folder.
async fn sim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_footing-sim-under-test"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .await
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The one JSON object of a run that ended like this.
#[track_caller]
fn object(output: &Output, code: i32) -> Value {
    let said = out(output) + &err(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    serde_json::from_str(&out(output)).unwrap()
}

/// The JSON objects of a run, one a line.
fn lines(output: &Output) -> Vec<Value> {
    let text = out(output);
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Every format that is written is read by its reader, and the engine finds the walker's stride in it.
#[tokio::test]
async fn every_format_is_written_and_read_back_with_its_truth() {
    let folder = TempDir::new().unwrap();
    let words = [
        "generate",
        "--scenario",
        "antalgic_R",
        "--format",
        "all",
        "--json",
    ];
    let made = sim(folder.path(), &[&words[..], &["--out", "walks"]].concat()).await;
    let made = lines(&made);
    let formats: Vec<&str> = made
        .iter()
        .map(|one| one["format"].as_str().unwrap())
        .collect();
    assert_eq!(
        formats,
        ["moticon", "gaitpdb", "gaitndd", "ndjson", "csv", "parquet"]
    );
    let read = sim(folder.path(), &["analyze", "--json", "walks"]).await;
    assert_eq!(read.status.code(), Some(0), "{}", err(&read));
    let read = lines(&read);
    assert_eq!(read.len(), made.len());
    for one in &made {
        for file in one["files"].as_array().unwrap() {
            assert!(
                folder.path().join(file.as_str().unwrap()).is_file(),
                "{one}"
            );
        }
        let truth = std::fs::read(folder.path().join(one["truth"].as_str().unwrap())).unwrap();
        let truth: Value = serde_json::from_slice(&truth).unwrap();
        let found = read
            .iter()
            .find(|analysis| analysis["format"] == one["format"])
            .unwrap();
        for side in ["left", "right"] {
            let true_s = truth["expected"]["feet"][side]["stride_time_s"]["mean"]
                .as_f64()
                .unwrap();
            let found_s = found["metrics"]["stride_time_s"][side]["mean"]
                .as_f64()
                .unwrap();
            assert!(
                (found_s / true_s - 1.0).abs() < 0.002,
                "{one} {side}: {found_s} of {true_s} s"
            );
        }
    }
    // A battery that ends leaves samples out, which converter steps cannot say; the rest is written.
    let words = ["generate", "--scenario", "battery_end", "--format"];
    let all = sim(folder.path(), &[&words[..], &["all"]].concat()).await;
    assert_eq!((all.status.code(), out(&all).lines().count()), (Some(0), 5));
    assert!(err(&all).contains("gaitndd"), "{}", err(&all));
    let none = sim(folder.path(), &[&words[..], &["gaitndd"]].concat()).await;
    assert_eq!((none.status.code(), out(&none).as_str()), (Some(1), ""));
}

#[tokio::test]
async fn wrong_usage_is_2_and_every_help_tells_the_exit_codes() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        &["load"][..],
        &["load", "uploads", "--seconds", "3601"],
        &["load", "uploads", "--rate", "0"],
        &["load", "uploads", "--connections", "4097"],
        &["load", "uploads", "--server", "http://127.0.0.1:1"],
        &[
            "load",
            "uploads",
            "--server",
            "localhost",
            "--token-file",
            "x",
        ],
        &["load", "morning-sync", "--within", "0"],
        &["replay", "walks"],
        &["replay", "walks", "--dry-run", "--every", "0d"],
        &["replay", "walks", "--dry-run", "--speed", "-1"],
        &["generate", "--scenario", "none of them"],
        &["generate", "--scenario", "neutral", "--format", "pedar"],
        &["validate", "gaitndd"],
        &["validate", "synthetic", "walks"],
    ] {
        let output = sim(folder.path(), arguments).await;
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(!err(&output).is_empty(), "{arguments:?}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was made"
    );
    for command in [
        &["demo"][..],
        &["analyze"],
        &["validate"],
        &["norms"],
        &["replay"],
        &["generate"],
        &["gateway"],
        &["load"],
        &["load", "uploads"],
        &["load", "prompts"],
        &["care-bench"],
        &["push-bench"],
        &["man"],
    ] {
        let help = sim(folder.path(), &[command, &["--help"]].concat()).await;
        assert!(
            out(&help).contains("Exit codes: 0 done, 1 failed"),
            "{command:?}"
        );
    }
    let why = out(&sim(folder.path(), &["generate", "--help"]).await);
    for format in ["forceplates", "pedar", "fscan"] {
        assert!(why.contains(format), "why {format} is not written:\n{why}");
    }
}

/// Whoever pipes into `head` gets what `head` shows and no complaint.
#[tokio::test]
async fn a_reader_that_went_is_no_error() {
    let folder = TempDir::new().unwrap();
    let made = sim(
        folder.path(),
        &["generate", "--scenario", "neutral", "--out", "walks"],
    )
    .await;
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    for arguments in [
        &["generate", "--scenario", "list"][..],
        &["generate", "--scenario", "neutral", "--json"],
        &["analyze", "walks"],
        &["replay", "walks", "--dry-run"],
        &["completions", "bash"],
        &["man", "--out", "pages"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_footing-sim-under-test"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(writer)
            .output()
            .await
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            err(&output)
        );
        assert_eq!(err(&output), "", "{arguments:?}");
    }
}
