//! The checker's own controls: a small clinic in which every promise is kept, and what it says when one is broken.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{check, fixture};
use crate::clinic::ledger::{
    Answer, Injected, Ledger, Life, Offer, Pause, ServerError, Stood, Upload,
};
use crate::clinic::observe::Observed;
use fixture::{World, at, kept};

/// The rules broken once something was changed.
fn broken(change: impl FnOnce(&mut World)) -> Vec<String> {
    let mut world = kept();
    change(&mut world);
    let World { ledger, observed } = &world;
    let mut rules: Vec<String> = check(ledger, observed, at("02T00:00:00"), at("04T00:00:00"))
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    rules.dedup();
    rules
}

fn none() -> Vec<String> {
    Vec::new()
}

fn occurrence(observed: &mut Observed, place: usize) -> &mut Value {
    &mut observed.patients[0].occurrences[place]
}

fn offer(ledger: &mut Ledger, place: usize) -> &mut Offer {
    &mut ledger.offers[place]
}

#[test]
fn where_every_promise_is_kept_there_is_nothing_to_say() {
    assert_eq!(broken(|_| {}), none());
}

#[test]
fn what_is_planned_not_at_all_twice_or_at_another_time_breaks_i1() {
    let lost = broken(|world| {
        world.observed.patients[0].occurrences.remove(1);
        world.observed.patients[0].adherence["denominator"] = json!(1);
        world.observed.patients[0].adherence["missed"] = json!(0);
    });
    assert_eq!(lost, ["I1"]);
    let moved = broken(|world| {
        occurrence(&mut world.observed, 1)["due_at"] = json!("2026-03-03T07:59:00Z");
    });
    assert_eq!(moved, ["I1"]);
    let twice = broken(|world| {
        let mut again = occurrence(&mut world.observed, 1).clone();
        again["id"] = json!("occ_00000000000000000000000000000009");
        again["phase"] = json!("cancelled");
        world.observed.patients[0].occurrences.push(again);
    });
    assert_eq!(twice, ["I1"]);
}

#[test]
fn what_nobody_asked_for_breaks_i2() {
    let other_day = broken(|world| {
        world.ledger.patients[0].plans[0].lines[0].every = 2;
    });
    assert_eq!(other_day, ["I2"]);
    let unreadable = broken(|world| {
        occurrence(&mut world.observed, 1)["due_at"] = json!("soon");
        world.ledger.patients[0].plans.clear();
        world.observed.patients[0].occurrences.remove(0);
        world.observed.patients[0].adherence = fixture::nothing_due();
        world.ledger.patients[0].answers.clear();
    });
    assert_eq!(unreadable, ["I2"]);
}

#[test]
fn sessions_lost_changed_doubled_or_from_nowhere_break_i3() {
    let lost = broken(|world| world.observed.patients[0].sessions.clear());
    assert_eq!(lost, ["I3"]);
    let changed = broken(|world| {
        let id = fixture::session_id();
        let upload: &mut Upload = world.ledger.patients[0].uploads.get_mut(&id).unwrap();
        upload.body["steps"] = json!(1);
    });
    assert_eq!(changed, ["I3"]);
    let doubled = broken(|world| {
        let again = world.observed.patients[0].sessions[0].clone();
        world.observed.patients[0].sessions.push(again);
    });
    assert_eq!(doubled, ["I3"]);
    let from_nowhere = broken(|world| world.ledger.patients[0].uploads.clear());
    assert_eq!(from_nowhere, ["I3"]);
    let impostor = broken(|world| {
        let id = fixture::session_id();
        let upload = world.ledger.patients[0].uploads.get_mut(&id).unwrap();
        upload.impostor = Some("duplicate".to_owned());
    });
    assert_eq!(impostor, ["I3"]);
}

#[test]
fn what_was_not_acknowledged_may_be_lost() {
    let unheard = broken(|world| {
        let id = fixture::session_id();
        let upload = world.ledger.patients[0].uploads.get_mut(&id).unwrap();
        (upload.acknowledged, upload.disposition) = (false, None);
        world.observed.patients[0].sessions.clear();
        world.ledger.patients[0]
            .checkins
            .insert("chk_1".into(), false);
    });
    assert_eq!(unheard, none());
}

