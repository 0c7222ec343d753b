//! The wire contract: what a phone uploads after a session. Versioned, self-checking, exactly mergeable, and small.

mod check;
mod hash;
mod merge;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use check::Violation;
pub use merge::{MergeError, merge};

use crate::moments::Moments;
use crate::recording::{ForceUnit, Side};

/// Version of the shape of [`SessionSummary`].
pub const SCHEMA_VERSION: u32 = 1;

/// One session of wear or one recording, reduced to moments. All text is limited to 64 characters
/// (flags and counts likewise limited, see [`SessionSummary::violations`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SessionSummary {
    /// Shape of this document, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Engine that detected the events; only equal versions compare.
    pub engine_version: String,
    /// Norms the engine carried.
    pub norms_version: String,
    /// UUID version 7 as text; one per session, set by the caller.
    pub session_id: String,
    /// Insoles.
    pub device: Device,
    /// Start, RFC 3339 in UTC (`2026-03-01T08:30:00Z`).
    pub start_utc: String,
    /// IANA zone the person was in (`Europe/Berlin`).
    pub tz: String,
    /// Length of the recording, s.
    pub duration_s: f64,
    /// Samples per second.
    pub sampling_hz: f64,
    /// Contact thresholds; stance and double support compare only at equal ones.
    pub thresholds: Thresholds,
    /// Purpose of the session.
    pub tag: Tag,
    /// Where the signal came from.
    pub source: SessionSource,
    /// Name of the recording, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recording: Option<String>,
    /// Signal quality.
    pub quality: Quality,
    /// Steps (initial contacts) seen.
    pub steps: FootCounts,
    /// Time spent in walking bouts, s.
    pub walking_s: f64,
    /// Strides seen, valid, used, and why the others were left out.
    pub strides: Strides,
    /// Walking bouts.
    pub bouts: BoutTotals,
    /// Moments per metric id and foot, over the strides used.
    pub metrics: BTreeMap<String, FootMoments>,
    /// Moments of quantities that need both feet of one stride, so that pair metrics merge exactly.
    pub pairs: BTreeMap<String, Moments>,
}

/// The pair of insoles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Maker's model name.
    pub model: String,
    /// Sensor layout id ([`crate::layout`]) or `none` for devices without single sensors.
    pub layout_id: String,
    /// Serial number of the left insole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub serial_left: Option<String>,
    /// Serial number of the right insole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub serial_right: Option<String>,
}

/// Contact thresholds as fractions of body-weight force (uncalibrated signals: of the local swing-to-stance amplitude).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Load that starts a stance.
    pub on_bw: f64,
    /// Load below which a stance ends; its rising crossing is the initial contact.
    pub off_bw: f64,
    /// Load whose last falling crossing is the toe-off (uncalibrated signals: the change of load that tells an onset).
    pub fc_bw: f64,
}

/// Purpose of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Tag {
    /// Everyday walking.
    Usual,
    /// A deliberate test walk.
    Test,
    /// Before a change of footwear, insole or therapy.
    Before,
    /// After it.
    After,
}

/// Where the signal came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SessionSource {
    /// A recording read from a file.
    Recorded,
    /// The simulator.
    Simulated,
    /// Insoles worn by a person.
    Worn,
}

/// Signal quality of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Missing samples of the left foot, percent.
    pub missing_pct_left: f64,
    /// Missing samples of the right foot, percent.
    pub missing_pct_right: f64,
    /// Longest run of missing samples on either foot, s.
    pub longest_gap_s: f64,
    /// Residual SD of the clock fit between the insoles, ms; absent when unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sync_ms: Option<f64>,
    /// Mean total force over whole gait cycles in the insole's own newtons; absent when uncalibrated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_weight_force: Option<f64>,
    /// Meaning of the force values.
    pub force_unit: ForceUnit,
    /// Issue codes that concern this session, ascending, each once.
    pub flags: Vec<String>,
}

/// A count per foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FootCounts {
    /// Left foot.
    pub left: u64,
    /// Right foot.
    pub right: u64,
}

/// Strides of one foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StrideCounts {
    /// Candidate strides.
    pub total: u64,
    /// Strides that are physically one stride of walking.
    pub valid: u64,
    /// Valid strides of steady walking: the ones in the metrics.
    pub used: u64,
}

/// Strides of both feet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Strides {
    /// Left foot.
    pub left: StrideCounts,
    /// Right foot.
    pub right: StrideCounts,
    /// Strides left out, both feet, by [`crate::strides::Exclusion`]. Sums to total - used.
    pub excluded: BTreeMap<String, u64>,
}

/// Walking bouts of a session.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoutTotals {
    /// Number of bouts.
    pub count: u64,
    /// Their lengths together, s.
    pub total_s: f64,
    /// The longest, s.
    pub longest_s: f64,
}

/// Moments of one metric on each foot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FootMoments {
    /// Left foot; absent when not measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<Moments>,
    /// Right foot; absent when not measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub right: Option<Moments>,
}

impl FootMoments {
    /// Moments of one foot.
    #[must_use]
    pub const fn foot(&self, side: Side) -> Option<&Moments> {
        match side {
            Side::Left => self.left.as_ref(),
            Side::Right => self.right.as_ref(),
        }
    }

    /// Both feet, when both were measured.
    #[must_use]
    pub const fn both(&self) -> Option<(&Moments, &Moments)> {
        match (&self.left, &self.right) {
            (Some(left), Some(right)) => Some((left, right)),
            _ => None,
        }
    }
}

/// What only the caller knows about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryHeader {
    /// UUID version 7 as text.
    pub session_id: String,
    /// Insoles.
    pub device: Device,
    /// Start, RFC 3339 in UTC.
    pub start_utc: String,
    /// IANA zone.
    pub tz: String,
    /// Purpose.
    pub tag: Tag,
    /// Where the signal came from.
    pub source: SessionSource,
}
