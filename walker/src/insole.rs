//! What one insole makes of the true load, stage by stage: gain, hysteresis, creep, temperature, crosstalk, preload,
//! noise, range, resolution, and single sensors that fail.

use gait::layout::Layout;
use gait::recording::Side;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::device::Device;
use crate::faults::{Faults, SensorFault};
use crate::maths::{hypot, ln, pow};
use crate::random::{Purpose, StreamKey, normal};

/// When [`Faults::creep`] is reached, s of wear.
const CREEP_AFTER_S: f64 = 10_800.0;
/// Sensors that a sensor listens in on.
const NEIGHBOURS: usize = 3;

/// One insole in use: its own gains, preloads and noise, and what its sensors remember.
#[derive(Clone, Debug)]
pub struct Insole<'a> {
    device: &'a Device,
    faults: &'a Faults,
    side: Side,
    areas: Vec<f64>,
    gains: Vec<f64>,
    preloads: Vec<f64>,
    neighbours: Vec<[usize; NEIGHBOURS]>,
    /// Readings one sample ago, before crosstalk.
    before: Vec<f64>,
    /// Values at the moment a sensor got stuck.
    held: Vec<Option<f64>>,
    /// Share of a fall that shows within one sample.
    fall: f64,
    noise: ChaCha8Rng,
}

/// Which insole to draw.
#[derive(Clone, Copy, Debug)]
pub struct Worn {
    /// Foot it lies under.
    pub side: Side,
    /// 0 for the foot that swings first, 1 for the other: selects the stream.
    pub index: u64,
    /// Samples per second.
    pub sampling_hz: f64,
}

impl<'a> Insole<'a> {
    /// Draws an insole. Everything is drawn whether switched on or not, so a switch never changes another fault's draws.
    #[must_use]
    pub fn draw(
        device: &'a Device,
        layout: &Layout,
        faults: &'a Faults,
        key: StreamKey,
        worn: Worn,
    ) -> Self {
        let mut rng = key.rng(Purpose::Gains, worn.index);
        let side_gain = 1.0 + device.side_gain_sd.value * normal(&mut rng);
        let areas = layout.sensors.iter().map(|s| s.area_cm2.unwrap_or(1.0));
        let areas: Vec<f64> = areas.collect();
        let (mut gains, mut preloads) = (Vec::new(), Vec::new());
        for _ in &areas {
            let gain = side_gain * (1.0 + device.sensor_gain_sd.value * normal(&mut rng));
            let preload = device.preload_max.value * rng.random::<f64>();
            gains.push(if faults.gain { gain.max(0.0) } else { 1.0 });
            preloads.push(if faults.preload { preload } else { 0.0 });
        }
        let left_over = 1.0 - device.hysteresis_fall_per_10ms.value;
        Self {
            device,
            faults,
            side: worn.side,
            neighbours: neighbours(layout),
            before: vec![0.0; areas.len()],
            held: vec![None; areas.len()],
            fall: 1.0 - pow(left_over, 100.0 / worn.sampling_hz),
            noise: key.rng(Purpose::SensorNoise, worn.index),
            areas,
            gains,
            preloads,
        }
    }

    /// Gain of each sensor, preloads of each sensor.
    #[must_use]
    pub fn drawn(&self) -> (&[f64], &[f64]) {
        (&self.gains, &self.preloads)
    }

    /// Turns a force (N) and its shares into sensor values in place and returns the total force the device reports, N.
    pub fn measure(&mut self, time_s: f64, force_n: f64, values: &mut [f64]) -> f64 {
        for ((value, area), gain) in values.iter_mut().zip(&self.areas).zip(&self.gains) {
            *value *= force_n / area * gain;
        }
        self.remember(values);
        self.drift(time_s, values);
        if self.faults.crosstalk {
            self.mix(values);
        }
        self.read_out(values);
        self.fail(time_s, values);
        let total = values.iter().zip(&self.areas).map(|(v, a)| v * a).sum();
        if self.faults.quantise {
            quantised(total, self.device.total_quantum_n.value)
        } else {
            total
        }
    }

