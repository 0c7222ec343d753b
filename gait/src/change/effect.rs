//! Effect of shoes or insoles: sessions with the usual ones against sessions with the new ones, on days of the same person.

use serde::Serialize;
use thiserror::Error;

use crate::metrics::MIN_STRIDES_VARIABILITY;
use crate::norms::norms;
use crate::observation::{Confidence, Observation};

use super::baseline::{PRIOR_DAYS, Z95, sem_of};
use super::day::CADENCE;
use super::ranks::{hodges_lehmann, median};
use super::speed::CadenceLine;
use super::{evidence, owned, student, words};

pub use super::trial::{Trial, TrialSession};

/// Observation id.
pub const FOOTWEAR_EFFECT: &str = "footwear_effect";

/// Values on which shoes and insoles are expected to act (gait literature: arch supports move midfoot and forefoot load,
/// not ground reaction force).
pub const PRIMARY: &[&str] = &[
    "mid_load",
    "malr",
    "mlr",
    "fmlr",
    "forefoot_share",
    "cpei_pct",
    "peak_pressure_kpa",
];
/// Different days each condition needs (A).
pub const MIN_DAYS: usize = 3;
/// Strides per foot a session needs: plantar pressure is stable from 30 (Melvin 2014, S).
pub const MIN_STRIDES: u64 = MIN_STRIDES_VARIABILITY;
/// Days the new footwear is worn before it is measured (A).
pub const ACCLIMATISATION_DAYS: i64 = 1;
/// Pairs from which the rank interval exists.
const RANK_PAIRS: usize = 6;
/// Sessions (both conditions) from which a slope over cadence is fitted (A).
const SLOPE_SESSIONS: usize = 8;

/// Why a trial cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TrialError {
    /// Too few days with enough strides.
    #[error(
        "each condition needs sessions of {MIN_STRIDES} strides per foot on {MIN_DAYS} days (usual: {usual}, new: {new})"
    )]
    TooFewDays {
        /// Days with the usual footwear.
        usual: usize,
        /// Days with the new one after acclimatisation.
        new: usize,
    },
    /// Other insoles, engine or thresholds in part of the sessions.
    #[error("all sessions need the same pair of insoles, engine and thresholds")]
    DifferentSettings,
}

/// Whether something changed by more than measurement error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The interval excludes zero and the effect exceeds the minimal detectable change.
    Yes,
    /// The whole interval lies within the minimal detectable change.
    No,
    /// Neither.
    Unclear,
}

/// Where an interval comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Signed ranks (Hodges-Lehmann), from six pairs on.
    Ranks,
    /// t interval with the device's known error of measurement counting for ten pairs: fewer than six pairs have no
    /// 95 % rank interval.
    DeviceError,
}

/// Effect on one value: new minus usual.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Metric id.
    pub metric: String,
    /// Hodges-Lehmann estimate, cadence taken out where it could be.
    pub estimate: f64,
    /// Median of the paired differences.
    pub median: f64,
    /// 95 % interval.
    pub interval: [f64; 2],
    /// Where it comes from.
    pub interval_kind: IntervalKind,
    /// Minimal detectable change it is compared with.
    pub mdc95: f64,
    /// Pairs of sessions.
    pub pairs: usize,
    /// Mean change of cadence, steps/min.
    pub cadence_delta: f64,
    /// The answer.
    pub verdict: Verdict,
}

/// Effects on the primary values that both conditions measured and whose error is known or can be told from the trial.
///
/// # Errors
/// [`TrialError`] when the design does not allow an answer.
pub fn effects(trial: &Trial<'_>) -> Result<Vec<Effect>, TrialError> {
    let usual = enough_strides(trial.usual, i64::MIN);
    let new = enough_strides(
        trial.new,
        trial.new_since.saturating_add(ACCLIMATISATION_DAYS),
    );
    let (days_usual, days_new) = (dates(&usual), dates(&new));
    if days_usual.min(days_new) < MIN_DAYS {
        return Err(TrialError::TooFewDays {
            usual: days_usual,
            new: days_new,
        });
    }
    let mut settings = usual.iter().chain(&new).map(|s| &s.setting);
    let first = settings.next();
    if settings.any(|s| Some(s) != first) {
        return Err(TrialError::DifferentSettings);
    }
    Ok(PRIMARY
        .iter()
        .filter_map(|m| effect(m, &usual, &new))
        .collect())
}

fn enough_strides(sessions: &[TrialSession], from: i64) -> Vec<&TrialSession> {
    let mut kept: Vec<&TrialSession> = sessions
        .iter()
        .filter(|s| s.strides >= MIN_STRIDES && s.date >= from)
        .collect();
    kept.sort_by_key(|s| s.date);
    kept
}

fn dates(sorted: &[&TrialSession]) -> usize {
    sorted.chunk_by(|a, b| a.date == b.date).count()
}

/// (value, cadence) of the sessions that have both.
fn points(metric: &str, sessions: &[&TrialSession]) -> Vec<(f64, f64)> {
    let finite = |s: &TrialSession, id: &str| s.values.get(id).copied().filter(|v| v.is_finite());
    sessions
        .iter()
        .filter_map(|s| Some((finite(s, metric)?, finite(s, CADENCE)?)))
        .collect()
}

