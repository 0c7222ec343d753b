//! I3 and I9: sessions are kept as they were sent, and scored as the library scores them.

use std::collections::BTreeMap;

use gait::SessionSummary;
use serde_json::Value;

use super::Finding;
use crate::clinic::ledger::{PatientBook, Upload};
use crate::clinic::observe::Patient;

/// The API lists so many.
const LISTED: usize = 200;

pub(super) fn check(number: usize, book: &PatientBook, patient: &Patient) -> Vec<Finding> {
    let mut findings = told(number, book, patient);
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    for session in &patient.sessions {
        let id = session["session_id"].as_str().unwrap_or_default();
        *times.entry(id).or_default() += 1;
        match book.uploads.get(id) {
            None => {
                let text = format!("session {id} is there, and nobody sent it");
                findings.push(Finding::of("I3", number, text));
            }
            // Of two under one id the first to arrive is kept, whichever that was.
            Some(upload)
                if upload.body != session["summary"]
                    && (is_kept(upload) || upload.other.as_ref() != Some(&session["summary"])) =>
            {
                let text = format!("session {id} is not what was sent");
                findings.push(Finding::of("I3", number, text));
            }
            Some(_) => findings.extend(scored(number, id, session)),
        }
    }
    for (id, upload) in &book.uploads {
        let taken = upload
            .impostor
            .as_deref()
            .is_some_and(|said| !matches!(said, "conflict" | "discarded"));
        if taken {
            let text = format!("another session under the id of {id} was taken for the same");
            findings.push(Finding::of("I3", number, text));
        }
    }
    let twice = times.iter().filter(|(_, times)| **times > 1);
    findings.extend(
        twice.map(|(id, _)| Finding::of("I3", number, format!("session {id} is there twice"))),
    );
    if patient.sessions.len() < LISTED {
        let kept = book.uploads.iter().filter(|(_, upload)| is_kept(upload));
        let lost = kept.filter(|(id, _)| !times.contains_key(id.as_str()));
        findings.extend(lost.map(|(id, _)| {
            Finding::of(
                "I3",
                number,
                format!("session {id} was acknowledged and is lost"),
            )
        }));
    }
    findings
}

/// Whether the server said that it has it.
fn is_kept(upload: &Upload) -> bool {
    let kept = matches!(upload.disposition.as_deref(), Some("created" | "duplicate"));
    upload.acknowledged && kept
}

/// Check-ins and messages that were acknowledged are there.
fn told(number: usize, book: &PatientBook, patient: &Patient) -> Vec<Finding> {
    let there = |rows: &[Value], id: &str| rows.iter().any(|row| row["id"] == id);
    let mut findings = Vec::new();
    for (id, _) in book.checkins.iter().filter(|(_, heard)| **heard) {
        // What came after consent was taken back is thrown away.
        if !there(&patient.checkins, id) && book.withdrawn.is_none() {
            let text = format!("check-in {id} was acknowledged and is lost");
            findings.push(Finding::of("I3", number, text));
        }
    }
    for (id, _) in book.messages.iter().filter(|(_, heard)| **heard) {
        if !there(&patient.messages, id) {
            let text = format!("message {id} was acknowledged and is lost");
            findings.push(Finding::of("I3", number, text));
        }
    }
    findings
}

/// The assessment the server keeps is the library's of the summary it keeps.
fn scored(number: usize, id: &str, session: &Value) -> Option<Finding> {
    let summary: SessionSummary = serde_json::from_value(session["summary"].clone()).ok()?;
    let own = serde_json::to_value(gait::assess(&summary)).ok()?;
    // In other footwear than was handed over nothing is compared, and the score is taken away.
    let reasons = session["reasons"].as_array().into_iter().flatten();
    let other_footwear = reasons
        .filter_map(Value::as_str)
        .any(|reason| matches!(reason, "unknown_footwear" | "not_comparable"));
    let same = other_footwear || own == session["assessment"];
    (!same).then(|| {
        Finding::of(
            "I9",
            number,
            format!("session {id} is scored otherwise than by the library"),
        )
    })
}