    /// Hysteresis: falls show with delay.
    fn remember(&mut self, values: &mut [f64]) {
        if !self.faults.hysteresis {
            return;
        }
        for (value, before) in values.iter_mut().zip(&mut self.before) {
            let share = if *value < *before { self.fall } else { 1.0 };
            *before += share * (*value - *before);
            *value = *before;
        }
    }

    /// Creep and warming.
    fn drift(&self, time_s: f64, values: &mut [f64]) {
        let device = self.device;
        let mut factor = 1.0;
        if let Some(creep) = self.faults.creep {
            let grown = |time_s: f64| ln(1.0 + time_s / device.creep_time_s.value);
            factor *= 1.0 + creep * grown(time_s) / grown(CREEP_AFTER_S);
        }
        if self.faults.temperature {
            let warmed_k = device.warm_up_k.value * (time_s / device.warm_up_s.value).min(1.0);
            factor *= 1.0 + device.temperature_per_k.value * warmed_k;
        }
        values.iter_mut().for_each(|value| *value *= factor);
    }

    fn mix(&self, values: &mut [f64]) {
        let part = self.device.crosstalk.value;
        let around: Vec<f64> = self
            .neighbours
            .iter()
            .map(|near| {
                let sum: f64 = near.iter().filter_map(|&k| values.get(k)).sum();
                sum / NEIGHBOURS as f64
            })
            .collect();
        for (value, around) in values.iter_mut().zip(around) {
            *value += part * (around - *value);
        }
    }

    /// Preload, noise, range and resolution.
    fn read_out(&mut self, values: &mut [f64]) {
        let full_scale = self.faults.full_scale;
        for (value, preload) in values.iter_mut().zip(&self.preloads) {
            *value += preload;
            if self.faults.noise {
                *value += self.device.noise_sd.value * normal(&mut self.noise);
            }
            if self.faults.clamp {
                *value = value.clamp(0.0, self.device.full_scale.value);
            }
            if let Some(full_scale) = full_scale {
                *value = value.min(full_scale);
            }
            if self.faults.quantise {
                *value = quantised(*value, self.device.quantum.value);
            }
        }
    }

    /// Sensors that no longer follow.
    fn fail(&mut self, time_s: f64, values: &mut [f64]) {
        let faults = self.faults;
        let failed = |fault: &&SensorFault| fault.side == self.side && time_s >= fault.from_s;
        for fault in faults.stuck.iter().filter(failed) {
            let k = fault.sensor.wrapping_sub(1);
            if let (Some(value), Some(held)) = (values.get_mut(k), self.held.get_mut(k)) {
                *value = *held.get_or_insert(*value);
            }
        }
        for fault in faults.dead.iter().filter(failed) {
            if let Some(value) = values.get_mut(fault.sensor.wrapping_sub(1)) {
                *value = 0.0;
            }
        }
    }
}

/// The nearest sensors of each sensor.
fn neighbours(layout: &Layout) -> Vec<[usize; NEIGHBOURS]> {
    let nearest = |at: usize| {
        let place = &layout.sensors[at];
        let mut others: Vec<(f64, usize)> = layout
            .sensors
            .iter()
            .enumerate()
            .filter(|(k, _)| *k != at)
            .map(|(k, other)| (hypot(other.x - place.x, other.y - place.y), k))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        std::array::from_fn(|k| others.get(k).map_or(at, |other| other.1))
    };
    (0..layout.sensors.len()).map(nearest).collect()
}

