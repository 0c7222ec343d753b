//! I4 to I7 and I13: prompts come when they are due, where they belong, and not where nobody wants them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Finding, Seen, Span};
use crate::clinic::ledger::{Ledger, Offer, PatientBook};
use crate::clinic::observe::Patient;

/// A message may be under way so long after the server looked for the last time: it was claimed, and the gateway was slow.
const UNDER_WAY: SignedDuration = SignedDuration::from_secs(45);
/// A prompt is sent within this, downtime not counted.
const IN_TIME_S: i64 = 300;
/// A claim keeps others away for so long.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Prompts the gateway took, by what they are about.
pub(super) type Sent<'a> = BTreeMap<String, Vec<&'a Offer>>;

pub(super) fn sent(ledger: &Ledger) -> Sent<'_> {
    let offers = ledger.offers.iter();
    let mut sent = Sent::new();
    for offer in offers.filter(|offer| offer.accepted && offer.kind == "prompt") {
        let about = sent.entry(format!("occ_{}", offer.id));
        about.or_default().push(offer);
    }
    sent
}

pub(super) fn check(
    number: usize,
    (book, patient): (&PatientBook, &Patient),
    seen: &[Seen],
    sent: &Sent<'_>,
    ledger: &Ledger,
    span: Span,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in seen {
        let offers = sent.get(&one.id).map_or(&[][..], Vec::as_slice);
        for offer in offers {
            findings.extend(wanted(number, book, one, offer, ledger));
        }
        findings.extend(misdirected(number, book, one, offers));
        findings.extend(folds(number, one, offers));
        findings.extend(sent_by_two(number, book, one, offers, ledger));
        findings.extend(in_time(number, book, one, offers, patient, ledger, span));
    }
    findings
}

fn broken(rule: &str, number: usize, one: &Seen, text: &str) -> Option<Finding> {
    Some(Finding::of(rule, number, format!("{}: {text}", one.name)))
}

/// Whether somebody wanted this message when it came.
fn wanted(
    number: usize,
    book: &PatientBook,
    one: &Seen,
    offer: &Offer,
    ledger: &Ledger,
) -> Option<Finding> {
    let wrong = SignedDuration::from_secs(ledger.clock_s(offer.at));
    if offer.at + wrong < one.due_at {
        let text = format!("prompted at {}, and due at {}", offer.at, one.due_at);
        return broken("I4", number, one, &text);
    }
    let slack = UNDER_WAY + wrong;
    if let Some(at) = answered_before(book, one, offer.at - slack) {
        let text = format!("prompted at {}, and answered at {at}", offer.at);
        return broken("I5", number, one, &text);
    }
    let paused = book.pauses.iter().any(|pause| {
        pause.at < offer.at - slack && (pause.from..=pause.through).contains(&one.date)
    });
    if paused {
        return broken(
            "I5",
            number,
            one,
            &format!("prompted at {}, in a pause", offer.at),
        );
    }
    if let Some((since, from, until)) = book.quiet_hours
        && book.zones.len() == 1
        && since < offer.at - slack
        && wrong == SignedDuration::ZERO
    {
        let zone = TimeZone::get(book.zone_at(offer.at)).unwrap_or(TimeZone::UTC);
        let time = offer.at.to_zoned(zone).time();
        let quiet = if from <= until {
            (from..until).contains(&time)
        } else {
            time >= from || time < until
        };
        if quiet {
            return broken(
                "I5",
                number,
                one,
                &format!("prompted at {}, in quiet hours", offer.at),
            );
        }
    }
    None
}

/// When an answer that stood was acknowledged, if that was before an instant.
fn answered_before(book: &PatientBook, one: &Seen, at: Timestamp) -> Option<Timestamp> {
    let about = book
        .answers
        .values()
        .filter(|answer| answer.occurrence == one.id);
    let (undone, given): (Vec<_>, Vec<_>) = about
        .filter(|answer| answer.kind != "snooze")
        .partition(|answer| answer.kind == "undo");
    if !undone.is_empty() {
        return None;
    }
    given
        .iter()
        .filter(|answer| answer.disposition.as_deref() == Some("applied"))
        .filter_map(|answer| answer.acknowledged_at)
        .filter(|acknowledged| *acknowledged < at)
        .min()
}

