//! One stance read from the single sensors of its foot.

use std::ops::Range;

use super::anatomy::{Anatomy, MOST_FAILED, NEIGHBOURS, Part};
use super::cop::Course;
use super::{Plantar, RegionLoad, StancePhases, arch, cpei, lanes, phases};
use crate::events::Stance;
use crate::signal::SensorState;

/// 1 N/cm² in kPa.
const KPA_PER_N_PER_CM2: f64 = 10.0;
/// No sensor reads this: larger and non-finite readings are cut so that sums stay finite.
const MOST: f32 = 1e7;
/// Fewest samples of a stance that can be read.
const LEAST_SAMPLES: usize = 6;

/// What turns readings into loads at the time of a stance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Body weight in the insole's own newtons.
    pub(crate) body_weight_n: f64,
    /// What the sensors read over what they would have read when the session began.
    pub(crate) creep: f64,
}

/// Reads stances of one foot. Keeps its memory from one stance to the next.
pub(crate) struct StanceReader<'a> {
    anatomy: &'a Anatomy,
    columns: &'a [Vec<f32>],
    missing: &'a [Range<usize>],
    state: &'a SensorState,
    sampling_hz: f64,
    values: Vec<Vec<f32>>,
    course: Course,
    parts: [Vec<f32>; 3],
    peak: Vec<f32>,
}

impl<'a> StanceReader<'a> {
    /// A reader of `columns` (`[sensor][sample]`); `missing` are the samples that were not received, ascending. `None`
    /// when the columns are not those of the layout.
    pub(crate) fn new(
        anatomy: &'a Anatomy,
        columns: &'a [Vec<f32>],
        missing: &'a [Range<usize>],
        state: &'a SensorState,
        sampling_hz: f64,
    ) -> Option<Self> {
        (columns.len() == anatomy.sensors.len()).then(|| Self {
            anatomy,
            columns,
            missing,
            state,
            sampling_hz,
            values: vec![Vec::new(); columns.len()],
            course: Course::default(),
            parts: Default::default(),
            peak: Vec::new(),
        })
    }

    /// Pressure under one stance; `load_bw` is the load of the foot over the whole recording, body weights. `None` when
    /// the stance is too short or not inside the recording, or when more than [`MOST_FAILED`] sensors failed in it.
    pub(crate) fn read(
        &mut self,
        stance: &Stance,
        load_bw: &[f64],
        scale: Scale,
    ) -> Option<Plantar> {
        let from = stance.contact.floor().max(0.0) as usize;
        let samples = from..(stance.toe_off.ceil().max(0.0) as usize).saturating_add(1);
        let load_bw = load_bw
            .get(samples.clone())
            .filter(|load| load.len() >= LEAST_SAMPLES)?;
        let failed = self.state.failed_in(&samples);
        if failed.len() > MOST_FAILED {
            return None;
        }
        self.fill(&samples)?;
        self.impute(&failed)?;
        let impulse = self.sum_up(samples.len());
        let regions = self.regions(&impulse, &failed, scale.creep)?;
        let ratios = arch::ratios(self.anatomy, &impulse, &failed);
        let ends = |moment: f64| moment - from as f64;
        let path = self.course.path(ends(stance.contact), ends(stance.toe_off));
        Some(Plantar {
            cpei_pct: cpei::cpei_pct(&self.course, load_bw),
            cop_length: path.map(|p| p.length()),
            cop_width: path.map(|p| p.width()),
            path,
            mid_load: ratios.mid_load,
            malr: ratios.malr,
            mlr: ratios.mlr,
            fmlr: ratios.fmlr,
            forefoot_share: ratios.forefoot_share,
            regions,
            phases: self.phases(scale.body_weight_n),
        })
    }

    /// Readings of the stance above each sensor's baseline, missing samples bridged by straight lines.
    fn fill(&mut self, samples: &Range<usize>) -> Option<()> {
        let baseline = self.state.baseline(samples.start);
        for ((values, column), base) in self.values.iter_mut().zip(self.columns).zip(baseline) {
            let column = column.get(samples.clone())?;
            values.clear();
            values.extend(column.iter().map(|v| (v - base).max(0.0).min(MOST)));
        }
        let first = self.missing.partition_point(|gap| gap.end <= samples.start);
        for gap in self.missing.iter().skip(first) {
            if gap.start >= samples.end {
                break;
            }
            let from = gap.start.max(samples.start) - samples.start;
            let to = gap.end.min(samples.end) - samples.start;
            for values in &mut self.values {
                bridge(values, from..to);
            }
        }
        Some(())
    }

    /// Fills the sensors that failed by the inverse-distance mean of their nearest sound neighbours.
    fn impute(&mut self, failed: &[usize]) -> Option<()> {
        for &sensor in failed {
            let weights = weights(self.anatomy, sensor, failed);
            if weights.is_empty() {
                return None;
            }
            let mut filled = self.values.get_mut(sensor).map(std::mem::take)?;
            filled.fill(0.0);
            for (other, weight) in weights {
                lanes::add_scaled(&mut filled, self.values.get(other)?, weight);
            }
            *self.values.get_mut(sensor)? = filled;
        }
        Some(())
    }

