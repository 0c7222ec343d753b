//! One stance read from the single sensors of its foot.

use std::ops::Range;

use super::anatomy::{Anatomy, MOST_FAILED, NEIGHBOURS, Part};
use super::cop::Course;
use super::{Plantar, RegionLoad, StancePhases, arch, cpei, phases};
use crate::events::Stance;
use crate::lanes;
use crate::signal::SensorState;

/// 1 N/cm² in kPa.
const KPA_PER_N_PER_CM2: f64 = 10.0;
/// No sensor reads this: larger and non-finite readings count as nothing, so that sums stay finite.
const MOST: f32 = 1e7;
/// Samples of each column that are fetched at once: two pages of memory, so that all columns stay in the second cache.
const AHEAD: usize = 2048;
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
    /// Force under heel, midfoot, forefoot with toes, and sensors of no part.
    parts: [Vec<f32>; 4],
    peak: Vec<f32>,
    impulse: Vec<f64>,
    /// First sample that is not in the processor's caches yet.
    ahead: usize,
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
            impulse: Vec::new(),
            ahead: 0,
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
        self.read_ahead(&samples);
        self.fill(&samples)?;
        self.impute(&failed)?;
        self.sum_up(samples.len());
        let regions = self.regions(&failed, scale.creep)?;
        let ratios = arch::ratios(self.anatomy, &self.impulse, &failed);
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

    /// Walks through each column to some stances beyond. Memory delivers a long stretch of one column several times faster
    /// than the short stretches of all columns that a stance asks for.
    fn read_ahead(&mut self, samples: &Range<usize>) {
        if samples.end <= self.ahead {
            return;
        }
        let from = samples.start.max(self.ahead);
        self.ahead = samples.end + AHEAD;
        for column in self.columns {
            let to = self.ahead.min(column.len());
            lanes::touch(column.get(from..to).unwrap_or_default());
        }
    }

    /// Readings of the stance above each sensor's baseline, missing samples bridged by straight lines. Noise below the
    /// baseline stays: over a stance it balances the noise above, which would otherwise load every idle sensor.
    fn fill(&mut self, samples: &Range<usize>) -> Option<()> {
        let baseline = self.state.baseline(samples.start);
        for ((values, column), base) in self.values.iter_mut().zip(self.columns).zip(baseline) {
            let column = column.get(samples.clone())?;
            values.resize(column.len(), 0.0);
            lanes::subtract(values, column, *base, MOST);
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

    /// Forces of all sensors into the parts and the course; leaves the impulse under each sensor, N times samples.
    fn sum_up(&mut self, samples: usize) {
        self.course.clear(samples);
        for part in &mut self.parts {
            part.clear();
            part.resize(samples, 0.0);
        }
        self.impulse.clear();
        for (place, values) in self.anatomy.sensors.iter().zip(&self.values) {
            let part = match place.part {
                Some(Part::Heel) => 0,
                Some(Part::Midfoot) => 1,
                Some(Part::Forefoot | Part::Toes) => 2,
                None => 3,
            };
            if let Some(force) = self.parts.get_mut(part) {
                let newtons = place.newtons_per_unit as f32;
                let at = (place.x as f32, place.y as f32);
                let moments = (self.course.x.as_mut_slice(), self.course.y.as_mut_slice());
                lanes::add_forces(values, newtons, at, force, moments);
            }
            let impulse = place.newtons_per_unit * lanes::sum(values).max(0.0);
            self.impulse.push(impulse);
        }
        for part in &self.parts {
            lanes::add_scaled(&mut self.course.load, part, 1.0);
        }
    }

    /// Load of each region; `None` when nothing was loaded.
    fn regions(&mut self, failed: &[usize], creep: f64) -> Option<Vec<RegionLoad>> {
        let whole: f64 = self.impulse.iter().sum();
        if !(whole > 0.0 && whole.is_finite()) {
            return None;
        }
        let anatomy = self.anatomy;
        let regions = anatomy.members.iter();
        regions
            .map(|members| {
                let impulse = members.iter().filter_map(|k| self.impulse.get(*k));
                let impulse: f64 = impulse.sum();
                let pressures = anatomy.pressures.then(|| self.highest(members));
                let kpa = |reading: f64| KPA_PER_N_PER_CM2 * reading / creep;
                Some(RegionLoad {
                    impulse_share: impulse / whole,
                    peak_pressure_kpa: pressures.map(|(peak, _)| kpa(peak)),
                    pressure_time_kpa_s: pressures
                        .map(|(_, sum)| kpa(sum.max(0.0) / self.sampling_hz)),
                    imputed: members.iter().any(|k| failed.contains(k)),
                })
            })
            .collect()
    }

    /// Of the highest reading of some sensors at each sample: the largest, and the sum.
    fn highest(&mut self, members: &[usize]) -> (f64, f64) {
        let column = |k: &usize| self.values.get(*k).map_or(&[][..], Vec::as_slice);
        if let [only] = members {
            return (lanes::largest(column(only)), lanes::sum(column(only)));
        }
        self.peak.clear();
        self.peak.resize(self.course.load.len(), 0.0);
        for k in members {
            lanes::raise(&mut self.peak, column(k));
        }
        (lanes::largest(&self.peak), lanes::sum(&self.peak))
    }

    fn phases(&self, body_weight_n: f64) -> StancePhases {
        if !(self.anatomy.has(Part::Heel) && self.anatomy.has(Part::Forefoot)) {
            return StancePhases::Unknown;
        }
        let [heel, midfoot, forefoot, _] = &self.parts;
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