#[test]
fn check_ins_and_messages_that_are_lost_break_i3() {
    let checkin = broken(|world| {
        world.ledger.patients[0]
            .checkins
            .insert("chk_1".into(), true);
    });
    assert_eq!(checkin, ["I3"]);
    let message = broken(|world| {
        world.ledger.patients[0]
            .messages
            .insert("msg_1".into(), true);
    });
    assert_eq!(message, ["I3"]);
}

#[test]
fn a_prompt_before_its_time_breaks_i4_and_a_wrong_clock_excuses_it() {
    let early = |world: &mut World| offer(&mut world.ledger, 0).at = at("02T07:59:00");
    assert_eq!(broken(early), ["I4"]);
    let excused = broken(|world| {
        early(world);
        world.ledger.injected.push(Injected {
            what: "clock".into(),
            from: at("02T07:00:00"),
            until: at("02T09:00:00"),
            clock_s: 90,
        });
    });
    assert_eq!(excused, none());
}

#[test]
fn a_prompt_nobody_wants_breaks_i5() {
    let answered = broken(|world| {
        let late = Offer {
            at: at("02T09:00:00"),
            ..offer(&mut world.ledger, 0).clone()
        };
        world.ledger.offers.push(late);
    });
    assert_eq!(answered, ["I5"]);
    let paused = broken(|world| {
        world.ledger.patients[0].pauses.push(Pause {
            at: at("02T12:00:00"),
            from: "2026-03-03".parse().unwrap(),
            through: "2026-03-03".parse().unwrap(),
        });
    });
    assert_eq!(paused, ["I5"]);
    let quiet = broken(|world| {
        world.ledger.patients[0].quiet_hours = Some((
            at("02T00:00:00"),
            "07:30".parse().unwrap(),
            "08:30".parse().unwrap(),
        ));
    });
    assert_eq!(quiet, ["I5"]);
}

#[test]
fn a_message_after_the_end_breaks_i6() {
    let withdrawn = broken(|world| {
        let ended = at("03T07:00:00");
        world.ledger.patients[0].withdrawn = Some((ended, Some(ended)));
    });
    assert_eq!(withdrawn, ["I6"]);
}

#[test]
fn prompts_unsent_late_misdirected_or_beside_each_other_break_i7() {
    let unsent = broken(|world| {
        world.ledger.offers.remove(1);
    });
    assert_eq!(unsent, ["I7"]);
    let late = broken(|world| offer(&mut world.ledger, 1).at = at("03T08:10:00"));
    assert_eq!(late, ["I7"]);
    let misdirected = broken(|world| offer(&mut world.ledger, 1).token = "another".into());
    assert_eq!(misdirected, ["I7"]);
    let beside = broken(|world| {
        let again = Offer {
            collapse: "another".into(),
            ..offer(&mut world.ledger, 1).clone()
        };
        world.ledger.offers.push(again);
    });
    assert_eq!(beside, ["I7"]);
}

#[test]
fn a_prompt_that_is_unsent_for_a_reason_or_late_for_a_dead_server_is_none() {
    let told = broken(|world| {
        world.ledger.offers.remove(1);
        let why =
            json!({ "reminders": [{ "kind": "prompt", "reason": "no_device", "attempts": [] }] });
        let id = occurrence(&mut world.observed, 1)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        world.observed.patients[0].explained.insert(id, why);
    });
    assert_eq!(told, none());
    let down = broken(|world| {
        offer(&mut world.ledger, 1).at = at("03T08:10:00");
        world.ledger.lives = vec![
            Life {
                node: 0,
                from: at("02T00:00:00"),
                until: Some(at("03T07:59:00")),
                end: None,
            },
            Life {
                node: 0,
                from: at("03T08:09:00"),
                until: None,
                end: None,
            },
        ];
    });
    assert_eq!(down, none());
}

/// A second server sends again, two minutes after the first, what was due at eight.
fn sent_again_by_another(change: impl FnOnce(&mut Ledger)) -> Vec<String> {
    broken(|world| {
        let ledger = &mut world.ledger;
        ledger.lives.push(Life {
            node: 1,
            ..ledger.lives[0].clone()
        });
        let again = Offer {
            at: at("03T08:02:05"),
            life: 1,
            ..offer(ledger, 1).clone()
        };
        ledger.offers.push(again);
        change(ledger);
    })
}

