//! What is true of one stride: times, force, pressures, the way of the foot.

use gait::recording::Side;
use serde::{Deserialize, Serialize};

use crate::activity::Gait;

/// Initial contact, final contact and next initial contact of one foot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrideTimes {
    /// Initial contact, s.
    pub start_s: f64,
    /// Final contact, s.
    pub toe_off_s: f64,
    /// Next initial contact, s.
    pub end_s: f64,
}

impl StrideTimes {
    /// Stride time, s.
    #[must_use]
    pub fn stride_s(&self) -> f64 {
        self.end_s - self.start_s
    }

    /// Stance time, s.
    #[must_use]
    pub fn stance_s(&self) -> f64 {
        self.toe_off_s - self.start_s
    }

    /// Swing time, s.
    #[must_use]
    pub fn swing_s(&self) -> f64 {
        self.end_s - self.toe_off_s
    }
}

/// One stride.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrideTruth {
    /// Foot.
    pub side: Side,
    /// Number of its bout, from 0.
    pub bout: usize,
    /// Gait of the bout.
    pub gait: Gait,
    /// Whether it is steady: begun and ended with a contact of its bout (not the closing step), no turn within a stride
    /// of it, no festination.
    pub steady: bool,
    /// Whether the foot or the other one turns in it.
    pub turning: bool,
    /// Whether its steps shorten and quicken.
    pub festinating: bool,
    /// By beginning and end of force.
    pub contact: StrideTimes,
    /// By the force threshold.
    pub threshold: StrideTimes,
    /// Time both feet bear force, s, by the force threshold.
    pub double_support_s: f64,
    /// This foot's step: from the other foot's contact to its own next contact, s, by the force threshold.
    pub step_time_s: f64,
    /// First force peak, body weights.
    pub first_peak_bw: f64,
    /// Valley, body weights.
    pub valley_bw: f64,
    /// Second force peak, body weights.
    pub second_peak_bw: f64,
    /// When first peak, valley and second peak are reached, shares of the contact.
    pub peak_phases: [f64; 3],
    /// Slope between 20 % and 80 % of the first peak, body weights per second.
    pub loading_rate_bw_per_s: f64,
    /// Force integrated over the contact, body weights times seconds.
    pub impulse_bw_s: f64,
    /// Pressures of its contact.
    pub plantar: PlantarTruth,
    /// The way of the foot.
    pub motion: MotionTruth,
}

/// Pressures of one contact under the foot, before insole and sensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantarTruth {
    /// Impulse share of each sensor; they sum to 1.
    pub sensor_share: Vec<f64>,
    /// Midfoot impulse over heel, midfoot and forefoot, toes left out.
    pub mid_load: f64,
    /// Medial arch over medial arch and lateral midfoot.
    pub malr: f64,
    /// Medial over medial and lateral impulse, toes left out.
    pub mlr: f64,
    /// The same of the forefoot alone.
    pub fmlr: f64,
    /// Forefoot and toes over the whole impulse.
    pub forefoot_share: f64,
    /// Centre-of-pressure excursion index, percent (16 sensors, heel first only).
    pub cpei_pct: Option<f64>,
}

/// The way of a foot from one contact to its next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionTruth {
    /// Distance between the two places on the ground, m.
    pub length_m: f64,
    /// Change of heading, degrees, positive to the left.
    pub yaw_deg: f64,
    /// Change of height, m.
    pub rise_m: f64,
    /// Highest rise of the inertial sensor above the higher of the two places, m.
    pub clearance_m: f64,
    /// Pitch at the contact that ends the stride, degrees, toes up positive.
    pub contact_pitch_deg: f64,
}
