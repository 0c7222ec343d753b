//! A clinician's patients given to another, and what the receiver is told of it.

use diesel::prelude::*;

use super::Tx;
use super::alerts::{Severity, is_live};
use super::backend::kept::KeptExt;
use super::patients::PatientStatus;
use super::schema::{alerts, clinicians, handover_patients, handovers, patients};
use super::types::{ClinicianId, HandoverId, PatientId, TenantId, UtcMicros};
use crate::error::Result;

/// A handover.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = handovers, treat_none_as_default_value = false)]
pub struct Handover {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The handover.
    pub id: HandoverId,
    /// Who gave.
    pub from_id: ClinicianId,
    /// Who received.
    pub to_id: ClinicianId,
    /// Who did it.
    pub handed_by: ClinicianId,
    /// When.
    pub handed_at: UtcMicros,
    /// How many patients came.
    pub patients: i64,
    /// How many live alerts came.
    pub alerts: i64,
    /// How many of those were critical.
    pub critical_alerts: i64,
    /// Of how many patients the receiver became deputy.
    pub deputy_of: i64,
    /// How many running timers of the giver it stopped.
    pub timers_stopped: i64,
}

#[derive(Insertable)]
#[diesel(table_name = handover_patients)]
struct HandedPatient {
    tenant_id: TenantId,
    handover_id: HandoverId,
    position: i64,
    patient_id: PatientId,
}

/// A patient of a handover.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Handed {
    /// The patient.
    pub id: PatientId,
    /// The name the clinic uses.
    pub name: String,
    /// Whether anything is planned and sent.
    pub status: PatientStatus,
}

/// Keeps a handover and the patients of it.
pub fn insert(tx: &mut Tx<'_>, handover: &Handover, ids: &[PatientId]) -> Result<()> {
    diesel::insert_into(handovers::table)
        .values(handover)
        .kept()
        .execute(tx.connection())?;
    for (id, position) in ids.iter().zip(0..) {
        let row = HandedPatient {
            tenant_id: handover.tenant_id,
            handover_id: handover.id,
            position,
            patient_id: *id,
        };
        diesel::insert_into(handover_patients::table)
            .values(&row)
            .kept()
            .execute(tx.connection())?;
    }
    Ok(())
}

/// The newest handovers a clinician received, with the giver's name, newest first.
pub fn received(tx: &mut Tx<'_>, to: ClinicianId, limit: i64) -> Result<Vec<(Handover, String)>> {
    let tenant = tx.tenant();
    Ok(handovers::table
        .inner_join(
            clinicians::table.on(clinicians::tenant_id
                .eq(handovers::tenant_id)
                .and(clinicians::id.eq(handovers::from_id))),
        )
        .filter(handovers::tenant_id.eq(tenant).and(handovers::to_id.eq(to)))
        .order((handovers::handed_at.desc(), handovers::id.desc()))
        .limit(limit)
        .select((Handover::as_select(), clinicians::name))
        .kept()
        .load(tx.connection())?)
}

/// The patients of a handover by name; those whose data was erased are gone from it.
pub fn patients_of(tx: &mut Tx<'_>, id: HandoverId) -> Result<Vec<Handed>> {
    let tenant = tx.tenant();
    Ok(handover_patients::table
        .inner_join(
            patients::table.on(patients::tenant_id
                .eq(handover_patients::tenant_id)
                .and(patients::id.eq(handover_patients::patient_id))),
        )
        .filter(
            handover_patients::tenant_id
                .eq(tenant)
                .and(handover_patients::handover_id.eq(id)),
        )
        .order((patients::name, patients::id))
        .select((patients::id, patients::name, patients::status))
        .kept()
        .load(tx.connection())?)
}

/// The live alerts of a clinician, by severity.
pub fn alerts_by_severity(tx: &mut Tx<'_>, owner: ClinicianId) -> Result<Vec<(Severity, i64)>> {
    let tenant = tx.tenant();
    Ok(alerts::table
        .filter(alerts::tenant_id.eq(tenant).and(alerts::owner_id.eq(owner)))
        .filter(is_live())
        .group_by(alerts::severity)
        .select((alerts::severity, diesel::dsl::count_star()))
        .kept()
        .load(tx.connection())?)
}

/// Gives every live alert of a clinician to another. Gives how many there were.
pub fn move_alerts(tx: &mut Tx<'_>, from: ClinicianId, to: ClinicianId) -> Result<usize> {
    let tenant = tx.tenant();
    Ok(diesel::update(
        alerts::table
            .filter(alerts::tenant_id.eq(tenant).and(alerts::owner_id.eq(from)))
            .filter(is_live()),
    )
    .set(alerts::owner_id.eq(to))
    .kept()
    .execute(tx.connection())?)
}

/// Gives the live alerts about one patient that one clinician has to another.
pub fn move_alerts_of(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: ClinicianId,
    to: ClinicianId,
) -> Result<usize> {
    let tenant = tx.tenant();
    Ok(diesel::update(
        alerts::table
            .filter(alerts::tenant_id.eq(tenant).and(alerts::owner_id.eq(from)))
            .filter(alerts::patient_id.eq(patient))
            .filter(is_live()),
    )
    .set(alerts::owner_id.eq(to))
    .kept()
    .execute(tx.connection())?)
}
