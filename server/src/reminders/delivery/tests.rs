use super::*;
use crate::store::types::{DeliveryId, OccurrenceId, TenantId};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn delivery(attempts: i64) -> Delivery {
    Delivery {
        tenant_id: TenantId(1),
        id: DeliveryId::from([1; 16]),
        patient_id: PatientId::from([2; 16]),
        kind: DeliveryKind::Prompt,
        occurrence_id: Some(OccurrenceId::from([1; 16])),
        step: 0,
        state: DeliveryState::Leased,
        reason: None,
        due_at: at(0).into(),
        expires_at: at(3600).into(),
        next_attempt_at: None,
        attempts,
        lease: None,
        sent_at: None,
        except_device: None,
    }
}

fn retry(delay: Option<u64>) -> Outcome {
    Outcome::RetryAfter {
        delay: delay.map(Duration::from_secs),
        code: "UNAVAILABLE".into(),
    }
}

fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_message_id: "m".into(),
    }
}

fn who() -> Recipient {
    Recipient {
        id: PatientId::from([2; 16]),
        zone: TimeZone::UTC,
        locale: Locale::En,
        status: PatientStatus::Active,
        quiet_hours: None,
        digest: Digest::Off,
        silent: false,
    }
}

/// A prompt prescribed for noon of 2 January 1970, open for four hours.
fn noon() -> Candidate<'static> {
    Candidate {
        kind: DeliveryKind::Prompt,
        prescribed: true,
        due_at: hours(36),
        expires_at: hours(40),
        waited_for: None,
        first_look: true,
        was_held_up: false,
    }
}

fn hours(count: i64) -> Timestamp {
    at(count * 3600)
}

fn judged(what: Candidate<'_>, who: &Recipient, now: Timestamp) -> Verdict {
    judge(what, who, &ReminderRules::default(), now)
}

#[test]
fn one_device_that_takes_it_is_enough() {
    let outcomes = [Outcome::TokenGone, accepted(), retry(None)];
    assert_eq!(
        settle(&delivery(1), &outcomes, at(0), 0.0),
        Settled::Final(DeliveryState::Sent, None)
    );
}

#[test]
fn the_gateways_wait_is_kept_and_without_one_it_doubles() {
    let settled =
        |attempts, delay, jitter| settle(&delivery(attempts), &[retry(delay)], at(0), jitter);
    assert_eq!(settled(1, Some(37), 0.0), Settled::RetryAt(at(37), None));
    assert_eq!(settled(1, None, 0.0), Settled::RetryAt(at(5), None));
    assert_eq!(settled(3, None, 0.0), Settled::RetryAt(at(20), None));
    assert_eq!(settled(60, None, 1.0), Settled::RetryAt(at(360), None));
}

#[test]
fn a_retry_after_the_window_is_none() {
    assert_eq!(
        settle(&delivery(1), &[retry(Some(37))], at(3570), 0.0),
        Settled::Final(DeliveryState::Expired, None)
    );
}

#[test]
fn dead_tokens_are_undeliverable_and_a_refused_message_is_rejected() {
    assert_eq!(
        settle(&delivery(1), &[Outcome::TokenGone], at(0), 0.0),
        Settled::Final(DeliveryState::Undeliverable, None)
    );
    let rejected = Outcome::Rejected {
        code: "INVALID_ARGUMENT".into(),
    };
    assert_eq!(
        settle(&delivery(1), &[rejected], at(0), 0.0),
        Settled::Final(DeliveryState::Rejected, None)
    );
}

#[test]
fn what_the_deployment_is_to_blame_for_says_so() {
    let refused = Outcome::Unauthorized {
        code: "THIRD_PARTY_AUTH_ERROR".into(),
    };
    assert_eq!(
        settle(&delivery(1), std::slice::from_ref(&refused), at(0), 0.0),
        Settled::RetryAt(at(60), Some(reason::CIRCUIT_OPEN))
    );
    assert_eq!(
        settle(&delivery(1), &[refused], at(3590), 0.0),
        Settled::Final(DeliveryState::Expired, Some(reason::CIRCUIT_OPEN))
    );
}

#[test]
fn what_is_due_is_sent_and_what_is_over_is_not() {
    assert_eq!(judged(noon(), &who(), hours(36)), Verdict::Send);
    assert_eq!(
        judged(noon(), &who(), hours(40)),
        Verdict::End(DeliveryState::Expired, Some(reason::OUTAGE))
    );
}

