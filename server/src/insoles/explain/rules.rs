//! The explanation of one session's score: pure, from its stored row.

use gait::SessionSummary;
use gait::norms::{Component as Scale, Transform, norms};
use gait::summary::FootCounts;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::stored::{self, Component, Score};
use crate::error::{Error, Result};
use crate::http::format::number;
use crate::insoles::quality::{self, Reason};
use crate::patients::assessment::metric_words;
use crate::store::insoles::InsoleSession;

/// Contributions for which it is said what another value would change.
const NAMED: usize = 2;

/// Which versions judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScoreVersion {
    /// Of the engine.
    pub engine: String,
    /// Of the reference values.
    pub norms: String,
}

impl ScoreVersion {
    fn current() -> Self {
        Self {
            engine: gait::ENGINE_VERSION.to_owned(),
            norms: norms().version.clone(),
        }
    }
}

/// A score with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ExplainedScore {
    /// Points, not clipped.
    pub points: f64,
    /// Points clipped to 0 to 100, for display.
    pub display: f64,
    /// Standard error, points.
    pub se: f64,
    /// Smallest difference between two such scores that is more than measurement error (95 %), points.
    pub smallest_change: f64,
    /// Strides behind it, of the foot with fewer.
    pub strides: u64,
}

impl ExplainedScore {
    fn of(value: stored::Value) -> Self {
        Self {
            points: value.points,
            display: value.display,
            se: value.se,
            smallest_change: value.smallest_change,
            strides: value.n,
        }
    }
}

/// A reason against a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedReason {
    /// The code.
    pub code: Reason,
    /// In words.
    #[schema(value_type = String)]
    pub words: &'static str,
}

/// What the score was computed from.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Inputs {
    /// The sessions: one score is of one session.
    #[schema(value_type = Vec<String>)]
    pub sessions: Vec<uuid::Uuid>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Seconds recorded.
    pub duration_s: f64,
    /// Seconds of walking in bouts.
    pub walking_s: f64,
    /// Steps seen.
    pub steps: FootCounts,
    /// Strides in the metrics.
    pub strides_used: FootCounts,
}

/// Which side of the reference mean a value lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Above.
    Above,
    /// Below.
    Below,
    /// On it.
    At,
}

/// Where two thirds of the reference group lie: the mean and one standard deviation to either side, in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// Mean.
    pub mean: f64,
    /// Upper end.
    pub high: f64,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExplainedPart {
    /// Metric id.
    pub metric: String,
    /// Its name in words.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Unit in words.
    pub unit: String,
    /// Which side of the reference mean it lies on.
    pub sign: Sign,
    /// Distance from the reference mean in the group's standard deviations, after the part's transformation.
    pub z: f64,
    /// Standard error of `z`.
    pub z_se: f64,
    /// Share of the squared distance, percent.
    pub share_pct: f64,
    /// One of the two largest.
    pub largest: bool,
    /// Where the reference group lies; null for reference values of another version.
    pub band: Option<Band>,
}

/// Whom the score compares with.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExplainedReference {
    /// Who they are.
    pub title: String,
    /// Where the data come from.
    pub source: String,
    /// D (computed by us), S (published) or A (a choice).
    pub standing: String,
    /// People.
    pub n: u64,
    /// Youngest, years.
    pub age_low_y: f64,
    /// Oldest, years.
    pub age_high_y: f64,
}

/// Quality of the signal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExplainedQuality {
    /// Missing samples of the left and of the right foot, percent.
    #[schema(value_type = Vec<f64>)]
    pub missing_pct: [f64; 2],
    /// How well the clocks of the insoles agree, ms; null when not known.
    pub sync_ms: Option<f64>,
    /// Sensors that did not work.
    pub dead_sensors: Vec<String>,
    /// What was noticed.
    pub flags: Vec<String>,
    /// Parts of the score that were present.
    pub parts_present: u64,
    /// Parts there are.
    pub parts_total: u64,
    /// Parts that were not measured, in words.
    pub parts_missing: Vec<String>,
}

/// The score as the engine of today computes it, beside the one that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurrentScore {
    /// Its versions.
    pub version: ScoreVersion,
    /// The score; null when there is none.
    pub score: Option<ExplainedScore>,
    /// What it is made of.
    pub contributions: Vec<ExplainedPart>,
}