#[test]
fn what_two_servers_both_send_breaks_i7_where_the_first_could_write_it_down() {
    assert_eq!(sent_again_by_another(|_| {}), ["I7"]);
    let stood_still = sent_again_by_another(|ledger| {
        ledger.stood.push(Stood {
            node: 0,
            from: at("03T08:00:06"),
            until: at("03T08:01:00"),
        });
    });
    assert_eq!(stood_still, none());
    let of_the_other = sent_again_by_another(|ledger| {
        ledger.stood.push(Stood {
            node: 1,
            from: at("03T08:00:00"),
            until: at("03T08:02:00"),
        });
    });
    assert_eq!(of_the_other, ["I7"]);
    let ended = sent_again_by_another(|ledger| ledger.lives[0].until = Some(at("03T08:00:06")));
    assert_eq!(ended, none());
    let untold = sent_again_by_another(|ledger| offer(ledger, 1).told = false);
    assert_eq!(untold, none());
}

#[test]
fn while_one_of_two_servers_is_awake_there_is_no_downtime() {
    let mut ledger = kept().ledger;
    let life = |node, from: &str, until: Option<&str>| Life {
        node,
        from: at(from),
        until: until.map(at),
        end: None,
    };
    ledger.lives = vec![
        life(0, "02T00:00:00", Some("02T10:00:00")),
        life(1, "02T00:00:00", Some("02T11:00:00")),
        life(0, "02T11:30:00", None),
    ];
    let down_s = |ledger: &Ledger, from: &str, until: &str| ledger.downtime_s(at(from), at(until));
    assert_eq!(down_s(&ledger, "02T08:00:00", "02T12:00:00"), 1800);
    assert_eq!(down_s(&ledger, "02T11:10:00", "02T11:20:00"), 600);
    ledger.stood = vec![Stood {
        node: 1,
        from: at("02T10:30:00"),
        until: at("02T10:40:00"),
    }];
    assert_eq!(down_s(&ledger, "02T08:00:00", "02T12:00:00"), 2400);
    ledger.stood[0].from = at("02T09:50:00");
    assert_eq!(down_s(&ledger, "02T08:00:00", "02T12:00:00"), 4200);
    ledger.stood[0].node = 0;
    assert_eq!(down_s(&ledger, "02T08:00:00", "02T12:00:00"), 1800);
}

#[test]
fn answers_that_do_not_stand_and_figures_that_do_not_follow_break_i8() {
    let forgotten = broken(|world| {
        occurrence(&mut world.observed, 0)["phase"] = json!("missed");
        let adherence = &mut world.observed.patients[0].adherence;
        (adherence["missed"], adherence["numerator"]) = (json!(2), json!(0.0));
    });
    assert_eq!(forgotten, ["I8"]);
    let nobody = broken(|world| world.ledger.patients[0].answers.clear());
    assert_eq!(nobody, ["I8"]);
    let figures = broken(|world| world.observed.patients[0].adherence["numerator"] = json!(2.0));
    assert_eq!(figures, ["I8"]);
    let on_time = broken(|world| {
        let answer: &mut Answer = world.ledger.patients[0]
            .answers
            .values_mut()
            .next()
            .unwrap();
        answer.given_at = at("02T23:00:00");
    });
    assert_eq!(on_time, ["I8"]);
    let aside = broken(|world| {
        let answer = world.ledger.patients[0]
            .answers
            .values_mut()
            .next()
            .unwrap();
        answer.disposition = Some("quarantined".into());
    });
    assert_eq!(aside, ["I8"]);
}

#[test]
fn an_answer_taken_back_leaves_nothing_done() {
    let undone = broken(|world| {
        let answers = &mut world.ledger.patients[0].answers;
        let done = answers.values().next().unwrap().clone();
        let undo = Answer {
            kind: "undo".into(),
            given_at: done.given_at + SignedDuration::from_mins(1),
            ..done
        };
        answers.insert("ans_2".into(), undo);
    });
    assert_eq!(undone, ["I8"]);
}

