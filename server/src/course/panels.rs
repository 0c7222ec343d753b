//! The pictures of a course, one above the other: what happened, pain, what was done, walking, wear.

use std::fmt::Write as _;

use gait::norms::norms;

use super::axis::{Dates, LEFT, RIGHT, Values, round_range};
use super::draw::{Canvas, lanes};
use super::facts::{Course, CourseDay, Walk};
use super::marks::MarkKind;
use super::table::{done_words, pain_words, score_words, wear_words};
use crate::http::format::{number, short_date};
use crate::walking::trend::{REFERENCE, symbol};

const PAIN: &str = "Worst pain of the day, 0 to 10";
const DONE: &str = "Done of what was due each day (bars) and habit strength (line), percent";
const WALKING: &str = "Gait regularity and symmetry index, ± standard error";
const WEAR: &str = "Hours the insoles were worn";

/// One picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// Names it.
    pub key: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// SVG.
    pub svg: String,
}

/// Draws a course.
pub fn panels(course: &Course) -> Vec<Panel> {
    let mut all = Vec::new();
    if !course.marks.is_empty() {
        all.push(Panel {
            key: "happened",
            title: "What happened",
            svg: happened(course),
        });
    }
    let rest: [(&'static str, &'static str, fn(&Course) -> String); 4] = [
        ("pain", PAIN, pain),
        ("done", DONE, done),
        ("walking", WALKING, walking),
        ("wear", WEAR, wear),
    ];
    all.extend(rest.map(|(key, title, draw)| Panel {
        key,
        title,
        svg: draw(course),
    }));
    all
}

fn dates(course: &Course) -> Dates {
    Dates::new(course.from, course.through)
}

/// How many of the days something is known of.
fn known(course: &Course, is_known: impl Fn(&CourseDay) -> bool) -> String {
    let count = course.days.iter().filter(|day| is_known(day)).count();
    format!(
        "{count} of {} days have a value. The table below has every value.",
        course.days.len()
    )
}

fn happened(course: &Course) -> String {
    const ROW: f64 = 22.0;
    let dates = dates(course);
    let lanes = lanes(&course.marks, dates);
    let rows = lanes.iter().max().map_or(1, |lane| lane + 1);
    let field = ROW * rows as f64;
    let words = format!("{} dates, told in the list below.", course.marks.len());
    let mut canvas = Canvas::open("happened", ("What happened", &words), dates, field, false);
    canvas.backdrop(course);
    for (mark, lane) in course.marks.iter().zip(lanes) {
        let (x, y) = (
            dates.middle(mark.date),
            canvas.top + ROW * (lane as f64 + 0.5),
        );
        let _ = write!(
            canvas.out,
            r#"<g class="number number-{}"><title>{}</title>{}<text x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text></g>"#,
            mark.kind().key(),
            short_date(mark.date),
            shape(mark.kind(), x, y),
            y + 4.0,
            mark.number
        );
    }
    canvas.close()
}

/// Plan round, footwear square, operation or fall on its corner, a pause and what was seen in outline.
fn shape(kind: MarkKind, x: f64, y: f64) -> String {
    match kind {
        MarkKind::Plan | MarkKind::Seen => format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="9.5"/>"#),
        MarkKind::Footwear | MarkKind::Pause => format!(
            r#"<rect x="{:.1}" y="{:.1}" width="18" height="18" rx="2"/>"#,
            x - 9.0,
            y - 9.0
        ),
        MarkKind::Grave => format!(
            r#"<path d="M{x:.1} {:.1}l11.5 11.5l-11.5 11.5l-11.5 -11.5z"/>"#,
            y - 11.5
        ),
    }
}

