//! Receipts: what a device says of a message; and the whole story of one occurrence's messages.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::deliveries::{Attempt, Delivery, prompt_id, prompt_ids, withdrawal_id};
use super::schema::{deliveries, delivery_attempts, delivery_receipts, devices};
use super::types::{DeliveryId, DeviceId, OccurrenceId, PatientId, TenantId, UtcMicros, text_enum};
use super::unwritten;
use crate::error::Result;

/// The prompts and the withdrawal of one occurrence with all their attempts, in order of time.
pub fn history(
    tx: &mut Tx<'_>,
    occurrence: OccurrenceId,
) -> Result<(Vec<Delivery>, Vec<Attempt>, Vec<Receipt>)> {
    let tenant = tx.tenant();
    let ids: Vec<DeliveryId> = prompt_ids(occurrence)
        .chain([withdrawal_id(occurrence)])
        .collect();
    let mut rows: Vec<Delivery> = deliveries::table
        .filter(
            deliveries::tenant_id
                .eq(tenant)
                .and(deliveries::id.among(ids.clone())),
        )
        .order((deliveries::due_at, deliveries::step))
        .select(Delivery::as_select())
        .kept()
        .load(tx.connection())?;
    let first = prompt_id(occurrence, 0);
    if !rows.iter().any(|one| one.id == first) {
        rows.extend(unwritten::of(tx, occurrence)?);
    }
    let attempts = delivery_attempts::table
        .filter(
            delivery_attempts::tenant_id
                .eq(tenant)
                .and(delivery_attempts::delivery_id.among(ids.clone())),
        )
        .order((delivery_attempts::attempted_at, delivery_attempts::id))
        .select(Attempt::as_select())
        .kept()
        .load(tx.connection())?;
    let receipts = delivery_receipts::table
        .filter(
            delivery_receipts::tenant_id
                .eq(tenant)
                .and(delivery_receipts::delivery_id.among(ids)),
        )
        .order((delivery_receipts::at, delivery_receipts::kind))
        .select(Receipt::as_select())
        .kept()
        .load(tx.connection())?;
    Ok((rows, attempts, receipts))
}

text_enum! {
    /// What a device says became of a delivery.
    ReceiptKind {
        /// It arrived.
        Delivered = "delivered",
        /// It was shown.
        Displayed = "displayed",
        /// It was opened.
        Opened = "opened",
        /// It was acted upon.
        Acted = "acted",
    }
}

/// A receipt.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = delivery_receipts, treat_none_as_default_value = false)]
pub struct Receipt {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// From which device.
    pub device_id: DeviceId,
    /// What.
    pub kind: ReceiptKind,
    /// When, by the device.
    pub at: UtcMicros,
    /// When it arrived here.
    pub received_at: UtcMicros,
}

/// Adds a receipt; one that exists stays as it is. Gives whether it was new.
pub fn insert_receipt(tx: &mut Tx<'_>, row: &Receipt) -> Result<bool> {
    let added = on_each!(tx.connection(), connection =>
        diesel::insert_into(delivery_receipts::table).values(row).on_conflict_do_nothing().execute(connection))?;
    Ok(added == 1)
}

/// When each of these patients' devices last said that a delivery arrived.
pub fn last_receipts(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
) -> Result<Vec<(PatientId, Timestamp)>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, Option<UtcMicros>)> = delivery_receipts::table
        .inner_join(
            devices::table.on(devices::tenant_id
                .eq(delivery_receipts::tenant_id)
                .and(devices::id.eq(delivery_receipts::device_id))),
        )
        .filter(delivery_receipts::tenant_id.eq(tenant))
        .filter(devices::patient_id.among(patients.iter().copied()))
        .group_by(devices::patient_id)
        .select((
            devices::patient_id,
            diesel::dsl::max(delivery_receipts::received_at),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, at)| Some((id, at?.timestamp())))
        .collect())
}

/// When a patient's devices last showed a message, by their word.
pub fn last_displayed(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Timestamp>> {
    let tenant = tx.tenant();
    let at: Option<UtcMicros> = delivery_receipts::table
        .inner_join(
            devices::table.on(devices::tenant_id
                .eq(delivery_receipts::tenant_id)
                .and(devices::id.eq(delivery_receipts::device_id))),
        )
        .filter(delivery_receipts::tenant_id.eq(tenant))
        .filter(devices::patient_id.eq(patient))
        .filter(delivery_receipts::kind.among([ReceiptKind::Displayed, ReceiptKind::Opened]))
        .select(diesel::dsl::max(delivery_receipts::at))
        .limit(1)
        .kept()
        .get_result(tx.connection())?;
    Ok(at.map(UtcMicros::timestamp))
}
