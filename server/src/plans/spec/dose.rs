//! How much of an exercise.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;

/// How much of an exercise: `sets` times `reps` times `hold_s`, or minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dose {
    /// Rounds, 1 to 20.
    pub sets: u32,
    /// Repetitions in a set, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reps: Option<u32>,
    /// Seconds each repetition is held, 1 to 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_s: Option<u32>,
    /// Minutes of a continuous activity, 1 to 1440; then `sets` is how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// On each side: the dose is meant once left and once right.
    #[serde(default)]
    pub each_side: bool,
}

/// What a dose is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoseUnit {
    /// Minutes of an activity.
    Minutes,
    /// Seconds held.
    HoldSeconds,
    /// Repetitions.
    Repetitions,
    /// Times done.
    Times,
}

impl DoseUnit {
    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::HoldSeconds => "seconds held",
            Self::Repetitions => "repetitions",
            Self::Times => "times",
        }
    }
}

impl Dose {
    /// What the dose is counted in.
    pub fn unit(&self) -> DoseUnit {
        match (self.minutes, self.hold_s, self.reps) {
            (Some(_), _, _) => DoseUnit::Minutes,
            (None, Some(_), _) => DoseUnit::HoldSeconds,
            (None, None, Some(_)) => DoseUnit::Repetitions,
            (None, None, None) => DoseUnit::Times,
        }
    }

    /// The prescribed amount in [`Dose::unit`], both sides together.
    pub fn amount(&self) -> f64 {
        let sides = if self.each_side { 2.0 } else { 1.0 };
        let sets = f64::from(self.sets);
        let reps = f64::from(self.reps.unwrap_or(1));
        let each = match self.unit() {
            DoseUnit::Minutes => f64::from(self.minutes.unwrap_or(1)),
            DoseUnit::HoldSeconds => reps * f64::from(self.hold_s.unwrap_or(1)),
            DoseUnit::Repetitions => reps,
            DoseUnit::Times => 1.0,
        };
        sides * sets * each
    }

    /// A part of it, in percent, rounded up: of the minutes, else of the repetitions, else of the rounds.
    #[must_use]
    pub fn scaled(&self, percent: u32) -> Self {
        let part = |whole: u32| {
            (whole.saturating_mul(percent))
                .div_ceil(100)
                .clamp(1, whole.max(1))
        };
        let mut dose = self.clone();
        match (self.minutes, self.reps) {
            (Some(minutes), _) => dose.minutes = Some(part(minutes)),
            (None, Some(reps)) => dose.reps = Some(part(reps)),
            (None, None) => dose.sets = part(self.sets),
        }
        dose
    }

    /// As a person reads it, such as `3 × 30 s each side`.
    pub fn words(&self) -> String {
        let body = match (self.minutes, self.reps, self.hold_s) {
            (Some(minutes), _, _) if self.sets == 1 => format!("{minutes} min"),
            (Some(minutes), _, _) => format!("{} × {minutes} min", self.sets),
            (None, Some(reps), Some(hold)) => format!("{} × {reps} × {hold} s", self.sets),
            (None, Some(reps), None) => format!("{} × {reps}", self.sets),
            (None, None, Some(hold)) => format!("{} × {hold} s", self.sets),
            (None, None, None) if self.sets == 1 => "once".to_owned(),
            (None, None, None) => format!("{} times", self.sets),
        };
        if self.each_side {
            format!("{body} each side")
        } else {
            body
        }
    }

    pub(super) fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        let mut ranged = |field: &str, value: Option<u32>, max: u32| {
            if value.is_some_and(|value| value == 0 || value > max) {
                errors.push(FieldError::new(
                    format!("{at}/{field}"),
                    format!("must be between 1 and {max}"),
                ));
            }
        };
        ranged("sets", Some(self.sets), 20);
        ranged("reps", self.reps, 100);
        ranged("hold_s", self.hold_s, 600);
        ranged("minutes", self.minutes, 1440);
        if self.minutes.is_some() && (self.reps.is_some() || self.hold_s.is_some()) {
            errors.push(FieldError::new(
                format!("{at}/minutes"),
                "cannot stand beside reps or hold_s",
            ));
        }
    }
}
