//! What ails the walk: conditions, each with a severity.

use gait::recording::Side;
use serde::{Deserialize, Serialize};

use crate::effects::{Applied, Condition, Effects, effects};
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
    /// Gait like that of people with Parkinson's disease.
    pub parkinsonian: Option<Parkinsonian>,
    /// Drift with the time walked, in this person's own direction.
    pub fatigue: f64,
    /// Arch-supporting orthotics.
    pub orthotic: PerSide<f64>,
    /// Shoes that damp the loading.
    pub cushioned_shoe: f64,
}

/// Gait like that of people with Parkinson's disease.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parkinsonian {
    /// The side that is worse: it swings for a shorter time.
    pub worse: Side,
    /// 0 to 1.
    pub severity: f64,
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

impl Conditions {
    /// Name and value of the first entry outside its range, if any.
    #[must_use]
    pub fn out_of_range(&self) -> Option<(&'static str, f64)> {
        let postures = [
            ("flat_foot", self.flat_foot),
            ("cavus", self.cavus),
            ("overpronation", self.overpronation),
            ("supination", self.supination),
            ("orthotic", self.orthotic),
        ];
        let parkinsonian = self.parkinsonian.map(|p| ("parkinsonian", p.severity));
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
            .chain(parkinsonian)
            .chain([
                ("unsteady", self.unsteady),
                ("fatigue", self.fatigue),
                ("cushioned_shoe", self.cushioned_shoe),
            ])
            .find(|(_, severity)| !(0.0..=1.0).contains(severity))
            .or(leg_length)
    }

    /// The combined effect on a walker wearing a layout of `sensors` sensors.
    #[must_use]
    pub fn effects(&self, layout_id: &str, sensors: usize) -> Effects {
        let mut sum = Effects::none(sensors);
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
            parkinsonian: self.parkinsonian.map(|p| Parkinsonian {
                worse: p.worse.other(),
                ..p
            }),
            orthotic: self.orthotic.mirrored(),
            ..self
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
                (Condition::Orthotic, self.orthotic),
                (Condition::CushionedShoe, PerSide::both(self.cushioned_shoe)),
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
        if let Some(gait) = self.parkinsonian {
            list.push(Applied {
                condition: Condition::Parkinsonian,
                side: gait.worse,
                severity: gait.severity,
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

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

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
