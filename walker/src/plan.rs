//! What to simulate, with the range of every number.

use gait::recording::Side;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::condition::Conditions;
use crate::device::Faults;
use crate::person::Person;
use crate::random::StreamKey;

/// Longest session, s.
const MAX_SESSION_S: f64 = 7200.0;

/// What to simulate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkPlan {
    /// Name of the recording.
    pub name: String,
    /// Streams of chance.
    pub key: StreamKey,
    /// Who walks.
    pub person: Person,
    /// With which conditions.
    #[serde(default)]
    pub conditions: Conditions,
    /// Speed before conditions slow it down, m/s, 0.3 to 2.2.
    pub speed_mps: f64,
    /// Foot that swings first in every bout.
    pub first_side: Side,
    /// Bouts in order; none for a session without walking.
    pub bouts: Vec<BoutPlan>,
    /// Standing after the last bout, s.
    pub closing_pause_s: f64,
    /// Samples per second, 20 to 500.
    pub sampling_hz: f64,
    /// `moticon-16` or `gaitpdb-8`.
    pub layout_id: String,
    /// Imperfections of the device.
    #[serde(default)]
    pub faults: Faults,
}

/// One bout of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoutPlan {
    /// Standing before it, s.
    pub pause_before_s: f64,
    /// From standing to standing, s.
    pub duration_s: f64,
    /// Factor on the plan's speed.
    pub speed_factor: f64,
}

impl BoutPlan {
    /// A bout at the plan's speed.
    #[must_use]
    pub const fn usual(pause_before_s: f64, duration_s: f64) -> Self {
        Self {
            pause_before_s,
            duration_s,
            speed_factor: 1.0,
        }
    }

    /// A bout of daily life: short ones are slower (mean free-living speeds of healthy adults, mobgap validation).
    #[must_use]
    pub fn free_living(pause_before_s: f64, duration_s: f64) -> Self {
        let speed_factor = match duration_s {
            d if d <= 10.0 => 0.5,
            d if d <= 30.0 => 0.57,
            d if d <= 60.0 => 0.70,
            _ => 1.0,
        };
        Self {
            pause_before_s,
            duration_s,
            speed_factor,
        }
    }
}

/// Why a plan cannot be simulated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PlanError {
    /// No share model or device exists for the layout.
    #[error("layout_id: no such layout to wear (known: moticon-16, gaitpdb-8)")]
    UnknownLayout,
    /// A number lies outside its range.
    #[error("{field}: {value} lies outside {low} to {high}")]
    OutOfRange {
        /// Field of the plan.
        field: &'static str,
        /// Its value.
        value: f64,
        /// Smallest value allowed.
        low: f64,
        /// Largest value allowed.
        high: f64,
    },
}

impl WalkPlan {
    /// Two minutes at the person's usual speed, standing for 3 s before and after, perfect 16-sensor insoles at 100 Hz.
    #[must_use]
    pub fn usual(key: StreamKey, person: Person) -> Self {
        Self {
            name: format!(
                "walk-{}-{}-{}-{}",
                key.seed, key.patient, key.day, key.session
            ),
            key,
            speed_mps: person.preferred_speed_mps,
            person,
            conditions: Conditions::default(),
            first_side: Side::Right,
            bouts: vec![BoutPlan::usual(3.0, 120.0)],
            closing_pause_s: 3.0,
            sampling_hz: 100.0,
            layout_id: "moticon-16".to_owned(),
            faults: Faults::none(),
        }
    }

    /// The same walk seen in a mirror: its left signals are this one's right signals.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            person: self.person.mirrored(),
            conditions: self.conditions.mirrored(),
            first_side: self.first_side.other(),
            ..self
        }
    }

    /// Checks every number against its range.
    ///
    /// # Errors
    /// [`PlanError::OutOfRange`] for the first number that lies outside.
    pub fn check(&self) -> Result<(), PlanError> {
        within("sampling_hz", self.sampling_hz, 20.0, 500.0)?;
        within("speed_mps", self.speed_mps, 0.3, 2.2)?;
        within("person.mass_kg", self.person.mass_kg, 10.0, 300.0)?;
        within("person.age_y", self.person.age_y, 5.0, 110.0)?;
        within(
            "person.preferred_speed_mps",
            self.person.preferred_speed_mps,
            0.3,
            2.2,
        )?;
        within(
            "person.traits.cadence_spm",
            self.person.traits.cadence_spm,
            -30.0,
            30.0,
        )?;
        within(
            "person.traits.step_asymmetry",
            self.person.traits.step_asymmetry,
            -0.3,
            0.3,
        )?;
        for (field, value) in [
            (
                "person.traits.first_peak_bw",
                self.person.traits.first_peak_bw,
            ),
            ("person.traits.valley_bw", self.person.traits.valley_bw),
            (
                "person.traits.second_peak_bw",
                self.person.traits.second_peak_bw,
            ),
        ] {
            within(field, value, -0.4, 0.4)?;
        }
        within(
            "person.traits.stance_pp",
            self.person.traits.stance_pp,
            -10.0,
            10.0,
        )?;
        within(
            "person.traits.stance_asymmetry_pp",
            self.person.traits.stance_asymmetry_pp,
            -10.0,
            10.0,
        )?;
        if let Some((field, value)) = self.conditions.out_of_range() {
            let high = if field == "leg_length" { 60.0 } else { 1.0 };
            return Err(PlanError::OutOfRange {
                field,
                value,
                low: 0.0,
                high,
            });
        }
        self.check_durations()?;
        self.faults.loss.map_or(Ok(()), |loss| {
            within("faults.loss.rate", loss.rate, 0.0, 0.5)?;
            within("faults.loss.mean_burst", loss.mean_burst, 1.0, 1000.0)
        })
    }

    fn check_durations(&self) -> Result<(), PlanError> {
        within("closing_pause_s", self.closing_pause_s, 0.0, MAX_SESSION_S)?;
        let mut total = self.closing_pause_s;
        for bout in &self.bouts {
            within(
                "bouts.pause_before_s",
                bout.pause_before_s,
                0.0,
                MAX_SESSION_S,
            )?;
            within("bouts.duration_s", bout.duration_s, 2.0, MAX_SESSION_S)?;
            within("bouts.speed_factor", bout.speed_factor, 0.3, 1.5)?;
            total += bout.pause_before_s + bout.duration_s;
        }
        within("session length (s)", total, 0.1, MAX_SESSION_S)
    }
}

fn within(field: &'static str, value: f64, low: f64, high: f64) -> Result<(), PlanError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(PlanError::OutOfRange {
            field,
            value,
            low,
            high,
        })
    }
}
