use proptest::prelude::*;

use super::*;

const RULES: CircuitRules = CircuitRules {
    failures: 3,
    first_wait: Duration::from_secs(30),
    longest_wait: Duration::from_secs(100),
    probe_time: Duration::from_secs(60),
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn good() -> Outcome {
    Outcome::Accepted {
        provider_message_id: "m".into(),
    }
}

fn failed(delay_s: Option<u64>) -> Outcome {
    Outcome::RetryAfter {
        delay: delay_s.map(Duration::from_secs),
        code: "UNAVAILABLE".into(),
    }
}

fn refused() -> Outcome {
    Outcome::Unauthorized {
        code: "PERMISSION_DENIED".into(),
    }
}

fn pass(circuit: &mut Circuit, second: i64) -> Pass {
    match circuit.allow(at(second)) {
        Verdict::Allow(pass) => pass,
        Verdict::OpenUntil(until) => panic!("open until {until}"),
    }
}

fn record(circuit: &mut Circuit, second: i64, outcome: &Outcome) -> Option<Opening> {
    let pass = pass(circuit, second);
    circuit.record(pass, outcome, at(second))
}

#[test]
fn a_refusal_opens_at_once_and_calls_once_until_it_has_closed() {
    let mut circuit = Circuit::new(RULES);
    let opening = record(&mut circuit, 0, &refused()).unwrap();
    assert_eq!(
        (opening.since, opening.code.as_str()),
        (at(0), "PERMISSION_DENIED")
    );
    assert_eq!(circuit.allow(at(29)), Verdict::OpenUntil(at(30)));
    // The probe is refused: still the same opening, with twice the wait, up to the longest.
    assert_eq!(record(&mut circuit, 30, &refused()), None);
    assert_eq!(circuit.allow(at(89)), Verdict::OpenUntil(at(90)));
    assert_eq!(record(&mut circuit, 90, &failed(None)), None);
    assert_eq!(circuit.allow(at(91)), Verdict::OpenUntil(at(190)));
    let still = circuit.opening().unwrap();
    assert_eq!((still.since, still.code.as_str()), (at(0), "UNAVAILABLE"));
    assert_eq!(record(&mut circuit, 190, &good()), None);
    assert_eq!(circuit.opening(), None);
    assert!(
        record(&mut circuit, 191, &refused()).is_some(),
        "a new opening"
    );
}

#[test]
fn failures_open_it_only_in_a_row() {
    let mut circuit = Circuit::new(RULES);
    for _ in 0..10 {
        assert_eq!(record(&mut circuit, 0, &failed(None)), None);
        assert_eq!(record(&mut circuit, 0, &failed(None)), None);
        assert_eq!(record(&mut circuit, 0, &Outcome::TokenGone), None);
    }
    for expected in [false, false, true] {
        assert_eq!(record(&mut circuit, 0, &failed(None)).is_some(), expected);
    }
}

#[test]
fn the_gateways_own_wish_counts_up_to_the_longest_wait() {
    for (asked, until) in [(5, 30), (70, 70), (5000, 100)] {
        let mut circuit = Circuit::new(RULES);
        for _ in 0..3 {
            record(&mut circuit, 0, &failed(Some(asked)));
        }
        assert_eq!(circuit.allow(at(1)), Verdict::OpenUntil(at(until)));
    }
}

#[test]
fn one_probe_at_a_time_and_a_lost_one_does_not_block_for_ever() {
    let mut circuit = Circuit::new(RULES);
    record(&mut circuit, 0, &refused());
    let lost = pass(&mut circuit, 30);
    assert_eq!(circuit.allow(at(31)), Verdict::OpenUntil(at(90)));
    let second = pass(&mut circuit, 90);
    assert_eq!(circuit.record(lost, &good(), at(91)), None);
    assert!(
        circuit.opening().is_some(),
        "the answer of the lost probe is too late"
    );
    circuit.record(second, &good(), at(91));
    assert_eq!(circuit.opening(), None);
}

#[test]
fn answers_from_before_a_change_count_for_nothing() {
    let mut circuit = Circuit::new(RULES);
    let early: Vec<Pass> = (0..5).map(|_| pass(&mut circuit, 0)).collect();
    let opened: Vec<bool> = early
        .iter()
        .map(|pass| circuit.record(*pass, &refused(), at(1)).is_some())
        .collect();
    assert_eq!(
        opened,
        [true, false, false, false, false],
        "one call for all"
    );
    assert_eq!(circuit.record(early[0], &good(), at(2)), None);
    assert_eq!(circuit.allow(at(3)), Verdict::OpenUntil(at(31)));
}

#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    Send,
    Answer(usize, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_i64..90).prop_map(Step::Wait),
        Just(Step::Send),
        Just(Step::Send),
        (any::<usize>(), 0_u8..5).prop_map(|(which, how)| Step::Answer(which, how)),
        (any::<usize>(), 0_u8..5).prop_map(|(which, how)| Step::Answer(which, how)),
    ]
}

proptest! {
    /// Whatever happens, in whatever order answers come: the wait is kept and bounded, only one probe is
    /// out in its time, a call comes only with a change from closed to open, and a gateway that has
    /// mended is used again.
    #[test]
    fn it_keeps_its_promises(steps in proptest::collection::vec(step(), 0..200)) {
        let mut circuit = Circuit::new(RULES);
        let (mut now, mut under_way, mut probe_at) = (0, Vec::new(), None::<i64>);
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Send => {
                    let was_open = circuit.opening().is_some();
                    match circuit.allow(at(now)) {
                        Verdict::Allow(pass) => {
                            if was_open {
                                let spaced = probe_at.is_none_or(|last| now - last >= 30);
                                prop_assert!(spaced, "a probe {probe_at:?}, another at {now}");
                                probe_at = Some(now);
                            }
                            under_way.push(pass);
                        }
                        Verdict::OpenUntil(until) => {
                            prop_assert!(was_open);
                            prop_assert!(until > at(now) && until <= at(now + 100));
                        }
                    }
                }
                Step::Answer(which, how) => {
                    if under_way.is_empty() {
                        continue;
                    }
                    let pass = under_way.swap_remove(which % under_way.len());
                    let outcome = match how {
                        0 => good(),
                        1 => Outcome::TokenGone,
                        2 => failed(None),
                        3 => failed(Some(45)),
                        _ => refused(),
                    };
                    let was_open = circuit.opening().is_some();
                    let called = circuit.record(pass, &outcome, at(now)).is_some();
                    prop_assert_eq!(called, !was_open && circuit.opening().is_some());
                    if circuit.opening().is_none() {
                        probe_at = None;
                    }
                }
            }
        }
        now += 100;
        let verdict = circuit.allow(at(now));
        let Verdict::Allow(pass) = verdict else {
            return Err(TestCaseError::fail("not used again after the longest wait"));
        };
        circuit.record(pass, &good(), at(now));
        prop_assert!(circuit.is_untouched());
    }
}
