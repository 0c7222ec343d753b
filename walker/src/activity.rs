//! What a session is made of: bouts of locomotion, and the rests before, between and after them.

use serde::{Deserialize, Serialize};

/// A way of moving on foot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gait {
    /// Walking on the level.
    #[default]
    Walking,
    /// Running, with both feet in the air between steps.
    Running,
    /// Up a flight of stairs, forefoot first.
    StairsUp,
    /// Down a flight of stairs, forefoot first.
    StairsDown,
    /// Short steps with feet that hardly leave the ground.
    Shuffling,
}

/// A change of direction while walking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnPlan {
    /// When it begins, s from the beginning of the bout.
    pub at_s: f64,
    /// Change of heading, degrees, positive to the left.
    pub angle_deg: f64,
}

/// One bout of a plan: standing, then locomotion, then standing again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoutPlan {
    /// Rests before the bout, in order; standing follows them.
    #[serde(default)]
    pub rests_before: Vec<RestPlan>,
    /// Standing before it, s.
    pub pause_before_s: f64,
    /// From standing to standing, s.
    pub duration_s: f64,
    /// Factor on the plan's speed. Stairs take their speed from the treads instead.
    pub speed_factor: f64,
    /// How the person moves.
    #[serde(default)]
    pub gait: Gait,
    /// Turns, in order of time.
    #[serde(default)]
    pub turns: Vec<TurnPlan>,
}

impl BoutPlan {
    /// A bout of walking at the plan's speed.
    #[must_use]
    pub const fn usual(pause_before_s: f64, duration_s: f64) -> Self {
        Self {
            rests_before: Vec::new(),
            pause_before_s,
            duration_s,
            speed_factor: 1.0,
            gait: Gait::Walking,
            turns: Vec::new(),
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
            speed_factor,
            ..Self::usual(pause_before_s, duration_s)
        }
    }

    /// A bout of another gait.
    #[must_use]
    pub const fn of(gait: Gait, pause_before_s: f64, duration_s: f64, speed_factor: f64) -> Self {
        Self {
            rests_before: Vec::new(),
            pause_before_s,
            duration_s,
            speed_factor,
            gait,
            turns: Vec::new(),
        }
    }
}

/// How a person rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// Upright, all weight on the feet.
    Standing,
    /// On a seat: the feet carry a part of the weight.
    Sitting,
    /// Shoes off: nothing presses on the insoles.
    Unworn,
    /// Frozen: trembling from foot to foot, unable to step.
    Freezing,
}

/// A rest of a plan. Getting from one posture to the next takes a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestPlan {
    /// How.
    pub posture: Posture,
    /// How long, s, the transition into it included.
    pub duration_s: f64,
}

impl RestPlan {
    /// A rest.
    #[must_use]
    pub const fn new(posture: Posture, duration_s: f64) -> Self {
        Self {
            posture,
            duration_s,
        }
    }
}
