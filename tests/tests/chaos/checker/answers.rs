//! Answers: what was acknowledged had its effect, and nothing else was done to an occurrence.

use std::collections::BTreeMap;

use super::Finding;
use crate::evidence::{Answer, Seen};

pub(super) fn check(sent: &BTreeMap<String, Answer>, seen: &[Seen]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = seen
        .iter()
        .filter_map(|row| judge(sent.get(&row.id), row))
        .collect();
    let known = |id: &String| seen.iter().any(|row| row.id == *id);
    let lost = sent
        .iter()
        .filter(|(id, answer)| answer.acknowledged && !known(id));
    findings.extend(lost.map(|(id, _)| Finding::AnswerLost(id.clone())));
    findings
}

fn judge(answer: Option<&Answer>, row: &Seen) -> Option<Finding> {
    let answered = row.phase == "done";
    match answer {
        Some(answer) if answered => {
            let same =
                row.answered_ms == Some(answer.answered_ms) && row.wanted.patient == answer.patient;
            (!same).then(|| Finding::AnswerChanged(row.id.clone()))
        }
        Some(answer) if answer.acknowledged => Some(Finding::AnswerLost(row.id.clone())),
        None if answered || row.answered_ms.is_some() => {
            Some(Finding::AnswerPhantom(row.id.clone()))
        }
        Some(_) | None => None,
    }
}
