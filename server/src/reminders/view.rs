//! Occurrences as people and phones see them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::planner::span_of;
use super::state::{Phase, phase};
use crate::error::{Error, Result};
use crate::plans::library::{self, CareKind};
use crate::plans::rules::ClockRule;
use crate::plans::{Dose, DoseUnit};
use crate::store::occurrences::Occurrence;
use crate::store::types::{OccurrenceId, PlanItemId};

/// One planned thing on one day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OccurrenceView {
    /// The occurrence.
    pub id: OccurrenceId,
    /// The plan's line.
    pub plan_item_id: PlanItemId,
    /// The version it was planned from.
    pub plan_version: i64,
    /// Which exercise or habit.
    pub exercise: String,
    /// Its kind.
    pub kind: CareKind,
    /// Its name.
    pub title: String,
    /// How to do it.
    pub instruction: String,
    /// The prescribed dose in words.
    pub dose: String,
    /// The prescribed dose.
    #[serde(skip)]
    #[schema(ignore)]
    pub prescribed: Dose,
    /// The prescribed amount.
    pub dose_amount: f64,
    /// What the amount is counted in.
    pub dose_unit: DoseUnit,
    /// The patient's date it belongs to.
    #[schema(format = Date)]
    pub date: String,
    /// The planned local time.
    pub time: String,
    /// The zone both are in.
    pub time_zone: String,
    /// How the local time met the zone's clock.
    pub clock_rule: ClockRule,
    /// From when an answer is on time.
    #[schema(value_type = String, format = DateTime)]
    pub opens_at: Timestamp,
    /// When it is due.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// Until when an answer is on time.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
    /// How it stands now.
    pub phase: Phase,
    /// Why, where that has a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Share of the dose done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_fraction: Option<f64>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
}

impl OccurrenceView {
    /// A stored occurrence as it stands at `now`.
    ///
    /// # Errors
    /// Internal when the row was damaged from outside.
    pub fn of(row: &Occurrence, now: Timestamp) -> Result<Self> {
        let dose: Dose = serde_json::from_str(&row.dose).map_err(Error::internal)?;
        let exercise = library::find(&row.exercise_key);
        Ok(Self {
            id: row.id,
            plan_item_id: row.plan_item_id,
            plan_version: row.plan_version,
            exercise: row.exercise_key.clone(),
            kind: exercise.map_or(CareKind::Stretching, |exercise| exercise.kind),
            title: exercise.map_or_else(
                || row.exercise_key.clone(),
                |exercise| exercise.title.clone(),
            ),
            instruction: exercise
                .map(|exercise| exercise.instruction.clone())
                .unwrap_or_default(),
            dose: dose.words(),
            dose_amount: dose.amount(),
            dose_unit: dose.unit(),
            date: row.local_date.date().map_err(Error::internal)?.to_string(),
            time: row.local_time.clone(),
            time_zone: row.time_zone.clone(),
            clock_rule: row.clock_rule,
            opens_at: row.opens_at.timestamp(),
            due_at: row.due_at.timestamp(),
            prescribed: dose,
            closes_at: row.closes_at.timestamp(),
            phase: phase(row.state, &span_of(row)?, now),
            reason: row.reason.clone(),
            done_fraction: row.done_fraction,
            answered_at: row.answered_at.map(|at| at.timestamp()),
        })
    }
}
