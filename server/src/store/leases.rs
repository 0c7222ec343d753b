//! Deliveries on their way: claimed by one server at a time, and settled by the one that holds the lease.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use jiff::Timestamp;

use super::backend::AnyConnection;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::raw::{Statement, Verbatim};
use super::deliveries::{CHUNK, Delivery, DeliveryState};
use super::schema::deliveries;
use super::types::{DeliveryId, LeaseId, TenantId, UtcMicros};
use super::{System, Tx};
use crate::error::Result;
use crate::planted::{self, Bug};

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
    let skip_locked = tx.connection().skip_locked();
    let statement = Statement::<<AnyConnection as Connection>::Backend>::new(
        "UPDATE deliveries SET state = 'leased', attempts = attempts + 1, lease = ",
    )
    .bind::<Binary, _>(lease)
    .text(", next_attempt_at = ")
    .bind::<BigInt, _>(UtcMicros::from(lease_until))
    .text(format!(
        " WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM deliveries \
         WHERE state IN ('pending', '{}') AND next_attempt_at <= ",
        if planted::is(Bug::ForgetsClaimsOfTheDead) {
            "pending"
        } else {
            "leased"
        }
    ))
    .bind::<BigInt, _>(UtcMicros::from(now))
    .text(" ORDER BY next_attempt_at LIMIT ")
    .bind::<BigInt, _>(limit)
    .text(format!(" {skip_locked}) RETURNING tenant_id, id"));
    let keys: Vec<Key> = statement.kept().load(tx.connection())?;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: Vec<TenantId> = keys.iter().map(|key| key.tenant_id).collect();
    let ids: Vec<DeliveryId> = keys.iter().map(|key| key.id).collect();
    Ok(deliveries::table
        .filter(
            deliveries::tenant_id
                .among(tenants)
                .and(deliveries::id.among(ids)),
        )
        .filter(deliveries::lease.eq(lease))
        .select(Delivery::as_select())
        .kept()
        .load(tx.connection())?)
}

/// When the next waiting delivery wants to be looked at.
pub fn next_attempt(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let at: Option<UtcMicros> = deliveries::table
        // Literal, so that both engines see that the partial index serves.
        .filter(Verbatim(if planted::is(Bug::ForgetsClaimsOfTheDead) {
            "state = 'pending'"
        } else {
            "state IN ('pending', 'leased')"
        }))
        .order(deliveries::next_attempt_at)
        .select(deliveries::next_attempt_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.map(UtcMicros::timestamp))
}

/// What a claim ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Over, in this state, for this reason.
    Final(DeliveryState, Option<&'static str>),
    /// To be looked at again at this instant, for this reason.
    RetryAt(Timestamp, Option<&'static str>),
}

/// Ends claims that ended alike, where they are still held: a server that lost its lease changes nothing. Gives how
/// many were held.
pub fn settle(
    tx: &mut Tx<'_>,
    lease: LeaseId,
    ids: &[DeliveryId],
    settled: &Settled,
    now: Timestamp,
) -> Result<usize> {
    let tenant = tx.tenant();
    let mut held = 0;
    for chunk in ids.chunks(CHUNK) {
        let of_claim = deliveries::table
            .filter(
                deliveries::tenant_id
                    .eq(tenant)
                    .and(deliveries::id.among(chunk.iter().copied())),
            )
            // Nothing but a leased delivery has a lease. The state is not asked for: a planner that knows nothing of the
            // table yet would look through all that is leased instead of taking these by their keys.
            .filter(deliveries::lease.eq(lease));
        held += match *settled {
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
                    deliveries::next_attempt_at.eq(UtcMicros::from(at)),
                    deliveries::lease.eq(None::<LeaseId>),
                ))
                .kept()
                .execute(tx.connection())?,
        };
    }
    Ok(held)
}
