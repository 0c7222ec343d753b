//! The life of an occurrence: one function owns every change of state.

use jiff::{SignedDuration, Timestamp};

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
    let on_time = at <= span.closes_at;
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
            transition(State::Done, &span(), Event::Cancelled),
            Err(Refusal::NotApplicable)
        );
    }

    #[test]
    fn an_answer_taken_back_leaves_it_open_or_missed_by_the_clock() {
        for state in [
            State::Done,
            State::DoneLate,
            State::Partial,
            State::Declined,
        ] {
            let undone = |minutes| transition(state, &span(), Event::Undone { at: at(minutes) });
            assert_eq!(undone(59), Ok((State::Planned, None)));
            assert_eq!(undone(60), Ok((State::Missed, None)));
        }
        for state in [
            State::Planned,
            State::Missed,
            State::Excused,
            State::Cancelled,
        ] {
            let undone = transition(state, &span(), Event::Undone { at: at(1) });
            assert_eq!(undone, Err(Refusal::NotApplicable), "{state}");
        }
    }

    #[test]
    fn what_was_excused_comes_back_while_it_can_still_be_done() {
        let back =
            |state, minutes| transition(state, &span(), Event::Reinstated { at: at(minutes) });
        assert_eq!(back(State::Excused, 59), Ok((State::Planned, None)));
        assert_eq!(back(State::Excused, 60), Err(Refusal::NotApplicable));
        assert_eq!(back(State::Cancelled, 1), Err(Refusal::NotApplicable));
    }

    fn given(id: u8, kind: AnswerKind, minutes: i64, fraction: f64) -> Given {
        Given {
            id: AnswerId::from([id; 16]),
            kind,
            fraction,
            at: at(minutes),
        }
    }

    #[test]
    fn of_two_devices_the_earlier_answer_stands() {
        let answers = [
            given(2, AnswerKind::Done, 40, 1.0),
            given(1, AnswerKind::Done, 20, 1.0),
        ];
        let folded = fold(&span(), &answers, at(50));
        assert_eq!(
            (folded.state, folded.stands),
            (State::Done, Some(AnswerId::from([1; 16])))
        );
        assert_eq!(
            folded.effects[1],
            (AnswerId::from([2; 16]), Err(Refusal::Duplicate))
        );
    }

    #[test]
    fn an_answer_is_taken_back_within_a_day() {
        let undo = |minutes| {
            fold(
                &span(),
                &[
                    given(1, AnswerKind::Done, 10, 1.0),
                    given(2, AnswerKind::Undo, minutes, 0.0),
                ],
                at(20),
            )
        };
        assert_eq!(undo(15).state, State::Planned);
        assert_eq!(undo(10 + 24 * 60).state, State::Missed);
        assert_eq!(
            undo(11 + 24 * 60).state,
            State::Done,
            "a day and a minute is too late"
        );
        let closed = fold(
            &span(),
            &[
                given(1, AnswerKind::Done, 10, 1.0),
                given(2, AnswerKind::Undo, 15, 0.0),
            ],
            at(61),
        );
        assert_eq!(closed.state, State::Missed);
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_arrival_changes_nothing(
            answers in proptest::collection::vec((0_usize..5, -310_i64..700, 0.0_f64..1.2), 0..9),
            seed in 0_usize..1000, now in 0_i64..2000,
        ) {
            let kinds = AnswerKind::ALL;
            let all: Vec<Given> = answers.iter().zip(1_u8..).map(|((kind, minutes, fraction), id)| {
                given(id, kinds[*kind], *minutes, fraction.min(1.0))
            }).collect();
            let mut shuffled = all.clone();
            for place in (1..shuffled.len()).rev() {
                shuffled.swap(place, (seed * 31 + place * 17) % (place + 1));
            }
            let (a, b) = (fold(&span(), &all, at(now)), fold(&span(), &shuffled, at(now)));
            proptest::prop_assert_eq!(a, b);
        }

        #[test]
        fn the_same_answer_twice_is_once(kind in 0_usize..3, minutes in -310_i64..700, fraction in 0.0_f64..1.0) {
            let one = given(1, AnswerKind::ALL[kind], minutes, fraction);
            let again = Given { id: AnswerId::from([2; 16]), ..one };
            let (once, twice) = (fold(&span(), &[one], at(800)), fold(&span(), &[one, again], at(800)));
            proptest::prop_assert_eq!((once.state, once.fraction), (twice.state, twice.fraction));
        }
    }

    #[test]
    fn the_clock_alone_opens_and_closes_an_unanswered_occurrence() {
        assert_eq!(phase(State::Planned, &span(), at(-1)), Phase::Upcoming);
        assert_eq!(phase(State::Planned, &span(), at(0)), Phase::Open);
        assert_eq!(phase(State::Planned, &span(), at(60)), Phase::Missed);
    }
}
