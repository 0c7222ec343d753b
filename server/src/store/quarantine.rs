//! Uploads kept for review: not believed, or contradicting what is stored.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::schema::quarantine;
use super::types::{DeviceId, Digest, PatientId, QuarantineId, TenantId, UtcMicros};
use crate::error::Result;

/// A kept upload.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = quarantine, treat_none_as_default_value = false)]
pub struct Quarantined {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The row.
    pub id: QuarantineId,
    /// Whose.
    pub patient_id: PatientId,
    /// From which device.
    pub device_id: DeviceId,
    /// `answer`, `insole_session` or `checkin`.
    pub kind: String,
    /// `conflict`, `clock` or `future`.
    pub reason: String,
    /// The item as it came, as JSON.
    pub body: String,
    /// When.
    pub received_at: UtcMicros,
    /// When somebody looked at it.
    pub reviewed_at: Option<UtcMicros>,
}

/// Keeps an upload; the same one again is kept once.
pub fn keep(
    tx: &mut Tx<'_>,
    (patient_id, device_id): (PatientId, DeviceId),
    (kind, reason): (&str, &str),
    body: &str,
    now: Timestamp,
) -> Result<()> {
    let Digest(digest) = Digest::of(format!("{patient_id}/{kind}/{reason}/{body}").as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(digest.split_at(16).0);
    let row = Quarantined {
        tenant_id: tx.tenant(),
        id: QuarantineId::from(id),
        patient_id,
        device_id,
        kind: kind.to_owned(),
        reason: reason.to_owned(),
        body: body.to_owned(),
        received_at: now.into(),
        reviewed_at: None,
    };
    on_each!(tx.connection(), connection =>
        diesel::insert_into(quarantine::table).values(&row).on_conflict_do_nothing().execute(connection))?;
    Ok(())
}

/// A patient's kept uploads, newest first.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId, limit: i64) -> Result<Vec<Quarantined>> {
    let tenant = tx.tenant();
    Ok(quarantine::table
        .filter(
            quarantine::tenant_id
                .eq(tenant)
                .and(quarantine::patient_id.eq(patient)),
        )
        .order((quarantine::received_at.desc(), quarantine::id.desc()))
        .limit(limit)
        .select(Quarantined::as_select())
        .kept()
        .load(tx.connection())?)
}
