//! HTML: a patient's last four weeks, and their newest walk in plain words.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::adherence::figures::{By, Figures, Key};
use crate::adherence::habit::Strength;
use crate::adherence::service::{Answer, Wanted, adherence};
use crate::app::App;
use crate::error::Result;
use crate::http::guard::Patient;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::insoles::explain::rules::{ExplainedScore, Explanation, explain};
use crate::insoles::service as insoles;
use crate::patients::choices;
use crate::reminders::planner::zone_of;
use crate::store::insoles::InsoleSession;
use crate::texts::{Voice, has};

/// Days shown, today included.
const DAYS: i32 = 28;
/// Walks looked through for one that can be compared.
const WALKS: i64 = 20;

/// The routes of this file.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![at("/progress").get(Access::Patient, show)]
}

/// A day of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Day {
    number: i8,
    name: String,
    /// Names the symbol; none where nothing was asked.
    symbol: Option<&'static str>,
    words: String,
    today: bool,
}

/// A number with its one sentence.
struct Figure {
    title: String,
    value: String,
    why: String,
}

/// The newest walk.
#[derive(Debug, Default, PartialEq, Eq)]
struct Gait {
    score: Option<String>,
    sentences: Vec<String>,
    parts: Vec<String>,
}

/// Symbol and text of every mark of the grid.
const LEGEND: [(&str, &str); 4] = [
    ("done", "legend_done"),
    ("partial", "legend_partial"),
    ("silent", "legend_silent"),
    ("open", "legend_open"),
];

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressPage {
    voice: Voice,
    weekdays: Vec<String>,
    /// Weeks from Monday; nothing before the first day and after today.
    weeks: Vec<Vec<Option<Day>>>,
    sum: String,
    figures: Vec<Figure>,
    gait: Gait,
}

async fn show(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    let (patient, _) = choices::read(&app, me.scope, me.id).await?;
    let (voice, zone) = (Voice::of(&patient.locale), zone_of(&patient)?);
    let today = app.now().to_zoned(zone.clone()).date();
    let wanted = Wanted {
        by: Some(By::Day),
        ..Wanted::default()
    };
    let answer = adherence(&app, me.scope, me.id, wanted).await?;
    let walks = insoles::newest(&app, me.scope, me.id, WALKS).await?;
    html(&ProgressPage {
        weekdays: (1..=7)
            .map(|day| voice.say(&format!("weekday_{day}")))
            .collect(),
        weeks: weeks(&voice, today, &answer),
        sum: sum(&voice, &answer.figures),
        figures: vec![
            streak(&voice, &answer.figures),
            strength(&voice, answer.figures.strength.as_ref()),
        ],
        gait: gait(&voice, &zone, &walks),
        voice,
    })
}

fn sum(voice: &Voice, figures: &Figures) -> String {
    if figures.session.denominator == 0 {
        return voice.say("progress_sum_none");
    }
    let done = voice.number(figures.session.numerator, 1);
    let due = figures.session.denominator.to_string();
    voice.two("progress_sum", "done", &done, "due", &due)
}

fn streak(voice: &Voice, figures: &Figures) -> Figure {
    let days = figures.streak.as_ref().map_or(0, |streak| streak.days);
    Figure {
        title: voice.say("streak_title"),
        value: voice.count("streak_days", u64::from(days)),
        why: voice.say("streak_why"),
    }
}

fn strength(voice: &Voice, strength: Option<&Strength>) -> Figure {
    let value = strength.and_then(|strength| strength.corrected_pct);
    Figure {
        title: voice.say("strength_title"),
        value: value.map_or_else(
            || voice.say("strength_early"),
            |value| format!("{} %", voice.number(value, 0)),
        ),
        why: voice.say(if value.is_some() {
            "strength_why"
        } else {
            "strength_early_why"
        }),
    }
}