#[test]
fn a_score_that_is_not_the_librarys_breaks_i9() {
    let scored = broken(|world| {
        world.observed.patients[0].sessions[0]["assessment"] = json!({ "score": 1 });
    });
    assert_eq!(scored, ["I9"]);
}

#[test]
fn what_a_stranger_sees_and_who_is_gone_unasked_breaks_i10() {
    assert_eq!(broken(|world| world.observed.strangers.push(200)), ["I10"]);
    assert_eq!(broken(|world| world.observed.listed = 2), ["I10"]);
    let gone = broken(|world| {
        world.observed.patients[0].is_gone = true;
        world.observed.listed = 0;
    });
    assert_eq!(gone, ["I10"]);
}

#[test]
fn an_act_without_a_trace_breaks_i11() {
    let untold = broken(|world| world.observed.trail = BTreeMap::new());
    assert_eq!(untold, ["I11"]);
}

#[test]
fn a_state_nobody_knows_breaks_i12() {
    let unknown = broken(|world| {
        occurrence(&mut world.observed, 1)["phase"] = json!("forgotten");
        let adherence = &mut world.observed.patients[0].adherence;
        (adherence["denominator"], adherence["missed"]) = (json!(1), json!(0));
    });
    assert_eq!(unknown, ["I12"]);
}

#[test]
fn an_error_breaks_i14_unless_something_was_broken() {
    let error = || ServerError {
        at: at("02T10:00:00"),
        request: "GET /v1/me".into(),
        status: 503,
        text: String::new(),
    };
    let blamed = broken(|world| world.ledger.errors.push(error()));
    assert_eq!(blamed, ["I14"]);
    let excused = broken(|world| {
        world.ledger.errors.push(error());
        world.ledger.injected.push(Injected {
            what: "disk error".into(),
            from: at("02T09:59:00"),
            until: at("02T10:01:00"),
            clock_s: 0,
        });
    });
    assert_eq!(excused, none());
    let refused = broken(|world| world.ledger.refusals.push(error()));
    assert_eq!(refused, ["I14"]);
}

#[test]
fn files_that_grow_without_reason_break_i15_and_restarts_that_change_something_i16() {
    let grown = broken(|world| world.observed.bytes = Some(1_000_000_000));
    assert_eq!(grown, ["I15"]);
    let changed = broken(|world| {
        world.observed.changed_by_restarts = Some(vec!["alerts of patient 0".into()]);
    });
    assert_eq!(changed, ["I16"]);
}

#[test]
fn a_reminder_that_stays_claimed_breaks_i13() {
    let claimed = |due: &str| {
        let why = json!({ "reminders": [{ "kind": "prompt", "state": "leased", "due_at": due, "attempts": [] }] });
        broken(|world| {
            let id = occurrence(&mut world.observed, 1)["id"]
                .as_str()
                .unwrap()
                .to_owned();
            world.observed.patients[0].explained.insert(id, why);
        })
    };
    assert_eq!(claimed("2026-03-03T07:00:00Z"), ["I13"]);
    assert_eq!(
        claimed("2027-03-03T07:00:00Z"),
        Vec::<String>::new(),
        "it is not due yet"
    );
}

#[test]
fn what_stays_open_beyond_its_end_breaks_i18() {
    let open = broken(|world| {
        occurrence(&mut world.observed, 1)["phase"] = json!("open");
        let adherence = &mut world.observed.patients[0].adherence;
        (adherence["denominator"], adherence["missed"]) = (json!(1), json!(0));
    });
    assert_eq!(open, ["I18"]);
}

#[test]
fn who_was_erased_and_is_there_or_left_traces_breaks_i20() {
    let erased = |world: &mut World| {
        let book = &mut world.ledger.patients[0];
        (book.erased, book.erasure_due) = (Some(at("03T20:00:00")), Some(at("03T21:00:00")));
    };
    assert_eq!(broken(erased), ["I20"]);
    let traces = broken(|world| {
        erased(world);
        world.observed.patients[0].is_gone = true;
        world.observed.listed = 0;
        world.observed.patients[0].traces = vec!["Test Patient 00000".into()];
    });
    assert_eq!(traces, ["I20"]);
    let gone = broken(|world| {
        erased(world);
        world.observed.patients[0].is_gone = true;
        world.observed.listed = 0;
    });
    assert_eq!(gone, none());
}
