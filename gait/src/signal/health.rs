//! Which sensors measured, and what they read without load. Judged per block of walking, because a sensor may fail at any
//! moment and come back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::offset::{baseline, swing_samples};
use super::walking::{Block, blocks};
use crate::events::{Footfalls, Stance};
use crate::lanes;
use crate::plantar::{Anatomy, NEIGHBOURS};

/// A sensor is dead when it never passes this while its neighbours bear load, body weights of force under it: 0.5 N/cm²
/// on 12.8 cm² (mean of the 16-sensor insole) at 800 N, written so that it holds for any unit (docs/GAIT.md).
const DEAD_BW: f64 = 0.008;
/// What a neighbour must pass to bear load, body weights: 5 N/cm² on the same.
const LOADED_BW: f64 = 0.08;
/// Of the three nearest sensors this many must bear load: one alone may stand at the edge of a neighbouring region.
const LOADED_NEIGHBOURS: usize = 2;
/// A sensor that stays within this is stuck, body weights: a tenth of the quantum of 0.25 N/cm² on the same.
const STUCK_BW: f64 = 0.0004;
/// Gait cycles looked at per block: a sensor that fails does so in all of them.
const LOOKS: usize = 4;
/// Share of the stance samples at full scale above which a sensor is said to saturate.
const SATURATED_SHARE: f64 = 0.005;
/// Largest reading of the sensors of a layout, N/cm². Standing M: from memory of the maker's data sheet.
const FULL_SCALE_N_PER_CM2: [(&str, f32); 1] = [("moticon-16", 50.0)];

/// What is wrong with a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Hardly reads anything while its neighbours bear load.
    Dead,
    /// Reads the same value whatever the load.
    Stuck,
    /// Reaches its full scale: the load above is not told.
    Saturated,
}

/// A fault of one sensor over a stretch of the recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorFault {
    /// Number of the sensor in its layout, from 1.
    pub sensor: usize,
    /// Its region.
    pub region: String,
    /// What is wrong.
    pub kind: FaultKind,
    /// Since when, s from the first sample.
    pub start_s: f64,
    /// Until when, s from the first sample.
    pub end_s: f64,
}

/// What must be known of a foot's sensors to read a stance.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SensorState {
    /// First sample of each block.
    from: Vec<usize>,
    /// `[block][sensor]`.
    baselines: Vec<Vec<f32>>,
    /// Per sensor the samples in which it is dead or stuck, ascending.
    failed: Vec<Vec<Range<usize>>>,
}

impl SensorState {
    /// Sensors that never failed and read nothing without load.
    #[cfg(test)]
    pub(crate) fn sound(sensors: usize) -> Self {
        Self {
            from: vec![0],
            baselines: vec![vec![0.0; sensors]],
            failed: vec![Vec::new(); sensors],
        }
    }

    /// Reading of each sensor without load at the time of a sample.
    pub(crate) fn baseline(&self, sample: usize) -> &[f32] {
        let block = self.from.partition_point(|from| *from <= sample);
        let row = self.baselines.get(block.saturating_sub(1));
        row.map_or(&[], Vec::as_slice)
    }

    /// Sensors that fail somewhere in the samples.
    pub(crate) fn failed_in(&self, samples: &Range<usize>) -> Vec<usize> {
        let touches = |range: &Range<usize>| range.start < samples.end && samples.start < range.end;
        let sensors = self.failed.iter().enumerate();
        sensors
            .filter(|(_, ranges)| ranges.iter().any(touches))
            .map(|(sensor, _)| sensor)
            .collect()
    }

    /// Where any sensor fails: sensor and samples.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (usize, &Range<usize>)> {
        let sensors = self.failed.iter().enumerate();
        sensors.flat_map(|(sensor, ranges)| ranges.iter().map(move |range| (sensor, range)))
    }
}

/// The sensors of one foot as they came.
#[derive(Clone, Copy)]
pub(crate) struct Sensors<'a> {
    pub(crate) layout_id: &'a str,
    pub(crate) anatomy: &'a Anatomy,
    pub(crate) columns: &'a [Vec<f32>],
    pub(crate) missing: &'a [Range<usize>],
    pub(crate) body_weight_n: f64,
    pub(crate) sampling_hz: f64,
    /// Load of the foot, body weights.
    pub(crate) load: &'a [f64],
}

