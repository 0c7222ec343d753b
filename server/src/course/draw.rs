//! What the pictures have in common: frame, days, scale, what is not known. Only numbers, dates and words of ours enter them,
//! so that they can stand in a page as they are.

use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::axis::{Dates, LEFT, RIGHT, Values, WIDTH};
use super::facts::Course;
use super::marks::MarkDay;
use crate::http::format::number;

/// Room above the field: half a line of its highest value.
pub const HEAD: f64 = 9.0;
/// Room below it.
pub const FOOT: f64 = 8.0;
/// Room for the dates below the last field.
pub const DATES: f64 = 22.0;

/// A picture on its way.
#[derive(Debug)]
pub struct Canvas {
    /// What is drawn.
    pub out: String,
    /// Names the pattern of what is not known, which is the picture's own.
    key: &'static str,
    /// The dates.
    pub dates: Dates,
    /// Where the field begins.
    pub top: f64,
    /// Where it ends.
    pub bottom: f64,
}

impl Canvas {
    /// A picture of a field of so much height; the last one of a stack names the dates below it.
    pub fn open(
        key: &'static str,
        (title, description): (&str, &str),
        dates: Dates,
        field: f64,
        is_last: bool,
    ) -> Self {
        let height = HEAD + field + FOOT + if is_last { DATES } else { 0.0 };
        let mut out = String::new();
        let _ = write!(
            out,
            r#"<svg class="course-panel" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc><defs><pattern id="{key}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-line" d="M0 0V7"/></pattern></defs>"#
        );
        Self {
            out,
            key,
            dates,
            top: HEAD,
            bottom: HEAD + field,
        }
    }

    /// The values from `low` to `high` over the field.
    pub fn values(&self, (low, high): (f64, f64)) -> Values {
        Values {
            low,
            high,
            top: self.top,
            bottom: self.bottom,
        }
    }

    /// Paused days, weeks, and where something happened: behind everything else.
    pub fn backdrop(&mut self, course: &Course) {
        let (top, height) = (self.top, self.bottom - self.top);
        for pause in &course.pauses {
            let left = self.dates.left(pause.from.max(course.from));
            let after = pause.through.min(course.through).saturating_add(1.day());
            let width = self.dates.left(after) - left;
            if pause.from <= course.through && width > 0.0 {
                let _ = write!(
                    self.out,
                    r#"<rect class="shade" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}"><title>Paused: {}</title></rect>"#,
                    pause.reason
                );
            }
        }
        for day in course
            .days
            .iter()
            .filter(|day| day.date.weekday() == Weekday::Monday)
        {
            self.line("week", self.dates.left(day.date));
        }
        for mark in &course.marks {
            self.line("happened", self.dates.middle(mark.date));
        }
    }

    fn line(&mut self, class: &str, x: f64) {
        let (top, bottom) = (self.top, self.bottom);
        let _ = write!(
            self.out,
            r#"<line class="{class}" x1="{x:.1}" x2="{x:.1}" y1="{top:.1}" y2="{bottom:.1}"/>"#
        );
    }

    /// Values with a line each, named on both sides: a narrow window shows one of them.
    pub fn ticks(&mut self, values: &Values, ticks: &[f64]) {
        for tick in ticks {
            let (y, word) = (values.y(*tick), number(*tick, 1));
            let _ = write!(
                self.out,
                r#"<line class="grid-line" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1}" y2="{y:.1}"/><text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{word}</text><text class="tick" x="{:.1}" y="{:.1}">{word}</text>"#,
                LEFT - 6.0,
                y + 4.5,
                RIGHT + 6.0,
                y + 4.5,
            );
        }
    }

