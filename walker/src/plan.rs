//! What to simulate.

use gait::recording::Side;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use crate::activity::{BoutPlan, Gait, Posture, RestPlan, TurnPlan};
use crate::condition::Conditions;
use crate::faults::Faults;
use crate::person::Person;
use crate::random::StreamKey;

/// What to simulate: every bout with the rests before it, then the closing pause and rests.
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
    /// Rests after that, in order.
    #[serde(default)]
    pub closing_rests: Vec<RestPlan>,
    /// Samples per second, 20 to 500.
    pub sampling_hz: f64,
    /// `moticon-16` or `gaitpdb-8`.
    pub layout_id: String,
    /// Imperfections of the device.
    #[serde(default)]
    pub faults: Faults,
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
            closing_rests: Vec::new(),
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
            bouts: self.bouts.into_iter().map(mirrored_bout).collect(),
            faults: self.faults.mirrored(),
            ..self
        }
    }
}

fn mirrored_bout(mut bout: BoutPlan) -> BoutPlan {
    for turn in &mut bout.turns {
        turn.angle_deg = -turn.angle_deg;
    }
    bout
}
