//! Observations of pressure: loading patterns of each foot and regions that bear more than in nearly all people of the
//! reference group. Only for sensor layouts somebody was measured with.

use crate::load_balance::RegionShare;
use crate::metrics::derive::{Estimate, Measured, both_feet_mean};
use crate::metrics::flags::Flags;
use crate::metrics::{self, MIN_STRIDES_PRESSURE};
use crate::norms::{Cohort, PlantarReference, norms};
use crate::recording::Side;

use super::patterns::{self, Conditions, Fifths, Pattern};
use super::{Confidence, Evidence, MANY_STRIDES, Observation, SURE, owned};

/// 0.8416 SD from the mean lie the outer fifths of a normal distribution: for references without percentiles.
const FIFTH_SD: f64 = 0.8416;

/// What is known of the insoles and the walk beside the measures.
pub(crate) struct Worn<'a> {
    /// Sensor layout, `none` without single sensors.
    pub(crate) layout_id: &'a str,
    /// Load per region.
    pub(crate) shares: &'a [RegionShare],
}

/// Ids this module gives.
pub(super) const IDS: [&str; 5] = [
    "low_arch_loading_pattern",
    "high_arch_loading_pattern",
    "medial_loading_pattern",
    "lateral_loading_pattern",
    "regional_load_high",
];

/// Patterns of both feet, left first, then regions that bear much.
pub(super) fn observe(measured: Measured<'_>, worn: &Worn<'_>) -> Vec<Observation> {
    let speed = both_feet_mean(measured, "speed_m_per_s", MIN_STRIDES_PRESSURE);
    let conditions = Conditions {
        imputed: measured.series.conditions.imputed,
        speed_m_per_s: speed.ok().map(|e| e.value),
    };
    let feet = Side::BOTH.into_iter().flat_map(|side| {
        let foot = Foot {
            measured,
            layout: worn.layout_id,
            side,
        };
        [foot.arch(&conditions), foot.medial_lateral(&conditions)]
    });
    let imputed = conditions.imputed;
    let regions = worn.shares.iter().filter(|_| !imputed).filter_map(regional);
    feet.flatten().chain(regions).collect()
}

/// 1.645 SD above the mean lies the 95th percentile of a normal distribution.
const P95_SD: f64 = 1.645;
/// Standard deviation of a region's share from stride to stride, percentage points: the largest of the eight regions over
/// the control walks at hand (A, rounded up).
const STRIDE_SD_PCT: f64 = 4.0;

/// A region above the 95th percentile of the reference group by more than its uncertainty.
fn regional(share: &RegionShare) -> Option<Observation> {
    let (mean, sd) = (share.reference_mean_pct?, share.reference_sd_pct?);
    if share.n < MIN_STRIDES_PRESSURE {
        return None;
    }
    // n^(1/2) effective strides (docs/GAIT.md, uncertainty).
    let se = STRIDE_SD_PCT / (share.n as f64).powf(0.25);
    let limit = mean + P95_SD * sd;
    if share.share_pct - SURE * se <= limit {
        return None;
    }
    let cohort = norms().cohorts.get("gaitpdb-controls")?;
    let (side, region) = (share.side, share.region.replace('_', " "));
    let evidence = Evidence {
        metric: format!("impulse_share_{}_{}", share.side, share.region),
        value: share.share_pct,
        unit: "% of the foot's load".to_owned(),
        se,
        n: share.n,
        limit: Some(limit),
        reference: format!(
            "95 of 100 people of the reference group stay below this ({}, n = {}, age {:.0} to {:.0}, the same sensor layout; from mean and SD)",
            cohort.title, cohort.n, cohort.age_low_y, cohort.age_high_y
        ),
        source: cohort.source.clone(),
        standing: cohort.standing.clone(),
    };
    Some(Observation {
        id: "regional_load_high".to_owned(),
        sentence: format!(
            "The {side} {region} carries {:.0} % of the foot's load, more than in nearly all people of the reference group.",
            share.share_pct
        ),
        evidence: vec![evidence],
        could_also_be: owned(WAY_COULD_BE),
        would_raise_confidence: owned(SURER),
        confidence: if share.n >= MANY_STRIDES {
            Confidence::Medium
        } else {
            Confidence::Low
        },
    })
}

struct Foot<'a> {
    measured: Measured<'a>,
    layout: &'a str,
    side: Side,
}

/// A measure of a foot with its reference.
struct Judged {
    id: &'static str,
    estimate: Estimate,
    reference: &'static PlantarReference,
    cohort: &'static Cohort,
}

impl Judged {
    fn fifths(&self) -> Fifths {
        let r = self.reference;
        Fifths {
            p20: r.p20.unwrap_or(r.mean - FIFTH_SD * r.sd),
            p80: r.p80.unwrap_or(r.mean + FIFTH_SD * r.sd),
        }
    }

