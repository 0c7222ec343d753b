//! `footing-sim validate` and `norms` as a script meets them: the contract of their JSON, their page, their exit codes.

use serde_json::Value;

use super::{footing_sim, recordings, stderr, stdout};

async fn json(arguments: &[&str]) -> Value {
    let output = footing_sim(arguments).await;
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert!(report["protocol"].as_array().is_some_and(|p| !p.is_empty()));
    assert!(report["floors"].is_array() && report["met"].is_boolean());
    assert_eq!(report["unreadable"], serde_json::json!([]));
    report
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[tokio::test]
async fn the_published_table_is_rebuilt_group_by_group() {
    let Some(data) = recordings("the_published_table_is_rebuilt_group_by_group") else {
        return;
    };
    let folder = data.join("gaitpdb").display().to_string();
    let report = json(&["validate", "gaitpdb", &folder, "--json"]).await;
    // Frenkel-Toledo 2005, table 2: stride time s, swing %, stride-time CV %.
    for (group, n, paper) in [
        ("SiCo", 10, [1.08, 35.27, 1.94]),
        ("SiPt", 12, [1.12, 34.45, 2.24]),
    ] {
        let found = &report["groups"][group];
        assert_eq!(found["n"], n, "{group}");
        let metrics = ["stride_time_s", "swing_pct", "stride_time_cv_pct"];
        // A third of the subjects: two standard errors of drawing them, and the goal for the whole group.
        for ((metric, paper), limit) in metrics.into_iter().zip(paper).zip([0.02, 1.2, 0.12]) {
            let mean = number(&found[metric]["mean"]);
            assert!(
                (mean - paper).abs() <= limit,
                "{group} {metric}: {mean} for {paper}"
            );
            assert!(number(&found[metric]["sd"]) > 0.0);
        }
    }
    assert!(report["groups"]["GaPt"]["n"].is_u64() && report["auc"].is_object());
}

#[tokio::test]
async fn each_record_of_the_authors_is_reported() {
    let Some(data) = recordings("each_record_of_the_authors_is_reported") else {
        return;
    };
    let folder = data.join("gaitndd").display().to_string();
    let report = json(&["validate", "gaitndd", &folder, "--json"]).await;
    let overall = &report["overall"];
    assert!(number(&overall["found_pct"]) >= 99.5 && number(&overall["false_pct"]) <= 0.4);
    assert!(number(&overall["longest_valid_stride_s"]) <= 3.0);
    assert_eq!(report["records"].as_array().map(Vec::len), Some(20));
    assert_eq!(report["worst"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn the_page_is_one_file_that_loads_nothing_and_strict_tells_a_missed_goal() {
    let test = "the_page_is_one_file_that_loads_nothing_and_strict_tells_a_missed_goal";
    let Some(data) = recordings(test) else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let page = out.path().join("moticon.html").display().to_string();
    let folder = data.join("moticon").display().to_string();
    let output = footing_sim(&["validate", "moticon", &folder, "--strict", "--page", &page]).await;
    assert!(output.status.success(), "{}", stdout(&output));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("<svg") && !html.contains("<script") && !html.contains("src="));
    let folder = data.join("gaitndd").display().to_string();
    let report = json(&["validate", "gaitndd", &folder, "--json"]).await;
    let strict = footing_sim(&["validate", "gaitndd", &folder, "--strict"]).await;
    let code = i32::from(report["met"] == false);
    assert_eq!(strict.status.code(), Some(code));
}

#[tokio::test]
async fn standing_and_norms_are_told_from_folders() {
    let Some(data) = recordings("standing_and_norms_are_told_from_folders") else {
        return;
    };
    let standing = data.join("standing").display().to_string();
    assert_eq!(
        json(&["validate", "standing", &standing, "--json"]).await["met"],
        true
    );
    let controls = data.join("gaitpdb").display().to_string();
    let norms = footing_sim(&["norms", &controls]).await;
    assert!(norms.status.success(), "{}", stderr(&norms));
    assert!(stdout(&norms).contains("stride_time_s"));
}

#[tokio::test]
async fn a_folder_without_recordings_is_an_error_that_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let folder = empty.path().display().to_string();
    for protocol in ["gaitndd", "gaitpdb", "moticon", "standing"] {
        let output = footing_sim(&["validate", protocol, &folder]).await;
        assert_eq!(output.status.code(), Some(1), "{protocol}");
        assert!(stderr(&output).contains(&folder), "{}", stderr(&output));
    }
    for protocol in ["gaitndd", "gaitpdb", "moticon", "standing"] {
        let output = footing_sim(&["validate", protocol, "no-such-folder"]).await;
        assert_eq!(output.status.code(), Some(1), "{protocol}");
        assert!(
            stderr(&output).contains("no-such-folder"),
            "{}",
            stderr(&output)
        );
    }
    let output = footing_sim(&["validate", "gaitndd"]).await;
    assert!(stderr(&output).contains("DIR"), "{}", stderr(&output));
}
