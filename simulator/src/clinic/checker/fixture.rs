//! A clinic of one patient and two days in which every promise is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clinic::gateway::name_of;
use crate::clinic::ledger::{Answer, Ledger, Life, Offer, PatientBook, Published, Upload, Wanted};
use crate::clinic::observe::{Observed, Patient};
use crate::clinic::walks;

/// What those outside saw, and what the server says.
pub(super) struct World {
    pub(super) ledger: Ledger,
    pub(super) observed: Observed,
}

const TOKEN: &str = "sim-0-device-00000";
const DONE: &str = "00000000000000000000000000000001";
const MISSED: &str = "00000000000000000000000000000002";

/// An instant of March 2026, as `02T08:00:00`.
pub(super) fn at(text: &str) -> Timestamp {
    format!("2026-03-{text}Z").parse().unwrap()
}

/// The id of the one session.
pub(super) fn session_id() -> String {
    let id = summary()["session_id"].as_str().unwrap().to_owned();
    assert!(!id.is_empty());
    id
}

fn summary() -> Value {
    let summary = walks::session("neutral", 0, false, at("02T10:00:00"), "UTC").unwrap();
    serde_json::to_value(summary).unwrap()
}

/// Figures of a patient of whom nothing was asked.
pub(super) fn nothing_due() -> Value {
    json!({
        "from": "2026-03-02", "through": "2026-03-03", "denominator": 0, "numerator": 0.0,
        "missed": 0, "declined": 0, "late": 0, "excused": 0,
    })
}

/// One thing a day at eight, done on the first day and missed on the second, and a walk.
pub(super) fn kept() -> World {
    World {
        ledger: Ledger {
            patients: vec![book()],
            offers: vec![prompt(DONE, "02T08:00:05"), prompt(MISSED, "03T08:00:05")],
            lives: vec![Life {
                node: 0,
                from: at("02T00:00:00"),
                until: None,
                end: None,
            }],
            audited: BTreeMap::from([("plan.publish".to_owned(), 1)]),
            ..Ledger::default()
        },
        observed: Observed {
            at: at("04T00:10:00"),
            patients: vec![patient()],
            strangers: vec![404, 404],
            listed: 1,
            bytes: Some(2_000_000),
            changed_by_restarts: Some(Vec::new()),
            trail: BTreeMap::from([("plan.publish".to_owned(), 1)]),
            ..Observed::default()
        },
    }
}

fn book() -> PatientBook {
    let line = Wanted {
        exercise: "calf-wall-stretch".to_owned(),
        item: "itm_1".to_owned(),
        times: vec!["08:00".parse().unwrap()],
        every: 1,
        weekdays: Vec::new(),
        flexible: false,
        starts_on: "2026-03-02".parse().unwrap(),
        again_after_min: Vec::new(),
    };
    let answer = Answer {
        occurrence: format!("occ_{DONE}"),
        kind: "done".to_owned(),
        given_at: at("02T08:10:00"),
        sent_at: at("02T08:10:00"),
        acknowledged_at: Some(at("02T08:10:01")),
        disposition: Some("applied".to_owned()),
    };
    let upload = Upload {
        body: summary(),
        acknowledged: true,
        disposition: Some("created".to_owned()),
        other: None,
        impostor: None,
    };
    PatientBook {
        id: "pat_1".to_owned(),
        name: "Test Patient 00000".to_owned(),
        zones: vec![(at("02T00:00:00"), "UTC".to_owned())],
        plans: vec![Published {
            sent_at: at("02T00:00:00"),
            at: at("02T00:00:00"),
            version: 1,
            lines: vec![line],
        }],
        tokens: vec![(at("02T00:00:00"), TOKEN.to_owned())],
        answers: BTreeMap::from([("ans_1".to_owned(), answer)]),
        uploads: BTreeMap::from([(session_id(), upload)]),
        ..PatientBook::default()
    }
}

fn prompt(id: &str, sent: &str) -> Offer {
    Offer {
        at: at(sent),
        token: name_of(TOKEN),
        kind: "prompt".to_owned(),
        id: id.to_owned(),
        collapse: id.to_owned(),
        accepted: true,
        told: true,
        life: 0,
    }
}

fn patient() -> Patient {
    let occurrence = |id: &str, day: u8, phase: &str| {
        json!({
            "id": format!("occ_{id}"), "plan_item_id": "itm_1", "exercise": "calf-wall-stretch",
            "date": format!("2026-03-{day:02}"), "time": "08:00",
            "due_at": format!("2026-03-{day:02}T08:00:00Z"), "closes_at": format!("2026-03-{day:02}T12:00:00Z"),
            "phase": phase,
        })
    };
    let session: gait::SessionSummary = serde_json::from_value(summary()).unwrap();
    let mut adherence = nothing_due();
    adherence["denominator"] = json!(2);
    adherence["numerator"] = json!(1.0);
    adherence["missed"] = json!(1);
    Patient {
        occurrences: vec![occurrence(DONE, 2, "done"), occurrence(MISSED, 3, "missed")],
        sessions: vec![json!({
            "session_id": session_id(), "summary": summary(), "assessment": gait::assess(&session), "reasons": [],
        })],
        adherence,
        ..Patient::default()
    }
}
