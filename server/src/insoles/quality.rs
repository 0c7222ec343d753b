//! Whether a session is good enough for a score, and if not, why: codes that a clinician's page, a phone and a rule
//! read alike. A session with a reason has no score: neither zero nor a number that looks like one.

use gait::score::ScoreAbsent;
use gait::{Assessment, SessionSummary};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// Steps of both feet below which nothing is said of a session (care scenario S16).
pub const MIN_STEPS: u64 = 50;

/// Why a session has no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Only one insole saw steps.
    OneSide,
    /// No walking: sitting, standing, driving, not worn.
    NoGait,
    /// Fewer steps than a score needs.
    TooFewSteps,
    /// The insoles lay in other shoes, or with another orthotic, than the one handed over.
    UnknownFootwear,
    /// The insoles may have lain in the shoes the wrong way round.
    SidesSwapped,
    /// The signal or its thresholds are not those of the reference values.
    NotComparable,
}

impl Reason {
    /// The code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneSide => "one_side",
            Self::NoGait => "no_gait",
            Self::TooFewSteps => "too_few_steps",
            Self::UnknownFootwear => "unknown_footwear",
            Self::SidesSwapped => "sides_swapped",
            Self::NotComparable => "not_comparable",
        }
    }

    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::OneSide => "only one insole saw steps",
            Self::NoGait => "no walking was seen",
            Self::TooFewSteps => "too few steps for a score",
            Self::UnknownFootwear => "worn in other footwear than the one handed over",
            Self::SidesSwapped => "the insoles may have been the wrong way round",
            Self::NotComparable => "the signal is not comparable with the reference",
        }
    }

    /// What a patient can do about it, in plain words.
    pub fn advice(self) -> &'static str {
        match self {
            Self::OneSide => "Check that both insoles are charged and connected.",
            Self::NoGait | Self::TooFewSteps => {
                "Walk for two minutes or more with both insoles on."
            }
            Self::UnknownFootwear => {
                "Put the insoles into the footwear you were given, and choose it in the app."
            }
            Self::SidesSwapped => "Check that the left insole is in the left shoe.",
            Self::NotComparable => "Ask the clinic to look at your insoles.",
        }
    }

    /// Whether looking at the insoles may help: three days of it and the patient is asked to.
    pub fn patient_can_check(self) -> bool {
        self != Self::NotComparable
    }

    /// Whether the numbers of such a session must stay out of every comparison of days.
    pub fn spoils_the_day(self) -> bool {
        matches!(
            self,
            Self::OneSide | Self::UnknownFootwear | Self::SidesSwapped
        )
    }
}

/// Every reason against a score that a session itself tells, in the order of their declaration.
pub fn reasons(summary: &SessionSummary, assessment: &Assessment) -> Vec<Reason> {
    let flagged = |code: &str| summary.quality.flags.iter().any(|flag| flag == code);
    let (left, right) = (summary.steps.left, summary.steps.right);
    let seen = if left.max(right) == 0 {
        Some(Reason::NoGait)
    } else if left.min(right) == 0 || flagged("no_signal") {
        Some(Reason::OneSide)
    } else if flagged("no_gait") {
        Some(Reason::NoGait)
    } else if left.saturating_add(right) < MIN_STEPS {
        Some(Reason::TooFewSteps)
    } else {
        // Whatever else keeps the engine from a score is a reason too: there is no session without both.
        match assessment.score.absent {
            Some(ScoreAbsent::TooFewComponents) => Some(Reason::TooFewSteps),
            Some(ScoreAbsent::NotComparable) => Some(Reason::NotComparable),
            None => None,
        }
    };
    let turned = flagged("unknown_side").then_some(Reason::SidesSwapped);
    sorted(seen.into_iter().chain(turned))
}

/// What is known of a session from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// It was walked in other footwear than the one handed over.
    pub other_footwear: bool,
    /// The insoles stand the other way round than in the patient's first session with this pair.
    pub turned_round: bool,
}

/// The session's own reasons with those from elsewhere.
pub fn with_around(own: &[Reason], around: Around) -> Vec<Reason> {
    let footwear = around.other_footwear.then_some(Reason::UnknownFootwear);
    let turned = around.turned_round.then_some(Reason::SidesSwapped);
    sorted(own.iter().copied().chain(footwear).chain(turned))
}

