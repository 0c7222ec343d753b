use serde_json::json;

use super::*;
use crate::store::alerts::{AlertState, Severity};
use crate::store::types::{AlertId, ClinicianId, PatientId, TenantId, UtcMicros};

fn alert(rule: &str, evidence: Value) -> Alert {
    let at = UtcMicros(1_772_870_400_000_000);
    Alert {
        tenant_id: TenantId(1),
        id: AlertId::from([1; 16]),
        patient_id: PatientId::from([2; 16]),
        rule: rule.to_owned(),
        rule_version: "test-1".to_owned(),
        severity: Severity::High,
        state: AlertState::Open,
        state_reason: None,
        state_at: at,
        state_by: None,
        evidence: evidence.to_string(),
        first_seen_at: at,
        last_seen_at: at,
        count: 1,
        owner_id: ClinicianId::from([3; 16]),
        due_at: None,
    }
}

fn reason(rule: &str, evidence: Value) -> String {
    let now = "2026-03-07T12:00:00Z".parse().unwrap();
    of_alert(&alert(rule, evidence), &TimeZone::UTC, now).reason
}

#[test]
fn each_rule_says_what_was_found_and_no_cause() {
    let says = [
        (
            reason("fall", json!({ "date": "2026-03-06" })),
            "Reported a fall on Fri 6 Mar",
        ),
        (
            reason(
                "pain:calf-wall-stretch",
                json!({ "pain": 6, "pain_before": 2 }),
            ),
            "Pain 6 of 10 after Calf stretch at the wall, knee straight (before: 2)",
        ),
        (
            reason(
                "pain:calf-wall-stretch",
                json!({ "pain_a_day_later": 5, "pain_before": 2 }),
            ),
            "Pain 5 of 10 a day after Calf stretch at the wall, knee straight (before: 2)",
        ),
        (
            reason(
                "missed_days",
                json!({ "days": ["2026-03-05", "2026-03-06"] }),
            ),
            "Nothing done on 2 due days in a row, though reminders arrived",
        ),
        (
            reason(
                "resume_question",
                json!({ "reason": "surgery", "through": "2026-03-05" }),
            ),
            "Pause (surgery) was planned through Thu 5 Mar: go on?",
        ),
    ];
    for (said, wanted) in says {
        assert_eq!(said, wanted);
    }
    assert!(reason("red_flag:bladder_bowel", json!({})).starts_with("Answered yes: "));
}

#[test]
fn a_rule_or_an_evidence_nobody_has_words_for_is_still_shown() {
    assert_eq!(reason("something_new", json!(null)), "something new");
    for rule in [
        "fall",
        "pain:x",
        "pain_persists",
        "gait_change",
        "silent",
        "progression:x",
    ] {
        assert!(!reason(rule, json!(7)).is_empty(), "{rule}");
    }
}

#[test]
fn what_was_found_again_says_how_often() {
    let mut again = alert("missed_days", json!({ "days": [] }));
    again.count = 3;
    let now = "2026-03-09T12:00:00Z".parse().unwrap();
    let changed = of_alert(&again, &TimeZone::UTC, now).changed.unwrap();
    assert!(changed.starts_with("found 3 times, last "), "{changed}");
}
