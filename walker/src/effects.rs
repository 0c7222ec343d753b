//! What conditions do to which foot, as a table with the source and standing of each row.

use std::sync::LazyLock;

use gait::recording::Side;
use serde::Deserialize;

use crate::laws::{Standing, embedded};
use crate::sides::PerSide;

/// A row key of the effect table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named like the fields of Conditions")]
pub enum Condition {
    FlatFoot,
    Cavus,
    Overpronation,
    Supination,
    LegLengthDifference,
    Antalgic,
    Unsteady,
    Parkinsonian,
    Orthotic,
    CushionedShoe,
}

/// Whom an effect changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The affected foot (the short leg, the painful foot).
    Own,
    /// The opposite foot.
    Other,
    /// The whole person.
    Person,
}

/// What an effect changes. Factors are `1 + per_severity * severity` and multiply; shifts add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Factor on one sensor's share of the load.
    SensorShare,
    /// Medial shift of the centre of pressure, insole widths.
    CopShift,
    /// Factor on the length of the centre-of-pressure path.
    CopLength,
    /// Factor on the stance share of the cycle.
    Stance,
    /// Factor on the swing share of the cycle.
    Swing,
    /// Factor on the first force peak.
    FirstPeak,
    /// Factor on the second force peak.
    SecondPeak,
    /// Factor on how fast the first force peak is reached.
    LoadingRate,
    /// Factor on the time from this foot's contact to the next step.
    StepTime,
    /// Added to this foot's share of weight while standing.
    StandingShare,
    /// Factor on speed.
    Speed,
    /// Factor on the step-time coefficient of variation.
    StepCv,
    /// Factor on the stride-to-stride SD of the stance share.
    StanceSd,
}

/// One row of the effect table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Which condition.
    pub condition: Condition,
    /// Which foot.
    pub on: Target,
    /// Which quantity.
    pub quantity: Quantity,
    /// For sensor shares: the layout.
    pub layout: Option<String>,
    /// For sensor shares: the sensor's number, from 1.
    pub sensor: Option<usize>,
    /// Size at severity 1 (per millimetre for a leg-length difference).
    pub per_severity: f64,
    /// Where it comes from.
    pub source: String,
    /// How well it is founded.
    pub standing: Standing,
}

static EFFECTS: LazyLock<Vec<Effect>> =
    LazyLock::new(|| embedded(include_str!("data/conditions.json")));

/// The table of effects.
#[must_use]
pub fn effects() -> &'static [Effect] {
    &EFFECTS
}

/// What all conditions together do to one foot; the default changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct FootEffects {
    /// Factor per sensor of the layout.
    pub sensor_share: Vec<f64>,
    /// Medial shift of the centre of pressure, insole widths.
    pub cop_shift: f64,
    /// Factor on the length of the centre-of-pressure path.
    pub cop_length: f64,
    /// Factor on the stance share.
    pub stance: f64,
    /// Factor on the swing share.
    pub swing: f64,
    /// Factor on the first peak.
    pub first_peak: f64,
    /// Factor on the second peak.
    pub second_peak: f64,
    /// Factor on how fast the first peak is reached.
    pub loading_rate: f64,
    /// Factor on the step begun by this foot's contact.
    pub step_time: f64,
    /// Added to the standing share.
    pub standing_share: f64,
}

/// What all conditions together do to the walker.
#[derive(Clone, Debug, PartialEq)]
pub struct Effects {
    /// Per foot.
    pub feet: PerSide<FootEffects>,
    /// Factor on speed.
    pub speed: f64,
    /// Factor on the step-time CV.
    pub step_cv: f64,
    /// Factor on the stance-share SD.
    pub stance_sd: f64,
}

/// A condition with a severity above 0 on a foot.
pub(crate) struct Applied {
    pub(crate) condition: Condition,
    pub(crate) side: Side,
    pub(crate) severity: f64,
}

impl Effects {
    /// No change for a layout of `sensors` sensors.
    #[must_use]
    pub fn none(sensors: usize) -> Self {
        let foot = FootEffects {
            sensor_share: vec![1.0; sensors],
            cop_shift: 0.0,
            cop_length: 1.0,
            stance: 1.0,
            swing: 1.0,
            first_peak: 1.0,
            second_peak: 1.0,
            loading_rate: 1.0,
            step_time: 1.0,
            standing_share: 0.0,
        };
        Self {
            feet: PerSide::both(foot),
            speed: 1.0,
            step_cv: 1.0,
            stance_sd: 1.0,
        }
    }

    /// Adds one row's effect.
    pub(crate) fn apply(&mut self, row: &Effect, applied: &Applied) {
        let size = row.per_severity * applied.severity;
        let side = if row.on == Target::Other {
            applied.side.other()
        } else {
            applied.side
        };
        let foot = self.feet.get_mut(side);
        match row.quantity {
            Quantity::SensorShare => {
                if let Some(share) = row
                    .sensor
                    .and_then(|number| foot.sensor_share.get_mut(number.wrapping_sub(1)))
                {
                    *share *= 1.0 + size;
                }
            }
            Quantity::CopShift => foot.cop_shift += size,
            Quantity::CopLength => foot.cop_length *= 1.0 + size,
            Quantity::Stance => foot.stance *= 1.0 + size,
            Quantity::Swing => foot.swing *= 1.0 + size,
            Quantity::FirstPeak => foot.first_peak *= 1.0 + size,
            Quantity::SecondPeak => foot.second_peak *= 1.0 + size,
            Quantity::LoadingRate => foot.loading_rate *= 1.0 + size,
            Quantity::StepTime => foot.step_time *= 1.0 + size,
            Quantity::StandingShare => foot.standing_share += size,
            Quantity::Speed => self.speed *= 1.0 + size,
            Quantity::StepCv => self.step_cv *= 1.0 + size,
            Quantity::StanceSd => self.stance_sd *= 1.0 + size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_a_source_and_sensor_rows_a_known_sensor() {
        for row in effects() {
            assert!(row.source.len() > 10 && row.per_severity.is_finite());
            assert!(
                row.per_severity > -1.0,
                "a factor must stay positive at severity 1"
            );
            assert_eq!(
                row.quantity == Quantity::SensorShare,
                row.layout.is_some() && row.sensor.is_some()
            );
            if let (Some(layout), Some(sensor)) = (&row.layout, row.sensor) {
                let known = gait::layout::by_id(layout).map_or(0, |layout| layout.sensors.len());
                assert!((1..=known).contains(&sensor), "{layout} {sensor}");
            }
        }
    }
}
