//! Use cases of messages; each is one transaction.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::rules::{self, Announcement};
use crate::app::App;
use crate::consent::service as consent;
use crate::error::{Code, Error, Result};
use crate::http::batch::DISCARDED;
use crate::http::guard::{Clinician, Patient as Phone};
use crate::notices;
use crate::planted::{self, Bug};
use crate::reminders::planner::zone_of;
use crate::reminders::recipients;
use crate::reminders::settings::PatientSettings;
use crate::reminders::watch::rules::may_nudge;
use crate::store::consents::UploadKind;
use crate::store::deliveries::{self, Delivery, DeliveryKind};
use crate::store::messages::{self, Author, Message, Settlement, Waiting};
use crate::store::patients::{self, Patient, PatientStatus};
use crate::store::types::{ClinicianId, DeliveryId, MessageId, PatientId, UtcMicros};
use crate::store::{Scope, Tx, audit, clinics};
use crate::texts;
use crate::worklist::service as worklist;

/// Messages one look at a thread reads.
pub const PAGE: i64 = 50;
/// The disposition of a known id with other content: what is there stays.
pub const CONFLICT: &str = "conflict";
/// Words of praise nobody could be told of for this long are not worth a push any more.
const PRAISE_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A message before it is stored.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Made by the writer, so that a repeat is one message.
    pub id: MessageId,
    /// What.
    pub text: String,
    /// When it was written, where that is not now.
    pub sent_at: Option<Timestamp>,
}

/// What became of a message.
#[derive(Debug, Clone)]
pub struct Sent {
    /// `created`, `duplicate`, [`CONFLICT`], or `discarded` where there is no consent to keep it.
    pub disposition: &'static str,
    /// As it stands; none where it was not kept.
    pub message: Option<Message>,
}

/// A thread, or a part of it.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Whose.
    pub patient: Patient,
    /// Newest first.
    pub messages: Vec<Message>,
    /// The names of the clinicians.
    pub names: BTreeMap<ClinicianId, String>,
    /// What waits for an answer.
    pub waiting: Option<Waiting>,
    /// Whether there are earlier ones.
    pub more: bool,
    /// The clinic's name.
    pub clinic: String,
    /// When it was read.
    pub now: Timestamp,
}

impl Thread {
    /// The newest message of a side.
    pub fn newest_of(&self, author: Author) -> Option<&Message> {
        self.messages.iter().find(|one| one.author == author)
    }
}

fn thread_in(
    tx: &mut Tx<'_>,
    patient: PatientId,
    before: Option<MessageId>,
    limit: i64,
    now: Timestamp,
) -> Result<Thread> {
    let patient = patients::find(tx, patient)?;
    let before = match before {
        Some(id) => {
            let known = own(tx, patient.id, id)?;
            let known = known.ok_or_else(|| unknown("?before"))?;
            Some((known.received_at, known.id))
        }
        None => None,
    };
    let mut page = messages::newest(tx, patient.id, before, limit.saturating_add(1))?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = page.len() > most;
    page.truncate(most);
    Ok(Thread {
        waiting: messages::waiting_of(tx, patient.id)?,
        names: clinics::clinicians(tx)?
            .into_iter()
            .map(|one| (one.id, one.name))
            .collect(),
        clinic: clinics::current(tx)?.name,
        patient,
        messages: page,
        more,
        now,
    })
}

/// A message of this patient's thread.
fn own(tx: &mut Tx<'_>, patient: PatientId, id: MessageId) -> Result<Option<Message>> {
    Ok(messages::find(tx, id)?.filter(|known| known.patient_id == patient))
}

fn unknown(pointer: &str) -> Error {
    Error::field(pointer, "must be a message of this thread")
}

