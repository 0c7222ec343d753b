//! Where the load lies under each foot, as a picture of numbers and as a table. What a summary does not hold is said.

use std::fmt::Write as _;

use gait::SessionSummary;
use gait::layout::{self, Layout};
use gait::recording::Side;
use gait::summary::{FootPressure, RegionMean};

use crate::http::format::{fixed, number};
use crate::store::insoles::InsoleSession;

/// Width and height of the picture of a foot.
const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 420.0;
/// An insole's length and width in the picture.
const LENGTH: f64 = 340.0;
const BREADTH: f64 = 150.0;
/// Shares are shaded in this many steps up to the largest.
const STEPS: f64 = 5.0;

/// One region of a foot.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Its name in words.
    pub name: String,
    /// Share of the foot's load.
    pub share: String,
    /// The reference group's.
    pub reference: Option<String>,
    /// Peak pressure.
    pub peak: Option<String>,
    /// Pressure over time of a stride.
    pub integral: Option<String>,
}

/// One foot.
#[derive(Debug, Clone, PartialEq)]
pub struct FootMap {
    /// `Left` or `Right`.
    pub side: &'static str,
    /// Strides behind it.
    pub n: u64,
    /// SVG.
    pub svg: String,
    /// The same in numbers.
    pub regions: Vec<Region>,
    /// Whether the way of the centre of pressure is drawn.
    pub has_path: bool,
}

/// Both feet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FootMaps {
    /// Those that were measured, left first.
    pub feet: Vec<FootMap>,
    /// What was not, in words.
    pub missing: Vec<String>,
    /// Which sensors.
    pub layout: Option<String>,
}

/// The maps of a stored session.
pub fn of_session(row: &InsoleSession) -> FootMaps {
    serde_json::from_str(&row.summary).map_or_else(
        |_| FootMaps {
            missing: vec!["this version cannot read the session".to_owned()],
            ..FootMaps::default()
        },
        |summary| of_summary(&summary),
    )
}

/// The maps of a summary.
pub fn of_summary(summary: &SessionSummary) -> FootMaps {
    let missing = |what: &str| FootMaps {
        missing: vec![what.to_owned()],
        ..FootMaps::default()
    };
    let Some(layout) = layout::by_id(&summary.device.layout_id) else {
        return missing("these insoles have no single sensors, or their places are not known");
    };
    let Some(pressure) = &summary.pressure else {
        return missing("no pressure in this session");
    };
    let mut maps = FootMaps {
        layout: Some(layout.title.clone()),
        ..FootMaps::default()
    };
    // From the same rule as the assessment's view of the load, so that page and API cannot differ.
    let shares = gait::assess(summary).load_balance;
    for (side, foot) in [(Side::Left, &pressure.left), (Side::Right, &pressure.right)] {
        let name = side_name(side);
        let regions = foot.as_ref().and_then(|foot| Some((foot, foot.regions()?)));
        let Some((foot, means)) = regions else {
            maps.missing
                .push(format!("{} foot: no pressure", name.to_lowercase()));
            continue;
        };
        let of_side: Vec<_> = shares.iter().filter(|share| share.side == side).collect();
        let map = FootMap {
            side: name,
            n: foot.n,
            has_path: foot.path().is_some(),
            svg: svg(side, layout, foot, &means),
            regions: of_side
                .iter()
                .zip(&means)
                .map(|(share, mean)| region(share, *mean))
                .collect(),
        };
        if !map.has_path {
            maps.missing
                .push(format!("{} foot: centre of pressure", name.to_lowercase()));
        }
        maps.feet.push(map);
    }
    if layout
        .sensors
        .iter()
        .any(|sensor| sensor.area_cm2.is_none())
    {
        maps.missing
            .push("pressure in kPa: these sensors tell force".to_owned());
    }
    maps
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Left => "Left",
        Side::Right => "Right",
    }
}

