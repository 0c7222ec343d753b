//! What an insole makes of the true load: gain, preload, noise, range and resolution.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gait::layout::Layout;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::laws::{Constant, embedded};
use crate::link::{Link, PacketLoss};
use crate::random::{Purpose, StreamKey, normal};

/// Which imperfections of the device a simulated walk has. The default is a perfect device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Insoles and sensors differ in gain.
    pub gain: bool,
    /// The shoe presses on sensors even in swing.
    pub preload: bool,
    /// Each sensor value is noisy.
    pub noise: bool,
    /// Values are held to 0 and full scale.
    pub clamp: bool,
    /// Values come in steps of the device's resolution.
    pub quantise: bool,
    /// Packets are lost.
    pub loss: Option<PacketLoss>,
}

impl Faults {
    /// A perfect device: continuous values, nothing lost.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A device as delivered: zeroed, noisy, of limited range and resolution, nothing lost.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            gain: true,
            noise: true,
            clamp: true,
            quantise: true,
            ..Self::default()
        }
    }

    /// A device with everything switched on, on the link of real recordings.
    #[must_use]
    pub fn all() -> Self {
        Self {
            preload: true,
            loss: Some(PacketLoss::usual()),
            ..Self::usual()
        }
    }
}

/// Numbers of a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is described by its entry in data/devices.json"
)]
pub struct Device {
    pub sensor_gain_sd: Constant,
    pub side_gain_sd: Constant,
    pub preload_max: Constant,
    pub noise_sd: Constant,
    pub full_scale: Constant,
    pub quantum: Constant,
    pub total_quantum_n: Constant,
    pub link: Link,
}

static DEVICES: LazyLock<BTreeMap<String, Device>> =
    LazyLock::new(|| embedded(include_str!("data/devices.json")));

/// The device of a layout, if the simulator knows it.
#[must_use]
pub fn device(layout_id: &str) -> Option<&'static Device> {
    DEVICES.get(layout_id)
}

/// One insole in use: its own gains, preloads and noise.
#[derive(Clone, Debug)]
pub struct Insole<'a> {
    device: &'a Device,
    faults: &'a Faults,
    areas: Vec<f64>,
    gains: Vec<f64>,
    preloads: Vec<f64>,
    noise: ChaCha8Rng,
}

impl<'a> Insole<'a> {
    /// Draws the insole of one foot (`index` 0 for the foot that swings first, 1 for the other).
    ///
    /// Everything is drawn whether switched on or not, so a switch never changes another fault's draws.
    #[must_use]
    pub fn draw(
        device: &'a Device,
        layout: &Layout,
        faults: &'a Faults,
        key: StreamKey,
        index: u64,
    ) -> Self {
        let mut rng = key.rng(Purpose::Gains, index);
        let side_gain = 1.0 + device.side_gain_sd.value * normal(&mut rng);
        let areas: Vec<f64> = layout
            .sensors
            .iter()
            .map(|sensor| sensor.area_cm2.unwrap_or(1.0))
            .collect();
        let mut gains = Vec::with_capacity(areas.len());
        let mut preloads = Vec::with_capacity(areas.len());
        for _ in &areas {
            let gain = side_gain * (1.0 + device.sensor_gain_sd.value * normal(&mut rng));
            let preload = device.preload_max.value * rng.random::<f64>();
            gains.push(if faults.gain { gain.max(0.0) } else { 1.0 });
            preloads.push(if faults.preload { preload } else { 0.0 });
        }
        Self {
            device,
            faults,
            areas,
            gains,
            preloads,
            noise: key.rng(Purpose::SensorNoise, index),
        }
    }

    /// Turns a force (N) and its shares into sensor values in place and returns the total force the device reports, N.
    pub fn measure(&mut self, force_n: f64, values: &mut [f64]) -> f64 {
        let mut total = 0.0;
        for (((value, area), gain), preload) in values
            .iter_mut()
            .zip(&self.areas)
            .zip(&self.gains)
            .zip(&self.preloads)
        {
            let mut reading = *value * force_n / area * gain + preload;
            if self.faults.noise {
                reading += self.device.noise_sd.value * normal(&mut self.noise);
            }
            if self.faults.clamp {
                reading = reading.clamp(0.0, self.device.full_scale.value);
            }
            if self.faults.quantise {
                reading = quantised(reading, self.device.quantum.value);
            }
            *value = reading;
            total += reading * area;
        }
        if self.faults.quantise {
            quantised(total, self.device.total_quantum_n.value)
        } else {
            total
        }
    }
}

/// The nearest multiple of `quantum`. Dividing by the count per unit keeps decimal steps (.01, .25) as they are printed.
fn quantised(value: f64, quantum: f64) -> f64 {
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

    #[test]
    fn a_perfect_device_reports_the_force_it_bears() {
        let layout = gait::layout::by_id("moticon-16").unwrap();
        let faults = Faults::none();
        let mut insole = Insole::draw(
            device("moticon-16").unwrap(),
            layout,
            &faults,
            StreamKey::from_seed(1),
            0,
        );
        let mut values = vec![1.0 / 16.0; 16];
        assert_abs_diff_eq!(insole.measure(640.0, &mut values), 640.0, epsilon = 1e-9);
        assert_abs_diff_eq!(values[0], 40.0 / 12.37, epsilon = 1e-12);
    }

    #[test]
    fn quantised_values_are_whole_steps_within_range() {
        for layout in ["moticon-16", "gaitpdb-8"] {
            let (geometry, model) = (
                gait::layout::by_id(layout).unwrap(),
                device(layout).unwrap(),
            );
            let faults = Faults::all();
            let mut insole = Insole::draw(model, geometry, &faults, StreamKey::from_seed(1), 0);
            let sensors = geometry.sensors.len();
            for force in [0.0, 30.0, 800.0, 90_000.0] {
                let mut values = vec![1.0 / sensors as f64; sensors];
                insole.measure(force, &mut values);
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
        let layout = gait::layout::by_id("moticon-16").unwrap();
        let (gain, both) = (
            Faults {
                gain: true,
                ..Faults::none()
            },
            Faults {
                gain: true,
                preload: true,
                ..Faults::none()
            },
        );
        let draw = |faults| {
            Insole::draw(
                device("moticon-16").unwrap(),
                layout,
                faults,
                StreamKey::from_seed(1),
                0,
            )
            .gains
        };
        assert_eq!(draw(&gain), draw(&both));
    }
}
