//! What lies under each stance: the curve of the force and the pressure of the single sensors, freed of what the insole
//! adds (creep, baselines) and of what it lacks (failed sensors).

use std::ops::Range;

use crate::detect::Detection;
use crate::events::Stance;
use crate::force;
use crate::issue::{Issue, IssueCode};
use crate::layout;
use crate::plantar::{Anatomy, FootPressure, MOST_FAILED, Scale, StanceReader, weights};
use crate::recording::{Recording, Side};
use crate::signal::health::{FaultKind, SensorFault};
use crate::signal::{SensorState, Sensors, WeightCourse};
use crate::strides::Stride;

/// Creep beyond this is more than was ever published and points to something else (a bag, a shifted insole), percent: 17 %
/// in three hours of wear (docs/GAIT.md, creep).
const REPORTED_CREEP_PCT: f64 = 17.0;
/// No sensor reads this.
const MOST_READING: f32 = 1e7;

/// What was found under both feet of a session, beside the strides. Arrays are left, right.
#[derive(Default)]
pub(crate) struct Underfoot {
    pub(crate) faults: [Vec<SensorFault>; 2],
    pub(crate) creep_pct: Option<f64>,
    pub(crate) issues: Vec<Issue>,
}

/// The sensors of one foot with all that is needed to read them.
struct Foot<'a> {
    sensors: Sensors<'a>,
    state: SensorState,
    faults: Vec<SensorFault>,
}

/// Fills force curve and pressure of each stride. `detection` is on each foot's own clock; the k-th stride of a foot begins
/// with its k-th stance. Without newtons there is nothing to fill.
pub(crate) fn measure(
    strides: &mut [Stride],
    detection: &Detection,
    recording: &Recording,
) -> Underfoot {
    let Some(body_weight_n) = detection.body_weight_force else {
        return Underfoot::default();
    };
    let layout = recording.layout_id.as_deref().and_then(layout::by_id);
    let anatomy = layout.map(Anatomy::of);
    let anatomy = anatomy.as_ref();
    let foot = |side, index| judge(anatomy?, detection, recording, side, index);
    let feet = [foot(Side::Left, 0), foot(Side::Right, 1)];
    let mended = feet.each_ref().map(|f| f.as_ref().and_then(Foot::mended));
    let ([l, r], [ml, mr]) = (&detection.load, &mended);
    let load: [&[f64]; 2] = [ml.as_deref().unwrap_or(l), mr.as_deref().unwrap_or(r)];
    let weigh = if mended.iter().any(Option::is_some) {
        WeightCourse::anew
    } else {
        WeightCourse::of
    };
    let weight = weigh(load, &detection.footfalls, recording.sampling_hz);
    let all = Side::BOTH.into_iter().zip(&detection.footfalls);
    for (((side, footfalls), load), foot) in all.zip(load).zip(&feet) {
        let stances = &footfalls.stances;
        let of_side = strides.iter_mut().filter(|s| s.foot == side).zip(stances);
        let under = Under {
            load,
            weight: &weight,
            body_weight_n,
            sampling_hz: recording.sampling_hz,
        };
        under.fill(of_side, foot.as_ref());
    }
    report(feet, weight.creep_pct(), strides)
}

/// The sensors of one foot, judged; `None` when it has none of the layout.
fn judge<'a>(
    anatomy: &'a Anatomy,
    detection: &'a Detection,
    recording: &'a Recording,
    side: Side,
    index: usize,
) -> Option<Foot<'a>> {
    let columns = &recording.foot(side).sensors;
    let sensors = Sensors {
        layout_id: recording.layout_id.as_deref()?,
        anatomy,
        columns,
        missing: detection.missing.get(index)?,
        body_weight_n: detection.body_weight_force?,
        sampling_hz: recording.sampling_hz,
        load: detection.load.get(index)?,
    };
    let footfalls = detection.footfalls.get(index)?;
    let fits = columns.len() == anatomy.sensors.len() && !footfalls.stances.is_empty();
    fits.then(|| {
        let (state, faults) = sensors.judge(footfalls);
        Foot {
            sensors,
            state,
            faults,
        }
    })
}

