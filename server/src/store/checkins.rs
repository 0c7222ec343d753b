//! Check-ins: what patients tell of pain, feet and legs.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Tx;
use super::backend::kept::KeptExt;
use super::schema::checkins;
use super::types::{CheckinId, DateText, DeviceId, OccurrenceId, PatientId, TenantId, UtcMicros};
use crate::error::Result;

/// A check-in as it was taken.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = checkins, treat_none_as_default_value = false)]
pub struct CheckinRow {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The check-in.
    pub id: CheckinId,
    /// Whose.
    pub patient_id: PatientId,
    /// From which device.
    pub device_id: DeviceId,
    /// The patient's date it belongs to.
    pub local_date: DateText,
    /// The zone of that day.
    pub time_zone: String,
    /// When, by the device.
    pub taken_at: UtcMicros,
    /// When it arrived.
    pub received_at: UtcMicros,
    /// Back pain, 0 to 10.
    pub back_pain: Option<i64>,
    /// Leg pain, 0 to 10.
    pub leg_pain: Option<i64>,
    /// Foot pain, 0 to 10.
    pub foot_pain: Option<i64>,
    /// How tired the feet are, 0 to 10.
    pub tired_feet: Option<i64>,
    /// What it was taken after.
    pub occurrence_id: Option<OccurrenceId>,
    /// The exercise of that.
    pub exercise_key: Option<String>,
    /// Pain before it, 0 to 10.
    pub pain_before: Option<i64>,
    /// Pain during or after it, 0 to 10.
    pub pain_after: Option<i64>,
    /// The check-in it corrects.
    pub replaces: Option<CheckinId>,
    /// When it was corrected itself.
    pub replaced_at: Option<UtcMicros>,
    /// All of it, JSON.
    pub body: String,
}

impl CheckinRow {
    /// The worst pain of back, legs and feet, where any was given.
    pub fn worst_pain(&self) -> Option<i64> {
        [self.back_pain, self.leg_pain, self.foot_pain]
            .into_iter()
            .flatten()
            .max()
    }
}

/// Adds a check-in.
pub fn insert(tx: &mut Tx<'_>, row: &CheckinRow) -> Result<()> {
    diesel::insert_into(checkins::table)
        .values(row)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The check-in with this id, whoever's it is.
pub fn find(tx: &mut Tx<'_>, id: CheckinId) -> Result<Option<CheckinRow>> {
    let tenant = tx.tenant();
    Ok(checkins::table
        .find((tenant, id))
        .select(CheckinRow::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// The check-in that corrects this one.
pub fn correction_of(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: CheckinId,
) -> Result<Option<CheckinRow>> {
    let tenant = tx.tenant();
    Ok(checkins::table
        .filter(
            checkins::tenant_id
                .eq(tenant)
                .and(checkins::patient_id.eq(patient))
                .and(checkins::replaces.eq(Some(id))),
        )
        .select(CheckinRow::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Marks a check-in as corrected; it stays in the record and counts nowhere.
pub fn set_replaced(tx: &mut Tx<'_>, id: CheckinId, now: Timestamp) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(checkins::table.find((tenant, id)))
        .set(checkins::replaced_at.eq(Some(UtcMicros::from(now))))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Check-ins of a patient on the dates from `from` through `through`, in order of time, also those that were corrected.
pub fn between(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<Vec<CheckinRow>> {
    let tenant = tx.tenant();
    Ok(checkins::table
        .filter(
            checkins::tenant_id
                .eq(tenant)
                .and(checkins::patient_id.eq(patient)),
        )
        .filter(checkins::local_date.between(DateText::from(from), DateText::from(through)))
        .order((checkins::local_date, checkins::taken_at, checkins::id))
        .select(CheckinRow::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The same without those that were corrected.
pub fn standing(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Date,
    through: Date,
) -> Result<Vec<CheckinRow>> {
    let mut rows = between(tx, patient, from, through)?;
    rows.retain(|row| row.replaced_at.is_none());
    Ok(rows)
}

/// A patient's newest standing check-ins after an exercise, newest first.
pub fn after_exercise(
    tx: &mut Tx<'_>,
    patient: PatientId,
    exercise_key: &str,
    limit: i64,
) -> Result<Vec<CheckinRow>> {
    let tenant = tx.tenant();
    Ok(checkins::table
        .filter(
            checkins::tenant_id
                .eq(tenant)
                .and(checkins::patient_id.eq(patient))
                .and(checkins::replaced_at.is_null())
                .and(checkins::exercise_key.eq(Some(exercise_key))),
        )
        .order((checkins::taken_at.desc(), checkins::id.desc()))
        .limit(limit)
        .select(CheckinRow::as_select())
        .kept()
        .load(tx.connection())?)
}

/// Whether a patient ever checked in.
pub fn any(tx: &mut Tx<'_>, patient: PatientId) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(diesel::select(diesel::dsl::exists(
        checkins::table.filter(
            checkins::tenant_id
                .eq(tenant)
                .and(checkins::patient_id.eq(patient)),
        ),
    ))
    .kept()
    .get_result(tx.connection())?)
}

/// When a patient's newest check-in arrived.
pub fn last_received(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Timestamp>> {
    let tenant = tx.tenant();
    let at: Option<UtcMicros> = checkins::table
        .filter(
            checkins::tenant_id
                .eq(tenant)
                .and(checkins::patient_id.eq(patient)),
        )
        .order((checkins::local_date.desc(), checkins::taken_at.desc()))
        .select(checkins::received_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.map(UtcMicros::timestamp))
}
