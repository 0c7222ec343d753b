//! The parts of a summary beside its moments: quality, exposure, bouts, standing, drift.

use serde::{Deserialize, Serialize};

use super::plain;
use crate::metrics::histogram::Histogram;
use crate::recording::ForceUnit;

/// Signal quality of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Missing samples of the left and the right foot, percent.
    pub missing_pct: [f64; 2],
    /// Longest run of missing samples on either foot, s.
    #[serde(serialize_with = "plain::serialize")]
    pub longest_gap_s: f64,
    /// Residual SD of the clock fit between the insoles, ms; absent when unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sync_ms: Option<f64>,
    /// Mean total force over whole gait cycles in the insole's own newtons; absent when uncalibrated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_weight_force: Option<f64>,
    /// Meaning of the force values.
    pub force_unit: ForceUnit,
    /// How far the insoles crept over the session, percent of the force at its start; absent when it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub creep_pct: Option<f64>,
    /// Stance samples of single sensors at full scale, percent; absent without single sensors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub saturated_pct: Option<f64>,
    /// Sensors that did not work, such as `left_7`, ascending, each once.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dead_sensors: Vec<String>,
    /// Issue codes that concern this session, ascending, each once.
    pub flags: Vec<String>,
}

/// Time spent in each activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// Seconds per activity, in the order of [`ACTIVITIES`]: off (not worn or unloaded), sitting, standing, walking,
    /// running, stairs (low confidence), other.
    pub seconds: [u32; 7],
    /// Longest standing without a break, s.
    pub longest_standing_s: u32,
    /// Per hour from the start of the session; only for sessions longer than two hours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hourly: Option<Hourly>,
}

/// Names of the activities of [`Exposure::seconds`].
pub const ACTIVITIES: [&str; 7] = [
    "off", "sitting", "standing", "walking", "running", "stairs", "other",
];

impl Exposure {
    /// Seconds of an activity by name; 0 for a name that is none.
    #[must_use]
    pub fn seconds_of(&self, activity: &str) -> u32 {
        let named = ACTIVITIES.iter().zip(self.seconds);
        let mut found = named.filter(|(name, _)| **name == activity);
        found.next().map_or(0, |(_, seconds)| seconds)
    }

    /// All seconds together.
    #[must_use]
    pub fn total_s(&self) -> u64 {
        self.seconds.iter().map(|s| u64::from(*s)).sum()
    }
}

/// Per hour from the start of the session; the last hour may be cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Hourly {
    /// Whole minutes of walking; the hours after the last one listed have none.
    pub walking_min: Vec<u8>,
    /// Whole minutes of standing, likewise.
    pub standing_min: Vec<u8>,
    /// Steps of both feet, likewise.
    pub steps: Vec<u16>,
}

/// Walking bouts of a session by duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bouts {
    /// Up to 10 s: count, total duration in s, strides used of both feet; likewise the others.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 3, max_items = 3))]
    pub up_to_10: BoutTotals,
    /// Above 10 up to 30 s.
    #[serde(rename = "10_30")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 3, max_items = 3))]
    pub from_10_to_30: BoutTotals,
    /// Above 30 up to 60 s.
    #[serde(rename = "30_60")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 3, max_items = 3))]
    pub from_30_to_60: BoutTotals,
    /// Above 60 s.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 3, max_items = 3))]
    pub over_60: BoutTotals,
    /// The longest, s.
    #[serde(serialize_with = "plain::serialize")]
    pub longest_s: f64,
    /// Their durations ([`crate::metrics::histogram::BOUT_DURATION`]): median and percentiles come from here.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub durations: Histogram,
}

impl Bouts {
    /// The classes, shortest first.
    #[must_use]
    pub const fn classes(&self) -> [BoutTotals; 4] {
        [
            self.up_to_10,
            self.from_10_to_30,
            self.from_30_to_60,
            self.over_60,
        ]
    }

    /// Number of bouts.
    #[must_use]
    pub fn count(&self) -> u64 {
        let counts = self.classes();
        counts
            .iter()
            .fold(0, |sum, c| sum.saturating_add(c.count()))
    }

    /// Time spent walking in bouts, s.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        self.classes().iter().map(|c| c.total_s()).sum()
    }
}

/// Bouts of one class: count, total duration, strides used of both feet, `[count, s, strides]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoutTotals(
    /// Number of bouts.
    pub u64,
    /// Their durations together, s.
    #[serde(serialize_with = "plain::serialize")]
    pub f64,
    /// Strides of both feet in the metrics.
    pub u64,
);

impl BoutTotals {
    /// Number of bouts.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.0
    }

    /// Their durations together, s.
    #[must_use]
    pub const fn total_s(&self) -> f64 {
        self.1
    }

    /// Strides of both feet in the metrics.
    #[must_use]
    pub const fn strides(&self) -> u64 {
        self.2
    }
}

/// How the load was shared while standing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Standing behind these numbers, s.
    #[serde(serialize_with = "plain::serialize")]
    pub duration_s: f64,
    /// Share of the load on the left foot, percent, mean over time.
    pub share_left_pct: f64,
    /// Its standard deviation over time, points.
    pub sd_pct: f64,
    /// Shifts of weight from one foot to the other.
    pub shifts: u64,
    /// Short shifts, out and back.
    pub fidgets: u64,
    /// Quiet standing behind the sway, s; absent without any.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "plain::option",
        default
    )]
    pub quiet_s: Option<f64>,
    /// Root mean square sway of the centre of pressure, insole lengths.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sway_rms: Option<f64>,
    /// Mean velocity of the centre of pressure, insole lengths per second.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sway_per_s: Option<f64>,
}

/// How a metric drifted over a session, on the wire `[slope_per_min, ci_low, ci_high, blocks, minutes]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "WireDrift", into = "WireDrift")]
pub struct Drift {
    /// Slope per minute of walking, in the unit of the metric.
    pub slope_per_min: f64,
    /// Lower end of its 99 % interval.
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
    /// Blocks of steady walking behind it.
    pub blocks: u32,
    /// Walking time from the first to the last block, minutes.
    pub minutes: f64,
}

type WireDrift = (f64, f64, f64, u32, f64);

impl From<WireDrift> for Drift {
    fn from((slope_per_min, ci_low, ci_high, blocks, minutes): WireDrift) -> Self {
        Self {
            slope_per_min,
            ci_low,
            ci_high,
            blocks,
            minutes,
        }
    }
}

impl From<Drift> for WireDrift {
    fn from(drift: Drift) -> Self {
        (
            drift.slope_per_min,
            drift.ci_low,
            drift.ci_high,
            drift.blocks,
            drift.minutes,
        )
    }
}