/// What one sensor read in one block.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// Lowest and highest over the cycles looked at.
    low: f32,
    high: f32,
    /// Changed while the foot was in the air: noise that only a living sensor has.
    restless: bool,
    /// Stance samples at full scale, and looked at.
    full: usize,
    stance: usize,
}

impl Sensors<'_> {
    /// Judges the sensors over the walking of their foot.
    pub(crate) fn judge(&self, footfalls: &Footfalls) -> (SensorState, Vec<SensorFault>) {
        let blocks = blocks(footfalls, self.sampling_hz);
        let (mut baselines, mut readings) = (Vec::new(), Vec::new());
        let mut level = vec![0.0; self.columns.len()];
        for block in &blocks {
            readings.push(self.look(footfalls, block, &mut level));
            baselines.push(level.clone());
        }
        if baselines.is_empty() {
            baselines.push(level);
        }
        let (mut failed, mut faults) = (Vec::new(), Vec::new());
        for sensor in 0..self.columns.len() {
            let states: Vec<Option<FaultKind>> =
                readings.iter().map(|r| self.state(sensor, r)).collect();
            let ranges = self.stretches(sensor, &states, &blocks, &readings);
            faults.extend(ranges.iter().map(|(kind, r)| self.fault(sensor, *kind, r)));
            failed.push(ranges.into_iter().map(|(_, range)| range).collect());
            faults.extend(self.saturation(sensor, &readings));
        }
        let from = blocks.iter().map(|block| block.from).collect();
        let state = SensorState {
            from,
            baselines,
            failed,
        };
        (state, faults)
    }

    /// Readings of all sensors in one block; `level` is their baseline, kept from the block before where no swing tells.
    fn look(&self, footfalls: &Footfalls, block: &Block, level: &mut [f32]) -> Vec<Reading> {
        let swing = swing_samples(footfalls, block, self.missing, self.sampling_hz);
        let looks = self.looks(footfalls, block);
        let full_scale = FULL_SCALE_N_PER_CM2
            .iter()
            .find(|(id, _)| *id == self.layout_id)
            .map_or(f32::INFINITY, |(_, most)| *most);
        let mut buffer = Vec::new();
        let columns = self.columns.iter().zip(level);
        let first = looks.first().map_or(0, |(cycle, _)| cycle.start);
        let last = swing.last().copied().unwrap_or(first);
        columns
            .map(|(column, level)| {
                // Scattered readings come faster after one walk through the block.
                lanes::touch(column.get(first..last).unwrap_or_default());
                *level = baseline(column, &swing, &mut buffer).unwrap_or(*level);
                let mut reading = Reading {
                    low: f32::INFINITY,
                    high: f32::NEG_INFINITY,
                    restless: buffer.windows(2).any(|pair| pair.first() != pair.last()),
                    ..Reading::default()
                };
                for (cycle, stance) in &looks {
                    reading.add(column, cycle, stance, full_scale);
                }
                reading
            })
            .collect()
    }

    /// Samples of up to [`LOOKS`] cycles and of their stances, spread over the block; cycles with missing samples only
    /// when there are no others.
    fn looks(&self, footfalls: &Footfalls, block: &Block) -> Vec<(Range<usize>, Range<usize>)> {
        let samples = |stance: &Stance, next: f64| {
            let start = stance.contact.ceil().max(0.0) as usize;
            let cut = |end: f64| start..(end.max(0.0) as usize).max(start);
            (cut(next), cut(stance.toe_off))
        };
        let whole = |cycle: &Range<usize>| {
            let next = self.missing.partition_point(|gap| gap.end <= cycle.start);
            self.missing
                .get(next)
                .is_none_or(|gap| gap.start >= cycle.end)
        };
        let all: Vec<_> = block
            .cycles(footfalls)
            .map(|(stance, next)| samples(stance, next))
            .collect();
        let mut sound: Vec<_> = all.iter().filter(|(cycle, _)| whole(cycle)).collect();
        if sound.is_empty() {
            sound = all.iter().collect();
        }
        let step = sound.len().div_ceil(LOOKS).max(1);
        sound.into_iter().step_by(step).cloned().collect()
    }

    fn state(&self, sensor: usize, block: &[Reading]) -> Option<FaultKind> {
        let place = self.anatomy.sensors.get(sensor)?;
        let own = block.get(sensor)?;
        let near = place.neighbours.iter().take(NEIGHBOURS);
        let loaded = near
            .filter(|(other, _)| self.high_bw(*other, block) > LOADED_BW)
            .count();
        if loaded < LOADED_NEIGHBOURS {
            return None;
        }
        let still = self.in_bw(sensor, own.high - own.low) < STUCK_BW;
        let low = self.in_bw(sensor, own.high) < DEAD_BW;
        // A high arch bears nothing: its sensor is dead only if it lacks even the noise that its neighbours have.
        let noisy = |(other, _): &(usize, f64)| block.get(*other).is_some_and(|r| r.restless);
        let lifeless = still && place.neighbours.iter().take(NEIGHBOURS).any(noisy);
        match (low, place.arch) {
            (true, false) => Some(FaultKind::Dead),
            (true, true) => lifeless.then_some(FaultKind::Dead),
            (false, _) => still.then_some(FaultKind::Stuck),
        }
    }

    fn in_bw(&self, sensor: usize, reading: f32) -> f64 {
        let place = self.anatomy.sensors.get(sensor);
        place.map_or(0.0, |p| {
            p.newtons_per_unit * f64::from(reading) / self.body_weight_n
        })
    }

    fn high_bw(&self, sensor: usize, block: &[Reading]) -> f64 {
        block
            .get(sensor)
            .map_or(0.0, |reading| self.in_bw(sensor, reading.high))
    }

    /// Runs of blocks in which a sensor fails, as samples: from its last living sample before to its first after.
    fn stretches(
        &self,
        sensor: usize,
        states: &[Option<FaultKind>],
        blocks: &[Block],
        readings: &[Vec<Reading>],
    ) -> Vec<(FaultKind, Range<usize>)> {
        let column = self.columns.get(sensor).map_or(&[][..], Vec::as_slice);
        let mut found = Vec::new();
        let mut k = 0;
        while let Some(state) = states.get(k) {
            let Some(kind) = *state else {
                k += 1;
                continue;
            };
            let end = (k..states.len())
                .find(|j| states.get(*j).is_none_or(Option::is_none))
                .unwrap_or(states.len());
            let reading = readings.get(k).and_then(|r| r.get(sensor));
            let (low, high) = reading.map_or((0.0, 0.0), |r| (r.low, r.high));
            let alive = |v: &f32| !(low..=high).contains(v);
            let from = blocks.get(k).filter(|_| k > 0).map_or(0, |b| b.from);
            let to = blocks.get(end).map_or(column.len(), |b| b.from);
            let before = column.get(..from).unwrap_or_default();
            let after = column.get(to..).unwrap_or_default();
            let start = before.iter().rposition(alive).map_or(0, |last| last + 1);
            let stop = after
                .iter()
                .position(alive)
                .map_or(column.len(), |n| to + n);
            found.push((kind, start..stop));
            k = end;
        }
        found
    }

    fn fault(&self, sensor: usize, kind: FaultKind, samples: &Range<usize>) -> SensorFault {
        let place = self.anatomy.sensors.get(sensor);
        let region = place.and_then(|p| self.anatomy.regions.get(p.region));
        SensorFault {
            sensor: sensor + 1,
            region: region.cloned().unwrap_or_default(),
            kind,
            start_s: samples.start as f64 / self.sampling_hz,
            end_s: samples.end as f64 / self.sampling_hz,
        }
    }

    fn saturation(&self, sensor: usize, readings: &[Vec<Reading>]) -> Option<SensorFault> {
        let own = || readings.iter().filter_map(|block| block.get(sensor));
        let (full, stance) = own().fold((0, 0), |(f, s), r| (f + r.full, s + r.stance));
        let length = self.columns.get(sensor).map_or(0, Vec::len);
        (full as f64 > SATURATED_SHARE * stance as f64)
            .then(|| self.fault(sensor, FaultKind::Saturated, &(0..length)))
    }
}

impl Reading {
    fn add(&mut self, column: &[f32], cycle: &Range<usize>, stance: &Range<usize>, full: f32) {
        let values = column.get(cycle.clone()).unwrap_or_default();
        let Some((low, high)) = lanes::range(values) else {
            return;
        };
        (self.low, self.high) = (self.low.min(low), self.high.max(high));
        let stance = column.get(stance.clone()).unwrap_or_default();
        self.stance += stance.len();
        if high >= full {
            self.full += stance.iter().filter(|value| **value >= full).count();
        }
    }
}
