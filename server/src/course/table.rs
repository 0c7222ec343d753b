//! The values of a course in words: what the pictures show on pointing at them, and the table below them.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::facts::{Course, CourseDay, Walk};
use crate::http::format::{fixed, number, plus_minus, time};
use crate::store::types::SessionId;

/// What stands where nothing is known.
const UNKNOWN: &str = "not known";

/// A row of the table: one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `Sat 21 Nov`.
    pub date: String,
    /// Why nothing was asked.
    pub paused: Option<String>,
    /// Pain.
    pub pain: String,
    /// Usual pain.
    pub usual: String,
    /// Done of due.
    pub done: String,
    /// Habit strength.
    pub strength: String,
    /// Each session: id, when and index.
    pub walks: Vec<(uuid::Uuid, String)>,
    /// Wear.
    pub wear: String,
    /// Numbers and words of what happened.
    pub happened: Vec<String>,
}

/// The table, the newest date first.
pub fn rows(course: &Course, zone: &TimeZone) -> Vec<Row> {
    let days = course.days.iter().rev();
    days.map(|day| row(course, day, zone)).collect()
}

fn row(course: &Course, day: &CourseDay, zone: &TimeZone) -> Row {
    let mark = course.marks.iter().find(|mark| mark.date == day.date);
    let happened = mark.map(|mark| mark.happened.iter().map(|one| one.words.clone()));
    let walk = |walk: &Walk| {
        let words = format!("{}, {}", time(walk.at, zone), score_words(walk));
        (uuid(walk.id), words)
    };
    Row {
        date: row_date(day.date),
        paused: course.paused_on(day.date).map(str::to_owned),
        pain: pain_words(day),
        usual: day.usual.map_or_else(
            || "too few values".to_owned(),
            |band| {
                format!(
                    "{} ({} to {}, n = {})",
                    number(band.median, 1),
                    number(band.low, 1),
                    number(band.high, 1),
                    band.n
                )
            },
        ),
        done: done_words(day),
        strength: strength_words(day),
        walks: day.walks.iter().map(walk).collect(),
        wear: wear_words(day),
        happened: happened.into_iter().flatten().collect(),
    }
}

fn row_date(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// The id of a session as its address has it.
pub fn uuid(id: SessionId) -> uuid::Uuid {
    uuid::Uuid::from_bytes(*id.bytes())
}

/// Pain by place: `back 3, foot 1`.
pub fn pain_words(day: &CourseDay) -> String {
    let Some(pain) = day.pain else {
        return UNKNOWN.to_owned();
    };
    let places = [("back", pain.back), ("leg", pain.leg), ("foot", pain.foot)];
    let told = places
        .into_iter()
        .filter_map(|(place, value)| Some(format!("{place} {}", value?)));
    told.collect::<Vec<_>>().join(", ")
}

/// `3 of 4`, with what does not count beside it.
pub fn done_words(day: &CourseDay) -> String {
    let Some(done) = &day.done else {
        return "nothing due".to_owned();
    };
    let session = &done.session;
    let mut words = Vec::new();
    if session.denominator > 0 {
        words.push(format!(
            "{} of {}",
            number(session.numerator, 1),
            session.denominator
        ));
    }
    for (count, what) in [
        (done.undeliverable, "without a reminder that arrived"),
        (session.open, "still open"),
        (session.excused, "excused"),
    ] {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    }
    if words.is_empty() {
        "nothing due".to_owned()
    } else {
        words.join(", ")
    }
}

fn strength_words(day: &CourseDay) -> String {
    match day.done.as_ref().and_then(|done| done.strength.as_ref()) {
        None => "unchanged".to_owned(),
        Some(strength) => strength.corrected_pct.map_or_else(
            || "too early".to_owned(),
            |pct| format!("{} %", fixed(pct, 0)),
        ),
    }
}

/// `93 ± 4, worn`, or why there is no index.
pub fn score_words(walk: &Walk) -> String {
    let source = match walk.source.as_str() {
        "recorded" => "recorded",
        "simulated" => "simulated",
        _ => "worn",
    };
    match walk.score {
        Some((score, se)) => format!("{}, {source}", plus_minus(score, se)),
        None => {
            let why: Vec<&str> = walk.reasons.iter().map(|reason| reason.words()).collect();
            if why.is_empty() {
                format!("no index, {source}")
            } else {
                format!("no index ({}), {source}", why.join("; "))
            }
        }
    }
}

/// `2.5 h, 3400 steps`.
pub fn wear_words(day: &CourseDay) -> String {
    match (&day.worn, day.worn_h()) {
        (Some(worn), Some(hours)) => {
            format!("{} h, {} steps", number(hours, 1), worn.all.steps)
        }
        _ => UNKNOWN.to_owned(),
    }
}