/// Why a score is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Explanation {
    /// The score that is kept; null when there is none.
    pub score: Option<ExplainedScore>,
    /// Why there is none; empty when there is one.
    pub reasons: Vec<ExplainedReason>,
    /// Which versions made it.
    pub version: ScoreVersion,
    /// What it was computed from.
    pub inputs: Inputs,
    /// What it is made of, the largest distance first; empty without a score.
    pub contributions: Vec<ExplainedPart>,
    /// Whom it compares with.
    pub reference: ExplainedReference,
    /// How good the signal was.
    pub quality: ExplainedQuality,
    /// What would raise it.
    pub would_raise: Vec<String>,
    /// Whether the stored inputs give the stored number again, to the last bit; null when another version made it.
    pub reproduced: Option<bool>,
    /// What the engine of today makes of the same inputs; absent when it is the one that made the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentScore>,
}

/// Explains a stored session.
///
/// # Errors
/// Conflict when the summary is of a schema this version does not read.
pub fn explain(row: &InsoleSession) -> Result<Explanation> {
    let summary: SessionSummary = serde_json::from_str(&row.summary).map_err(|_| {
        Error::detailed(
            crate::error::Code::Conflict,
            "the session was stored in a form this version does not read",
        )
    })?;
    let kept = stored::read(&row.assessment).score;
    let again = serde_json::to_string(&gait::assess(&summary)).map_err(Error::internal)?;
    let again = stored::read(&again).score;
    let version = ScoreVersion {
        engine: row.engine_version.clone(),
        norms: row.norms_version.clone(),
    };
    let same_version = version == ScoreVersion::current();
    let reasons = quality::from_text(row.reasons.as_deref());
    let has_score = row.score.is_some();
    Ok(Explanation {
        score: kept.value.filter(|_| has_score).map(ExplainedScore::of),
        contributions: parts(&kept, same_version, has_score),
        would_raise: would_raise(&kept, &reasons, has_score && same_version),
        reproduced: same_version.then(|| is_reproduced(row, &kept, &again)),
        current: (!same_version).then(|| CurrentScore {
            version: ScoreVersion::current(),
            score: again
                .value
                .filter(|_| reasons.is_empty())
                .map(ExplainedScore::of),
            contributions: parts(&again, true, reasons.is_empty()),
        }),
        inputs: inputs(row, &summary),
        reference: reference(&kept),
        quality: signal(&summary, &kept),
        reasons: reasons
            .into_iter()
            .map(|code| ExplainedReason {
                code,
                words: code.words(),
            })
            .collect(),
        version,
    })
}

/// Equal to the last bit: what was made when the session came in, what is made of it now, and what is shown, if any is.
fn is_reproduced(row: &InsoleSession, kept: &Score, again: &Score) -> bool {
    let bits = |score: &Score| {
        score
            .value
            .map(|value| (value.points.to_bits(), value.se.to_bits()))
    };
    let shown = row.score.zip(row.score_se);
    let shown = shown.map(|(points, se)| (points.to_bits(), se.to_bits()));
    let shown_is_kept = shown.is_none() || shown == bits(kept);
    bits(kept) == bits(again) && kept.components == again.components && shown_is_kept
}

fn inputs(row: &InsoleSession, summary: &SessionSummary) -> Inputs {
    Inputs {
        sessions: vec![uuid::Uuid::from_bytes(*row.session_id.bytes())],
        started_at: row.started_at.timestamp(),
        duration_s: summary.duration_s,
        walking_s: summary.bouts.total_s(),
        steps: summary.steps,
        strides_used: FootCounts {
            left: summary.strides.left.used,
            right: summary.strides.right.used,
        },
    }
}

fn parts(score: &Score, same_norms: bool, shown: bool) -> Vec<ExplainedPart> {
    let parts = score.components.iter().filter(|_| shown);
    parts.map(|one| part(one, same_norms)).collect()
}

fn part(component: &Component, same_norms: bool) -> ExplainedPart {
    let sign = if component.z > 0.0 {
        Sign::Above
    } else if component.z < 0.0 {
        Sign::Below
    } else {
        Sign::At
    };
    ExplainedPart {
        name: metric_words(&component.id),
        unit: unit(&component.id).to_owned(),
        band: scale(&component.id).filter(|_| same_norms).map(band),
        metric: component.id.clone(),
        value: component.value,
        sign,
        z: component.z,
        z_se: component.z_se,
        share_pct: component.share_pct,
        largest: component.largest,
    }
}

