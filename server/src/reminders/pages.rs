//! HTML: a patient's own page.

use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;

use super::cards::{REASONS, Section, sections};
use super::clock_error::Heard;
use super::service::{self, Answer, Snooze};
use super::state::{AnswerKind, Phase, SkipReason};
use super::today::{Group, Today, today};
use crate::adherence::Adherence;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Query, in_range};
use crate::http::format;
use crate::http::guard::Patient;
use crate::http::page::{html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::notices::service::{self as notices, NEWEST, Told};
use crate::store::pauses::{Pause, ResumeRule};
use crate::store::types::{NoticeId, OccurrenceId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/today").get(Access::Patient, show),
        at("/today/answers").post(Access::Patient, answer),
        at("/today/notices").post(Access::Patient, seen),
    ]
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
}

impl Note {
    /// Whether it went as meant, and the words.
    fn words(self) -> (bool, &'static str) {
        match self {
            Self::Applied => (true, "Noted, thank you."),
            Self::Undone => (true, "Your answer was taken back."),
            Self::Snoozed => (true, "You will be reminded later."),
            Self::Duplicate => (true, "That was noted already."),
            Self::Conflict => (
                false,
                "Two different answers arrived at once. Please look at the card and answer again.",
            ),
            Self::TooEarly => (false, "It is too early for that answer."),
            Self::TooLate => (
                false,
                "The time for that answer is over, so it was not counted.",
            ),
            Self::Extra => (
                true,
                "Kept, but not counted: your clinic does not ask for it any more.",
            ),
            Self::NotApplicable => (false, "That changes nothing any more."),
            Self::SnoozeLimit => (false, "It was put off often enough."),
            Self::AfterClose => (false, "Its time is over before then."),
            Self::QuietHours => (false, "That is in your quiet hours."),
            Self::Quarantined => (
                false,
                "The time of that answer cannot be right. Your clinic looks at it.",
            ),
            Self::Discarded => (
                false,
                "You have taken your consent back, so nothing is kept.",
            ),
            Self::UnknownOccurrence => (false, "That is no longer in your plan."),
        }
    }
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
    date: String,
    zone: String,
    time: String,
    note: Option<(bool, &'static str)>,
    notices: Vec<Told>,
    withdrawn: bool,
    paused: Option<String>,
    /// Whatever there is today was taken away by the clinic.
    nothing_asked: bool,
    sections: Vec<Section>,
    left: usize,
    adherence: String,
    walk: Option<Walk>,
    reasons: [(&'static str, &'static str); 6],
}

impl TodayPage {
    fn of(app: &App, today: &Today, note: Option<Note>) -> Result<Self> {
        let sections = sections(app, today);
        let paused = today
            .pause
            .as_ref()
            .map(|pause| paused_words(pause, today.date))
            .transpose()?;
        Ok(Self {
            date: format::long_date(today.date),
            zone: format::zone(&today.zone_name, today.now, &today.zone),
            time: format::time(today.now, &today.zone),
            note: note.map(Note::words),
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
            adherence: adherence_words(&today.adherence_7d),
            walk: today.last_session.map(|last| Walk {
                when: format::date_time(last.started_at.timestamp(), &today.zone),
                age: format::ago(last.started_at.timestamp(), today.now),
                score: last
                    .score
                    .zip(last.score_se)
                    .map(|(score, se)| format::plus_minus(score, se)),
            }),
            reasons: REASONS.map(|(reason, words)| (reason.as_str(), words)),
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

fn paused_words(pause: &Pause, today: Date) -> Result<String> {
    if pause.resume_rule == ResumeRule::Confirm && pause.resumed_date.is_none() {
        let words =
            "Your plan is paused. Nothing is asked of you until your clinic says that you go on.";
        return Ok(words.to_owned());
    }
    let last = match &pause.resumed_date {
        Some(resumed) => resumed.date().and_then(Date::yesterday),
        None => pause.through_date.date(),
    };
    let last = last.map_err(Error::internal)?.max(today);
    Ok(format!(
        "Your plan is paused until {}. Nothing is asked of you until then.",
        format::short_date(last)
    ))
}

/// The last 7 days in plain words.
fn adherence_words(adherence: &Adherence) -> String {
    if adherence.denominator == 0 {
        return "Nothing was due in the last 7 days.".to_owned();
    }
    let done = format::number(adherence.numerator, 1);
    format!(
        "In the last 7 days you did {done} of the {} that were due.",
        adherence.denominator
    )
}

async fn show(app: web::Data<App>, me: Patient, query: Query<TodayQuery>) -> Result<HttpResponse> {
    html(&TodayPage::of(
        &app,
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
    let mut page = TodayPage::of(app, &today(app, me).await?, None)?;
    if let Ok(occurrence) = form.text("occurrence").parse() {
        let words =
            error
                .errors
                .first()
                .map_or_else(String::new, |broken| match broken.pointer.as_str() {
                    "/done_amount" => "Give how much you did, as a number.".to_owned(),
                    _ => format!("This {}.", broken.rule),
                });
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
    fn an_amount_may_have_a_comma_and_must_be_a_number() {
        assert_eq!(amount(" 2,5 ").unwrap(), 2.5);
        for wrong in ["", "some", "NaN", "inf", "-1", "1e9"] {
            assert_eq!(amount(wrong).unwrap_err().code, Code::Invalid, "{wrong}");
        }
    }
}
