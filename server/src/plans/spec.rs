//! The words of a prescription: dose, recurrence, windows; and what makes them valid.

mod dose;
mod ladder;
mod progression;
mod ramp;
mod recurrence;
mod sensor;
mod weekday;
mod window;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library;
use crate::error::FieldError;

pub use dose::{Dose, DoseUnit};
pub use ladder::{MAX_RUNGS, Rung, RungKind};
pub use progression::{AdvanceRule, Progression, ProgressionMode, StepBackRule};
pub use ramp::Ramp;
pub use recurrence::{EventKind, Recurrence, RecurrenceKind};
pub use sensor::{WearSensor, Wearable};
pub use weekday::Weekday;
pub use window::{MAX_WINDOWS, Window, time_of_day};

/// Items one plan may have.
pub const MAX_ITEMS: usize = 40;
/// The longest gap that may be asked for between two reminders of an item.
const MAX_GAP_MIN: u32 = 24 * 60;

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemSpec {
    /// Which exercise or habit of the library.
    #[schema(example = "calf-wall-stretch")]
    pub exercise: String,
    /// How much. With a ramp, where it ends; with a progression, its first level.
    pub dose: Dose,
    /// On which days.
    pub recurrence: Recurrence,
    /// At which times, 1 to 12 of them.
    #[schema(min_items = 1, max_items = 12)]
    pub windows: Vec<Window>,
    /// First day, in the patient's zone.
    #[schema(value_type = String, format = Date)]
    pub starts_on: Date,
    /// Last day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Date>,
    /// A dose that grows by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
    /// A dose that grows by the clinician's rule; not beside a ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progression: Option<Progression>,
    /// The reminders of an occurrence: one at its due time when absent, none when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 4)]
    pub ladder: Option<Vec<Rung>>,
    /// Minutes that lie between two reminders of the item at least when a change of zone moves them,
    /// 0 to 1440; 240 when absent, and never more than half of the item's shortest spacing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1440)]
    pub min_gap_min: Option<u32>,
    /// Wearing is read from insole sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<WearSensor>,
}

impl PlanItemSpec {
    /// A line with the usual reminder and a dose that stays, open at its end.
    pub fn plain(
        exercise: &str,
        dose: Dose,
        recurrence: Recurrence,
        windows: Vec<Window>,
        starts_on: Date,
    ) -> Self {
        Self {
            exercise: exercise.to_owned(),
            dose,
            recurrence,
            windows,
            starts_on,
            ends_on: None,
            ramp: None,
            progression: None,
            ladder: None,
            min_gap_min: None,
            sensor: None,
        }
    }

    fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        if library::find(&self.exercise).is_none() {
            errors.push(FieldError::new(
                format!("{at}/exercise"),
                "must be the key of an exercise of the library",
            ));
        }
        self.dose.check(&format!("{at}/dose"), errors);
        self.recurrence.check(&format!("{at}/recurrence"), errors);
        check_windows(&self.windows, at, errors);
        if self.ends_on.is_some_and(|end| end < self.starts_on) {
            errors.push(FieldError::new(
                format!("{at}/ends_on"),
                "must not be before starts_on",
            ));
        }
        self.check_dose_rules(at, errors);
        if let Some(ladder) = &self.ladder {
            let flexible = self.recurrence.kind.is_flexible();
            ladder::check(
                ladder,
                &self.windows,
                flexible,
                &format!("{at}/ladder"),
                errors,
            );
        }
        if self
            .min_gap_min
            .is_some_and(|minutes| minutes > MAX_GAP_MIN)
        {
            errors.push(FieldError::new(
                format!("{at}/min_gap_min"),
                format!("must be between 0 and {MAX_GAP_MIN}"),
            ));
        }
        if let Some(sensor) = &self.sensor {
            sensor.check(&self.exercise, &self.dose, &format!("{at}/sensor"), errors);
        }
    }

    fn check_dose_rules(&self, at: &str, errors: &mut Vec<FieldError>) {
        if let Some(ramp) = &self.ramp {
            ramp.check(&self.dose, &format!("{at}/ramp"), errors);
        }
        if let Some(progression) = &self.progression {
            progression.check(&self.dose, &format!("{at}/progression"), errors);
        }
        if self.ramp.is_some() && self.progression.is_some() {
            errors.push(FieldError::new(
                format!("{at}/progression"),
                "cannot stand beside a ramp",
            ));
        }
    }
}

/// Checks the lines of a plan, naming every broken rule.
pub fn check_items(items: &[PlanItemSpec]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if items.len() > MAX_ITEMS {
        errors.push(FieldError::new(
            "/items",
            format!("must have at most {MAX_ITEMS} items"),
        ));
    }
    for (index, item) in items.iter().enumerate() {
        item.check(&format!("/items/{index}"), &mut errors);
    }
    errors
}

fn check_windows(windows: &[Window], at: &str, errors: &mut Vec<FieldError>) {
    if windows.is_empty() || windows.len() > MAX_WINDOWS {
        errors.push(FieldError::new(
            format!("{at}/windows"),
            format!("must have 1 to {MAX_WINDOWS} windows"),
        ));
    }
    for (index, window) in windows.iter().enumerate() {
        window.check(&format!("{at}/windows/{index}"), errors);
    }
    let mut times: Vec<_> = windows.iter().map(|window| &window.at).collect();
    times.sort_unstable();
    times.dedup();
    if times.len() != windows.len() {
        errors.push(FieldError::new(
            format!("{at}/windows"),
            "must have each time once",
        ));
    }
}

#[cfg(test)]
mod tests;
