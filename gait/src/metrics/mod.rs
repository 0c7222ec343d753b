//! The metric catalogue: one row per metric id with its unit, scope, range and how many strides it needs.
//! The formulas live in the modules; `docs/GAIT.md` explains every id.

mod catalogue;
pub(crate) mod collect;
pub mod derive;
pub mod dfa;
pub mod flags;
pub mod histogram;
mod pairs;
pub mod series;

pub use catalogue::METRICS;

/// What a metric describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One value per stride and foot.
    Foot,
    /// One value per stride from both feet: input of pair metrics.
    Pair,
    /// One value per session, derived from the others and never stored twice.
    Session,
}

/// What a metric is measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Contact times.
    Timing,
    /// Total force in newtons.
    Force,
    /// Single sensors under the foot.
    Pressure,
    /// Inertial sensors.
    Motion,
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricDef {
    /// Stable id; ends in its unit where it has one.
    pub id: &'static str,
    /// Unit in words.
    pub unit: &'static str,
    /// What it describes.
    pub scope: Scope,
    /// What it is measured with.
    pub source: Source,
    /// Smallest credible value (per stride for Foot and Pair).
    pub low: f64,
    /// Largest credible value.
    pub high: f64,
    /// Grid of the per-stride values on the wire, in the metric's unit; 0 for session metrics, which are not sent.
    pub step: f64,
    /// Strides per foot without which the value is not given.
    pub min_strides: u64,
    /// Wrong when the clocks of the insoles differ: 10 ms of skew are 3.3 degrees of phase.
    pub needs_sync: bool,
    /// Also kept per class of bout duration.
    pub by_bout: bool,
    /// On the wire; false for what follows from other rows.
    pub uploaded: bool,
}

impl MetricDef {
    /// Whether a value is credible.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Strides per foot below which a mean is descriptive only: shown with its n, used by no score or observation
/// (docs/GAIT.md, "How many strides").
pub const MIN_STRIDES_MEAN: u64 = 10;
/// Strides per foot below which what single sensors tell is absent (Melvin 2014: 30 steps per foot).
pub const MIN_STRIDES_PRESSURE: u64 = 30;
/// Strides per foot below which variability is absent: the CV is off by 12 % at 30 strides, 31 % at 10.
pub const MIN_STRIDES_VARIABILITY: u64 = 30;
/// Strides per foot below which a scaling exponent is absent (Kuznetsov & Rhea 2017: about 600).
pub const MIN_STRIDES_FRACTAL: u64 = 600;
/// Strides per foot below which not even a descriptive mean is given.
pub const MIN_STRIDES_ANY: u64 = 2;

/// The catalogue row of an id.
#[must_use]
pub fn def(id: &str) -> Option<&'static MetricDef> {
    METRICS.iter().find(|m| m.id == id)
}

/// Credible range of an id; everything when the id is unknown.
pub(crate) fn range(id: &str) -> (f64, f64) {
    def(id).map_or((f64::NEG_INFINITY, f64::INFINITY), |d| (d.low, d.high))
}
