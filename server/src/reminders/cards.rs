//! The cards of a patient's own page: what is asked, how it stands, and what can be done about it.

use super::snooze::SnoozeOffer;
use super::state::{Phase, SkipReason};
use super::today::{Group, Today, can_change, can_undo, group};
use super::view::OccurrenceView;
use crate::app::App;
use crate::http::format;
use crate::plans::{DoseUnit, library};
use crate::store::types::{AnswerId, OccurrenceId};

/// Why a patient skips, as the buttons say it.
pub(super) const REASONS: [(SkipReason, &str); 6] = [
    (SkipReason::NoTime, "No time"),
    (SkipReason::Pain, "It hurts"),
    (SkipReason::Tired, "Too tired"),
    (SkipReason::Unwell, "Not well"),
    (SkipReason::Away, "Away from home"),
    (SkipReason::Other, "Another reason"),
];

/// One prompt.
pub(super) struct Card {
    pub(super) id: OccurrenceId,
    /// One id for each of its forms: a double tap repeats it, another answer does not.
    pub(super) answer_ids: [AnswerId; 5],
    pub(super) title: String,
    pub(super) dose: String,
    pub(super) time: String,
    pub(super) instruction: String,
    pub(super) stop_rule: &'static str,
    pub(super) amount: String,
    pub(super) unit: &'static str,
    pub(super) state: State,
    pub(super) can_answer: bool,
    pub(super) can_change: bool,
    /// The answer can be taken back.
    pub(super) can_undo: bool,
    /// How long it can be put off.
    pub(super) snoozes: Vec<Later>,
    /// What was typed and is wrong.
    pub(super) typed: String,
    pub(super) error: Option<String>,
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
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    pub(super) cards: Vec<Card>,
}

/// Today's cards, under their headings.
pub(super) fn sections(app: &App, today: &Today) -> Vec<Section> {
    let headings = [
        (Group::Now, "Now", ""),
        (
            Group::Late,
            "Earlier today",
            "Not answered in time; it still counts until the end of the day.",
        ),
        (Group::Later, "Later today", ""),
        (Group::Answered, "Answered or left out", ""),
    ];
    let of = |wanted: Group| -> Vec<Card> {
        let seen = today
            .occurrences
            .iter()
            .filter(|seen| group(seen.phase) == wanted);
        seen.map(|seen| card(app, seen, today)).collect()
    };
    let all = headings.map(|(group, title, hint)| Section {
        group,
        title,
        hint,
        cards: of(group),
    });
    all.into_iter()
        .filter(|section| !section.cards.is_empty())
        .collect()
}

fn card(app: &App, seen: &OccurrenceView, today: &Today) -> Card {
    Card {
        id: seen.id,
        answer_ids: [(); 5].map(|()| AnswerId::from(app.ids.uuid())),
        title: seen.title.clone(),
        dose: seen.dose.clone(),
        time: seen.time.clone(),
        instruction: seen.instruction.clone(),
        stop_rule: library::find(&seen.exercise).map_or("", |exercise| &exercise.stop_rule),
        amount: format::number(seen.dose_amount, 1),
        unit: unit_words(seen.dose_unit),
        state: state(seen, today),
        can_answer: group(seen.phase) != Group::Answered,
        can_change: can_change(seen, today.now),
        can_undo: can_undo(seen, today.now),
        snoozes: later(today, seen.id),
        typed: String::new(),
        error: None,
    }
}

/// The ways to put a card off. In quiet hours the button says so: pressing it is the word that is needed.
fn later(today: &Today, id: OccurrenceId) -> Vec<Later> {
    let offers = today.snoozes.get(&id).map(Vec::as_slice);
    let of = |offer: &SnoozeOffer| {
        let until = format::time(offer.until, &today.zone);
        Later {
            minutes: offer.minutes,
            quiet: offer.in_quiet_hours,
            words: if offer.in_quiet_hours {
                format!("Until {until}, although it is quiet then")
            } else {
                format!("Until {until}")
            },
        }
    };
    offers.unwrap_or_default().iter().map(of).collect()
}

fn unit_words(unit: DoseUnit) -> &'static str {
    match unit {
        DoseUnit::Minutes => "minutes",
        DoseUnit::HoldSeconds => "seconds",
        DoseUnit::Repetitions => "repetitions",
        DoseUnit::Times => "times",
    }
}

fn state(seen: &OccurrenceView, today: &Today) -> State {
    let until = |at| format::time(at, &today.zone);
    let reason = seen.reason.as_deref().and_then(SkipReason::from_name);
    let reason = REASONS
        .iter()
        .find(|(known, _)| Some(*known) == reason)
        .map(|(_, words)| words.to_lowercase());
    let (key, words) = match seen.phase {
        Phase::Open => ("open", format!("until {}", until(seen.closes_at))),
        Phase::Upcoming => ("open", format!("from {}", until(seen.opens_at))),
        Phase::Missed => ("open", "not answered yet".to_owned()),
        Phase::Done => ("done", "Done".to_owned()),
        Phase::DoneLate => ("late", "Done, later than planned".to_owned()),
        Phase::Partial => (
            "partial",
            format!(
                "Part of it: {:.0} %",
                100.0 * seen.done_fraction.unwrap_or(0.0)
            ),
        ),
        Phase::Declined => (
            "declined",
            reason.map_or("Skipped".to_owned(), |reason| format!("Skipped: {reason}")),
        ),
        Phase::Excused | Phase::Cancelled => ("excused", "Not asked of you".to_owned()),
    };
    State { key, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_button() {
        let offered: Vec<SkipReason> = REASONS.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(offered, SkipReason::ALL);
    }
}
