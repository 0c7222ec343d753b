//! Occurrences counted for many patients at once: what the panel and the watch look at.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::deliveries::DeliveryState;
use super::schema::{deliveries, occurrences};
use super::types::{DateText, PatientId, UtcMicros};
use crate::error::Result;
use crate::reminders::state::State;

/// How many occurrences of a patient stand in one state, and the shares done in them.
#[derive(Debug, Clone)]
pub struct StateCount {
    /// The patient.
    pub patient_id: PatientId,
    /// The state.
    pub state: State,
    /// How many.
    pub count: i64,
    /// Sum of the shares done.
    pub done_sum: Option<f64>,
}

/// Counts by state of the occurrences from `from` through `through` of these patients.
pub fn counts(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
) -> Result<Vec<StateCount>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, State, i64, Option<f64>)> = occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(occurrences::local_date.between(DateText::from(from), DateText::from(through)))
        .group_by((occurrences::patient_id, occurrences::state))
        .select((
            occurrences::patient_id,
            occurrences::state,
            diesel::dsl::count_star(),
            diesel::dsl::sum(occurrences::done_fraction),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(patient_id, state, count, done_sum)| StateCount {
            patient_id,
            state,
            count,
            done_sum,
        })
        .collect())
}

/// Counts of one patient's date by state.
#[derive(Debug, Clone)]
pub struct DayCount {
    /// Whose.
    pub patient_id: PatientId,
    /// Of which date.
    pub local_date: DateText,
    /// In which state.
    pub state: State,
    /// How many.
    pub count: i64,
}

/// Counts by date and state of these patients, of what belongs to a day.
pub fn day_counts(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
) -> Result<Vec<DayCount>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, DateText, State, i64)> = occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(occurrences::local_date.between(DateText::from(from), DateText::from(through)))
        .filter(occurrences::flexible.eq(0))
        .group_by((
            occurrences::patient_id,
            occurrences::local_date,
            occurrences::state,
        ))
        .select((
            occurrences::patient_id,
            occurrences::local_date,
            occurrences::state,
            diesel::dsl::count_star(),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(patient_id, local_date, state, count)| DayCount {
            patient_id,
            local_date,
            state,
            count,
        })
        .collect())
}

/// First prompts of one date.
#[derive(Debug, Clone)]
pub struct PromptCount {
    /// Whose.
    pub patient_id: PatientId,
    /// Of which date.
    pub local_date: DateText,
    /// How many.
    pub count: i64,
    /// When the first of them was due.
    pub first_due_at: Option<UtcMicros>,
}

/// How many first prompts of these patients' dates stand in one of these states, and when the first of them was due.
pub fn prompt_counts(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    from: Date,
    through: Date,
    states: &[DeliveryState],
) -> Result<Vec<PromptCount>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, DateText, i64, Option<UtcMicros>)> = occurrences::table
        .inner_join(
            // The first prompt has the occurrence's own id.
            deliveries::table.on(deliveries::tenant_id
                .eq(occurrences::tenant_id)
                .and(deliveries::id.eq(occurrences::id))),
        )
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(occurrences::local_date.between(DateText::from(from), DateText::from(through)))
        .filter(deliveries::state.among(states.iter().copied()))
        .group_by((occurrences::patient_id, occurrences::local_date))
        .select((
            occurrences::patient_id,
            occurrences::local_date,
            diesel::dsl::count_star(),
            diesel::dsl::min(deliveries::due_at),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(
            |(patient_id, local_date, count, first_due_at)| PromptCount {
                patient_id,
                local_date,
                count,
                first_due_at,
            },
        )
        .collect())
}

/// When each of these patients' devices last said anything.
pub fn last_heard(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    since: Date,
) -> Result<Vec<(PatientId, Timestamp)>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, Option<UtcMicros>)> = occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(occurrences::local_date.ge(DateText::from(since)))
        .group_by(occurrences::patient_id)
        .select((
            occurrences::patient_id,
            diesel::dsl::max(occurrences::answered_at),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, at)| Some((id, at?.timestamp())))
        .collect())
}
