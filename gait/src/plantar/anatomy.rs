//! What the sensors of a layout lie under: parts of the foot, its two columns, the arch, and the insole's own measure.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::layout::{Layout, LayoutUnits};

/// The name of the region that is the medial arch where a layout has one.
const MEDIAL_ARCH: &str = "medial_arch";
/// Insole length over its width: tells how far apart sensors lie when x is in lengths and y in widths. A shoe last is
/// about 2.7 times as long as it is wide; only the order and weight of neighbours depend on it. Standing A.
const LENGTH_PER_WIDTH: f64 = 2.7;
/// Sensors that stand in for one that does not measure (docs/GAIT.md, sensor health).
pub(crate) const NEIGHBOURS: usize = 3;
/// Sensors of a foot that may fail before its pressures are no longer told. Standing A (docs/GAIT.md, sensor health).
pub(crate) const MOST_FAILED: usize = 2;

/// A part of the foot along its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Heel,
    Midfoot,
    Forefoot,
    Toes,
}

/// A column of the foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Column {
    Medial,
    Lateral,
}

/// A row of `regions.toml`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionRow {
    part: Part,
    column: Option<Column>,
    #[serde(default)]
    arch: bool,
}

static REGIONS: LazyLock<BTreeMap<String, RegionRow>> = LazyLock::new(embedded_regions);

#[expect(
    clippy::expect_used,
    reason = "embedded data; a unit test reads the file"
)]
fn embedded_regions() -> BTreeMap<String, RegionRow> {
    toml::from_str(include_str!("regions.toml")).expect("embedded region table")
}

/// Where one sensor lies and what it serves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// Insole lengths from its middle, growing to the toes.
    pub(crate) x: f64,
    /// Insole widths from its mid line, growing to the big toe.
    pub(crate) y: f64,
    /// What turns a reading into newtons: the area in cm², or 1 for sensors that give force.
    pub(crate) newtons_per_unit: f64,
    /// Index into [`Anatomy::regions`].
    pub(crate) region: usize,
    pub(crate) part: Option<Part>,
    pub(crate) column: Option<Column>,
    /// Under the medial arch.
    pub(crate) arch: bool,
    /// Lateral counterpart of the medial arch.
    pub(crate) opposite: bool,
    /// The nearest other sensors, nearest first, with their distance in insole widths: enough that [`NEIGHBOURS`] remain
    /// when [`MOST_FAILED`] fail.
    pub(crate) neighbours: Vec<(usize, f64)>,
}

/// A layout as the pressure measures see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Anatomy {
    pub(crate) sensors: Vec<Place>,
    /// Region names in the order in which the layout first names them.
    pub(crate) regions: Vec<String>,
    /// Sensors of each region.
    pub(crate) members: Vec<Vec<usize>>,
    /// Whether the sensors report pressure (all have an area).
    pub(crate) pressures: bool,
}

impl Anatomy {
    /// Reads a layout.
    pub(crate) fn of(layout: &Layout) -> Self {
        let mut regions: Vec<String> = Vec::new();
        for sensor in &layout.sensors {
            if !regions.contains(&sensor.region) {
                regions.push(sensor.region.clone());
            }
        }
        let measure = Measure::of(layout);
        let has_arch = regions.iter().any(|name| name == MEDIAL_ARCH);
        let place = |sensor: &crate::layout::Sensor| {
            let row = REGIONS.get(&sensor.region);
            let (x, y) = measure.normal(sensor.x, sensor.y);
            Place {
                x,
                y,
                newtons_per_unit: sensor.area_cm2.unwrap_or(1.0),
                region: regions
                    .iter()
                    .position(|name| *name == sensor.region)
                    .unwrap_or(0),
                part: row.map(|row| row.part),
                column: row.and_then(|row| row.column),
                arch: row.is_some_and(|row| row.arch)
                    && (!has_arch || sensor.region == MEDIAL_ARCH),
                opposite: false,
                neighbours: Vec::new(),
            }
        };
        let mut sensors: Vec<Place> = layout.sensors.iter().map(place).collect();
        mark_opposites(&mut sensors);
        add_neighbours(&mut sensors, measure.length_per_width());
        let members = |region: usize| {
            let sensors = sensors.iter().enumerate();
            let of_region = sensors.filter(|(_, place)| place.region == region);
            of_region.map(|(k, _)| k).collect()
        };
        Self {
            members: (0..regions.len()).map(members).collect(),
            sensors,
            regions,
            pressures: layout.sensors.iter().all(|s| s.area_cm2.is_some()),
        }
    }

    /// Whether any sensor lies under this part.
    pub(crate) fn has(&self, part: Part) -> bool {
        self.sensors.iter().any(|s| s.part == Some(part))
    }
}

/// Turns layout coordinates into insole lengths and widths.
struct Measure {
    middle_x: f64,
    length: f64,
    middle_y: f64,
    width: f64,
    isotropic: bool,
}

