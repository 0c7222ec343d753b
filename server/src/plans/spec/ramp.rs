//! Wear-in: a dose that grows by itself to the prescribed one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dose::{Dose, DoseUnit};
use crate::error::FieldError;

/// A dose that begins small and grows by a fixed step to the item's own dose, which is its end. It
/// counts in the dose's unit: minutes, seconds held, repetitions, or sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// On the first due day; less than the dose.
    #[schema(minimum = 1)]
    pub start: u32,
    /// Added with each step.
    #[schema(minimum = 1)]
    pub add: u32,
    /// Due days a step lasts, 1 to 90. Due days count from the item's first, done or not.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 90)]
    pub every_due_days: u32,
}

fn one() -> u32 {
    1
}

impl Dose {
    /// The number the dose's unit counts.
    fn number(&self) -> u32 {
        match self.unit() {
            DoseUnit::Minutes => self.minutes,
            DoseUnit::HoldSeconds => self.hold_s,
            DoseUnit::Repetitions => self.reps,
            DoseUnit::Times => None,
        }
        .unwrap_or(self.sets)
    }

    fn with_number(&self, number: u32) -> Self {
        let mut dose = self.clone();
        match self.unit() {
            DoseUnit::Minutes => dose.minutes = Some(number),
            DoseUnit::HoldSeconds => dose.hold_s = Some(number),
            DoseUnit::Repetitions => dose.reps = Some(number),
            DoseUnit::Times => dose.sets = number,
        }
        dose
    }
}

impl Ramp {
    /// The dose on the `due_day`-th due day, from 0, of a ramp that ends at `full`.
    pub fn dose(&self, full: &Dose, due_day: u64) -> Dose {
        let steps = due_day / u64::from(self.every_due_days.max(1));
        let grown = u64::from(self.start).saturating_add(u64::from(self.add).saturating_mul(steps));
        let number = u32::try_from(grown).map_or(full.number(), |grown| grown.min(full.number()));
        full.with_number(number)
    }

    pub(super) fn check(&self, full: &Dose, at: &str, errors: &mut Vec<FieldError>) {
        let mut wanted = |good: bool, field: &str, rule: &str| {
            if !good {
                errors.push(FieldError::new(format!("{at}/{field}"), rule));
            }
        };
        wanted(
            self.start >= 1 && self.start < full.number(),
            "start",
            "must be at least 1 and less than the dose",
        );
        wanted(
            self.add >= 1 && self.add <= full.number(),
            "add",
            "must be at least 1 and at most the dose",
        );
        wanted(
            (1..=90).contains(&self.every_due_days),
            "every_due_days",
            "must be between 1 and 90",
        );
    }
}
