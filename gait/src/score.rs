//! Gait Regularity and Symmetry Index: distance of nine timing and symmetry metrics from a reference group, on a scale
//! where that group has mean 100 and standard deviation 10. Pain and adherence never enter.

use serde::Serialize;

use crate::assessment::Comparable;
use crate::metrics::MIN_STRIDES_VARIABILITY;
use crate::metrics::derive::{Measured, both_feet_mean, session_metrics};
use crate::norms::{Component, Transform, norms};

/// Points per standard deviation of ln D.
const POINTS_PER_SD: f64 = 10.0;
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
    /// Standard error of measurement of one two-minute walk, points (measured on back-to-back walks, not derived from
    /// this session; longer sessions are somewhat better).
    pub se: f64,
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
            ScoreValue {
                points,
                display: points.clamp(0.0, 100.0),
                se: grsi.sem,
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
