//! HTML: a patient's own page.

use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::cards::{PainAfter, Section, reasons, sections};
use super::clock_error::Heard;
use super::service::{self, Answer, Snooze};
use super::state::{AnswerKind, Phase, SkipReason};
use super::today::{Group, Today, today};
use crate::adherence::Adherence;
use crate::app::App;
use crate::error::{Code, Error, FieldError, Result};
use crate::http::assets::OFF_LINE;
use crate::http::extract::{Form, Query, in_range};
use crate::http::format;
use crate::http::guard::Patient;
use crate::http::page::{html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::notices::service::{self as notices, NEWEST, Told};
use crate::store::pauses::{Pause, ResumeRule};
use crate::store::types::{DeviceId, NoticeId, OccurrenceId};
use crate::texts::Voice;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/today").get(Access::Patient, show),
        at("/today/answers").post(Access::Patient, answer),
        at("/today/notices").post(Access::Patient, seen),
        at(OFF_LINE).get(Access::Public, off_line),
    ]
}

/// Shown in the place of a page that cannot be had: nothing of anybody, in every language.
#[derive(Template)]
#[template(path = "off_line.html")]
struct OffLinePage {
    voices: [Voice; 3],
}

async fn off_line() -> Result<HttpResponse> {
    html(&OffLinePage {
        voices: ["en", "de", "es"].map(Voice::of),
    })
}

/// What became of an answer, so that the page says so once.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Note {
    Applied,
    Undone,
    Snoozed,
    Duplicate,
    Conflict,
    TooEarly,
    TooLate,
    Extra,
    NotApplicable,
    SnoozeLimit,
    AfterClose,
    QuietHours,
    Quarantined,
    Discarded,
    UnknownOccurrence,
    Invalid,
    PainNoted,
}

impl Note {
    /// Whether it went as meant.
    fn is_good(self) -> bool {
        matches!(
            self,
            Self::Applied
                | Self::Undone
                | Self::Snoozed
                | Self::Duplicate
                | Self::Extra
                | Self::PainNoted
        )
    }

    /// Its text.
    fn key(self) -> &'static str {
        match self {
            Self::Applied => "note_applied",
            Self::Undone => "note_undone",
            Self::Snoozed => "note_snoozed",
            Self::Duplicate => "note_duplicate",
            Self::Conflict => "note_conflict",
            Self::TooEarly => "note_too_early",
            Self::TooLate => "note_too_late",
            Self::Extra => "note_extra",
            Self::NotApplicable => "note_not_applicable",
            Self::SnoozeLimit => "note_snooze_limit",
            Self::AfterClose => "note_after_close",
            Self::QuietHours => "note_quiet_hours",
            Self::Quarantined => "note_quarantined",
            Self::Discarded => "note_discarded",
            Self::UnknownOccurrence => "note_unknown_occurrence",
            Self::Invalid => "note_invalid",
            Self::PainNoted => "note_pain_noted",
        }
    }

    /// Every one.
    const ALL: [Self; 17] = [
        Self::Applied,
        Self::Undone,
        Self::Snoozed,
        Self::Duplicate,
        Self::Conflict,
        Self::TooEarly,
        Self::TooLate,
        Self::Extra,
        Self::NotApplicable,
        Self::SnoozeLimit,
        Self::AfterClose,
        Self::QuietHours,
        Self::Quarantined,
        Self::Discarded,
        Self::UnknownOccurrence,
        Self::Invalid,
        Self::PainNoted,
    ];
}

/// What was just done.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct TodayQuery {
    #[serde(default)]
    note: Option<Note>,
}

/// The newest walk, with no limit it is held against.
struct Walk {
    when: String,
    age: String,
    score: Option<String>,
}

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    voice: Voice,
    /// Whose browser this is: what is kept in it for another is thrown away.
    device: DeviceId,
    date: String,
    zone_name: String,
    zone: String,
    time: String,
    /// When it was read, for a page that is shown again without a connection.
    as_of: String,
    note: Option<(bool, String)>,
    notices: Vec<Told>,
    withdrawn: bool,
    paused: Option<String>,
    /// Whatever there is today was taken away by the clinic.
    nothing_asked: bool,
    sections: Vec<Section>,
    left: usize,
    adherence: String,
    walk: Option<Walk>,
    reasons: Vec<(&'static str, String)>,
    /// What the script says where there is no connection, by key.
    script_words: Vec<(String, String)>,
}

