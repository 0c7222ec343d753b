//! What waits for a clinician's decision beside the plan editor, in words: suggested templates, and doses by their rule.

use jiff::tz::TimeZone;

use super::levels::{self, Found, Proposal};
use super::suggest::service::{self as suggestions, Suggestion};
use super::templates::{self, Confidence};
use super::words;
use crate::app::App;
use crate::error::Result;
use crate::http::format;
use crate::patients::assessment::{metric_words, standing_words};
use crate::store::Scope;
use crate::store::suggestions::{DecisionKind, DecisionRow};
use crate::store::types::PatientId;

/// A number behind a suggestion.
pub(super) struct ValueRow {
    pub(super) metric: String,
    pub(super) value: String,
    pub(super) n: u64,
    pub(super) limit: Option<String>,
    pub(super) reference: String,
}

/// A suggested template.
pub(super) struct SuggestedView {
    pub(super) observation: String,
    pub(super) name: String,
    pub(super) template: String,
    pub(super) why: String,
    pub(super) evidence: String,
    pub(super) source: String,
    pub(super) sentence: String,
    pub(super) confidence: &'static str,
    pub(super) when: String,
    pub(super) version: String,
    pub(super) values: Vec<ValueRow>,
    pub(super) could_also_be: Vec<String>,
}

/// A dose a rule asks about.
pub(super) struct ProposalView {
    pub(super) exercise: String,
    pub(super) title: String,
    pub(super) what: String,
    pub(super) rule: String,
    pub(super) found: Option<String>,
    pub(super) since: String,
    pub(super) level: u32,
}

/// What is wrong with a rejection.
pub(super) struct Wrong {
    /// Of what: an observation, or an exercise.
    pub(super) about: String,
    pub(super) typed: String,
    pub(super) words: String,
}

/// Everything beside the editor.
pub(super) struct Decide {
    pub(super) templates: Vec<(String, String)>,
    pub(super) suggested: Vec<SuggestedView>,
    pub(super) decided: Vec<String>,
    pub(super) proposals: Vec<ProposalView>,
}

/// Reads it.
pub(super) async fn load(
    app: &App,
    scope: Scope,
    patient: PatientId,
    zone: &TimeZone,
) -> Result<Decide> {
    let offered = templates::service::list(app, scope).await?;
    let all = suggestions::of_patient(app, scope, patient).await?;
    let proposals = levels::proposals(app, scope, patient).await?;
    Ok(Decide {
        templates: offered
            .into_iter()
            .filter(|one| !one.retired)
            .map(|one| (one.id, one.name))
            .collect(),
        suggested: all.open.iter().map(|one| suggested(one, zone)).collect(),
        decided: all.decided.iter().map(|row| decided(row, zone)).collect(),
        proposals: proposals.iter().map(|one| proposal(one, zone)).collect(),
    })
}

fn suggested(one: &Suggestion, zone: &TimeZone) -> SuggestedView {
    let (seen, template) = (&one.evidence, &one.template);
    let with_unit = |text: String, unit: &str| match unit {
        "" | "1" => text,
        unit => format!("{text} {unit}"),
    };
    let values = seen.values.iter().map(|value| ValueRow {
        metric: metric_words(&value.metric),
        value: with_unit(format::plus_minus(value.value, value.se), &value.unit),
        n: value.n,
        limit: value
            .limit
            .map(|limit| with_unit(format::number(limit, 2), &value.unit)),
        reference: format!(
            "{}. {} ({})",
            value.reference,
            value.source,
            standing_words(&value.standing)
        ),
    });
    SuggestedView {
        observation: seen.observation.clone(),
        name: template.name.clone(),
        template: template.id.clone(),
        why: template.reason.clone(),
        evidence: template.evidence.clone(),
        source: template.source.clone(),
        sentence: seen.sentence.clone(),
        confidence: confidence_words(seen.confidence),
        when: format::date_time(seen.session_at, zone),
        version: seen.template_version.clone(),
        values: values.collect(),
        could_also_be: seen.could_also_be.clone(),
    }
}

fn confidence_words(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low: a first hint",
        Confidence::Medium => "medium: from many strides",
        Confidence::High => "high: from many strides, by a wide margin",
    }
}

fn decided(row: &DecisionRow, zone: &TimeZone) -> String {
    let name = templates::find_built_in(&row.template).map_or(row.template.clone(), |it| it.name);
    let when = format::date_time(row.decided_at.timestamp(), zone);
    match row.decision {
        DecisionKind::Accepted => format!(
            "{name}: accepted with version {} on {when}",
            row.plan_version.unwrap_or_default()
        ),
        DecisionKind::Rejected => format!(
            "{name}: rejected on {when}: {}",
            row.reason.as_deref().unwrap_or_default()
        ),
    }
}

fn proposal(one: &Proposal, zone: &TimeZone) -> ProposalView {
    let direction = if one.is_advance { "harder" } else { "easier" };
    ProposalView {
        exercise: one.exercise.clone(),
        title: words::title(&one.exercise),
        what: format!(
            "may get {direction} by its rule: {} instead of {} (level {} instead of {})",
            one.proposed_dose, one.dose, one.proposed_level, one.level
        ),
        rule: one.rule.clone(),
        found: one.found.as_ref().map(found_words),
        since: format::date_time(one.since, zone),
        level: one.proposed_level,
    }
}

fn found_words(found: &Found) -> String {
    let days = match found.days_at_level {
        1 => "1 day at the level".to_owned(),
        days => format!("{days} days at the level"),
    };
    let done = found.adherence_pct.map_or_else(
        || "adherence not known".to_owned(),
        |percent| format!("{} % done", format::number(percent, 0)),
    );
    let pain = found.worst_pain.map_or_else(
        || "no pain told".to_owned(),
        |pain| format!("worst pain {} of 10", format::number(pain, 0)),
    );
    format!("{days}, {done}, {pain}")
}
