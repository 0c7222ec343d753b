//! Who walks: body size, age, usual speed and the small deviations that make people differ.

use gait::recording::Side;
use serde::{Deserialize, Serialize};

use crate::laws::laws;
use crate::maths::pow;
use crate::random::{Purpose, StreamKey, normal, trait_normal};

/// A person who can be given or drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Body mass, kg.
    pub mass_kg: f64,
    /// Body height, m.
    pub height_m: f64,
    /// Age, years.
    pub age_y: f64,
    /// Usual walking speed, m/s.
    pub preferred_speed_mps: f64,
    /// How the person differs from the population mean.
    pub traits: Traits,
}

/// Deviations of one person from the speed laws; all zero for the population mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traits {
    /// Added to the cadence at the preferred speed, steps/min.
    pub cadence_spm: f64,
    /// Added to the stance share of both feet, percentage points.
    pub stance_pp: f64,
    /// Added to the first force peak, body weights.
    pub first_peak_bw: f64,
    /// Added to the force valley, body weights.
    pub valley_bw: f64,
    /// Added to the second force peak, body weights.
    pub second_peak_bw: f64,
    /// Relative difference of step times, steps begun by the left contact minus the others over their mean.
    pub step_asymmetry: f64,
    /// Half the left-minus-right difference of the stance share, percentage points.
    pub stance_asymmetry_pp: f64,
}

/// The age groups people are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeGroup {
    /// 20 to 39 years.
    Young,
    /// 45 to 79 years, the ages behind the speed laws.
    Adult,
    /// 75 to 85 years.
    Older,
}

impl AgeGroup {
    /// Mean and SD of age (years) and of preferred speed (m/s). Adult: gaitpdb controls [D]; the others are choices [A].
    const fn age_and_speed(self) -> [(f64, f64); 2] {
        match self {
            Self::Young => [(29.0, 5.0), (1.35, 0.12)],
            Self::Adult => [(62.0, 8.0), (1.24, 0.14)],
            Self::Older => [(79.0, 2.5), (1.05, 0.12)],
        }
    }
}

impl Person {
    /// The population mean: 63.5 years, 1.24 m/s, no deviations (gaitpdb controls).
    #[must_use]
    pub fn reference() -> Self {
        Self {
            mass_kg: 74.0,
            height_m: 1.70,
            age_y: 63.5,
            preferred_speed_mps: 1.24,
            traits: Traits::default(),
        }
    }

    /// Draws a person of an age group; the same key gives the same person on every day.
    #[must_use]
    pub fn draw(key: StreamKey, group: AgeGroup) -> Self {
        let mut rng = key.of_person().rng(Purpose::Person, 0);
        let rng = &mut rng;
        let [(age, age_sd), (speed, speed_sd)] = group.age_and_speed();
        let height_m = trait_normal(rng, 1.70, 0.09);
        let body_mass_index = trait_normal(rng, 25.5, 3.0);
        let (laws, constants) = (&laws().laws, &laws().constants);
        Self {
            mass_kg: body_mass_index * height_m * height_m,
            height_m,
            age_y: trait_normal(rng, age, age_sd),
            preferred_speed_mps: trait_normal(rng, speed, speed_sd),
            traits: Traits {
                cadence_spm: trait_normal(rng, 0.0, laws.cadence_spm.residual_sd),
                stance_pp: trait_normal(rng, 0.0, laws.stance_pct.residual_sd),
                first_peak_bw: trait_normal(rng, 0.0, laws.first_peak_bw.residual_sd),
                valley_bw: trait_normal(rng, 0.0, laws.valley_bw.residual_sd),
                second_peak_bw: trait_normal(rng, 0.0, laws.second_peak_bw.residual_sd),
                step_asymmetry: normal(rng) * constants.step_asymmetry_sd.value,
                stance_asymmetry_pp: normal(rng) * constants.stance_asymmetry_sd_pp.value,
            },
        }
    }

    /// Body weight, N.
    #[must_use]
    pub fn body_weight_n(&self) -> f64 {
        self.mass_kg * laws().constants.gravity_mps2.value
    }

    /// Coefficient of variation of step times before any condition, growing with age.
    #[must_use]
    pub fn step_cv(&self) -> f64 {
        let c = &laws().constants;
        let span = c.step_cv_older_age_y.value - c.step_cv_young_age_y.value;
        let aged = ((self.age_y - c.step_cv_young_age_y.value) / span).max(0.0);
        c.step_cv_young.value + aged * (c.step_cv_older.value - c.step_cv_young.value)
    }

    /// Cadence at a speed: the law at the preferred speed, then this person's own power of relative speed.
    #[must_use]
    pub fn cadence_spm(&self, speed_mps: f64) -> f64 {
        let usual = laws().laws.cadence_spm.at(self.preferred_speed_mps) + self.traits.cadence_spm;
        usual
            * pow(
                speed_mps / self.preferred_speed_mps,
                laws().constants.cadence_speed_exponent.value,
            )
    }

    /// The same person seen in a mirror.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        self.traits.step_asymmetry = -self.traits.step_asymmetry;
        self.traits.stance_asymmetry_pp = -self.traits.stance_asymmetry_pp;
        self
    }
}

/// +1 for the left foot, -1 for the right: the sign of [`Traits`] asymmetries.
pub(crate) const fn side_sign(side: Side) -> f64 {
    match side {
        Side::Left => 1.0,
        Side::Right => -1.0,
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn the_mean_person_walks_at_the_control_cadence_and_variability() {
        let person = Person::reference();
        assert_abs_diff_eq!(person.cadence_spm(1.24), 111.0, epsilon = 0.2);
        assert_abs_diff_eq!(person.step_cv(), 0.033, epsilon = 1e-12);
        assert!(person.cadence_spm(0.8) < person.cadence_spm(1.24));
    }

    #[test]
    fn a_person_does_not_change_from_day_to_day() {
        let monday = StreamKey {
            seed: 3,
            patient: 7,
            day: 0,
            session: 0,
        };
        let friday = StreamKey {
            day: 4,
            session: 2,
            ..monday
        };
        assert_eq!(
            Person::draw(monday, AgeGroup::Adult),
            Person::draw(friday, AgeGroup::Adult)
        );
        let neighbour = StreamKey {
            patient: 8,
            ..monday
        };
        assert_ne!(
            Person::draw(monday, AgeGroup::Adult),
            Person::draw(neighbour, AgeGroup::Adult)
        );
    }

    #[test]
    fn drawn_people_are_plausible_and_centred() {
        let people: Vec<Person> = (0..400)
            .map(|patient| {
                Person::draw(
                    StreamKey {
                        patient,
                        ..StreamKey::from_seed(1)
                    },
                    AgeGroup::Adult,
                )
            })
            .collect();
        assert!(
            people.iter().all(|p| (35.0..140.0).contains(&p.mass_kg)
                && (0.9..1.6).contains(&p.preferred_speed_mps))
        );
        let speed = people.iter().map(|p| p.preferred_speed_mps).sum::<f64>() / 400.0;
        assert_abs_diff_eq!(speed, 1.24, epsilon = 0.03);
    }
}
