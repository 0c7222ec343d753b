//! What an insole is made of: the numbers of each device, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

pub use crate::faults::Faults;
use crate::laws::{Constant, embedded};
use crate::link::Link;

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
    pub hysteresis_fall_per_10ms: Constant,
    pub creep_time_s: Constant,
    pub temperature_per_k: Constant,
    pub warm_up_k: Constant,
    pub warm_up_s: Constant,
    pub crosstalk: Constant,
    pub placement_turn_sd_deg: Constant,
    pub placement_shift_sd: Constant,
    pub width_to_length: Constant,
    pub link: Link,
    /// Inertial sensors, where the insole has them.
    pub motion: Option<MotionDevice>,
}

/// Numbers of an insole's inertial sensors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is described by its entry in data/devices.json"
)]
pub struct MotionDevice {
    pub gyro_bias_sd_dps: Constant,
    pub gyro_noise_dps: Constant,
    pub accel_noise_g: Constant,
    pub gyro_range_dps: Constant,
    pub accel_range_g: Constant,
    pub gyro_quantum_dps: Constant,
    pub accel_steps_per_g: Constant,
}

static DEVICES: LazyLock<BTreeMap<String, Device>> =
    LazyLock::new(|| embedded(include_str!("data/devices.json")));

/// The device of a layout, if the simulator knows it.
#[must_use]
pub fn device(layout_id: &str) -> Option<&'static Device> {
    DEVICES.get(layout_id)
}
