//! The same for the patient: plain words, no limits and no codes.

use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{ExplainedPart, Explanation};
use crate::http::format::number;

/// One part of a score in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlainPart {
    /// What it is.
    pub name: String,
    /// How it compares.
    pub sentence: String,
}

/// Why a score is what it is, in plain words.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlainExplanation {
    /// The score, 0 to 100; null when there is none.
    pub score: Option<f64>,
    /// How far another walk of the same day may be from it.
    pub plus_minus: Option<f64>,
    /// What the number is, or why there is none.
    pub sentences: Vec<String>,
    /// What it is made of, what counts most first.
    pub made_of: Vec<PlainPart>,
    /// What would raise it, or bring one about.
    pub would_raise: Vec<String>,
    /// Whether the stored steps give the same number again; null when another version of Footing made it.
    pub reproduced: Option<bool>,
    /// What today's version makes of the same steps, 0 to 100, where another one made the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_score: Option<f64>,
}

/// What a part is to someone who walks.
fn plain_name(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "stride_time_cv_pct" => "How evenly your strides follow each other",
        "swing_time_cv_pct" => "How alike one swing of your leg is to the next",
        "pci_pct" => "How well your feet take turns",
        "ga_pct" | "ga" => "How alike your left and right leg swing",
        "stance_pct" => "How long each foot stays on the ground",
        "double_support_pct" => "How long both feet are on the ground",
        "si_stance_pct" => "How alike left and right stay on the ground",
        "si_f1_pct" => "How alike left and right take your weight",
        "stride_time_s" => "How long a stride takes",
        _ => return None,
    })
}

fn name(part: &ExplainedPart) -> String {
    plain_name(&part.metric).map_or_else(|| part.name.clone(), str::to_owned)
}

fn compared(part: &ExplainedPart) -> &'static str {
    if part.largest {
        "This differs most from the group we compare with."
    } else {
        "This differs less from the group we compare with."
    }
}

/// The explanation as a patient reads it.
pub fn plain(explanation: &Explanation) -> PlainExplanation {
    let steps = explanation.inputs.steps;
    let minutes = explanation.inputs.duration_s / 60.0;
    let counted = format!(
        "It was counted from {} steps of your left foot and {} of your right, in {} minutes.",
        steps.left,
        steps.right,
        number(minutes, 1)
    );
    let mut sentences = match explanation.score {
        Some(_) => vec![
            "The number says how even your steps were, and how alike left and right, beside a group of other people."
                .to_owned(),
            counted,
        ],
        None => {
            let reasons = explanation.reasons.iter().map(|reason| reason.words);
            let reasons: Vec<&str> = reasons.collect();
            vec![format!("There is no number for this walk: {}.", reasons.join("; "))]
        }
    };
    if let Some(score) = explanation.score {
        sentences.push(format!(
            "Two walks of one day differ by up to {} points without any change in how you walk.",
            number(score.smallest_change, 0)
        ));
    }
    let largest = explanation.contributions.iter().filter(|part| part.largest);
    PlainExplanation {
        score: explanation.score.map(|score| score.display),
        plus_minus: explanation.score.map(|score| score.se),
        would_raise: if explanation.reasons.is_empty() {
            largest
                .map(|part| format!("{}: nearer to that of the group.", name(part)))
                .collect()
        } else {
            explanation.would_raise.clone()
        },
        made_of: explanation
            .contributions
            .iter()
            .map(|part| PlainPart {
                name: name(part),
                sentence: compared(part).to_owned(),
            })
            .collect(),
        reproduced: explanation.reproduced,
        current_score: explanation
            .current
            .as_ref()
            .and_then(|current| current.score)
            .map(|score| score.display),
        sentences,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_score_has_a_plain_name() {
        for component in &gait::norms::norms().grsi.component {
            assert!(plain_name(&component.id).is_some(), "{}", component.id);
        }
    }
}
