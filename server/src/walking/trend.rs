//! The gait trend as a picture: pure, from sessions to SVG text. Only numbers, dates and words of ours
//! enter it, so that it can stand in a page as it is.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::http::format::{number, plus_minus};

/// Width of the drawing, in its own units.
const WIDTH: f64 = 760.0;
/// Height of the drawing.
const HEIGHT: f64 = 280.0;
/// Left, right, top and bottom edge of the field that holds the points.
const LEFT: f64 = 44.0;
const RIGHT: f64 = WIDTH - 110.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = HEIGHT - 34.0;

/// Mean and standard deviation of the index in its reference group: it is scaled so (docs/GAIT.md).
pub const REFERENCE: (f64, f64) = (100.0, 10.0);
/// The shortest stretch of time the picture spans.
const SHORTEST_S: f64 = 7.0 * 86_400.0;
/// Labels under the time axis.
const DATE_LABELS: u32 = 4;

/// A session in the trend.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendPoint {
    /// When it began.
    pub at: Timestamp,
    /// Index and standard error; `None` where there was too little to compute it.
    pub score: Option<(f64, f64)>,
    /// Where the signal came from; only equal ones are joined by a line.
    pub source: String,
}

struct Scales {
    first_s: f64,
    span_s: f64,
    low: f64,
    high: f64,
}

impl Scales {
    fn of(points: &[TrendPoint]) -> Self {
        let seconds = points.iter().map(|point| point.at.as_second() as f64);
        let first = seconds.clone().fold(f64::INFINITY, f64::min);
        let last = seconds.fold(f64::NEG_INFINITY, f64::max);
        let span_s = (last - first).max(SHORTEST_S);
        let (mean, sd) = REFERENCE;
        let edges = points
            .iter()
            .filter_map(|point| point.score)
            .flat_map(|(score, se)| [score - se, score + se]);
        let low = edges.clone().fold(mean - 2.0 * sd, f64::min);
        let high = edges.fold(mean + 2.0 * sd, f64::max);
        let low = (low / 10.0).floor() * 10.0;
        // Points sit at the right, where the eye looks for the newest.
        Self {
            first_s: last - span_s,
            span_s,
            low,
            high: ((high / 10.0).ceil() * 10.0).max(low + 10.0),
        }
    }

    fn x(&self, at: Timestamp) -> f64 {
        LEFT + 10.0 + (at.as_second() as f64 - self.first_s) / self.span_s * (RIGHT - LEFT - 20.0)
    }

    fn y(&self, score: f64) -> f64 {
        BOTTOM - (score - self.low) / (self.high - self.low) * (BOTTOM - TOP)
    }
}

/// Draws the trend of sessions in any order; `None` when no session has a score.
pub fn svg(points: &[TrendPoint], zone: &TimeZone) -> Option<String> {
    let mut points: Vec<TrendPoint> = points.to_vec();
    points.sort_by_key(|point| point.at);
    points.iter().find(|point| point.score.is_some())?;
    let scales = Scales::of(&points);
    let mut out = String::new();
    let _ = write!(
        out,
        r#"<svg class="trend" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="trend-title trend-desc"><title id="trend-title">Gait regularity and symmetry index over time</title><desc id="trend-desc">{}</desc>"#,
        description(&points)
    );
    axes(&mut out, &scales, zone);
    lines(&mut out, &scales, &points);
    for point in &points {
        mark(&mut out, &scales, point, zone);
    }
    out.push_str("</svg>");
    Some(out)
}

fn description(points: &[TrendPoint]) -> String {
    let scored = points.iter().filter(|point| point.score.is_some()).count();
    let newest = points.iter().rev().find_map(|point| point.score);
    let newest = newest
        .map(|(score, se)| format!(" The newest is {}.", plus_minus(score, se)))
        .unwrap_or_default();
    format!(
        "{scored} of {} sessions have an index.{newest} The table below has every value.",
        points.len()
    )
}

fn axes(out: &mut String, scales: &Scales, zone: &TimeZone) {
    let (mean, sd) = REFERENCE;
    let (band_top, band_bottom) = (scales.y(mean + sd), scales.y(mean - sd));
    let _ = write!(
        out,
        r#"<rect class="band" x="{LEFT}" y="{band_top:.1}" width="{:.1}" height="{:.1}"/><text x="{label:.1}" y="{:.1}">reference group</text><text x="{label:.1}" y="{:.1}">mean ± 1 SD</text>"#,
        RIGHT - LEFT,
        band_bottom - band_top,
        scales.y(mean) - 3.0,
        scales.y(mean) + 13.0,
        label = RIGHT + 8.0
    );
    let step = if scales.high - scales.low > 60.0 {
        20.0
    } else {
        10.0
    };
    let mut tick = (scales.low / step).ceil() * step;
    while tick <= scales.high {
        let y = scales.y(tick);
        let class = if tick == mean { "mean" } else { "grid-line" };
        let _ = write!(
            out,
            r#"<line class="{class}" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1}" y2="{y:.1}"/><text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 6.0,
            y + 4.0,
            number(tick, 0)
        );
        tick += step;
    }
    date_labels(out, scales, zone);
}