impl Foot<'_> {
    /// The load with what failed sensors did not tell, body weights; `None` when none failed.
    ///
    /// Contacts are taken from the insole's own total, failed sensors or not: what is lost is lost in every stride alike,
    /// the thresholds are shares of the same insole's mean, and a guess must not move a contact. Peaks are another matter:
    /// a dead heel sensor takes a quarter of the first peak and none of the second. So the curve of the force is read from
    /// the total with the failed sensor filled in from its neighbours.
    fn mended(&self) -> Option<Vec<f64>> {
        let mut load: Option<Vec<f64>> = None;
        for (sensor, samples) in self.state.failures() {
            let load = load.get_or_insert_with(|| self.sensors.load.to_vec());
            self.add_missing(load, sensor, samples);
        }
        load
    }

    fn add_missing(&self, load: &mut [f64], sensor: usize, samples: &Range<usize>) {
        let failed = self.state.failed_in(samples);
        let Some(place) = self.sensors.anatomy.sensors.get(sensor) else {
            return;
        };
        let per_unit = place.newtons_per_unit / self.sensors.body_weight_n;
        let own = std::iter::once((sensor, -1.0));
        let sources = own.chain(weights(self.sensors.anatomy, sensor, &failed));
        for (source, weight) in sources {
            let factor = per_unit * f64::from(weight);
            let column = self
                .sensors
                .columns
                .get(source)
                .map_or(&[][..], Vec::as_slice);
            let base = self.state.baseline(samples.start);
            let base = base.get(source).copied().unwrap_or(0.0);
            let readings = column.get(samples.clone()).unwrap_or_default();
            let slots = load.get_mut(samples.clone()).unwrap_or_default();
            for (slot, reading) in slots.iter_mut().zip(readings) {
                let above = (reading - base).clamp(0.0, MOST_READING);
                if above.is_finite() {
                    *slot += factor * f64::from(above);
                }
            }
        }
    }
}

/// One foot's load with all that turns it into measures of a stance.
struct Under<'a> {
    load: &'a [f64],
    weight: &'a WeightCourse,
    body_weight_n: f64,
    sampling_hz: f64,
}

impl Under<'_> {
    fn fill<'s>(
        &self,
        strides: impl Iterator<Item = (&'s mut Stride, &'s Stance)>,
        foot: Option<&Foot<'_>>,
    ) {
        let mut reader = foot.and_then(|foot| {
            let s = &foot.sensors;
            StanceReader::new(s.anatomy, s.columns, s.missing, &foot.state, s.sampling_hz)
        });
        for (stride, stance) in strides {
            let weight = self.weight.at(stance.contact);
            if foot.is_none_or(|foot| !foot.too_many_failed(stance)) {
                stride.force = force::curve(self.load, stance, self.sampling_hz)
                    .map(|curve| curve.over(weight));
            }
            let scale = Scale {
                body_weight_n: weight * self.body_weight_n,
                creep: self.weight.creep(stance.contact),
            };
            let reader = reader.as_mut().filter(|_| stride.is_valid());
            stride.plantar = reader.and_then(|reader| reader.read(stance, self.load, scale));
        }
    }
}

impl Foot<'_> {
    fn too_many_failed(&self, stance: &Stance) -> bool {
        let samples = stance.contact.max(0.0) as usize..stance.toe_off.max(0.0) as usize;
        self.state.failed_in(&samples).len() > MOST_FAILED
    }
}

fn report(feet: [Option<Foot<'_>>; 2], creep_pct: Option<f64>, strides: &[Stride]) -> Underfoot {
    let faults = feet.map(|foot| foot.map(|foot| foot.faults).unwrap_or_default());
    let mut issues = Vec::new();
    for (side, faults) in Side::BOTH.into_iter().zip(&faults) {
        issues.extend(faults.iter().map(|fault| told(fault).on(side)));
        let untold = |s: &&Stride| s.foot == side && s.is_valid() && s.plantar.is_none();
        let failed: Vec<usize> = faults
            .iter()
            .filter(|f| f.kind != FaultKind::Saturated)
            .map(|f| f.sensor)
            .collect();
        let strides = strides.iter().filter(untold).count();
        if failed.len() > MOST_FAILED && strides > 0 {
            let detail = format!(
                "more than {MOST_FAILED} sensors failed in {strides} strides: their pressures and force peaks are absent, their times are kept"
            );
            issues.push(Issue::new(IssueCode::TooManyFailedSensors, detail).on(side));
        }
    }
    if let Some(creep) = creep_pct.filter(|creep| creep.abs() > REPORTED_CREEP_PCT) {
        let detail = format!("the body weight the insoles read changed by {creep:+.0} %");
        issues.push(Issue::new(IssueCode::SensorCreep, detail));
    }
    Underfoot {
        faults,
        creep_pct,
        issues,
    }
}

fn told(fault: &SensorFault) -> Issue {
    let (code, what) = match fault.kind {
        FaultKind::Dead => (IssueCode::DeadSensor, "reads nothing under load"),
        FaultKind::Stuck => (IssueCode::StuckSensor, "always reads the same"),
        FaultKind::Saturated => (IssueCode::SaturatedSensor, "reaches its full scale"),
    };
    let detail = format!("sensor {} ({}) {what}", fault.sensor, fault.region);
    Issue::new(code, detail).between(fault.start_s, fault.end_s)
}

/// Pressure under one foot over the strides used.
pub(crate) fn pressure(strides: &[Stride], side: Side) -> Option<FootPressure> {
    let used = strides.iter().filter(|s| s.foot == side && s.is_used());
    FootPressure::of(used.filter_map(|s| s.plantar.as_ref()))
}
