//! Deliveries on their way: claimed by one server at a time, and settled by the one that holds the lease.
//!
//! What waits has a time and stands in an index; what is claimed has none and is named by the claim's row, until the claim
//! ends or its time is over (docs/decisions/0035-claims-have-rows.md). A first prompt that goes out as it falls due is
//! named there only, and written once it has ended (docs/decisions/0036-prompts-are-written-once.md).

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{And, Eq, Filter};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use jiff::Timestamp;

use super::backend::AnyConnection;
use super::backend::among::{Among, AmongExt};
use super::backend::kept::KeptExt;
use super::backend::raw::{Statement, Verbatim};
use super::deliveries::{self as sent, CHUNK, Delivery, DeliveryState};
use super::schema::{deliveries, delivery_claims};
use super::types::{DeliveryId, LeaseId, PatientId, TenantId, UtcMicros};
use super::unwritten;
use super::{Scope, System, Tx};
use crate::error::{Error, Result};
use crate::planted::{self, Bug};

/// Claims that ran out and are taken back at once.
const TAKEN_BACK: i64 = 16;

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    tenant_id: TenantId,
    #[diesel(sql_type = Binary)]
    id: DeliveryId,
}

/// Claims deliveries that wait for their time or for another try, over all clinics. A claim is a lease: until
/// `lease_until` no other server takes them, afterwards any may. Of two servers that look at once, each gets its own.
pub fn claim(
    tx: &mut Tx<'_, System>,
    lease: LeaseId,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Delivery>> {
    if planted::is(Bug::TakesFromTheLiving) {
        take_back(tx, lease_until)?;
    } else if !planted::is(Bug::ForgetsClaimsOfTheDead) {
        take_back(tx, now)?;
    }
    let mut by_tenant: BTreeMap<TenantId, Vec<DeliveryId>> = BTreeMap::new();
    for key in take(tx, lease, now, limit)? {
        by_tenant.entry(key.tenant_id).or_default().push(key.id);
    }
    let mut claimed = Vec::new();
    for (tenant, ids) in by_tenant {
        let mut tx = tx.within(Scope::job(tenant, "claim"));
        let holding = Holding {
            rows: ids.clone(),
            ..Holding::default()
        };
        hold(&mut tx, lease, lease_until, &holding)?;
        let rows: Vec<Delivery> = held(tenant, lease, &ids)
            .select(Delivery::as_select())
            .kept()
            .load(tx.connection())?;
        claimed.extend(rows);
    }
    Ok(claimed)
}

fn take(tx: &mut Tx<'_, System>, lease: LeaseId, now: Timestamp, limit: i64) -> Result<Vec<Key>> {
    let skip_locked = tx.connection().skip_locked();
    let statement = Statement::<<AnyConnection as Connection>::Backend>::new(
        "UPDATE deliveries SET state = 'leased', next_attempt_at = NULL, attempts = attempts + 1, lease = ",
    )
    .bind::<Binary, _>(lease)
    .text(
        " WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM deliveries WHERE next_attempt_at <= ",
    )
    .bind::<BigInt, _>(UtcMicros::from(now))
    .text(" ORDER BY next_attempt_at LIMIT ")
    .bind::<BigInt, _>(limit)
    .text(format!(" {skip_locked}) RETURNING tenant_id, id"));
    Ok(statement.kept().load(tx.connection())?)
}

/// What a claim names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// First prompts of occurrences, which have no row yet.
    pub prompts: Vec<DeliveryId>,
    /// Deliveries that have one.
    pub rows: Vec<DeliveryId>,
}

fn packed(ids: &[DeliveryId]) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.bytes()).collect()
}

fn unpacked(bytes: &[u8]) -> Result<Vec<DeliveryId>> {
    let (ids, rest) = bytes.as_chunks::<16>();
    if rest.is_empty() {
        return Ok(ids.iter().map(|id| DeliveryId::from(*id)).collect());
    }
    Err(Error::internal("a claim of broken ids"))
}