fn sorted(reasons: impl Iterator<Item = Reason>) -> Vec<Reason> {
    let mut all: Vec<Reason> = reasons.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Serial numbers of the left and the right insole, where both are told.
pub fn serials(summary: &SessionSummary) -> Option<(&str, &str)> {
    let device = &summary.device;
    device
        .serial_left
        .as_deref()
        .zip(device.serial_right.as_deref())
        .filter(|(left, right)| left != right)
}

/// Whether the insoles stand the other way round than before.
pub fn is_turned_round(first: Option<(&str, &str)>, now: Option<(&str, &str)>) -> bool {
    matches!((first, now), (Some((l, r)), Some((left, right))) if l == right && r == left)
}

/// The stored form; nothing for none.
///
/// # Errors
/// Never in practice: a list of names has a JSON form.
pub fn to_text(reasons: &[Reason]) -> Result<Option<String>> {
    if reasons.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(reasons)
        .map(Some)
        .map_err(Error::internal)
}

/// Reads the stored form. What another version wrote and this one does not know is not comparable.
pub fn from_text(text: Option<&str>) -> Vec<Reason> {
    let Some(text) = text else {
        return Vec::new();
    };
    serde_json::from_str(text).unwrap_or_else(|_| vec![Reason::NotComparable])
}

/// An assessment as it is shown beside these reasons: without a score, and without observations where left and right
/// may have been exchanged. The stored one stays as it was made.
///
/// # Errors
/// Internal when the stored assessment is no JSON.
pub fn shown_assessment(assessment: &str, reasons: &[Reason]) -> Result<String> {
    let Some(first) = reasons.first() else {
        return Ok(assessment.to_owned());
    };
    let mut shown: serde_json::Value = serde_json::from_str(assessment).map_err(Error::internal)?;
    if let Some(score) = shown
        .get_mut("score")
        .and_then(|score| score.as_object_mut())
    {
        score.remove("value");
        score.insert("absent".to_owned(), first.as_str().into());
        score.insert(
            "reasons".to_owned(),
            reasons.iter().map(|reason| reason.as_str()).collect(),
        );
    }
    if let Some(all) = shown.as_object_mut()
        && reasons.contains(&Reason::SidesSwapped)
    {
        all.insert("observations".to_owned(), serde_json::json!([]));
    }
    serde_json::to_string(&shown).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_back_as_they_were_stored() {
        let all = [Reason::OneSide, Reason::SidesSwapped];
        let text = to_text(&all).unwrap();
        assert_eq!(text.as_deref(), Some(r#"["one_side","sides_swapped"]"#));
        assert_eq!(from_text(text.as_deref()), all);
        assert_eq!(to_text(&[]).unwrap(), None);
        assert_eq!(from_text(None), []);
        assert_eq!(from_text(Some(r#"["later"]"#)), [Reason::NotComparable]);
    }

    #[test]
    fn what_is_shown_beside_a_reason_has_no_score() {
        let stored =
            r#"{"score":{"value":{"points":91.5},"coverage":9},"observations":[{"id":"x"}]}"#;
        let shown = shown_assessment(stored, &[Reason::UnknownFootwear]).unwrap();
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["score"].get("value"), None);
        assert_eq!(shown["score"]["absent"], "unknown_footwear");
        assert_eq!(shown["observations"][0]["id"], "x");
        let turned = shown_assessment(stored, &[Reason::SidesSwapped]).unwrap();
        assert!(turned.contains(r#""observations":[]"#));
        assert_eq!(shown_assessment(stored, &[]).unwrap(), stored);
    }

    #[test]
    fn insoles_are_turned_round_when_each_stands_where_the_other_stood() {
        let first = Some(("A", "B"));
        assert!(is_turned_round(first, Some(("B", "A"))));
        for other in [Some(("A", "B")), Some(("C", "A")), None] {
            assert!(!is_turned_round(first, other));
        }
        assert!(!is_turned_round(None, Some(("B", "A"))));
    }
}
