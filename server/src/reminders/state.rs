//! The life of an occurrence: one function owns every change of state.

use jiff::Timestamp;

use crate::store::types::text_enum;

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
    /// A newer plan version replaces it.
    Superseded,
    /// The patient took back the consent.
    Withdrawn,
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
        (State::Planned, Event::Superseded | Event::Withdrawn) => Ok((State::Cancelled, None)),
        (_, Event::Closed | Event::Excused | Event::Superseded | Event::Withdrawn) => {
            Err(Refusal::NotApplicable)
        }
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
    let on_time = at <= span.closes_at;
    let next = match kind {
        AnswerKind::Skip => (State::Declined, Some(0.0)),
        AnswerKind::Partial if fraction < WHOLE_DOSE => (State::Partial, Some(fraction)),
        AnswerKind::Done | AnswerKind::Partial if on_time => (State::Done, Some(1.0)),
        AnswerKind::Done | AnswerKind::Partial => (State::DoneLate, Some(1.0)),
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
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    /// The day begins at -300, it opens at 0, closes at 60, the day ends at 600 (minutes).
    fn span() -> Span {
        Span {
            day_begins_at: at(-300),
            opens_at: at(0),
            closes_at: at(60),
            day_ends_at: at(600),
        }
    }

    fn done(minutes: i64) -> Event {
        Event::Answered {
            kind: AnswerKind::Done,
            fraction: 1.0,
            at: at(minutes),
        }
    }

    fn partial(fraction: f64) -> Event {
        Event::Answered {
            kind: AnswerKind::Partial,
            fraction,
            at: at(5),
        }
    }

    #[test]
    fn done_is_on_time_in_the_window_late_on_the_same_day_and_refused_after() {
        assert_eq!(
            transition(State::Planned, &span(), done(60)),
            Ok((State::Done, Some(1.0)))
        );
        assert_eq!(
            transition(State::Missed, &span(), done(61)),
            Ok((State::DoneLate, Some(1.0)))
        );
        assert_eq!(
            transition(State::Missed, &span(), done(601)),
            Err(Refusal::TooLate)
        );
    }

    #[test]
    fn it_can_be_done_early_on_its_own_day_and_not_before() {
        assert_eq!(
            transition(State::Planned, &span(), done(-300)),
            Ok((State::Done, Some(1.0)))
        );
        assert_eq!(
            transition(State::Planned, &span(), done(-301)),
            Err(Refusal::TooEarly)
        );
    }

    #[test]
    fn an_answer_that_arrives_late_but_was_given_in_the_window_is_on_time() {
        assert_eq!(
            transition(State::Missed, &span(), done(30)),
            Ok((State::Done, Some(1.0)))
        );
    }

    #[test]
    fn a_double_tap_changes_nothing_and_a_second_thought_in_the_window_counts() {
        assert_eq!(
            transition(State::Done, &span(), done(2)),
            Err(Refusal::Duplicate)
        );
        let skip = |minutes| Event::Answered {
            kind: AnswerKind::Skip,
            fraction: 0.0,
            at: at(minutes),
        };
        assert_eq!(
            transition(State::Done, &span(), skip(3)),
            Ok((State::Declined, Some(0.0)))
        );
        assert_eq!(
            transition(State::Done, &span(), skip(90)),
            Err(Refusal::TooLate)
        );
    }

    #[test]
    fn four_fifths_of_the_dose_is_the_dose() {
        assert_eq!(
            transition(State::Planned, &span(), partial(0.8)),
            Ok((State::Done, Some(1.0)))
        );
        assert_eq!(
            transition(State::Planned, &span(), partial(0.79)),
            Ok((State::Partial, Some(0.79)))
        );
    }

    #[test]
    fn what_the_clinic_took_away_is_not_counted_again() {
        for state in [State::Excused, State::Cancelled] {
            assert_eq!(
                transition(state, &span(), done(1)),
                Err(Refusal::NotCounted)
            );
            assert_eq!(
                transition(state, &span(), Event::Closed),
                Err(Refusal::NotApplicable)
            );
        }
        assert_eq!(
            transition(State::Done, &span(), Event::Excused),
            Err(Refusal::NotApplicable)
        );
        assert_eq!(
            transition(State::Done, &span(), Event::Superseded),
            Err(Refusal::NotApplicable)
        );
    }

    #[test]
    fn consent_taken_back_cancels_what_is_still_planned_and_nothing_else() {
        for state in State::ALL.iter().copied() {
            let expected = match state {
                State::Planned => Ok((State::Cancelled, None)),
                _ => Err(Refusal::NotApplicable),
            };
            assert_eq!(transition(state, &span(), Event::Withdrawn), expected);
        }
    }

    #[test]
    fn the_clock_alone_opens_and_closes_an_unanswered_occurrence() {
        assert_eq!(phase(State::Planned, &span(), at(-1)), Phase::Upcoming);
        assert_eq!(phase(State::Planned, &span(), at(0)), Phase::Open);
        assert_eq!(phase(State::Planned, &span(), at(60)), Phase::Missed);
    }
}
