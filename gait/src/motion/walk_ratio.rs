//! Stride length without inertial sensors: step length over cadence is nearly constant in unhurried walking, so cadence
//! gives an estimate. It is one number per session, kept apart from measured strides.

use std::fmt;

use serde::Serialize;

use crate::metrics::derive::Estimate;

/// Cadence below which the ratio is not constant, steps per minute (PMC5430280).
const LEAST_CADENCE: f64 = 98.0;
/// Speed below which the ratio is not constant, m/s (the same source: 62 m/min).
const LEAST_SPEED_M_PER_S: f64 = 1.03;

/// Step length over cadence, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkRatio {
    /// Metres per step/min.
    pub m_per_step_per_min: f64,
    /// Standard deviation of the ratio as a share of itself.
    pub relative_sd: f64,
}

impl WalkRatio {
    /// Of healthy adults: 6.07 +/- 0.82 mm per step/min (gaitpdb controls, n = 70; standing D).
    pub const POPULATION: Self = Self {
        m_per_step_per_min: 6.07e-3,
        relative_sd: 0.135,
    };
}

/// Estimated, not measured: what cadence says about length and speed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpatialEstimate {
    /// Mean stride length of the session, m.
    pub stride_length_m: f64,
    /// Its standard error, m: the spread of the ratio between people and the error of the cadence.
    pub stride_length_se_m: f64,
    /// Mean walking speed of the session, m/s.
    pub speed_m_per_s: f64,
    /// Its standard error, m/s.
    pub speed_se_m_per_s: f64,
    /// Strides behind the cadence.
    pub n: u64,
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EstimateAbsent {
    /// Stride lengths were measured.
    Measured,
    /// Too few strides for a cadence.
    NoCadence,
    /// Slower than the ratio holds: 98 steps per minute, 1.03 m/s.
    TooSlow,
    /// The ratio given is no positive number.
    NoRatio,
}

impl EstimateAbsent {
    /// Every reason.
    pub const ALL: [Self; 4] = [
        Self::Measured,
        Self::NoCadence,
        Self::TooSlow,
        Self::NoRatio,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::NoCadence => "no_cadence",
            Self::TooSlow => "too_slow",
            Self::NoRatio => "no_ratio",
        }
    }
}

impl fmt::Display for EstimateAbsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Length and speed from the session's cadence (steps per minute): step length = ratio x cadence, a stride is two steps,
/// speed = step length x cadence / 60.
///
/// # Errors
/// Slower walking than the ratio holds for, no cadence, or no ratio.
pub fn estimate(
    cadence: Option<Estimate>,
    ratio: WalkRatio,
) -> Result<SpatialEstimate, EstimateAbsent> {
    let known = |v: f64| v.is_finite() && v > 0.0;
    if !known(ratio.m_per_step_per_min) || !(0.0..=1.0).contains(&ratio.relative_sd) {
        return Err(EstimateAbsent::NoRatio);
    }
    let cadence = cadence
        .filter(|c| known(c.value))
        .ok_or(EstimateAbsent::NoCadence)?;
    let step_m = ratio.m_per_step_per_min * cadence.value;
    let speed = step_m * cadence.value / 60.0;
    if cadence.value < LEAST_CADENCE || speed < LEAST_SPEED_M_PER_S {
        return Err(EstimateAbsent::TooSlow);
    }
    let cadence_error = cadence.se.max(0.0) / cadence.value;
    Ok(SpatialEstimate {
        stride_length_m: 2.0 * step_m,
        stride_length_se_m: 2.0 * step_m * ratio.relative_sd.hypot(cadence_error),
        speed_m_per_s: speed,
        speed_se_m_per_s: speed * ratio.relative_sd.hypot(2.0 * cadence_error),
        n: cadence.n,
    })
}
