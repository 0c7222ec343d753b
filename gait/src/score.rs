//! Gait Regularity and Symmetry Index: distance of nine timing and symmetry metrics from a reference group, on a scale
//! where that group has mean 100 and standard deviation 10. Pain and adherence never enter.

use serde::Serialize;

use crate::assessment::Comparable;
use crate::metrics::MIN_STRIDES_VARIABILITY;
use crate::metrics::derive::{Estimate, Measured, both_feet_mean, session_metrics};
use crate::norms::{Component, Transform, norms};

/// Points per standard deviation of ln D.
const POINTS_PER_SD: f64 = 10.0;
/// 1.96 sqrt(2): from a standard error of measurement to the minimal detectable change, 95 % (Weir 2005).
const MDC95_PER_SEM: f64 = 2.771_858_582_251_266_4;
/// Contributions named in words.
const LARGEST: usize = 2;

/// The score of a session, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// Value and uncertainty; absent when too little is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<ScoreValue>,
    /// Why the value is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<ScoreAbsent>,
    /// Components that were present.
    pub coverage: usize,
    /// Components there are.
    pub components_total: usize,
    /// Every present component, largest deviation first.
    pub components: Vec<Contribution>,
    /// Who the reference group is.
    pub reference: ScoreReference,
}

/// A score with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreValue {
    /// Points, not clipped.
    pub points: f64,
    /// Points clipped to 0-100, for display.
    pub display: f64,
    /// Standard error, points: the larger of [`ScoreValue::se_within`] and the standard error of measurement between two
    /// walks of one person, which no number of strides removes.
    pub se: f64,
    /// The part that this session's own strides tell, points: the errors of its components through the formula.
    pub se_within: f64,
    /// Smallest difference between two such scores that is more than measurement error (95 %), points.
    pub smallest_change: f64,
    /// Strides behind it, of the foot with fewer.
    pub n: u64,
}

/// Why there is no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScoreAbsent {
    /// Fewer components than the score needs: mostly too few strides.
    TooFewComponents,
    /// The signal or its thresholds are not those of the reference values.
    NotComparable,
}

/// One component of the score.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contribution {
    /// Metric id.
    pub id: String,
    /// Value in the metric's unit.
    pub value: f64,
    /// Distance from the reference mean in standard deviations of the reference group, after transformation.
    pub z: f64,
    /// Standard error of `z`.
    pub z_se: f64,
    /// Share of the squared distance, percent.
    pub share_pct: f64,
    /// One of the two largest.
    pub largest: bool,
}

/// Who the score compares with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreReference {
    /// Description of the group.
    pub title: String,
    /// Source of the data.
    pub source: String,
    /// D, S or A (norms.toml).
    pub standing: String,
    /// People.
    pub n: u64,
    /// Youngest, years. Younger people are outside the reference.
    pub age_low_y: f64,
    /// Oldest, years.
    pub age_high_y: f64,
    /// Mean age, years.
    pub age_mean_y: f64,
}

pub(crate) fn score(measured: Measured<'_>, comparable: &Comparable) -> Score {
    let grsi = &norms().grsi;
    let (mut components, n) = if comparable.phases {
        contributions(measured)
    } else {
        (Vec::new(), 0)
    };
    let distance = ln_distance(&components);
    name_largest(&mut components);
    let value = distance
        .filter(|_| components.len() >= grsi.min_components)
        .map(|ln_d| {
            let points =
                100.0 - POINTS_PER_SD * (ln_d - grsi.ln_distance.mean) / grsi.ln_distance.sd;
            let se_within = POINTS_PER_SD * ln_distance_error(&components) / grsi.ln_distance.sd;
            let se = se_within.max(grsi.sem);
            ScoreValue {
                points,
                display: points.clamp(0.0, 100.0),
                se,
                se_within,
                smallest_change: MDC95_PER_SEM * se,
                n,
            }
        });
    let why = if comparable.phases {
        ScoreAbsent::TooFewComponents
    } else {
        ScoreAbsent::NotComparable
    };
    Score {
        absent: value.is_none().then_some(why),
        value,
        coverage: components.len(),
        components_total: grsi.component.len(),
        components,
        reference: reference(),
    }
}

fn reference() -> ScoreReference {
    let cohort = norms().cohorts.get(&norms().grsi.cohort);
    ScoreReference {
        title: cohort.map(|c| c.title.clone()).unwrap_or_default(),
        source: cohort.map(|c| c.source.clone()).unwrap_or_default(),
        standing: cohort.map(|c| c.standing.clone()).unwrap_or_default(),
        n: cohort.map_or(0, |c| c.n),
        age_low_y: cohort.map_or(0.0, |c| c.age_low_y),
        age_high_y: cohort.map_or(0.0, |c| c.age_high_y),
        age_mean_y: cohort.map_or(0.0, |c| c.age_mean_y),
    }
}

/// ln of the root mean square z of the components.
fn ln_distance(components: &[Contribution]) -> Option<f64> {
    let sum: f64 = components.iter().map(|c| c.z * c.z).sum();
    let ln = (sum / components.len() as f64).sqrt().ln();
    ln.is_finite().then_some(ln)
}

