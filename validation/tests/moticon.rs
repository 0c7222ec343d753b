//! The engine against the vendor's own step marks, forces, centres of pressure and gait reports.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use common::recordings;
use validation::moticon;

#[test]
fn every_goal_against_the_vendor_is_reached() {
    let Some(folder) = recordings("every_goal_against_the_vendor_is_reached", "moticon") else {
        return;
    };
    let report = moticon::run(&folder).unwrap();
    println!("{}", report.to_text());
    for floor in &report.floors {
        assert!(floor.is_met(), "{floor:?}");
        assert!(floor.n >= 2, "{floor:?}");
    }
    assert_eq!(report.json["walks"].as_array().unwrap().len(), 2);
    assert!(report.unreadable.is_empty());
}

/// An export with a row of too few cells is listed, and the whole one beside it still counts; a report that is no workbook is
/// listed too.
#[test]
fn a_broken_export_is_listed_and_the_rest_goes_on() {
    let test = "a_broken_export_is_listed_and_the_rest_goes_on";
    let Some(folder) = recordings(test, "moticon") else {
        return;
    };
    let there = tempfile::tempdir().unwrap();
    let whole = folder.join("230927_102231.txt");
    std::fs::copy(&whole, there.path().join("230927_102231.txt")).unwrap();
    std::fs::write(there.path().join("gr_230927_102231.xlsx"), b"no workbook").unwrap();
    let mut text = std::fs::read_to_string(&whole).unwrap();
    text.push_str("10.99\tone cell\n");
    std::fs::write(there.path().join("broken.txt"), text).unwrap();
    let report = moticon::run(there.path()).unwrap();
    let listed: Vec<&str> = report
        .unreadable
        .iter()
        .map(|u| u.record.as_str())
        .collect();
    assert_eq!(listed, ["broken.txt", "gr_230927_102231.xlsx"]);
    assert_eq!(report.json["walks"].as_array().unwrap().len(), 1);
    assert!(!report.is_met());
}

#[test]
fn a_folder_without_exports_is_an_error_that_says_so() {
    let there = tempfile::tempdir().unwrap();
    let error = moticon::run(there.path()).unwrap_err().to_string();
    assert!(error.ends_with("holds no moticon recording"), "{error}");
}
