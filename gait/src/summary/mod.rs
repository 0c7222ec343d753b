//! The wire contract: what a phone uploads after a session. Versioned, self-checking, exactly mergeable, and small.

mod check;
pub(crate) mod convert;
mod decode;
mod hash;
pub(crate) mod make;
mod merge;
mod parts;
mod plain;
mod pressure;
mod samples;
mod tally;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

pub use check::Violation;
pub use decode::Gathered;
pub use merge::{MergeError, merge};
pub use parts::{ACTIVITIES, BoutTotals, Bouts, Drift, Exposure, Hourly, Quality, Standing};
pub use pressure::{FootPressure, Path, RegionMean};
pub use samples::{FootSamples, Sample};

use crate::metrics::dfa::Scaling;
use crate::metrics::histogram::Histogram;
use crate::metrics::series::CycleCounts;
use crate::moments::Moments;
use crate::recording::Side;

/// Version of the shape of [`SessionSummary`].
pub const SCHEMA_VERSION: u32 = 2;

/// One session of wear or one recording, reduced to moments. All text is limited to 64 characters
/// (flags and counts likewise limited, see [`SessionSummary::violations`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SessionSummary {
    /// Shape of this document, [`SCHEMA_VERSION`].
    #[serde(deserialize_with = "this_version")]
    pub schema_version: u32,
    /// Engine that detected the events; only equal versions compare.
    pub engine_version: String,
    /// Norms the engine carried.
    pub norms_version: String,
    /// UUID version 7 as text; one per session, set by the caller.
    pub session_id: String,
    /// Insoles.
    pub device: Device,
    /// Shoe worn, as the person's own list names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shoe_id: Option<String>,
    /// Orthotic worn, likewise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub orthotic_id: Option<String>,
    /// Start, RFC 3339 in UTC (`2026-03-01T08:30:00Z`).
    pub start_utc: String,
    /// IANA zone the person was in (`Europe/Berlin`).
    pub tz: String,
    /// Length of the recording, s.
    #[serde(serialize_with = "plain::serialize")]
    pub duration_s: f64,
    /// Samples per second.
    #[serde(serialize_with = "plain::serialize")]
    pub sampling_hz: f64,
    /// Contact thresholds; stance and double support compare only at equal ones.
    pub thresholds: Thresholds,
    /// Purpose of the session.
    pub tag: Tag,
    /// Where the signal came from.
    pub source: SessionSource,
    /// Which walk the simulator made; absent unless `source` is `simulated`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub simulation: Option<Simulation>,
    /// Name of the recording, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recording: Option<String>,
    /// Signal quality.
    pub quality: Quality,
    /// Steps (initial contacts) seen.
    pub steps: FootCounts,
    /// Strides seen, valid, used, and why the others were left out.
    pub strides: Strides,
    /// Time spent in each activity; absent when activities were not told apart.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exposure: Option<Exposure>,
    /// Walking bouts.
    pub bouts: Bouts,
    /// Moments per metric id over the strides used: mean and sum of squared deviations of the left, then of the right
    /// foot, then, where a count is not that of the strides used, both counts; null for a foot without any. Metrics that
    /// follow from others (`swing_pct` = 100 - `stance_pct`) are not sent.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Vec<Option<f64>>>))]
    pub metrics: BTreeMap<String, FootSamples>,
    /// Moments of quantities that need both feet of one stride, so that pair metrics merge exactly. The usual count is
    /// that of the strides used on the left foot (`phase_right...`: on the right foot).
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Vec<f64>>))]
    pub pairs: BTreeMap<String, Sample>,
    /// Moments of both feet together per class of bout duration (up to 10, 10 to 30, 30 to 60, over 60 s),
    /// with a count where it is not that of the strides of the class; null for a class without any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Vec<Option<Vec<f64>>>>))]
    pub by_bout: BTreeMap<String, [Option<Sample>; 4]>,
    /// Histograms per metric id, of the left and the right foot, or one of both feet (`stride_time_s`): the first bin that
    /// is not empty, a colon, counts with nothing for zero. 64 fixed bins ([`crate::metrics::histogram::BINNINGS`]).
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Vec<String>>))]
    pub histograms: BTreeMap<String, Vec<Histogram>>,
    /// Stances of the left and right foot with ground contacts in the order heel, flat, push-off and in any other:
    /// `[[typical, atypical], [typical, atypical]]`; absent without single sensors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<Vec<u64>>>))]
    pub cycles: Option<[CycleCounts; 2]>,
    /// Long memory of the stride times, `[alpha, n]`; absent below 600 strides per foot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<f64>>))]
    pub scaling: Option<Scaling>,
    /// Pressure under the feet, for display; absent without single sensors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pressure: Option<Pressure>,
    /// Metrics that drifted over the session by more than their uncertainty, by id: slope per minute of walking, lower
    /// and upper end of its 99 % interval, blocks of steady walking behind it, minutes of walking. Belongs to one session: a merged summary
    /// has none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Vec<f64>>))]
    pub drift: BTreeMap<String, Drift>,
    /// Load sharing while standing; absent without standing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub standing: Option<Standing>,
}