fn pain(course: &Course) -> String {
    let words = known(course, |day| day.pain.is_some());
    let mut canvas = Canvas::open("pain", (PAIN, &words), dates(course), 120.0, false);
    let values = canvas.values((0.0, 10.0));
    canvas.backdrop(course);
    canvas.unknown(course, |place| {
        course.days.get(place).is_some_and(|day| day.pain.is_some())
    });
    canvas.ticks(&values, &[0.0, 5.0, 10.0]);
    let dates = canvas.dates;
    for day in &course.days {
        let Some(band) = day.usual else { continue };
        let (high, low) = (values.y(band.high), values.y(band.low));
        let _ = write!(
            canvas.out,
            r#"<rect class="band" x="{:.2}" y="{high:.1}" width="{:.2}" height="{:.1}"/>"#,
            dates.left(day.date),
            dates.width(),
            (low - high).max(0.0)
        );
    }
    let medians = course
        .days
        .iter()
        .map(|day| day.usual.map(|band| band.median));
    let path = steps(course, dates, &values, medians);
    let _ = write!(canvas.out, r#"<path class="median" d="{path}"/>"#);
    for day in &course.days {
        let Some(worst) = day.worst_pain() else {
            continue;
        };
        let _ = write!(
            canvas.out,
            r#"<g class="point"><title>{}: {}</title><circle cx="{:.1}" cy="{:.1}" r="4"/></g>"#,
            short_date(day.date),
            pain_words(day),
            dates.middle(day.date),
            values.y(f64::from(worst))
        );
    }
    canvas.close()
}

/// A line that keeps its value over each date and has a gap where there is none.
fn steps(
    course: &Course,
    dates: Dates,
    values: &Values,
    of_days: impl Iterator<Item = Option<f64>>,
) -> String {
    let mut path = String::new();
    let mut goes_on = false;
    for (day, value) in course.days.iter().zip(of_days) {
        let Some(value) = value else {
            goes_on = false;
            continue;
        };
        let (left, y) = (dates.left(day.date), values.y(value));
        let begin = if goes_on {
            format!("V{y:.1}")
        } else {
            format!("M{left:.1} {y:.1}")
        };
        let _ = write!(path, "{begin}H{:.1}", left + dates.width());
        goes_on = true;
    }
    path
}

fn done(course: &Course) -> String {
    let words = known(course, |day| day.done_pct().is_some());
    let mut canvas = Canvas::open("done", (DONE, &words), dates(course), 110.0, false);
    let values = canvas.values((0.0, 100.0));
    canvas.backdrop(course);
    canvas.ticks(&values, &[0.0, 50.0, 80.0, 100.0]);
    for day in &course.days {
        done_bar(&mut canvas, &values, day);
    }
    let dates = canvas.dates;
    let mut line = String::new();
    for day in &course.days {
        let Some(strength) = day.strength_pct() else {
            continue;
        };
        let command = if line.is_empty() { 'M' } else { 'L' };
        let _ = write!(
            line,
            "{command}{:.1} {:.1}",
            dates.middle(day.date),
            values.y(strength)
        );
    }
    let _ = write!(canvas.out, r#"<path class="strength" d="{line}"/>"#);
    canvas.close()
}

/// A bar of what was done; nothing done has its own mark, as has what is still open. Nothing due has none.
fn done_bar(canvas: &mut Canvas, values: &Values, day: &CourseDay) {
    let Some(done) = &day.done else { return };
    let words = format!("{}: {}", short_date(day.date), done_words(day));
    let Some(pct) = done.session.value_pct else {
        if done.session.open > 0 {
            let (x, y) = (canvas.dates.middle(day.date), values.bottom - 4.0);
            let _ = write!(
                canvas.out,
                r#"<circle class="open" cx="{x:.1}" cy="{y:.1}" r="2.5"><title>{words}</title></circle>"#
            );
        }
        return;
    };
    let top = values.y(pct);
    if done.undeliverable > 0 {
        let lost = 100.0 * done.undeliverable as f64 / done.session.denominator as f64;
        canvas.bar("undelivered", day.date, (top, values.y(pct + lost)), &words);
    }
    if pct > 0.0 {
        canvas.bar("bar", day.date, (values.bottom, top), &words);
    } else {
        let edge = (values.bottom, values.bottom - 4.0);
        canvas.bar("bar none", day.date, edge, &words);
    }
}

fn walking(course: &Course) -> String {
    let scored = course.walks().filter(|walk| walk.score.is_some()).count();
    let words = format!(
        "{scored} of {} sessions have an index. The table below has every value.",
        course.walks().count()
    );
    let mut canvas = Canvas::open("walking", (WALKING, &words), dates(course), 140.0, false);
    let (mean, sd) = REFERENCE;
    let edges = course.walks().filter_map(|walk| walk.score);
    let edges = edges.flat_map(|(score, se)| [score - se, score + se]);
    let range = round_range(edges, (mean - 2.0 * sd, mean + 2.0 * sd), 10.0);
    let values = canvas.values(range);
    canvas.backdrop(course);
    canvas.unknown(course, |place| {
        course
            .days
            .get(place)
            .is_some_and(|day| !day.walks.is_empty())
    });
    let (high, low) = (values.y(mean + sd), values.y(mean - sd));
    let _ = write!(
        canvas.out,
        r#"<rect class="reference" x="{LEFT}" y="{high:.1}" width="{:.1}" height="{:.1}"><title>Reference group, mean ± 1 standard deviation</title></rect>"#,
        RIGHT - LEFT,
        low - high
    );
    let step = if range.1 - range.0 > 60.0 { 20.0 } else { 10.0 };
    let first = (range.0 / step).ceil() as i32;
    let last = (range.1 / step).floor() as i32;
    let ticks: Vec<f64> = (first..=last).map(|n| f64::from(n) * step).collect();
    canvas.ticks(&values, &ticks);
    for day in &course.days {
        for (place, walk) in day.walks.iter().enumerate() {
            let x = canvas.dates.within(day.date, place, day.walks.len());
            walk_mark(&mut canvas, &values, (x, day), walk);
        }
    }
    canvas.close()
}

fn walk_mark(canvas: &mut Canvas, values: &Values, (x, day): (f64, &CourseDay), walk: &Walk) {
    let words = format!("{}: {}", short_date(day.date), score_words(walk));
    let Some((score, se)) = walk.score else {
        let _ = write!(
            canvas.out,
            r#"<g class="no-score"><title>{words}</title><path d="M{:.1} {:.1}l7 7m0 -7l-7 7"/></g>"#,
            x - 3.5,
            values.bottom - 11.0
        );
        return;
    };
    let (y, high, low) = (values.y(score), values.y(score + se), values.y(score - se));
    let _ = write!(
        canvas.out,
        r#"<g class="point"><title>{words}</title><path class="error-bar" d="M{x:.1} {high:.1}V{low:.1}M{left:.1} {high:.1}h6M{left:.1} {low:.1}h6"/>{}</g>"#,
        symbol(&walk.source, x, y),
        left = x - 3.0,
    );
}

fn wear(course: &Course) -> String {
    let words = known(course, |day| day.worn.is_some());
    let mut canvas = Canvas::open("wear", (WEAR, &words), dates(course), 80.0, true);
    let hours = course.days.iter().filter_map(CourseDay::worn_h);
    let range = round_range(hours, (0.0, 4.0), 4.0);
    let values = canvas.values(range);
    canvas.backdrop(course);
    canvas.unknown(course, |place| {
        course.days.get(place).is_some_and(|day| day.worn.is_some())
    });
    canvas.ticks(&values, &[0.0, range.1 / 2.0, range.1]);
    for day in &course.days {
        let Some(hours) = day.worn_h() else { continue };
        let words = format!("{}: {}", short_date(day.date), wear_words(day));
        let bar = (values.bottom, values.y(hours).min(values.bottom - 2.0));
        canvas.bar("bar wear", day.date, bar, &words);
    }
    canvas.name_dates();
    canvas.close()
}

/// Whom the band of the index stands for, and where its numbers come from.
pub fn provenance() -> Option<String> {
    let grsi = &norms().grsi;
    let cohort = norms().cohorts.get(&grsi.cohort)?;
    Some(format!(
        "{}, n = {}, age {} to {}; {} ({})",
        cohort.title,
        cohort.n,
        number(cohort.age_low_y, 0),
        number(cohort.age_high_y, 0),
        cohort.source,
        crate::patients::assessment::standing_words(&cohort.standing)
    ))
}
