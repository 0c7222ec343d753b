//! Graded progression: the clinician's rule for when a dose may change.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dose::Dose;
use crate::error::FieldError;

/// Levels beyond the first.
const MAX_LEVELS: usize = 19;
/// Observations one condition may name.
const MAX_OBSERVATIONS: usize = 20;

/// Doses in order, and when to go up or back. The item's own dose is level 0, `levels` are those after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Progression {
    /// Whether a met condition changes the dose or is put before a clinician.
    #[serde(default)]
    pub mode: ProgressionMode,
    /// The doses of level 1 and up, 1 to 19, in the unit of the item's dose.
    #[schema(min_items = 1, max_items = 19)]
    pub levels: Vec<Dose>,
    /// What must hold to go up; all of it.
    pub advance: AdvanceRule,
    /// What makes it go back; any of it.
    #[serde(default)]
    pub step_back: StepBackRule,
}

/// What happens when a condition is met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgressionMode {
    /// A clinician is asked and signs.
    #[default]
    Propose,
    /// The dose changes by itself, by the rule the clinician signed.
    Apply,
}

/// What must hold to go up one level; all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceRule {
    /// Adherence to the item at this level, percent, at least, 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub min_adherence_pct: u32,
    /// Days at this level, at least, 1 to 180.
    #[schema(minimum = 1, maximum = 180)]
    pub min_days: u32,
    /// The worst pain at this level, 0 to 10, at most.
    #[schema(maximum = 10)]
    pub max_pain: u32,
    /// Observations of gait that must be present.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub required_observations: Vec<String>,
    /// Observations of gait that must be absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub forbidden_observations: Vec<String>,
}

/// What makes the dose go back one level; any of it. The defaults are the thresholds of the
/// pain-monitoring model: above 5 of 10 during, or more than 2 above the baseline a day later
/// (docs/decisions/0011-recurrence.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBackRule {
    /// Pain above this, 0 to 9.
    #[serde(default = "pain_above")]
    #[schema(maximum = 9)]
    pub pain_above: u32,
    /// Pain more than this above the baseline, 1 to 9.
    #[serde(default = "pain_over_baseline")]
    #[schema(minimum = 1, maximum = 9)]
    pub pain_over_baseline: u32,
}

fn pain_above() -> u32 {
    5
}

fn pain_over_baseline() -> u32 {
    2
}

impl Default for StepBackRule {
    fn default() -> Self {
        Self {
            pain_above: pain_above(),
            pain_over_baseline: pain_over_baseline(),
        }
    }
}

static OBSERVATIONS: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| gait::observation::ids().into_iter().collect());

impl Progression {
    /// The highest level.
    pub fn top(&self) -> usize {
        self.levels.len()
    }

    /// The dose of a level; above the highest it is the highest.
    pub fn dose<'a>(&'a self, own: &'a Dose, level: usize) -> &'a Dose {
        match level.min(self.top()).checked_sub(1) {
            None => own,
            Some(index) => self.levels.get(index).unwrap_or(own),
        }
    }

    pub(super) fn check(&self, own: &Dose, at: &str, errors: &mut Vec<FieldError>) {
        if self.levels.is_empty() || self.levels.len() > MAX_LEVELS {
            let rule = format!("must have 1 to {MAX_LEVELS} levels");
            errors.push(FieldError::new(format!("{at}/levels"), rule));
        }
        for (index, level) in self.levels.iter().enumerate() {
            let at = format!("{at}/levels/{index}");
            level.check(&at, errors);
            if level.unit() != own.unit() {
                errors.push(FieldError::new(
                    at,
                    "must count in the unit of the item's dose",
                ));
            }
        }
        self.advance.check(&format!("{at}/advance"), errors);
        self.step_back.check(&format!("{at}/step_back"), errors);
        if self.advance.max_pain > self.step_back.pain_above {
            errors.push(FieldError::new(
                format!("{at}/advance/max_pain"),
                "must not be above step_back's pain_above",
            ));
        }
    }
}

fn ranged(at: &str, fields: &[(&str, u32, u32, u32)], errors: &mut Vec<FieldError>) {
    for (field, value, least, most) in fields {
        if !(least..=most).contains(&value) {
            let rule = format!("must be between {least} and {most}");
            errors.push(FieldError::new(format!("{at}/{field}"), rule));
        }
    }
}

impl AdvanceRule {
    fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        let numbers = [
            ("min_adherence_pct", self.min_adherence_pct, 1, 100),
            ("min_days", self.min_days, 1, 180),
            ("max_pain", self.max_pain, 0, 10),
        ];
        ranged(at, &numbers, errors);
        for (field, ids) in [
            ("required_observations", &self.required_observations),
            ("forbidden_observations", &self.forbidden_observations),
        ] {
            if ids.len() > MAX_OBSERVATIONS {
                let rule = format!("must name at most {MAX_OBSERVATIONS} observations");
                errors.push(FieldError::new(format!("{at}/{field}"), rule));
            }
            for (index, id) in ids.iter().enumerate() {
                if !OBSERVATIONS.contains(id.as_str()) {
                    errors.push(FieldError::new(
                        format!("{at}/{field}/{index}"),
                        "must be the id of an observation of gait",
                    ));
                }
            }
        }
        for (index, id) in self.forbidden_observations.iter().enumerate() {
            if self.required_observations.contains(id) {
                errors.push(FieldError::new(
                    format!("{at}/forbidden_observations/{index}"),
                    "cannot be required as well",
                ));
            }
        }
    }
}

impl StepBackRule {
    fn check(self, at: &str, errors: &mut Vec<FieldError>) {
        let numbers = [
            ("pain_above", self.pain_above, 0, 9),
            ("pain_over_baseline", self.pain_over_baseline, 1, 9),
        ];
        ranged(at, &numbers, errors);
    }
}
