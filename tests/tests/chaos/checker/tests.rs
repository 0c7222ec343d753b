//! The checker's own control: of a run in which all went well it says nothing, and each thing that can
//! go wrong is found under its name.

use std::collections::BTreeMap;

use footing_simulator::gateway::Accepted;

use super::prompts::TWO_CLAIMS;
use super::{Finding, check};
use crate::evidence::{Answer, End, Evidence, Life, Seen, Upload, Wanted};

const DUE_MS: i64 = 1_000_000;
/// When the second of three servers is killed.
const KILL_MS: i64 = DUE_MS + 5_000;

fn wanted(number: usize, due_ms: i64) -> Wanted {
    Wanted {
        patient: 0,
        item: format!("item-{number}"),
        time: "11:30".to_owned(),
        due_ms,
    }
}

fn seen(number: usize, due_ms: i64) -> Seen {
    Seen {
        id: format!("occ_{number:032x}"),
        wanted: wanted(number, due_ms),
        phase: "open".to_owned(),
        answered_ms: None,
    }
}

/// The gateway's `order`-th acceptance, of the prompt of an occurrence.
fn accepted(order: u64, number: usize, at_unix_ms: i64) -> Accepted {
    let id = uuid::Uuid::from_u128(number as u128).to_string();
    Accepted {
        order,
        at_unix_ms,
        token: "token-0".to_owned(),
        collapse_key: Some(format!("{number:032x}")),
        message_id: format!("message-{order}"),
        data: BTreeMap::from([("id".to_owned(), id)]),
        answered: true,
        http_version: "HTTP/2.0".to_owned(),
    }
}

fn life(started_ms: i64, end: Option<(i64, End)>) -> Life {
    Life {
        started_ms,
        ready_ms: started_ms + 200,
        end,
    }
}

/// Three servers, two prompts due and one not, a prompt sent twice because of the kill, a session that was
/// acknowledged and one that was not, an answer.
fn good() -> Evidence {
    let upload = |acknowledged| Upload {
        patient: 0,
        body: "{}".to_owned(),
        acknowledged,
    };
    let mut answered = seen(3, DUE_MS + 7_200_000);
    (answered.phase, answered.answered_ms) = ("done".to_owned(), Some(DUE_MS + 7));
    let answer = Answer {
        patient: 0,
        answered_ms: DUE_MS + 7,
        acknowledged: true,
    };
    Evidence {
        uploads: BTreeMap::from([
            ("kept".to_owned(), upload(true)),
            ("unheard".to_owned(), upload(false)),
        ]),
        listed: vec![(0, "kept".to_owned(), "{}".to_owned())],
        answers: BTreeMap::from([(answered.id.clone(), answer)]),
        wanted: vec![
            wanted(1, DUE_MS),
            wanted(2, DUE_MS),
            wanted(3, DUE_MS + 7_200_000),
        ],
        seen: vec![seen(1, DUE_MS), seen(2, DUE_MS), answered],
        tokens: vec!["token-0".to_owned()],
        accepted: vec![
            accepted(1, 1, DUE_MS + 20),
            accepted(2, 2, KILL_MS - 10),
            accepted(3, 2, KILL_MS + 60_000),
        ],
        recorded: ["message-1", "message-3"].map(str::to_owned).into(),
        lives: vec![
            life(DUE_MS - 9_000, Some((DUE_MS - 5_000, End::Killed))),
            life(DUE_MS - 4_990, Some((KILL_MS, End::Killed))),
            life(KILL_MS + 10, None),
        ],
        until_ms: DUE_MS + 100_000,
    }
}

/// What the checker says when `spoil` has happened to the good run.
fn after(spoil: impl FnOnce(&mut Evidence)) -> Vec<Finding> {
    let mut evidence = good();
    spoil(&mut evidence);
    check(&evidence)
}