impl TodayPage {
    fn of(app: &App, me: &Patient, today: &Today, note: Option<Note>) -> Result<Self> {
        let voice = Voice::of(&today.locale);
        let sections = sections(app, today, &voice);
        let paused = today
            .pause
            .as_ref()
            .map(|pause| paused_words(&voice, pause, today.date))
            .transpose()?;
        Ok(Self {
            device: me.device,
            date: voice.long_date(today.date),
            zone: format::zone(&today.zone_name, today.now, &today.zone),
            zone_name: today.zone_name.clone(),
            time: format::time(today.now, &today.zone),
            as_of: voice.date_time(today.now, &today.zone),
            note: note.map(|note| (note.is_good(), voice.say(note.key()))),
            notices: today.notices.clone(),
            withdrawn: !today.in_care,
            paused,
            nothing_asked: today
                .occurrences
                .iter()
                .all(|seen| matches!(seen.phase, Phase::Excused | Phase::Cancelled)),
            left: sections
                .iter()
                .filter(|section| section.group != Group::Answered)
                .map(|section| section.cards.len())
                .sum(),
            sections,
            adherence: adherence_words(&voice, &today.adherence_7d),
            walk: today.last_session.map(|last| Walk {
                when: voice.date_time(last.started_at.timestamp(), &today.zone),
                age: voice.ago(last.started_at.timestamp(), today.now),
                score: last
                    .score
                    .zip(last.score_se)
                    .map(|(score, se)| voice.plus_minus(score, se)),
            }),
            reasons: reasons(&voice),
            script_words: script_words(&voice),
            voice,
        })
    }

    /// Puts what is wrong with an answer on its card.
    fn blame(&mut self, occurrence: OccurrenceId, typed: &str, words: String) {
        let mut cards = self
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.cards);
        if let Some(card) = cards.find(|card| card.id == occurrence) {
            card.typed = typed.to_owned();
            card.error = Some(words);
        }
    }
}

/// The words of the script, with the places it fills in itself left as they are.
fn script_words(voice: &Voice) -> Vec<(String, String)> {
    let places = json!({
        "what": "{what}", "time": "{time}", "amount": "{amount}", "unit": "{unit}", "minutes": "{minutes}",
        "title": "{title}", "words": "{words}", "reason": "{reason}",
    });
    let others = [
        "kept",
        "kept_sent",
        "kept_part",
        "kept_snoozed",
        "kept_undone",
        "told_line",
        "state_done",
        "state_skipped_why",
        "answer_undo",
        "answer_amount_mend",
    ];
    let notes = Note::ALL.iter().map(|note| note.key());
    let words = |key: &str| (key.to_owned(), voice.with(key, &places));
    others.into_iter().chain(notes).map(words).collect()
}

fn paused_words(voice: &Voice, pause: &Pause, today: Date) -> Result<String> {
    if pause.resume_rule == ResumeRule::Confirm && pause.resumed_date.is_none() {
        return Ok(voice.say("paused_open"));
    }
    let last = match &pause.resumed_date {
        Some(resumed) => resumed.date().and_then(Date::yesterday),
        None => pause.through_date.date(),
    };
    let last = last.map_err(Error::internal)?.max(today);
    Ok(voice.one("paused_until", "date", &voice.day_and_month(last)))
}

/// The last 7 days in plain words.
fn adherence_words(voice: &Voice, adherence: &Adherence) -> String {
    if adherence.denominator == 0 {
        return voice.say("own_days_none");
    }
    let done = voice.number(adherence.numerator, 1);
    let due = adherence.denominator.to_string();
    voice.two("own_days_done", "done", &done, "due", &due)
}

async fn show(app: web::Data<App>, me: Patient, query: Query<TodayQuery>) -> Result<HttpResponse> {
    html(&TodayPage::of(
        &app,
        &me,
        &today(&app, &me).await?,
        query.0.note,
    )?)
}