/// The nearest multiple of `quantum`. Dividing by the count per unit keeps decimal steps (.01, .25) as they are printed.
pub(crate) fn quantised(value: f64, quantum: f64) -> f64 {
    let per_unit = quantum.recip().round();
    if (per_unit * quantum - 1.0).abs() < 1e-9 {
        (value * per_unit).round() / per_unit
    } else {
        (value / quantum).round() * quantum
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::device::device;
    use crate::faults::WORST_CREEP;

    const WORN: Worn = Worn {
        side: Side::Left,
        index: 0,
        sampling_hz: 100.0,
    };

    fn insole<'a>(layout_id: &str, faults: &'a Faults) -> Insole<'a> {
        let layout = gait::layout::by_id(layout_id).unwrap();
        let key = StreamKey::from_seed(1);
        Insole::draw(device(layout_id).unwrap(), layout, faults, key, WORN)
    }

    fn even(sensors: usize) -> Vec<f64> {
        vec![1.0 / sensors as f64; sensors]
    }

    #[test]
    fn a_perfect_device_reports_the_force_it_bears() {
        let faults = Faults::none();
        let mut values = even(16);
        let total = insole("moticon-16", &faults).measure(0.0, 640.0, &mut values);
        assert_abs_diff_eq!(total, 640.0, epsilon = 1e-9);
        assert_abs_diff_eq!(values[0], 40.0 / 12.37, epsilon = 1e-12);
    }

    #[test]
    fn quantised_values_are_whole_steps_within_range() {
        for (layout, sensors) in [("moticon-16", 16), ("gaitpdb-8", 8)] {
            let faults = Faults::all();
            let (mut insole, model) = (insole(layout, &faults), device(layout).unwrap());
            for force in [0.0, 30.0, 800.0, 90_000.0] {
                let mut values = even(sensors);
                insole.measure(0.0, force, &mut values);
                for value in values {
                    let steps = value / model.quantum.value;
                    assert_abs_diff_eq!(steps, steps.round(), epsilon = 1e-6);
                    assert!((0.0..=model.full_scale.value + model.quantum.value).contains(&value));
                }
            }
        }
    }

    #[test]
    fn a_switch_leaves_other_draws_alone() {
        let gain = Faults {
            gain: true,
            ..Faults::none()
        };
        let both = Faults {
            preload: true,
            ..gain.clone()
        };
        assert_eq!(
            insole("moticon-16", &gain).gains,
            insole("moticon-16", &both).gains
        );
    }

    /// The reading of an even 640 N after `time_s` of wear, with one fault.
    fn total_after(time_s: f64, faults: &Faults) -> f64 {
        insole("moticon-16", faults).measure(time_s, 640.0, &mut even(16))
    }

    #[test]
    fn creep_reaches_its_size_after_three_hours_and_warming_takes_two_percent() {
        let creep = Faults {
            creep: Some(WORST_CREEP),
            ..Faults::none()
        };
        assert_abs_diff_eq!(total_after(0.0, &creep), 640.0, epsilon = 1e-9);
        assert_abs_diff_eq!(total_after(10_800.0, &creep), 640.0 * 1.17, epsilon = 1e-9);
        let warm = Faults {
            temperature: true,
            ..Faults::none()
        };
        assert_abs_diff_eq!(total_after(7200.0, &warm), 640.0 * 0.978, epsilon = 1e-9);
    }

    #[test]
    fn hysteresis_delays_falls_and_no_rise() {
        let faults = Faults {
            hysteresis: true,
            ..Faults::none()
        };
        let mut insole = insole("moticon-16", &faults);
        assert_abs_diff_eq!(
            insole.measure(0.0, 640.0, &mut even(16)),
            640.0,
            epsilon = 1e-9
        );
        assert_abs_diff_eq!(
            insole.measure(0.01, 0.0, &mut even(16)),
            96.0,
            epsilon = 1e-9
        );
        assert_abs_diff_eq!(
            insole.measure(0.02, 300.0, &mut even(16)),
            300.0,
            epsilon = 1e-9
        );
    }

    #[test]
    fn failed_sensors_read_nothing_or_the_same() {
        let fault = |sensor| SensorFault {
            side: Side::Left,
            sensor,
            from_s: 1.0,
        };
        let faults = Faults {
            dead: vec![fault(3)],
            stuck: vec![fault(5)],
            ..Faults::none()
        };
        let mut insole = insole("moticon-16", &faults);
        let mut at = |time_s, force| {
            let mut values = even(16);
            insole.measure(time_s, force, &mut values);
            (values[2], values[4])
        };
        assert!(at(0.5, 640.0).0 > 0.0);
        let (dead, stuck) = at(1.0, 320.0);
        assert_eq!(dead, 0.0);
        assert_eq!(at(1.5, 900.0), (0.0, stuck));
    }
}
