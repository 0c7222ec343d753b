//! Sweeps: how far the look for due occurrences has come, and what is due next.
//!
//! An occurrence that is due is found by its instant and never touched: the watermark, advanced in the transaction
//! that writes the deliveries, is what makes each found once (docs/decisions/0017-sweeps.md).

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jiff::Timestamp;

use super::backend::AnyConnection;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::backend::raw::{RemindedAfter, Statement, Verbatim};
use super::schema::{clock_orders, occurrences, outages, sweeps};
use super::types::{ClockOrderId, OccurrenceId, OutageId, PatientId, TenantId, UtcMicros};
use super::{System, Tx};
use crate::error::{Error, Result};

/// Sweeps that can be under way at once.
pub const SHARDS: i64 = 4;

/// The sweep that looks after a patient.
pub fn shard_of(patient: PatientId) -> i64 {
    let [.., last] = *patient.bytes();
    i64::from(last) % SHARDS
}

/// How far a sweep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = sweeps, treat_none_as_default_value = false)]
pub struct Mark {
    /// Which sweep.
    pub shard: i64,
    /// Everything up to this instant was looked at,
    pub swept_at: UtcMicros,
    /// and of this instant everything up to this occurrence.
    pub swept_id: OccurrenceId,
}

/// Adds the marks a new database lacks: everything before `now` was somebody else's.
pub fn begin(tx: &mut Tx<'_, System>, now: Timestamp) -> Result<()> {
    let rows: Vec<Mark> = (0..SHARDS)
        .map(|shard| Mark {
            shard,
            swept_at: now.into(),
            swept_id: OccurrenceId::from([0; 16]),
        })
        .collect();
    on_each!(tx.connection(), connection =>
        diesel::insert_into(sweeps::table).values(&rows).on_conflict_do_nothing().execute(connection))?;
    Ok(())
}

/// A sweep's mark, held against other servers until the transaction ends: each takes its turn.
pub fn lock(tx: &mut Tx<'_, System>, shard: i64) -> Result<Mark> {
    // An update takes the row's lock in both engines; setting a column to itself changes nothing.
    let found: Vec<Mark> = Statement::<<AnyConnection as Connection>::Backend>::new(
        "UPDATE sweeps SET swept_at = swept_at WHERE shard = ",
    )
    .bind::<BigInt, _>(shard)
    .text(" RETURNING shard, swept_at, swept_id")
    .kept()
    .load(tx.connection())?;
    found.into_iter().next().ok_or_else(Error::not_found)
}

