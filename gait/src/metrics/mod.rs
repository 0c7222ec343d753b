//! The metric catalogue: one row per metric id with its unit, scope, range and how many strides it needs.
//! The formulas live in the modules; `docs/GAIT.md` explains every id.

pub(crate) mod collect;
pub mod derive;

/// What a metric describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One value per stride and foot; on the wire as moments per foot.
    Foot,
    /// One value per stride from both feet; on the wire as moments, input of pair metrics.
    Pair,
    /// One value per session, derived from the moments and never stored twice.
    Session,
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
    /// Smallest credible value (per stride for Foot and Pair).
    pub low: f64,
    /// Largest credible value.
    pub high: f64,
    /// Strides per foot without which the value is not given.
    pub min_strides: u64,
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
/// Strides per foot below which variability is absent: the CV is off by 12 % at 30 strides, 31 % at 10.
pub const MIN_STRIDES_VARIABILITY: u64 = 30;
/// Strides per foot below which pressure and centre of pressure are descriptive only (Melvin 2014: 30 steps per foot).
pub const MIN_STRIDES_PRESSURE: u64 = 30;
/// Strides per foot below which not even a descriptive mean is given.
pub const MIN_STRIDES_ANY: u64 = 2;

const fn foot(id: &'static str, unit: &'static str, low: f64, high: f64) -> MetricDef {
    MetricDef {
        id,
        unit,
        scope: Scope::Foot,
        low,
        high,
        min_strides: MIN_STRIDES_ANY,
    }
}

const fn pair(id: &'static str, unit: &'static str, low: f64, high: f64) -> MetricDef {
    MetricDef {
        id,
        unit,
        scope: Scope::Pair,
        low,
        high,
        min_strides: MIN_STRIDES_ANY,
    }
}

const fn session(
    id: &'static str,
    unit: &'static str,
    low: f64,
    high: f64,
    min_strides: u64,
) -> MetricDef {
    MetricDef {
        id,
        unit,
        scope: Scope::Session,
        low,
        high,
        min_strides,
    }
}

/// Every metric.
pub const METRICS: &[MetricDef] = &[
    foot("stride_time_s", "s", 0.2, 3.0),
    foot("step_time_s", "s", 0.1, 2.2),
    foot("stance_time_s", "s", 0.1, 2.7),
    foot("swing_time_s", "s", 0.08, 1.8),
    foot("stance_pct", "% of the stride", 20.0, 92.0),
    foot("swing_pct", "% of the stride", 8.0, 80.0),
    foot("double_support_pct", "% of the stride", 0.0, 84.0),
    foot("f1_bw", "body weights", 0.3, 3.0),
    foot("fv_bw", "body weights", 0.1, 3.0),
    foot("f2_bw", "body weights", 0.3, 3.0),
    pair("phase_left_deg", "degrees", 0.0, 360.0),
    pair("phase_left_deviation_deg", "degrees", 0.0, 180.0),
    pair("phase_right_deg", "degrees", 0.0, 360.0),
    pair("phase_right_deviation_deg", "degrees", 0.0, 180.0),
    pair("stance_time_difference_s", "s", -2.7, 2.7),
    pair("swing_time_difference_s", "s", -1.8, 1.8),
    pair("step_time_difference_s", "s", -2.2, 2.2),
    pair("f1_difference_bw", "body weights", -2.7, 2.7),
    session(
        "cadence_steps_per_min",
        "steps per minute",
        40.0,
        600.0,
        MIN_STRIDES_ANY,
    ),
    session(
        "stride_time_cv_pct",
        "%",
        0.0,
        100.0,
        MIN_STRIDES_VARIABILITY,
    ),
    session(
        "swing_time_cv_pct",
        "%",
        0.0,
        100.0,
        MIN_STRIDES_VARIABILITY,
    ),
    session(
        "step_time_residual_cv_pct",
        "%",
        0.0,
        100.0,
        MIN_STRIDES_VARIABILITY,
    ),
    session("pci_pct", "%", 0.0, 200.0, MIN_STRIDES_VARIABILITY),
    session(
        "ga",
        "dimensionless (100 times a natural logarithm)",
        0.0,
        312.0,
        MIN_STRIDES_MEAN,
    ),
    session("si_stance_pct", "%", -200.0, 200.0, MIN_STRIDES_MEAN),
    session("si_swing_pct", "%", -200.0, 200.0, MIN_STRIDES_MEAN),
    session("si_step_time_pct", "%", -200.0, 200.0, MIN_STRIDES_MEAN),
    session("si_f1_pct", "%", -200.0, 200.0, MIN_STRIDES_MEAN),
];

/// The catalogue row of an id.
#[must_use]
pub fn def(id: &str) -> Option<&'static MetricDef> {
    METRICS.iter().find(|m| m.id == id)
}

/// Credible range of an id; everything when the id is unknown.
pub(crate) fn range(id: &str) -> (f64, f64) {
    def(id).map_or((f64::NEG_INFINITY, f64::INFINITY), |d| (d.low, d.high))
}