/// The days from 27 days ago to today, in weeks from Monday.
fn weeks(voice: &Voice, today: Date, answer: &Answer) -> Vec<Vec<Option<Day>>> {
    let first = today.checked_sub((DAYS - 1).days()).unwrap_or(today);
    let of = |date: Date| {
        let of_day = |group: &&crate::adherence::service::Group| group.key == Key::Day(date);
        let found = answer.groups.iter().find(of_day);
        let (symbol, words) = found.map_or_else(
            || (None, voice.say("progress_none")),
            |group| mark(voice, &group.figures),
        );
        Day {
            number: date.day(),
            name: voice.day_and_month(date),
            symbol,
            words,
            today: date == today,
        }
    };
    let lead = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
    let mut cells: Vec<Option<Day>> = vec![None; lead];
    cells.extend(
        first
            .series(1.day())
            .take_while(|date| *date <= today)
            .map(|date| Some(of(date))),
    );
    cells.resize(cells.len().next_multiple_of(7), None);
    cells.chunks(7).map(<[_]>::to_vec).collect()
}

/// How a day went: what was missed has no cross here.
fn mark(voice: &Voice, figures: &Figures) -> (Option<&'static str>, String) {
    let (done, due) = (figures.session.numerator, figures.session.denominator);
    #[expect(clippy::cast_precision_loss, reason = "a few prompts of one day")]
    let all = done >= due as f64;
    let due_words = due.to_string();
    match (due, figures.session.open) {
        (0, 0) => (None, voice.say("progress_none")),
        (0, _) => (Some("open"), voice.say("progress_open")),
        _ if all => (Some("done"), voice.one("progress_all", "due", &due_words)),
        _ if done > 0.0 => {
            let done = voice.number(done, 1);
            let words = voice.two("progress_some", "done", &done, "due", &due_words);
            (Some("partial"), words)
        }
        _ => {
            let words = voice.one("progress_unsaid", "due", &due_words);
            (Some("silent"), words)
        }
    }
}

/// The newest walk with its error, beside the last one it can be compared with.
fn gait(voice: &Voice, zone: &TimeZone, walks: &[InsoleSession]) -> Gait {
    let Some((newest, earlier)) = walks.split_first() else {
        return Gait {
            sentences: vec![voice.say("walk_none")],
            ..Gait::default()
        };
    };
    let when = |walk: &InsoleSession| voice.date_time(walk.started_at.timestamp(), zone);
    let Ok(why) = explain(newest) else {
        return Gait {
            sentences: vec![voice.one("gait_unreadable", "when", &when(newest))],
            ..Gait::default()
        };
    };
    let Some(score) = why.score else {
        let reasons = why.reasons.iter();
        let reasons: Vec<String> = reasons
            .map(|reason| voice.say(&format!("no_score_{}", reason.code.as_str())))
            .collect();
        let reasons = reasons.join("; ");
        return Gait {
            sentences: vec![voice.two("gait_no_score", "when", &when(newest), "reasons", &reasons)],
            ..Gait::default()
        };
    };
    let said = |score: &ExplainedScore| voice.plus_minus(score.points, score.se);
    let points = voice.number(score.smallest_change, 1);
    let mut sentences = vec![
        voice.say("gait_scale"),
        voice.one("gait_error", "points", &points),
    ];
    let comparable = earlier.iter().filter(|walk| walk.source == newest.source);
    let before = comparable
        .filter_map(|walk| Some((walk, explain(walk).ok()?)))
        .filter(|(_, before)| before.version == why.version)
        .find_map(|(walk, before)| Some((walk, before.score?)));
    if let Some((walk, before)) = before {
        let key = if is_beyond_error(&score, &before) {
            "gait_beyond"
        } else {
            "gait_within"
        };
        sentences.push(voice.two(key, "when", &when(walk), "score", &said(&before)));
    }
    sentences.push(voice.say("gait_not_diagnosis"));
    Gait {
        score: Some(voice.two("gait_score", "score", &said(&score), "when", &when(newest))),
        sentences,
        parts: parts(voice, &why),
    }
}