    fn pair(&self) -> (&Estimate, Option<Fifths>) {
        (&self.estimate, Some(self.fifths()))
    }

    fn evidence(&self) -> Evidence {
        let Fifths { p20, p80 } = self.fifths();
        let high = self.estimate.value >= f64::midpoint(p20, p80);
        let share = if high {
            "four of five people of the reference group lie below this"
        } else {
            "four of five people of the reference group lie above this"
        };
        Evidence {
            metric: self.id.to_owned(),
            value: self.estimate.value,
            unit: metrics::def(self.id).map_or_else(String::new, |d| d.unit.to_owned()),
            se: self.estimate.se,
            n: self.estimate.n,
            limit: Some(if high { p80 } else { p20 }),
            reference: format!(
                "{share} ({}, n = {}, age {:.0} to {:.0}, the same sensor layout)",
                self.cohort.title, self.cohort.n, self.cohort.age_low_y, self.cohort.age_high_y
            ),
            source: self.cohort.source.clone(),
            standing: self.cohort.standing.clone(),
        }
    }
}

impl Foot<'_> {
    fn judged(&self, id: &'static str) -> Option<Judged> {
        let moments = self.measured.metrics.get(id)?.foot(self.side)?;
        let reference = norms().plantar(id, self.layout)?;
        (moments.n >= MIN_STRIDES_PRESSURE).then_some(())?;
        Some(Judged {
            id,
            estimate: Estimate {
                value: moments.mean,
                se: moments.se_mean()?,
                n: moments.n,
                flags: Flags::default(),
            },
            reference,
            cohort: norms().cohorts.get(&reference.cohort)?,
        })
    }

    fn arch(&self, conditions: &Conditions) -> Option<Observation> {
        let (malr, mid) = (self.judged("malr")?, self.judged("mid_load")?);
        let side = self.side;
        let (id, sentence) = match patterns::arch(malr.pair(), mid.pair(), conditions) {
            Pattern::LowOrMedial => (
                "low_arch_loading_pattern",
                format!(
                    "The {side} midfoot and its inner side carry more of the load than in four of five people of the reference group: a low-arch loading pattern."
                ),
            ),
            Pattern::HighOrLateral => (
                "high_arch_loading_pattern",
                format!(
                    "The {side} midfoot and its inner side carry less of the load than in four of five people of the reference group: a high-arch loading pattern."
                ),
            ),
            Pattern::Neutral | Pattern::Indeterminate(_) => return None,
        };
        Some(observation(id, sentence, &[malr, mid], ARCH_COULD_BE))
    }

    fn medial_lateral(&self, conditions: &Conditions) -> Option<Observation> {
        let cpei = self.judged("cpei_pct")?;
        let shares: Vec<Judged> = ["fmlr", "mlr"]
            .into_iter()
            .filter_map(|id| self.judged(id))
            .collect();
        let pairs: Vec<_> = shares.iter().map(Judged::pair).collect();
        let side = self.side;
        let (id, sentence) = match patterns::medial_lateral(cpei.pair(), &pairs, conditions) {
            Pattern::LowOrMedial => (
                "medial_loading_pattern",
                format!(
                    "Under the {side} foot the load takes a way further to the inner side than in four of five people of the reference group."
                ),
            ),
            Pattern::HighOrLateral => (
                "lateral_loading_pattern",
                format!(
                    "Under the {side} foot the load takes a way further to the outer side than in four of five people of the reference group."
                ),
            ),
            Pattern::Neutral | Pattern::Indeterminate(_) => return None,
        };
        let mut judged = vec![cpei];
        judged.extend(shares);
        Some(observation(id, sentence, &judged, WAY_COULD_BE))
    }
}

const ARCH_COULD_BE: &[&str] = &[
    "a shoe or an insole that presses on the arch or leaves it free",
    "an insole that lies further in or out than usual",
    "walking slower or faster than the reference group",
    "a habit without any complaint",
];

const WAY_COULD_BE: &[&str] = &[
    "an insole that lies further in or out, or turned",
    "a worn or tilted sole",
    "caution on one part of the foot",
    "a habit without any complaint",
];

const SURER: &[&str] = &[
    "the same pattern on several days and in other shoes",
    "a look at how the insoles lie",
    "an examination of the foot by the clinic: load and shape agree only in part",
];

fn observation(
    id: &str,
    sentence: String,
    judged: &[Judged],
    could_also_be: &[&str],
) -> Observation {
    let n = judged.iter().map(|j| j.estimate.n).min().unwrap_or(0);
    Observation {
        id: id.to_owned(),
        sentence,
        evidence: judged.iter().map(Judged::evidence).collect(),
        could_also_be: owned(could_also_be),
        would_raise_confidence: owned(SURER),
        // An outer fifth is no rarity, whatever the number of strides.
        confidence: if n >= MANY_STRIDES {
            Confidence::Medium
        } else {
            Confidence::Low
        },
    }
}