#[test]
fn of_a_good_run_it_says_nothing() {
    assert_eq!(check(&good()), []);
    let stored_unheard = after(|e| e.listed.push((0, "unheard".to_owned(), "{}".to_owned())));
    assert_eq!(
        stored_unheard,
        [],
        "what was not acknowledged may be there or not"
    );
}

#[test]
fn sessions_lost_changed_doubled_or_from_nowhere_are_found() {
    let kept = || "kept".to_owned();
    assert_eq!(after(|e| e.listed.clear()), [Finding::UploadLost(kept())]);
    assert_eq!(
        after(|e| e.listed[0].2 = "{ }".to_owned()),
        [Finding::UploadChanged(kept())]
    );
    assert_eq!(
        after(|e| e.listed.push(e.listed[0].clone())),
        [Finding::UploadTwice(kept())]
    );
    let strange = (0, "strange".to_owned(), "{}".to_owned());
    assert_eq!(
        after(|e| e.listed.push(strange)),
        [Finding::UploadPhantom("strange".to_owned())]
    );
    assert_eq!(
        after(|e| e.listed[0].0 = 1),
        [Finding::UploadPhantom(kept())],
        "in another patient's list"
    );
}

#[test]
fn answers_lost_changed_or_from_nowhere_are_found() {
    let id = good().seen[2].id.clone();
    let unanswered =
        |e: &mut Evidence| (e.seen[2].phase, e.seen[2].answered_ms) = ("open".to_owned(), None);
    assert_eq!(after(unanswered), [Finding::AnswerLost(id.clone())]);
    assert_eq!(
        after(|e| e.seen[2].answered_ms = Some(1)),
        [Finding::AnswerChanged(id.clone())]
    );
    assert_eq!(after(|e| e.answers.clear()), [Finding::AnswerPhantom(id)]);
}

#[test]
fn occurrences_missing_doubled_or_unplanned_are_found() {
    let twice = after(|e| e.wanted.push(wanted(4, DUE_MS + 7_200_000)));
    assert_eq!(
        twice,
        [Finding::NotPlannedOnce(wanted(4, DUE_MS + 7_200_000))]
    );
    let other = Seen {
        id: "occ_x".to_owned(),
        ..seen(3, DUE_MS + 7_200_000)
    };
    assert_eq!(
        after(|e| e.seen.push(other)),
        [Finding::NotPlannedOnce(wanted(3, DUE_MS + 7_200_000))]
    );
    let unplanned = after(|e| e.seen.push(seen(5, DUE_MS + 7_200_000)));
    assert_eq!(
        unplanned,
        [Finding::Unplanned(wanted(5, DUE_MS + 7_200_000))]
    );
}

#[test]
fn a_prompt_unsent_is_found_once_it_is_due() {
    let unsent = |e: &mut Evidence| {
        e.accepted.remove(0);
        e.recorded.remove("message-1");
    };
    assert_eq!(after(unsent), [Finding::PromptUnsent(wanted(1, DUE_MS))]);
}

#[test]
fn a_prompt_early_or_late_is_found_and_downtime_is_granted() {
    assert_eq!(
        after(|e| e.accepted[0].at_unix_ms = DUE_MS - 1),
        [Finding::PromptEarly(wanted(1, DUE_MS), 1)]
    );
    // The server was away for 210 ms after the prompt was due.
    let by = |late_ms: i64| after(|e| e.accepted[0].at_unix_ms = DUE_MS + 90_210 + late_ms);
    assert_eq!(by(0), []);
    assert_eq!(by(1), [Finding::PromptLate(wanted(1, DUE_MS), 1)]);
}

#[test]
fn a_prompt_for_somebody_else_or_one_a_device_cannot_fold_is_found() {
    let misdirected = after(|e| e.accepted[0].token = "token-1".to_owned());
    assert_eq!(misdirected, [Finding::PromptMisdirected(wanted(1, DUE_MS))]);
    let unfoldable = after(|e| e.accepted[2].collapse_key = Some("other".to_owned()));
    assert_eq!(unfoldable, [Finding::PromptUnfoldable(wanted(2, DUE_MS))]);
}