fn date_labels(out: &mut String, scales: &Scales, zone: &TimeZone) {
    for index in 0..=DATE_LABELS {
        let second = scales.first_s + scales.span_s * f64::from(index) / f64::from(DATE_LABELS);
        let Ok(at) = Timestamp::from_second(second as i64) else {
            continue;
        };
        let anchor = match index {
            0 => "start",
            DATE_LABELS => "end",
            _ => "middle",
        };
        let _ = write!(
            out,
            r#"<text class="tick" x="{:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            scales.x(at),
            BOTTOM + 22.0,
            at.to_zoned(zone.clone()).strftime("%-d %b")
        );
    }
}

/// Joins neighbouring scores of one source; a session without a score, or another source, is a gap.
fn lines(out: &mut String, scales: &Scales, points: &[TrendPoint]) {
    for pair in points.windows(2) {
        let [before, after] = pair else {
            continue;
        };
        if let (Some((from, _)), Some((to, _)), true) =
            (before.score, after.score, before.source == after.source)
        {
            let _ = write!(
                out,
                r#"<line class="join" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
                scales.x(before.at),
                scales.y(from),
                scales.x(after.at),
                scales.y(to)
            );
        }
    }
}

fn mark(out: &mut String, scales: &Scales, point: &TrendPoint, zone: &TimeZone) {
    let x = scales.x(point.at);
    let day = point.at.to_zoned(zone.clone()).strftime("%a %-d %b");
    let Some((score, se)) = point.score else {
        let _ = write!(
            out,
            r#"<g class="no-score"><title>{day}: no score</title><path d="M{:.1} {:.1}l6 6m0 -6l-6 6"/></g>"#,
            x - 3.0,
            BOTTOM - 9.0
        );
        return;
    };
    let (y, high, low) = (scales.y(score), scales.y(score + se), scales.y(score - se));
    let _ = write!(
        out,
        r#"<g class="point"><title>{day}: {}</title><path class="error-bar" d="M{x:.1} {high:.1}V{low:.1}M{:.1} {high:.1}h8M{:.1} {low:.1}h8"/>{}</g>"#,
        plus_minus(score, se),
        x - 4.0,
        x - 4.0,
        symbol(&point.source, x, y)
    );
}

/// Worn is round, recorded square, simulated a diamond.
pub fn symbol(source: &str, x: f64, y: f64) -> String {
    match source {
        "recorded" => format!(
            r#"<rect x="{:.1}" y="{:.1}" width="8" height="8"/>"#,
            x - 4.0,
            y - 4.0
        ),
        "simulated" => format!(
            r#"<path d="M{x:.1} {:.1}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>"#,
            y - 5.5
        ),
        _ => format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="4.5"/>"#),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap()
    }

    fn point(day: i64, score: Option<(f64, f64)>, source: &str) -> TrendPoint {
        TrendPoint {
            at: at(day),
            score,
            source: source.to_owned(),
        }
    }

    fn drawn(points: &[TrendPoint]) -> String {
        svg(points, &TimeZone::UTC).unwrap()
    }

    #[test]
    fn no_score_is_no_picture() {
        assert_eq!(svg(&[], &TimeZone::UTC), None);
        assert_eq!(svg(&[point(0, None, "worn")], &TimeZone::UTC), None);
    }

    #[test]
    fn every_session_has_a_mark_and_every_score_its_error_bar() {
        let svg = drawn(&[
            point(2, Some((88.0, 4.0)), "worn"),
            point(0, Some((93.0, 4.0)), "recorded"),
            point(1, None, "worn"),
            point(3, Some((91.0, 4.0)), "simulated"),
        ]);
        assert_eq!(svg.matches("class=\"error-bar\"").count(), 3);
        assert_eq!(svg.matches("class=\"no-score\"").count(), 1);
        assert_eq!(
            (
                svg.matches("<circle").count(),
                svg.matches("width=\"8\" height=\"8\"").count()
            ),
            (1, 1)
        );
        assert!(
            svg.contains("3 of 4 sessions have an index. The newest is 91 ± 4."),
            "{svg}"
        );
    }

    #[test]
    fn a_gap_or_another_source_breaks_the_line() {
        let score = Some((90.0, 4.0));
        let joined = |points: &[TrendPoint]| drawn(points).matches("class=\"join\"").count();
        assert_eq!(
            joined(&[point(0, score, "worn"), point(1, score, "worn")]),
            1
        );
        assert_eq!(
            joined(&[point(0, score, "worn"), point(1, score, "simulated")]),
            0
        );
        assert_eq!(
            joined(&[
                point(0, score, "worn"),
                point(1, None, "worn"),
                point(2, score, "worn")
            ]),
            0
        );
    }

    #[test]
    fn higher_scores_stand_higher_and_all_stand_inside() {
        let points = [
            point(0, Some((-20.0, 4.0)), "worn"),
            point(40, Some((130.0, 4.0)), "worn"),
        ];
        let scales = Scales::of(&points);
        assert!(scales.y(130.0) < scales.y(100.0) && scales.y(100.0) < scales.y(-20.0));
        for point in &points {
            let (score, se) = point.score.unwrap();
            for edge in [score - se, score + se] {
                assert!((TOP..=BOTTOM).contains(&scales.y(edge)), "{edge}");
            }
            assert!((LEFT..=RIGHT).contains(&scales.x(point.at)));
        }
    }

    #[test]
    fn nothing_of_a_session_but_its_numbers_enters_the_picture() {
        let svg = drawn(&[point(0, Some((90.0, 4.0)), "<script>alert(1)</script>")]);
        assert!(!svg.contains("script"), "{svg}");
    }
}
