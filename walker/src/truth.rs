//! What really happened in a simulated walk, known by construction and written beside the stream.

use gait::recording::{Side, StepMarkKind};
use serde::{Deserialize, Serialize};

use crate::activity::Gait;
use crate::condition::Conditions;
use crate::faults::Faults;
use crate::person::Person;
use crate::placement::Placement;
use crate::random::StreamKey;
use crate::sides::PerSide;
use crate::transport::Clock;

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

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Upright and at rest.
    Standing,
    /// On a seat.
    Sitting,
    /// From one posture to another.
    Transition,
    /// Shoes off.
    Unworn,
    /// Trembling, unable to step.
    Freezing,
    /// Walking on the level.
    Walking,
    /// Running.
    Running,
    /// Climbing stairs.
    StairsUp,
    /// Coming down stairs.
    StairsDown,
    /// Shuffling.
    Shuffling,
}

/// A stretch of one activity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityTruth {
    /// Which.
    pub activity: Activity,
    /// Beginning, s.
    pub start_s: f64,
    /// End, s.
    pub end_s: f64,
}

/// A change of direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnTruth {
    /// Number of its bout, from 0.
    pub bout: usize,
    /// The first turning foot leaves the ground, s.
    pub start_s: f64,
    /// The last foot has come around, s.
    pub end_s: f64,
    /// Change of heading, degrees, positive to the left.
    pub angle_deg: f64,
}

/// A run of steps that shorten and quicken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FestinationTruth {
    /// Number of its bout, from 0.
    pub bout: usize,
    /// Contact that begins the first step, s.
    pub start_s: f64,
    /// Contact that ends the last step, s.
    pub end_s: f64,
    /// Steps.
    pub steps: usize,
}

/// An episode of standing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingTruth {
    /// Beginning, s.
    pub start_s: f64,
    /// End, s.
    pub end_s: f64,
    /// Mean share of weight on the left foot, 0 to 1.
    pub left_share: f64,
    /// Standard deviation of the share.
    pub left_share_sd: f64,
}

/// A shift of weight: shares of the left foot aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftTruth {
    /// Beginning, s.
    pub time_s: f64,
    /// Share of the left foot before.
    pub from_left_share: f64,
    /// Share of the left foot after.
    pub to_left_share: f64,
    /// When weight goes back: a fidget. Absent for a shift that stays.
    pub back_s: Option<f64>,
}

/// What one insole was made like; ones and zeros where the faults leave it perfect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsoleTruth {
    /// Gain of each sensor.
    pub gains: Vec<f64>,
    /// Reading of each unloaded sensor, N/cm² or N.
    pub preloads: Vec<f64>,
    /// How it lies in the shoe.
    pub placement: Placement,
    /// Bias of the angular velocity, degrees per second; absent without inertial sensors.
    pub gyro_bias_dps: Option<[f64; 3]>,
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
