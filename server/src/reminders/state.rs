//! The life of an occurrence: one function owns every change of state.

use jiff::{SignedDuration, Timestamp};

use crate::planted::{self, Bug};
use crate::store::types::{AnswerId, text_enum};

text_enum! {
    /// What became of an occurrence, as stored.
    State {
        /// Nothing yet: upcoming or open by the clock.
        Planned = "planned",
        /// Done within its window.
        Done = "done",
        /// Done after its window, on its own day.
        DoneLate = "done_late",
        /// Part of the dose was done.
        Partial = "partial",
        /// Its window ended unanswered.
        Missed = "missed",
        /// The patient decided against it.
        Declined = "declined",
        /// It does not count, for a reason.
        Excused = "excused",
        /// The plan no longer wants it.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What an occurrence is to its patient now: the stored state, with `planned` told apart by the clock.
    Phase {
        /// Its window has not opened.
        Upcoming = "upcoming",
        /// It can be answered on time.
        Open = "open",
        /// Done within its window.
        Done = "done",
        /// Done after its window, on its own day.
        DoneLate = "done_late",
        /// Part of the dose was done.
        Partial = "partial",
        /// Its window ended unanswered.
        Missed = "missed",
        /// The patient decided against it.
        Declined = "declined",
        /// It does not count, for a reason.
        Excused = "excused",
        /// The plan no longer wants it.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What a patient answers.
    AnswerKind {
        /// All of the dose.
        Done = "done",
        /// Some of the dose.
        Partial = "partial",
        /// None of it, for a reason.
        Skip = "skip",
        /// The answer before is taken back.
        Undo = "undo",
        /// Not now: to be reminded later.
        Snooze = "snooze",
    }
}

text_enum! {
    /// Why a patient skips.
    SkipReason {
        /// No time.
        NoTime = "no_time",
        /// It hurts.
        Pain = "pain",
        /// Too tired.
        Tired = "tired",
        /// Not well.
        Unwell = "unwell",
        /// Away from what it needs.
        Away = "away",
        /// Another reason.
        Other = "other",
    }
}

/// The instants that decide what an answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when it belongs to its day: an earlier answer cannot be meant for it.
    pub day_begins_at: Timestamp,
    /// From when an answer is on time.
    pub opens_at: Timestamp,
    /// Until when.
    pub closes_at: Timestamp,
    /// Until when it still belongs to its day.
    pub day_ends_at: Timestamp,
}

impl Span {
    fn early_from(&self) -> Timestamp {
        self.opens_at.min(self.day_begins_at)
    }

    fn late_until(&self) -> Timestamp {
        self.closes_at.max(self.day_ends_at)
    }
}

/// The share of the dose at and above which a part counts as the whole (docs/ARCHITECTURE.md, adherence).
pub const WHOLE_DOSE: f64 = 0.8;

/// What happens to an occurrence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// The patient answered.
    Answered {
        /// What.
        kind: AnswerKind,
        /// Share of the dose done, 0 to 1.
        fraction: f64,
        /// When, by the device.
        at: Timestamp,
    },
    /// The clock passed the end of the window.
    Closed,
    /// The clinic excuses it, as in a pause.
    Excused,
    /// It is not wanted any more: a newer plan version, a date that was skipped, consent taken back.
    Cancelled,
    /// The patient takes an answer back.
    Undone {
        /// When.
        at: Timestamp,
    },
    /// The reason it was excused for is gone, before it was due.
    Reinstated {
        /// When.
        at: Timestamp,
    },
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same answer stands already.
    #[error("duplicate")]
    Duplicate,
    /// Its day has not begun.
    #[error("too_early")]
    TooEarly,
    /// Its day is over.
    #[error("too_late")]
    TooLate,
    /// It is excused or cancelled: kept as something extra, not counted.
    #[error("not_counted")]
    NotCounted,
    /// The event does not apply to what became of it.
    #[error("not_applicable")]
    NotApplicable,
}

/// The state after an event, with the share done where an answer gives one.
///
/// # Errors
/// A [`Refusal`] when the event changes nothing.
pub fn transition(
    state: State,
    span: &Span,
    event: Event,
) -> Result<(State, Option<f64>), Refusal> {
    match (state, event) {
        (State::Excused | State::Cancelled, Event::Answered { .. }) => Err(Refusal::NotCounted),
        (_, Event::Answered { kind, fraction, at }) => answered(state, span, kind, fraction, at),
        (State::Planned, Event::Closed) => Ok((State::Missed, None)),
        (State::Planned | State::Missed, Event::Excused) => Ok((State::Excused, None)),
        (State::Planned | State::Excused, Event::Cancelled) => Ok((State::Cancelled, None)),
        (
            State::Done | State::DoneLate | State::Partial | State::Declined,
            Event::Undone { at },
        ) => Ok((
            if at < span.closes_at {
                State::Planned
            } else {
                State::Missed
            },
            None,
        )),
        (State::Excused, Event::Reinstated { at }) if at < span.closes_at => {
            Ok((State::Planned, None))
        }
        (
            _,
            Event::Closed
            | Event::Excused
            | Event::Cancelled
            | Event::Undone { .. }
            | Event::Reinstated { .. },
        ) => Err(Refusal::NotApplicable),
    }
}

