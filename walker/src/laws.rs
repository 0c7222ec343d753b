//! The numbers of the walking model as data, each with its source and standing.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// How well a number is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Computed from public recordings.
    D,
    /// Read in a published source.
    S,
    /// Recalled, not verified.
    M,
    /// Our own choice.
    A,
}

/// A quantity that depends linearly on walking speed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Value at 0 m/s (an extrapolation).
    pub intercept: f64,
    /// Change per m/s.
    pub per_mps: f64,
    /// Standard deviation between persons around the line.
    pub residual_sd: f64,
    /// Where it comes from.
    pub source: String,
    /// How well it is founded.
    pub standing: Standing,
}

impl Law {
    /// The value at a speed.
    #[must_use]
    pub fn at(&self, speed_mps: f64) -> f64 {
        self.intercept + self.per_mps * speed_mps
    }
}

/// A single number with its unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The number.
    pub value: f64,
    /// Its unit; `1` for a ratio.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// How well it is founded.
    pub standing: Standing,
}

/// Laws over speed, valid for healthy adults at usual speed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is described by its entry in data/laws.json"
)]
pub struct SpeedLaws {
    pub cadence_spm: Law,
    pub stance_pct: Law,
    pub first_peak_bw: Law,
    pub valley_bw: Law,
    pub second_peak_bw: Law,
}

macro_rules! constants {
    ($($name:ident),+ $(,)?) => {
        /// Single numbers of the model.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "each field is described by its entry in data/laws.json")]
        pub struct Constants { $(pub $name: Constant),+ }

        impl Constants {
            /// Every constant with its name, for tables and checks.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, &Constant)> {
                vec![$((stringify!($name), &self.$name)),+]
            }
        }
    };
}

constants! {
    gravity_mps2, cadence_speed_exponent, peak_law_speed_min_mps, peak_law_speed_max_mps, fast_second_peak_from_mps,
    fast_second_peak_bw_per_mps, valley_to_lower_peak_max, hurst, long_memory_share, step_cv_young, step_cv_older,
    step_cv_young_age_y, step_cv_older_age_y, stance_fraction_sd, peak_cv, step_asymmetry_sd, stance_asymmetry_sd_pp,
    standing_share_mode, standing_share_sd, standing_share_time_s, standing_jump_interval_s, standing_jump_min,
    standing_jump_max, standing_fidget_interval_s, standing_fidget_min_s, standing_fidget_max_s, weight_transfer_s, flat_foot_phase,
}

/// What a point of the stance curve is a multiple of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Body weight itself.
    Absolute,
    /// The first force peak.
    FirstPeak,
    /// The valley between the peaks.
    Valley,
    /// The second force peak.
    SecondPeak,
}

/// The vertical force over one stance as points (phase, anchor, factor).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StanceCurvePoints {
    /// Where the points come from.
    pub source: String,
    /// How well they are founded.
    pub standing: Standing,
    /// The points, phase ascending from 0 to 1.
    pub points: [(f64, Anchor, f64); 11],
}

/// All numbers of the walking model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Laws {
    /// Laws over speed.
    pub laws: SpeedLaws,
    /// Single numbers.
    pub constants: Constants,
    /// Shape of the force over stance.
    pub stance_curve: StanceCurvePoints,
}

static LAWS: LazyLock<Laws> = LazyLock::new(|| embedded(include_str!("data/laws.json")));

/// Parses data compiled into the crate.
#[expect(
    clippy::expect_used,
    reason = "compiled-in data; every table has a unit test that parses it"
)]
pub(crate) fn embedded<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("embedded data table")
}

/// The model's numbers.
#[must_use]
pub fn laws() -> &'static Laws {
    &LAWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_names_its_unit_and_source() {
        let table = laws();
        for (name, constant) in table.constants.named() {
            assert!(
                constant.value.is_finite() && !constant.unit.is_empty(),
                "{name}"
            );
            assert!(constant.source.len() > 10, "{name} lacks a source");
        }
        let phases = table.stance_curve.points.map(|(phase, _, _)| phase);
        assert!(phases.is_sorted_by(|a, b| a < b));
        assert_eq!((phases[0], phases[10]), (0.0, 1.0));
    }
}
