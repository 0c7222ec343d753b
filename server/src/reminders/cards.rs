//! The cards of a patient's own page: what is asked, how it stands, and what can be done about it.

use super::snooze::SnoozeOffer;
use super::state::{Phase, SkipReason};
use super::today::{Group, Today, can_change, can_undo, group};
use super::view::OccurrenceView;
use crate::app::App;
use crate::http::format;
use crate::plans::DoseUnit;
use crate::store::types::{AnswerId, CheckinId, OccurrenceId};
use crate::texts::Voice;

/// Why a patient skips, as the buttons say it.
pub(super) fn reasons(voice: &Voice) -> Vec<(&'static str, String)> {
    let words = |reason: &SkipReason| (reason.as_str(), reason_words(voice, *reason));
    SkipReason::ALL.iter().map(words).collect()
}

fn reason_words(voice: &Voice, reason: SkipReason) -> String {
    voice.say(&format!("reason_{}", reason.as_str()))
}

/// One prompt.
pub(super) struct Card {
    pub(super) id: OccurrenceId,
    /// One id for each of its forms: a double tap repeats it, another answer does not.
    pub(super) answer_ids: [AnswerId; 5],
    pub(super) title: String,
    pub(super) dose: String,
    pub(super) time: String,
    pub(super) instruction: String,
    pub(super) stop_rule: String,
    pub(super) amount: String,
    pub(super) unit: String,
    pub(super) state: State,
    pub(super) can_answer: bool,
    pub(super) can_change: bool,
    /// The answer can be taken back.
    pub(super) can_undo: bool,
    /// What the patient is asked about pain during or after it, or said.
    pub(super) pain: Option<PainAfter>,
    /// How long it can be put off.
    pub(super) snoozes: Vec<Later>,
    /// What was typed and is wrong.
    pub(super) typed: String,
    pub(super) error: Option<String>,
}

/// Pain during or after an exercise with a stop rule.
pub(super) enum PainAfter {
    /// To be asked; the answer has this id, so that a double tap is one.
    Ask(CheckinId),
    /// What was said, in words.
    Said(String),
}

/// One way to put a card off.
pub(super) struct Later {
    pub(super) minutes: u32,
    /// It ends in quiet hours.
    pub(super) quiet: bool,
    pub(super) words: String,
}

/// How a prompt stands, by symbol and words.
pub(super) struct State {
    pub(super) key: &'static str,
    pub(super) words: String,
}

/// Prompts under one heading.
pub(super) struct Section {
    pub(super) group: Group,
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) cards: Vec<Card>,
}

/// Today's cards, under their headings.
pub(super) fn sections(app: &App, today: &Today, voice: &Voice) -> Vec<Section> {
    let headings = [
        (Group::Now, "group_now"),
        (Group::Late, "group_late"),
        (Group::Later, "group_later"),
        (Group::Answered, "group_answered"),
    ];
    let of = |wanted: Group| -> Vec<Card> {
        let seen = today
            .occurrences
            .iter()
            .filter(|seen| group(seen.phase) == wanted);
        seen.map(|seen| card(app, seen, today, voice)).collect()
    };
    let all = headings.map(|(group, title)| Section {
        group,
        title: voice.say(title),
        hint: match group {
            Group::Late => voice.say("group_late_hint"),
            _ => String::new(),
        },
        cards: of(group),
    });
    all.into_iter()
        .filter(|section| !section.cards.is_empty())
        .collect()
}

fn card(app: &App, seen: &OccurrenceView, today: &Today, voice: &Voice) -> Card {
    Card {
        id: seen.id,
        answer_ids: [(); 5].map(|()| AnswerId::from(app.ids.uuid())),
        title: voice.title(&seen.exercise),
        dose: voice.dose(&seen.prescribed),
        time: seen.time.clone(),
        instruction: voice.how(&seen.exercise),
        stop_rule: voice.stop(&seen.exercise),
        amount: voice.number(seen.dose_amount, 1),
        unit: voice.say(unit_key(seen.dose_unit)),
        state: state(seen, today, voice),
        can_answer: group(seen.phase) != Group::Answered,
        can_change: can_change(seen, today.now),
        can_undo: can_undo(seen, today.now),
        pain: pain_after(app, seen, today, voice),
        snoozes: later(today, seen.id, voice),
        typed: String::new(),
        error: None,
    }
}

/// Asked once something was done whose stop rule goes by pain.
fn pain_after(app: &App, seen: &OccurrenceView, today: &Today, voice: &Voice) -> Option<PainAfter> {
    let was_done = matches!(seen.phase, Phase::Done | Phase::DoneLate | Phase::Partial);
    if !was_done || voice.stop(&seen.exercise).is_empty() {
        return None;
    }
    Some(match today.pain_after.get(&seen.id) {
        Some(pain) => PainAfter::Said(voice.one("pain_after_said", "pain", &pain.to_string())),
        None => PainAfter::Ask(CheckinId::from(app.ids.uuid())),
    })
}

/// The ways to put a card off. In quiet hours the button says so: pressing it is the word that is needed.
fn later(today: &Today, id: OccurrenceId, voice: &Voice) -> Vec<Later> {
    let offers = today.snoozes.get(&id).map(Vec::as_slice);
    let of = |offer: &SnoozeOffer| {
        let until = format::time(offer.until, &today.zone);
        Later {
            minutes: offer.minutes,
            quiet: offer.in_quiet_hours,
            words: if offer.in_quiet_hours {
                voice.one("answer_until_quiet", "time", &until)
            } else {
                voice.one("answer_until", "time", &until)
            },
        }
    };
    offers.unwrap_or_default().iter().map(of).collect()
}

fn unit_key(unit: DoseUnit) -> &'static str {
    match unit {
        DoseUnit::Minutes => "unit_minutes",
        DoseUnit::HoldSeconds => "unit_seconds",
        DoseUnit::Repetitions => "unit_repetitions",
        DoseUnit::Times => "unit_times",
    }
}

fn state(seen: &OccurrenceView, today: &Today, voice: &Voice) -> State {
    let timed = |key, at| voice.one(key, "time", &format::time(at, &today.zone));
    let reason = seen.reason.as_deref().and_then(SkipReason::from_name);
    let (key, words) = match seen.phase {
        Phase::Open => ("open", timed("state_until", seen.closes_at)),
        Phase::Upcoming => ("open", timed("state_from", seen.opens_at)),
        Phase::Missed => ("open", voice.say("state_unanswered")),
        Phase::Done => ("done", voice.say("state_done")),
        Phase::DoneLate => ("late", voice.say("state_done_late")),
        Phase::Partial => {
            let percent = format::number(100.0 * seen.done_fraction.unwrap_or(0.0), 0);
            ("partial", voice.one("state_part", "percent", &percent))
        }
        Phase::Declined => (
            "declined",
            reason.map_or_else(
                || voice.say("state_skipped"),
                |reason| {
                    let words = reason_words(voice, reason).to_lowercase();
                    voice.one("state_skipped_why", "reason", &words)
                },
            ),
        ),
        Phase::Excused | Phase::Cancelled => ("excused", voice.say("state_excused")),
    };
    State { key, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_and_unit_has_its_words() {
        let voice = Voice::default();
        for (name, words) in reasons(&voice) {
            assert!(
                crate::texts::has(&format!("reason_{name}")) && !words.is_empty(),
                "{name}"
            );
        }
        for unit in [
            DoseUnit::Minutes,
            DoseUnit::HoldSeconds,
            DoseUnit::Repetitions,
            DoseUnit::Times,
        ] {
            assert!(crate::texts::has(unit_key(unit)), "{unit:?}");
        }
    }
}