async fn answer(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let typed = read(&app, &form);
    let outcome = match typed {
        Ok(answer) => {
            let heard = Heard {
                now: app.now(),
                device_time: None,
            };
            service::answer(&app, &me, heard, answer, String::new()).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(taken) => Ok(see_other(&format!(
            "/today?note={}",
            note_of(form.text("kind"), taken.disposition)
        ))),
        Err(error) if error.code == Code::Invalid => again(&app, &me, &form, &error).await,
        Err(error) => Err(error),
    }
}

/// What the page says afterwards: what went as meant is told by what was meant.
fn note_of(kind: &str, disposition: &'static str) -> &'static str {
    match (AnswerKind::from_name(kind), disposition) {
        (Some(AnswerKind::Undo), "applied") => "undone",
        (Some(AnswerKind::Snooze), "applied") => "snoozed",
        (_, other) => other,
    }
}

async fn seen(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let ids: Vec<NoticeId> = form
        .all("notice")
        .take(usize::try_from(NEWEST).unwrap_or_default())
        .map(|id| {
            id.parse()
                .map_err(|_| Error::field("/notice", "must be of this page"))
        })
        .collect::<Result<_>>()?;
    notices::seen(&app, &me, ids).await?;
    Ok(see_other("/today"))
}

/// The page again, with what is wrong on its card.
async fn again(app: &App, me: &Patient, form: &Form, error: &Error) -> Result<HttpResponse> {
    let mut page = TodayPage::of(app, me, &today(app, me).await?, None)?;
    if let Ok(occurrence) = form.text("occurrence").parse() {
        let of_amount = |broken: &FieldError| broken.pointer == "/done_amount";
        let key = if error.errors.iter().any(of_amount) {
            "answer_amount_mend"
        } else {
            "answer_mend"
        };
        let words = page.voice.say(key);
        page.blame(occurrence, form.text("amount").trim(), words);
    }
    html_as(error.status_code(), &page)
}

/// The answer a form describes.
fn read(app: &App, form: &Form) -> Result<Answer> {
    let kind = AnswerKind::from_name(form.text("kind"))
        .ok_or_else(|| Error::field("/kind", "must be an answer"))?;
    Ok(Answer {
        id: form
            .text("answer")
            .parse()
            .map_err(|_| Error::field("/id", "must be an answer of this page"))?,
        occurrence: form
            .text("occurrence")
            .parse()
            .map_err(|_| Error::field("/occurrence_id", "must be of this page"))?,
        kind,
        done_amount: if kind == AnswerKind::Partial {
            Some(amount(form.text("amount"))?)
        } else {
            None
        },
        reason: if kind == AnswerKind::Skip {
            SkipReason::from_name(form.text("reason"))
        } else {
            None
        },
        snooze: snooze(kind, form)?,
        answered_at: app.now(),
    })
}

/// How long to put it off, as the button says.
fn snooze(kind: AnswerKind, form: &Form) -> Result<Option<Snooze>> {
    if kind != AnswerKind::Snooze {
        return Ok(None);
    }
    let minutes = form
        .text("snooze_min")
        .parse()
        .map_err(|_| Error::field("/snooze_min", "must be one of this page"))?;
    Ok(Some(Snooze {
        minutes,
        remind_anyway: form.get("remind_anyway").is_some(),
    }))
}

/// An amount as typed, with a decimal point or comma.
fn amount(text: &str) -> Result<f64> {
    let number: f64 = text
        .trim()
        .replace(',', ".")
        .parse()
        .map_err(|_| Error::field("/done_amount", "must be a number"))?;
    in_range("/done_amount", number, 0.0..=100_000.0).map_err(|error| Error::fields(vec![error]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_an_answer_has_its_words() {
        for note in Note::ALL {
            assert!(crate::texts::has(note.key()), "{}", note.key());
        }
    }

    #[test]
    fn the_words_of_the_script_keep_their_places() {
        let words = script_words(&Voice::of("de"));
        let of = |wanted: &str| {
            words
                .iter()
                .find(|(key, _)| key == wanted)
                .cloned()
                .unwrap()
                .1
        };
        assert!(of("kept").contains("{what}") && of("kept").contains("{time}"));
        assert!(of("told_line").contains("{title}"));
    }

    #[test]
    fn an_amount_may_have_a_comma_and_must_be_a_number() {
        assert_eq!(amount(" 2,5 ").unwrap(), 2.5);
        for wrong in ["", "some", "NaN", "inf", "-1", "1e9"] {
            assert_eq!(amount(wrong).unwrap_err().code, Code::Invalid, "{wrong}");
        }
    }
}
