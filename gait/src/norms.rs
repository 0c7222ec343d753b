//! Reference values, read once from the embedded `norms.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::summary::Thresholds;

/// Everything in `norms.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norms {
    /// Version of the reference values; travels with every result.
    pub version: String,
    /// Contact thresholds the reference values were computed with.
    pub thresholds: Thresholds,
    /// The people behind the numbers.
    pub cohorts: BTreeMap<String, Cohort>,
    /// Reference per metric.
    pub reference: Vec<Reference>,
    /// Constants of the score.
    pub grsi: Grsi,
}

/// A reference group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// Who they are.
    pub title: String,
    /// How many.
    pub n: u64,
    /// Youngest, years.
    pub age_low_y: f64,
    /// Oldest, years.
    pub age_high_y: f64,
    /// Mean age, years.
    pub age_mean_y: f64,
    /// Where the data come from.
    pub source: String,
    /// D, S or A as explained in `norms.toml`.
    pub standing: String,
}

/// Whether a reference describes the signed value or its magnitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The value as it is.
    #[default]
    Value,
    /// Its absolute value.
    Magnitude,
}

/// Distribution of one metric in a cohort, in the metric's unit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Metric id.
    pub metric: String,
    /// Key into [`Norms::cohorts`].
    pub cohort: String,
    /// What the numbers describe.
    #[serde(default)]
    pub of: Of,
    /// Made of initial contacts only, so that it holds for any contact threshold and for uncalibrated force.
    #[serde(default)]
    pub contact_times_only: bool,
    /// Mean.
    pub mean: f64,
    /// Standard deviation between people.
    pub sd: f64,
    /// 5th percentile.
    pub p5: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Minimal detectable change (95 %) between two walks of one session: a lower bound.
    pub mdc95: Option<f64>,
}

/// Constants of the Gait Regularity and Symmetry Index.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grsi {
    /// Key into [`Norms::cohorts`].
    pub cohort: String,
    /// Standard error of measurement of one two-minute walk, points.
    pub sem: f64,
    /// Fewest components for a score.
    pub min_components: usize,
    /// The components.
    pub component: Vec<Component>,
    /// Scale of ln D.
    pub ln_distance: LnDistance,
}

/// How a component is made roughly normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transform {
    /// Natural logarithm.
    Ln,
    /// Square root of the magnitude.
    Sqrt,
    /// As it is.
    None,
}

/// One component of the score.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Metric id; per-foot metrics enter as the mean of both feet.
    pub id: String,
    /// Transformation.
    pub transform: Transform,
    /// Mean of the transformed values in the cohort.
    pub mean: f64,
    /// Standard deviation of the transformed values in the cohort.
    pub sd: f64,
}

/// Mean and standard deviation of ln D in control walks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LnDistance {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Walks.
    pub n: u64,
    /// Where they come from.
    pub source: String,
    /// D, S or A.
    pub standing: String,
}

static NORMS: LazyLock<Norms> = LazyLock::new(parse_embedded);

#[expect(clippy::expect_used, reason = "embedded data; a unit test parses it")]
fn parse_embedded() -> Norms {
    toml::from_str(include_str!("norms.toml")).expect("embedded norms")
}

/// The reference values.
#[must_use]
pub fn norms() -> &'static Norms {
    &NORMS
}

impl Norms {
    /// The reference of a metric, with its cohort.
    #[must_use]
    pub fn of(&self, metric: &str) -> Option<(&Reference, &Cohort)> {
        let reference = self.reference.iter().find(|r| r.metric == metric)?;
        Some((reference, self.cohorts.get(&reference.cohort)?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn every_reference_is_of_a_known_metric_and_cohort_and_ordered() {
        for r in &norms().reference {
            assert!(crate::metrics::def(&r.metric).is_some(), "{}", r.metric);
            let (_, cohort) = norms().of(&r.metric).unwrap();
            assert!(["D", "S", "A"].contains(&cohort.standing.as_str()));
            assert!(r.sd > 0.0);
            if let (Some(p5), Some(p95)) = (r.p5, r.p95) {
                assert!(p5 < r.mean && r.mean < p95, "{}", r.metric);
            }
        }
    }

    #[test]
    fn the_score_has_nine_components_with_spread() {
        let grsi = &norms().grsi;
        assert_eq!(grsi.component.len(), 9);
        assert!(
            grsi.component
                .iter()
                .all(|c| c.sd > 0.0 && crate::metrics::def(&c.id).is_some())
        );
        assert!(grsi.ln_distance.sd > 0.0 && norms().cohorts.contains_key(&grsi.cohort));
    }
}