/// Standard error of [`ln_distance`] from those of the components, as if they erred alone: d ln D / dz = z / sum z^2.
fn ln_distance_error(components: &[Contribution]) -> f64 {
    let sum: f64 = components.iter().map(|c| c.z * c.z).sum();
    let variance: f64 = components.iter().map(|c| (c.z * c.z_se).powi(2)).sum();
    let error = variance.sqrt() / sum;
    if error.is_finite() { error } else { 0.0 }
}

/// Present components and the strides behind the one with fewest. Every component needs the strides that variability
/// needs: a score of ten strides is noise.
fn contributions(measured: Measured<'_>) -> (Vec<Contribution>, u64) {
    let session = session_metrics(measured);
    let mut least = u64::MAX;
    let found: Vec<Contribution> = norms()
        .grsi
        .component
        .iter()
        .filter_map(|component| {
            let derived = match session.get(component.id.as_str()) {
                Some(derived) => *derived,
                None => both_feet_mean(measured, &component.id, MIN_STRIDES_VARIABILITY),
            };
            let estimate = derived.ok().filter(|e| e.n >= MIN_STRIDES_VARIABILITY)?;
            let z = (transformed(component, estimate.value) - component.mean) / component.sd;
            least = least.min(estimate.n);
            z.is_finite().then(|| Contribution {
                id: component.id.clone(),
                value: estimate.value,
                z,
                z_se: transformed_error(component, &estimate) / component.sd,
                share_pct: 0.0,
                largest: false,
            })
        })
        .collect();
    let n = if found.is_empty() { 0 } else { least };
    (found, n)
}

fn transformed(component: &Component, value: f64) -> f64 {
    match component.transform {
        Transform::Ln => value.ln(),
        Transform::Sqrt => value.abs().sqrt(),
        Transform::None => value,
    }
}

/// Half of what one standard error to either side changes after transformation; finite where the derivative of a root or
/// a logarithm is not.
fn transformed_error(component: &Component, estimate: &Estimate) -> f64 {
    let shown = match component.transform {
        Transform::None => estimate.value,
        Transform::Ln | Transform::Sqrt => estimate.value.abs(),
    };
    let high = transformed(component, shown + estimate.se);
    let low = match component.transform {
        Transform::None => transformed(component, shown - estimate.se),
        Transform::Sqrt => transformed(component, (shown - estimate.se).max(0.0)),
        Transform::Ln => transformed(component, shown * shown / (shown + estimate.se)),
    };
    let error = f64::midpoint(high, -low);
    if error.is_finite() { error.abs() } else { 0.0 }
}

fn name_largest(components: &mut [Contribution]) {
    let sum: f64 = components.iter().map(|c| c.z * c.z).sum();
    components.sort_by(|a, b| {
        b.z.abs()
            .total_cmp(&a.z.abs())
            .then_with(|| a.id.cmp(&b.id))
    });
    for (rank, component) in components.iter_mut().enumerate() {
        component.share_pct = if sum > 0.0 {
            100.0 * component.z * component.z / sum
        } else {
            0.0
        };
        component.largest = rank < LARGEST;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::metrics::flags::Flags;
    use approx::assert_relative_eq;

    fn component(transform: Transform) -> Component {
        Component {
            id: "ga".to_owned(),
            transform,
            mean: 0.0,
            sd: 1.0,
        }
    }

    fn estimate(value: f64, se: f64) -> Estimate {
        Estimate {
            value,
            se,
            n: 100,
            flags: Flags::default(),
        }
    }

    fn contribution(z: f64, z_se: f64) -> Contribution {
        Contribution {
            id: String::new(),
            value: 0.0,
            z,
            z_se,
            share_pct: 0.0,
            largest: false,
        }
    }

    #[test]
    fn small_errors_pass_through_a_transformation_by_its_derivative() {
        let error =
            |transform, value| transformed_error(&component(transform), &estimate(value, 1e-4));
        assert_relative_eq!(error(Transform::None, 2.0), 1e-4, epsilon = 1e-12);
        assert_relative_eq!(error(Transform::Ln, 2.0), 0.5e-4, max_relative = 1e-3);
        assert_relative_eq!(error(Transform::Sqrt, 4.0), 0.25e-4, max_relative = 1e-3);
        // Symmetry indices are signed, their roots are of the magnitude.
        assert_relative_eq!(error(Transform::Sqrt, -4.0), 0.25e-4, max_relative = 1e-3);
    }

    #[test]
    fn the_error_of_a_root_near_zero_is_finite() {
        let at_zero = transformed_error(&component(Transform::Sqrt), &estimate(0.0, 0.5));
        assert!(at_zero > 0.3 && at_zero < 0.8, "{at_zero}");
    }

    #[test]
    fn the_error_of_the_distance_is_what_a_change_of_a_component_does_to_it() {
        let at = |z| vec![contribution(z, 0.0), contribution(-0.7, 0.0)];
        let slope =
            (ln_distance(&at(1.3 + 1e-6)).unwrap() - ln_distance(&at(1.3 - 1e-6)).unwrap()) / 2e-6;
        let told = ln_distance_error(&[contribution(1.3, 0.2), contribution(-0.7, 0.0)]);
        assert_relative_eq!(told, slope * 0.2, max_relative = 1e-6);
        assert_relative_eq!(ln_distance_error(&[contribution(0.0, 1.0)]), 0.0);
    }
}