/// Refuses other shapes by name, before their fields are blamed.
fn this_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        SCHEMA_VERSION => Ok(SCHEMA_VERSION),
        other => Err(de::Error::custom(format_args!(
            "schema version {other} is not supported, only {SCHEMA_VERSION} is"
        ))),
    }
}

/// The pair of insoles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Maker's model name.
    pub model: String,
    /// Sensor layout id ([`crate::layout`]) or `none` for devices without single sensors.
    pub layout_id: String,
    /// The maker's size.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<String>,
    /// Serial number of the left insole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub serial_left: Option<String>,
    /// Serial number of the right insole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub serial_right: Option<String>,
    /// Version of the firmware.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub firmware: Option<String>,
}

/// A walk of the simulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Seed of the run.
    pub seed: u64,
    /// Name of the scenario.
    pub scenario: String,
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

/// Strides of one foot, on the wire `[total, valid, used]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 3]", into = "[u64; 3]")]
pub struct StrideCounts {
    /// Candidate strides.
    pub total: u64,
    /// Strides that are physically one stride of walking.
    pub valid: u64,
    /// Valid strides of steady walking: the ones in the metrics.
    pub used: u64,
}

impl From<[u64; 3]> for StrideCounts {
    fn from([total, valid, used]: [u64; 3]) -> Self {
        Self { total, valid, used }
    }
}

impl From<StrideCounts> for [u64; 3] {
    fn from(counts: StrideCounts) -> Self {
        [counts.total, counts.valid, counts.used]
    }
}

/// Strides of both feet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Strides {
    /// Left foot: candidates, those that are physically one stride of walking, those in the metrics.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<u64>, min_items = 3, max_items = 3))]
    pub left: StrideCounts,
    /// Right foot.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<u64>, min_items = 3, max_items = 3))]
    pub right: StrideCounts,
    /// Strides left out, both feet, by [`crate::strides::Exclusion`]. Sums to total - used.
    pub excluded: BTreeMap<String, u64>,
}

/// Pressure under both feet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    /// Left foot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<FootPressure>,
    /// Right foot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub right: Option<FootPressure>,
}

/// Moments of one metric on each foot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FootMoments {
    /// Left foot; absent when not measured.
    pub left: Option<Moments>,
    /// Right foot; absent when not measured.
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
    /// Shoe worn.
    pub shoe_id: Option<String>,
    /// Orthotic worn.
    pub orthotic_id: Option<String>,
    /// Start, RFC 3339 in UTC.
    pub start_utc: String,
    /// IANA zone.
    pub tz: String,
    /// Purpose.
    pub tag: Tag,
    /// Where the signal came from.
    pub source: SessionSource,
    /// Which walk the simulator made.
    pub simulation: Option<Simulation>,
}
