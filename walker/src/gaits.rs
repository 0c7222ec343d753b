//! Ways of moving on foot, as a table: cadence, stance, force and foot motion of each.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::activity::Gait;
use crate::laws::{Standing, embedded};

/// Where the cadence of a gait comes from.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CadenceRule {
    /// The person's cadence at the speed.
    OfSpeed,
    /// A multiple of the person's cadence at the preferred speed.
    OfUsual {
        /// The factor.
        factor: f64,
    },
    /// A line over speed, steps/min.
    Law {
        /// At 0 m/s.
        intercept: f64,
        /// Per m/s.
        per_mps: f64,
    },
}

/// Where the stance share of a gait comes from.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StanceRule {
    /// That of walking at the speed, shifted.
    ShiftPp {
        /// Percentage points.
        value: f64,
    },
    /// A line over speed, share of the stride.
    Law {
        /// At 0 m/s.
        intercept: f64,
        /// Per m/s.
        per_mps: f64,
    },
}

/// Shape of the force over a stance.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ForceRule {
    /// Two peaks by the laws over speed.
    BySpeed,
    /// Two given peaks with a valley between, body weights.
    Peaks {
        /// First peak, valley, second peak.
        bw: [f64; 3],
    },
    /// One hump; its height follows from the impulse.
    Hump,
}

/// The numbers of one gait.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaitNumbers {
    /// Which gait.
    pub gait: Gait,
    /// Cadence.
    pub cadence: CadenceRule,
    /// Stance share.
    pub stance: StanceRule,
    /// Force.
    pub force: ForceRule,
    /// Whether the forefoot lands first.
    pub forefoot_first: bool,
    /// Step length given by the ground, m.
    pub tread_m: Option<f64>,
    /// Rise of each step, m.
    pub rise_m: f64,
    /// How far the foot is lifted in swing beyond what its rotation does, m.
    pub lift_m: f64,
    /// Factor on the rotation in swing.
    pub swing_rate: f64,
    /// Factor on the rotation at push-off.
    pub push_off_rate: f64,
    /// Rotation right after contact, degrees per second per m/s; positive brings the toes down.
    pub slap_dps_per_mps: f64,
    /// Force under the foot while it swings, body weights.
    pub drag_bw: f64,
    /// Where the numbers come from.
    pub source: String,
    /// How well they are founded.
    pub standing: Standing,
}

static GAITS: LazyLock<Vec<GaitNumbers>> =
    LazyLock::new(|| embedded(include_str!("data/gaits.json")));

/// The numbers of a gait.
#[must_use]
pub fn numbers(gait: Gait) -> &'static GaitNumbers {
    // The table has a row for each gait, in the order of the enumeration (tested).
    &GAITS[gait as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gait_has_its_row() {
        for gait in [
            Gait::Walking,
            Gait::Running,
            Gait::StairsUp,
            Gait::StairsDown,
            Gait::Shuffling,
        ] {
            let row = numbers(gait);
            assert_eq!(row.gait, gait);
            assert!(row.source.len() > 10 && row.lift_m > 0.0);
        }
        assert_eq!(GAITS.len(), 5);
    }
}
