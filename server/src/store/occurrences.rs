//! Occurrences: frozen rows, the denominator of adherence; and the answers to them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
use jiff::Timestamp;
use jiff::civil::Date;

use super::adherence::{self, Cause};
use super::backend::among::AmongExt;
use super::backend::insert_new;
use super::backend::kept::KeptExt;
use super::backend::raw::Verbatim;
use super::schema::{answers, deliveries, occurrences};
use super::types::{
    AnswerId, DateText, DeviceId, OccurrenceId, PatientId, PlanItemId, TenantId, UtcMicros,
};
use super::{System, Tx};
use crate::error::Result;
use crate::plans::rules::ClockRule;
use crate::reminders::delivery::LATE;
use crate::reminders::delivery::reason::{CATCH_UP, OUTAGE};
use crate::reminders::state::{AnswerKind, State};

/// One planned thing on one day in one window.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = occurrences, treat_none_as_default_value = false)]
pub struct Occurrence {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The occurrence.
    pub id: OccurrenceId,
    /// Whose.
    pub patient_id: PatientId,
    /// The plan version it was planned from.
    pub plan_version: i64,
    /// The plan's line.
    pub plan_item_id: PlanItemId,
    /// Which of the line's windows, from 0.
    pub window_no: i64,
    /// Which exercise or habit.
    pub exercise_key: String,
    /// The prescribed dose as JSON.
    pub dose: String,
    /// The patient's date it belongs to.
    pub local_date: DateText,
    /// The planned local time, `HH:MM`.
    pub local_time: String,
    /// The zone both are in.
    pub time_zone: String,
    /// How that local time met the zone's clock.
    pub clock_rule: ClockRule,
    /// From when it can be answered on time.
    pub opens_at: UtcMicros,
    /// When it is due.
    pub due_at: UtcMicros,
    /// Until when it can be answered on time.
    pub closes_at: UtcMicros,
    /// What became of it.
    pub state: State,
    /// Why, where the state has a reason.
    pub reason: Option<String>,
    /// Share of the dose done, 0 to 1.
    pub done_fraction: Option<f64>,
    /// When it was answered, by the device's time.
    pub answered_at: Option<UtcMicros>,
    /// When it was planned.
    pub planned_at: UtcMicros,
    /// When the first reminder is to be sent.
    pub remind_at: Option<UtcMicros>,
    /// The rungs after the first as JSON `[[step, micros], ...]`.
    pub ladder: Option<String>,
    /// Which sweep looks after it.
    pub shard: i64,
    /// 1 when it may be done on any day of its week.
    pub flexible: i64,
    /// How much was done, in the dose's unit; more than prescribed is kept as said.
    pub done_amount: Option<f64>,
}

/// An answer as given.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = answers, treat_none_as_default_value = false)]
pub struct AnswerRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The answer.
    pub id: AnswerId,
    /// Whose.
    pub patient_id: PatientId,
    /// To what.
    pub occurrence_id: OccurrenceId,
    /// From which device.
    pub device_id: DeviceId,
    /// Done, partial or skip.
    pub kind: AnswerKind,
    /// How much was done, in the dose's unit.
    pub done_dose: Option<f64>,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// When, by the device.
    pub answered_at: UtcMicros,
    /// When it arrived here.
    pub received_at: UtcMicros,
    /// What it did.
    pub disposition: String,
    /// Seconds the device's clock was ahead; `answered_at` is corrected by it.
    pub clock_ahead_s: i64,
}

/// The variable part of an occurrence.
#[derive(Debug, Clone, PartialEq, AsChangeset)]
#[diesel(table_name = occurrences, treat_none_as_null = true)]
pub struct Standing {
    /// What became of it.
    pub state: State,
    /// Why.
    pub reason: Option<String>,
    /// Share done.
    pub done_fraction: Option<f64>,
    /// How much, in the dose's unit.
    pub done_amount: Option<f64>,
    /// When.
    pub answered_at: Option<UtcMicros>,
}

/// Rows a single statement inserts.
const CHUNK: usize = 1000;

/// Adds occurrences; those that exist stay as they are. Returns the ids of the new ones.
pub fn insert_new(tx: &mut Tx<'_>, rows: &[Occurrence]) -> Result<Vec<OccurrenceId>> {
    let mut added = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        added.extend(insert_new!(tx, occurrences, chunk, returning OccurrenceId, {
            tenant_id: BigInt, id: Binary, patient_id: Binary, plan_version: BigInt, plan_item_id: Binary,
            window_no: BigInt, exercise_key: Text, dose: Text, local_date: Text, local_time: Text, time_zone: Text,
            clock_rule: Text, opens_at: BigInt, due_at: BigInt, closes_at: BigInt, state: Text,
            reason: Nullable<Text>, done_fraction: Nullable<Double>, answered_at: Nullable<BigInt>,
            planned_at: BigInt, remind_at: Nullable<BigInt>, ladder: Nullable<Text>, shard: BigInt,
            flexible: BigInt, done_amount: Nullable<Double>,
        }));
    }
    Ok(added)
}

