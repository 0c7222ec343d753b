//! Which template a finding of the insoles suggests: pure. A suggestion is an alert that a clinician accepts, by publishing
//! with it, or rejects with a reason; what was decided is put again only on more than was seen then.

pub mod api;
pub mod pages;
pub mod service;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::spec::PlanItemSpec;
use super::templates::{Confidence, Template, suggested_by};
use crate::patients::assessment::StoredObservation;
use crate::store::types::SessionId;

/// Two values differ when they are this many standard errors of their difference apart (two-sided 95 %).
const APART: f64 = 1.96;

/// A number behind an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeenValue {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// What the limit is.
    pub reference: String,
    /// Where it comes from.
    pub source: String,
    /// D computed with this method, S published, A a design choice.
    pub standing: String,
}

/// What a suggestion rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// The observation.
    pub observation: String,
    /// In one plain sentence.
    pub sentence: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The session that shows it.
    pub session: SessionId,
    /// When that began.
    #[schema(value_type = String, format = DateTime)]
    pub session_at: Timestamp,
    /// Its numbers.
    pub values: Vec<SeenValue>,
    /// What else looks the same.
    #[serde(default)]
    pub could_also_be: Vec<String>,
    /// The key of the template.
    pub template: String,
    /// The version of the template, and of what suggests it.
    pub template_version: String,
}

/// The newest session that could be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Newest {
    /// Which.
    pub session: SessionId,
    /// When it began.
    pub at: Timestamp,
    /// What it shows, strongest first.
    pub observations: Vec<StoredObservation>,
}

/// What the newest session suggests: the template of each observation that is sure enough, unless the plan has all its
/// exercises, or it was decided on by no less than is seen now.
pub fn suggested(newest: &Newest, plan: &[PlanItemSpec], decided: &[Evidence]) -> Vec<Evidence> {
    let mut told = BTreeSet::new();
    let mut all = Vec::new();
    for seen in &newest.observations {
        // Of one observation about both feet the stronger counts.
        if !told.insert(seen.id.as_str()) {
            continue;
        }
        let Some(confidence) = Confidence::from_name(&seen.confidence) else {
            continue;
        };
        let Some(template) = suggested_by(&seen.id, confidence) else {
            continue;
        };
        if is_covered(&template, plan) {
            continue;
        }
        let evidence = evidence(newest, seen, confidence, &template);
        let before = decided
            .iter()
            .filter(|one| one.observation == evidence.observation);
        if before.into_iter().all(|before| is_more(before, &evidence)) {
            all.push(evidence);
        }
    }
    all
}

/// Whether a plan has every exercise of a template.
pub fn is_covered(template: &Template, plan: &[PlanItemSpec]) -> bool {
    let has = |exercise: &str| plan.iter().any(|item| item.exercise == exercise);
    template.lines.iter().all(|line| has(&line.exercise))
}

fn evidence(
    newest: &Newest,
    seen: &StoredObservation,
    confidence: Confidence,
    template: &Template,
) -> Evidence {
    let values = seen.evidence.iter().map(|one| SeenValue {
        metric: one.metric.clone(),
        value: one.value,
        unit: one.unit.clone(),
        se: one.se,
        n: one.n,
        limit: one.limit,
        reference: one.reference.clone(),
        source: one.source.clone(),
        standing: one.standing.clone(),
    });
    Evidence {
        observation: seen.id.clone(),
        sentence: seen.sentence.clone(),
        confidence,
        session: newest.session,
        session_at: newest.at,
        values: values.collect(),
        could_also_be: seen.could_also_be.clone(),
        template: template.id.clone(),
        template_version: template.version.clone(),
    }
}

/// Whether a later session shows more than what was decided on: it is surer, or a value lies further beyond its limit by
/// more than the uncertainty of both.
pub fn is_more(decided: &Evidence, now: &Evidence) -> bool {
    if now.session_at <= decided.session_at {
        return false;
    }
    if now.confidence > decided.confidence {
        return true;
    }
    now.values.iter().any(|value| {
        let mut before = decided.values.iter();
        let before = before.find(|before| before.metric == value.metric);
        before.is_some_and(|before| is_further(before, value))
    })
}