fn region(share: &gait::load_balance::RegionShare, mean: RegionMean) -> Region {
    Region {
        name: region_words(&share.region),
        share: format!("{} %", fixed(share.share_pct, 1)),
        reference: share
            .reference_mean_pct
            .zip(share.reference_sd_pct)
            .map(|(mean, sd)| format!("{} ± {} %", fixed(mean, 1), fixed(sd, 1))),
        peak: mean.peak_kpa.map(|kpa| format!("{kpa} kPa")),
        integral: mean.integral_kpa_s.map(|value| format!("{value} kPa s")),
    }
}

/// A region's name as a person reads it.
pub fn region_words(region: &str) -> String {
    let words = match region {
        "mth1" => "ball of the big toe",
        "mth2" => "second metatarsal head",
        "mth3" => "third metatarsal head",
        "mth4" => "fourth metatarsal head",
        "mth5" => "fifth metatarsal head",
        "hallux" => "big toe",
        "toes_2_3" => "second and third toe",
        "toes_4_5" => "fourth and fifth toe",
        "heel_medial" => "heel, inner side",
        "heel_lateral" => "heel, outer side",
        "rear_medial" => "rear, inner side",
        "rear_lateral" => "rear, outer side",
        "midfoot_medial" => "midfoot, inner side",
        "midfoot_lateral" => "midfoot, outer side",
        "fore_medial" => "forefoot, inner side",
        "fore_lateral" => "forefoot, outer side",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

/// Where a point of the foot stands in the picture, seen from above: the big toes beside each other.
fn place(side: Side, (x, y): (f64, f64)) -> (f64, f64) {
    let across = match side {
        Side::Left => y,
        Side::Right => -y,
    };
    (WIDTH / 2.0 + BREADTH * across, HEIGHT / 2.0 - LENGTH * x)
}

/// Step of shade, 0 to 5, of a share beside the largest.
fn shade(share: f64, largest: f64) -> u8 {
    if largest <= 0.0 {
        return 0;
    }
    (share / largest * STEPS).round().clamp(0.0, STEPS) as u8
}

fn svg(side: Side, layout: &Layout, foot: &FootPressure, means: &[RegionMean]) -> String {
    let name = side_name(side);
    let mut names: Vec<&str> = Vec::new();
    for sensor in &layout.sensors {
        if !names.contains(&sensor.region.as_str()) {
            names.push(&sensor.region);
        }
    }
    let share = |region: &str| {
        let at = names.iter().position(|name| *name == region)?;
        Some(f64::from(means.get(at)?.share_permille) / 10.0)
    };
    let largest = names
        .iter()
        .filter_map(|name| share(name))
        .fold(0.0, f64::max);
    let mut out = String::new();
    let _ = write!(
        out,
        r#"<svg class="foot-map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="foot-{name}"><title id="foot-{name}">{name} foot from above: share of its load under each region, percent. The table has every number.</title>{}"#,
        outline(side)
    );
    let places = layout.places();
    for (sensor, at) in layout.sensors.iter().zip(&places) {
        let (x, y) = place(side, *at);
        let radius = sensor.area_cm2.map_or(24.0, |area| 5.6 * area.sqrt());
        let class = share(&sensor.region).map_or_else(
            || "sensor unknown-load".to_owned(),
            |share| format!("sensor load-{}", shade(share, largest)),
        );
        let _ = write!(
            out,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"/>"#
        );
    }
    if let Some(path) = foot.path() {
        centre_of_pressure(&mut out, side, &path.series);
    }
    for region in &names {
        let at: Vec<(f64, f64)> = layout
            .sensors
            .iter()
            .zip(&places)
            .filter(|(sensor, _)| sensor.region == *region)
            .map(|(_, at)| place(side, *at))
            .collect();
        let count = at.len().max(1) as f64;
        let (x, y) = at
            .iter()
            .fold((0.0, 0.0), |(x, y), at| (x + at.0, y + at.1));
        if let Some(share) = share(region) {
            let _ = write!(
                out,
                r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                x / count,
                y / count + 5.0,
                number(share, 0)
            );
        }
    }
    out.push_str("</svg>");
    out
}

/// The way of the centre of pressure over the stance: from a ring at the first contact to a dot at the last.
fn centre_of_pressure(out: &mut String, side: Side, [x, y, ..]: &[Vec<f64>; 4]) {
    let points: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .map(|(x, y)| place(side, (*x, *y)))
        .collect();
    let line: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let line = line.join(" ");
    let _ = write!(
        out,
        r#"<polyline class="cop-edge" points="{line}"/><polyline class="cop" points="{line}"/>"#
    );
    for (point, class, radius) in [
        (points.first(), "cop-start", 4.0),
        (points.last(), "cop-end", 4.5),
    ] {
        if let Some((x, y)) = point {
            let _ = write!(
                out,
                r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius}"/>"#
            );
        }
    }
}

/// The edge of an insole, a shape to find one's way by and no measure: half widths along the foot, inner and outer side.
fn outline(side: Side) -> String {
    const EDGE: [(f64, f64, f64); 13] = [
        (-0.53, 0.05, -0.10),
        (-0.50, 0.25, -0.30),
        (-0.42, 0.36, -0.42),
        (-0.28, 0.36, -0.46),
        (-0.12, 0.33, -0.52),
        (0.02, 0.37, -0.60),
        (0.14, 0.45, -0.66),
        (0.26, 0.52, -0.64),
        (0.34, 0.50, -0.56),
        (0.42, 0.42, -0.42),
        (0.48, 0.30, -0.24),
        (0.52, 0.14, -0.06),
        (0.53, 0.05, 0.02),
    ];
    let inner = EDGE.iter().map(|(x, inner, _)| (*x, *inner));
    let outer = EDGE.iter().rev().map(|(x, _, outer)| (*x, *outer));
    let corners: Vec<(f64, f64)> = inner.chain(outer).map(|at| place(side, at)).collect();
    let next = corners.iter().cycle().skip(1);
    let mut path = String::new();
    // From middle to middle around each corner: no corner is seen.
    for ((x, y), (next_x, next_y)) in corners.iter().zip(next) {
        let (middle_x, middle_y) = (f64::midpoint(*x, *next_x), f64::midpoint(*y, *next_y));
        if path.is_empty() {
            let _ = write!(path, "M{middle_x:.1} {middle_y:.1}");
        } else {
            let _ = write!(path, "Q{x:.1} {y:.1} {middle_x:.1} {middle_y:.1}");
        }
    }
    if let (Some((x, y)), Some(end)) = (corners.first(), corners.get(1)) {
        let (end_x, end_y) = (f64::midpoint(*x, end.0), f64::midpoint(*y, end.1));
        let _ = write!(path, "Q{x:.1} {y:.1} {end_x:.1} {end_y:.1}Z");
    }
    format!(r#"<path class="insole" d="{path}"/>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_big_toes_stand_beside_each_other_and_toes_above_heels() {
        let (left, _) = place(Side::Left, (0.4, 0.3));
        let (right, _) = place(Side::Right, (0.4, 0.3));
        assert!(left > WIDTH / 2.0 && right < WIDTH / 2.0);
        assert!(place(Side::Left, (0.4, 0.0)).1 < place(Side::Left, (-0.4, 0.0)).1);
    }

    #[test]
    fn the_largest_share_is_the_darkest_and_nothing_is_none() {
        assert_eq!([0.0, 5.0, 10.0].map(|share| shade(share, 10.0)), [0, 3, 5]);
        assert_eq!(shade(0.0, 0.0), 0);
    }

    #[test]
    fn every_region_of_every_layout_has_words() {
        for layout in layout::all() {
            for sensor in &layout.sensors {
                let words = region_words(&sensor.region);
                assert!(!words.contains('_') && !words.starts_with("mth"), "{words}");
            }
        }
    }

    #[test]
    fn every_sensor_lies_within_the_picture() {
        for layout in layout::all() {
            for (x, y) in layout.places() {
                let (x, y) = place(Side::Left, (x, y));
                assert!((10.0..WIDTH - 10.0).contains(&x), "{x}");
                assert!((10.0..HEIGHT - 10.0).contains(&y), "{y}");
            }
        }
    }
}