/// A patient's occurrences on the dates from `from` through `through`, in order of time.
pub fn between(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<Vec<Occurrence>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.eq(patient)),
        )
        .filter(occurrences::local_date.between(DateText::from(from), DateText::from(through)))
        .order((
            occurrences::local_date,
            occurrences::due_at,
            occurrences::id,
        ))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// One occurrence of one patient.
pub fn find(tx: &mut Tx<'_>, patient: PatientId, id: OccurrenceId) -> Result<Option<Occurrence>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .find((tenant, id))
        .filter(occurrences::patient_id.eq(patient))
        .select(Occurrence::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// The same, held against other writers until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, patient: PatientId, id: OccurrenceId) -> Result<Option<Occurrence>> {
    let tenant = tx.tenant();
    // An update takes the row's lock in both engines; setting a column to itself changes nothing.
    diesel::update(
        occurrences::table
            .find((tenant, id))
            .filter(occurrences::patient_id.eq(patient)),
    )
    .set(occurrences::planned_at.eq(occurrences::planned_at))
    .kept()
    .execute(tx.connection())?;
    find(tx, patient, id)
}

/// A patient's occurrences that are due after an instant and neither answered nor cancelled.
pub fn to_come(tx: &mut Tx<'_>, patient: PatientId, now: Timestamp) -> Result<Vec<Occurrence>> {
    let tenant = tx.tenant();
    // No zone's date is more than a day behind that of UTC.
    let from = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .saturating_sub(jiff::Span::new().days(1));
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.eq(patient)),
        )
        .filter(occurrences::local_date.ge(DateText::from(from)))
        .filter(occurrences::due_at.gt(UtcMicros::from(now)))
        .filter(occurrences::state.among([State::Planned, State::Excused]))
        .order((occurrences::due_at, occurrences::id))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// A patient's occurrences on the dates of a pause that may still be excused.
pub fn excusable(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<Vec<Occurrence>> {
    let rows = between(tx, patient, from, through)?;
    Ok(rows
        .into_iter()
        .filter(|row| matches!(row.state, State::Planned | State::Missed))
        .collect())
}

/// Writes what became of an occurrence.
pub fn set_standing(tx: &mut Tx<'_>, id: OccurrenceId, standing: &Standing) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(occurrences::table.find((tenant, id)))
        .set(standing)
        .kept()
        .execute(tx.connection())?;
    adherence::mark(tx, &[id], Cause::of(standing.state))
}

/// Everything of a patient that nobody has answered and nobody has cancelled or excused.
pub fn unanswered(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Occurrence>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.eq(patient)),
        )
        .filter(Verbatim("state = 'planned'"))
        .order((occurrences::due_at, occurrences::id))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Occurrences over all clinics whose window ended unanswered.
pub fn to_close(
    tx: &mut Tx<'_, System>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, OccurrenceId)>> {
    Ok(occurrences::table
        // Literal, so that both engines see that the partial index serves.
        .filter(Verbatim("state = 'planned'"))
        .filter(occurrences::closes_at.le(UtcMicros::from(now)))
        .order(occurrences::closes_at)
        .limit(limit)
        .select((occurrences::tenant_id, occurrences::id))
        .kept()
        .load(tx.connection())?)
}

/// Marks occurrences as missed, unless something else became of them meanwhile.
pub fn close(tx: &mut Tx<'_>, ids: &[OccurrenceId]) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(
        occurrences::table
            .filter(
                occurrences::tenant_id
                    .eq(tenant)
                    .and(occurrences::id.among(ids.iter().copied())),
            )
            .filter(occurrences::state.eq(State::Planned)),
    )
    .set(occurrences::state.eq(State::Missed))
    .kept()
    .execute(tx.connection())?;
    adherence::mark(tx, ids, Cause::Closed)
}

/// Those of these occurrences that should have been asked about and that nobody has looked at.
pub fn never_asked(tx: &mut Tx<'_>, ids: &[OccurrenceId]) -> Result<Vec<Occurrence>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::id.among(ids.iter().copied())),
        )
        .filter(Verbatim("state = 'planned' AND remind_at IS NOT NULL"))
        .filter(diesel::dsl::not(diesel::dsl::exists(
            deliveries::table.filter(
                deliveries::tenant_id
                    .eq(occurrences::tenant_id)
                    .and(deliveries::id.eq(occurrences::id)),
            ),
        )))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// What was missed, over all clinics, because its first reminder fell into an outage: it was never made or folded, or