    /// Hatches the dates of which something is not known: neighbours as one.
    pub fn unknown(&mut self, course: &Course, is_known: impl Fn(usize) -> bool) {
        let runs = unknown_runs(course.days.len(), is_known);
        for (first, last) in runs {
            let date = |place: usize| course.days.get(place).map(|day| day.date);
            let (Some(first), Some(last)) = (date(first), date(last)) else {
                continue;
            };
            let left = self.dates.left(first);
            let width = self.dates.left(last.saturating_add(1.day())) - left;
            let (top, height) = (self.top, self.bottom - self.top);
            let key = self.key;
            let _ = write!(
                self.out,
                r#"<rect class="unknown" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" fill="url(#{key}-hatch)"/>"#
            );
        }
    }

    /// A bar of a date from one value up to another.
    pub fn bar(&mut self, class: &str, date: Date, (low, high): (f64, f64), words: &str) {
        let width = self.dates.width();
        let x = self.dates.left(date) + 0.14 * width;
        let fill = if class == "undelivered" {
            format!(r#" fill="url(#{}-hatch)""#, self.key)
        } else {
            String::new()
        };
        let _ = write!(
            self.out,
            r#"<rect class="{class}" x="{x:.1}" y="{high:.1}" width="{:.1}" height="{:.1}"{fill}><title>{words}</title></rect>"#,
            0.72 * width,
            (low - high).max(0.0)
        );
    }

    /// Names the dates below the field.
    pub fn name_dates(&mut self) {
        let y = self.bottom + FOOT + 13.0;
        write_dates(&mut self.out, self.dates, y);
    }

    /// Ends the picture.
    pub fn close(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// First and last place of each run of places that are not known.
fn unknown_runs(count: usize, is_known: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for place in (0..count).filter(|place| !is_known(*place)) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == place => *last = place,
            _ => runs.push((place, place)),
        }
    }
    runs
}

/// A date each week of four, each second week of twelve; today is always among them.
fn write_dates(out: &mut String, dates: Dates, y: f64) {
    let step = if dates.count() > 42 { 14 } else { 7 };
    let mut back = 0;
    while back < dates.count() {
        let date = dates.last().saturating_sub(back.days());
        let (anchor, x) = if back == 0 {
            ("end", RIGHT)
        } else {
            ("middle", dates.middle(date).max(LEFT + 18.0))
        };
        let _ = write!(
            out,
            r#"<text class="tick" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
            if back == 0 {
                "today".to_owned()
            } else {
                date.strftime("%-d %b").to_string()
            }
        );
        back += step;
    }
}

/// Rows of numbers above the first field, so that neighbours do not cover each other.
pub fn lanes(marks: &[MarkDay], dates: Dates) -> Vec<usize> {
    const APART: f64 = 23.0;
    let mut ends: Vec<f64> = Vec::new();
    let mut lanes = Vec::new();
    for mark in marks {
        let x = dates.middle(mark.date);
        let free = ends.iter().position(|end| x - end >= APART);
        let lane = free.unwrap_or_else(|| {
            ends.push(f64::NEG_INFINITY);
            ends.len() - 1
        });
        if let Some(end) = ends.get_mut(lane) {
            *end = x;
        }
        lanes.push(lane);
    }
    lanes
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::marks::{Happened, MarkKind, by_date};
    use super::*;

    #[test]
    fn neighbours_of_which_nothing_is_known_are_one_run() {
        let known = [true, false, false, true, false];
        assert_eq!(unknown_runs(5, |place| known[place]), [(1, 2), (4, 4)]);
        assert_eq!(unknown_runs(5, |_| true), []);
        assert_eq!(unknown_runs(0, |_| false), []);
    }

    #[test]
    fn numbers_of_neighbouring_dates_stand_in_rows_of_their_own() {
        let of = |day: i8| Happened {
            date: date(2026, 3, day),
            kind: MarkKind::Plan,
            words: String::new(),
        };
        let (from, through) = (date(2026, 1, 1), date(2026, 3, 25));
        let marks = by_date([1, 2, 3, 12].map(of).to_vec(), from, through);
        assert_eq!(lanes(&marks, Dates::new(from, through)), [0, 1, 2, 0]);
    }
}
