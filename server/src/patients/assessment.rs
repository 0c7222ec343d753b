//! A stored assessment as pages read it: tolerant of what other engine versions left out.

use gait::change::effect::{IMPULSE_SHARE, PEAK_PRESSURE};
use serde::Deserialize;

use crate::insoles::quality::{self, Reason};
use crate::store::insoles::InsoleSession;
use crate::walking::footmap::region_words;

/// Score and observations of a session.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StoredAssessment {
    /// The score with what it is made of.
    pub score: StoredScore,
    /// Observations, strongest first.
    pub observations: Vec<StoredObservation>,
}

/// A score.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StoredScore {
    /// Why there is none.
    pub absent: Option<String>,
    /// Components present.
    pub coverage: u64,
    /// Components there are.
    pub components_total: u64,
    /// What it is made of, largest deviation first.
    pub components: Vec<StoredContribution>,
    /// Whom it compares with.
    pub reference: StoredReference,
}

/// One component of a score.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StoredContribution {
    /// Metric id.
    pub id: String,
    /// Value in the metric's unit.
    pub value: f64,
    /// Distance from the reference mean in its standard deviations.
    pub z: f64,
    /// Share of the squared distance, percent.
    pub share_pct: f64,
}

/// The reference group.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StoredReference {
    /// Who they are.
    pub title: String,
    /// Where the data come from.
    pub source: String,
    /// D, S or A.
    pub standing: String,
    /// People.
    pub n: u64,
    /// Youngest, years.
    pub age_low_y: f64,
    /// Oldest, years.
    pub age_high_y: f64,
}

/// One observation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StoredObservation {
    /// Stable id.
    pub id: String,
    /// One plain sentence.
    pub sentence: String,
    /// What it rests on.
    pub evidence: Vec<StoredEvidence>,
    /// What else looks the same.
    pub could_also_be: Vec<String>,
    /// What would make it surer.
    pub would_raise_confidence: Vec<String>,
    /// low, medium or high.
    pub confidence: String,
}

/// A number behind an observation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StoredEvidence {
    /// Metric id.
    pub metric: String,
    /// Value.
    pub value: f64,
    /// Unit in words.
    pub unit: String,
    /// Standard error.
    pub se: f64,
    /// Strides.
    pub n: u64,
    /// The limit it passed.
    pub limit: Option<f64>,
    /// What the limit is.
    pub reference: String,
    /// Where it comes from.
    pub source: String,
    /// D, S or A.
    pub standing: String,
}

/// Reads a stored assessment; `None` when it is not one.
pub fn parse(text: &str) -> Option<StoredAssessment> {
    serde_json::from_str(text).ok()
}

/// Reads a session's assessment as it is shown beside the reasons against its score.
pub fn shown(row: &InsoleSession) -> Option<StoredAssessment> {
    let reasons = quality::from_text(row.reasons.as_deref());
    parse(&quality::shown_assessment(&row.assessment, &reasons).ok()?)
}

/// A metric's id as a person reads it: `stride_time_cv_pct` is `stride time variability (CV)`; the unit stands beside
/// the value.
pub fn metric_words(id: &str) -> String {
    if let Some(words) = region_metric(id) {
        return words;
    }
    let units = [
        "_mm_per_steps_per_min",
        "_steps_per_min",
        "_pct_s_per_m",
        "_bw_per_s",
        "_m_per_s",
        "_bw_s",
        "_pct",
        "_deg",
        "_bw",
        "_s",
        "_m",
    ];
    let bare = units.iter().find_map(|unit| id.strip_suffix(unit));
    let bare = bare.unwrap_or(id);
    let (prefix, name) = bare
        .strip_prefix("si_")
        .map_or(("", bare), |rest| ("symmetry index, ", rest));
    let words = match name {
        "pci" => "phase coordination index",
        "pci_per_speed" => "phase coordination index per speed",
        "ga" => "gait asymmetry",
        "f1" => "first force peak",
        "fv" => "force between the peaks",
        "f2" => "second force peak",
        "cpei" => "centre of pressure excursion index",
        "malr" => "medial arch share of the midfoot load",
        "mid_load" => "midfoot share of the load",
        "mlr" => "medial share of the load",
        "fmlr" => "medial share of the forefoot load",
        "forefoot_share" => "forefoot and toe share of the load",
        "dfa_alpha" => "long memory of stride time (DFA)",
        "atypical_cycle" => "stances in another order than heel, flat, push-off",
        "stride_time_mad_cv" => "stride time variability (robust)",
        "clearance" => "height of the foot in swing",
        "contact_pitch" => "toes up at contact",
        other => return prefix.to_owned() + &plain_words(other),
    };
    prefix.to_owned() + words
}

/// A measure of one region of one foot: `impulse_share_left_mth1` is `left ball of the big toe, share of the load`.
fn region_metric(id: &str) -> Option<String> {
    let measures = [
        (IMPULSE_SHARE, "share of the load"),
        (PEAK_PRESSURE, "peak pressure"),
    ];
    measures.into_iter().find_map(|(prefix, what)| {
        let (side, region) = id.strip_prefix(prefix)?.split_once('_')?;
        Some(format!("{side} {}, {what}", region_words(region)))
    })
}

fn plain_words(name: &str) -> String {
    let words = name.replace('_', " ");
    match words.strip_suffix(" cv") {
        Some(rest) => format!("{rest} variability (CV)"),
        None => words,
    }
}

/// What the standing of a reference means.
pub fn standing_words(standing: &str) -> &'static str {
    match standing {
        "D" => "computed from public recordings with this method",
        "S" => "published",
        "A" => "a design choice",
        _ => "standing not stated",
    }
}

/// Why there is no score, in words.
pub fn absent_words(absent: &str) -> &'static str {
    let reason = |code: &str| serde_json::from_value::<Reason>(code.into()).ok();
    match absent {
        "too_few_components" => "too few strides for a score",
        code => reason(code).map_or("no score", Reason::words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_empty_and_what_is_no_assessment_is_none() {
        let read = parse(
            r#"{"engine_version":"1","score":{"value":{"points":91.5,"se":4.2},"coverage":9}}"#,
        )
        .unwrap();
        assert_eq!((read.score.coverage, read.observations.len()), (9, 0));
        assert_eq!(parse("7"), None);
    }

    #[test]
    fn evidence_reads_back() {
        let text = r#"{"observations":[{"id":"x","sentence":"S.","confidence":"low","evidence":[
            {"metric":"stride_time_cv_pct","value":3.1,"unit":"%","se":0.2,"n":80,"limit":2.9,"reference":"r","source":"s","standing":"D"}]}]}"#;
        let read = parse(text).unwrap();
        assert_eq!(read.observations[0].evidence[0].limit, Some(2.9));
        assert_eq!(
            metric_words(&read.observations[0].evidence[0].metric),
            "stride time variability (CV)"
        );
    }

    #[test]
    fn regions_of_a_foot_read_as_words() {
        assert_eq!(
            metric_words("impulse_share_left_mth1"),
            "left ball of the big toe, share of the load"
        );
        assert_eq!(
            metric_words("peak_pressure_kpa_right_heel_lateral"),
            "right heel, outer side, peak pressure"
        );
    }

    #[test]
    fn metrics_read_as_words() {
        let words = [
            "si_swing_pct",
            "double_support_pct",
            "pci_pct",
            "cadence_steps_per_min",
            "si_f1_pct",
        ]
        .map(metric_words);
        assert_eq!(
            words,
            [
                "symmetry index, swing",
                "double support",
                "phase coordination index",
                "cadence",
                "symmetry index, first force peak"
            ]
        );
    }
}