/// Every mark.
pub fn marks(tx: &mut Tx<'_, System>) -> Result<Vec<Mark>> {
    Ok(sweeps::table
        .order(sweeps::shard)
        .select(Mark::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Moves a mark.
pub fn advance(tx: &mut Tx<'_, System>, mark: &Mark) -> Result<()> {
    diesel::update(sweeps::table.find(mark.shard))
        .set((
            sweeps::swept_at.eq(mark.swept_at),
            sweeps::swept_id.eq(mark.swept_id),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// An occurrence whose first reminder is due.
#[derive(Debug, Clone, Queryable)]
pub struct Due {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The occurrence.
    pub id: OccurrenceId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which exercise or habit.
    pub exercise_key: String,
    /// When the first reminder is due.
    pub remind_at: Option<UtcMicros>,
    /// When it is due itself.
    pub due_at: UtcMicros,
    /// Until when it can be answered on time.
    pub closes_at: UtcMicros,
    /// The rungs after the first.
    pub ladder: Option<String>,
    /// Its first prompt stands already, made by whoever planned it.
    pub stands: bool,
}

/// `OFFSET 0`: PostgreSQL looks each up by its key, whatever it believes of the table, and never reads the whole of it.
const FIRST_PROMPT_STANDS: Verbatim = Verbatim(
    "EXISTS (SELECT 1 FROM deliveries WHERE deliveries.tenant_id = occurrences.tenant_id \
     AND deliveries.id = occurrences.id LIMIT 1 OFFSET 0)",
);

/// What is due up to `now` and was not looked at yet, in order.
pub fn due(tx: &mut Tx<'_, System>, mark: &Mark, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    Ok(occurrences::table
        // Literal, so that both engines see that the partial index serves.
        .filter(Verbatim("state = 'planned' AND remind_at IS NOT NULL"))
        .filter(occurrences::shard.eq(mark.shard))
        .filter(occurrences::remind_at.le(UtcMicros::from(now)))
        .filter(RemindedAfter(mark.swept_at, mark.swept_id))
        .order((occurrences::remind_at, occurrences::id))
        .limit(limit)
        .select((
            occurrences::tenant_id,
            occurrences::id,
            occurrences::patient_id,
            occurrences::exercise_key,
            occurrences::remind_at,
            occurrences::due_at,
            occurrences::closes_at,
            occurrences::ladder,
            FIRST_PROMPT_STANDS,
        ))
        .kept()
        .load(tx.connection())?)
}

/// When the next occurrence after a mark is to be reminded of.
pub fn next_due(tx: &mut Tx<'_, System>, mark: &Mark) -> Result<Option<Timestamp>> {
    let at: Option<Option<UtcMicros>> = occurrences::table
        .filter(Verbatim("state = 'planned' AND remind_at IS NOT NULL"))
        .filter(occurrences::shard.eq(mark.shard))
        .filter(RemindedAfter(mark.swept_at, mark.swept_id))
        .order((occurrences::remind_at, occurrences::id))
        .select(occurrences::remind_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.flatten().map(UtcMicros::timestamp))
}

/// A time in which nothing was sent although it should have been.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = outages, treat_none_as_default_value = false)]
pub struct Outage {
    /// The outage.
    pub id: OutageId,
    /// The last moment at which somebody looked.
    pub from_at: UtcMicros,
    /// When somebody looked again.
    pub until_at: UtcMicros,
    /// When what it touched was excused.
    pub excused_at: Option<UtcMicros>,
}

/// Adds an outage.
pub fn insert_outage(tx: &mut Tx<'_, System>, row: &Outage) -> Result<()> {
    diesel::insert_into(outages::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Every outage, newest first.
pub fn outages(tx: &mut Tx<'_, System>, limit: i64) -> Result<Vec<Outage>> {
    Ok(outages::table
        .order(outages::from_at.desc())
        .limit(limit)
        .select(Outage::as_select())
        .kept()
        .load(tx.connection())?)
}

/// One outage.
///
/// # Errors
/// Not found when there is none.
pub fn outage(tx: &mut Tx<'_, System>, id: OutageId) -> Result<Outage> {
    Ok(outages::table
        .find(id)
        .select(Outage::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// Marks an outage as excused.
pub fn set_excused(tx: &mut Tx<'_, System>, id: OutageId, now: Timestamp) -> Result<()> {
    diesel::update(outages::table.find(id))
        .set(outages::excused_at.eq(Some(UtcMicros::from(now))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// An operator says that the clock is right.
pub fn accept_clock(tx: &mut Tx<'_, System>, id: ClockOrderId, now: Timestamp) -> Result<()> {
    diesel::insert_into(clock_orders::table)
        .values((
            clock_orders::id.eq(id),
            clock_orders::accepted_at.eq(UtcMicros::from(now)),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Whether an operator said so since an instant.
pub fn clock_accepted_since(tx: &mut Tx<'_, System>, since: Timestamp) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        clock_orders::table.filter(clock_orders::accepted_at.ge(UtcMicros::from(since))),
    ))
    .kept()
    .get_result(tx.connection())?)
}

/// Notes an outage: one that ended a moment ago is the same one, found further.
pub fn note_outage(
    tx: &mut Tx<'_, System>,
    found: &Outage,
    same_within: jiff::SignedDuration,
) -> Result<()> {
    // Sweeps find the same outage at once: the first one's row is seen by the next.
    diesel::update(sweeps::table.find(0))
        .set(sweeps::swept_at.eq(sweeps::swept_at))
        .kept()
        .execute(tx.connection())?;
    let since = found
        .until_at
        .timestamp()
        .checked_sub(same_within)
        .unwrap_or(Timestamp::MIN);
    let known: Option<(OutageId, UtcMicros)> = outages::table
        .filter(outages::until_at.ge(UtcMicros::from(since)))
        .order(outages::until_at.desc())
        .select((outages::id, outages::from_at))
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    match known {
        Some((id, from_at)) => {
            diesel::update(outages::table.find(id))
                .set((
                    outages::from_at.eq(from_at.min(found.from_at)),
                    outages::until_at.eq(found.until_at),
                ))
                .kept()
                .execute(tx.connection())?;
            Ok(())
        }
        None => insert_outage(tx, found),
    }
}
