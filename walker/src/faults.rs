//! Which imperfections of insole, clock and link a simulated walk has.

use gait::recording::Side;
use serde::{Deserialize, Serialize};

use crate::link::PacketLoss;
use crate::transport::Clocks;

/// Gain in reading that creep reaches after three hours in the worst published case.
pub const WORST_CREEP: f64 = 0.17;
/// The same of an ordinary insole [A].
pub const USUAL_CREEP: f64 = 0.05;

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
    /// Readings fall more slowly than the pressure does.
    pub hysteresis: bool,
    /// Readings grow under lasting load: relative gain after three hours of wear ([`WORST_CREEP`], [`USUAL_CREEP`]).
    pub creep: Option<f64>,
    /// Readings change as the shoe warms up.
    pub temperature: bool,
    /// Sensors read a part of what their neighbours bear.
    pub crosstalk: bool,
    /// The insole lies a little turned and shifted in the shoe.
    pub placement: bool,
    /// Inertial sensors have bias and noise.
    pub motion: bool,
    /// Full scale lowered to this value (N/cm² or N, as the layout measures): readings saturate.
    pub full_scale: Option<f64>,
    /// Sensors that read nothing from a moment on.
    pub dead: Vec<SensorFault>,
    /// Sensors whose reading stays as it was at a moment.
    pub stuck: Vec<SensorFault>,
    /// Packets are lost.
    pub loss: Option<PacketLoss>,
    /// The clocks of insoles and host differ; the host notes when samples arrive.
    pub clocks: Option<Clocks>,
    /// Share of samples delivered twice.
    pub duplicated: f64,
    /// Share of samples delivered after a later one.
    pub reordered: f64,
    /// One insole's battery ends.
    pub battery_end: Option<BatteryEnd>,
}

/// A sensor that fails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorFault {
    /// Foot.
    pub side: Side,
    /// Number of the sensor, from 1.
    pub sensor: usize,
    /// When it fails, s from the first sample.
    pub from_s: f64,
}

/// An insole that falls silent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatteryEnd {
    /// Foot.
    pub side: Side,
    /// When, s from the first sample.
    pub at_s: f64,
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
            motion: true,
            ..Self::default()
        }
    }

    /// A device in use with everything that is wrong with every device, on the link of real recordings. What breaks
    /// single devices (dead, stuck and saturated sensors, an empty battery, drifting clocks) is left to be asked for.
    #[must_use]
    pub fn all() -> Self {
        Self {
            preload: true,
            hysteresis: true,
            creep: Some(USUAL_CREEP),
            temperature: true,
            crosstalk: true,
            placement: true,
            loss: Some(PacketLoss::usual()),
            ..Self::usual()
        }
    }

    /// The feet exchanged.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        for fault in self.dead.iter_mut().chain(&mut self.stuck) {
            fault.side = fault.side.other();
        }
        if let Some(end) = &mut self.battery_end {
            end.side = end.side.other();
        }
        self
    }
}
