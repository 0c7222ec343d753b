//! How the force under a foot spreads over the sensors of its insole, and where its centre of pressure runs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gait::layout::{Layout, LayoutUnits};
use serde::Deserialize;

use crate::effects::FootEffects;
use crate::laws::{Standing, embedded};
use crate::maths::bell;
use crate::placement::Placement;
use crate::tilt::{Point, centre, normalised, tilt};

/// Steps of the stance phase at which shares are solved; between them they are interpolated.
const PHASE_STEPS: usize = 256;
/// The shift of a condition's path is largest here and fades with this width, in stance phase [A].
const SHIFT_CENTRE: f64 = 0.6;
const SHIFT_WIDTH: f64 = 0.25;

/// How the base shares of a layout are described.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ShareModel {
    /// A skewed bump over stance per sensor, at several speeds.
    Bumps {
        /// Meaning of the numbers.
        about: String,
        /// Where they come from.
        source: String,
        /// How well they are founded.
        standing: Standing,
        /// Tables, ascending in speed.
        speeds: Vec<BumpTable>,
    },
    /// Constant weights led along a path.
    Path {
        /// Meaning of the numbers.
        about: String,
        /// Where they come from.
        source: String,
        /// How well they are founded.
        standing: Standing,
        /// Weight per sensor.
        weights: Vec<f64>,
        /// x of the centre of pressure at equal steps of stance.
        path_x: Vec<f64>,
        /// (phase, y) of the centre of pressure.
        path_y: Vec<(f64, f64)>,
    },
}

/// Bumps at one speed: per sensor height, centre, width before and width after the centre.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BumpTable {
    /// Speed, m/s.
    pub speed_mps: f64,
    /// One row per sensor.
    pub bumps: Vec<[f64; 4]>,
}

static MODELS: LazyLock<BTreeMap<String, ShareModel>> =
    LazyLock::new(|| embedded(include_str!("data/shares.json")));

/// The share model of a layout, if the simulator can wear it.
#[must_use]
pub fn share_model(layout_id: &str) -> Option<&'static ShareModel> {
    MODELS.get(layout_id)
}

/// Shares of the force over the sensors, tabulated over the stance phase.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareTable {
    rows: Vec<Vec<f64>>,
    /// Centre of pressure of each row.
    path: Vec<Point>,
}

impl ShareTable {
    /// Solves the table for one foot.
    ///
    /// The base shares are multiplied by the conditions' factors; their centre of pressure, lengthened and shifted as the
    /// conditions ask, is the target that the tilted shares meet exactly.
    #[must_use]
    pub fn new(model: &ShareModel, layout: &Layout, effects: &FootEffects, speed_mps: f64) -> Self {
        Self::placed(model, layout, effects, speed_mps, &Placement::default())
    }

    /// The table as an insole sees it that lies a little turned and shifted under the foot.
    #[must_use]
    pub fn placed(
        model: &ShareModel,
        layout: &Layout,
        effects: &FootEffects,
        speed_mps: f64,
        placement: &Placement,
    ) -> Self {
        let positions: Vec<Point> = layout
            .sensors
            .iter()
            .map(|sensor| Point {
                x: sensor.x,
                y: sensor.y,
            })
            .collect();
        let settled = BaseShares::at_speed(model, speed_mps);
        let base: Vec<Vec<f64>> = (0..=PHASE_STEPS)
            .map(|step| {
                let mut shares = settled.at_phase(&positions, step as f64 / PHASE_STEPS as f64);
                shares
                    .iter_mut()
                    .zip(&effects.sensor_share)
                    .for_each(|(share, factor)| *share *= factor);
                shares
            })
            .collect();
        let path: Vec<Point> = base
            .iter()
            .map(|shares| centre(shares, &positions))
            .collect();
        let middle_x = path.iter().map(|point| point.x).sum::<f64>() / path.len() as f64;
        let width = insole_width(layout);
        let rows: Vec<Vec<f64>> = base
            .iter()
            .zip(&path)
            .enumerate()
            .map(|(step, (shares, natural))| {
                let phase = step as f64 / PHASE_STEPS as f64;
                let shift = effects.cop_shift * bell((phase - SHIFT_CENTRE) / SHIFT_WIDTH);
                let target = Point {
                    x: middle_x + (natural.x - middle_x) * effects.cop_length,
                    y: natural.y + shift * width,
                };
                tilt(shares, &positions, placement.seen(target))
            })
            .collect();
        let path = rows.iter().map(|shares| centre(shares, &positions));
        Self {
            path: path.collect(),
            rows,
        }
    }

    /// Writes the shares at a stance phase (0..=1) into `shares`; they sum to 1.
    pub fn shares(&self, phase: f64, shares: &mut [f64]) {
        let (step, part) = place(phase);
        for ((share, low), high) in shares
            .iter_mut()
            .zip(&self.rows[step])
            .zip(&self.rows[step + 1])
        {
            *share = low + part * (high - low);
        }
    }

    /// The centre of pressure at a stance phase: as the shares, it is linear between the rows.
    #[must_use]
    pub fn centre_of_pressure(&self, phase: f64) -> Point {
        let (step, part) = place(phase);
        let (low, high) = (self.path[step], self.path[step + 1]);
        Point {
            x: low.x + part * (high.x - low.x),
            y: low.y + part * (high.y - low.y),
        }
    }
}