fn effect(metric: &str, usual: &[&TrialSession], new: &[&TrialSession]) -> Option<Effect> {
    let (a, b) = (points(metric, usual), points(metric, new));
    let (fit_a, fit_b) = (CadenceLine::fit(&a, true)?, CadenceLine::fit(&b, true)?);
    let slope = common_slope(&fit_a, &fit_b, a.len() + b.len());
    let differences: Vec<f64> = a
        .iter()
        .zip(&b)
        .map(|(x, y)| (y.0 - x.0) - slope * (y.1 - x.1))
        .collect();
    let pairs = differences.len();
    let centre = hodges_lehmann(&differences)?;
    let (mdc95, sem) = error_of(
        metric,
        &usual.first()?.layout_id,
        &fit_a,
        &fit_b,
        [a.len(), b.len()],
    )?;
    let (interval, interval_kind) = match centre.interval.filter(|_| pairs >= RANK_PAIRS) {
        Some(interval) => (interval, IntervalKind::Ranks),
        None => (
            device_interval(&differences, centre.estimate, sem)?,
            IntervalKind::DeviceError,
        ),
    };
    let cadence_delta = fit_b.cadence - fit_a.cadence;
    Some(Effect {
        metric: metric.to_owned(),
        estimate: centre.estimate,
        median: median(&mut differences.clone())?,
        interval,
        interval_kind,
        mdc95,
        pairs,
        cadence_delta,
        verdict: verdict(centre.estimate, interval, mdc95, cadence_delta),
    })
}

/// Slope over cadence within the conditions, so that the effect itself is not taken for one; zero with few sessions.
fn common_slope(a: &CadenceLine, b: &CadenceLine, sessions: usize) -> f64 {
    let spread = a.spread + b.spread;
    if sessions < SLOPE_SESSIONS || spread <= 0.0 {
        return 0.0;
    }
    (a.slope * a.spread + b.slope * b.spread) / spread
}

/// Minimal detectable change and error of measurement: the device's where they are known; else those of this trial, from
/// sessions of one condition against each other.
fn error_of(
    metric: &str,
    layout: &str,
    a: &CadenceLine,
    b: &CadenceLine,
    n: [usize; 2],
) -> Option<(f64, f64)> {
    if let Some(mdc) = norms().mdc95(metric, layout) {
        return Some((mdc, sem_of(mdc)));
    }
    let df = n
        .iter()
        .sum::<usize>()
        .checked_sub(4)
        .filter(|df| *df >= 2)?;
    let sd = ((a.residual_ss + b.residual_ss) / df as f64).sqrt();
    let t = student::two_sided_t(0.05, df as u32);
    (sd.is_finite() && sd > 0.0).then_some((t * std::f64::consts::SQRT_2 * sd, sd))
}

/// t interval of few differences; the error of measurement of a difference, sqrt(2) SEM, counts for ten of them.
fn device_interval(differences: &[f64], centre: f64, sem: f64) -> Option<[f64; 2]> {
    let n = differences.len();
    let mean = differences.iter().sum::<f64>() / n as f64;
    let ss: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let df = PRIOR_DAYS + n.checked_sub(1)? as f64;
    let sd = ((PRIOR_DAYS * 2.0 * sem * sem + ss) / df).sqrt();
    let half = student::two_sided_t(0.05, df as u32) * sd / (n as f64).sqrt();
    half.is_finite().then_some([centre - half, centre + half])
}

fn verdict(estimate: f64, [low, high]: [f64; 2], mdc95: f64, cadence_delta: f64) -> Verdict {
    let another_pace = norms()
        .mdc95(CADENCE, "")
        .is_none_or(|mdc| cadence_delta.abs() > mdc);
    if another_pace {
        return Verdict::Unclear;
    }
    if (low > 0.0 || high < 0.0) && estimate.abs() > mdc95 {
        Verdict::Yes
    } else if low > -mdc95 && high < mdc95 {
        Verdict::No
    } else {
        Verdict::Unclear
    }
}

/// The effects in words, one observation for all; `None` without effects.
#[must_use]
pub fn observe(effects: &[Effect]) -> Option<Observation> {
    let of = |verdict: Verdict| -> Vec<&str> {
        effects
            .iter()
            .filter(|e| e.verdict == verdict)
            .map(|e| words::name(&e.metric))
            .collect()
    };
    let part = |names: Vec<&str>, answer: &str| {
        (!names.is_empty()).then(|| format!("{answer}: {}", names.join(", ")))
    };
    let parts: Vec<String> = [
        part(of(Verdict::Yes), "yes"),
        part(of(Verdict::No), "no"),
        part(of(Verdict::Unclear), "unclear"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let pairs = effects.iter().map(|e| e.pairs).min()?;
    Some(Observation {
        id: FOOTWEAR_EFFECT.to_owned(),
        sentence: format!(
            "With the new footwear, changed more than measurement error? {}.",
            parts.join("; ")
        ),
        evidence: effects.iter().map(effect_evidence).collect(),
        could_also_be: owned(&[
            "insoles that lie differently in the new shoes",
            "another pace, route or surface",
            "getting used to the new footwear, which may go on for weeks",
        ]),
        would_raise_confidence: owned(&[
            "six or more pairs of sessions, the two kinds taking turns",
            "the same route at the same pace",
            "a check that the insoles lie the same way",
        ]),
        confidence: match pairs {
            0..RANK_PAIRS => Confidence::Low,
            RANK_PAIRS..12 => Confidence::Medium,
            _ => Confidence::High,
        },
    })
}

fn effect_evidence(effect: &Effect) -> crate::observation::Evidence {
    let [low, high] = effect.interval;
    let kind = match effect.interval_kind {
        IntervalKind::Ranks => "signed ranks",
        IntervalKind::DeviceError => "t, with the device's own error",
    };
    let reference = format!(
        "minimal detectable change; difference new minus usual, 95 % interval {low:.3} to {high:.3} ({kind}); cadence moved by {:.1} steps per minute; n counts pairs of sessions",
        effect.cadence_delta
    );
    evidence(
        &effect.metric,
        effect.estimate,
        (high - low) / (2.0 * Z95),
        effect.pairs,
        Some(effect.mdc95),
        reference,
    )
}
