//! Drift: values that move steadily during one session, or from the morning to the evening of most days. It is called
//! drift, because a direction says nothing about its cause. Definitions and error rates: docs/GAIT.md, "Drift".

mod blocks;
mod day;
mod interval;

use serde::Serialize;

use crate::bouts::Bout;
use crate::change::speed::CadenceLine;
use crate::change::{evidence, owned, words};
use crate::norms::norms;
use crate::observation::{Confidence, Observation};
use crate::strides::Stride;
use blocks::Measure;
use interval::Line;

pub use day::within_day;
pub use interval::Line as SlopeLine;

/// Observation id of drift within a session.
pub const WITHIN_SESSION: &str = "drift_within_session";
/// Observation id of drift from morning to evening.
pub const WITHIN_DAY: &str = "drift_within_day";

/// Blocks below which no drift is told (A).
pub const MIN_BLOCKS: usize = 6;

/// What is looked at (gait.md 10.2): timing and its variation, side of the foot, loading.
const CANDIDATES: &[(&str, Measure)] = &[
    (
        "stride_time_cv_pct",
        Measure::Variation(|s| Some(s.stride_time_s())),
    ),
    (
        "swing_time_cv_pct",
        Measure::Variation(|s| Some(s.swing_time_s())),
    ),
    ("stance_pct", Measure::Mean(|s| Some(s.stance_pct()))),
    (
        "double_support_pct",
        Measure::Mean(Stride::double_support_pct),
    ),
    ("mlr", Measure::Mean(|s| s.plantar.as_ref()?.mlr)),
    ("fmlr", Measure::Mean(|s| s.plantar.as_ref()?.fmlr)),
    ("cpei_pct", Measure::Mean(|s| s.plantar.as_ref()?.cpei_pct)),
    (
        "loading_rate_bw_per_s",
        Measure::Mean(|s| s.force?.loading_rate_bw_per_s),
    ),
    (
        "forefoot_share",
        Measure::Mean(|s| s.plantar.as_ref()?.forefoot_share),
    ),
];

/// Metric ids that drift is looked for in.
pub(crate) fn candidates() -> impl Iterator<Item = &'static str> {
    CANDIDATES.iter().map(|(id, _)| *id)
}

/// What the session's signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session<'a> {
    /// The slow rise of the sensors' reading under load was taken out. Without that no drift is told: creep looks
    /// exactly like it.
    pub creep_corrected: bool,
    /// Sensor layout id; errors of measurement of pressure belong to one.
    pub layout_id: &'a str,
}

/// The course of one value over a session, cadence taken out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// Metric id.
    pub metric: String,
    /// Theil-Sen slope per minute of walking.
    pub slope_per_min: f64,
    /// Lower end of its interval (99 %, for series with long memory).
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
    /// Blocks behind it.
    pub blocks: usize,
    /// Walking time from the first to the last block, minutes.
    pub minutes: f64,
    /// Minimal detectable change; absent where nobody measured it, and then no drift is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mdc95: Option<f64>,
    /// The interval leaves out zero and the whole change exceeds the minimal detectable one.
    pub told: bool,
}

impl Drift {
    /// Change from the first to the last block.
    #[must_use]
    pub fn change(&self) -> f64 {
        self.slope_per_min * self.minutes
    }
}

/// The course of every candidate that the session measured in at least [`MIN_BLOCKS`] blocks of two minutes of steady
/// walking (longer blocks in sessions above 80 minutes). Empty when creep was not taken out.
#[must_use]
pub fn within_session(strides: &[Stride], bouts: &[Bout], session: Session<'_>) -> Vec<Drift> {
    if !session.creep_corrected {
        return Vec::new();
    }
    let blocks = blocks::cut(strides, bouts);
    CANDIDATES
        .iter()
        .filter_map(|(metric, measure)| {
            let values: Vec<(f64, f64, f64)> = blocks
                .iter()
                .filter_map(|b| Some((b.minute, b.value(*measure)?, b.cadence)))
                .collect();
            course(metric, &values, session.layout_id)
        })
        .collect()
}