fn unit(metric: &str) -> &'static str {
    gait::metrics::def(metric).map_or("", |def| def.unit)
}

fn scale(metric: &str) -> Option<&'static Scale> {
    norms().grsi.component.iter().find(|one| one.id == metric)
}

/// The reference band in the metric's unit: the part's transformation undone.
fn band(scale: &Scale) -> Band {
    let undone = |transformed: f64| match scale.transform {
        Transform::Ln => transformed.exp(),
        Transform::Sqrt => transformed.max(0.0).powi(2),
        Transform::None => transformed,
    };
    Band {
        low: undone(scale.mean - scale.sd),
        mean: undone(scale.mean),
        high: undone(scale.mean + scale.sd),
    }
}

fn reference(score: &Score) -> ExplainedReference {
    let reference = &score.reference;
    ExplainedReference {
        title: reference.title.clone(),
        source: reference.source.clone(),
        standing: reference.standing.clone(),
        n: reference.n,
        age_low_y: reference.age_low_y,
        age_high_y: reference.age_high_y,
    }
}

fn signal(summary: &SessionSummary, score: &Score) -> ExplainedQuality {
    let quality = &summary.quality;
    let present = |id: &str| score.components.iter().any(|one| one.id == id);
    let all = norms().grsi.component.iter();
    ExplainedQuality {
        missing_pct: quality.missing_pct,
        sync_ms: quality.sync_ms,
        dead_sensors: quality.dead_sensors.clone(),
        flags: quality.flags.clone(),
        parts_present: score.coverage,
        parts_total: score.components_total,
        parts_missing: all
            .filter(|one| !present(&one.id))
            .map(|one| metric_words(&one.id))
            .collect(),
    }
}

/// What the index would be if one part lay on the reference mean and all others stayed as they are: the formula of
/// docs/GAIT.md once more. `None` where no distance would be left.
fn points_at_reference(score: &Score, component: &Component) -> Option<f64> {
    let sum: f64 = score.components.iter().map(|one| one.z * one.z).sum();
    let rest = (sum - component.z * component.z) / score.components.len() as f64;
    let scale = &norms().grsi.ln_distance;
    let points = 100.0 - 10.0 * (rest.sqrt().ln() - scale.mean) / scale.sd;
    (rest > 0.0 && points.is_finite()).then_some(points)
}

fn would_raise(score: &Score, reasons: &[Reason], can_compute: bool) -> Vec<String> {
    if !reasons.is_empty() {
        return reasons.iter().map(|one| one.advice().to_owned()).collect();
    }
    let named = score.components.iter().take(NAMED).filter(|_| can_compute);
    named
        .filter_map(|component| {
            let band = band(scale(&component.id)?);
            let points = points_at_reference(score, component)?;
            Some(format!(
                "{} nearer to {} {} (it was {}): with that alone the index would be {}",
                metric_words(&component.id),
                number(band.mean, 2),
                unit(&component.id),
                number(component.value, 2),
                number(points, 1),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(z: &[f64]) -> Score {
        let part = |z: &f64| Component {
            id: "stance_pct".to_owned(),
            z: *z,
            ..Component::default()
        };
        Score {
            components: z.iter().map(part).collect(),
            ..Score::default()
        }
    }

    #[test]
    fn a_part_on_the_reference_leaves_the_distance_of_the_others() {
        let three = score(&[2.0, 1.0, 1.0]);
        let raised = points_at_reference(&three, &three.components[0]).unwrap();
        let scale = &norms().grsi.ln_distance;
        let expected = 100.0 - 10.0 * ((2.0_f64 / 3.0).sqrt().ln() - scale.mean) / scale.sd;
        assert!((raised - expected).abs() < 1e-12);
        let one = score(&[2.0]);
        assert_eq!(points_at_reference(&one, &one.components[0]), None);
    }

    #[test]
    fn bands_are_in_the_metrics_unit() {
        for scale in &norms().grsi.component {
            let band = band(scale);
            assert!(
                band.low < band.mean && band.mean < band.high,
                "{}",
                scale.id
            );
        }
        // ln of the variability of stride time has mean 0.81: 2.25 %.
        let cv = band(scale("stride_time_cv_pct").unwrap());
        assert!((2.0..2.6).contains(&cv.mean), "{cv:?}");
    }
}
