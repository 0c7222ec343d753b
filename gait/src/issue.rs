//! What is wrong with a recording or limits its analysis: typed, stable codes with a short detail.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::recording::Side;

/// Stable code of an [`Issue`]. Codes are never renamed; each is explained in `docs/GAIT.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum IssueCode {
    /// Samples of one foot are missing inside the recording.
    Gap,
    /// One foot starts later than the other.
    OneSidedStart,
    /// Rows are missing: the time column jumps forward.
    MissingRows,
    /// The time column is negative or does not advance.
    TimeNotIncreasing,
    /// The first time stamp lies before zero.
    NegativeTime,
    /// The two signals have different lengths; both are cut to the shorter.
    UnequalLength,
    /// The file ends within a row; the partial row was dropped.
    TruncatedRow,
    /// The total force is not the sum of the sensors.
    TotalForceMismatch,
    /// Negative forces were found where forces cannot be negative.
    NegativeForce,
    /// A notable share of samples lies at a rail of the converter.
    Saturated,
    /// Force is uncalibrated: no force metric can be given.
    UncalibratedForce,
    /// The force signal of a foot is inverted (load lowers the reading).
    InvertedSignal,
    /// The zero level of a foot drifted by more than a tenth of its swing-to-stance amplitude.
    DriftingZero,
    /// A foot shows no contact while the other walks, or its channel does not vary.
    NoSignal,
    /// No walking was found.
    NoGait,
    /// A metric or score is absent because too few strides were usable.
    TooFewStrides,
    /// More than 3 s without walking inside the recording.
    Pause,
    /// The walking total force is implausible against a plausible body weight.
    ForceScaleImplausible,
    /// The recording does not carry enough information to analyse it (no samples or no valid sampling rate).
    Empty,
    /// The file's own step marks could not be read completely.
    UnknownStepMark,
    /// A sensor reads nothing while its neighbours bear load; it is filled in from them.
    DeadSensor,
    /// A sensor reads the same whatever the load; it is filled in from its neighbours.
    StuckSensor,
    /// A sensor reaches its full scale.
    SaturatedSensor,
    /// More sensors failed than can be filled in: pressures and force peaks are absent.
    TooManyFailedSensors,
    /// The insoles read more and more, or less and less, by more than creep explains.
    SensorCreep,
    /// Arrival times are there but do not tell how the clocks of the feet stand to each other.
    ClocksUntold,
    /// Which side of the body a signal belongs to is not said; one was taken.
    UnknownSide,
    /// Position or size of the sensors is not known or not in use; equal ones were taken.
    AssumedGeometry,
    /// The file is shorter than it says, or lacks its end mark: it was cut off between rows.
    Unfinished,
    /// Frames arrived twice; the first one counts.
    DuplicateFrames,
    /// Frames arrived late; each was put in its place, or dropped when its place was gone.
    ReorderedFrames,
    /// The sample counter of a foot started anew; frames go on by the host's clock, or directly.
    CounterRestart,
    /// Columns with unknown names were left out.
    UnknownColumn,
    /// Inertial data of a foot do not fit a walking foot and are not used.
    MotionImplausible,
    /// Stride lengths from the inertial sensors lie outside what a person can do; those strides have none.
    ImplausibleStrideLength,
}

impl IssueCode {
    /// Every code, for documentation tests.
    pub const ALL: [Self; 35] = [
        Self::Gap,
        Self::OneSidedStart,
        Self::MissingRows,
        Self::TimeNotIncreasing,
        Self::NegativeTime,
        Self::UnequalLength,
        Self::TruncatedRow,
        Self::TotalForceMismatch,
        Self::NegativeForce,
        Self::Saturated,
        Self::UncalibratedForce,
        Self::InvertedSignal,
        Self::DriftingZero,
        Self::NoSignal,
        Self::NoGait,
        Self::TooFewStrides,
        Self::Pause,
        Self::ForceScaleImplausible,
        Self::Empty,
        Self::UnknownStepMark,
        Self::DeadSensor,
        Self::StuckSensor,
        Self::SaturatedSensor,
        Self::TooManyFailedSensors,
        Self::SensorCreep,
        Self::ClocksUntold,
        Self::UnknownSide,
        Self::AssumedGeometry,
        Self::Unfinished,
        Self::DuplicateFrames,
        Self::ReorderedFrames,
        Self::CounterRestart,
        Self::UnknownColumn,
        Self::MotionImplausible,
        Self::ImplausibleStrideLength,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::OneSidedStart => "one_sided_start",
            Self::MissingRows => "missing_rows",
            Self::TimeNotIncreasing => "time_not_increasing",
            Self::NegativeTime => "negative_time",
            Self::UnequalLength => "unequal_length",
            Self::TruncatedRow => "truncated_row",
            Self::TotalForceMismatch => "total_force_mismatch",
            Self::NegativeForce => "negative_force",
            Self::Saturated => "saturated",
            Self::UncalibratedForce => "uncalibrated_force",
            Self::InvertedSignal => "inverted_signal",
            Self::DriftingZero => "drifting_zero",
            Self::NoSignal => "no_signal",
            Self::NoGait => "no_gait",
            Self::TooFewStrides => "too_few_strides",
            Self::Pause => "pause",
            Self::ForceScaleImplausible => "force_scale_implausible",
            Self::Empty => "empty",
            Self::UnknownStepMark => "unknown_step_mark",
            Self::DeadSensor => "dead_sensor",
            Self::StuckSensor => "stuck_sensor",
            Self::SaturatedSensor => "saturated_sensor",
            Self::TooManyFailedSensors => "too_many_failed_sensors",
            Self::SensorCreep => "sensor_creep",
            Self::ClocksUntold => "clocks_untold",
            Self::UnknownSide => "unknown_side",
            Self::AssumedGeometry => "assumed_geometry",
            Self::Unfinished => "unfinished",
            Self::DuplicateFrames => "duplicate_frames",
            Self::ReorderedFrames => "reordered_frames",
            Self::CounterRestart => "counter_restart",
            Self::UnknownColumn => "unknown_column",
            Self::MotionImplausible => "motion_implausible",
            Self::ImplausibleStrideLength => "implausible_stride_length",
        }
    }
}

impl fmt::Display for IssueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something the reader or the analysis noticed and did not repair silently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Stable code.
    pub code: IssueCode,
    /// One plain sentence with the numbers that matter.
    pub detail: String,
    /// Foot concerned, if one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<Side>,
    /// Start of the stretch concerned, seconds from the first sample.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start_s: Option<f64>,
    /// End of the stretch concerned, seconds from the first sample.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_s: Option<f64>,
}

impl Issue {
    /// An issue of the whole recording.
    #[must_use]
    pub fn new(code: IssueCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            side: None,
            start_s: None,
            end_s: None,
        }
    }

    /// The same issue, of one foot.
    #[must_use]
    pub const fn on(mut self, side: Side) -> Self {
        self.side = Some(side);
        self
    }

    /// The same issue, of one stretch of time in seconds from the first sample.
    #[must_use]
    pub const fn between(mut self, start_s: f64, end_s: f64) -> Self {
        self.start_s = Some(start_s);
        self.end_s = Some(end_s);
        self
    }
}