#[test]
fn after_an_outage_it_is_sent_within_two_hours_together_until_the_window_ends() {
    let ten_minutes = SignedDuration::from_mins(10);
    assert_eq!(
        judged(noon(), &who(), hours(36) + SignedDuration::from_mins(15)),
        Verdict::Send
    );
    match judged(noon(), &who(), hours(38)) {
        Verdict::Later(later, reason::CATCH_UP) => {
            assert!(later >= hours(38) && later <= hours(38) + ten_minutes);
        }
        other => panic!("{other:?}"),
    }
    let past_two_hours = hours(38) + SignedDuration::from_secs(1);
    assert_eq!(
        judged(noon(), &who(), past_two_hours),
        Verdict::Fold(reason::CATCH_UP)
    );
    let waited = Candidate {
        first_look: false,
        ..noon()
    };
    assert_eq!(
        judged(waited, &who(), past_two_hours),
        Verdict::Send,
        "a retry is no outage"
    );
}

#[test]
fn what_a_gateway_held_up_is_folded_as_after_an_outage_and_stays_held_up() {
    let held_up = Candidate {
        first_look: false,
        was_held_up: true,
        waited_for: Some(reason::CIRCUIT_OPEN),
        ..noon()
    };
    assert_eq!(judged(held_up, &who(), hours(38)), Verdict::Send);
    let past_two_hours = hours(38) + SignedDuration::from_secs(1);
    assert_eq!(
        judged(held_up, &who(), past_two_hours),
        Verdict::Fold(reason::CIRCUIT_OPEN)
    );
    let still_down = Candidate {
        was_held_up: false,
        ..held_up
    };
    assert_eq!(judged(still_down, &who(), past_two_hours), Verdict::Send);
    assert_eq!(
        judged(still_down, &who(), hours(40)),
        Verdict::End(DeliveryState::Expired, Some(reason::CIRCUIT_OPEN))
    );
}

#[test]
fn sends_after_an_outage_are_spread_evenly_over_ten_minutes() {
    let rules = ReminderRules::default();
    let mut places = [0; 10];
    for number in 0..=u16::MAX {
        let mut id = [0; 16];
        id[14..].copy_from_slice(&number.to_be_bytes());
        let after = spread(PatientId::from(id), &rules, at(0)).as_second();
        places[usize::try_from(after / 60).unwrap()] += 1;
    }
    assert!(
        places.iter().all(|count| (6500..6600).contains(count)),
        "{places:?}"
    );
}

#[test]
fn the_clinics_quiet_hours_hold_back_all_but_what_is_prescribed_for_them() {
    let night = Candidate {
        due_at: hours(26),
        expires_at: hours(34),
        ..noon()
    };
    assert_eq!(
        judged(night, &who(), hours(26)),
        Verdict::Send,
        "02:00 is what the plan says"
    );
    let rung = Candidate {
        prescribed: false,
        ..night
    };
    assert_eq!(
        judged(rung, &who(), hours(26)),
        Verdict::Later(hours(31), reason::QUIET_HOURS)
    );
    let short = Candidate {
        expires_at: hours(31),
        ..rung
    };
    assert_eq!(
        judged(short, &who(), hours(26)),
        Verdict::End(DeliveryState::Suppressed, Some(reason::QUIET_HOURS))
    );
}

#[test]
fn the_patients_own_quiet_hours_hold_back_all() {
    let own = Recipient {
        quiet_hours: Some(QuietHours::nightly("01:00", "06:00")),
        ..who()
    };
    let night = Candidate {
        due_at: hours(26),
        expires_at: hours(34),
        ..noon()
    };
    assert_eq!(
        judged(night, &own, hours(26)),
        Verdict::Later(hours(30), reason::QUIET_HOURS)
    );
    let none = Recipient {
        quiet_hours: Some(QuietHours::default()),
        ..who()
    };
    let rung = Candidate {
        prescribed: false,
        ..night
    };
    assert_eq!(
        judged(rung, &none, hours(26)),
        Verdict::Send,
        "who chose none is never quiet"
    );
}

#[test]
fn who_is_not_in_care_is_told_nothing_but_to_take_back() {
    let gone = Recipient {
        status: PatientStatus::Withdrawn,
        ..who()
    };
    assert_eq!(
        judged(noon(), &gone, hours(36)),
        Verdict::End(DeliveryState::Withdrawn, Some(reason::NOT_IN_CARE))
    );
    let withdraw = Candidate {
        kind: DeliveryKind::Withdraw,
        ..noon()
    };
    assert_eq!(judged(withdraw, &gone, hours(36)), Verdict::Send);
    assert_eq!(
        judged(withdraw, &who(), hours(25)),
        Verdict::Send,
        "also at night"
    );
}

#[test]
fn after_a_long_silence_prompts_stop_and_notices_do_not() {
    let silent = Recipient {
        silent: true,
        ..who()
    };
    assert_eq!(
        judged(noon(), &silent, hours(36)),
        Verdict::End(DeliveryState::Suppressed, Some(reason::SILENT))
    );
    let notice = Candidate {
        kind: DeliveryKind::Notice,
        ..noon()
    };
    assert_eq!(judged(notice, &silent, hours(36)), Verdict::Send);
}
