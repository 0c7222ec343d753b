//! What ails the walk: conditions with a severity, and the table of what each does to which foot.

use std::sync::LazyLock;

use gait::recording::Side;
use serde::{Deserialize, Serialize};

use crate::laws::{Standing, embedded};
use crate::sides::PerSide;

/// Differences below this leave the walk as it is (mm) [A].
const LEG_LENGTH_DEAD_BAND_MM: f64 = 5.0;

/// Conditions of a walker. Severities run from 0 (absent) to 1; foot postures are per foot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Low-arch loading.
    pub flat_foot: PerSide<f64>,
    /// High-arch loading.
    pub cavus: PerSide<f64>,
    /// Centre of pressure led medially.
    pub overpronation: PerSide<f64>,
    /// Centre of pressure led laterally.
    pub supination: PerSide<f64>,
    /// One leg shorter than the other.
    pub leg_length: Option<LegLength>,
    /// Pain-avoiding gait on one side.
    pub antalgic: Option<Antalgic>,
    /// Raised step-to-step variability.
    pub unsteady: f64,
}

/// A leg-length difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegLength {
    /// The shorter side.
    pub short: Side,
    /// Difference, mm, 0 to 60.
    pub difference_mm: f64,
}

/// Pain-avoiding gait.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Antalgic {
    /// The painful side.
    pub side: Side,
    /// 0 to 1.
    pub severity: f64,
}

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

struct Applied {
    condition: Condition,
    side: Side,
    severity: f64,
}

impl Conditions {
    /// Name and value of the first entry outside its range, if any.
    #[must_use]
    pub fn out_of_range(&self) -> Option<(&'static str, f64)> {
        let postures = [
            ("flat_foot", self.flat_foot),
            ("cavus", self.cavus),
            ("overpronation", self.overpronation),
            ("supination", self.supination),
        ];
        let severities = postures
            .into_iter()
            .flat_map(|(name, p)| [(name, p.left), (name, p.right)]);
        let antalgic = self.antalgic.map(|a| ("antalgic", a.severity));
        let leg_length = self
            .leg_length
            .map(|l| ("leg_length", l.difference_mm))
            .filter(|l| !(0.0..=60.0).contains(&l.1));
        severities
            .chain(antalgic)
            .chain([("unsteady", self.unsteady)])
            .find(|(_, severity)| !(0.0..=1.0).contains(severity))
            .or(leg_length)
    }

    /// The combined effect on a walker wearing a layout of `sensors` sensors.
    #[must_use]
    pub fn effects(&self, layout_id: &str, sensors: usize) -> Effects {
        let none = FootEffects {
            sensor_share: vec![1.0; sensors],
            cop_shift: 0.0,
            cop_length: 1.0,
            stance: 1.0,
            swing: 1.0,
            first_peak: 1.0,
            step_time: 1.0,
            standing_share: 0.0,
        };
        let mut sum = Effects {
            feet: PerSide::both(none),
            speed: 1.0,
            step_cv: 1.0,
            stance_sd: 1.0,
        };
        for applied in self.applied() {
            let rows = effects()
                .iter()
                .filter(|row| row.condition == applied.condition);
            for row in rows.filter(|row| row.layout.as_deref().is_none_or(|id| id == layout_id)) {
                sum.apply(row, &applied);
            }
        }
        sum
    }

    /// The feet exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            flat_foot: self.flat_foot.mirrored(),
            cavus: self.cavus.mirrored(),
            overpronation: self.overpronation.mirrored(),
            supination: self.supination.mirrored(),
            leg_length: self.leg_length.map(|l| LegLength {
                short: l.short.other(),
                ..l
            }),
            antalgic: self.antalgic.map(|a| Antalgic {
                side: a.side.other(),
                ..a
            }),
            unsteady: self.unsteady,
        }
    }

    fn applied(&self) -> Vec<Applied> {
        let mut list = Vec::new();
        for side in Side::BOTH {
            for (condition, severity) in [
                (Condition::FlatFoot, self.flat_foot),
                (Condition::Cavus, self.cavus),
                (Condition::Overpronation, self.overpronation),
                (Condition::Supination, self.supination),
            ] {
                list.push(Applied {
                    condition,
                    side,
                    severity: *severity.get(side),
                });
            }
        }
        if let Some(leg) = self
            .leg_length
            .filter(|leg| leg.difference_mm >= LEG_LENGTH_DEAD_BAND_MM)
        {
            list.push(Applied {
                condition: Condition::LegLengthDifference,
                side: leg.short,
                severity: leg.difference_mm,
            });
        }
        if let Some(pain) = self.antalgic {
            list.push(Applied {
                condition: Condition::Antalgic,
                side: pain.side,
                severity: pain.severity,
            });
        }
        list.push(Applied {
            condition: Condition::Unsteady,
            side: Side::Left,
            severity: self.unsteady,
        });
        list.retain(|applied| applied.severity > 0.0);
        list
    }
}

impl Effects {
    fn apply(&mut self, row: &Effect, applied: &Applied) {
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
    use approx::assert_abs_diff_eq;

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

    #[test]
    fn no_condition_changes_nothing() {
        let effects = Conditions::default().effects("moticon-16", 16);
        assert_eq!(effects.feet.left, effects.feet.right);
        assert!(
            effects
                .feet
                .left
                .sensor_share
                .iter()
                .all(|&share| share == 1.0)
        );
        assert_eq!(
            (effects.speed, effects.step_cv, effects.feet.left.stance),
            (1.0, 1.0, 1.0)
        );
    }

    #[test]
    fn a_short_left_leg_lengthens_the_right_stance() {
        let leg = |difference_mm| Conditions {
            leg_length: Some(LegLength {
                short: Side::Left,
                difference_mm,
            }),
            ..Conditions::default()
        };
        let effects = leg(30.0).effects("moticon-16", 16);
        assert_abs_diff_eq!(effects.feet.right.stance, 1.0351, epsilon = 1e-9);
        assert_eq!(effects.feet.left.stance, 1.0);
        assert!(effects.feet.left.standing_share > 0.04);
        assert_eq!(leg(4.0).effects("moticon-16", 16).feet.right.stance, 1.0);
    }

    #[test]
    fn one_flat_foot_leaves_the_other_alone() {
        let conditions = Conditions {
            flat_foot: PerSide {
                left: 0.5,
                right: 0.0,
            },
            ..Conditions::default()
        };
        let effects = conditions.effects("moticon-16", 16);
        assert_abs_diff_eq!(effects.feet.left.sensor_share[6], 8.0, epsilon = 1e-12);
        assert_eq!(effects.feet.right.sensor_share[6], 1.0);
    }

    #[test]
    fn severities_outside_their_range_are_named() {
        let conditions = Conditions {
            unsteady: 1.5,
            ..Conditions::default()
        };
        assert_eq!(conditions.out_of_range(), Some(("unsteady", 1.5)));
        let conditions = Conditions {
            cavus: PerSide {
                left: f64::NAN,
                right: 0.0,
            },
            ..Conditions::default()
        };
        assert_eq!(
            conditions.out_of_range().map(|found| found.0),
            Some("cavus")
        );
    }
}
