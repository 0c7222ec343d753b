//! The rules of delivery: whether something is sent now, later or not at all, and what its attempts mean. Pure.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::quiet::QuietHours;
use super::settings::{Digest, ReminderRules};
use crate::planted::{self, Bug};
use crate::push::{Locale, Outcome};
use crate::store::deliveries::{Delivery, DeliveryKind, DeliveryState};
use crate::store::leases::Settled;
use crate::store::patients::PatientStatus;
use crate::store::types::PatientId;

/// The first retry without a word from the gateway comes after this long, each further one after twice as long,
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// up to this.
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// A gateway that refuses the whole deployment is asked again after this long.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);
/// What could not be read is looked at again after this long.
pub const PUT_OFF: SignedDuration = SignedDuration::from_mins(5);
/// What is found later than this was not looked at in time: the server was down or asleep.
pub const LATE: SignedDuration = SignedDuration::from_mins(15);

/// Reasons, as stored with a delivery.
pub mod reason {
    /// Nobody looked in time.
    pub const OUTAGE: &str = "outage";
    /// Sent late, spread, after an outage.
    pub const CATCH_UP: &str = "catch_up";
    /// The patient asked for this very instant.
    pub const CHOSEN: &str = "chosen";
    /// The patient's or the clinic's quiet hours.
    pub const QUIET_HOURS: &str = "quiet_hours";
    /// One message for several.
    pub const DIGEST: &str = "digest";
    /// Consent was taken back, or the episode ended.
    pub const NOT_IN_CARE: &str = "not_in_care";
    /// It was answered, excused or cancelled.
    pub const NOT_WANTED: &str = "not_wanted";
    /// The insoles say it is worn already.
    pub const WORN: &str = "worn";
    /// The credentials or the gateway are down: nothing of it is the patient's.
    pub const CIRCUIT_OPEN: &str = "circuit_open";
    /// What it depends on could not be read.
    pub const UNREADABLE: &str = "unreadable";
    /// Reminders stopped after a long silence; a clinician decides.
    pub const SILENT: &str = "silent";
    /// What it announces was read already.
    pub const READ: &str = "read";
}

/// Whom it is for, as far as the rules care.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The patient.
    pub id: PatientId,
    /// Where the patient is.
    pub zone: TimeZone,
    /// The language of what is sent.
    pub locale: Locale,
    /// Whether the patient is in care.
    pub status: PatientStatus,
    /// The patient's own quiet hours; the clinic's where none.
    pub quiet_hours: Option<QuietHours>,
    /// The patient's choice or the clinic's.
    pub digest: Digest,
    /// Reminders stopped after a long silence.
    pub silent: bool,
}

