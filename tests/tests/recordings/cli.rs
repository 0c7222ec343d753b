//! `footing-sim analyze` and `generate` as a person or a script meets them.

use serde_json::Value;

use super::{footing_sim, recordings, stderr, stdout};

/// The contract of one line of `analyze --json --strides`.
fn check_document(document: &Value) {
    for field in ["recording", "format", "engine_version"] {
        assert!(document[field].is_string(), "{field}");
    }
    for field in ["sampling_hz", "duration_s"] {
        assert!(
            document[field].as_f64().is_some_and(|value| value > 0.0),
            "{field}"
        );
    }
    for issue in document["issues"].as_array().expect("issues") {
        assert!(
            issue["code"].is_string() && issue["detail"].is_string(),
            "{issue}"
        );
    }
    for bout in document["bouts"].as_array().expect("bouts") {
        assert!(bout["end_s"].as_f64() > bout["start_s"].as_f64(), "{bout}");
        assert!(
            bout["strides"].as_u64().is_some_and(|strides| strides >= 4),
            "{bout}"
        );
    }
    let metrics = document["metrics"].as_object().expect("metrics");
    for (id, metric) in metrics {
        if metric.get("value").is_some() {
            assert!(
                metric["se"].is_number() && metric["n"].is_u64(),
                "{id}: {metric}"
            );
        } else {
            for foot in ["left", "right"].iter().filter_map(|foot| metric.get(foot)) {
                for field in ["n", "mean", "sd", "cv_pct"] {
                    assert!(foot[field].is_number(), "{id}: {foot}");
                }
            }
        }
    }
    assert!(metrics.contains_key("stride_time_s"));
    document["observations"].as_array().expect("observations");
}

fn check_strides(document: &Value) {
    let strides = document["strides"].as_array().expect("strides");
    assert!(!strides.is_empty());
    for stride in strides {
        let number = |field: &str| stride[field].as_f64();
        assert!(
            stride["foot"] == "left" || stride["foot"] == "right",
            "{stride}"
        );
        let (start, end) = (number("start_s").unwrap(), number("end_s").unwrap());
        assert!(
            (number("stride_time_s").unwrap() - (end - start)).abs() < 1e-6,
            "{stride}"
        );
        let valid = stride["valid"].as_bool().expect("valid");
        if valid {
            assert!(
                end - start <= 3.0,
                "a stride longer than 3 s is valid: {stride}"
            );
            let toe_off = number("toe_off_s").unwrap();
            assert!(start < toe_off && toe_off < end, "{stride}");
            let parts = number("stance_time_s").unwrap() + number("swing_time_s").unwrap();
            assert!((parts - (end - start)).abs() < 1e-6, "{stride}");
        }
        assert!(
            stride["reason"].is_null() || stride["reason"].is_string(),
            "{stride}"
        );
    }
}

#[tokio::test]
async fn analyze_keeps_its_contract_on_every_recording() {
    let Some(folder) = recordings("analyze_keeps_its_contract_on_every_recording") else {
        return;
    };
    for set in ["gaitpdb", "gaitndd", "moticon"] {
        let path = folder.join(set);
        let output = footing_sim(&["analyze", "--json", "--strides", path.to_str().unwrap()]).await;
        assert!(output.status.success(), "{}", stderr(&output));
        let lines = stdout(&output);
        let found = lines.lines().count();
        let expected = if set == "gaitpdb" {
            38
        } else if set == "gaitndd" {
            20
        } else {
            2
        };
        assert_eq!(found, expected, "{set}");
        for line in lines.lines() {
            let document: Value = serde_json::from_str(line).expect("a JSON object on each line");
            check_document(&document);
            check_strides(&document);
        }
    }
}

#[tokio::test]
async fn what_is_no_recording_is_named_and_the_rest_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.txt");
    std::fs::write(&foreign, "this is a letter, not a walk\n").unwrap();
    let made = footing_sim(&[
        "generate",
        "--scenario",
        "neutral",
        "--out",
        folder.path().to_str().unwrap(),
    ])
    .await;
    assert!(made.status.success(), "{}", stderr(&made));
    let walk = stdout(&made).trim().to_owned();
    let output = footing_sim(&["analyze", foreign.to_str().unwrap(), &walk]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("foreign.txt"),
        "{}",
        stderr(&output)
    );
    assert!(
        stdout(&output).contains("stride_time_s"),
        "{}",
        stdout(&output)
    );
}

#[tokio::test]
async fn the_same_seed_writes_the_same_bytes_and_analyze_finds_the_truth() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for format in ["moticon", "gaitpdb"] {
        let mut files = Vec::new();
        for folder in [&one, &two] {
            let out = folder.path().join(format);
            let made = footing_sim(&[
                "generate",
                "--scenario",
                "antalgic_R",
                "--seed",
                "7",
                "--format",
                format,
                "--out",
                out.to_str().unwrap(),
            ])
            .await;
            assert!(made.status.success(), "{}", stderr(&made));
            files.push(stdout(&made).trim().to_owned());
        }
        assert_eq!(
            std::fs::read(&files[0]).unwrap(),
            std::fs::read(&files[1]).unwrap(),
            "{format}"
        );
        let output = footing_sim(&["analyze", "--json", &files[0]]).await;
        let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(document["format"], *format);
        let truth = files[0].replace(".txt", ".truth.json");
        assert!(std::path::Path::new(&truth).exists());
        // A painful right foot is spared: its stance is the shorter one.
        let foot = |side: &str| {
            document["metrics"]["stance_pct"][side]["mean"]
                .as_f64()
                .unwrap()
        };
        assert!(
            foot("right") < foot("left"),
            "{} {}",
            foot("right"),
            foot("left")
        );
    }
}
