//! Plots as inline SVG: axes with units, ticks, and marks that differ in shape as well as in colour.

use std::fmt::Write as _;

use super::axis::Axis;
use super::page::escaped;
use super::{Mark, Plot, Series};

/// Drawing units: small, so that text stays readable when a phone scales the picture down.
const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 46.0;
/// Colours of the stylesheet.
const COLOURS: usize = 6;
/// Share of the space between two neighbours that their bars fill.
const BAR_FILL: f64 = 0.85;

/// Where numbers lie on paper.
struct Frame {
    x: Axis,
    y: Axis,
}

impl Frame {
    fn of(plot: &Plot) -> Option<Self> {
        let points = || plot.series.iter().flat_map(finite);
        let bars = plot.series.iter().any(|series| series.mark == Mark::Bars);
        let half_bar = if bars { 0.5 * spacing(plot) } else { 0.0 };
        let along = points().flat_map(|(x, _)| [x - half_bar, x + half_bar]);
        let base = bars.then_some(0.0);
        Some(Self {
            x: Axis::over(along)?,
            y: Axis::over(points().map(|(_, y)| y).chain(base))?,
        })
    }

    fn place_x(&self, x: f64) -> f64 {
        LEFT + self.x.share(x) * (WIDTH - LEFT - RIGHT)
    }

    fn place_y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.share(y) * (HEIGHT - TOP - BOTTOM)
    }
}

fn finite(series: &Series) -> impl Iterator<Item = (f64, f64)> {
    let points = series.points.iter().copied();
    points.filter(|(x, y)| x.is_finite() && y.is_finite())
}

/// Smallest distance between two different bars.
fn spacing(plot: &Plot) -> f64 {
    let bars = plot.series.iter().filter(|s| s.mark == Mark::Bars);
    let mut along: Vec<f64> = bars.flat_map(finite).map(|(x, _)| x).collect();
    along.sort_by(f64::total_cmp);
    let steps = along.windows(2).filter_map(|pair| match pair {
        [a, b] if b > a => Some(b - a),
        _ => None,
    });
    let least = steps.fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 1.0 }
}

/// The picture with its legend; `None` when there is nothing to draw.
pub(super) fn figure(plot: &Plot) -> Option<String> {
    let frame = Frame::of(plot)?;
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escaped(&format!(
            "{}: {} over {}",
            plot.title, plot.y_label, plot.x_label
        ))
    );
    axes(&mut svg, &frame, plot);
    for (k, series) in plot.series.iter().enumerate() {
        draw(&mut svg, &frame, plot, k, series);
    }
    svg.push_str("</svg>");
    Some(format!(
        "<figure><figcaption>{}</figcaption>{svg}{}</figure>",
        escaped(&plot.title),
        legend(plot)
    ))
}

fn axes(svg: &mut String, frame: &Frame, plot: &Plot) {
    let (right, foot) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for tick in frame.y.ticks() {
        let (y, label) = (frame.place_y(tick), frame.y.label(tick));
        let class = if label == "0" { "zero" } else { "grid" };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 6.0,
            y + 4.5
        );
    }
    for tick in frame.x.ticks() {
        let (x, label) = (frame.place_x(tick), frame.x.label(tick));
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{foot}\" y2=\"{:.1}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            foot + 4.0,
            foot + 18.0
        );
    }
    let (middle, half) = (f64::midpoint(LEFT, right), f64::midpoint(TOP, foot));
    let _ = write!(
        svg,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(13 {half:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        HEIGHT - 8.0,
        escaped(&plot.x_label),
        escaped(&plot.y_label)
    );
}

fn draw(svg: &mut String, frame: &Frame, plot: &Plot, k: usize, series: &Series) {
    match series.mark {
        Mark::Line => line(svg, frame, k, series),
        Mark::Dots => {
            for (x, y) in finite(series) {
                dot(svg, k, frame.place_x(x), frame.place_y(y), 3.5);
            }
        }
        Mark::Bars => bars(svg, frame, plot, k, series),
    }
}

fn line(svg: &mut String, frame: &Frame, k: usize, series: &Series) {
    let mut path = String::new();
    for (x, y) in finite(series) {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(
            path,
            "{letter}{:.1} {:.1}",
            frame.place_x(x),
            frame.place_y(y)
        );
    }
    let _ = write!(
        svg,
        "<path class=\"line c{}\"{} d=\"{path}\"/>",
        k % COLOURS,
        dashes(k)
    );
}

/// Line style of the k-th series.
const fn dashes(k: usize) -> &'static str {
    match k % 3 {
        0 => "",
        1 => " stroke-dasharray=\"7 4\"",
        _ => " stroke-dasharray=\"2 4\"",
    }
}

