//! Exercises that are not asked for while the rest of a plan goes on.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::schema::{suspension_ends, suspensions};
use super::types::{ClinicianId, PatientId, SuspensionId, TenantId, UtcMicros};
use crate::error::Result;

/// A suspended exercise.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = suspensions, treat_none_as_default_value = false)]
pub struct Suspension {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The suspension.
    pub id: SuspensionId,
    /// Whose exercise.
    pub patient_id: PatientId,
    /// Which; `*` is every exercise of the plan.
    pub exercise_key: String,
    /// Why, a short machine word such as `pain`.
    pub reason: String,
    /// From when.
    pub from_at: UtcMicros,
    /// Until when; open when absent.
    pub until_at: Option<UtcMicros>,
}

impl Suspension {
    /// Stands for every exercise.
    pub const ALL: &'static str = "*";

    /// Whether it holds back an exercise at an instant.
    pub fn holds(&self, exercise_key: &str, at: Timestamp) -> bool {
        let at = UtcMicros::from(at);
        (self.exercise_key == Self::ALL || self.exercise_key == exercise_key)
            && self.from_at <= at
            && self.until_at.is_none_or(|until| at < until)
    }
}

/// Adds a suspension.
pub fn insert(tx: &mut Tx<'_>, row: &Suspension) -> Result<()> {
    diesel::insert_into(suspensions::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The suspensions of these patients that have not ended before `now`.
pub fn live(tx: &mut Tx<'_>, patients: &[PatientId], now: Timestamp) -> Result<Vec<Suspension>> {
    let tenant = tx.tenant();
    Ok(suspensions::table
        .filter(
            suspensions::tenant_id
                .eq(tenant)
                .and(suspensions::patient_id.among(patients.iter().copied())),
        )
        .filter(
            suspensions::until_at
                .is_null()
                .or(suspensions::until_at.gt(UtcMicros::from(now))),
        )
        .order(suspensions::id)
        .select(Suspension::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Ends a suspension.
pub fn end(tx: &mut Tx<'_>, id: SuspensionId, at: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(suspensions::table.find((tenant, id)))
        .set(suspensions::until_at.eq(Some(UtcMicros::from(at))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Who ended a suspension, and why.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = suspension_ends, treat_none_as_default_value = false)]
pub struct SuspensionEnd {
    /// The clinic.
    pub tenant_id: TenantId,
    /// Which suspension.
    pub suspension_id: SuspensionId,
    /// The clinician.
    pub ended_by: ClinicianId,
    /// Why.
    pub note: String,
    /// When.
    pub ended_at: UtcMicros,
}

/// Adds why a suspension was ended.
pub fn insert_end(tx: &mut Tx<'_>, row: &SuspensionEnd) -> Result<()> {
    diesel::insert_into(suspension_ends::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// One suspension of a patient.
pub fn find(tx: &mut Tx<'_>, patient: PatientId, id: SuspensionId) -> Result<Suspension> {
    let tenant = tx.tenant();
    Ok(suspensions::table
        .find((tenant, id))
        .filter(suspensions::patient_id.eq(patient))
        .select(Suspension::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// A patient's suspensions with who ended them, newest first.
pub fn of_patient(
    tx: &mut Tx<'_>,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<(Suspension, Option<SuspensionEnd>)>> {
    let tenant = tx.tenant();
    Ok(suspensions::table
        .left_join(
            suspension_ends::table.on(suspension_ends::tenant_id
                .eq(suspensions::tenant_id)
                .and(suspension_ends::suspension_id.eq(suspensions::id))),
        )
        .filter(
            suspensions::tenant_id
                .eq(tenant)
                .and(suspensions::patient_id.eq(patient)),
        )
        .order((suspensions::from_at.desc(), suspensions::id.desc()))
        .limit(limit)
        .select((
            Suspension::as_select(),
            Option::<SuspensionEnd>::as_select(),
        ))
        .kept()
        .load(tx.connection())?)
}
