//! What the person was doing, second by second: off, sitting, standing, walking, running, stairs or something else.

mod classify;
mod exposure;
mod features;
mod pace;

use serde::{Deserialize, Serialize};

pub use exposure::{Exposure, Hour};

pub(crate) use pace::{mark_running, mark_stairs};

use crate::bouts::Bout;
use crate::detect::Detection;
use crate::motion::Stillness;
use crate::recording::{ForceUnit, Recording, StepMark};
use crate::strides::Stride;

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActivityClass {
    /// Neither foot loaded nor moving: not worn, or lying.
    Off,
    /// The feet carry part of the weight, at rest.
    Sitting,
    /// The feet carry the weight, at rest.
    Standing,
    /// Inside a walking bout.
    Walking,
    /// Strides with both feet in the air.
    Running,
    /// Walking that gains or loses height (only told with inertial sensors; low confidence).
    Stairs,
    /// None of these: standing up, cycling, loads without rest.
    Other,
    /// Cannot be told: samples are missing, or force is uncalibrated outside walking.
    Unknown,
}

impl ActivityClass {
    /// Every class.
    pub const ALL: [Self; 8] = [
        Self::Off,
        Self::Sitting,
        Self::Standing,
        Self::Walking,
        Self::Running,
        Self::Stairs,
        Self::Other,
        Self::Unknown,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Sitting => "sitting",
            Self::Standing => "standing",
            Self::Walking => "walking",
            Self::Running => "running",
            Self::Stairs => "stairs",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// A stretch of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Epoch {
    /// What was done.
    pub class: ActivityClass,
    /// Start, s from the first sample.
    pub start_s: f64,
    /// End, s from the first sample.
    pub end_s: f64,
}

impl Epoch {
    /// End minus start.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.end_s - self.start_s
    }
}

/// The whole recording in classes, without holes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Activity {
    /// Epochs by start, each beginning where the last one ends.
    pub epochs: Vec<Epoch>,
    /// Totals.
    pub exposure: Exposure,
}

/// What the classes are told from.
pub(crate) struct Evidence<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) detection: &'a Detection,
    pub(crate) stillness: &'a [Option<Stillness>; 2],
    pub(crate) strides: &'a [Stride],
    pub(crate) bouts: &'a [Bout],
    pub(crate) events: &'a [StepMark],
}

/// Classes of the whole recording.
pub(crate) fn classify(evidence: &Evidence<'_>) -> Activity {
    let windows = match evidence.recording.force_unit {
        ForceUnit::Newton => features::windows(evidence),
        ForceUnit::Uncalibrated => features::without_force(evidence),
    };
    let gait = pace::stretches(evidence.strides, evidence.bouts);
    let duration_s = evidence.recording.duration_s();
    let epochs = classify::epochs(
        &windows,
        features::window_s(evidence.recording),
        &gait,
        duration_s,
    );
    let exposure = exposure::of(&epochs, &gait, evidence.events, duration_s);
    Activity { epochs, exposure }
}
