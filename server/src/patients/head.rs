//! The head of a patient's page: since when in care, with whose consent, who looks after them, and when they were last reached.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::record::Record;
use crate::app::App;
use crate::clinic_settings::{self, ClinicSettings};
use crate::error::Result;
use crate::http::format;
use crate::people::team::Team;
use crate::store::clinics::{self, Clinician};
use crate::store::consents::{self, Consent};
use crate::store::types::PatientId;
use crate::store::{Scope, care_team, checkins, patients, receipts, tallies};

/// Days answers are looked back on for the last word from the app.
const HEARD_DAYS: i32 = 366;

/// What the head rests on beside the record.
#[derive(Debug, Clone)]
pub(super) struct HeadFacts {
    episodes: Vec<Consent>,
    clinicians: Vec<Clinician>,
    /// Who looks after the patient.
    pub(super) team: Team,
    answered_at: Option<Timestamp>,
    checked_in_at: Option<Timestamp>,
    received_at: Option<Timestamp>,
    displayed_at: Option<Timestamp>,
    settings: ClinicSettings,
}

/// Reads what the head rests on.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub(super) async fn facts(app: &App, scope: Scope, id: PatientId) -> Result<HeadFacts> {
    let since = app
        .now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .saturating_sub(HEARD_DAYS.days());
    app.store
        .read("patient_head", scope, move |tx| {
            let first = |found: Vec<(PatientId, Timestamp)>| found.first().map(|(_, at)| *at);
            Ok(HeadFacts {
                team: Team {
                    owner: patients::find(tx, id)?.owner_id,
                    deputy: care_team::deputy(tx, id)?,
                },
                episodes: consents::episodes(tx, id)?,
                clinicians: clinics::clinicians(tx)?,
                answered_at: first(tallies::last_heard(tx, &[id], since)?),
                checked_in_at: checkins::last_received(tx, id)?,
                received_at: first(receipts::last_receipts(tx, &[id])?),
                displayed_at: receipts::last_displayed(tx, id)?,
                settings: clinic_settings::current(tx)?,
            })
        })
        .await
}

/// One way to the patient, and when it last held.
pub(super) struct Link {
    pub(super) label: &'static str,
    /// Names the symbol and the colour.
    pub(super) key: &'static str,
    pub(super) word: &'static str,
    pub(super) when: String,
}

/// Somebody of the team.
pub(super) struct Person {
    pub(super) name: String,
    /// They can look after nobody any more.
    pub(super) left: bool,
}

/// The head in words.
pub(super) struct Head {
    pub(super) episode: String,
    pub(super) since: String,
    pub(super) consent_key: &'static str,
    pub(super) consent_word: &'static str,
    pub(super) consent: String,
    pub(super) owner: Option<Person>,
    pub(super) deputy: Option<Person>,
    pub(super) links: Vec<Link>,
    /// Who can be chosen: id and name.
    pub(super) choices: Vec<(String, String)>,
}

impl Head {
    pub(super) fn of(facts: &HeadFacts, record: &Record) -> Self {
        let last = facts.episodes.last();
        let begun = last
            .and_then(|episode| episode.given_at)
            .unwrap_or(record.line.patient.created_at)
            .timestamp();
        let begun = begun.to_zoned(record.zone.clone()).date();
        let (consent_key, consent_word, consent) = consent(last, record);
        let person = |id| {
            let known = facts.clinicians.iter().find(|one| one.id == id);
            known.map(|one| Person {
                name: one.name.clone(),
                left: one.active != 1,
            })
        };
        Self {
            episode: last.map_or("Not begun".to_owned(), |one| {
                format!("Episode {}", one.episode)
            }),
            since: since(begun, record.today, last.is_some()),
            consent_key,
            consent_word,
            consent,
            owner: person(facts.team.owner),
            deputy: facts.team.deputy.and_then(person),
            links: links(facts, record),
            choices: facts
                .clinicians
                .iter()
                .filter(|one| one.active == 1)
                .map(|one| (one.id.to_string(), one.name.clone()))
                .collect(),
        }
    }
}

/// The first day is day 1.
fn since(begun: Date, today: Date, has_episode: bool) -> String {
    let days = (today - begun).get_days().max(0) + 1;
    let what = if has_episode { "since" } else { "added" };
    format!("{what} {}, day {days}", format::day(begun))
}

fn consent(last: Option<&Consent>, record: &Record) -> (&'static str, &'static str, String) {
    let day = |at: Timestamp| format::day(at.to_zoned(record.zone.clone()).date());
    let Some(episode) = last else {
        let none = "It is given with the first device that is connected.";
        return ("unknown", "Not yet given", none.to_owned());
    };
    let by = |by_clinician: bool| {
        if by_clinician {
            "recorded by a clinician"
        } else {
            "by the patient"
        }
    };
    if let Some(at) = episode.withdrawn_at {
        let by = by(episode.withdrawn_by.is_some());
        return ("low", "Withdrawn", format!("{}, {by}", day(at.timestamp())));
    }
    let given = episode.given_at.map_or_else(
        || "before consent was recorded".to_owned(),
        |at| {
            let by = by(episode.given_by.is_some());
            format!("{}, {by}", day(at.timestamp()))
        },
    );
    (
        "good",
        "Given",
        format!("{given}; text {}", episode.text_version),
    )
}

fn links(facts: &HeadFacts, record: &Record) -> Vec<Link> {
    let days = |count: u32| SignedDuration::from_hours(24 * i64::from(count));
    let silent = days(facts.settings.reminders.silence.silent_days);
    let insole_quiet = days(facts.settings.worklist.insole_quiet_days.into());
    let uploaded = record.newest.iter().map(|one| one.received_at.timestamp());
    let app = [
        facts.answered_at,
        facts.checked_in_at,
        facts.received_at,
        uploaded.max(),
    ];
    let walked = record
        .line
        .last_session
        .map(|one| one.started_at.timestamp());
    vec![
        link(
            "Last word from the app",
            app.into_iter().flatten().max(),
            silent,
            record,
        ),
        link("Last reminder shown", facts.displayed_at, silent, record),
        link("Last walk with insoles", walked, insole_quiet, record),
    ]
}

/// How long ago, and whether that is longer than the clinic finds usual.
fn link(
    label: &'static str,
    at: Option<Timestamp>,
    usual: SignedDuration,
    record: &Record,
) -> Link {
    let Some(at) = at else {
        return Link {
            label,
            key: "unknown",
            word: "none yet",
            when: String::new(),
        };
    };
    let fresh = record.now.duration_since(at) < usual;
    Link {
        label,
        key: if fresh { "good" } else { "watch" },
        word: if fresh { "heard" } else { "quiet" },
        when: format!(
            "{}, {}",
            format::ago(at, record.now),
            format::date_time(at, &record.zone)
        ),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_first_day_is_day_one() {
        let begun = date(2026, 3, 2);
        assert_eq!(since(begun, begun, true), "since Mon 2 Mar 2026, day 1");
        assert_eq!(
            since(begun, date(2026, 3, 29), false),
            "added Mon 2 Mar 2026, day 28"
        );
    }
}