fn is_further(before: &SeenValue, now: &SeenValue) -> bool {
    let (Some(then_limit), Some(limit)) = (before.limit, now.limit) else {
        return false;
    };
    let grown =
        (now.value.abs() - limit.abs()).abs() - (before.value.abs() - then_limit.abs()).abs();
    grown > APART * before.se.hypot(now.se)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::patients::assessment::StoredEvidence;
    use crate::plans::templates::find_built_in;

    const SEEN: &str = "medial_loading_pattern";

    fn newest(at: i64, confidence: &str, value: f64) -> Newest {
        let evidence = StoredEvidence {
            metric: "mlr".to_owned(),
            value,
            se: 0.5,
            n: 120,
            limit: Some(10.0),
            ..StoredEvidence::default()
        };
        let observation = StoredObservation {
            id: SEEN.to_owned(),
            sentence: "The inner side bears more.".to_owned(),
            confidence: confidence.to_owned(),
            evidence: vec![evidence],
            ..StoredObservation::default()
        };
        Newest {
            session: SessionId::from([7; 16]),
            at: Timestamp::from_second(at).unwrap(),
            observations: vec![observation.clone(), observation],
        }
    }

    fn first(at: i64, confidence: &str, value: f64) -> Evidence {
        suggested(&newest(at, confidence, value), &[], &[]).remove(0)
    }

    #[test]
    fn a_sure_observation_suggests_its_template_once_with_its_numbers() {
        let all = suggested(&newest(100, "medium", 14.0), &[], &[]);
        assert_eq!(all.len(), 1, "both feet, one suggestion");
        assert_eq!(all[0].template, "hip-and-foot");
        assert_eq!((all[0].values[0].value, all[0].values[0].se), (14.0, 0.5));
        assert_eq!(suggested(&newest(100, "low", 14.0), &[], &[]), []);
        assert_eq!(suggested(&newest(100, "unheard-of", 14.0), &[], &[]), []);
    }

    #[test]
    fn what_the_plan_has_wholly_is_not_suggested() {
        let template = find_built_in("hip-and-foot").unwrap();
        let mut plan: Vec<_> = template
            .lines
            .iter()
            .map(|line| line.on(date(2026, 3, 2)))
            .collect();
        let newest = newest(100, "high", 14.0);
        assert_eq!(suggested(&newest, &plan, &[]), []);
        plan.pop();
        assert_eq!(suggested(&newest, &plan, &[]).len(), 1, "one is missing");
    }

    #[test]
    fn what_was_decided_returns_only_on_more_than_was_seen() {
        let decided = [first(100, "medium", 14.0)];
        let again = |at, confidence, value| {
            !suggested(&newest(at, confidence, value), &[], &decided).is_empty()
        };
        assert!(!again(200, "medium", 14.0), "the same in a later session");
        assert!(
            !again(200, "medium", 15.2),
            "further, within the uncertainty"
        );
        assert!(again(200, "medium", 15.5), "further than the uncertainty");
        assert!(!again(200, "medium", 11.0), "less");
        assert!(again(200, "high", 14.0), "surer");
        assert!(!again(100, "high", 20.0), "no later session");
        assert!(!again(99, "high", 20.0));
    }

    proptest! {
        /// Whoever decided is asked again only about more: what returned and is decided again does not return by itself.
        #[test]
        fn decisions_hold(values in proptest::collection::vec(10.1_f64..40.0, 1..12)) {
            let mut decided: Vec<Evidence> = Vec::new();
            for (value, at) in values.into_iter().zip(1_i64..) {
                for one in suggested(&newest(at, "medium", value), &[], &decided) {
                    for before in &decided {
                        prop_assert!(one.values[0].value > before.values[0].value + APART * 0.5);
                    }
                    decided.push(one);
                }
                prop_assert_eq!(suggested(&newest(at, "medium", value), &[], &decided), []);
            }
        }
    }
}
