//! A thread as a page shows it: by the days of the patient's zone, each message with what became of it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::service::Thread;
use crate::http::format;
use crate::store::messages::{Author, Message, Settlement};
use crate::texts::Voice;

/// A message as a page shows it.
pub(super) struct Bubble {
    pub(super) id: String,
    /// Whether whoever looks wrote it.
    pub(super) is_own: bool,
    pub(super) who: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) time: String,
    /// What became of it.
    pub(super) fate: Option<String>,
}

/// The messages of one date.
pub(super) struct Day {
    pub(super) date: String,
    pub(super) bubbles: Vec<Bubble>,
}

/// Who reads a page: the clinic in English, the patient in their own words.
pub(super) enum Reader {
    Clinic,
    Patient(Voice),
}

impl Reader {
    fn is(&self, author: Author) -> bool {
        match self {
            Self::Clinic => author == Author::Clinic,
            Self::Patient(_) => author == Author::Patient,
        }
    }

    fn date(&self, date: jiff::civil::Date) -> String {
        match self {
            Self::Clinic => format::long_date(date),
            Self::Patient(voice) => voice.long_date(date),
        }
    }

    fn written(&self, came: &str, at: Timestamp, zone: &TimeZone) -> String {
        match self {
            Self::Clinic => format!("{came}, written {}", format::date_time(at, zone)),
            Self::Patient(voice) => {
                let at = voice.date_time(at, zone);
                voice.two("message_written", "came", came, "at", &at)
            }
        }
    }
}

/// The thread oldest first, by the days of the patient's zone.
pub(super) fn days(thread: &Thread, zone: &TimeZone, reader: &Reader) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    let mut last = None;
    for message in thread.messages.iter().rev() {
        let at = message.received_at.timestamp();
        let date = at.to_zoned(zone.clone()).date();
        if last != Some(date) {
            last = Some(date);
            days.push(Day {
                date: reader.date(date),
                bubbles: Vec::new(),
            });
        }
        if let Some(day) = days.last_mut() {
            day.bubbles.push(bubble(thread, message, zone, reader));
        }
    }
    days
}

fn bubble(thread: &Thread, message: &Message, zone: &TimeZone, reader: &Reader) -> Bubble {
    let name = message.clinician_id.and_then(|id| thread.names.get(&id));
    let who = match (message.author, reader) {
        (Author::Patient, Reader::Patient(voice)) => voice.say("messages_you"),
        (Author::Patient, Reader::Clinic) => thread.patient.name.clone(),
        (Author::Clinic, _) => name.cloned().unwrap_or_else(|| thread.clinic.clone()),
    };
    Bubble {
        id: message.id.to_string(),
        is_own: reader.is(message.author),
        who,
        paragraphs: message
            .text
            .split('\n')
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect(),
        time: written(message, zone, reader),
        fate: fate(message, reader),
    }
}

/// When it came, and when it was written where that is longer ago.
fn written(message: &Message, zone: &TimeZone, reader: &Reader) -> String {
    let came = format::time(message.received_at.timestamp(), zone);
    let lay = message
        .received_at
        .timestamp()
        .duration_since(message.sent_at.timestamp());
    if lay < SignedDuration::from_mins(5) {
        return came;
    }
    reader.written(&came, message.sent_at.timestamp(), zone)
}

fn fate(message: &Message, reader: &Reader) -> Option<String> {
    let is_read = message.read_at.is_some();
    match (message.author, reader) {
        (Author::Patient, Reader::Clinic) => Some(
            match message.settled_how {
                Some(Settlement::Answered) => "answered",
                Some(Settlement::NoAnswer) => "needs no answer",
                None => "waits for an answer",
            }
            .to_owned(),
        ),
        (Author::Clinic, Reader::Clinic) => {
            Some(if is_read { "read" } else { "not read yet" }.to_owned())
        }
        (Author::Patient, Reader::Patient(voice)) => Some(voice.say(if is_read {
            "message_read"
        } else {
            "message_unread"
        })),
        (Author::Clinic, Reader::Patient(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::{MessageId, PatientId, UtcMicros};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn message(author: Author) -> Message {
        Message {
            tenant_id: crate::store::types::TenantId(1),
            id: MessageId::from([1; 16]),
            patient_id: PatientId::from([2; 16]),
            author,
            clinician_id: None,
            text: "Synthetic".to_owned(),
            sent_at: at("2026-03-02T07:00:00Z").into(),
            received_at: at("2026-03-02T07:00:30Z").into(),
            read_at: None,
            settled_at: None,
            settled_by: None,
            settled_how: None,
            delivery_id: None,
        }
    }

    #[test]
    fn what_lay_on_a_phone_says_when_it_was_written() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let mut one = message(Author::Patient);
        assert_eq!(written(&one, &zone, &Reader::Clinic), "08:00");
        one.received_at = UtcMicros::from(at("2026-03-03T09:00:00Z"));
        assert_eq!(
            written(&one, &zone, &Reader::Clinic),
            "10:00, written Mon 2 Mar 2026, 08:00"
        );
    }

    #[test]
    fn the_clinic_sees_what_waits_and_the_patient_only_what_was_read() {
        let mut one = message(Author::Patient);
        let (clinic, patient) = (Reader::Clinic, Reader::Patient(Voice::of("de")));
        let said = |one: &Message, reader| fate(one, reader).unwrap_or_default();
        assert_eq!(said(&one, &clinic), "waits for an answer");
        assert_eq!(said(&one, &patient), "noch nicht gelesen");
        one.settled_how = Some(Settlement::NoAnswer);
        one.read_at = Some(one.received_at);
        assert_eq!(said(&one, &clinic), "needs no answer");
        assert_eq!(said(&one, &patient), "gelesen");
        assert_eq!(fate(&message(Author::Clinic), &patient), None);
    }
}