/// Circle, square, triangle or diamond about a point.
fn dot(svg: &mut String, k: usize, x: f64, y: f64, r: f64) {
    let class = format!("dot c{}", k % COLOURS);
    let _ = match k % 4 {
        0 => write!(
            svg,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\"/>"
        ),
        1 => write!(
            svg,
            "<path class=\"{class}\" d=\"M{x:.1} {y:.1}m-{r} -{r}h{0}v{0}h-{0}z\"/>",
            2.0 * r
        ),
        2 => write!(
            svg,
            "<path class=\"{class}\" d=\"M{x:.1} {y:.1}m0 -{r}l{r} {0}h-{0}z\"/>",
            2.0 * r
        ),
        _ => write!(
            svg,
            "<path class=\"{class}\" d=\"M{x:.1} {y:.1}m0 -{r}l{r} {r}l-{r} {r}l-{r} -{r}z\"/>"
        ),
    };
}

/// Bars of several series stand side by side.
fn bars(svg: &mut String, frame: &Frame, plot: &Plot, k: usize, series: &Series) {
    let groups = plot.series.iter().filter(|s| s.mark == Mark::Bars).count();
    let earlier = plot
        .series
        .iter()
        .take(k)
        .filter(|s| s.mark == Mark::Bars)
        .count();
    let width = BAR_FILL * spacing(plot) / groups.max(1) as f64;
    let shift = (earlier as f64 - 0.5 * groups as f64) * width;
    for (x, y) in finite(series) {
        let (from, to) = (frame.place_x(x + shift), frame.place_x(x + shift + width));
        let (zero, end) = (frame.place_y(0.0), frame.place_y(y));
        let _ = write!(
            svg,
            "<rect class=\"bar c{}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            k % COLOURS,
            zero.min(end),
            to - from,
            (zero - end).abs()
        );
    }
}

fn legend(plot: &Plot) -> String {
    let mut list = String::from("<ul class=\"legend\">");
    for (k, series) in plot.series.iter().enumerate() {
        let mut key = String::new();
        match series.mark {
            Mark::Line => {
                let _ = write!(
                    key,
                    "<path class=\"line c{}\"{} d=\"M1 7H25\"/>",
                    k % COLOURS,
                    dashes(k)
                );
            }
            Mark::Dots => dot(&mut key, k, 13.0, 7.0, 4.0),
            Mark::Bars => {
                let _ = write!(
                    key,
                    "<rect class=\"bar c{}\" x=\"7\" y=\"1\" width=\"12\" height=\"12\"/>",
                    k % COLOURS
                );
            }
        }
        let count = match series.mark {
            Mark::Dots => format!(" ({})", finite(series).count()),
            Mark::Line | Mark::Bars => String::new(),
        };
        let _ = write!(
            list,
            "<li><svg viewBox=\"0 0 26 14\" aria-hidden=\"true\">{key}</svg>{}{count}</li>",
            escaped(&series.name)
        );
    }
    list.push_str("</ul>");
    list
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn plot(mark: Mark, points: Vec<(f64, f64)>) -> Plot {
        Plot {
            title: "Error <of> contacts".to_owned(),
            x_label: "time, s".to_owned(),
            y_label: "error, ms".to_owned(),
            series: vec![Series {
                name: "left & right".to_owned(),
                mark,
                points,
            }],
        }
    }

    #[test]
    fn every_finite_point_is_drawn_once_inside_the_frame() {
        let points = vec![(0.0, -5.0), (1.0, f64::NAN), (2.0, 12.0), (3.0, 3.0)];
        let svg = figure(&plot(Mark::Dots, points)).unwrap();
        assert_eq!(
            svg.matches("<circle class=\"dot c0\" cx").count(),
            3 + 1,
            "one in the legend"
        );
        for y in svg.split("cy=\"").skip(1) {
            let y: f64 = y.split('"').next().unwrap().parse().unwrap();
            assert!((0.0..=HEIGHT).contains(&y));
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn labels_are_escaped_and_units_named() {
        let svg = figure(&plot(Mark::Line, vec![(0.0, 1.0), (1.0, 2.0)])).unwrap();
        assert!(svg.contains("Error &lt;of&gt; contacts") && svg.contains("left &amp; right"));
        assert!(svg.contains("error, ms") && svg.contains("time, s"));
    }

    #[test]
    fn bars_reach_from_zero_and_nothing_to_draw_is_no_figure() {
        let svg = figure(&plot(Mark::Bars, vec![(1.0, 4.0), (2.0, 8.0)])).unwrap();
        let heights: Vec<f64> = svg
            .split("<rect class=\"bar c0\" ")
            .skip(1)
            .map(|rect| {
                rect.split("height=\"")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect();
        assert!((heights[1] / heights[0] - 2.0).abs() < 0.01, "{heights:?}");
        assert_eq!(figure(&plot(Mark::Dots, vec![(f64::NAN, 0.0)])), None);
        assert_eq!(figure(&plot(Mark::Dots, Vec::new())), None);
    }
}
