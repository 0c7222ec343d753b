//! What a run came to: the broken promises, and whether it was as wild as it was meant to be.

use std::collections::BTreeSet;
use std::fmt;

use crate::checker::{self, Finding};
use crate::evidence::{End, Evidence};
use crate::killer::Stop;
use crate::records::Book;

/// A server told to stop ends within this.
pub(crate) const STOPS_WITHIN_S: u64 = 25;
/// Broken promises shown of each kind.
const SHOWN: usize = 5;

/// Everything a run showed.
pub(crate) struct Report {
    pub(crate) evidence: Evidence,
    pub(crate) book: Book,
    /// The stop under load, and the one when all was quiet.
    pub(crate) stops: Vec<Stop>,
    /// What changed by the last restart.
    pub(crate) restless: Vec<String>,
    /// What the gateway refused as against the protocol.
    pub(crate) violations: Vec<String>,
    /// Requests to send that the gateway got.
    pub(crate) send_requests: u64,
    /// Lines in the server's log that nothing outside explains.
    pub(crate) alarms: Vec<String>,
}

impl Report {
    /// Every broken promise, in words.
    pub(crate) fn broken(&self) -> Vec<String> {
        let findings = checker::check(&self.evidence);
        let mut broken = shortened(&findings);
        broken.extend(self.book.oddities.iter().take(SHOWN).cloned());
        broken.extend(
            self.stops
                .iter()
                .filter(|stop| !is_clean(stop))
                .map(|stop| format!("no clean stop: {stop:?}")),
        );
        broken.extend(self.restless.iter().take(SHOWN).cloned());
        broken.extend(
            self.violations
                .iter()
                .take(SHOWN)
                .map(|what| format!("refused by the gateway: {what}")),
        );
        broken.extend(
            self.alarms
                .iter()
                .take(SHOWN)
                .map(|line| format!("the server logged: {line}")),
        );
        broken.extend(self.tame());
        broken
    }

    /// What the run was meant to meet and did not: then it proves less than it says.
    fn tame(&self) -> Vec<String> {
        let met = [
            ("20 kills", self.kills().len() >= 20, self.kills().len()),
            (
                "uploads under way at 10 kills",
                self.kills_of_uploads() >= 10,
                self.kills_of_uploads(),
            ),
            (
                "prompts under way at 6 kills",
                self.kills_of_prompts() >= 6,
                self.kills_of_prompts(),
            ),
            (
                "an upload kept whose answer was lost",
                self.book.repeats >= 1,
                self.book.repeats,
            ),
            ("a message sent twice", self.repeats() >= 1, self.repeats()),
            (
                "a message whose answer was lost",
                self.unanswered() >= 1,
                self.unanswered(),
            ),
            (
                "a message refused at first",
                self.refused() >= 1,
                self.refused(),
            ),
        ];
        let not_met = met.into_iter().filter(|(_, met, _)| !met);
        not_met
            .map(|(what, _, count)| format!("too tame a run: wanted {what}, had {count}"))
            .collect()
    }

    fn kills(&self) -> Vec<i64> {
        let ends = self.evidence.lives.iter().filter_map(|life| life.end);
        ends.filter(|(_, end)| *end == End::Killed)
            .map(|(at_ms, _)| at_ms)
            .collect()
    }

    fn kills_of_uploads(&self) -> usize {
        let hit = |kill: &&i64| {
            self.book
                .broken
                .iter()
                .any(|(from, until)| (from..=until).contains(kill))
        };
        self.kills().iter().filter(hit).count()
    }

    fn kills_of_prompts(&self) -> usize {
        let unrecorded = |name: &String| !self.evidence.recorded.contains(name);
        let lost: Vec<i64> = self
            .evidence
            .accepted
            .iter()
            .filter(|message| message.answered && unrecorded(&message.message_id))
            .map(|message| message.at_unix_ms)
            .collect();
        let kills = self.kills();
        let next_kill = |at: &i64| kills.iter().find(|kill| *kill >= at);
        lost.iter()
            .filter_map(next_kill)
            .collect::<BTreeSet<_>>()
            .len()
    }

    fn repeats(&self) -> usize {
        let prompts: BTreeSet<_> = self
            .evidence
            .accepted
            .iter()
            .map(|message| &message.data)
            .collect();
        self.evidence.accepted.len() - prompts.len()
    }

    fn unanswered(&self) -> usize {
        self.evidence
            .accepted
            .iter()
            .filter(|message| !message.answered)
            .count()
    }

    fn refused(&self) -> usize {
        let requests = usize::try_from(self.send_requests).unwrap_or(0);
        requests.saturating_sub(self.evidence.accepted.len())
    }
}

fn is_clean(stop: &Stop) -> bool {
    stop.code == Some(0) && stop.took.as_secs() < STOPS_WITHIN_S
}

fn shortened(findings: &[Finding]) -> Vec<String> {
    let kind = |finding: &Finding| std::mem::discriminant(finding);
    findings
        .chunk_by(|a, b| kind(a) == kind(b))
        .flat_map(|same| {
            let shown = same
                .iter()
                .take(SHOWN)
                .map(|finding| format!("{finding:?}"));
            let more = same.len().saturating_sub(SHOWN);
            shown.chain((more > 0).then(|| format!("... and {more} more of the kind")))
        })
        .collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let evidence = &self.evidence;
        let acknowledged = evidence
            .uploads
            .values()
            .filter(|upload| upload.acknowledged)
            .count();
        let answers = evidence
            .answers
            .values()
            .filter(|answer| answer.acknowledged)
            .count();
        let due = evidence
            .wanted
            .iter()
            .filter(|wanted| wanted.due_ms < evidence.until_ms)
            .count();
        let slowest = evidence
            .lives
            .iter()
            .map(|life| life.ready_ms - life.started_ms)
            .max()
            .unwrap_or(0);
        writeln!(
            f,
            "{} kills, slowest restart {slowest} ms",
            self.kills().len()
        )?;
        writeln!(
            f,
            "  {} sessions sent, {acknowledged} acknowledged, {} stored; {} requests broken, {} of {} kills with some under way; {} repeats recognised",
            evidence.uploads.len(),
            evidence.listed.len(),
            self.book.broken.len(),
            self.kills_of_uploads(),
            self.kills().len(),
            self.book.repeats,
        )?;
        writeln!(
            f,
            "  {} answers sent, {answers} acknowledged",
            evidence.answers.len()
        )?;
        writeln!(
            f,
            "  {due} prompts due, {} messages accepted, {} of them repeats, {} refused, {} unanswered; {} kills with some under way",
            evidence.accepted.len(),
            self.repeats(),
            self.refused(),
            self.unanswered(),
            self.kills_of_prompts(),
        )?;
        write!(f, "  stops: {:?}", self.stops)
    }
}
