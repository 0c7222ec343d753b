//! Observations: what stands out against the reference group by more than its own uncertainty, in plain words, with the
//! evidence, what else could look the same, and what would make it surer. Never a diagnosis.

pub(crate) mod exposure;
pub(crate) mod loading;
pub mod patterns;
mod rules;

use serde::Serialize;

use crate::assessment::Comparable;
use crate::metrics::derive::{
    Absent, Derived, Estimate, Measured, both_feet_mean, session_metrics,
};
use crate::metrics::{self, MIN_STRIDES_MEAN, MIN_STRIDES_VARIABILITY};
use crate::norms::{Cohort, Of, Reference, norms};
use loading::Worn;
use rules::{RULES, Rule, Side};

/// One observation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Observation {
    /// Stable id, explained in docs/GAIT.md.
    pub id: String,
    /// One plain sentence.
    pub sentence: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Other things that look the same in this measurement.
    pub could_also_be: Vec<String>,
    /// What would make it surer.
    pub would_raise_confidence: Vec<String>,
    /// How sure.
    pub confidence: Confidence,
}

/// A number with its uncertainty and what it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// Metric id.
    pub metric: String,
    /// Value.
    pub value: f64,
    /// Unit in words.
    pub unit: String,
    /// Standard error.
    pub se: f64,
    /// Strides behind it; days, pairs or blocks where `reference` says so.
    pub n: u64,
    /// Reference limit it passed; absent when the observation is about the data themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// What the limit is and of whom.
    pub reference: String,
    /// Where the limit comes from.
    pub source: String,
    /// D = computed from public recordings by this method, S = published, A = design choice.
    pub standing: String,
}

/// How sure an observation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Passes its limit by its uncertainty, from few strides or by little.
    Low,
    /// From many strides.
    Medium,
    /// From many strides, and by a wide margin.
    High,
}

/// A value passes a limit when it lies beyond it by this many standard errors (one-sided 95 %).
const SURE: f64 = 1.645;
/// Strides that make an observation more than a first hint.
const MANY_STRIDES: u64 = 50;
/// "Wide margin": this many standard deviations of the reference group from its mean.
const WIDE_Z: f64 = 3.0;

/// Id of the observation that says the data do not suffice.
pub const DATA_NOT_ENOUGH: &str = "too_few_strides";

/// Every observation id, for documentation tests.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    RULES
        .iter()
        .map(|rule| rule.id)
        .chain(loading::IDS)
        .chain([exposure::LONG_STANDING, DATA_NOT_ENOUGH])
        .chain(crate::change::ids())
        .chain([crate::drift::WITHIN_SESSION, crate::drift::WITHIN_DAY])
        .chain(crate::change::ids())
        .collect()
}

pub(crate) fn observe(
    measured: Measured<'_>,
    comparable: &Comparable,
    worn: &Worn<'_>,
) -> Vec<Observation> {
    let session = session_metrics(measured);
    let estimate = |id: &str| -> Derived {
        session
            .get(id)
            .copied()
            .unwrap_or_else(|| both_feet_mean(measured, id, MIN_STRIDES_MEAN))
    };
    let mut ranked: Vec<(f64, Observation)> = RULES
        .iter()
        .filter_map(|rule| {
            let (reference, cohort) = norms().of(rule.metric)?;
            let usable = comparable.phases || reference.contact_times_only;
            let estimate = estimate(rule.metric)
                .ok()
                .filter(|e| usable && e.n >= MIN_STRIDES_MEAN)?;
            apply(rule, &estimate, reference, cohort)
        })
        .collect();
    // Rules that say the same of the same signal are one observation: the stronger one stays.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found: Vec<Observation> = Vec::new();
    for (_, observation) in ranked {
        let same = |o: &Observation| rules::family(&o.id) == rules::family(&observation.id);
        match found.iter_mut().find(|o| same(o)) {
            Some(kept) => kept.evidence.extend(observation.evidence),
            None => found.push(observation),
        }
    }
    if comparable.phases {
        found.extend(loading::observe(measured, worn));
    }
    found.extend(not_enough(estimate("stride_time_cv_pct"), measured));
    found
}

fn apply(
    rule: &Rule,
    estimate: &Estimate,
    reference: &Reference,
    cohort: &Cohort,
) -> Option<(f64, Observation)> {
    let shown = if reference.of == Of::Magnitude {
        estimate.value.abs()
    } else {
        estimate.value
    };
    let margin = SURE * estimate.se;
    let limit = match rule.side {
        Side::Above => reference.p95.filter(|p95| shown - margin > *p95)?,
        Side::Below => reference.p5.filter(|p5| shown + margin < *p5)?,
    };
    let z = (shown - reference.mean).abs() / reference.sd;
    let share = match rule.side {
        Side::Above => "95 of 100 people of the reference group stay below this",
        Side::Below => "95 of 100 people of the reference group stay above this",
    };
    let evidence = Evidence {
        metric: rule.metric.to_owned(),
        value: estimate.value,
        unit: metrics::def(rule.metric).map_or_else(String::new, |d| d.unit.to_owned()),
        se: estimate.se,
        n: estimate.n,
        limit: Some(limit),
        reference: format!(
            "{share} ({}, n = {}, age {:.0} to {:.0})",
            cohort.title, cohort.n, cohort.age_low_y, cohort.age_high_y
        ),
        source: cohort.source.clone(),
        standing: cohort.standing.clone(),
    };
    let observation = Observation {
        id: rule.id.to_owned(),
        sentence: (rule.sentence)(estimate.value, limit),
        evidence: vec![evidence],
        could_also_be: owned(rule.could_also_be),
        would_raise_confidence: owned(rule.would_raise_confidence),
        confidence: confidence(estimate.n, z),
    };
    Some((z, observation))
}

fn confidence(n: u64, z: f64) -> Confidence {
    match (n >= MANY_STRIDES, z >= WIDE_Z) {
        (true, true) => Confidence::High,
        (true, false) => Confidence::Medium,
        (false, _) => Confidence::Low,
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

/// Says so when walking was seen but variability cannot be told.
fn not_enough(variability: Derived, measured: Measured<'_>) -> Option<Observation> {
    if variability != Err(Absent::TooFewStrides) {
        return None;
    }
    let stride = both_feet_mean(measured, "stride_time_s", 1).ok()?;
    let n = stride.n;
    Some(Observation {
        id: DATA_NOT_ENOUGH.to_owned(),
        sentence: format!("Only {n} steady strides per foot were seen: too few to say how regular the walking is."),
        evidence: vec![Evidence {
            metric: "stride_time_s".to_owned(),
            value: stride.value,
            unit: "s".to_owned(),
            se: stride.se,
            n,
            limit: None,
            reference: format!("variability needs at least {MIN_STRIDES_VARIABILITY} strides per foot"),
            source: "error of the stride-time CV against its number of strides, 70 control walks of PhysioNet gaitpdb".to_owned(),
            standing: "D".to_owned(),
        }],
        could_also_be: owned(&["a short walk", "an insole that lost contact for part of the walk"]),
        would_raise_confidence: owned(&["walking for two minutes without stopping"]),
        confidence: Confidence::High,
    })
}

#[cfg(test)]
mod tests;
