//! Strides: from one initial contact of a foot to its next, each kept or left out with a reason.

mod build;
mod outliers;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use build::Feet;
pub use outliers::Cleaning;
pub(crate) use outliers::mark_outliers;

use crate::force::ForceCurve;
use crate::motion::StrideMotion;
use crate::plantar::Plantar;
use crate::recording::Side;

/// Why a stride is not used for the metrics. Stable strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Shorter than walking allows: not a stride.
    TooShort,
    /// Longer than walking allows (a pause): not a stride.
    TooLong,
    /// Missing samples inside or at its events: not a stride.
    Gap,
    /// Peak force too low (shuffling, unweighting): not a stride.
    LowForce,
    /// The other foot made no single contact within the stride.
    MissingContralateral,
    /// A phase lies outside the credible range.
    ImplausiblePhase,
    /// Inside the trimmed start or end of the recording.
    Trimmed,
    /// Not part of a walking bout of at least four strides.
    Isolated,
    /// First stride of a bout (gait initiation).
    FirstOfBout,
    /// Last stride of a bout (gait termination).
    LastOfBout,
    /// Stride or swing time far from those of the strides around it (turns, stumbles).
    Outlier,
    /// The foot did not rotate as in a swing while unloaded (inertial sensors): not a stride.
    NoSwingRotation,
    /// The foot came down where it had left, without a turn (inertial sensors): not a stride.
    OnTheSpot,
    /// Both feet were in the air: running, not a stride of walking.
    Running,
    /// Part of a turn, by the change of heading (inertial sensors).
    Turn,
    /// Within one stride of a turn.
    NearTurn,
    /// Up or down stairs, by the change of height (inertial sensors).
    Stairs,
}

impl Exclusion {
    /// Every reason.
    pub const ALL: [Self; 17] = [
        Self::TooShort,
        Self::TooLong,
        Self::Gap,
        Self::LowForce,
        Self::MissingContralateral,
        Self::ImplausiblePhase,
        Self::Trimmed,
        Self::Isolated,
        Self::FirstOfBout,
        Self::LastOfBout,
        Self::Outlier,
        Self::NoSwingRotation,
        Self::OnTheSpot,
        Self::Running,
        Self::Turn,
        Self::NearTurn,
        Self::Stairs,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Gap => "gap",
            Self::LowForce => "low_force",
            Self::MissingContralateral => "missing_contralateral",
            Self::ImplausiblePhase => "implausible_phase",
            Self::Trimmed => "trimmed",
            Self::Isolated => "isolated",
            Self::FirstOfBout => "first_of_bout",
            Self::LastOfBout => "last_of_bout",
            Self::Outlier => "outlier",
            Self::NoSwingRotation => "no_swing_rotation",
            Self::OnTheSpot => "on_the_spot",
            Self::Running => "running",
            Self::Turn => "turn",
            Self::NearTurn => "near_turn",
            Self::Stairs => "stairs",
        }
    }

    /// The reason with this string.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// Whether a stride with this reason is still physically one stride of walking.
    #[must_use]
    pub const fn keeps_validity(self) -> bool {
        matches!(
            self,
            Self::MissingContralateral
                | Self::ImplausiblePhase
                | Self::Trimmed
                | Self::Isolated
                | Self::FirstOfBout
                | Self::LastOfBout
                | Self::Outlier
                | Self::Turn
                | Self::NearTurn
                | Self::Stairs
        )
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One stride of one foot. Times in seconds from the first sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Stride {
    /// Foot.
    pub foot: Side,
    /// Initial contact that begins it.
    pub start_s: f64,
    /// Toe-off within it.
    pub toe_off_s: f64,
    /// Initial contact that ends it.
    pub end_s: f64,
    /// Why it is not used; `None` when it is.
    pub reason: Option<Exclusion>,
    /// The other foot's only initial contact within it.
    pub contralateral_s: Option<f64>,
    /// Time both feet are loaded within it, s; absent when the other foot's events do not allow to say.
    pub double_support_s: Option<f64>,
    /// The part of it from this foot's contact to the other foot's toe-off (loading), s; the rest lies at the end of
    /// the stance.
    pub initial_double_support_s: Option<f64>,
    /// Shape of the force under its stance; absent when force is uncalibrated or the stance too short.
    pub force: Option<ForceCurve>,
    /// Pressure under its stance; absent without single sensors.
    pub plantar: Option<Plantar>,
    /// The foot's way through space; absent without inertial sensors.
    pub motion: Option<StrideMotion>,
    /// Index of its bout in [`crate::Analysis::bouts`]; absent outside bouts and for what is no stride of walking.
    pub bout: Option<usize>,
}

impl Stride {
    /// End minus start.
    #[must_use]
    pub fn stride_time_s(&self) -> f64 {
        self.end_s - self.start_s
    }

    /// Start to toe-off.
    #[must_use]
    pub fn stance_time_s(&self) -> f64 {
        self.toe_off_s - self.start_s
    }

    /// Toe-off to end.
    #[must_use]
    pub fn swing_time_s(&self) -> f64 {
        self.end_s - self.toe_off_s
    }

    /// Stance as a share of the stride, percent.
    #[must_use]
    pub fn stance_pct(&self) -> f64 {
        100.0 * self.stance_time_s() / self.stride_time_s()
    }

    /// Swing as a share of the stride, percent.
    #[must_use]
    pub fn swing_pct(&self) -> f64 {
        100.0 * self.swing_time_s() / self.stride_time_s()
    }

    /// Double support as a share of the stride, percent.
    #[must_use]
    pub fn double_support_pct(&self) -> Option<f64> {
        self.double_support_s
            .map(|s| 100.0 * s / self.stride_time_s())
    }

    /// Initial double support as a share of the stride, percent.
    #[must_use]
    pub fn initial_double_support_pct(&self) -> Option<f64> {
        self.initial_double_support_s
            .map(|s| 100.0 * s / self.stride_time_s())
    }

    /// This foot's step: from the other foot's contact to its own contact that ends the stride.
    #[must_use]
    pub fn step_time_s(&self) -> Option<f64> {
        self.contralateral_s.map(|c| self.end_s - c)
    }

    /// Physically one stride of walking, whether or not it is used.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.reason.is_none_or(Exclusion::keeps_validity)
    }

    /// In the metrics.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.reason.is_none()
    }

    pub(crate) fn exclude(&mut self, reason: Exclusion) {
        self.reason.get_or_insert(reason);
    }

    /// Not a stride of walking after all; a reason that says so already stays.
    pub(crate) fn invalidate(&mut self, reason: Exclusion) {
        if self.is_valid() {
            self.reason = Some(reason);
        }
    }
}
