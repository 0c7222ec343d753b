//! A line as a client may write it: with our recurrence, or with an RRULE.

use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::rrule::{self, MAX_RRULE};
use super::spec::{
    self, Dose, PlanItemSpec, Progression, Ramp, Recurrence, Rung, WearSensor, Window,
};
use crate::error::{Error, FieldError, Result};

/// A line to be published: `recurrence`, or `rrule` in its place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlanItem {
    /// Which exercise or habit of the library.
    #[schema(example = "calf-wall-stretch")]
    exercise: String,
    /// How much. With a ramp, where it ends; with a progression, its first level.
    dose: Dose,
    /// On which days.
    #[serde(default)]
    recurrence: Option<Recurrence>,
    /// On which days, as an RRULE of RFC 5545 from `starts_on`: daily or weekly, with INTERVAL, BYDAY,
    /// BYHOUR, BYMINUTE, and UNTIL or COUNT.
    #[serde(default)]
    #[schema(max_length = 500, example = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH")]
    rrule: Option<String>,
    /// At which times, 1 to 12 of them; absent where the RRULE has BYHOUR.
    #[serde(default)]
    #[schema(max_items = 12)]
    windows: Vec<Window>,
    /// First day, in the patient's zone.
    #[schema(value_type = String, format = Date)]
    starts_on: Date,
    /// Last day; open when absent. Not beside UNTIL or COUNT.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    ends_on: Option<Date>,
    /// A dose that grows by itself.
    #[serde(default)]
    ramp: Option<Ramp>,
    /// A dose that grows by the clinician's rule; not beside a ramp.
    #[serde(default)]
    progression: Option<Progression>,
    /// The reminders of an occurrence: one at its due time when absent, none when empty.
    #[serde(default)]
    #[schema(max_items = 4)]
    ladder: Option<Vec<Rung>>,
    /// Minutes that lie between two reminders of the item at least when a change of zone moves them,
    /// 0 to 1440; 240 when absent, and never more than half of the item's shortest spacing.
    #[serde(default)]
    #[schema(maximum = 1440)]
    min_gap_min: Option<u32>,
    /// Wearing is read from insole sessions.
    #[serde(default)]
    sensor: Option<WearSensor>,
}

const _: () = assert!(MAX_RRULE == 500, "the schema says so");

impl NewPlanItem {
    /// The line in our words. Where its recurrence cannot be read, it is checked on as a daily one.
    fn normalise(self, at: &str, errors: &mut Vec<FieldError>) -> PlanItemSpec {
        let mut broken = |field: &str, rule: String| {
            errors.push(FieldError::new(format!("{at}/{field}"), rule));
        };
        let (mut windows, mut ends_on) = (self.windows, self.ends_on);
        let recurrence = match (self.recurrence, self.rrule) {
            (Some(recurrence), None) => recurrence,
            (Some(recurrence), Some(_)) => {
                broken("rrule", "cannot stand beside recurrence".to_owned());
                recurrence
            }
            (None, None) => {
                broken(
                    "recurrence",
                    "must be given, or rrule in its place".to_owned(),
                );
                Recurrence::daily()
            }
            (None, Some(text)) => match rrule::read(&text, self.starts_on) {
                Err(error) => {
                    broken("rrule", error.to_string());
                    if windows.is_empty() {
                        windows.push(Window::at("00:00"));
                    }
                    Recurrence::daily()
                }
                Ok(rule) => {
                    if !rule.times.is_empty() && !windows.is_empty() {
                        broken("windows", "cannot stand beside BYHOUR".to_owned());
                    } else {
                        windows.extend(rule.times.iter().map(|time| Window::at(time)));
                    }
                    if rule.ends_on.is_some() && ends_on.is_some() {
                        broken("ends_on", "cannot stand beside UNTIL or COUNT".to_owned());
                    }
                    ends_on = ends_on.or(rule.ends_on);
                    rule.recurrence
                }
            },
        };
        PlanItemSpec {
            exercise: self.exercise,
            dose: self.dose,
            recurrence,
            windows,
            starts_on: self.starts_on,
            ends_on,
            ramp: self.ramp,
            progression: self.progression,
            ladder: self.ladder,
            min_gap_min: self.min_gap_min,
            sensor: self.sensor,
        }
    }
}

/// The lines in our words.
///
/// # Errors
/// Every broken rule of every line, where a recurrence cannot be read.
pub fn normalised(items: Vec<NewPlanItem>) -> Result<Vec<PlanItemSpec>> {
    let mut errors = Vec::new();
    let items: Vec<PlanItemSpec> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| item.normalise(&format!("/items/{index}"), &mut errors))
        .collect();
    if errors.is_empty() {
        return Ok(items);
    }
    errors.extend(spec::check_items(&items));
    Err(Error::fields(errors))
}
