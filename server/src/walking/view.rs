//! What the pages of walking show, in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::footmap::{self, FootMaps};
use super::measures::{self, MeasureGroup};
use super::topics::{self, Topic};
use super::trend::{self, TrendPoint};
use crate::http::format;
use crate::patients::assessment::{
    self, StoredAssessment, StoredContribution, StoredEvidence, StoredObservation,
};
use crate::store::insoles::InsoleSession;

/// In which zone and as of when things are told.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The patient's zone.
    pub zone: &'a TimeZone,
    /// Now.
    pub now: Timestamp,
}

/// A row of the table of sessions.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its id, as its address has it.
    pub id: uuid::Uuid,
    /// When it began.
    pub when: String,
    /// How long ago.
    pub age: String,
    /// Index ± standard error.
    pub score: Option<String>,
    /// Valid strides of both feet.
    pub strides: i64,
    /// Worn, recorded or simulated.
    pub source: String,
    /// Engine and norms.
    pub versions: String,
}

impl SessionRow {
    /// The row of a stored session.
    pub fn of(row: &InsoleSession, seen: Seen<'_>) -> Self {
        Self {
            id: uuid::Uuid::from_bytes(*row.session_id.bytes()),
            when: format::date_time(row.started_at.timestamp(), seen.zone),
            age: format::ago(row.started_at.timestamp(), seen.now),
            score: score(row.score, row.score_se),
            strides: row.strides,
            source: row.source.clone(),
            versions: format!("{} / {}", row.engine_version, row.norms_version),
        }
    }
}

/// `93 ± 4`.
pub fn score(score: Option<f64>, se: Option<f64>) -> Option<String> {
    score
        .zip(se)
        .map(|(score, se)| format::plus_minus(score, se))
}

/// The index of sessions over time; nothing when none has one.
pub fn trend(sessions: &[InsoleSession], zone: &TimeZone) -> Option<String> {
    let points: Vec<TrendPoint> = sessions
        .iter()
        .map(|row| TrendPoint {
            at: row.started_at.timestamp(),
            score: row.score.zip(row.score_se),
            source: row.source.clone(),
        })
        .collect();
    trend::svg(&points, zone)
}

/// A number behind an observation.
#[derive(Debug, Clone)]
pub struct EvidenceRow {
    /// Name of the measure.
    pub metric: String,
    /// Value ± standard error with its unit.
    pub value: String,
    /// Strides.
    pub n: u64,
    /// The limit it passed.
    pub limit: Option<String>,
    /// What the limit is.
    pub reference: String,
    /// Where it comes from.
    pub source: String,
    /// What it rests on.
    pub standing: &'static str,
}

impl EvidenceRow {
    fn of(evidence: &StoredEvidence) -> Self {
        Self {
            metric: assessment::metric_words(&evidence.metric),
            value: format!(
                "{} {}",
                format::plus_minus(evidence.value, evidence.se),
                evidence.unit
            ),
            n: evidence.n,
            limit: evidence
                .limit
                .map(|limit| format!("{} {}", format::number(limit, 2), evidence.unit)),
            reference: evidence.reference.clone(),
            source: evidence.source.clone(),
            standing: assessment::standing_words(&evidence.standing),
        }
    }
}

/// An observation with its evidence.
#[derive(Debug, Clone)]
pub struct ObservationView {
    /// What was seen.
    pub sentence: String,
    /// low, medium or high.
    pub confidence: String,
    /// The numbers.
    pub evidence: Vec<EvidenceRow>,
    /// What else looks the same.
    pub could_also_be: Vec<String>,
    /// What would make it surer.
    pub would_raise_confidence: Vec<String>,
    /// What the clinic teaches about it, and what is known.
    pub topic: Option<&'static Topic>,
}

impl From<StoredObservation> for ObservationView {
    fn from(stored: StoredObservation) -> Self {
        Self {
            topic: topics::of_observation(&stored.id),
            sentence: stored.sentence,
            confidence: stored.confidence,
            evidence: stored.evidence.iter().map(EvidenceRow::of).collect(),
            could_also_be: stored.could_also_be,
            would_raise_confidence: stored.would_raise_confidence,
        }
    }
}

/// One part of a score.
#[derive(Debug, Clone)]
pub struct ComponentRow {
    /// Name of the measure.
    pub metric: String,
    /// Value with its unit.
    pub value: String,
    /// Distance from the reference mean.
    pub distance: String,
    /// Share of the squared distance.
    pub share: String,
}

fn component(part: &StoredContribution) -> ComponentRow {
    let unit = gait::metrics::def(&part.id).map_or("", |def| def.unit);
    ComponentRow {
        metric: assessment::metric_words(&part.id),
        value: format!("{} {unit}", format::number(part.value, 2)),
        distance: format::fixed(part.z, 1),
        share: format!("{:.0} %", part.share_pct),
    }
}

/// One session in detail.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// The session as the table has it.
    pub row: SessionRow,
    /// Why there is no score.
    pub absent: &'static str,
    /// Parts present of all.
    pub coverage: String,
    /// Whom it compares with.
    pub reference: Option<String>,
    /// What the index is made of.
    pub components: Vec<ComponentRow>,
    /// What it means that there is no observation.
    pub nothing: String,
    /// Observations, strongest first.
    pub observations: Vec<ObservationView>,
    /// What was measured; empty for a summary that this version cannot read.
    pub measures: Vec<MeasureGroup>,
    /// Where the load lay under the feet.
    pub feet: FootMaps,
}

impl SessionView {
    /// Everything of a stored session.
    pub fn of(row: &InsoleSession, seen: Seen<'_>) -> Self {
        let read = assessment::shown(row);
        let nothing = nothing_words(read.as_ref());
        let StoredAssessment {
            score: stored,
            observations,
        } = read.unwrap_or_default();
        let reference = &stored.reference;
        Self {
            row: SessionRow::of(row, seen),
            absent: assessment::absent_words(stored.absent.as_deref().unwrap_or_default()),
            coverage: format!("{} of {}", stored.coverage, stored.components_total),
            reference: (!reference.title.is_empty()).then(|| {
                format!(
                    "{}, n = {}, age {:.0} to {:.0}; {} ({})",
                    reference.title,
                    reference.n,
                    reference.age_low_y,
                    reference.age_high_y,
                    reference.source,
                    assessment::standing_words(&reference.standing)
                )
            }),
            components: stored.components.iter().map(component).collect(),
            nothing,
            observations: observations
                .into_iter()
                .map(ObservationView::from)
                .collect(),
            measures: measures::groups(&row.summary),
            feet: footmap::of_session(row),
        }
    }
}

/// No observation is not the same as nothing to see: what could not be compared is said.
fn nothing_words(read: Option<&StoredAssessment>) -> String {
    match read.map(|read| read.score.absent.as_deref()) {
        None => "The assessment of this session cannot be read by this version.".to_owned(),
        Some(Some(absent)) => {
            format!(
                "Nothing stands out in what could be compared: {}.",
                assessment::absent_words(absent)
            )
        }
        Some(None) => {
            "Nothing stands out against the reference group by more than its own uncertainty."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_observation_says_what_could_not_be_compared() {
        let words = |text: &str| nothing_words(assessment::parse(text).as_ref());
        assert!(words("{}").starts_with("Nothing stands out against"));
        assert!(
            words(r#"{"score":{"absent":"too_few_components"}}"#)
                .ends_with("too few strides for a score.")
        );
        assert!(words("damaged").contains("cannot be read"));
    }
}