#[test]
fn a_second_message_needs_a_kill_or_a_lost_answer() {
    let again = |e: &mut Evidence| {
        e.accepted.push(accepted(4, 1, KILL_MS + 61_000));
        e.recorded.remove("message-1");
        e.recorded.insert("message-4".to_owned());
    };
    assert_eq!(
        after(again),
        [],
        "it may have been under way all the time until the kill"
    );
    let stopped = |e: &mut Evidence| {
        again(e);
        // The prompt that did repeat because of the kill leaves the stage.
        e.lives[1].end = Some((KILL_MS, End::Stopped));
        e.accepted.remove(1);
    };
    assert_eq!(
        after(stopped),
        [Finding::PromptRepeated(wanted(1, DUE_MS))],
        "a stop is no kill"
    );
    let unheard = |e: &mut Evidence| {
        stopped(e);
        e.accepted[0].answered = false;
    };
    assert_eq!(after(unheard), []);
    let after_the_kill = |e: &mut Evidence| {
        again(e);
        e.accepted[0].at_unix_ms = KILL_MS + 1_000;
    };
    assert_eq!(
        after(after_the_kill),
        [Finding::PromptRepeated(wanted(1, DUE_MS))],
        "both by the same server"
    );
}

#[test]
fn a_second_message_after_the_first_was_written_down_is_found() {
    let again = after(|e| assert!(e.recorded.insert("message-2".to_owned())));
    assert_eq!(
        again,
        [Finding::PromptRepeatedAfterRecord(wanted(2, DUE_MS))]
    );
}

#[test]
fn records_of_nothing_and_nothing_recorded_are_found() {
    let unrecorded = after(|e| assert!(e.recorded.remove("message-3")));
    assert_eq!(unrecorded, [Finding::PromptUnrecorded(wanted(2, DUE_MS))]);
    let phantom = after(|e| assert!(e.recorded.insert("message-9".to_owned())));
    assert_eq!(phantom, [Finding::RecordPhantom("message-9".to_owned())]);
    let unknown = after(|e| e.accepted.push(accepted(4, 77, DUE_MS + 30)));
    assert_eq!(unknown, [Finding::MessageUnknown("message-4".to_owned())]);
}

#[test]
fn more_repeats_than_two_claims_hold_are_found() {
    let repeat = |e: &mut Evidence, count: usize| {
        for number in 10..10 + count {
            e.wanted.push(wanted(number, DUE_MS));
            e.seen.push(seen(number, DUE_MS));
            for at_ms in [KILL_MS - 10, KILL_MS + 60_000] {
                let order = e.accepted.len() as u64 + 1;
                e.accepted.push(accepted(order, number, at_ms));
            }
            e.recorded.insert(format!("message-{}", e.accepted.len()));
        }
    };
    // The good run has one already.
    assert_eq!(after(|e| repeat(e, TWO_CLAIMS - 1)), []);
    assert_eq!(
        after(|e| repeat(e, TWO_CLAIMS)),
        [Finding::TooManyRepeats(TWO_CLAIMS + 1)]
    );
}

#[test]
fn a_server_that_goes_on_after_it_was_told_to_stop_is_found() {
    let goes_on = |e: &mut Evidence, count: usize| {
        e.lives[2].end = Some((KILL_MS + 70_000, End::Stopped));
        e.lives.push(life(KILL_MS + 80_000, None));
        for number in 10..10 + count {
            e.wanted.push(wanted(number, DUE_MS));
            e.seen.push(seen(number, DUE_MS));
            let order = e.accepted.len() as u64 + 1;
            e.accepted.push(accepted(order, number, KILL_MS + 71_000));
            e.recorded.insert(format!("message-{order}"));
        }
    };
    assert_eq!(after(|e| goes_on(e, TWO_CLAIMS)), []);
    assert_eq!(
        after(|e| goes_on(e, TWO_CLAIMS + 1)),
        [Finding::StopIgnored(TWO_CLAIMS + 1)]
    );
}