/// What is to become of something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes out now.
    Send,
    /// It is looked at again then.
    Later(Timestamp, &'static str),
    /// It ends without being sent.
    End(DeliveryState, Option<&'static str>),
    /// It becomes part of one message for several.
    Fold(&'static str),
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// What.
    pub kind: DeliveryKind,
    /// Of a prompt, whether its instant is the one the plan names: then the clinic's quiet hours do not hold it back.
    pub prescribed: bool,
    /// When it was to be sent.
    pub due_at: Timestamp,
    /// After which it is not sent.
    pub expires_at: Timestamp,
    /// Why it waited until now, where it did.
    pub waited_for: Option<&'a str>,
    /// Whether this is the first look at it.
    pub first_look: bool,
    /// The gateway was down, and is not known to be any more.
    pub was_held_up: bool,
}

/// Judges something that is due.
pub fn judge(
    what: Candidate<'_>,
    who: &Recipient,
    rules: &ReminderRules,
    now: Timestamp,
) -> Verdict {
    if who.status != PatientStatus::Active && what.kind != DeliveryKind::Withdraw {
        return Verdict::End(DeliveryState::Withdrawn, Some(reason::NOT_IN_CARE));
    }
    let late = now.duration_since(what.due_at);
    if now >= what.expires_at {
        let why = match what.waited_for {
            Some(reason::CIRCUIT_OPEN) => Some(reason::CIRCUIT_OPEN),
            _ => (what.first_look && late > LATE).then_some(reason::OUTAGE),
        };
        return Verdict::End(DeliveryState::Expired, why);
    }
    // Silent by nature: it takes something off the screen.
    if what.kind == DeliveryKind::Withdraw {
        return Verdict::Send;
    }
    if who.silent && what.kind == DeliveryKind::Prompt {
        return Verdict::End(DeliveryState::Suppressed, Some(reason::SILENT));
    }
    if let Some(verdict) = quiet(what, who, rules, now) {
        return verdict;
    }
    if what.first_look && late > LATE && what.kind == DeliveryKind::Prompt {
        return caught_up(who, rules, late, now);
    }
    // As after an outage of ours; it stays one that was held up, and is not held against the patient.
    if what.was_held_up && what.kind == DeliveryKind::Prompt && is_folded(late, rules) {
        return Verdict::Fold(reason::CIRCUIT_OPEN);
    }
    Verdict::Send
}

fn quiet(
    what: Candidate<'_>,
    who: &Recipient,
    rules: &ReminderRules,
    now: Timestamp,
) -> Option<Verdict> {
    if what.waited_for == Some(reason::CHOSEN) {
        return None;
    }
    let until = match &who.quiet_hours {
        Some(_) if planted::is(Bug::ForgetsQuietHours) => return None,
        Some(own) => own.until(&who.zone, now)?,
        None if what.prescribed && now.duration_since(what.due_at) <= LATE => return None,
        None => rules.quiet_hours.until(&who.zone, now)?,
    };
    Some(if until < what.expires_at {
        Verdict::Later(until, reason::QUIET_HOURS)
    } else {
        Verdict::End(DeliveryState::Suppressed, Some(reason::QUIET_HOURS))
    })
}

/// Whether what is so late becomes part of one message for several.
fn is_folded(late: SignedDuration, rules: &ReminderRules) -> bool {
    late > SignedDuration::from_mins(i64::from(rules.catch_up_send_min))
}

/// What nobody looked at in time: sent a little later, or together.
fn caught_up(
    who: &Recipient,
    rules: &ReminderRules,
    late: SignedDuration,
    now: Timestamp,
) -> Verdict {
    if is_folded(late, rules) {
        return Verdict::Fold(reason::CATCH_UP);
    }
    Verdict::Later(spread(who.id, rules, now), reason::CATCH_UP)
}

/// A patient's place in the time over which sends are spread after an outage: the same for all of theirs.
pub fn spread(patient: PatientId, rules: &ReminderRules, now: Timestamp) -> Timestamp {
    let span_s = u64::from(rules.catch_up_spread_min) * 60;
    let [.., high, low] = *patient.bytes();
    let place = u64::from(u16::from_be_bytes([high, low])) * span_s / 0x1_0000;
    i64::try_from(place)
        .ok()
        .and_then(|place| now.checked_add(SignedDuration::from_secs(place)).ok())
        .unwrap_or(now)
}

/// What the attempts of one claim, one for each device, make of a delivery. `jitter` is 0 to 1.
pub fn settle(delivery: &Delivery, outcomes: &[Outcome], now: Timestamp, jitter: f64) -> Settled {
    let is = |wanted: fn(&Outcome) -> bool| outcomes.iter().any(wanted);
    if is(|outcome| matches!(outcome, Outcome::Accepted { .. })) {
        return Settled::Final(DeliveryState::Sent, None);
    }
    let waits = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::RetryAfter { delay, .. } => Some(retry_wait(*delay, delivery.attempts, jitter)),
        Outcome::Unauthorized { .. } => Some(AFTER_REFUSAL.mul_f64(1.0 + jitter)),
        Outcome::Accepted { .. } | Outcome::TokenGone | Outcome::Rejected { .. } => None,
    });
    if let Some(wait) = waits.min() {
        let ours = outcomes.iter().all(is_ours);
        return retry_at(delivery, now, wait, ours.then_some(reason::CIRCUIT_OPEN));
    }
    if is(|outcome| matches!(outcome, Outcome::Rejected { .. })) {
        return Settled::Final(DeliveryState::Rejected, None);
    }
    Settled::Final(DeliveryState::Undeliverable, None)
}

/// Whether a failure is the deployment's: no credentials, or a gateway that is not asked at the moment.
fn is_ours(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unauthorized { .. } => true,
        Outcome::RetryAfter { code, .. } => code == "CIRCUIT_OPEN",
        Outcome::Accepted { .. } | Outcome::TokenGone | Outcome::Rejected { .. } => false,
    }
}

fn retry_at(
    delivery: &Delivery,
    now: Timestamp,
    wait: Duration,
    why: Option<&'static str>,
) -> Settled {
    // What the patient asked for stays so, however often it is tried.
    let chosen = delivery.reason.as_deref() == Some(reason::CHOSEN);
    let why = if chosen { Some(reason::CHOSEN) } else { why };
    let at = SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok());
    if planted::is(Bug::GivesUpAfterOneTry) {
        return Settled::Final(DeliveryState::Sent, None);
    }
    match at.filter(|at| *at < delivery.expires_at.timestamp()) {
        Some(at) => Settled::RetryAt(at, why),
        None => Settled::Final(DeliveryState::Expired, why),
    }
}

/// The gateway's own wait, or twice as long each time; never all at the same instant.
fn retry_wait(asked: Option<Duration>, attempts: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or(0);
    let wait = asked.unwrap_or_else(|| (FIRST_RETRY * 2_u32.pow(doublings)).min(LONGEST_RETRY));
    wait + wait
        .min(LONGEST_RETRY)
        .mul_f64(0.2 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
