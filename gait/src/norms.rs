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
    /// Reference per pressure metric and sensor layout.
    pub plantar: Vec<PlantarReference>,
    /// Impulse under each sensor of a layout.
    pub impulse_share: Vec<ImpulseShares>,
    /// Dependence on walking speed between people.
    pub speed_line: Vec<SpeedLine>,
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
    /// 80th percentile.
    pub p80: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Minimal detectable change (95 %) between two walks of one session: a lower bound.
    pub mdc95: Option<f64>,
}

/// Distribution of one pressure metric in a cohort that wore one sensor layout; valid for that layout only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantarReference {
    /// Metric id.
    pub metric: String,
    /// Sensor layout id.
    pub layout: String,
    /// Key into [`Norms::cohorts`].
    pub cohort: String,
    /// Mean of both feet, then of people.
    pub mean: f64,
    /// Standard deviation between people.
    pub sd: f64,
    /// 5th percentile.
    pub p5: Option<f64>,
    /// 20th percentile: the lowest fifth.
    pub p20: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 80th percentile: the highest fifth.
    pub p80: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Minimal detectable change (95 %) between two walks of one session: a lower bound.
    pub mdc95: f64,
}

/// Share of the stance impulse under each sensor, 0 to 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImpulseShares {
    /// Sensor layout id.
    pub layout: String,
    /// Key into [`Norms::cohorts`].
    pub cohort: String,
    /// Means, in the order of the layout's sensors.
    pub mean: Vec<f64>,
    /// Standard deviations between people, in the same order.
    pub sd: Vec<f64>,
}

/// A metric's straight line over walking speed across people; 0.9 to 1.54 m/s only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedLine {
    /// Metric id.
    pub metric: String,
    /// Key into [`Norms::cohorts`].
    pub cohort: String,
    /// Value at 0 m/s (an extrapolation).
    pub intercept: f64,
    /// Change per m/s.
    pub per_m_per_s: f64,
    /// Standard deviation of people around the line.
    pub residual_sd: Option<f64>,
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

    /// The reference of a pressure metric for a sensor layout.
    #[must_use]
    pub fn plantar(&self, metric: &str, layout: &str) -> Option<&PlantarReference> {
        self.plantar
            .iter()
            .find(|r| r.metric == metric && r.layout == layout)
    }

    /// Minimal detectable change (95 %) between two single walks with a sensor layout; `None` where nobody measured it.
    #[must_use]
    pub fn mdc95(&self, metric: &str, layout: &str) -> Option<f64> {
        let plantar = || Some(self.plantar(metric, layout)?.mdc95);
        self.of(metric).map_or_else(plantar, |(r, _)| r.mdc95)
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
    fn pressure_norms_belong_to_a_layout_and_are_ordered() {
        for r in &norms().plantar {
            assert!(crate::layout::by_id(&r.layout).is_some() && r.sd > 0.0 && r.mdc95 > 0.0);
            assert!(norms().cohorts.contains_key(&r.cohort));
            let steps = [r.p5, r.p20, r.p50, r.p80, r.p95];
            let known: Vec<f64> = steps.into_iter().flatten().collect();
            assert!(known.is_sorted_by(|a, b| a < b), "{}", r.metric);
        }
        assert_eq!(norms().mdc95("malr", "gaitpdb-8"), Some(0.041));
        assert_eq!(norms().mdc95("malr", "moticon-16"), None, "another layout");
        assert_eq!(norms().mdc95("stance_pct", "none"), Some(0.78));
    }

    #[test]
    fn impulse_shares_are_one_together() {
        for shares in &norms().impulse_share {
            let sensors = crate::layout::by_id(&shares.layout).unwrap().sensors.len();
            assert_eq!((shares.mean.len(), shares.sd.len()), (sensors, sensors));
            assert!((shares.mean.iter().sum::<f64>() - 1.0).abs() < 0.01);
        }
    }

    #[test]
    fn lines_over_speed_pass_through_the_cohort_mean() {
        // Mean speed of the cohort 1.24 m/s.
        for line in &norms().speed_line {
            let (r, _) = norms().of(&line.metric).unwrap();
            let at_mean = line.intercept + 1.24 * line.per_m_per_s;
            assert!(
                (at_mean - r.mean).abs() < 0.15 * r.sd,
                "{}: {at_mean}",
                line.metric
            );
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