/// Whether two scores differ by more than measurement error; of the two errors the larger counts.
fn is_beyond_error(one: &ExplainedScore, other: &ExplainedScore) -> bool {
    (one.points - other.points).abs() > one.smallest_change.max(other.smallest_change)
}

fn parts(voice: &Voice, why: &Explanation) -> Vec<String> {
    let steps = json!({ "left": why.inputs.steps.left, "right": why.inputs.steps.right });
    let mut all = vec![voice.with("gait_counted", &steps)];
    all.extend(why.contributions.iter().map(|part| {
        let key = format!("part_{}", part.metric);
        let name = if has(&key) {
            voice.say(&key)
        } else {
            part.name.clone()
        };
        let percent = voice.number(part.share_pct, 0);
        voice.two("gait_part", "name", &name, "percent", &percent)
    }));
    all
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn nothing() -> Answer {
        let basis = crate::adherence::figures::Basis {
            planned: &[],
            events: &[],
            lines: &[],
        };
        let period = crate::adherence::figures::Period {
            from: date(2026, 2, 3),
            through: date(2026, 3, 2),
        };
        let now = "2026-03-02T08:00:00Z".parse().unwrap();
        Answer {
            figures: crate::adherence::figures::figures(basis, period, now),
            groups: Vec::new(),
        }
    }

    #[test]
    fn four_weeks_stand_under_their_weekdays() {
        let voice = Voice::default();
        for day in 1..=7 {
            let weeks = weeks(&voice, date(2026, 3, day), &nothing());
            let days: Vec<&Day> = weeks.iter().flatten().flatten().collect();
            assert_eq!(days.len(), 28, "to March {day}");
            assert!(weeks.iter().all(|week| week.len() == 7));
            let names = weeks.iter().flat_map(|week| week.iter().enumerate());
            for (column, day) in names.filter_map(|(column, day)| Some((column, day.as_ref()?))) {
                let weekday = voice.say(&format!("weekday_{}", column + 1));
                assert!(day.name.starts_with(&weekday), "{} in {column}", day.name);
            }
        }
    }

    #[test]
    fn a_day_says_what_was_done_and_blames_nobody() {
        let voice = Voice::default();
        let mut figures = nothing().figures;
        let mut said = |done, due, open| {
            figures.session.numerator = done;
            figures.session.denominator = due;
            figures.session.open = open;
            mark(&voice, &figures)
        };
        assert_eq!(said(0.0, 0, 0).0, None);
        assert_eq!(said(0.0, 0, 1).0, Some("open"));
        assert_eq!(said(2.0, 2, 0), (Some("done"), "all 2 done".to_owned()));
        assert_eq!(
            said(1.5, 2, 0),
            (Some("partial"), "1.5 of 2 done".to_owned())
        );
        let (symbol, words) = said(0.0, 2, 0);
        assert_eq!(symbol, Some("silent"));
        assert!(!words.contains("miss"), "{words}");
    }

    #[test]
    fn a_difference_within_either_error_is_none() {
        let score = |points, smallest_change| ExplainedScore {
            points,
            display: points,
            se: 2.0,
            smallest_change,
            strides: 100,
        };
        assert!(!is_beyond_error(&score(90.0, 5.0), &score(96.0, 6.0)));
        assert!(!is_beyond_error(&score(96.0, 6.0), &score(90.0, 5.0)));
        assert!(is_beyond_error(&score(90.0, 5.0), &score(96.1, 6.0)));
    }

    #[test]
    fn every_part_and_reason_has_its_words() {
        for component in &gait::norms::norms().grsi.component {
            assert!(has(&format!("part_{}", component.id)), "{}", component.id);
        }
        for code in [
            "one_side",
            "no_gait",
            "too_few_steps",
            "unknown_footwear",
            "sides_swapped",
            "not_comparable",
        ] {
            assert!(has(&format!("no_score_{code}")), "{code}");
        }
    }
}