/// A patient's thread, as it stands.
///
/// # Errors
/// Not found when there is no such patient; invalid when `before` is no message of the thread.
pub async fn thread(
    app: &App,
    scope: Scope,
    patient: PatientId,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Thread> {
    let now = app.now();
    app.store
        .read("thread", scope, move |tx| {
            thread_in(tx, patient, before, limit, now)
        })
        .await
}

/// Notes that a side has seen what the other wrote, up to a message: all so far where none is named. The first time counts.
///
/// # Errors
/// Not found when there is no such patient; invalid when it is no message of the thread.
pub async fn mark_read(
    app: &App,
    scope: Scope,
    patient: PatientId,
    reader: Author,
    until: Option<MessageId>,
) -> Result<()> {
    let now = app.now();
    let written_by = match reader {
        Author::Clinic => Author::Patient,
        Author::Patient => Author::Clinic,
    };
    let anything = app
        .store
        .read("unread", scope, move |tx| {
            patients::find(tx, patient)?;
            if let Some(id) = until {
                own(tx, patient, id)?.ok_or_else(|| unknown("/up_to"))?;
            }
            messages::count_unread(tx, patient, written_by)
        })
        .await?;
    // A page that is opened again writes nothing.
    if anything == 0 {
        return Ok(());
    }
    let entry = app.audit("message.read", "patient", Some(*patient.bytes()));
    app.store
        .write("mark_read", scope, move |tx| {
            let until = up_to(tx, patient, until)?;
            if messages::mark_read(tx, patient, written_by, until, now)? > 0 {
                audit::append(tx, &[entry])?;
            }
            Ok(())
        })
        .await
}

/// When the named message came; the end of time where none is named.
fn up_to(tx: &mut Tx<'_>, patient: PatientId, id: Option<MessageId>) -> Result<UtcMicros> {
    match id {
        Some(id) => Ok(own(tx, patient, id)?
            .ok_or_else(|| unknown("/up_to"))?
            .received_at),
        None => Ok(UtcMicros(i64::MAX)),
    }
}

/// Sends a patient a message. It answers what the patient wrote, up to `answers`: all so far where none is named.
///
/// # Errors
/// Not found when there is no such patient; invalid when `answers` is no message of the thread.
pub async fn write(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    new: NewMessage,
    answers: Option<MessageId>,
) -> Result<Sent> {
    let now = app.now();
    let by = clinician.id;
    let push = DeliveryId::from(app.ids.uuid());
    let entry = app.audit("message.send", "patient", Some(*patient.bytes()));
    let sent = app
        .store
        .write("write_message", clinician.scope, move |tx| {
            let patient = patients::lock(tx, patient)?;
            if let Some(known) = messages::find(tx, new.id)? {
                return Ok(repeated(known, patient.id, Author::Clinic, &new.text));
            }
            let until = up_to(tx, patient.id, answers)?;
            let push = announce(tx, &patient, push, now)?;
            let message = Message {
                clinician_id: Some(by),
                delivery_id: Some(push),
                ..blank(tx, patient.id, Author::Clinic, &new, now)
            };
            if !planted::is(Bug::LosesMessages) {
                messages::insert(tx, &message)?;
            }
            messages::mark_read(tx, patient.id, Author::Patient, until, now)?;
            messages::settle(tx, patient.id, until, by, Settlement::Answered, now)?;
            audit::append(tx, &[entry])?;
            Ok(Sent {
                disposition: "created",
                message: Some(message),
            })
        })
        .await?;
    app.signals.wake_dispatcher();
    Ok(sent)
}

fn blank(
    tx: &Tx<'_>,
    patient: PatientId,
    author: Author,
    new: &NewMessage,
    now: Timestamp,
) -> Message {
    Message {
        tenant_id: tx.tenant(),
        id: new.id,
        patient_id: patient,
        author,
        clinician_id: None,
        text: new.text.clone(),
        // A clock that is ahead is set to ours.
        sent_at: new.sent_at.unwrap_or(now).min(now).into(),
        received_at: now.into(),
        read_at: None,
        settled_at: None,
        settled_by: None,
        settled_how: None,
        delivery_id: None,
    }
}

/// A known id again: the same message, or somebody else's.
fn repeated(known: Message, patient: PatientId, author: Author, text: &str) -> Sent {
    let same = (known.patient_id, known.author) == (patient, author) && known.text == text;
    if !same {
        return Sent {
            disposition: CONFLICT,
            message: None,
        };
    }
    Sent {
        disposition: "duplicate",
        message: Some(known),
    }
}

/// The push that says there is something to read: one for several messages.
fn announce(
    tx: &mut Tx<'_>,
    patient: &Patient,
    fresh: DeliveryId,
    now: Timestamp,
) -> Result<DeliveryId> {
    let last = messages::last_announcement(tx, patient.id)?;
    match rules::announcement(last.as_ref(), now) {
        Announcement::With(known) => Ok(known),
        Announcement::At(at) => {
            let push = notices::delivery(tx.tenant(), patient.id, fresh, at);
            deliveries::insert(tx, &[push])?;
            Ok(fresh)
        }
    }
}

/// How far a device's clock may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// How long a message may have lain on a device.
const OLDEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Takes a message of a patient.
///
/// # Errors
/// Too many requests after [`rules::MOST_A_DAY`]; invalid when its time cannot be.
pub async fn take(app: &App, me: &Phone, new: NewMessage) -> Result<Sent> {
    let now = app.now();
    if let Some(at) = new.sent_at {
        let age = now.duration_since(at);
        if age > OLDEST || age < -AHEAD {
            let rule = "must be within the last 30 days, and not in the future";
            return Err(Error::field("/sent_at", rule));
        }
    }
    let patient = me.id;
    let entry = app.audit("message.send", "patient", Some(*patient.bytes()));
    app.store
        .write("take_message", me.scope, move |tx| {
            patients::lock(tx, patient)?;
            let written_at = new.sent_at.unwrap_or(now);
            if consent::guard(tx, patient, UploadKind::Message, written_at, now)? {
                return Ok(Sent {
                    disposition: DISCARDED,
                    message: None,
                });
            }
            if let Some(known) = messages::find(tx, new.id)? {
                return Ok(repeated(known, patient, Author::Patient, &new.text));
            }
            let a_day_ago = now
                .checked_sub(SignedDuration::from_hours(24))
                .map_err(Error::internal)?;
            if messages::count_since(tx, patient, Author::Patient, a_day_ago)? >= rules::MOST_A_DAY
            {
                return Err(Error::detailed(
                    Code::TooManyRequests,
                    format!("at most {} messages in 24 hours", rules::MOST_A_DAY),
                ));
            }
            let message = blank(tx, patient, Author::Patient, &new, now);
            messages::insert(tx, &message)?;
            // Who answers has seen what was written.
            messages::mark_read(tx, patient, Author::Clinic, UtcMicros(i64::MAX), now)?;
            audit::append(tx, &[entry])?;
            Ok(Sent {
                disposition: "created",
                message: Some(message),
            })
        })
        .await
}

/// Notes that what a patient wrote, up to a message, needs no answer here. Once more changes nothing. Gives how many
/// messages that were.
///
/// # Errors
/// Not found when there is no such patient; invalid when it is no message of the thread.
pub async fn needs_no_answer(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    until: MessageId,
) -> Result<usize> {
    let now = app.now();
    let by = clinician.id;
    let entry = app.audit("message.no_answer", "patient", Some(*patient.bytes()));
    app.store
        .write("settle_messages", clinician.scope, move |tx| {
            patients::lock(tx, patient)?;
            let until = up_to(tx, patient, Some(until))?;
            messages::mark_read(tx, patient, Author::Patient, until, now)?;
            let how = Settlement::NoAnswer;
            let settled = messages::settle(tx, patient, until, by, how, now)?;
            if settled > 0 {
                audit::append(tx, &[entry])?;
            }
            Ok(settled)
        })
        .await
}

/// Words of praise, as sent.
#[derive(Debug, Clone)]
pub struct Praised {
    /// `created`, `duplicate` or [`CONFLICT`].
    pub disposition: &'static str,
    /// Whether a push says so: the budget of nudges may be used up, and some want none.
    pub pushed: bool,
}

/// Sends a patient the catalogue's word of praise, in their language. It counts in the budget of nudges: where that is used up
/// it stands in the thread without a push. The row of good news is seen to with it.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn praise(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    id: MessageId,
) -> Result<Praised> {
    let now = app.now();
    let by = clinician.id;
    let push = DeliveryId::from(app.ids.uuid());
    let entry = app.audit("message.praise", "patient", Some(*patient.bytes()));
    let praised = app
        .store
        .write("praise", clinician.scope, move |tx| {
            let patient = patients::lock(tx, patient)?;
            let name = clinics::clinician(tx, by)?.name;
            let text = texts::render("praise", &patient.locale, &json!({ "clinician": name }));
            if let Some(known) = messages::find(tx, id)? {
                let pushed = known.delivery_id.is_some();
                // The words are ours: whoever clicked first, they are the same praise.
                let text = known.text.clone();
                let sent = repeated(known, patient.id, Author::Clinic, &text);
                return Ok(Praised {
                    disposition: sent.disposition,
                    pushed,
                });
            }
            let push = encouragement(tx, &patient, push, now)?;
            let new = NewMessage {
                id,
                text,
                sent_at: None,
            };
            let message = Message {
                clinician_id: Some(by),
                delivery_id: push,
                ..blank(tx, patient.id, Author::Clinic, &new, now)
            };
            messages::insert(tx, &message)?;
            worklist::praised(tx, patient.id, by, now)?;
            audit::append(tx, &[entry])?;
            Ok(Praised {
                disposition: "created",
                pushed: push.is_some(),
            })
        })
        .await?;
    app.signals.wake_dispatcher();
    Ok(praised)
}