/// Writes down what a lease holds and for how long.
pub fn hold(tx: &mut Tx<'_>, lease: LeaseId, until: Timestamp, holding: &Holding) -> Result<()> {
    diesel::insert_into(delivery_claims::table)
        .values((
            delivery_claims::tenant_id.eq(tx.tenant()),
            delivery_claims::lease.eq(lease),
            delivery_claims::until_at.eq(UtcMicros::from(until)),
            delivery_claims::delivery_ids.eq(packed(&holding.rows)),
            delivery_claims::prompt_ids.eq(packed(&holding.prompts)),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Writes down what a lease holds now.
pub(super) fn hold_instead(tx: &mut Tx<'_>, lease: LeaseId, holding: &Holding) -> Result<()> {
    diesel::update(delivery_claims::table.find((tx.tenant(), lease)))
        .set((
            delivery_claims::delivery_ids.eq(packed(&holding.rows)),
            delivery_claims::prompt_ids.eq(packed(&holding.prompts)),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Forgets a lease under which nothing is held any more, and gives what it named. Comes before what ends its last deliveries:
/// who takes back what ran out locks the claim first and then those.
pub fn release(tx: &mut Tx<'_>, lease: LeaseId) -> Result<Option<Holding>> {
    named_by(tx, "DELETE FROM delivery_claims WHERE tenant_id = ", lease)
}

/// What a lease names, held against other writers until the transaction ends; nothing once it is over.
pub(super) fn lock(tx: &mut Tx<'_>, lease: LeaseId) -> Result<Option<Holding>> {
    // An update takes the row's lock in both engines.
    named_by(
        tx,
        "UPDATE delivery_claims SET until_at = until_at WHERE tenant_id = ",
        lease,
    )
}

fn named_by(tx: &mut Tx<'_>, begin: &'static str, lease: LeaseId) -> Result<Option<Holding>> {
    let found: Option<Claimed> = Statement::<<AnyConnection as Connection>::Backend>::new(begin)
        .bind::<BigInt, _>(tx.tenant())
        .text(" AND lease = ")
        .bind::<Binary, _>(lease)
        .text(" RETURNING tenant_id, lease, until_at, delivery_ids, prompt_ids")
        .kept()
        .load(tx.connection())?
        .pop();
    found.as_ref().map(Claimed::holding).transpose()
}

/// A claim.
#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = delivery_claims)]
pub(super) struct Claimed {
    tenant_id: TenantId,
    /// Under which it is held.
    pub(super) lease: LeaseId,
    until_at: UtcMicros,
    delivery_ids: Vec<u8>,
    prompt_ids: Vec<u8>,
}

impl Claimed {
    /// What it names.
    pub(super) fn holding(&self) -> Result<Holding> {
        Ok(Holding {
            prompts: unpacked(&self.prompt_ids)?,
            rows: unpacked(&self.delivery_ids)?,
        })
    }
}

/// The claims of the transaction's clinic, in the order in which they are locked.
pub(super) fn of_clinic(tx: &mut Tx<'_>) -> Result<Vec<Claimed>> {
    Ok(delivery_claims::table
        .filter(delivery_claims::tenant_id.eq(tx.tenant()))
        .order(delivery_claims::lease)
        .select(Claimed::as_select())
        .kept()
        .load(tx.connection())?)
}

/// What claims that ran out still hold waits again, from the instant they ran out.
fn take_back(tx: &mut Tx<'_, System>, now: Timestamp) -> Result<()> {
    let skip_locked = tx.connection().skip_locked();
    let ran_out: Vec<Claimed> = Statement::<<AnyConnection as Connection>::Backend>::new(
        "DELETE FROM delivery_claims WHERE (tenant_id, lease) IN \
         (SELECT tenant_id, lease FROM delivery_claims WHERE until_at <= ",
    )
    .bind::<BigInt, _>(UtcMicros::from(now))
    .text(" ORDER BY until_at LIMIT ")
    .bind::<BigInt, _>(TAKEN_BACK)
    .text(format!(
        " {skip_locked}) RETURNING tenant_id, lease, until_at, delivery_ids, prompt_ids"
    ))
    .kept()
    .load(tx.connection())?;
    for one in ran_out {
        let mut tx = tx.within(Scope::job(one.tenant_id, "take_back"));
        let holding = one.holding()?;
        for id in holding.prompts {
            unwritten::write_waiting(&mut tx, id, one.until_at)?;
        }
        for chunk in holding.rows.chunks(CHUNK) {
            // Why it waited before it was claimed still holds.
            diesel::update(held(tx.tenant(), one.lease, chunk))
                .set((
                    deliveries::state.eq(DeliveryState::Pending),
                    deliveries::next_attempt_at.eq(Some(one.until_at)),
                    deliveries::lease.eq(None::<LeaseId>),
                ))
                .kept()
                .execute(tx.connection())?;
        }
    }
    Ok(())
}

/// Withdraws everything that still waits to be sent to a patient, or is claimed.
pub fn withdraw_all(tx: &mut Tx<'_>, patient: PatientId, reason: &str) -> Result<()> {
    unwritten::write_of(tx, patient)?;
    let withdrawn = || {
        (
            deliveries::state.eq(DeliveryState::Withdrawn),
            deliveries::reason.eq(Some(reason)),
            deliveries::next_attempt_at.eq(None::<UtcMicros>),
            deliveries::lease.eq(None::<LeaseId>),
        )
    };
    let tenant = tx.tenant();
    diesel::update(
        deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::patient_id.eq(patient)),
            )
            // What waits is little beside all the clinic ever sent, so its index is walked.
            .filter(deliveries::next_attempt_at.ge(UtcMicros(0))),
    )
    .set(withdrawn())
    .kept()
    .execute(tx.connection())?;
    for claim in of_clinic(tx)? {
        for chunk in claim.holding()?.rows.chunks(CHUNK) {
            let of_patient =
                held(tenant, claim.lease, chunk).filter(deliveries::patient_id.eq(patient));
            diesel::update(of_patient)
                .set(withdrawn())
                .kept()
                .execute(tx.connection())?;
        }
    }
    Ok(())
}

/// When the next waiting delivery wants to be looked at, or the next claim runs out.
pub fn next_attempt(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let waiting: Option<Option<UtcMicros>> = deliveries::table
        // Literal, so that both engines see that the partial index serves.
        .filter(Verbatim("next_attempt_at IS NOT NULL"))
        .order(deliveries::next_attempt_at)
        .select(deliveries::next_attempt_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    if planted::is(Bug::ForgetsClaimsOfTheDead) {
        return Ok(waiting.flatten().map(UtcMicros::timestamp));
    }
    let runs_out: Option<UtcMicros> = delivery_claims::table
        .order(delivery_claims::until_at)
        .select(delivery_claims::until_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    let next = waiting.flatten().into_iter().chain(runs_out).min();
    Ok(next.map(UtcMicros::timestamp))
}

/// What a claim ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Over, in this state, for this reason.
    Final(DeliveryState, Option<&'static str>),
    /// To be looked at again at this instant, for this reason.
    RetryAt(Timestamp, Option<&'static str>),
}

/// Ends deliveries of a claim, where they are still held: a server that lost its lease changes nothing. With the last of them the
/// claim is over. Gives how many were held.
pub fn end(
    tx: &mut Tx<'_>,
    lease: LeaseId,
    ended: &[(Settled, Vec<Delivery>)],
    last: bool,
    now: Timestamp,
) -> Result<usize> {
    let holding = if last {
        release(tx, lease)?
    } else {
        lock(tx, lease)?
    };
    let Some(holding) = holding else {
        return Ok(0);
    };
    let unwritten: BTreeSet<DeliveryId> = holding.prompts.into_iter().collect();
    let mut held = 0;
    for (settled, all) in ended {
        let (fresh, rows): (Vec<&Delivery>, Vec<&Delivery>) =
            all.iter().partition(|one| unwritten.contains(&one.id));
        held += sent::insert_ended(tx, &fresh, settled, now)?;
        let ids: Vec<DeliveryId> = rows.iter().map(|one| one.id).collect();
        held += settle(tx, lease, &ids, settled, now)?;
    }
    Ok(held)
}

/// Ends deliveries that have rows and ended alike, where they are still held: a server that lost its lease changes nothing. Gives how
/// many were held.
pub fn settle(
    tx: &mut Tx<'_>,
    lease: LeaseId,
    ids: &[DeliveryId],
    settled: &Settled,
    now: Timestamp,
) -> Result<usize> {
    let tenant = tx.tenant();
    let mut ended = 0;
    for chunk in ids.chunks(CHUNK) {
        let of_claim = held(tenant, lease, chunk);
        ended += match *settled {
            // No column of an index is touched: PostgreSQL then writes the new version beside the old one and no index.
            Settled::Final(state, reason) => diesel::update(of_claim)
                .set((
                    deliveries::state.eq(state),
                    deliveries::reason.eq(reason),
                    deliveries::sent_at
                        .eq((state == DeliveryState::Sent).then(|| UtcMicros::from(now))),
                    deliveries::lease.eq(None::<LeaseId>),
                ))
                .kept()
                .execute(tx.connection())?,
            Settled::RetryAt(at, reason) => diesel::update(of_claim)
                .set((
                    deliveries::state.eq(DeliveryState::Pending),
                    deliveries::reason.eq(reason),
                    deliveries::next_attempt_at.eq(Some(UtcMicros::from(at))),
                    deliveries::lease.eq(None::<LeaseId>),
                ))
                .kept()
                .execute(tx.connection())?,
        };
    }
    Ok(ended)
}

/// Those of these deliveries that a lease holds.
pub fn still_held(
    tx: &mut Tx<'_>,
    lease: LeaseId,
    ids: &[DeliveryId],
) -> Result<BTreeSet<DeliveryId>> {
    let tenant = tx.tenant();
    let claim: Option<Claimed> = delivery_claims::table
        .find((tenant, lease))
        .select(Claimed::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    let Some(claim) = claim else {
        return Ok(BTreeSet::new());
    };
    let holding = claim.holding()?;
    let named: BTreeSet<DeliveryId> = holding.prompts.into_iter().collect();
    let (mut found, written): (BTreeSet<DeliveryId>, Vec<DeliveryId>) = (
        ids.iter()
            .filter(|id| named.contains(id))
            .copied()
            .collect(),
        ids.iter()
            .filter(|id| !named.contains(id))
            .copied()
            .collect(),
    );
    for chunk in written.chunks(CHUNK) {
        let rows: Vec<DeliveryId> = held(tenant, lease, chunk)
            .select(deliveries::id)
            .kept()
            .load(tx.connection())?;
        found.extend(rows);
    }
    Ok(found)
}

type Held = Filter<
    Filter<
        deliveries::table,
        And<Eq<deliveries::tenant_id, TenantId>, Among<deliveries::id, DeliveryId>>,
    >,
    Eq<deliveries::lease, LeaseId>,
>;

/// Those of these deliveries that a lease holds. Nothing but a leased delivery has a lease. The state is not asked for: a
/// planner that knows nothing of the table yet would look through all that is leased instead of taking these by their keys.
fn held(tenant: TenantId, lease: LeaseId, ids: &[DeliveryId]) -> Held {
    let with_ids = deliveries::id.among(ids.iter().copied());
    deliveries::table
        .filter(deliveries::tenant_id.eq(tenant).and(with_ids))
        .filter(deliveries::lease.eq(lease))
}
