//! What a line of a plan has that the form does not show: it goes out and comes back as it was.

use serde::{Deserialize, Serialize};

use super::growth::GrowthForm;
use super::row::kind_name;
use crate::plans::spec::{
    PlanItemSpec, Progression, Recurrence, RecurrenceKind, Rung, StepBackRule, WearSensor,
};

/// The parts of a line the form carries along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carried {
    /// A recurrence of a kind the form has no fields for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recurrence: Option<Recurrence>,
    /// Levels the form has no words for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) progression: Option<Progression>,
    /// What the form does not show of the rule of levels it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) graded: Option<Progression>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ladder: Option<Vec<Rung>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_gap_min: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sensor: Option<WearSensor>,
}

impl Carried {
    /// What the form cannot show of a line.
    pub(super) fn of(item: &PlanItemSpec) -> Self {
        let shown = kind_name(item.recurrence.kind) != kind_name(RecurrenceKind::AfterEvent);
        let levels_shown = !GrowthForm::of(item).levels.is_empty();
        let (graded, progression) = match &item.progression {
            Some(rule) if levels_shown => (has_more(rule).then(|| rule.clone()), None),
            kept => (None, kept.clone()),
        };
        Self {
            recurrence: (!shown).then(|| item.recurrence.clone()),
            progression,
            graded,
            ladder: item.ladder.clone(),
            min_gap_min: item.min_gap_min,
            sensor: item.sensor.clone(),
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

    /// The line with it.
    pub(super) fn onto(self, item: PlanItemSpec) -> PlanItemSpec {
        PlanItemSpec {
            ladder: self.ladder,
            min_gap_min: self.min_gap_min,
            sensor: self.sensor,
            ..item
        }
    }

    /// What is kept, in words.
    pub(super) fn words(&self) -> Vec<&'static str> {
        let parts = [
            (self.progression.is_some(), "levels of dose"),
            (self.graded.is_some(), "further conditions of its levels"),
            (self.ladder.is_some(), "its own reminders"),
            (self.min_gap_min.is_some(), "its own gap between reminders"),
            (self.sensor.is_some(), "wearing read from insoles"),
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
