//! What an analysis gives back.

use std::collections::BTreeMap;

use crate::activity::Activity;
use crate::assessment::{Session, assess_session};
use crate::bouts::Bout;
use crate::drift::Drift;
use crate::issue::Issue;
use crate::load_balance::RegionShare;
use crate::metrics::collect::{Collected, collect};
use crate::metrics::derive::{self, Derived};
use crate::metrics::series::{Series, gather};
use crate::moments::Moments;
use crate::motion::{EstimateAbsent, SpatialEstimate, Turn};
use crate::observation::Observation;
use crate::plantar::FootPressure;
use crate::recording::{ForceUnit, Format, StepMark};
use crate::score::Score;
use crate::signal::clock::ClockFit;
use crate::signal::health::SensorFault;
use crate::standing::{Standing, StandingAbsent};
use crate::strides::Stride;
use crate::summary::{FootCounts, FootMoments, Gathered, Pressure, Thresholds, make};

/// Everything found in a recording. Every intermediate is kept so that each number can be traced.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Name of the recording.
    pub recording: String,
    /// Its format.
    pub format: Format,
    /// [`crate::ENGINE_VERSION`].
    pub engine_version: String,
    /// Version of the reference values.
    pub norms_version: String,
    /// Samples per second.
    pub sampling_hz: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Meaning of the force.
    pub force_unit: ForceUnit,
    /// Contact thresholds used.
    pub thresholds: Thresholds,
    /// Mean total force over whole cycles, N; absent when uncalibrated or without gait.
    pub body_weight_force: Option<f64>,
    /// Missing samples, percent, left and right.
    pub missing_pct: [f64; 2],
    /// Longest run of missing samples, s.
    pub longest_gap_s: f64,
    /// How the right foot's clock stands to the left foot's; absent when the recording does not tell. Events, strides and
    /// bouts are on the left foot's clock.
    pub clock: Option<ClockFit>,
    /// How much more the insoles read at the end than at the beginning under the same body weight, percent; absent in
    /// sessions of less than two windows of ten minutes with enough walking.
    pub creep_pct: Option<f64>,
    /// Sensors that failed or saturated, left and right; times on each foot's own clock.
    pub sensor_faults: [Vec<SensorFault>; 2],
    /// Pressure under each foot over the strides used, left and right; absent without single sensors.
    pub pressure: [Option<FootPressure>; 2],
    /// What the reader and the analysis noticed.
    pub issues: Vec<Issue>,
    /// Initial contacts.
    pub steps: FootCounts,
    /// Every initial contact and toe-off found, both feet, by time.
    pub events: Vec<StepMark>,
    /// Walking bouts.
    pub bouts: Vec<Bout>,
    /// All candidate strides, each used or left out with a reason, by start.
    pub strides: Vec<Stride>,
    /// Turns; `None` without inertial sensors, when turns are only caught as outliers.
    pub turns: Option<Vec<Turn>>,
    /// Stride length and speed estimated from cadence, or why not; never mixed with measured strides.
    pub spatial_estimate: Result<SpatialEstimate, EstimateAbsent>,
    /// What was done when.
    pub activity: Activity,
    /// How the person stood, or why that is not told.
    pub standing: Result<Standing, StandingAbsent>,
    /// The course of each metric over the session, told or not; empty for sessions too short or with creep that could not
    /// be taken out.
    pub drift: Vec<Drift>,
    /// Moments per metric and foot over the strides used.
    pub metrics: BTreeMap<String, FootMoments>,
    /// Moments of pair quantities.
    pub pairs: BTreeMap<String, Moments>,
    /// What is no moment: bout classes, histograms, cycle counts, long memory.
    pub series: Series,
    /// The sums behind them, for the summary.
    pub(crate) sums: Collected,
    /// Pressure as the summary carries it.
    pub(crate) drawn: Option<Pressure>,
    /// Observations, strongest first.
    pub observations: Vec<Observation>,
    /// How the load spreads over the regions of each foot.
    pub load_balance: Vec<RegionShare>,
    /// Sensor layout; absent without single sensors.
    pub layout_id: Option<String>,
    /// The score or why there is none.
    pub score: Score,
}

impl Analysis {
    /// The session metrics, each a value or the reason for its absence.
    #[must_use]
    pub fn session_metrics(&self) -> BTreeMap<&'static str, Derived> {
        derive::session_metrics(self.measured())
    }

    /// The same session with other strides or bouts: metrics, score and observations are judged anew. For callers that
    /// leave strides out by knowledge of their own.
    #[must_use]
    pub fn with_strides(self, strides: Vec<Stride>, bouts: Vec<Bout>) -> Self {
        let sums = collect(&strides, &bouts);
        let gathered = gather(&sums, &strides, &bouts, self.series.conditions);
        let judged = Gathered::of(&sums, &gathered.series);
        let measured = judged.measured();
        let pressure = make::pressure(&strides);
        let assessment = assess_session(&Session {
            measured,
            force_unit: self.force_unit,
            thresholds: &self.thresholds,
            layout_id: self.layout_id.as_deref().unwrap_or("none"),
            pressure: pressure.as_ref(),
            drifts: &self.drift,
            longest_standing_s: Some(self.activity.exposure.longest_standing_s),
        });
        Self {
            strides,
            bouts,
            metrics: gathered.metrics,
            pairs: gathered.pairs,
            series: gathered.series,
            sums,
            drawn: pressure,
            observations: assessment.observations,
            load_balance: assessment.load_balance,
            score: assessment.score,
            ..self
        }
    }
}
