//! Prompts: every due one sent, in time and not before; twice only where nobody could know better.

use std::collections::{BTreeMap, BTreeSet};

use footing_simulator::gateway::Accepted;

use super::{Finding, downtime_ms, kills};
use crate::evidence::{End, Evidence, Wanted};
use crate::installation::IN_FLIGHT;

/// A prompt is sent within this after it is due or the server is back: the lease of a server that died
/// is 60 s, and a gateway that is briefly away may cost a retry.
const GRACE_MS: i64 = 90_000;
/// What was on the wire at a kill is accepted within this after it.
const ON_THE_WIRE_MS: i64 = 500;
/// No server sends so soon after its start: what is accepted then was its predecessor's.
const STARTING_MS: i64 = 50;
/// What one end of a server can account for: the claim it is at, and one more. At a kill that is the
/// claim of the life before, whose last messages may be accepted only after the restart; at a stop it
/// is the claim begun while the signal was on its way.
pub(super) const TWO_CLAIMS: usize = 2 * IN_FLIGHT;

/// The messages of one prompt, in the order of acceptance.
struct Sends<'a> {
    wanted: &'a Wanted,
    messages: Vec<&'a Accepted>,
}

pub(super) fn check(evidence: &Evidence) -> Vec<Finding> {
    let mut sends: BTreeMap<&str, Sends<'_>> = evidence
        .seen
        .iter()
        .map(|seen| {
            (
                seen.id.as_str(),
                Sends {
                    wanted: &seen.wanted,
                    messages: Vec::new(),
                },
            )
        })
        .collect();
    let mut findings = Vec::new();
    for message in &evidence.accepted {
        match sends.get_mut(occurrence_of(message).as_str()) {
            Some(sends) => sends.messages.push(message),
            None => findings.push(Finding::MessageUnknown(message.message_id.clone())),
        }
    }
    for one in sends.values() {
        findings.extend(timely(evidence, one));
        findings.extend(addressed(evidence, one));
        findings.extend(repeated(evidence, one));
        findings.extend(recorded(evidence, one));
    }
    findings.extend(repeats_by_kill(evidence, sends.values()));
    findings.extend(after_stops(evidence));
    findings.extend(phantom_records(evidence));
    findings
}

/// A message names its occurrence by the same 128 bits.
fn occurrence_of(message: &Accepted) -> String {
    let id = message
        .data
        .get("id")
        .map(|id| id.replace('-', ""))
        .unwrap_or_default();
    format!("occ_{id}")
}

fn timely(evidence: &Evidence, sends: &Sends<'_>) -> Option<Finding> {
    let wanted = sends.wanted;
    let Some(first) = sends.messages.first() else {
        return (wanted.due_ms < evidence.until_ms).then(|| Finding::PromptUnsent(wanted.clone()));
    };
    let after_ms = first.at_unix_ms - wanted.due_ms;
    if after_ms < 0 {
        return Some(Finding::PromptEarly(wanted.clone(), -after_ms));
    }
    let late_ms =
        after_ms - downtime_ms(&evidence.lives, wanted.due_ms, first.at_unix_ms) - GRACE_MS;
    (late_ms > 0).then(|| Finding::PromptLate(wanted.clone(), late_ms))
}

fn addressed(evidence: &Evidence, sends: &Sends<'_>) -> Vec<Finding> {
    let token = evidence.tokens.get(sends.wanted.patient);
    let key = sends
        .messages
        .first()
        .and_then(|message| message.collapse_key.as_ref());
    let misdirected = sends
        .messages
        .iter()
        .any(|message| Some(&message.token) != token);
    let unfoldable = sends
        .messages
        .iter()
        .any(|message| key.is_none() || message.collapse_key.as_ref() != key);
    let findings = [
        misdirected.then(|| Finding::PromptMisdirected(sends.wanted.clone())),
        unfoldable.then(|| Finding::PromptUnfoldable(sends.wanted.clone())),
    ];
    findings.into_iter().flatten().collect()
}

/// Of two messages in a row the first was under way at a kill, or its answer was lost.
fn repeated(evidence: &Evidence, sends: &Sends<'_>) -> Option<Finding> {
    let mut pairs = sends.messages.windows(2);
    let inexcusable =
        pairs.any(|pair| pair[0].answered && kill_between(evidence, pair[0], pair[1]).is_none());
    inexcusable.then(|| Finding::PromptRepeated(sends.wanted.clone()))
}

/// The kill at which the first of two messages was under way.
fn kill_between(evidence: &Evidence, first: &Accepted, second: &Accepted) -> Option<i64> {
    let within = |slack_ms: i64| {
        let under_way = first.at_unix_ms - slack_ms..=second.at_unix_ms;
        kills(&evidence.lives).find(|kill| under_way.contains(kill))
    };
    // Mostly the next kill; but a message may have been on the wire at the one before.
    within(STARTING_MS).or_else(|| within(ON_THE_WIRE_MS))
}

fn recorded(evidence: &Evidence, sends: &Sends<'_>) -> Option<Finding> {
    let is_recorded = |message: &&Accepted| evidence.recorded.contains(&message.message_id);
    let (last, earlier) = sends.messages.split_last()?;
    if earlier.iter().any(is_recorded) {
        return Some(Finding::PromptRepeatedAfterRecord(sends.wanted.clone()));
    }
    (!is_recorded(last)).then(|| Finding::PromptUnrecorded(sends.wanted.clone()))
}

fn repeats_by_kill<'a>(
    evidence: &Evidence,
    all: impl Iterator<Item = &'a Sends<'a>>,
) -> Vec<Finding> {
    let mut repeats: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in all.flat_map(|sends| sends.messages.windows(2)) {
        if pair[0].answered
            && let Some(kill) = kill_between(evidence, pair[0], pair[1])
        {
            *repeats.entry(kill).or_default() += 1;
        }
    }
    let too_many = repeats.into_iter().filter(|(_, count)| *count > TWO_CLAIMS);
    too_many
        .map(|(_, count)| Finding::TooManyRepeats(count))
        .collect()
}

/// A server told to stop ends what it has begun.
fn after_stops(evidence: &Evidence) -> Vec<Finding> {
    let stops = evidence
        .lives
        .windows(2)
        .filter_map(|pair| match pair[0].end? {
            (at_ms, End::Stopped) => Some(at_ms..pair[1].started_ms),
            (_, End::Killed) => None,
        });
    let taken = stops.map(|ending| {
        evidence
            .accepted
            .iter()
            .filter(|one| ending.contains(&one.at_unix_ms))
            .count()
    });
    taken
        .filter(|count| *count > TWO_CLAIMS)
        .map(Finding::StopIgnored)
        .collect()
}

fn phantom_records(evidence: &Evidence) -> Vec<Finding> {
    let known: BTreeSet<&str> = evidence
        .accepted
        .iter()
        .map(|message| message.message_id.as_str())
        .collect();
    let phantoms = evidence
        .recorded
        .iter()
        .filter(|name| !known.contains(name.as_str()));
    phantoms
        .map(|name| Finding::RecordPhantom(name.clone()))
        .collect()
}
