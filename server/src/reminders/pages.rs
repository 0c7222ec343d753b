//! HTML: a patient's own page.

use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use serde::Deserialize;

use super::clock_error::Heard;
use super::service::{self, Answer};
use super::state::{AnswerKind, Phase, SkipReason};
use super::today::{Group, Today, can_change, group, today};
use super::view::OccurrenceView;
use crate::adherence::Adherence;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Query, in_range};
use crate::http::format;
use crate::http::guard::Patient;
use crate::http::page::{html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::plans::{DoseUnit, library};
use crate::store::types::{AnswerId, OccurrenceId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/today").get(Access::Patient, show),
        at("/today/answers").post(Access::Patient, answer),
    ]
}

/// Why a patient skips, as the buttons say it.
const REASONS: [(SkipReason, &str); 6] = [
    (SkipReason::NoTime, "No time"),
    (SkipReason::Pain, "It hurts"),
    (SkipReason::Tired, "Too tired"),
    (SkipReason::Unwell, "Not well"),
    (SkipReason::Away, "Away from home"),
    (SkipReason::Other, "Another reason"),
];

/// What became of an answer, so that the page says so once.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Note {
    Applied,
    Duplicate,
    Conflict,
    TooLate,
    NotCounted,
    UnknownOccurrence,
}

impl Note {
    /// Whether it went as meant, and the words.
    fn words(self) -> (bool, &'static str) {
        match self {
            Self::Applied => (true, "Noted, thank you."),
            Self::Duplicate => (true, "That was noted already."),
            Self::Conflict => (
                false,
                "Two different answers arrived at once. Please look at the card and answer again.",
            ),
            Self::TooLate => (
                false,
                "The time for that answer is over, so it was not counted.",
            ),
            Self::NotCounted => (
                true,
                "Kept, but not counted: your clinic does not ask for it any more.",
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

/// One prompt.
struct Card {
    id: OccurrenceId,
    /// One id for each of its forms: a double tap repeats it, another answer does not.
    answer_ids: [AnswerId; 3],
    title: String,
    dose: String,
    time: String,
    instruction: String,
    stop_rule: &'static str,
    amount: String,
    unit: &'static str,
    state: State,
    can_answer: bool,
    can_change: bool,
    /// What was typed and is wrong.
    typed: String,
    error: Option<String>,
}

/// How a prompt stands, by symbol and words.
struct State {
    key: &'static str,
    words: String,
}

/// Prompts under one heading.
struct Section {
    group: Group,
    title: &'static str,
    hint: &'static str,
    cards: Vec<Card>,
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
    paused_until: Option<String>,
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
            .map(|pause| pause.through_date.date())
            .transpose()
            .map_err(Error::internal)?;
        Ok(Self {
            date: format::long_date(today.date),
            zone: format::zone(&today.zone_name, today.now, &today.zone),
            time: format::time(today.now, &today.zone),
            note: note.map(Note::words),
            paused_until: paused.map(format::short_date),
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

fn sections(app: &App, today: &Today) -> Vec<Section> {
    let headings = [
        (Group::Now, "Now", ""),
        (
            Group::Late,
            "Earlier today",
            "Not answered in time; it still counts until the end of the day.",
        ),
        (Group::Later, "Later today", ""),
        (Group::Answered, "Answered", ""),
    ];
    let of = |wanted: Group| -> Vec<Card> {
        let seen = today
            .occurrences
            .iter()
            .filter(|seen| group(seen.phase) == wanted);
        seen.map(|seen| card(app, seen, today)).collect()
    };
    let all = headings.map(|(group, title, hint)| Section {
        group,
        title,
        hint,
        cards: of(group),
    });
    all.into_iter()
        .filter(|section| !section.cards.is_empty())
        .collect()
}

fn card(app: &App, seen: &OccurrenceView, today: &Today) -> Card {
    let change = can_change(seen, today.now);
    Card {
        id: seen.id,
        answer_ids: [(); 3].map(|()| AnswerId::from(app.ids.uuid())),
        title: seen.title.clone(),
        dose: seen.dose.clone(),
        time: seen.time.clone(),
        instruction: seen.instruction.clone(),
        stop_rule: library::find(&seen.exercise).map_or("", |exercise| &exercise.stop_rule),
        amount: format::number(seen.dose_amount, 1),
        unit: unit_words(seen.dose_unit),
        state: state(seen, today),
        can_answer: group(seen.phase) != Group::Answered,
        can_change: change,
        typed: String::new(),
        error: None,
    }
}

fn unit_words(unit: DoseUnit) -> &'static str {
    match unit {
        DoseUnit::Minutes => "minutes",
        DoseUnit::HoldSeconds => "seconds",
        DoseUnit::Repetitions => "repetitions",
        DoseUnit::Times => "times",
    }
}

fn state(seen: &OccurrenceView, today: &Today) -> State {
    let until = |at| format::time(at, &today.zone);
    let reason = seen.reason.as_deref().and_then(SkipReason::from_name);
    let reason = REASONS
        .iter()
        .find(|(known, _)| Some(*known) == reason)
        .map(|(_, words)| words.to_lowercase());
    let (key, words) = match seen.phase {
        Phase::Open => ("open", format!("until {}", until(seen.closes_at))),
        Phase::Upcoming => ("open", format!("from {}", until(seen.opens_at))),
        Phase::Missed => ("open", "not answered yet".to_owned()),
        Phase::Done => ("done", "Done".to_owned()),
        Phase::DoneLate => ("late", "Done, later than planned".to_owned()),
        Phase::Partial => (
            "partial",
            format!(
                "Part of it: {:.0} %",
                100.0 * seen.done_fraction.unwrap_or(0.0)
            ),
        ),
        Phase::Declined => (
            "declined",
            reason.map_or("Skipped".to_owned(), |reason| format!("Skipped: {reason}")),
        ),
        Phase::Excused | Phase::Cancelled => ("excused", "Not asked of you".to_owned()),
    };
    State { key, words }
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
        Ok(taken) => Ok(see_other(&format!("/today?note={}", taken.disposition))),
        Err(error) if error.code == Code::Invalid => again(&app, &me, &form, &error).await,
        Err(error) => Err(error),
    }
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
        snooze: None,
        answered_at: app.now(),
    })
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

    #[test]
    fn every_reason_has_its_button() {
        let offered: Vec<SkipReason> = REASONS.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(offered, SkipReason::ALL);
    }
}