/// The course of (minute, value, cadence).
fn course(metric: &str, blocks: &[(f64, f64, f64)], layout_id: &str) -> Option<Drift> {
    if blocks.len() < MIN_BLOCKS {
        return None;
    }
    let minutes = blocks.last()?.0 - blocks.first()?.0;
    let slope = Line::through(without_cadence(blocks))?;
    let mdc95 = norms().mdc95(metric, layout_id);
    let mut drift = Drift {
        metric: metric.to_owned(),
        slope_per_min: slope.slope,
        ci_low: slope.slope - slope.half_width,
        ci_high: slope.slope + slope.half_width,
        blocks: blocks.len(),
        minutes,
        mdc95,
        told: false,
    };
    let measurable = mdc95.is_some_and(|mdc| drift.change().abs() > mdc);
    if measurable && leaves_out_zero(&drift) {
        // Only now the costly interval: it can take an answer back, never give one.
        let [low, high] = slope.bootstrap();
        drift.ci_low = drift.ci_low.min(low);
        drift.ci_high = drift.ci_high.max(high);
        drift.told = leaves_out_zero(&drift);
    }
    Some(drift)
}

/// (minute, value) of (minute, value, cadence) with the effect of cadence taken out. Its slope comes from the changes
/// between neighbouring blocks: fitted on the levels it would take part of every drift for an effect of cadence, because
/// over few blocks two slow series always look alike.
#[must_use]
pub fn without_cadence(blocks: &[(f64, f64, f64)]) -> Vec<(f64, f64)> {
    let changes: Vec<(f64, f64)> = blocks
        .iter()
        .zip(blocks.iter().skip(1))
        .map(|(a, b)| (b.1 - a.1, b.2 - a.2))
        .collect();
    let slope = CadenceLine::fit(&changes, true).map_or(0.0, |line| line.slope);
    let mean = blocks.iter().map(|b| b.2).sum::<f64>() / blocks.len().max(1) as f64;
    blocks
        .iter()
        .map(|(t, v, c)| (*t, v - slope * (c - mean)))
        .collect()
}

fn leaves_out_zero(drift: &Drift) -> bool {
    drift.ci_low > 0.0 || drift.ci_high < 0.0
}

/// What drifted, in words.
#[must_use]
pub fn observe(drifts: &[Drift]) -> Vec<Observation> {
    drifts.iter().filter(|d| d.told).map(observation).collect()
}

fn observation(drift: &Drift) -> Observation {
    let change = drift.change();
    let way = if change > 0.0 { "up" } else { "down" };
    let reference = format!(
        "minimal detectable change; slope {:.4} per minute, 99 % interval {:.4} to {:.4}, cadence taken out; n counts blocks of walking",
        drift.slope_per_min, drift.ci_low, drift.ci_high
    );
    Observation {
        id: WITHIN_SESSION.to_owned(),
        sentence: format!(
            "Over {:.0} minutes of walking, {} drifted {way} by {} {}, more than measurement error.",
            drift.minutes,
            words::name(&drift.metric),
            words::amount(change),
            words::unit(&drift.metric),
        ),
        evidence: vec![evidence(
            &drift.metric,
            change,
            (drift.ci_high - drift.ci_low) * drift.minutes / (2.0 * Z99),
            drift.blocks,
            drift.mdc95,
            reference,
        )],
        could_also_be: owned(DRIFT_COULD_BE),
        would_raise_confidence: owned(DRIFT_SURER),
        confidence: Confidence::Low,
    }
}

/// Two-sided 99 % point of the normal distribution.
const Z99: f64 = 2.575_829;

const DRIFT_COULD_BE: &[&str] = &[
    "another surface, slope or company later on the way",
    "shoes that loosen, or insoles that settle or warm up",
    "warming up, or growing tired: only the person can say",
];

const DRIFT_SURER: &[&str] = &[
    "the same drift on other days",
    "asking how the person felt at the start and at the end",
    "a level walk of the same length at an even pace",
];