/// it came too late, after the outage.
pub fn missed_in_outage(
    tx: &mut Tx<'_, System>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Occurrence>> {
    let until_late = until.checked_sub(LATE).unwrap_or(Timestamp::MIN);
    let until_late = UtcMicros::from(until_late);
    let (from, until) = (UtcMicros::from(from), UtcMicros::from(until));
    Ok(occurrences::table
        .inner_join(
            // The first prompt has the occurrence's own id.
            deliveries::table.on(deliveries::tenant_id
                .eq(occurrences::tenant_id)
                .and(deliveries::id.eq(occurrences::id))),
        )
        .filter(occurrences::state.eq(State::Missed))
        .filter(deliveries::due_at.between(from, until))
        .filter(
            deliveries::reason
                .among([OUTAGE, CATCH_UP])
                .assume_not_null()
                .or(deliveries::sent_at
                    .ge(until)
                    .assume_not_null()
                    .and(deliveries::due_at.lt(until_late))),
        )
        .order((
            occurrences::tenant_id,
            occurrences::patient_id,
            occurrences::due_at,
        ))
        .select(Occurrence::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The earliest instant at which an unanswered window ends.
pub fn next_close(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let at: Option<UtcMicros> = occurrences::table
        .filter(Verbatim("state = 'planned'"))
        .order(occurrences::closes_at)
        .select(occurrences::closes_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.map(UtcMicros::timestamp))
}

/// The answer with this id, if it is already here.
pub fn answer(tx: &mut Tx<'_>, id: AnswerId) -> Result<Option<AnswerRow>> {
    let tenant = tx.tenant();
    Ok(answers::table
        .find((tenant, id))
        .select(AnswerRow::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Adds an answer.
pub fn insert_answer(tx: &mut Tx<'_>, row: &AnswerRow) -> Result<()> {
    diesel::insert_into(answers::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Where these occurrences stand, and when they are due.
pub fn standings(
    tx: &mut Tx<'_>,
    ids: &[OccurrenceId],
) -> Result<Vec<(OccurrenceId, State, UtcMicros)>> {
    let tenant = tx.tenant();
    Ok(occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::id.among(ids.iter().copied())),
        )
        .select((occurrences::id, occurrences::state, occurrences::due_at))
        .kept()
        .load(tx.connection())?)
}

/// Those of these patients who have something open at an instant.
pub fn with_open(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
    now: Timestamp,
) -> Result<std::collections::BTreeSet<PatientId>> {
    if patients.is_empty() {
        return Ok(std::collections::BTreeSet::new());
    }
    let tenant = tx.tenant();
    let now = UtcMicros::from(now);
    let rows: Vec<PatientId> = occurrences::table
        .filter(
            occurrences::tenant_id
                .eq(tenant)
                .and(occurrences::patient_id.among(patients.iter().copied())),
        )
        .filter(Verbatim("state = 'planned'"))
        .filter(
            occurrences::opens_at
                .le(now)
                .and(occurrences::closes_at.gt(now)),
        )
        .select(occurrences::patient_id)
        .distinct()
        .kept()
        .load(tx.connection())?;
    Ok(rows.into_iter().collect())
}

/// Excuses those of these occurrences that nobody has answered.
pub fn excuse_planned(tx: &mut Tx<'_>, ids: &[OccurrenceId], reason: &str) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    diesel::update(
        occurrences::table
            .filter(
                occurrences::tenant_id
                    .eq(tenant)
                    .and(occurrences::id.among(ids.iter().copied())),
            )
            .filter(occurrences::state.eq(State::Planned)),
    )
    .set((
        occurrences::state.eq(State::Excused),
        occurrences::reason.eq(Some(reason)),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// Writes the planned part of an occurrence anew: only before it is due.
pub fn replan(tx: &mut Tx<'_>, row: &Occurrence) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(occurrences::table.find((tenant, row.id)))
        .set((
            occurrences::dose.eq(&row.dose),
            occurrences::local_time.eq(&row.local_time),
            occurrences::time_zone.eq(&row.time_zone),
            occurrences::clock_rule.eq(row.clock_rule),
            occurrences::opens_at.eq(row.opens_at),
            occurrences::due_at.eq(row.due_at),
            occurrences::closes_at.eq(row.closes_at),
            occurrences::state.eq(row.state),
            occurrences::reason.eq(row.reason.clone()),
            occurrences::remind_at.eq(row.remind_at),
            occurrences::ladder.eq(row.ladder.clone()),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Everything said of one occurrence, in order of arrival.
pub fn answers(tx: &mut Tx<'_>, id: OccurrenceId) -> Result<Vec<AnswerRow>> {
    let tenant = tx.tenant();
    Ok(answers::table
        .filter(
            answers::tenant_id
                .eq(tenant)
                .and(answers::occurrence_id.eq(id)),
        )
        .order((answers::received_at, answers::id))
        .select(AnswerRow::as_select())
        .kept()
        .load(tx.connection())?)
}
