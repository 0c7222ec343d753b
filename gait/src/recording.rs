//! What every reader yields: two feet of force on one sample grid, with everything that is wrong with them said aloud.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::issue::Issue;

/// A side of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The person's left foot.
    Left,
    /// The person's right foot.
    Right,
}

impl Side {
    /// Both sides, left first.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The opposite side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// The lower-case name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a recording came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Format {
    /// PhysioNet "Gait in Parkinson's Disease": 19 text columns, 8 force sensors per foot.
    #[serde(rename = "gaitpdb")]
    GaitPdb,
    /// PhysioNet "Gait in Neurodegenerative Disease": WFDB header and two format-212 signal files.
    #[serde(rename = "gaitndd")]
    GaitNdd,
    /// Moticon OpenGo text export: 16 pressure sensors per foot.
    #[serde(rename = "moticon")]
    MoticonText,
    /// Novel Pedar `.asc` export: 99 pressure sensors per foot.
    #[serde(rename = "pedar")]
    Pedar,
    /// Tekscan F-Scan `.asf` frames: one pressure matrix per foot.
    #[serde(rename = "fscan")]
    FScan,
    /// Two force plates, one per foot, quiet standing.
    #[serde(rename = "forceplates")]
    ForcePlates,
    /// Footing's own stream: sensors, motion and clocks of both feet, one frame per line.
    #[serde(rename = "ndjson")]
    StreamNdjson,
    /// Footing's own stream as comma-separated columns.
    #[serde(rename = "csv")]
    StreamCsv,
    /// Footing's own stream as Parquet columns.
    #[serde(rename = "parquet")]
    StreamParquet,
    /// Made by the simulator, never read from a file.
    #[serde(rename = "simulated")]
    Simulated,
}

impl Format {
    /// The name used in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GaitPdb => "gaitpdb",
            Self::GaitNdd => "gaitndd",
            Self::MoticonText => "moticon",
            Self::Pedar => "pedar",
            Self::FScan => "fscan",
            Self::ForcePlates => "forceplates",
            Self::StreamNdjson => "ndjson",
            Self::StreamCsv => "csv",
            Self::StreamParquet => "parquet",
            Self::Simulated => "simulated",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the numbers in [`FootSignal::force`] mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ForceUnit {
    /// Newtons as the insole reports them; both feet share one scale and zero means unloaded.
    Newton,
    /// Raw converter steps: zero, gain and even sign differ between the feet and may drift.
    Uncalibrated,
}

/// One foot of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FootSignal {
    /// Total vertical force, one value per sample, always finite. Samples inside [`FootSignal::missing`] hold 0.
    pub force: Vec<f64>,
    /// `[sensor][sample]` in the order of the layout; empty when the format has no single sensors.
    /// N where the layout says that sensors report force; N/cm² otherwise, also where no layout is known.
    pub sensors: Vec<Vec<f32>>,
    /// Sample ranges that were not received, ascending and disjoint.
    pub missing: Vec<Range<usize>>,
    /// Acceleration and rotation of the insole; absent when the device has none.
    pub motion: Option<InsoleMotion>,
    /// When the host received samples of this foot, ascending: what tells the clocks of the feet apart. Empty when the
    /// source does not say.
    pub arrivals: Vec<Arrival>,
    /// Place of the centre of pressure along the foot as the source itself gives it, m, one value per sample; origin
    /// and direction are the source's own. Empty when the source does not say.
    pub cop_ap_m: Vec<f32>,
}

/// Inertial sensors of one insole, one value per sample and axis; values inside [`FootSignal::missing`] are 0.
/// Axes hold for both feet alike: x forward (heel to toes), y across, z up (+1 g at rest on level ground). Turning the
/// toes down (as at push-off) is positive about y; turning left is positive about z.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InsoleMotion {
    /// Acceleration with gravity, g: x, y, z.
    pub acceleration_g: [Vec<f32>; 3],
    /// Angular velocity, degrees per second: about x, y, z.
    pub angular_velocity_dps: [Vec<f32>; 3],
}

/// One sample as the host saw it arrive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// Index of the sample on this foot's own grid.
    pub sample: usize,
    /// Host clock, s from the first arrival of either foot.
    pub host_s: f64,
}

impl FootSignal {
    /// Number of missing samples.
    #[must_use]
    pub fn missing_samples(&self) -> usize {
        self.missing.iter().map(ExactSizeIterator::len).sum()
    }
}

/// Which of the two contacts of a step a mark names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepMarkKind {
    /// The foot meets the ground.
    InitialContact,
    /// The foot leaves the ground.
    ToeOff,
}

/// A step event: the engine's own ([`crate::Analysis::events`]), or one that the recording carries (the vendor's
/// detection; evidence to compare with, never an input).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMark {
    /// Foot of the event.
    pub side: Side,
    /// Contact or toe-off.
    pub kind: StepMarkKind,
    /// Seconds from the first sample.
    pub time_s: f64,
}

/// A recording on one uniform sample grid, both feet of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Name without folder, for example `SiCo03_01`.
    pub name: String,
    /// Source format.
    pub format: Format,
    /// Samples per second.
    pub sampling_hz: f64,
    /// Meaning of the force values.
    pub force_unit: ForceUnit,
    /// Sensor layout ([`crate::layout::by_id`]); `None` when the format has no single sensors or their places are not
    /// known.
    pub layout_id: Option<String>,
    /// Left foot.
    pub left: FootSignal,
    /// Right foot.
    pub right: FootSignal,
    /// The source's own step events, if it carries any.
    pub step_marks: Vec<StepMark>,
    /// What the reader found wrong without refusing the file.
    pub issues: Vec<Issue>,
}

impl Recording {
    /// Number of samples (of the longer foot, should they differ).
    #[must_use]
    pub fn samples(&self) -> usize {
        self.left.force.len().max(self.right.force.len())
    }

    /// Length in seconds; 0 for an empty recording or a sampling rate that is not positive.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        if self.sampling_hz > 0.0 {
            self.samples() as f64 / self.sampling_hz
        } else {
            0.0
        }
    }

    /// The signal of one foot.
    #[must_use]
    pub const fn foot(&self, side: Side) -> &FootSignal {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// The mirror image: feet exchanged, and what points or turns across turned over.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        std::mem::swap(&mut self.left, &mut self.right);
        for foot in [&mut self.left, &mut self.right] {
            if let Some(motion) = &mut foot.motion {
                let [_, across, _] = &mut motion.acceleration_g;
                let [roll, _, yaw] = &mut motion.angular_velocity_dps;
                let turned = [across, roll, yaw].into_iter().flatten();
                turned.for_each(|value| *value = -*value);
            }
        }
        for mark in &mut self.step_marks {
            mark.side = mark.side.other();
        }
        for issue in &mut self.issues {
            issue.side = issue.side.map(Side::other);
        }
        self
    }
}
