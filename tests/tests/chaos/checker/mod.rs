//! Judges the evidence. Shares no code with the server; every rule has a test that sees it fail.

mod answers;
mod prompts;
#[cfg(test)]
mod tests;
mod uploads;

use std::collections::BTreeMap;

use crate::evidence::{End, Evidence, Life, Wanted};

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Finding {
    /// An acknowledged session is not there.
    UploadLost(String),
    /// A session is not what was sent.
    UploadChanged(String),
    /// A session is there twice.
    UploadTwice(String),
    /// A session is there that this patient's phone never sent.
    UploadPhantom(String),
    /// An acknowledged answer had no effect.
    AnswerLost(String),
    /// An answer is not what was sent.
    AnswerChanged(String),
    /// An answer is there that nobody gave.
    AnswerPhantom(String),
    /// The plan asks for an occurrence that is not there exactly once.
    NotPlannedOnce(Wanted),
    /// An occurrence is there that no plan asks for.
    Unplanned(Wanted),
    /// A due prompt never reached the gateway.
    PromptUnsent(Wanted),
    /// It reached the gateway too late, by so many ms.
    PromptLate(Wanted, i64),
    /// It reached the gateway before it was due, by so many ms.
    PromptEarly(Wanted, i64),
    /// It went to somebody else's device.
    PromptMisdirected(Wanted),
    /// Its second message could not replace the first on the device.
    PromptUnfoldable(Wanted),
    /// It was sent again though it was not under way at a kill and its answer was not lost.
    PromptRepeated(Wanted),
    /// It was sent again after the server had written down that it was sent.
    PromptRepeatedAfterRecord(Wanted),
    /// It was accepted, and the server never wrote that down.
    PromptUnrecorded(Wanted),
    /// One kill made more prompts be sent twice than one claim holds.
    TooManyRepeats(usize),
    /// A server told to stop took on more prompts than the claim it held.
    StopIgnored(usize),
    /// A message for an occurrence nobody knows.
    MessageUnknown(String),
    /// The server wrote down an acceptance the gateway knows nothing of.
    RecordPhantom(String),
}

/// Every broken promise.
pub(crate) fn check(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = uploads::check(&evidence.uploads, &evidence.listed);
    findings.extend(answers::check(&evidence.answers, &evidence.seen));
    findings.extend(planned(evidence));
    findings.extend(prompts::check(evidence));
    findings.sort();
    findings
}

/// The occurrences of the day are those the plans ask for, each once.
fn planned(evidence: &Evidence) -> Vec<Finding> {
    let mut times: BTreeMap<&Wanted, usize> =
        evidence.wanted.iter().map(|wanted| (wanted, 0)).collect();
    let mut findings = Vec::new();
    for seen in &evidence.seen {
        match times.get_mut(&seen.wanted) {
            Some(times) => *times += 1,
            None => findings.push(Finding::Unplanned(seen.wanted.clone())),
        }
    }
    let not_once = times.into_iter().filter(|(_, times)| *times != 1);
    findings.extend(not_once.map(|(wanted, _)| Finding::NotPlannedOnce(wanted.clone())));
    findings
}

/// How long no server was ready between two instants, ms.
fn downtime_ms(lives: &[Life], from_ms: i64, until_ms: i64) -> i64 {
    let gaps = lives
        .windows(2)
        .filter_map(|pair| Some((pair[0].end?.0, pair[1].ready_ms)));
    gaps.map(|(down, up)| (up.min(until_ms) - down.max(from_ms)).max(0))
        .sum()
}

/// The kills, in order.
fn kills(lives: &[Life]) -> impl Iterator<Item = i64> {
    lives
        .iter()
        .filter_map(|life| life.end)
        .filter(|(_, end)| *end == End::Killed)
        .map(|(at_ms, _)| at_ms)
}
