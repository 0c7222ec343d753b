//! What happened in a session besides steps: activities, turns, standing, and what the insoles were made like.

use serde::{Deserialize, Serialize};

use crate::placement::Placement;

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Upright and at rest.
    Standing,
    /// On a seat.
    Sitting,
    /// From one posture to another.
    Transition,
    /// Shoes off.
    Unworn,
    /// Trembling, unable to step.
    Freezing,
    /// Walking on the level.
    Walking,
    /// Running.
    Running,
    /// Climbing stairs.
    StairsUp,
    /// Coming down stairs.
    StairsDown,
    /// Shuffling.
    Shuffling,
}

/// A stretch of one activity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityTruth {
    /// Which.
    pub activity: Activity,
    /// Beginning, s.
    pub start_s: f64,
    /// End, s.
    pub end_s: f64,
}

/// A change of direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnTruth {
    /// Number of its bout, from 0.
    pub bout: usize,
    /// The first turning foot leaves the ground, s.
    pub start_s: f64,
    /// The last foot has come around, s.
    pub end_s: f64,
    /// Change of heading, degrees, positive to the left.
    pub angle_deg: f64,
}

/// A run of steps that shorten and quicken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FestinationTruth {
    /// Number of its bout, from 0.
    pub bout: usize,
    /// Contact that begins the first step, s.
    pub start_s: f64,
    /// Contact that ends the last step, s.
    pub end_s: f64,
    /// Steps.
    pub steps: usize,
}

/// An episode of standing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingTruth {
    /// Beginning, s.
    pub start_s: f64,
    /// End, s.
    pub end_s: f64,
    /// Mean share of weight on the left foot, 0 to 1.
    pub left_share: f64,
    /// Standard deviation of the share.
    pub left_share_sd: f64,
}

/// A shift of weight: shares of the left foot aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftTruth {
    /// Beginning, s.
    pub time_s: f64,
    /// Share of the left foot before.
    pub from_left_share: f64,
    /// Share of the left foot after.
    pub to_left_share: f64,
    /// When weight goes back: a fidget. Absent for a shift that stays.
    pub back_s: Option<f64>,
}

/// What one insole was made like; ones and zeros where the faults leave it perfect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsoleTruth {
    /// Gain of each sensor.
    pub gains: Vec<f64>,
    /// Reading of each unloaded sensor, N/cm² or N.
    pub preloads: Vec<f64>,
    /// How it lies in the shoe.
    pub placement: Placement,
    /// Bias of the angular velocity, degrees per second; absent without inertial sensors.
    pub gyro_bias_dps: Option<[f64; 3]>,
    /// How its inertial sensor leans against the sole: toes down, and left side up, degrees; absent without one.
    pub mount_deg: Option<[f64; 2]>,
}
