//! What really happened in a simulated walk, known by construction and written beside the stream.

use gait::recording::{Side, StepMarkKind};
use serde::{Deserialize, Serialize};

use crate::activity::Gait;
use crate::condition::Conditions;
use crate::faults::Faults;
use crate::person::Person;
use crate::random::StreamKey;
use crate::sides::PerSide;
use crate::transport::Clock;

mod session;
mod stride;

pub use session::{
    Activity, ActivityTruth, FestinationTruth, InsoleTruth, ShiftTruth, StandingTruth, TurnTruth,
};
pub use stride::{MotionTruth, PlantarTruth, StrideTimes, StrideTruth};

/// The truth beside a stream. Times are seconds from the beginning of the session on one true clock; [`Truth::clocks`]
/// tells when each insole takes which sample.
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
    /// When which insole takes its samples.
    pub clocks: PerSide<Clock>,
    /// What the insoles were made like.
    pub insoles: PerSide<InsoleTruth>,
    /// Which way fatigue drives load: +1 medially, forward and faster on, -1 the opposite; absent without fatigue.
    pub fatigue_direction: Option<f64>,
    /// What the person did, in order of time, without gaps.
    pub activities: Vec<ActivityTruth>,
    /// Changes of direction, in order of time.
    pub turns: Vec<TurnTruth>,
    /// Runs of steps that shorten and quicken, in order of time.
    pub festinations: Vec<FestinationTruth>,
    /// Standing, episode by episode.
    pub standing: Vec<StandingTruth>,
    /// Shifts of weight while standing, in order of time.
    pub shifts: Vec<ShiftTruth>,
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
    /// The same until each of these times: it changes with speed and fatigue.
    pub loadings: Vec<LoadingBlock>,
}

/// Load of each foot over stance until a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadingBlock {
    /// Until (and not including) this time, s; the last serves to the end.
    pub until_s: f64,
    /// At this speed, m/s.
    pub speed_mps: f64,
    /// Per foot.
    pub feet: PerSide<LoadingTruth>,
}

/// One bout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoutTruth {
    /// How the person moved.
    pub gait: Gait,
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
    pub loading_rate_bw_per_s: Spread,
    pub impulse_bw_s: Spread,
    pub stride_length_m: Spread,
    pub stride_speed_m_per_s: Spread,
    pub clearance_m: Spread,
    pub contact_pitch_deg: Spread,
    pub cpei_pct: Option<Spread>,
    pub mid_load: Spread,
    pub malr: Spread,
    pub mlr: Spread,
    pub fmlr: Spread,
    pub forefoot_share: Spread,
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
