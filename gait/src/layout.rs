//! Sensor layouts as data: where each sensor lies, how large it is, which region of the foot it serves.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Unit of a layout's coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayoutUnits {
    /// x in insole lengths from heel (-0.5) to toe (+0.5), y in insole widths.
    Insole,
    /// The maker's own grid; only differences and ratios mean something.
    Arbitrary,
}

/// One sensor. Coordinates hold for both feet: y grows towards the big toe (medial) on each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// Along the insole, growing from heel to toes.
    pub x: f64,
    /// Across the insole, growing from lateral to medial.
    pub y: f64,
    /// Effective area; `None` when the sensor reports force instead of pressure.
    pub area_cm2: Option<f64>,
    /// Region of the foot.
    pub region: String,
}

/// The geometry of one insole model and size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Stable id.
    pub id: String,
    /// Human name.
    pub title: String,
    /// Unit of the coordinates.
    pub units: LayoutUnits,
    /// Where the numbers come from.
    pub source: String,
    /// D = computed from recordings, S = published.
    pub standing: String,
    /// Sensors in the order of [`crate::recording::FootSignal::sensors`].
    pub sensors: Vec<Sensor>,
}

impl Layout {
    /// Where each sensor lies, in the measure of [`crate::summary::Path`]: along the foot from its middle, growing to the toes,
    /// and across it, growing to the big toe.
    #[must_use]
    pub fn places(&self) -> Vec<(f64, f64)> {
        let anatomy = crate::plantar::Anatomy::of(self);
        anatomy
            .sensors
            .iter()
            .map(|place| (place.x, place.y))
            .collect()
    }

    /// Total force in newtons from one value per sensor (N/cm² where the sensor has an area, N otherwise).
    #[must_use]
    pub fn total_force_n(&self, values: &[f64]) -> f64 {
        self.forces(values).map(|(_, force)| force).sum()
    }

    /// Centre of pressure (x, y) in layout units; `None` without load.
    #[must_use]
    pub fn centre_of_pressure(&self, values: &[f64]) -> Option<(f64, f64)> {
        let (mut total, mut x, mut y) = (0.0, 0.0, 0.0);
        for (sensor, force) in self.forces(values) {
            total += force;
            x += force * sensor.x;
            y += force * sensor.y;
        }
        (total > 0.0).then(|| (x / total, y / total))
    }

    fn forces<'a>(&'a self, values: &'a [f64]) -> impl Iterator<Item = (&'a Sensor, f64)> {
        self.sensors
            .iter()
            .zip(values)
            .map(|(sensor, value)| (sensor, value * sensor.area_cm2.unwrap_or(1.0)))
    }
}

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    [
        include_str!("layouts/moticon-16.json"),
        include_str!("layouts/gaitpdb-8.json"),
    ]
    .into_iter()
    .map(parse_embedded)
    .collect()
});

#[expect(
    clippy::expect_used,
    reason = "embedded data; a unit test parses every file"
)]
fn parse_embedded(json: &str) -> Layout {
    serde_json::from_str(json).expect("embedded layout")
}

/// The layout with this id, if it is known.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Layout> {
    LAYOUTS.iter().find(|layout| layout.id == id)
}

/// All known layouts.
#[must_use]
pub fn all() -> &'static [Layout] {
    &LAYOUTS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn the_sixteen_areas_sum_to_the_published_total() {
        let layout = by_id("moticon-16").unwrap();
        assert_eq!(layout.sensors.len(), 16);
        let area: f64 = layout.sensors.iter().filter_map(|s| s.area_cm2).sum();
        assert_abs_diff_eq!(area, 204.8, epsilon = 0.05);
    }

    #[test]
    fn eight_sensors_report_force_and_lie_symmetric_about_the_mid_line() {
        let layout = by_id("gaitpdb-8").unwrap();
        assert_eq!(layout.sensors.len(), 8);
        assert!(layout.sensors.iter().all(|s| s.area_cm2.is_none()));
        assert_abs_diff_eq!(layout.sensors.iter().map(|s| s.y).sum::<f64>(), 0.0);
    }

    #[test]
    fn centre_of_pressure_of_one_loaded_sensor_is_its_position() {
        let layout = by_id("moticon-16").unwrap();
        let mut values = vec![0.0; 16];
        assert_eq!(layout.centre_of_pressure(&values), None);
        values[13] = 2.0;
        assert_eq!(layout.centre_of_pressure(&values), Some((0.413, 0.178)));
        assert_abs_diff_eq!(layout.total_force_n(&values), 20.26, epsilon = 1e-12);
    }
}
