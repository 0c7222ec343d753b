//! What really happened in a simulated walk, known by construction and written beside the stream.

use gait::recording::{Side, StepMarkKind};
use serde::{Deserialize, Serialize};

use crate::condition::Conditions;
use crate::device::Faults;
use crate::person::Person;
use crate::random::StreamKey;
use crate::sides::PerSide;

/// The truth beside a stream. Times are seconds from the first sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Version of this file's shape.
    pub schema_version: u32,
    /// Streams the walk was drawn from.
    pub key: StreamKey,
    /// Who walked.
    pub person: Person,
    /// With which conditions.
    pub conditions: Conditions,
    /// On which device imperfections.
    pub faults: Faults,
    /// Sensor layout.
    pub layout_id: String,
    /// Samples per second.
    pub sampling_hz: f64,
    /// Body weight, N.
    pub body_weight_n: f64,
    /// Force at which threshold-defined events happen, body weights.
    pub event_threshold_bw: f64,
    /// Bouts in order.
    pub bouts: Vec<BoutTruth>,
    /// Every meeting of a foot with the ground and every leaving of it, in order of time.
    pub events: Vec<EventTruth>,
    /// Every stride (two contacts of one foot in one bout), in order of time.
    pub strides: Vec<StrideTruth>,
    /// What an exact analysis of the steady strides finds; absent without any.
    pub expected: Option<Expected>,
    /// Load of each foot over stance at the speed of the first bout (of the plan without one).
    pub loading: PerSide<LoadingTruth>,
}

/// One bout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoutTruth {
    /// The first swing foot begins to unload.
    pub start_s: f64,
    /// Weight is shared again.
    pub end_s: f64,
    /// Speed, m/s.
    pub speed_mps: f64,
    /// Mean cadence the steps were drawn from, steps/min.
    pub cadence_spm: f64,
    /// Step length `60 speed / cadence`, m.
    pub step_length_m: f64,
    /// Contacts of both feet while walking, the closing one included.
    pub steps: usize,
    /// Mean stance share the contacts were drawn from, percent.
    pub stance_pct: PerSide<f64>,
}

/// Which part of a bout an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventPhase {
    /// The first swing foot leaves its standing place.
    Initiation,
    /// Walking.
    Walking,
    /// The closing foot comes to stand.
    Termination,
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTruth {
    /// Foot.
    pub side: Side,
    /// Contact or toe-off.
    pub kind: StepMarkKind,
    /// When force begins or ends.
    pub time_s: f64,
    /// When force passes the threshold.
    pub threshold_time_s: f64,
    /// Part of the bout.
    pub phase: EventPhase,
}

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrideTruth {
    /// Foot.
    pub side: Side,
    /// Number of its bout, from 0.
    pub bout: usize,
    /// Whether it begins and ends with a contact of steady walking (not the closing step).
    pub steady: bool,
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
}

/// Mean and spread of a quantity over the strides of one foot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Strides.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation (n - 1); absent below two strides.
    pub sd: Option<f64>,
}

impl Spread {
    /// Coefficient of variation, percent.
    #[must_use]
    pub fn cv_pct(&self) -> Option<f64> {
        self.sd.map(|sd| 100.0 * sd / self.mean)
    }
}

/// Expected metrics of one foot over steady strides, threshold-defined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "metric ids of the engine, which documents them"
)]
pub struct FootExpected {
    pub stride_time_s: Spread,
    pub stance_time_s: Spread,
    pub swing_time_s: Spread,
    pub step_time_s: Spread,
    pub stance_pct: Spread,
    pub swing_pct: Spread,
    pub double_support_pct: Spread,
    pub f1_bw: Spread,
    pub fv_bw: Spread,
    pub f2_bw: Spread,
}

/// Expected metrics of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Per foot.
    pub feet: PerSide<FootExpected>,
    /// `120 / mean stride time`, steps/min.
    pub cadence_steps_per_min: f64,
    /// `100 |ln(swing right / swing left)|` (Yogev 2007).
    pub ga: f64,
    /// Phase coordination index (Plotnik 2007); absent below three usable strides.
    pub pci_pct: Option<f64>,
    /// `200 (R - L) / (R + L)` of mean stance times, percent; positive = right longer (Robinson 1987).
    pub si_stance_signed_pct: f64,
    /// The same for swing times.
    pub si_swing_signed_pct: f64,
    /// The same for first force peaks.
    pub si_f1_signed_pct: f64,
    /// The same for second force peaks.
    pub si_f2_signed_pct: f64,
}

/// A point of the centre-of-pressure path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopPoint {
    /// Stance phase 0..=1.
    pub phase: f64,
    /// Towards the toes, layout units.
    pub x: f64,
    /// Towards the big toe, layout units.
    pub y: f64,
}

/// How one foot is loaded over a mean stance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadingTruth {
    /// Centre of pressure at 21 phases.
    pub cop: Vec<CopPoint>,
    /// Impulse share of each sensor; they sum to 1.
    pub impulse_share: Vec<f64>,
    /// Midfoot impulse over heel, midfoot and forefoot, toes left out.
    pub mid_load: f64,
    /// Medial arch over all of the midfoot's outer sensors (16 sensors: 7 over 7 and 8; 8 sensors: 5 over 4 and 5).
    pub medial_arch_load_ratio: f64,
    /// Medial over medial and lateral impulse, toes left out.
    pub medial_lateral_ratio: f64,
    /// Centre-of-pressure excursion index at the distal third, percent of the width, lateral positive (16 sensors only).
    pub cpei_pct: Option<f64>,
}
