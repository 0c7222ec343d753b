//! What a line of a plan has that the form does not show: it goes out and comes back as it was.

use serde::{Deserialize, Serialize};

use super::growth::GrowthForm;
use crate::plans::spec::{PlanItemSpec, Progression, StepBackRule};

/// The parts of a line the form carries along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carried {
    /// Levels the form has no words for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) progression: Option<Progression>,
    /// What the form does not show of the rule of levels it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) graded: Option<Progression>,
}

impl Carried {
    /// What the form cannot show of a line.
    pub(super) fn of(item: &PlanItemSpec) -> Self {
        let levels_shown = !GrowthForm::of(item).levels.is_empty();
        let (graded, progression) = match &item.progression {
            Some(rule) if levels_shown => (has_more(rule).then(|| rule.clone()), None),
            kept => (None, kept.clone()),
        };
        Self {
            progression,
            graded,
        }
    }

    /// As the hidden field holds it; empty when there is nothing.
    pub(super) fn text(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What came back.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        serde_json::from_str(text).ok()
    }

    /// What is kept, in words.
    pub(super) fn words(&self) -> Vec<&'static str> {
        let parts = [
            (self.progression.is_some(), "levels of dose"),
            (self.graded.is_some(), "further conditions of its levels"),
        ];
        parts
            .into_iter()
            .filter_map(|(there, words)| there.then_some(words))
            .collect()
    }
}

/// Whether a rule asks for more than the form shows.
fn has_more(rule: &Progression) -> bool {
    let asked = &rule.advance;
    !asked.required_observations.is_empty()
        || !asked.forbidden_observations.is_empty()
        || rule.step_back != StepBackRule::default()
}