/// It goes to the patient's own devices.
fn misdirected(
    number: usize,
    book: &PatientBook,
    one: &Seen,
    offers: &[&Offer],
) -> Option<Finding> {
    let own = own_tokens(book);
    let strange = offers.iter().any(|offer| !own.contains(&offer.token));
    if !strange {
        return None;
    }
    broken("I7", number, one, "prompted on somebody else's device")
}

fn own_tokens(book: &PatientBook) -> Vec<String> {
    let tokens = book.tokens.iter();
    tokens
        .map(|(_, token)| crate::clinic::gateway::name_of(token))
        .collect()
}

/// A repeat replaces the first on the device.
fn folds(number: usize, one: &Seen, offers: &[&Offer]) -> Option<Finding> {
    let first = offers.first()?;
    let same = offers.iter().all(|offer| offer.collapse == first.collapse);
    if same {
        return None;
    }
    broken(
        "I7",
        number,
        one,
        "two prompts that do not replace each other",
    )
}

/// Of two servers none sends what the other one sent, was told of and could write down.
fn sent_by_two(
    number: usize,
    book: &PatientBook,
    one: &Seen,
    offers: &[&Offer],
    ledger: &Ledger,
) -> Option<Finding> {
    let once_until = said_once_until(book, one)?;
    let (first, second) = offers.iter().enumerate().find_map(|(place, first)| {
        let mut later = offers[place + 1..].iter();
        let again = |second: &&&Offer| {
            second.at < once_until && second.life != first.life && second.token == first.token
        };
        let second = later.find(again)?;
        let knows = first.told && ledger.could_write(first.life, first.at, second.at);
        knows.then_some((first, second))
    })?;
    let text = format!(
        "prompted at {} by one server and at {} by the other",
        first.at, second.at
    );
    broken("I7", number, one, &text)
}

/// Until when no second prompt is wanted: the plan has none before, and nobody put it off or took an answer back.
fn said_once_until(book: &PatientBook, one: &Seen) -> Option<Timestamp> {
    let mut about = book.answers.values();
    let reopens = |kind: &str| matches!(kind, "snooze" | "undo");
    if about.any(|answer| answer.occurrence == one.id && reopens(&answer.kind)) {
        return None;
    }
    let lines = book.plans.iter().flat_map(|plan| &plan.lines);
    let again = lines
        .filter(|line| line.item == one.item)
        .flat_map(|line| &line.again_after_min);
    let first_min = again.min().copied();
    Some(first_min.map_or(one.closes_at, |min| {
        one.due_at + SignedDuration::from_mins(i64::from(min))
    }))
}

/// Sent in time, or there is a reason the server can tell.
fn in_time(
    number: usize,
    book: &PatientBook,
    one: &Seen,
    offers: &[&Offer],
    patient: &Patient,
    ledger: &Ledger,
    span: Span,
) -> Option<Finding> {
    let over = one.due_at >= span.end || one.due_at < span.begin;
    if over || !one.counts() || !is_reachable(book, one) {
        return None;
    }
    let before_due = one.due_at + UNDER_WAY;
    let done_before = book
        .answers
        .values()
        .filter(|answer| answer.occurrence == one.id)
        .any(|answer| answer.sent_at <= before_due);
    if let Some(first) = offers.first() {
        let late_s = first.at.duration_since(one.due_at).as_secs()
            - ledger.downtime_s(one.due_at, first.at)
            - ledger.gateway_down_s(one.due_at, first.at)
            - ledger.late_s
            - ledger.clock_s(first.at)
            - ledger.clock_s(one.due_at);
        let waits = done_before
            || waits_for_the_morning(book, one, first.at, ledger.late_s)
            || book.quiet_hours.is_some()
            || is_near_a_disk_fault(ledger, one);
        if late_s > IN_TIME_S && !waits && book.zones.len() == 1 {
            return broken("I7", number, one, &format!("prompted {late_s} s late"));
        }
        return None;
    }
    if done_before || explained(patient, one) {
        return None;
    }
    let said = patient.explained.get(&one.id).map(|why| &why["reminders"]);
    let text = format!(
        "{} and never prompted, and nothing says why: {}",
        one.phase,
        said.map(ToString::to_string).unwrap_or_default()
    );
    broken("I7", number, one, &text)
}

