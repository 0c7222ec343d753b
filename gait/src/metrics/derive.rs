//! Session metrics from moments: the same function for a fresh analysis, an upload, and a year merged into one summary.

mod regularity;
mod symmetry;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::flags::Flags;
use super::series::Series;
use super::{METRICS, MIN_STRIDES_ANY, Scope, Source, def};
use crate::moments::Moments;
use crate::recording::ForceUnit;
use crate::summary::FootMoments;

/// A session metric with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Estimate {
    /// Value in the unit of its id.
    pub value: f64,
    /// Standard error, long-memory aware where it concerns a mean.
    pub se: f64,
    /// Strides behind it (of the foot with fewer).
    pub n: u64,
    /// What must be known beside it.
    #[serde(skip_serializing_if = "Flags::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub flags: Flags,
}

/// Why a metric is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// Fewer strides than the catalogue asks for.
    TooFewStrides,
    /// One foot or the pairing of the feet is not there.
    MissingFoot,
    /// Needs force in newtons.
    UncalibratedForce,
    /// Needs single sensors under the foot, placed by a layout.
    NoPressure,
    /// Needs inertial sensors.
    NoMotion,
    /// The walk was too slow for the metric to mean anything.
    TooSlow,
}

impl Absent {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::TooFewStrides,
        Self::MissingFoot,
        Self::UncalibratedForce,
        Self::NoPressure,
        Self::NoMotion,
        Self::TooSlow,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewStrides => "too_few_strides",
            Self::MissingFoot => "missing_foot",
            Self::UncalibratedForce => "uncalibrated_force",
            Self::NoPressure => "no_pressure",
            Self::NoMotion => "no_motion",
            Self::TooSlow => "too_slow",
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Per-foot moments and pair moments of a session, wherever they came from.
#[derive(Clone, Copy)]
pub struct Measured<'a> {
    /// By metric id.
    pub metrics: &'a BTreeMap<String, FootMoments>,
    /// By pair id.
    pub pairs: &'a BTreeMap<String, Moments>,
    /// What is no moment.
    pub series: &'a Series,
}

/// A session metric or the reason for its absence.
pub type Derived = Result<Estimate, Absent>;

/// Every session metric of the catalogue, each a value or a reason.
#[must_use]
pub fn session_metrics(measured: Measured<'_>) -> BTreeMap<&'static str, Derived> {
    METRICS
        .iter()
        .filter(|d| d.scope == Scope::Session)
        .map(|d| (d.id, measured.session(d.id)))
        .collect()
}

/// Mean over both feet of a per-foot metric, with at least `least` strides each.
pub fn both_feet_mean(measured: Measured<'_>, id: &str, least: u64) -> Derived {
    let (l, r) = measured.feet(id, least)?;
    let estimate = Number {
        value: f64::midpoint(l.mean, r.mean),
        se: larger_se(l, r),
        n: l.n.min(r.n),
    };
    Ok(measured.flagged(id, estimate))
}

/// A value before its flags.
struct Number {
    value: f64,
    se: f64,
    n: u64,
}

impl<'a> Measured<'a> {
    /// One session metric.
    fn session(self, id: &'static str) -> Derived {
        let number = match id {
            "cadence_steps_per_min" => self.cadence(),
            "stride_time_cv_pct" => self.cv(id, "stride_time_s"),
            "stride_time_mad_cv_pct" => self.mad_cv(id),
            "swing_time_cv_pct" => self.cv(id, "swing_time_s"),
            "step_time_residual_cv_pct" => self.step_residual(),
            "pci_pct" => self.pci(),
            "pci_per_speed_pct_s_per_m" => self.pci_per_speed(),
            "ga" => self.ga(),
            "si_stance_pct" => self.si(id, "stance_time_s", Some("stance_time_diff_s")),
            "si_swing_pct" => self.si(id, "swing_time_s", Some("swing_time_diff_s")),
            "si_step_time_pct" => self.si(id, "step_time_s", None),
            "si_f1_pct" => self.si(id, "f1_bw", Some("f1_diff_bw")),
            "si_f2_pct" => self.si(id, "f2_bw", None),
            "si_impulse_pct" => self.si(id, "impulse_bw_s", None),
            "si_loading_rate_pct" => self.si(id, "loading_rate_bw_per_s", None),
            "walk_ratio_mm_per_steps_per_min" => self.walk_ratio(),
            "dfa_alpha" => self.dfa(),
            "atypical_cycle_pct" => self.atypical(id),
            _ => Err(Absent::MissingFoot),
        };
        number.map(|number| self.flagged(id, number))
    }

    fn flagged(self, id: &str, number: Number) -> Estimate {
        let flags = def(id).map(|d| Flags::of(d, number.n, &self.series.conditions));
        Estimate {
            value: number.value,
            se: number.se,
            n: number.n,
            flags: flags.unwrap_or_default(),
        }
    }

    /// Why nothing was measured of a metric.
    #[must_use]
    pub fn absence(self, id: &str) -> Absent {
        let uncalibrated = self.series.conditions.force_unit == ForceUnit::Uncalibrated;
        match def(id).map(|d| d.source) {
            Some(Source::Force) if uncalibrated => Absent::UncalibratedForce,
            Some(Source::Pressure) => Absent::NoPressure,
            Some(Source::Motion) => Absent::NoMotion,
            _ if self.metrics.is_empty() => Absent::TooFewStrides,
            _ => Absent::MissingFoot,
        }
    }

    fn feet(self, id: &str, least: u64) -> Result<(&'a Moments, &'a Moments), Absent> {
        let feet = self.metrics.get(id).ok_or_else(|| self.absence(id))?;
        let (l, r) = feet.both().ok_or(Absent::MissingFoot)?;
        enough(l.n.min(r.n), least).map(|()| (l, r))
    }

    fn pair(self, id: &str, least: u64) -> Result<&'a Moments, Absent> {
        let m = self.pairs.get(id).ok_or(Absent::MissingFoot)?;
        enough(m.n, least).map(|()| m)
    }

    /// 120 / mean stride time.
    fn cadence(self) -> Result<Number, Absent> {
        let (l, r) = self.feet("stride_time_s", least("cadence_steps_per_min"))?;
        let stride_s = f64::midpoint(l.mean, r.mean);
        let value = 120.0 / stride_s;
        Ok(Number {
            value,
            se: value * larger_se(l, r) / stride_s,
            n: l.n.min(r.n),
        })
    }
}

fn least(id: &str) -> u64 {
    def(id).map_or(MIN_STRIDES_ANY, |d| d.min_strides)
}

const fn enough(n: u64, least: u64) -> Result<(), Absent> {
    if n >= least {
        Ok(())
    } else {
        Err(Absent::TooFewStrides)
    }
}

/// Relative standard error of a standard deviation of `n` values.
fn spread_error(n: u64) -> f64 {
    1.0 / (2.0 * n.saturating_sub(1).max(1) as f64).sqrt()
}

fn mean_error(m: &Moments) -> f64 {
    m.se_mean().unwrap_or(0.0)
}

/// The feet of one walk move together, so their mean is hardly more certain than the less certain of the two.
fn larger_se(l: &Moments, r: &Moments) -> f64 {
    mean_error(l).max(mean_error(r))
}