fn answered(
    state: State,
    span: &Span,
    kind: AnswerKind,
    fraction: f64,
    at: Timestamp,
) -> Result<(State, Option<f64>), Refusal> {
    if at < span.early_from() {
        return Err(Refusal::TooEarly);
    }
    if at > span.late_until() {
        return Err(Refusal::TooLate);
    }
    let on_time = at <= span.closes_at || planted::is(Bug::TakesLateForOnTime);
    let next = match kind {
        AnswerKind::Skip => (State::Declined, Some(0.0)),
        AnswerKind::Partial if fraction < WHOLE_DOSE => (State::Partial, Some(fraction)),
        AnswerKind::Done | AnswerKind::Partial if on_time => (State::Done, Some(1.0)),
        AnswerKind::Done | AnswerKind::Partial => (State::DoneLate, Some(1.0)),
        AnswerKind::Undo | AnswerKind::Snooze => return Err(Refusal::NotApplicable),
    };
    // Until the window ends a patient may think better of an answer; a repeated one is a double tap.
    let same = state == next.0 && state != State::Partial;
    if same {
        return Err(Refusal::Duplicate);
    }
    match state {
        State::Planned | State::Missed => Ok(next),
        _ if on_time => Ok(next),
        _ => Err(Refusal::TooLate),
    }
}

/// An answer can be taken back for this long.
pub const UNDO_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// One thing a patient said of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// Orders what was said at the same instant.
    pub id: AnswerId,
    /// What.
    pub kind: AnswerKind,
    /// Share of the dose done, 0 to 1.
    pub fraction: f64,
    /// When, by the device, corrected.
    pub at: Timestamp,
}

/// What everything a patient said of an occurrence comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// The state.
    pub state: State,
    /// Share of the dose done.
    pub fraction: Option<f64>,
    /// The answer that stands.
    pub stands: Option<AnswerId>,
    /// What each did, by its id.
    pub effects: Vec<(AnswerId, Result<(), Refusal>)>,
}

/// Folds answers in the order they were given, whatever the order they arrived in: the same set always comes to the
/// same.
pub fn fold(span: &Span, given: &[Given], now: Timestamp) -> Folded {
    let mut given = given.to_vec();
    given.sort_by_key(|one| (one.at, one.id));
    let mut folded = Folded {
        state: State::Planned,
        fraction: None,
        stands: None,
        effects: Vec::new(),
    };
    let mut answered_at: Option<Timestamp> = None;
    for one in given {
        let event = match one.kind {
            AnswerKind::Snooze => continue,
            AnswerKind::Undo if planted::is(Bug::ForgetsUndo) => continue,
            AnswerKind::Undo
                if answered_at.is_some_and(|at| one.at.duration_since(at) > UNDO_WITHIN) =>
            {
                folded.effects.push((one.id, Err(Refusal::TooLate)));
                continue;
            }
            AnswerKind::Undo => Event::Undone { at: one.at },
            kind => Event::Answered {
                kind,
                fraction: one.fraction,
                at: one.at,
            },
        };
        let effect = transition(folded.state, span, event).map(|(state, fraction)| {
            (folded.state, folded.fraction) = (state, fraction);
            let undone = one.kind == AnswerKind::Undo;
            folded.stands = (!undone).then_some(one.id);
            answered_at = (!undone).then_some(one.at);
        });
        folded.effects.push((one.id, effect));
    }
    if folded.state == State::Planned && now >= span.closes_at {
        folded.state = State::Missed;
    }
    folded
}

/// What the occurrence is at `now`.
pub fn phase(state: State, span: &Span, now: Timestamp) -> Phase {
    match state {
        State::Planned if now < span.opens_at => Phase::Upcoming,
        State::Planned if now < span.closes_at => Phase::Open,
        State::Planned | State::Missed => Phase::Missed,
        State::Done => Phase::Done,
        State::DoneLate => Phase::DoneLate,
        State::Partial => Phase::Partial,
        State::Declined => Phase::Declined,
        State::Excused => Phase::Excused,
        State::Cancelled => Phase::Cancelled,
    }
}

#[cfg(test)]
mod tests;