/// A prompt that is late waits for the end of the clinic's quiet hours, 22:00 to 07:00 where no scenario sets others.
fn waits_for_the_morning(book: &PatientBook, one: &Seen, sent_at: Timestamp, late_s: i64) -> bool {
    let zone = TimeZone::get(book.zone_at(sent_at)).unwrap_or(TimeZone::UTC);
    let local = sent_at.to_zoned(zone.clone());
    let Ok(morning) = local.date().at(7, 0, 0, 0).to_zoned(zone) else {
        return false;
    };
    let morning = morning.timestamp();
    let since_morning_s = sent_at.duration_since(morning).as_secs();
    let due_at_night =
        one.due_at < morning && one.closes_at > morning - SignedDuration::from_hours(9);
    due_at_night && (0..=IN_TIME_S + late_s).contains(&since_morning_s)
}

/// While the disk fails or is full, nothing can be claimed.
fn is_near_a_disk_fault(ledger: &Ledger, one: &Seen) -> bool {
    ledger
        .injected
        .iter()
        .filter(|fault| fault.what.contains("disk") || fault.what == "no restart")
        .any(|fault| fault.from <= one.closes_at && one.due_at <= fault.until)
}

fn is_reachable(book: &PatientBook, one: &Seen) -> bool {
    let registered = book
        .tokens
        .first()
        .is_some_and(|(since, _)| *since < one.due_at);
    let dead = book.unreachable.iter().any(|(from, until)| {
        *from <= one.closes_at && until.is_none_or(|until| one.due_at <= until)
    });
    let gone = book
        .withdrawn
        .is_some_and(|(sent, _)| sent <= one.closes_at)
        || book.erased.is_some_and(|at| at <= one.closes_at);
    registered && !dead && !gone
}

/// Whether the server says of a reminder that it was held back, and why; or that it was sent, by a message for several.
fn explained(patient: &Patient, one: &Seen) -> bool {
    let Some(why) = patient.explained.get(&one.id) else {
        return false;
    };
    let reminders = why["reminders"].as_array().into_iter().flatten();
    reminders
        .filter(|reminder| reminder["kind"] == "prompt")
        .any(|reminder| {
            let tried = reminder["attempts"]
                .as_array()
                .is_some_and(|tries| !tries.is_empty());
            let over = matches!(reminder["state"].as_str(), Some("expired" | "withdrawn"));
            reminder["reason"].is_string() || (over && tried)
        })
}

/// What was claimed was ended by who claimed it or taken back when that was over: of the reminders that were read none is still
/// leased twice a lease after it was due.
pub(super) fn orphans(
    number: usize,
    patient: &Patient,
    seen: &[Seen],
    at: Timestamp,
) -> Vec<Finding> {
    let held = |one: &&Seen| {
        let reminders = patient.explained.get(&one.id)?["reminders"].as_array()?;
        let leased = reminders
            .iter()
            .filter(|reminder| reminder["state"] == "leased");
        leased
            .filter_map(|reminder| reminder["due_at"].as_str()?.parse().ok())
            .find(|due: &Timestamp| *due + 2 * LEASE < at)
    };
    seen.iter()
        .filter_map(|one| {
            let due = held(&one)?;
            let text = format!("{}: its reminder of {due} is still claimed", one.name);
            Some(Finding::of("I13", number, text))
        })
        .collect()
}

/// Nothing is shown to who is not a patient any more.
pub(super) fn after_the_end(number: usize, book: &PatientBook, ledger: &Ledger) -> Vec<Finding> {
    let ended = [
        book.withdrawn.and_then(|(_, heard)| heard),
        book.erasure_due,
    ];
    let Some(ended) = ended.into_iter().flatten().min() else {
        return Vec::new();
    };
    let own = own_tokens(book);
    ledger
        .offers
        .iter()
        .filter(|offer| own.contains(&offer.token) && offer.kind != "withdraw")
        .filter(|offer| offer.at > ended + UNDER_WAY)
        .map(|offer| {
            Finding::of(
                "I6",
                number,
                format!("a {} at {}, after the end at {ended}", offer.kind, offer.at),
            )
        })
        .collect()
}