/// A push that counts as a nudge, where another one fits the budget and the patient wants any.
fn encouragement(
    tx: &mut Tx<'_>,
    patient: &Patient,
    fresh: DeliveryId,
    now: Timestamp,
) -> Result<Option<DeliveryId>> {
    let own = PatientSettings::stored(patient.settings.as_deref())?;
    if patient.status != PatientStatus::Active || own.nudges == Some(false) {
        return Ok(None);
    }
    let quiet = match own.quiet_hours {
        Some(own) => own,
        None => recipients::rules(tx)?.quiet_hours,
    };
    // What counts is when the words come.
    let at = quiet.until(&zone_of(patient)?, now).unwrap_or(now);
    let since = at
        .checked_sub(SignedDuration::from_hours(240))
        .map_err(Error::internal)?;
    let earlier: Vec<Timestamp> = deliveries::nudges_since(tx, &[patient.id], since)?
        .into_iter()
        .map(|(_, at)| at)
        .collect();
    if !may_nudge(&earlier, at) {
        return Ok(None);
    }
    let push = Delivery {
        kind: DeliveryKind::Nudge,
        expires_at: at.checked_add(PRAISE_KEPT).map_err(Error::internal)?.into(),
        ..notices::delivery(tx.tenant(), patient.id, fresh, at)
    };
    deliveries::insert(tx, &[push])?;
    Ok(Some(fresh))
}
