//! Uploads kept for review: not believed, or contradicting what is stored.

use diesel::prelude::*;

use super::Tx;
use super::schema::quarantine;
use super::types::{DeviceId, PatientId, QuarantineId, TenantId, UtcMicros};
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

/// Keeps an upload.
pub fn insert(tx: &mut Tx<'_>, row: &Quarantined) -> Result<()> {
    diesel::insert_into(quarantine::table)
        .values(row)
        .execute(tx.connection())?;
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
        .load(tx.connection())?)
}