    /// Forces of all sensors into the course and the parts; the impulse under each sensor, N times samples.
    fn sum_up(&mut self, samples: usize) -> Vec<f64> {
        self.course.clear(samples);
        for part in &mut self.parts {
            part.clear();
            part.resize(samples, 0.0);
        }
        let [heel, midfoot, forefoot] = &mut self.parts;
        let places = self.anatomy.sensors.iter().zip(&self.values);
        places
            .map(|(place, values)| {
                let newtons = place.newtons_per_unit as f32;
                lanes::add_scaled(&mut self.course.load, values, newtons);
                lanes::add_scaled(&mut self.course.x, values, newtons * place.x as f32);
                lanes::add_scaled(&mut self.course.y, values, newtons * place.y as f32);
                match place.part {
                    Some(Part::Heel) => lanes::add_scaled(heel, values, newtons),
                    Some(Part::Midfoot) => lanes::add_scaled(midfoot, values, newtons),
                    Some(Part::Forefoot | Part::Toes) => {
                        lanes::add_scaled(forefoot, values, newtons);
                    }
                    None => {}
                }
                place.newtons_per_unit * lanes::sum(values)
            })
            .collect()
    }

    /// Load of each region; `None` when nothing was loaded.
    fn regions(
        &mut self,
        impulse: &[f64],
        failed: &[usize],
        creep: f64,
    ) -> Option<Vec<RegionLoad>> {
        let whole: f64 = impulse.iter().sum();
        if !(whole > 0.0 && whole.is_finite()) {
            return None;
        }
        let mut loads = Vec::with_capacity(self.anatomy.regions.len());
        for region in 0..self.anatomy.regions.len() {
            self.peak.clear();
            self.peak.resize(self.course.load.len(), 0.0);
            let (mut share, mut imputed) = (0.0, false);
            let sensors = self.anatomy.sensors.iter().enumerate();
            for (k, _) in sensors.filter(|(_, place)| place.region == region) {
                share += impulse.get(k).copied().unwrap_or(0.0) / whole;
                imputed |= failed.contains(&k);
                if self.anatomy.pressures {
                    lanes::raise(&mut self.peak, self.values.get(k)?);
                }
            }
            let kpa = |reading: f64| {
                let pressures = self.anatomy.pressures;
                pressures.then(|| KPA_PER_N_PER_CM2 * reading / creep)
            };
            loads.push(RegionLoad {
                impulse_share: share,
                peak_pressure_kpa: kpa(lanes::largest(&self.peak)),
                pressure_time_kpa_s: kpa(lanes::sum(&self.peak) / self.sampling_hz),
                imputed,
            });
        }
        Some(loads)
    }

    fn phases(&self, body_weight_n: f64) -> StancePhases {
        if !(self.anatomy.has(Part::Heel) && self.anatomy.has(Part::Forefoot)) {
            return StancePhases::Unknown;
        }
        let [heel, midfoot, forefoot] = &self.parts;
        let level = (phases::BEARING_BW * body_weight_n) as f32;
        phases::order(heel, midfoot, forefoot, level, self.sampling_hz)
    }
}

/// Weights of the nearest sound neighbours of a sensor, by inverse distance, summing to 1; as factors of their readings
/// where the sensors are of one kind.
pub(crate) fn weights(anatomy: &Anatomy, sensor: usize, failed: &[usize]) -> Vec<(usize, f32)> {
    let near: Vec<(usize, f64)> = anatomy
        .sensors
        .get(sensor)
        .into_iter()
        .flat_map(|place| &place.neighbours)
        .filter(|(other, distance)| !failed.contains(other) && *distance > 0.0)
        .take(NEIGHBOURS)
        .map(|(other, distance)| (*other, 1.0 / distance))
        .collect();
    let whole: f64 = near.iter().map(|(_, weight)| weight).sum();
    near.into_iter()
        .map(|(other, weight)| (other, (weight / whole) as f32))
        .collect()
}

/// A straight line over `gap`; at the ends of the stance the one neighbour is held.
fn bridge(values: &mut [f32], gap: Range<usize>) {
    let before = gap
        .start
        .checked_sub(1)
        .and_then(|k| values.get(k))
        .copied();
    let after = values.get(gap.end).copied();
    let (from, to) = match (before, after) {
        (Some(from), Some(to)) => (from, to),
        (Some(one), None) | (None, Some(one)) => (one, one),
        (None, None) => return,
    };
    let steps = (gap.len() + 1) as f32;
    for (k, slot) in values
        .iter_mut()
        .skip(gap.start)
        .take(gap.len())
        .enumerate()
    {
        *slot = from + (to - from) * (k + 1) as f32 / steps;
    }
}
