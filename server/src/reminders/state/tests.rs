//! The state machine, step by step and by property.

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