/// Row before a phase, and how far it is on the way to the next.
fn place(phase: f64) -> (usize, f64) {
    let place = phase.clamp(0.0, 1.0) * PHASE_STEPS as f64;
    let step = (place as usize).min(PHASE_STEPS - 1);
    (step, place - step as f64)
}

/// Breadth of the insole in layout units.
fn insole_width(layout: &Layout) -> f64 {
    match layout.units {
        LayoutUnits::Insole => 1.0,
        LayoutUnits::Arbitrary => {
            let (low, high) = layout
                .sensors
                .iter()
                .fold((f64::MAX, f64::MIN), |(low, high), sensor| {
                    (low.min(sensor.y), high.max(sensor.y))
                });
            high - low
        }
    }
}

/// A share model settled for one speed.
enum BaseShares<'a> {
    Bumps(Vec<[f64; 4]>),
    Path {
        weights: &'a [f64],
        x: Vec<(f64, f64)>,
        y: &'a [(f64, f64)],
    },
}

impl<'a> BaseShares<'a> {
    fn at_speed(model: &'a ShareModel, speed_mps: f64) -> Self {
        match model {
            ShareModel::Bumps { speeds, .. } => Self::Bumps(bumps_at(speeds, speed_mps)),
            ShareModel::Path {
                weights,
                path_x,
                path_y,
                ..
            } => {
                let last = (path_x.len() - 1) as f64;
                let x = path_x
                    .iter()
                    .enumerate()
                    .map(|(i, &x)| (i as f64 / last, x))
                    .collect();
                Self::Path {
                    weights,
                    x,
                    y: path_y,
                }
            }
        }
    }

    fn at_phase(&self, positions: &[Point], phase: f64) -> Vec<f64> {
        match self {
            Self::Bumps(bumps) => {
                normalised(bumps.iter().map(|bump| bump_height(*bump, phase)).collect())
            }
            Self::Path { weights, x, y } => tilt(
                weights,
                positions,
                Point {
                    x: interpolate(x, phase),
                    y: interpolate(y, phase),
                },
            ),
        }
    }
}

/// Bump parameters at a speed, each interpolated between the tables.
fn bumps_at(speeds: &[BumpTable], speed_mps: f64) -> Vec<[f64; 4]> {
    let sensors = speeds
        .iter()
        .map(|table| table.bumps.len())
        .min()
        .unwrap_or(0);
    let parameter = |sensor: usize, column: usize| {
        let points: Vec<(f64, f64)> = speeds
            .iter()
            .map(|table| (table.speed_mps, table.bumps[sensor][column]))
            .collect();
        interpolate(&points, speed_mps)
    };
    (0..sensors)
        .map(|sensor| std::array::from_fn(|column| parameter(sensor, column)))
        .collect()
}

fn bump_height([height, centre, before, after]: [f64; 4], phase: f64) -> f64 {
    let width = if phase < centre { before } else { after };
    height * bell((phase - centre) / width)
}

/// Linear between points ascending in x, held beyond the ends; 0 without points.
fn interpolate(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= x);
    match (
        after.checked_sub(1).and_then(|before| points.get(before)),
        points.get(after),
    ) {
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0),
        (Some(end), None) | (None, Some(end)) => end.1,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::condition::Conditions;
    use crate::sides::PerSide;

    fn table(layout_id: &str, conditions: &Conditions, speed: f64) -> ShareTable {
        let layout = gait::layout::by_id(layout_id).unwrap();
        let effects = conditions.effects(layout_id, layout.sensors.len());
        ShareTable::new(
            share_model(layout_id).unwrap(),
            layout,
            &effects.feet.left,
            speed,
        )
    }

    #[test]
    fn every_layout_model_describes_each_of_its_sensors() {
        for (id, model) in MODELS.iter() {
            let sensors = gait::layout::by_id(id).unwrap().sensors.len();
            match model {
                ShareModel::Bumps { speeds, .. } => {
                    assert!(speeds.iter().all(|table| table.bumps.len() == sensors))
                }
                ShareModel::Path { weights, .. } => assert_eq!(weights.len(), sensors),
            }
        }
    }

    #[test]
    fn overpronation_moves_the_path_medially_by_exactly_its_shift() {
        let (plain, pronated) = (
            table("moticon-16", &Conditions::default(), 1.2),
            table(
                "moticon-16",
                &Conditions {
                    overpronation: PerSide::both(1.0),
                    ..Conditions::default()
                },
                1.2,
            ),
        );
        for step in 0..=PHASE_STEPS {
            let phase = step as f64 / PHASE_STEPS as f64;
            let shift = 0.12 * (-0.5 * ((phase - 0.6) / 0.25f64).powi(2)).exp();
            let (a, b) = (
                plain.centre_of_pressure(phase),
                pronated.centre_of_pressure(phase),
            );
            assert_abs_diff_eq!(b.x, a.x, epsilon = 1e-10);
            assert_abs_diff_eq!(b.y - a.y, shift, epsilon = 1e-10);
        }
    }

    #[test]
    fn eight_sensors_follow_the_tabulated_path() {
        let table = table("gaitpdb-8", &Conditions::default(), 1.2);
        let (start, end) = (table.centre_of_pressure(0.0), table.centre_of_pressure(1.0));
        assert_abs_diff_eq!(start.x, -770.0, epsilon = 1e-6);
        assert_abs_diff_eq!(start.y, -2.0, epsilon = 1e-6);
        assert_abs_diff_eq!(end.x, 514.0, epsilon = 1e-6);
        assert_abs_diff_eq!(end.y, 38.0, epsilon = 1e-6);
    }
}