impl Measure {
    /// A layout in the maker's own grid is measured by the span of its sensors: its length from the rearmost to the
    /// foremost, its width as the distance of the sensor columns.
    fn of(layout: &Layout) -> Self {
        if layout.units == LayoutUnits::Insole {
            return Self {
                middle_x: 0.0,
                length: 1.0,
                middle_y: 0.0,
                width: 1.0,
                isotropic: false,
            };
        }
        let span = |values: Vec<f64>| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let width = high - low;
            (0.5 * (low + high), if width > 0.0 { width } else { 1.0 })
        };
        let (middle_x, length) = span(layout.sensors.iter().map(|s| s.x).collect());
        let (middle_y, width) = span(layout.sensors.iter().map(|s| s.y).collect());
        Self {
            middle_x,
            length,
            middle_y,
            width,
            isotropic: true,
        }
    }

    fn normal(&self, x: f64, y: f64) -> (f64, f64) {
        (
            (x - self.middle_x) / self.length,
            (y - self.middle_y) / self.width,
        )
    }

    fn length_per_width(&self) -> f64 {
        if self.isotropic {
            self.length / self.width
        } else {
            LENGTH_PER_WIDTH
        }
    }
}

/// The lateral midfoot sensors that lie level with the medial arch: for each arch sensor the nearest along the foot.
fn mark_opposites(sensors: &mut [Place]) {
    let arches: Vec<f64> = sensors.iter().filter(|s| s.arch).map(|s| s.x).collect();
    let lateral = |s: &Place| s.part == Some(Part::Midfoot) && s.column == Some(Column::Lateral);
    for arch_x in arches {
        let nearest = sensors
            .iter()
            .filter(|s| lateral(s))
            .map(|s| (s.x - arch_x).abs())
            .fold(f64::INFINITY, f64::min);
        for sensor in sensors.iter_mut().filter(|s| lateral(s)) {
            sensor.opposite |= (sensor.x - arch_x).abs() <= nearest;
        }
    }
}

fn add_neighbours(sensors: &mut [Place], length_per_width: f64) {
    let places: Vec<(f64, f64)> = sensors
        .iter()
        .map(|s| (s.x * length_per_width, s.y))
        .collect();
    for ((k, sensor), &(x, y)) in sensors.iter_mut().enumerate().zip(&places) {
        let mut others: Vec<(usize, f64)> = places
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != k)
            .map(|(other, (ox, oy))| (other, (ox - x).hypot(oy - y)))
            .collect();
        others.sort_by(|a, b| a.1.total_cmp(&b.1));
        others.truncate(NEIGHBOURS + MOST_FAILED);
        sensor.neighbours = others;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::layout;

    fn numbers(anatomy: &Anatomy, wanted: impl Fn(&Place) -> bool) -> Vec<usize> {
        let sensors = anatomy.sensors.iter().enumerate();
        sensors
            .filter(|(_, s)| wanted(s))
            .map(|(k, _)| k + 1)
            .collect()
    }

    #[test]
    fn sixteen_sensors_lie_where_the_maker_put_them() {
        let a = Anatomy::of(layout::by_id("moticon-16").unwrap());
        assert_eq!(numbers(&a, |s| s.part == Some(Part::Heel)), [1, 2, 3, 4]);
        assert_eq!(numbers(&a, |s| s.part == Some(Part::Midfoot)), [5, 6, 7, 8]);
        assert_eq!(
            numbers(&a, |s| s.part == Some(Part::Forefoot)),
            [9, 10, 11, 12, 13]
        );
        assert_eq!(numbers(&a, |s| s.part == Some(Part::Toes)), [14, 15, 16]);
        assert_eq!(
            numbers(&a, |s| s.column == Some(Column::Medial)),
            [1, 3, 5, 7, 9, 10]
        );
        assert_eq!(
            numbers(&a, |s| s.column == Some(Column::Lateral)),
            [2, 4, 6, 8, 11, 12, 13]
        );
        assert_eq!(numbers(&a, |s| s.arch), [7]);
        assert_eq!(numbers(&a, |s| s.opposite), [8]);
        assert!(a.pressures && a.regions.len() == 13);
    }

    #[test]
    fn eight_sensors_are_measured_by_their_own_span() {
        let a = Anatomy::of(layout::by_id("gaitpdb-8").unwrap());
        assert_eq!(numbers(&a, |s| s.arch), [5]);
        assert_eq!(numbers(&a, |s| s.opposite), [4]);
        assert_eq!(numbers(&a, |s| s.column == Some(Column::Medial)), [3, 5, 7]);
        assert_eq!(
            numbers(&a, |s| s.column == Some(Column::Lateral)),
            [2, 4, 6]
        );
        let [first, .., last] = a.sensors.as_slice() else {
            panic!("eight sensors")
        };
        assert_eq!((first.x, first.y, last.x), (-0.5, 0.0, 0.5));
        assert_eq!(a.sensors[6].y, 0.5);
        assert!(!a.pressures);
    }

    #[test]
    fn neighbours_are_the_nearest_on_the_foot() {
        let a = Anatomy::of(layout::by_id("moticon-16").unwrap());
        let nearest = |number: usize| -> Vec<usize> {
            let near = a.sensors[number - 1].neighbours.iter().take(NEIGHBOURS);
            let mut near: Vec<usize> = near.map(|(k, _)| k + 1).collect();
            near.sort_unstable();
            near
        };
        assert_eq!(nearest(1), [2, 3, 4]);
        assert_eq!(nearest(11), [10, 12, 13]);
    }

    #[test]
    fn every_region_of_every_layout_is_known() {
        for layout in layout::all() {
            for sensor in &layout.sensors {
                let known = REGIONS.contains_key(&sensor.region);
                assert!(known, "{}: {}", layout.id, sensor.region);
            }
        }
    }
}
